# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The rules of Update order status, pure: what to send for a wish and how the order ends, or why not."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import date

from ._errors import (
    INVALID_OPTION,
    NOT_MIGRATED,
    COMMON_NAME_MISMATCH,
    OUTSIDE_RENEWAL_WINDOW,
    RENEWED_BY_ORDER,
    REISSUE_PENDING,
    UNEXPECTED_RESPONSE,
    WRONG_STATE,
    CertCentralError,
    plain,
)
from ._orders import Order

CANCELED = "canceled"
RENEWED = "renewed"
NOT_RENEWED = "not_renewed"
WISHES = (CANCELED, RENEWED, NOT_RENEWED)
SCOPES = ("order", "reissue")

# Update order status: what canceled does by the order's status.
CANCELABLE = ("pending", "waiting_pickup")
REISSUED = "reissue_pending"
# Statuses of an order that has a certificate. What canceled does to it is not documented.
ISSUED = ("issued", "expired", "revoked")
# The API takes renewed within so many days of expiry; a day more, for its clock may be in another time zone.
RENEWAL_WINDOW_DAYS = 90
GRACE_DAYS = 1


@dataclass(frozen=True)
class Wish:
    """The state that an order shall be in, as the options of the same names say."""

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


class Lacks(t.NamedTuple):
    """A fact that the plan depends on and that was not read yet.

    ``is_renewed`` or ``migrated``, which the listing tells, or ``order_info``, where a row of the listing is not enough.
    """

    fact: str


def check_wish(wish: Wish) -> None:
    """Refuse a wish that no order can meet.

    :raises CertCentralError: ``invalid_option``
    """
    check_order_id(wish.order_id)
    if wish.status == CANCELED and not (wish.note or "").strip():
        raise CertCentralError(
            INVALID_OPTION,
            f"order {wish.order_id} has no note: canceling needs one that is not blank, set note to the reason",
            order_id=wish.order_id,
        )


def check_order_id(order_id: int) -> None:
    """Refuse what cannot be the ID of an order. A bool passes for an int in Python, and in Ansible's argument check.

    :raises CertCentralError: ``invalid_option``
    """
    if isinstance(order_id, bool) or order_id < 1:
        raise CertCentralError(INVALID_OPTION, f"order_id is {order_id}: it has to be a whole number above 0")


def plan(order: Order, wish: Wish, today: date) -> Plan | Lacks:
    """What to do so that ``order`` meets ``wish``, or the fact that must be read first.

    :param today: the date in UTC
    :raises CertCentralError: the reason why it must not be done
    """
    named = (order.common_name or "").lower()
    if wish.common_name is not None and wish.common_name.lower() != named:
        if order.listed and not named:
            return Lacks("order_info")
        raise _refused(
            order,
            COMMON_NAME_MISMATCH,
            f"is for {plain(order.common_name) if named else 'no common name yet'}, not for {plain(wish.common_name)}: "
            "check order_id and common_name",
        )
    if wish.status == CANCELED:
        return _plan_reissue(order) if wish.cancel_scope == "reissue" else _plan_cancel(order, wish)
    if order.marked is None:
        return Lacks("is_renewed")
    if order.marked == (wish.status == RENEWED):
        return Plan("none", order.status, order.marked)
    if wish.status == NOT_RENEWED:
        return _plan_unmark(order, wish)
    return _plan_mark(order, wish, today)


def _plan_cancel(order: Order, wish: Wish) -> Plan:
    if order.status == CANCELED:
        return Plan("none", order.status, order.marked)
    if order.status == REISSUED:
        raise _refused(
            order,
            REISSUE_PENDING,
            "is reissue_pending: the API would cancel only the reissue and leave the order issued; "
            "if that is what you want, set cancel_scope: reissue",
        )
    if order.status in ISSUED or (wish.check_rules and order.status not in CANCELABLE):
        raise _refused(
            order, WRONG_STATE, f"is {plain(order.status)}: only pending or waiting_pickup orders can be canceled"
        )
    return Plan("cancel_order", CANCELED, order.marked)


