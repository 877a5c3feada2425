# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for changing the status of an order (docs/api.md, section 3). They are pure functions.

For example, a pending order that is to be canceled needs one change, after which its status is ``canceled``::

    plan(pending_order, DesiredState(1234567, "canceled", "Ordered twice"), today)
    == Plan("cancel_order", status="canceled", is_renewed=None)
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass
from datetime import date

from .._api.order import Order, check_order_id
from .._api.statuses import (
    APPROVED_REQUEST,
    CANCELABLE,
    CANCELED,
    EVER_ISSUED,
    GRACE_DAYS,
    ISSUED,
    NEEDS_APPROVAL,
    NOT_RENEWED,
    REISSUE_PENDING,
    REJECTED_REQUEST,
    RENEWAL_WINDOW_DAYS,
    RENEWED,
    UNDECIDED_REQUEST,
)
from .._errors import (
    COMMON_NAME_MISMATCH,
    INVALID_OPTION,
    NOT_MIGRATED,
    OUTSIDE_RENEWAL_WINDOW,
    RENEWED_BY_ORDER,
    UNEXPECTED_RESPONSE,
    WRONG_STATE,
    CertCentralError,
)
from .._errors import REISSUE_PENDING as REISSUE_PENDING_REASON
from .._text import sanitize

# The values of the options with these names.
STATUSES = (CANCELED, RENEWED, NOT_RENEWED)
SCOPES = ("order", "reissue")


@dataclass(frozen=True)
class DesiredState:
    """The state that an order should be in. The fields are the options with the same names.

    :param only_from: the statuses from which the order may be canceled, or none for those of the rules
    """

    order_id: int
    status: str
    note: str | None = None
    cancel_scope: str = "order"
    common_name: str | None = None
    check_rules: bool = True
    only_from: tuple[str, ...] = ()


def check_desired(desired: DesiredState) -> None:
    """Refuse a desired state that no order can be in.

    :raises CertCentralError: ``invalid_option``
    """
    check_order_id(desired.order_id)
    what, advice = "", ""
    if desired.status == CANCELED and not (desired.note or "").strip():
        what, advice = "a note is required to cancel", "set note to the reason"
    elif desired.common_name is not None and not desired.common_name.strip():
        what, advice = "common_name is blank", "leave it out, or set it to the expected common name"
    if what:
        raise CertCentralError(
            INVALID_OPTION, what, advice, subject=f"order {desired.order_id}", order_id=desired.order_id
        )


class Plan(t.NamedTuple):
    """The change that an order needs, and the state in which the change leaves it.

    :param operation: the change; ``none`` if no change is needed
    :param status: the status after the change; None if it cannot be predicted
    :param is_renewed: whether the order is marked after the change; None if this is unknown and not needed
    """

    operation: str
    status: str | None
    is_renewed: bool | None

    @property
    def sends(self) -> bool:
        """Return whether a change has to be sent."""
        return self.operation != "none"


class MissingField(t.NamedTuple):
    """A field that the plan depends on and that has not been read yet.

    :param name: ``is_renewed`` or ``migrated``, which only the order list tells, or ``order_info`` if a row of the order list is
        not enough and the order details have to be read
    """

    name: str


def plan(order: Order, desired: DesiredState, today: date) -> Plan | MissingField:
    """Return what has to be done to bring ``order`` into the desired state, or the field that has to be read first.

    :param today: the date in UTC
    :raises CertCentralError: the reason why the change is refused
    """
    if desired.common_name is not None and not _has_name(order, desired.common_name):
        named = bool((order.common_name or "").strip())
        if order.listed and not named:
            return MissingField("order_info")
        raise _refusal(
            order,
            COMMON_NAME_MISMATCH,
            f"is for {sanitize(order.common_name) if named else 'no common name yet'}, not for "
            f"{sanitize(desired.common_name)}: check order_id and common_name",
        )
    if desired.status == CANCELED:
        return _plan_reissue(order) if desired.cancel_scope == "reissue" else _plan_cancel(order, desired)
    if order.marked is None:
        return MissingField("order_info" if order.listed else "is_renewed")
    if order.marked == (desired.status == RENEWED):
        return Plan("none", order.status, order.marked)
    if desired.status == NOT_RENEWED:
        return _plan_unmark(order, desired)
    return _plan_mark(order, desired, today)


