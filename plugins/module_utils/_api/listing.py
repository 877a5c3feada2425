# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listing of orders, and what only the listing says of one order."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._errors import UNEXPECTED_RESPONSE, CertCentralError
from .._http.client import Client
from .._http.retry import RetryBudget
from .endpoints import PATH, about, read_order
from .order import Order, parse_order
from .pages import Endpoint, Listing, Params, read_page, read_pages

ORDERS = Endpoint(PATH, "orders", ("id",))
# Rows for one id that are enough to see that the server ignored the filter.
ROWS_FOR_ONE_ID = 2
T = t.TypeVar("T")


def list_orders(
    client: Client,
    params: Params,
    keep: t.Callable[[Order], T | None],
    *,
    sort: str | None = "date_created",
    limit: int | None = None,
) -> Listing[T]:
    """Read all pages of a listing: one request a page, and one that finds the end.

    :param params: filters, as the API takes them
    :param keep: what to keep of a row; None: nothing. The row itself is dropped
    :param sort: as the API takes it
    :param limit: end as soon as so many rows are kept, which is not complete then
    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    params = [*params, ("sort", sort)] if sort else params
    return read_pages(client, ORDERS, params, lambda row: keep(parse_order(row, listed=True)), limit=limit)


def read_listed_mark(client: Client, order_id: int, retry: RetryBudget | None = None) -> bool:
    """The flag ``is_renewed`` by the listing, because order info may leave it out."""
    with about(order_id):
        for row in _rows_by_id(client, order_id, (), retry):
            if row.id == order_id and row.marked is not None:
                return row.marked
        raise CertCentralError(
            UNEXPECTED_RESPONSE,
            "neither order info nor the listing says whether it is marked renewed, so nothing was sent",
            http_status=200,
        )


def read_origin(client: Client, order_id: int, retry: RetryBudget | None = None) -> bool:
    """Whether it came from the legacy console: nothing in order info says so, only the list filter ``origin`` does."""
    with about(order_id):
        found = {row.id for row in _rows_by_id(client, order_id, [("filters[origin]", "migrated")], retry)}
        if found - {order_id}:
            raise CertCentralError(
                UNEXPECTED_RESPONSE,
                "the listing ignored its filters, so it is not known whether the order is a migrated one",
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
    """The order with a field that was missing (see :class:`MissingField`), at the cost of one request.

    :param fresh: past all caches

    :raises CertCentralError: ``unexpected_response`` if the API does not settle it
    """
    if field == "migrated":
        return replace(order, migrated=read_origin(client, order.id, retry))
    if field == "is_renewed":
        return replace(order, is_renewed=read_listed_mark(client, order.id, retry))
    info = read_order(client, order.id, retry, fresh=fresh)
    return replace(
        info, migrated=order.migrated, is_renewed=order.is_renewed if info.is_renewed is None else info.is_renewed
    )
