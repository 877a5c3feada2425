# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of Update order status, pure: what to send for a desired state and how the order ends, or why not."""

from __future__ import annotations

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

STATUSES = (CANCELED, RENEWED, NOT_RENEWED)
SCOPES = ("order", "reissue")


@dataclass(frozen=True)
class DesiredState:
    """The state that an order should be in, as the options of the same names say."""

    order_id: int
    status: str
    note: str | None = None
    cancel_scope: str = "order"
    common_name: str | None = None
    check_rules: bool = True


class Plan(t.NamedTuple):
    """What to do, and the state that the order ends in. ``operation`` is ``none`` where nothing is to be sent.

    ``status`` is None where it cannot be foretold, ``is_renewed`` where it is not known and not needed.
    """

    operation: str
    status: str | None
    is_renewed: bool | None

    @property
    def sends(self) -> bool:
        return self.operation != "none"


class MissingField(t.NamedTuple):
    """A field that the plan depends on and that was not read yet.

    ``is_renewed`` or ``migrated``, which the listing says, or ``order_info``, where a row of the listing is not enough.
    """

    name: str


def check_desired(desired: DesiredState) -> None:
    """Refuse a desired state that no order can be in.

    :raises CertCentralError: ``invalid_option``
    """
    check_order_id(desired.order_id)
    if desired.status == CANCELED and not (desired.note or "").strip():
        raise CertCentralError(
            INVALID_OPTION,
            f"order {desired.order_id} has no note: canceling needs one that is not blank, set note to the reason",
            order_id=desired.order_id,
        )
    if desired.common_name is not None and not desired.common_name.strip():
        raise CertCentralError(
            INVALID_OPTION,
            f"the common_name of order {desired.order_id} is blank: leave it out, or set it to the name to guard",
            order_id=desired.order_id,
        )


