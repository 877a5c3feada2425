# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many orders, read together and each with its plan."""

from __future__ import annotations

import typing as t

from .._api.fetch import Fetcher
from .._api.order import Order
from .._errors import CertCentralError, Interrupted
from .._http.client import Client
from .filters import filters_before
from .many_result import Item
from .outcome import unsent
from .reading import decide
from .rules import MissingField

# The maximum number of rounds of planning: one for each field that can be missing, and one in which no field is.
MAX_ROUNDS = 4
# Orders that were read, and when each was requested, by ID.
Known = t.Mapping[int, tuple[Order, float]]


def read_all(client: Client, fetcher: Fetcher, items: t.Sequence[Item], known: Known) -> bool:
    """Read the orders and plan for each of them.

    Each item gets its order, and either a plan or an error. If its plan sends nothing, it also gets an outcome.

    :return: false if an error of one order ended this before all orders were read; the error is in the item of that order
    :raises CertCentralError: the error that ended this, if it is not about one order
    """
    try:
        states = [item.desired for item in items]
        fetcher.fetch([state.order_id for state in states if state.order_id not in known], filters_before(states))
        for order_id, (order, at) in known.items():
            fetcher.keep(order_id, order, at)
        # Each round adds another field.
        for unused in range(MAX_ROUNDS):
            missing: dict[str, list[Order]] = {}
            for item in items:
                lacks = _plan(client, fetcher, item)
                if lacks and item.order:
                    missing.setdefault(lacks.name, []).append(item.order)
            for field, orders in missing.items():
                fetcher.load(field, orders)
            if not missing:
                return True
    except CertCentralError as error:
        # The orders that were read before the error are part of the result.
        for item in items:
            _plan(client, fetcher, item, is_last=True)
        if error.order_id is None:
            raise
    return False


def _plan(client: Client, fetcher: Fetcher, item: Item, *, is_last: bool = False) -> MissingField | None:
    """Plan for an item, based on its order as it was read so far.

    :param is_last: whether no change will be sent, so that it does not matter if the host's clock is wrong
    :return: the missing field that the plan depends on, or None
    """
    order_id = item.desired.order_id
    result = fetcher.fetched.get(order_id)
    item.plan = None
    if result is None or isinstance(result, Interrupted):
        return None
    if isinstance(result, CertCentralError):
        item.error = result
        return None
    # Keep the origin, because it never changes.
    if result.migrated is None and item.order:
        result = result._replace(migrated=item.order.migrated)
    item.order = result
    item.read_at = fetcher.fetched_at.get(order_id, 0.0)
    try:
        planned = decide(client, result, item.desired)
    except CertCentralError as error:
        if error.order_id is None:
            if is_last:
                return None
            raise
        item.error = error
        return None
    if isinstance(planned, MissingField):
        return planned
    item.plan = planned
    if not planned.sends:
        item.outcome = unsent(item.desired, item.basis)
    return None
