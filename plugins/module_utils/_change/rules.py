# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for changing the status of an order (docs/api.md, section 3). They are pure functions.

For example, a pending order that is to be canceled needs one change, after which its status is ``canceled``::

    plan(pending_order, DesiredState(1234567, "canceled", "Ordered twice"), today)
    == Plan("cancel_order", status="canceled", is_renewed=None)
"""

from __future__ import annotations

import typing as t
from datetime import date

from .._api.order import Order
from .._api.statuses import (
    CANCELABLE,
    CANCELED,
    NOT_RENEWED,
    REISSUE_PENDING,
    RENEWED,
)
from .._errors import CertCentralError, Reason

# The values of the options with these names.
STATUSES = (CANCELED, RENEWED, NOT_RENEWED)
SCOPES = ("order", "reissue")


class DesiredState(t.NamedTuple):
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

    @property
    def body(self) -> dict[str, t.Any]:
        """Return the body of the request that brings the order into this state."""
        return {"status": self.status} if self.note is None else {"status": self.status, "note": self.note}


def check_desired(desired: DesiredState) -> None:
    """Refuse a desired state that no order can be in.

    :raises CertCentralError: ``invalid_option``
    """
    faults = (
        # Python and Ansible accept a bool as an int.
        (
            isinstance(desired.order_id, bool) or desired.order_id < 1,
            "order_id is wrong",
            "it has to be a whole number above 0",
        ),
        (
            desired.status == CANCELED and not (desired.note or "").strip(),
            "a note is required to cancel",
            "set note to the reason",
        ),
        (
            desired.common_name is not None and not desired.common_name.strip(),
            "common_name is blank",
            "leave it out, or set it to the expected common name",
        ),
    )
    for is_wrong, what, advice in faults:
        if is_wrong:
            raise CertCentralError(
                "invalid_option", what, advice, subject=f"order {desired.order_id}", order_id=desired.order_id
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
    # Ansible compiles each import anew for every task, and most tasks need only some of the rules.
    if desired.common_name is not None:
        from .name_rule import check_name  # noqa: PLC0415

        if missing := check_name(order, desired.common_name):
            return missing
    if desired.status != CANCELED:
        from .mark_rules import plan_mark  # noqa: PLC0415

        return plan_mark(order, desired, today)
    if desired.cancel_scope == "reissue":
        from .reissue_rules import plan_reissue  # noqa: PLC0415

        return plan_reissue(order)
    return _plan_cancel(order, desired)


def _plan_cancel(order: Order, desired: DesiredState) -> Plan:
    if order.status == CANCELED:
        return Plan("none", order.status, order.marked)
    if order.status not in CANCELABLE or (desired.only_from and order.status not in desired.only_from):
        from .cancel_refusals import check_cancel  # noqa: PLC0415

        check_cancel(order, desired)
    return Plan("cancel_order", CANCELED, order.marked)


def refusal(order: Order, reason: Reason, why: str) -> CertCentralError:
    """Return the error that refuses a change."""
    return CertCentralError(reason, f"order {order.id} {why}", order_id=order.id)


def satisfies(order: Order, desired: DesiredState) -> bool | None:
    """Return whether an order is in the desired state, or None if ``is_renewed`` is missing and has to be read first."""
    if desired.status != CANCELED:
        return None if order.marked is None else order.marked == (desired.status == RENEWED)
    return order.status != REISSUE_PENDING if desired.cancel_scope == "reissue" else order.status == CANCELED