def _has_name(order: Order, wanted: str) -> bool:
    """Return whether an order is for a common name, in any spelling of the name."""
    named = (order.common_name or "").strip()
    if not named or named.lower() == wanted.strip().lower():
        return bool(named)
    # Ansible compiles each import anew for every task, and most tasks do not need this one.
    from .._api.names import same_name  # noqa: PLC0415

    return same_name(named, wanted)


def _plan_cancel(order: Order, desired: DesiredState) -> Plan:
    if order.status == CANCELED:
        return Plan("none", order.status, order.marked)
    if order.status == REISSUE_PENDING:
        raise _refusal(
            order,
            REISSUE_PENDING_REASON,
            "is reissue_pending and the API would cancel only the reissue and leave the order issued: "
            "set cancel_scope to reissue if that is what you want",
        )
    if order.status == NEEDS_APPROVAL and desired.check_rules:
        raise _refusal(
            order, WRONG_STATE, "is needs_approval and cannot be canceled: an approver has to reject the request first"
        )
    if desired.only_from and order.status not in desired.only_from:
        allowed = " or ".join(desired.only_from)
        raise _refusal(
            order, WRONG_STATE, f"is {sanitize(order.status)}: it may be canceled only while it is {allowed}"
        )
    if order.status in EVER_ISSUED or (desired.check_rules and order.status not in CANCELABLE):
        raise _refusal(
            order, WRONG_STATE, f"is {sanitize(order.status)}: only {' or '.join(CANCELABLE)} orders can be canceled"
        )
    return Plan("cancel_order", CANCELED, order.marked)


def _plan_reissue(order: Order) -> Plan | MissingField:
    if order.status != REISSUE_PENDING:
        return Plan("none", order.status, order.marked)
    # If the response to the change is lost, only the request for the reissue tells whether the reissue was canceled.
    return MissingField("order_info") if order.listed else Plan("cancel_reissue", ISSUED, order.marked)


def _plan_mark(order: Order, desired: DesiredState, today: date) -> Plan | MissingField:
    mark = Plan("mark_renewed", order.status, True)
    if not desired.check_rules:
        return mark
    if order.migrated is None:
        return MissingField("migrated")
    if not order.migrated:
        raise _refusal(
            order,
            NOT_MIGRATED,
            "was not migrated from the legacy console: only migrated orders can be marked renewed, "
            "others are renewed by ordering a renewal",
        )
    if order.valid_till is None and order.listed:
        return MissingField("order_info")
    if order.valid_till is None:
        raise _refusal(
            order,
            OUTSIDE_RENEWAL_WINDOW,
            f"({sanitize(order.status)}) has no certificate with an end date yet: an order can be marked renewed "
            f"from {RENEWAL_WINDOW_DAYS} days before its certificate expires",
        )
    days = (order.valid_till - today).days
    if days > RENEWAL_WINDOW_DAYS + GRACE_DAYS:
        raise _refusal(
            order,
            OUTSIDE_RENEWAL_WINDOW,
            f"expires on {order.valid_till} (in {days} days): an order can be marked renewed "
            f"from {RENEWAL_WINDOW_DAYS} days before its certificate expires",
        )
    return mark


def _plan_unmark(order: Order, desired: DesiredState) -> Plan | MissingField:
    if desired.check_rules and order.listed:
        return MissingField("order_info")
    if desired.check_rules and order.renewed_order_id is None:
        raise _refusal(
            order,
            UNEXPECTED_RESPONSE,
            "has a renewed_order_id that is not an order ID, so nothing was sent: check the order in CertCentral",
        )
    if desired.check_rules and order.renewed_order_id:
        raise _refusal(
            order, RENEWED_BY_ORDER, f"was renewed by order {order.renewed_order_id}: there is no mark to remove"
        )
    # If the order is marked by its status, it is unknown which status it will have without the mark.
    return Plan("mark_not_renewed", None if order.status == RENEWED else order.status, False)


def _refusal(order: Order, reason: str, why: str) -> CertCentralError:
    return CertCentralError(reason, f"order {order.id} {why}", order_id=order.id)


def satisfies(order: Order, desired: DesiredState) -> bool | None:
    """Return whether an order is in the desired state, or None if ``is_renewed`` is missing and has to be read first."""
    if desired.status != CANCELED:
        return None if order.marked is None else order.marked == (desired.status == RENEWED)
    return order.status != REISSUE_PENDING if desired.cancel_scope == "reissue" else order.status == CANCELED


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

    The status of the order does not tell it, because ``issued`` can mean that the reissue was canceled or that the CA issued it.
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
