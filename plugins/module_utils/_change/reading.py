# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One order, read with all fields that its plan needs, or read again to look for a change."""

from __future__ import annotations

import typing as t

from .._api.endpoints import read_order
from .._api.order import Order
from .._api.statuses import RENEWED
from .._http.client import Client
from .._http.retry import RetryBudget
from .outcome import Basis
from .rules import DesiredState, MissingField, Plan, plan, satisfies

# The seconds after a change at which the order is read. The API may show the change with a delay (docs/api.md, section 7).
VERIFY_AT = (0.0, 1.0, 2.0, 4.0)


def read_and_plan(
    client: Client,
    desired: DesiredState,
    retry: RetryBudget | None = None,
    on_read: t.Callable[[Order], object] = lambda order: None,
) -> Basis:
    """Read an order and plan for it. This costs one request, and one more for each field that the order details lack.

    :param on_read: takes the order, even if the change is then refused
    :raises CertCentralError: if the order cannot be read, or if the change is refused
    """
    at = client.wait_for_turn(retry)
    order = read_order(client, desired.order_id, retry)
    on_read(order)
    return plan_fully(client, desired, order, at, retry)


def decide(client: Client, order: Order, desired: DesiredState) -> Plan | MissingField:
    """Return the plan for an order as of today, or the field that has to be read first.

    :raises CertCentralError: if the change is refused; ``clock_skew`` if it depends on the date and the host's clock is wrong
    """
    if desired.status == RENEWED and order.marked is False:
        # Ansible compiles each import anew for every task, and canceling does not depend on the date.
        from .._http.dates import check_clock  # noqa: PLC0415

        check_clock(client)
    return plan(order, desired, client.clock.today())


def plan_fully(client: Client, desired: DesiredState, order: Order, at: float, retry: RetryBudget | None) -> Basis:
    """Return the plan for an order, after reading the fields that are missing.

    :param at: the time when the order was requested, in seconds on the client's clock
    :raises CertCentralError: if a field cannot be read, or if the change is refused
    """
    while True:
        planned = decide(client, order, desired)
        if isinstance(planned, Plan):
            return Basis(order, planned, at)
        order = _load_missing(client, order, planned.name, retry)


def _load_missing(client: Client, order: Order, field: str, retry: RetryBudget | None) -> Order:
    from .._api.listing import load_missing  # noqa: PLC0415  (as in decide)

    return load_missing(client, order, field, retry)


def read_state(
    client: Client,
    desired: DesiredState,
    retry: RetryBudget,
    on_read: t.Callable[[Order], object] = lambda order: None,
) -> Order:
    """Read an order with the field that tells whether it is in the desired state. Bypass all caches.

    :param on_read: takes the order, even if that field then cannot be read
    """
    order = read_order(client, desired.order_id, retry, fresh=True)
    on_read(order)
    return _load_missing(client, order, "is_renewed", retry) if satisfies(order, desired) is None else order


def wait_to_look(client: Client) -> t.Iterator[None]:
    """Yield after each of the times in ``VERIFY_AT``, at which a change should be visible."""
    start = client.now()
    for at in VERIFY_AT:
        client.sleep(max(0.0, start + at - client.now()))
        yield
