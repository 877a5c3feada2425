# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for canceling a pending reissue (docs/api.md, section 3). They are pure functions."""

from __future__ import annotations

import enum

from .._api.order import Order
from .._api.statuses import ISSUED, REISSUE_PENDING
from .rules import MissingField, Plan

# Requests with these statuses have been neither approved nor rejected.
UNDECIDED_REQUEST = ("submitted", "pending")
APPROVED_REQUEST = "approved"
REJECTED_REQUEST = "rejected"


def plan_reissue(order: Order) -> Plan | MissingField:
    """Return the plan for canceling the pending reissue of an order, or the field that has to be read first."""
    if order.status != REISSUE_PENDING:
        return Plan("none", order.status, order.marked)
    # If the response to the change is lost, only the request for the reissue tells whether the reissue was canceled.
    return MissingField("order_info") if order.listed else Plan("cancel_reissue", ISSUED, order.marked)


class Fate(enum.Enum):
    """The possible states of a pending reissue after the response to its cancellation was lost."""

    CANCELED = enum.auto()
    # The reissue is still pending, and the cancel request can be sent again.
    PENDING = enum.auto()
    # The reissue is still pending, but it was approved. The cancel request must not be sent again; a later look can tell more.
    APPROVED = enum.auto()
    UNKNOWN = enum.auto()


def find_fate(before: Order, now: Order) -> Fate:
    """Return the state of the reissue that was pending ``before``.

    The status of the order does not show it, because ``issued`` can mean that the reissue was canceled or that the CA issued it.
    The request for a canceled reissue becomes ``rejected``, unless it was approved before (docs/api.md, section 3).
    """
    number = _find_pending_reissue(before)
    was, status = (dict(order.reissues).get(number) for order in (before, now))
    if not number:
        return Fate.UNKNOWN
    if status == REJECTED_REQUEST:
        # If another reissue was requested since then, it must not be canceled.
        return Fate.UNKNOWN if now.status == REISSUE_PENDING else Fate.CANCELED
    if now.status != REISSUE_PENDING or _find_pending_reissue(now) != number:
        return Fate.UNKNOWN
    return Fate.PENDING if {was, status} <= {*UNDECIDED_REQUEST} else Fate.APPROVED


def _find_pending_reissue(order: Order) -> int:
    """Return the ID of the request for the pending reissue, or 0 if it is unknown.

    An approved request is only chosen if there is no other, because it can belong to an earlier reissue.
    """
    for statuses in (UNDECIDED_REQUEST, (APPROVED_REQUEST,)):
        numbers = [number for number, status in order.reissues if status in statuses]
        if numbers:
            return max(numbers)
    return 0
