# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders that are read by their IDs, either their details or their rows in the order list."""

from __future__ import annotations

import functools
import typing as t

from .._errors import CertCentralError
from .._http.client import Client
from .fetch import Fetcher
from .listing import read_row
from .order import Order
from .pages import MAX_NAMED, Listing


def read_orders(
    client: Client, order_ids: t.Iterable[int], *, details: bool, concurrency: int
) -> tuple[list[Order], list[int]]:
    """Return the orders in the sequence of their IDs, and the IDs that do not exist.

    :param details: true to read the details of each order (one request for each), false to read the rows of the order list
    :raises CertCentralError: if an order cannot be read
    """
    wanted = list(dict.fromkeys(order_ids))
    fetcher = Fetcher(client, concurrency, lambda error: error.reason != "not_found")
    if details:
        fetcher.fetch(wanted)
    else:
        fetcher.fetch(wanted, [()], read=functools.partial(read_row, client))
    found = [fetcher.fetched[order_id] for order_id in wanted]
    orders = [order for order in found if isinstance(order, Order)]
    return orders, [order_id for order_id, order in zip(wanted, found) if isinstance(order, CertCentralError)]


def add_details(client: Client, listing: Listing[Order], concurrency: int) -> None:
    """Replace the rows of a list by the details of their orders. Orders that no longer exist are left out.

    :raises CertCentralError: if an order cannot be read
    """
    listing.rows, missing = read_orders(
        client, [order.id for order in listing.rows], details=True, concurrency=concurrency
    )
    if missing:
        more = f" and {len(missing) - MAX_NAMED} more" if len(missing) > MAX_NAMED else ""
        named = ", ".join(f"order {order_id}" for order_id in missing[:MAX_NAMED])
        listing.complete = False
        listing.warnings.append(
            f"the order list has orders whose details do not exist, which were left out: {named}{more}"
        )
