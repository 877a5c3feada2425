# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of digicert_order_info."""

from __future__ import annotations

import typing as t

from .._api.order import Order
from .._api.orders import add_details, read_orders
from .._api.pages import Listing
from .._api.search import make_query, search
from .._api.status_groups import KNOWN
from .._http.client import Client
from .._text import count_orders, sanitize
from .calls import api_calls
from .lists import CONCURRENCY, mapping, numbers
from .options import flag, number, text
from .rows import RowModule
from .run import Module, run

OPTIONS = {
    "order_ids": numbers(),
    "filters": mapping(),
    "expires_within": number(0),
    "older_than": number(0),
    "sort": text(),
    "limit": number(0),
    "details": flag(None),
    "concurrency": CONCURRENCY,
}


def read_by_ids(client: Client, options: dict[str, t.Any]) -> tuple[Listing[Order], list[int]]:
    """Return the orders with the given IDs, and the IDs that do not exist.

    :raises CertCentralError: if an order cannot be read
    """
    order_ids, limit = options["order_ids"], options["limit"]
    if limit == 0:
        return Listing([], not order_ids, []), []
    details = options["details"] is not False
    orders, missing = read_orders(client, order_ids, details=details, concurrency=options["concurrency"])
    return Listing(orders[:limit], limit is None or len(orders) <= limit, []), missing


def find(client: Client, options: dict[str, t.Any]) -> Listing[Order]:
    """Return the orders that the filters select.

    :raises CertCentralError: if a list or an order cannot be read
    """
    query = make_query(
        options["filters"], options["expires_within"], options["older_than"], options["sort"], client.clock.utc_now()
    )
    listing = search(client, query, limit=options["limit"], concurrency=options["concurrency"])
    if query.unknown_statuses:
        statuses = ", ".join(map(sanitize, query.unknown_statuses))
        listing.warnings.append(
            f"no order is known to have the status {statuses}: known statuses are {', '.join(KNOWN)}"
        )
    if options["details"]:
        add_details(client, listing, options["concurrency"])
    return listing


def work(module: Module, client: Client) -> dict[str, t.Any]:
    """Read the orders, and return the result of the module."""
    options = module.params
    missing: list[int] = []
    if options["order_ids"] is not None:
        listing, missing = read_by_ids(client, options)
    else:
        listing = find(client, options)
    for warning in listing.warnings:
        module.warn(warning)
    count = len(listing.rows)
    named = f", {len(missing)} missing: {', '.join(map(str, missing[:5]))}" if missing else ""
    return {
        "changed": False,
        "orders": [order.raw for order in listing.rows],
        "total": count,
        "complete": listing.complete,
        "missing": missing,
        "api_calls": api_calls(client),
        "msg": f"{count_orders(count)} found{named}",
    }


def run_module() -> None:
    """Run the module."""
    others = ("filters", "expires_within", "older_than", "sort")
    run(OPTIONS, work, RowModule, mutually_exclusive=[("order_ids", other) for other in others])
