# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for marking an order renewed, and for removing the mark (docs/api.md, section 3). They are pure functions."""

from __future__ import annotations

from datetime import date

from .._api.order import Order
from .._api.statuses import GRACE_DAYS, RENEWAL_WINDOW_DAYS, RENEWED
from .._text import sanitize
from .rules import DesiredState, MissingField, Plan, refusal


def plan_mark(order: Order, desired: DesiredState, today: date) -> Plan | MissingField:
    """Return the plan for marking an order or for removing its mark, or the field that has to be read first.

    :param today: the date in UTC
    :raises CertCentralError: the reason why the change is refused
    """
    if order.marked is None:
        return MissingField("order_info" if order.listed else "is_renewed")
    if order.marked == (desired.status == RENEWED):
        return Plan("none", order.status, order.marked)
    if desired.status == RENEWED:
        return _plan_renewed(order, desired, today)
    return _plan_not_renewed(order, desired)


def _plan_renewed(order: Order, desired: DesiredState, today: date) -> Plan | MissingField:
    mark = Plan("mark_renewed", order.status, True)
    if not desired.check_rules:
        return mark
    if order.migrated is None:
        return MissingField("migrated")
    if not order.migrated:
        raise refusal(
            order,
            "not_migrated",
            "was not migrated from the legacy console: only migrated orders can be marked renewed, "
            "others are renewed by ordering a renewal",
        )
    if order.valid_till is None and order.listed:
        return MissingField("order_info")
    if order.valid_till is None:
        raise refusal(
            order,
            "outside_renewal_window",
            f"({sanitize(order.status)}) has no certificate with an expiry date yet: an order can be marked renewed "
            f"from {RENEWAL_WINDOW_DAYS} days before its certificate expires",
        )
    days = (order.valid_till - today).days
    if days > RENEWAL_WINDOW_DAYS + GRACE_DAYS:
        raise refusal(
            order,
            "outside_renewal_window",
            f"expires on {order.valid_till} (in {days} days): an order can be marked renewed "
            f"from {RENEWAL_WINDOW_DAYS} days before its certificate expires",
        )
    return mark


def _plan_not_renewed(order: Order, desired: DesiredState) -> Plan | MissingField:
    if desired.check_rules and order.listed:
        return MissingField("order_info")
    if desired.check_rules and order.renewed_order_id is None:
        raise refusal(
            order,
            "unexpected_response",
            "has a renewed_order_id that is not an order ID, so nothing was sent: check the order in CertCentral",
        )
    if desired.check_rules and order.renewed_order_id:
        raise refusal(
            order, "renewed_by_order", f"was renewed by order {order.renewed_order_id}: there is no mark to remove"
        )
    # If the order is marked by its status, it is unknown which status it will have without the mark.
    return Plan("mark_not_renewed", None if order.status == RENEWED else order.status, False)