def plan(order: Order, desired: DesiredState, today: date) -> Plan | MissingField:
    """What to do so that ``order`` is in the desired state, or the field that must be read first.

    :param today: the date in UTC
    :raises CertCentralError: the reason why it must not be done
    """
    named = (order.common_name or "").strip().lower()
    if desired.common_name is not None and desired.common_name.strip().lower() != named:
        if order.listed and not named:
            return MissingField("order_info")
        raise _refused(
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


def _plan_cancel(order: Order, desired: DesiredState) -> Plan:
    if order.status == CANCELED:
        return Plan("none", order.status, order.marked)
    if order.status == REISSUE_PENDING:
        raise _refused(
            order,
            REISSUE_PENDING_REASON,
            "is reissue_pending: the API would cancel only the reissue and leave the order issued; "
            "if that is what you want, set cancel_scope: reissue",
        )
    if order.status in EVER_ISSUED or (desired.check_rules and order.status not in CANCELABLE):
        raise _refused(
            order, WRONG_STATE, f"is {sanitize(order.status)}: only {' or '.join(CANCELABLE)} orders can be canceled"
        )
    return Plan("cancel_order", CANCELED, order.marked)


def _plan_reissue(order: Order) -> Plan | MissingField:
    if order.status == REISSUE_PENDING:
        # Should the reply be lost, only the reissue's request says whether it was canceled.
        if order.listed:
            return MissingField("order_info")
        return Plan("cancel_reissue", ISSUED, order.marked)
    return Plan("none", order.status, order.marked)


def _plan_mark(order: Order, desired: DesiredState, today: date) -> Plan | MissingField:
    if desired.check_rules:
        if order.migrated is None:
            return MissingField("migrated")
        if not order.migrated:
            raise _refused(
                order,
                NOT_MIGRATED,
                "was not migrated from the legacy console: only migrated orders can be marked renewed, "
                "others are renewed by ordering a renewal",
            )
        if order.valid_till is None and order.listed:
            return MissingField("order_info")
        if order.valid_till is None:
            raise _refused(
                order,
                OUTSIDE_RENEWAL_WINDOW,
                f"({sanitize(order.status)}) has no certificate with an end date yet: only one that ends within "
                f"{RENEWAL_WINDOW_DAYS} days can be marked renewed",
            )
        days = (order.valid_till - today).days
        if days > RENEWAL_WINDOW_DAYS + GRACE_DAYS:
            raise _refused(
                order,
                OUTSIDE_RENEWAL_WINDOW,
                f"has a certificate until {order.valid_till} ({days} days): it can be marked renewed "
                f"within {RENEWAL_WINDOW_DAYS} days of its end, or after it",
            )
    return Plan("mark_renewed", order.status, True)


def _plan_unmark(order: Order, desired: DesiredState) -> Plan | MissingField:
    if desired.check_rules and order.listed:
        return MissingField("order_info")
    if desired.check_rules and order.renewed_order_id is None:
        raise _refused(
            order,
            UNEXPECTED_RESPONSE,
            "has a renewed_order_id that is no ID, so it is not known whether another order renewed it: nothing was sent",
        )
    if desired.check_rules and order.renewed_order_id:
        raise _refused(
            order,
            RENEWED_BY_ORDER,
            f"was renewed by order {order.renewed_order_id}: only a mark can be taken back, so leave it as it is",
        )
    # Where the mark is the status, nothing says which status is behind it.
    return Plan("mark_not_renewed", None if order.status == RENEWED else order.status, False)


def _refused(order: Order, reason: str, why: str) -> CertCentralError:
    return CertCentralError(reason, f"order {order.id} {why}", order_id=order.id)


def satisfies(order: Order, desired: DesiredState) -> bool | None:
    """Whether an order is in the desired state. None: it lacks ``is_renewed``, so the listing has to be asked."""
    if desired.status != CANCELED:
        return None if order.marked is None else order.marked == (desired.status == RENEWED)
    return order.status != REISSUE_PENDING if desired.cancel_scope == "reissue" else order.status == CANCELED


def reissue_canceled(before: Order, now: Order) -> bool | None:
    """Whether the reissue that was pending ``before`` is canceled ``now``. None: it cannot be told.

    An order that is issued again may also have had its reissue issued by the CA. The reissue's request tells them apart:
    the API rejects it on a cancel.
    """
    number = _pending_reissue(before)
    was, status = (dict(order.reissues).get(number) for order in (before, now))
    if number and status == REJECTED_REQUEST:
        # Another reissue, ordered since, is not what was to be canceled.
        return True if now.status != REISSUE_PENDING else None
    unchanged = status == was or {status, was} <= {*UNDECIDED_REQUEST}
    if number and unchanged and now.status == REISSUE_PENDING and _pending_reissue(now) == number:
        return False
    return None


def _pending_reissue(order: Order) -> int:
    """The id of the request behind a pending reissue; 0 if order info does not say. An approved one may be an old one."""
    for statuses in (UNDECIDED_REQUEST, (APPROVED_REQUEST,)):
        numbers = [number for number, status in order.reissues if status in statuses]
        if numbers:
            return max(numbers)
    return 0


def describe(order: Order, desired: DesiredState, plan: Plan, *, tense: str) -> str:
    """What happened, or would happen, to ``order`` as it was read before, in one sentence for a person.

    :param tense: ``would`` (check mode), ``done``, or ``accepted`` if the API accepted it and no reading shows it
    """
    was = sanitize(order.status)
    texts = {
        "cancel_order": (f"is {was} and would be canceled", f"was {was} and is canceled now", "be canceled"),
        "cancel_reissue": (
            "is reissue_pending and would be issued again, without the reissue",
            "was reissue_pending and is issued again, without the reissue",
            "lose its pending reissue",
        ),
        "mark_renewed": (f"({was}) would be marked renewed", f"({was}) is marked renewed now", "be marked renewed"),
        "mark_not_renewed": (
            f"({was}) would no longer be marked renewed",
            f"({was}) is no longer marked renewed",
            "lose its mark",
        ),
    }
    if plan.sends:
        would, done, accepted = texts[plan.operation]
        text = {"would": would, "done": done, "accepted": f"should {accepted}: the API accepted the change"}[tense]
    elif desired.status == CANCELED and desired.cancel_scope == "reissue":
        text = f"is {was} and has no pending reissue: nothing to do"
    elif desired.status == CANCELED:
        text = "is canceled already: nothing to do"
    else:
        text = f"({was}) is {'already' if desired.status == RENEWED else 'not'} marked renewed: nothing to do"
    return f"order {order.id} {text}"
