# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order list, and the facts about one order that only the order list tells."""

from __future__ import annotations

import typing as t

from .._errors import CertCentralError
from .._http.client import Client
from .._http.retry import RetryBudget
from .endpoints import PATH, name_order, read_order
from .order import Order, parse_order
from .page import Endpoint, Params, read_page
from .pages import CONCURRENCY, Listing, read_pages

ORDERS = Endpoint(PATH, "orders", ("id",))
# Two rows for one ID show that the server ignored the filter.
ROWS_FOR_ONE_ID = 2
T = t.TypeVar("T")


def list_orders(
    client: Client,
    params: Params,
    keep: t.Callable[[Order], T | None],
    *,
    sort: str | None = "date_created",
    limit: int | None = None,
    concurrency: int = CONCURRENCY,
    on_rows: t.Callable[[int], None] | None = None,
) -> Listing[T]:
    """Read all pages of the order list: one request for each page, and one that finds the end.

    :param params: the filters, in the API's form
    :param keep: returns the part of a row to keep, or None to drop the row
    :param sort: the fields to sort by, in the API's form
    :param limit: the number of rows after which to stop; a list that was stopped is not complete
    :param concurrency: the maximum number of requests in flight
    :param on_rows: called after each page with the number of rows so far
    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    return read_pages(
        client,
        ORDERS,
        [*params, ("sort", sort)] if sort else params,
        lambda row: keep(parse_order(row, listed=True)),
        limit=limit,
        concurrency=concurrency,
        on_rows=on_rows,
    )


def read_row(client: Client, order_id: int) -> Order:
    """Return the row of one order in the order list. If it has none, check with the order details whether the order exists.

    :raises CertCentralError: ``not_found``, ``unexpected_response`` or what the client raises
    """
    with name_order(order_id):
        for row in _rows_by_id(client, order_id, (), None):
            if row.id == order_id:
                return row
        read_order(client, order_id)
        raise CertCentralError(
            "unexpected_response", "the order exists, but the order list does not contain it", "set details to true"
        )


def read_listed_mark(client: Client, order_id: int, retry: RetryBudget | None = None) -> bool:
    """Return the flag ``is_renewed`` from the order list, because order details may leave it out."""
    with name_order(order_id):
        for row in _rows_by_id(client, order_id, (), retry):
            if row.id == order_id and row.marked is not None:
                return row.marked
        raise CertCentralError(
            "unexpected_response",
            "neither order details nor the order list tell whether it is marked renewed, so nothing was sent",
            http_status=200,
        )


def read_origin(client: Client, order_id: int, retry: RetryBudget | None = None) -> bool:
    """Return whether an order was migrated from the legacy console. Only the filter ``origin`` of the order list tells."""
    with name_order(order_id):
        found = {row.id for row in _rows_by_id(client, order_id, [("filters[origin]", "migrated")], retry)}
        if found - {order_id}:
            raise CertCentralError(
                "unexpected_response",
                "the API ignored the filters of the order list, so it is unknown whether the order was migrated",
                http_status=200,
            )
        return bool(found)


def _rows_by_id(
    client: Client, order_id: int, filters: t.Sequence[tuple[str, str]], retry: RetryBudget | None
) -> list[Order]:
    params = [("filters[id]", str(order_id)), *filters]
    rows = read_page(client, ORDERS, params, ROWS_FOR_ONE_ID, 0, retry, fresh=True).rows
    return [parse_order(row, listed=True) for row in rows]


def load_missing(
    client: Client, order: Order, field: str, retry: RetryBudget | None = None, *, fresh: bool = False
) -> Order:
    """Return the order with a field that was missing. This costs one request.

    :param field: a name as in :class:`MissingField`
    :param fresh: whether to bypass all caches
    :raises CertCentralError: ``unexpected_response`` if the API does not tell, or what the client raises
    """
    if field == "migrated":
        return order._replace(migrated=read_origin(client, order.id, retry))
    if field == "is_renewed":
        return order._replace(is_renewed=read_listed_mark(client, order.id, retry))
    info = read_order(client, order.id, retry, fresh=fresh)
    return info._replace(
        migrated=order.migrated, is_renewed=order.is_renewed if info.is_renewed is None else info.is_renewed
    )
