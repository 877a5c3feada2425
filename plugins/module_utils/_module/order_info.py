# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders, read."""

from __future__ import annotations

import typing as t

from .._api.fetch import Fetcher
from .._api.order import Order
from .._api.pages import Listing
from .._api.search import make_query, search
from .._errors import NOT_FOUND, CertCentralError
from .._http.client import Client
from .options import mapping, number, numbers, text
from .run import Module, api_calls, run

OPTIONS = {
    "order_ids": numbers(),
    "filters": mapping(),
    "expires_within": number(0),
    "older_than": number(0),
    "sort": text(),
    "limit": number(0),
}
# Orders that are read one by one at once.
CONCURRENCY = 4


def read(client: Client, order_ids: list[int], limit: int | None) -> tuple[Listing[Order], list[int]]:
    """The orders of these IDs, and the IDs that do not exist.

    :raises CertCentralError: if one cannot be read
    """
    wanted = list(dict.fromkeys(order_ids))
    fetcher = Fetcher(client, CONCURRENCY, lambda error: error.reason != NOT_FOUND)
    fetcher.fetch(wanted, [()])
    found = [fetcher.fetched[order_id] for order_id in wanted]
    orders = [order for order in found if isinstance(order, Order)]
    missing = [order_id for order_id, order in zip(wanted, found) if isinstance(order, CertCentralError)]
    return Listing(orders[:limit], limit is None or len(orders) <= limit, []), missing


def work(module: Module, client: Client) -> dict[str, t.Any]:
    options = module.params
    missing: list[int] = []
    if options["order_ids"] is not None:
        listing, missing = read(client, options["order_ids"], options["limit"])
    else:
        query = make_query(options["filters"], options["expires_within"], options["older_than"], client.clock.utc_now())
        listing = search(client, query, sort=options["sort"], limit=options["limit"])
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
        "msg": f"{count} {'order' if count == 1 else 'orders'} found{named}",
    }


def run_module() -> None:
    """Run the module."""
    others = ("filters", "expires_within", "older_than", "sort")
    run(OPTIONS, work, mutually_exclusive=[("order_ids", other) for other in others])
