# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of the states is up to date, and agrees with the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState, Plan, plan
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.tests.tools.draw_states import ARROWS, STATES, draw
from ansible_collections.certops.certcentral.tests.tools.guides import GUIDES

TODAY = date(2026, 11, 24)
MARKS = {"not marked": False, "marked renewed": True}


def arrow(state: str, status: str, scope: str = "order") -> tuple[str, str, str] | None:
    """Return the arrow from a state of the picture that follows from the rules, or None if the rules refuse the change."""
    raw = {"id": 1, "status": "issued" if state in MARKS else state, "is_renewed": MARKS.get(state, False)}
    order = replace(parse_order(raw), migrated=True, valid_till=TODAY)
    try:
        planned = plan(order, DesiredState(order_id=1, status=status, note="a note", cancel_scope=scope), TODAY)
    except CertCentralError:
        return None
    assert isinstance(planned, Plan)
    if not planned.sends:
        return None
    marks = {marked: name for name, marked in MARKS.items()}
    return state, str(marks[bool(planned.is_renewed)] if state in MARKS else planned.status), planned.operation


def test_picture_is_up_to_date() -> None:
    assert (GUIDES / "order_states.svg").read_text(encoding="utf-8") == draw()


def test_picture_shows_every_change_that_the_rules_allow() -> None:
    names = [state.name for state in STATES]
    found = {arrow(name, "canceled", scope) for name in names if name not in MARKS for scope in ("order", "reissue")}
    found |= {arrow(name, status) for name in MARKS for status in ("renewed", "not_renewed")}
    assert found - {None} == {(arrow.source, arrow.target, arrow.operation) for arrow in ARROWS if arrow.operation}


def test_every_arrow_is_between_two_states() -> None:
    names = {state.name for state in STATES}
    assert {name for arrow in ARROWS for name in (arrow.source, arrow.target)} <= names
