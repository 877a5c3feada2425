# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes that were sent and are not visible in their orders, in words."""

from __future__ import annotations

from .._api.order import Order
from .._api.statuses import CANCELED
from .._text import sanitize
from .outcome import Outcome
from .rules import DesiredState


def describe_reading(outcome: Outcome) -> str:
    """Return the state in which the order was last read after an accepted change, in words."""
    if outcome.unreadable:
        return "it can no longer be read" if outcome.unreadable.reason == "not_found" else "it could not be read since"
    if outcome.last is outcome.before:
        return "it was not read since"
    return describe_unchanged(outcome.desired, outcome.before, outcome.last)


def describe_unchanged(desired: DesiredState, before: Order, last: Order) -> str:
    """Return the state of an order that was read again and is not in the desired state, in words."""
    if desired.status == CANCELED:
        still = "still " if last.status == before.status else ""
        return f"its status is {still}{sanitize(last.status)}"
    return f"it is still {'marked' if last.marked else 'not marked'} renewed"