def _plan_reissue(order: Order) -> Plan | Lacks:
    if order.status == REISSUED:
        # Only its request tells, should the reply be lost, whether the reissue was canceled.
        if order.listed:
            return Lacks("order_info")
        return Plan("cancel_reissue", "issued", order.marked)
    return Plan("none", order.status, order.marked)


def _plan_mark(order: Order, wish: Wish, today: date) -> Plan | Lacks:
    if wish.check_rules:
        if order.migrated is None:
            return Lacks("migrated")
        if not order.migrated:
            raise _refused(
                order,
                NOT_MIGRATED,
                "was not migrated from the legacy console: only migrated orders can be marked renewed, "
                "others are renewed by ordering a renewal",
            )
        if order.valid_till is None and order.listed:
            return Lacks("order_info")
        if order.valid_till is None:
            raise _refused(
                order,
                OUTSIDE_RENEWAL_WINDOW,
                f"({plain(order.status)}) has no certificate with an end date yet: only one that ends within {RENEWAL_WINDOW_DAYS} days can be marked renewed",
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


def _plan_unmark(order: Order, wish: Wish) -> Plan | Lacks:
    if wish.check_rules and order.listed:
        return Lacks("order_info")
    if wish.check_rules and order.renewed_order_id is None:
        raise _refused(
            order,
            UNEXPECTED_RESPONSE,
            "has a renewed_order_id that is no ID, so it is not known whether another order renewed it: nothing was sent",
        )
    if wish.check_rules and order.renewed_order_id:
        raise _refused(
            order,
            RENEWED_BY_ORDER,
            f"was really renewed, by order {order.renewed_order_id}: only a mark can be taken back, so leave it as it is",
        )
    # Nothing tells which status stands behind the mark where the mark is the status.
    return Plan("mark_not_renewed", None if order.status == RENEWED else order.status, False)


def _refused(order: Order, reason: str, why: str) -> CertCentralError:
    return CertCentralError(reason, f"order {order.id} {why}", order_id=order.id)


def shows(order: Order, wish: Wish) -> bool | None:
    """Whether a reading shows the wished state. None: it lacks ``is_renewed``, so the listing has to tell."""
    if wish.status != CANCELED:
        return None if order.marked is None else order.marked == (wish.status == RENEWED)
    return order.status != REISSUED if wish.cancel_scope == "reissue" else order.status == CANCELED


def reissue_settled(before: Order, now: Order) -> bool | None:
    """Whether the reissue that was pending ``before`` is canceled ``now``. None: it cannot be told.

    An order that is issued again may also have had its reissue issued by the CA; the reissue's request tells, which the
    API rejects on a cancel.
    """
    number = _pending_reissue(before)
    status = dict(now.reissues).get(number) if number else None
    if now.status != REISSUED:
        return True if status == "rejected" else None
    # Sending again is right only for the same reissue.
    return None if status == "rejected" or (number and status is None) else False


def _pending_reissue(order: Order) -> int:
    """The id of the request behind a pending reissue; 0 if order info does not tell. An approved one may be an old one."""
    for statuses in (("submitted", "pending"), ("approved",)):
        numbers = [number for number, status in order.reissues if status in statuses]
        if numbers:
            return max(numbers)
    return 0


def sentence(order: Order, wish: Wish, done: Plan, *, would: bool) -> str:
    """What happened, or would happen, to ``order`` as it was read before, in one sentence for a person."""
    was = plain(order.status)
    texts = {
        "cancel_order": (f"is {was} and would be canceled", f"was {was} and is canceled now"),
        "cancel_reissue": (
            "is reissue_pending and would be issued again, without the reissue",
            "was reissue_pending and is issued again, without the reissue",
        ),
        "mark_renewed": (f"({was}) would be marked renewed", f"({was}) is marked renewed now"),
        "mark_not_renewed": (f"({was}) would no longer be marked renewed", f"({was}) is no longer marked renewed"),
    }
    if done.sends:
        text = texts[done.operation][0 if would else 1]
    elif wish.status == CANCELED and wish.cancel_scope == "reissue":
        text = f"is {was} and has no pending reissue: nothing to do"
    elif wish.status == CANCELED:
        text = "is canceled already: nothing to do"
    else:
        text = f"({was}) is {'already' if wish.status == RENEWED else 'not'} marked renewed: nothing to do"
    return f"order {order.id} {text}"
