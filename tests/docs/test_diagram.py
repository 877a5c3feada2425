"""The picture of the states shows each change that the rules allow."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState, Plan, plan
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.tests.tools.guides import GUIDES

TODAY = date(2026, 11, 24)
MARKS = {"not marked": False, "marked renewed": True}
# Each element of the picture with the next one, which is its text.
PAIRS = list(pairwise(ElementTree.parse(GUIDES / "order_states.svg").getroot()))
BOXES = {str(text.text): box for box, text in PAIRS if box.get("class") == "box"}


def box_at(x: float, y: float) -> str:
    """Return the name of the box at one end of an arrow. The tip of an arrow is up to 3 units from its box."""
    for name, box in BOXES.items():
        left, top, width, height = (float(box.attrib[key]) for key in ("x", "y", "width", "height"))
        if left - 3 <= x <= left + width + 3 and top - 3 <= y <= top + height + 3:
            return name
    raise AssertionError(f"no box at {x}, {y}")


def arrow(state: str, status: str, scope: str = "order") -> tuple[str, str, str] | None:
    """Return the arrow from a state of the picture that follows from the rules, or None if the rules refuse the change."""
    raw = {"id": 1, "status": "issued" if state in MARKS else state, "is_renewed": MARKS.get(state, False)}
    order = parse_order(raw)._replace(migrated=True, valid_till=TODAY)
    try:
        planned = plan(order, DesiredState(order_id=1, status=status, note="a note", cancel_scope=scope), TODAY)
    except CertCentralError:
        return None
    assert isinstance(planned, Plan)
    if not planned.sends:
        return None
    marks = {marked: name for name, marked in MARKS.items()}
    target = str(marks[bool(planned.is_renewed)] if state in MARKS else planned.status)
    return state, target, status + (", with cancel_scope: reissue" if scope == "reissue" else "")


def test_picture_shows_every_change_that_the_rules_allow() -> None:
    expected = {arrow(name, "canceled", scope) for name in BOXES.keys() - MARKS for scope in ("order", "reissue")}
    expected |= {arrow(name, status) for name in MARKS for status in ("renewed", "not_renewed")}
    drawn = set()
    for line, label in PAIRS:
        if "x1" in line.attrib:
            x1, y1, x2, y2 = (float(line.attrib[key]) for key in ("x1", "y1", "x2", "y2"))
            drawn.add((box_at(x1, y1), box_at(x2, y2), label.text if line.get("class") == "own" else None))
    assert {arrow for arrow in drawn if arrow[2]} == expected - {None}
