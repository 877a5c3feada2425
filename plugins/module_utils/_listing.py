# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The listing of orders: its pages, and whether they are complete.

The API counts pages by offset while the account changes, so rows can move between two pages. Each page after the first
begins one row early: if the row that should be there is not, rows moved, and the listing is read again.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ._api_errors import find_errors, quote
from ._client import Client
from ._errors import NOT_FOUND, UNEXPECTED_RESPONSE, CertCentralError
from ._orders import PATH, Order, about, parse_id, parse_order
from ._retry import RetryBudget

# Most rows of one page (List orders).
PAGE_ROWS = 1000
# Pages of one listing, because one that brings new orders for ever would never end.
MAX_PAGES = 1000
# Times that a listing whose rows move is read.
MAX_PASSES = 4
# Rows for one id that are enough to see that the server ignored the filter.
ROWS_FOR_ONE_ID = 2
# Odd rows that a warning names.
MAX_NAMED = 5

Params = t.Sequence[tuple[str, str]]
T = t.TypeVar("T")


class Page(t.NamedTuple):
    """One page. ``total`` is what the API says that the whole listing has; None if it does not say."""

    rows: list[t.Any]
    total: int | None


@dataclass
class Listing(t.Generic[T]):
    """What was kept of the rows of a listing.

    :param complete: no row that was there all the time is missing
    """

    rows: list[T]
    complete: bool
    warnings: list[str]


@dataclass
class _Pass(t.Generic[T]):
    """One reading of all pages."""

    kept: dict[int, T] = field(default_factory=dict)
    ids: set[int] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)
    total: int | None = None
    moved: bool = False
    cut: bool = False


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
    union: dict[int, T] = {}
    before: set[int] | None = None
    for unused in range(MAX_PASSES):
        found = _read_pass(client, params, keep, limit)
        union.update(found.kept)
        if found.moved:
            before = None
        elif found.cut or len(found.ids) >= (found.total or 0) or found.ids == before:
            # The same rows twice: the total is wrong, as it was seen to be.
            return Listing(list(found.kept.values()), not found.cut and not found.odd, _odd_warnings(found.odd))
        else:
            before = found.ids
    moving = f"orders moved in the listing while it was read, {MAX_PASSES} times: some may be missing from it"
    return Listing(list(union.values())[:limit], False, [moving, *_odd_warnings(found.odd)])


def read_page(
    client: Client, params: Params, limit: int, offset: int, retry: RetryBudget | None = None, *, fresh: bool = False
) -> Page:
    """One page (one request). Without a match the API leaves ``orders`` out, or gives null.

    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    query = [*params, ("limit", str(limit)), ("offset", str(offset))]
    try:
        data = client.get(PATH, query, retry, fresh=fresh)
    except CertCentralError as error:
        if error.reason != NOT_FOUND:
            raise
        # The listing itself was not found, which says nothing about any order.
        raise error.replaced(
            reason=UNEXPECTED_RESPONSE, what="the API has no listing of orders", advice="check api_url"
        ) from None
    rows, page = data.get("orders"), data.get("page")
    if not isinstance(rows, (list, type(None))) or not ("orders" in data or isinstance(page, dict)):
        said = quote(find_errors(data))
        raise CertCentralError(
            UNEXPECTED_RESPONSE,
            f"the API's reply is not a listing of orders{': ' + said if said else ''}",
            "check api_url, or try again later",
            http_status=200,
        )
    total = page.get("total") if isinstance(page, dict) else None
    total = total if isinstance(total, int) and not isinstance(total, bool) else None
    if not rows and not offset and (total or 0) > 0:
        raise CertCentralError(
            UNEXPECTED_RESPONSE,
            f"the API's listing says that it has {total} orders, and holds none",
            "try again later",
            http_status=200,
        )
    return Page(rows or [], total)


def _read_pass(client: Client, params: Params, keep: t.Callable[[Order], T | None], limit: int | None) -> _Pass[T]:
    found: _Pass[T] = _Pass()
    received, last = 0, None
    size = min(PAGE_ROWS, limit or PAGE_ROWS)
    for unused in range(MAX_PAGES):
        page = read_page(client, params, size, max(0, received - 1))
        rows, found.total, size = page.rows, page.total, PAGE_ROWS
        if received:
            if not rows or not _is_same(rows[0], last):
                found.moved = True
                return found
            rows = rows[1:]
        if not rows:
            return found
        for position, row in enumerate(rows, received + 1):
            _take(row, position, found, keep)
            if limit and len(found.kept) >= limit:
                found.cut = True
                return found
        if found.moved:
            return found
        received += len(rows)
        last = rows[-1]
    raise CertCentralError(
        UNEXPECTED_RESPONSE,
        f"the API's listing of orders does not end, {MAX_PAGES} pages were read",
        "narrow it by filters, or set limit",
        http_status=200,
    )


def _take(row: t.Any, position: int, found: _Pass[T], keep: t.Callable[[Order], T | None]) -> None:
    """Keep what is wanted of one row. An odd one is left out, and named; one that came before shows that rows moved."""
    try:
        order = parse_order(row, listed=True)
    except CertCentralError:
        order_id = parse_id(row.get("id")) if isinstance(row, dict) else 0
        found.odd.append(f"order {order_id}" if order_id else f"row {position}")
        if order_id:
            found.ids.add(order_id)
        return
    if order.id in found.ids:
        found.moved = True
        return
    found.ids.add(order.id)
    kept = keep(order)
    if kept is not None:
        found.kept[order.id] = kept


def _is_same(row: t.Any, other: t.Any) -> bool:
    """Whether two rows are of one order; what is no order is compared as it is."""
    ids = [value.get("id") if isinstance(value, dict) else None for value in (row, other)]
    return ids[0] == ids[1] if ids[0] is not None else bool(row == other)


def _odd_warnings(odd: t.Sequence[str]) -> list[str]:
    if not odd:
        return []
    more = f" and {len(odd) - MAX_NAMED} more" if len(odd) > MAX_NAMED else ""
    return [f"the listing has rows that are no orders, which were left out: {', '.join(odd[:MAX_NAMED])}{more}"]


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
    rows = read_page(client, params, ROWS_FOR_ONE_ID, 0, retry, fresh=True).rows
    return [parse_order(row, listed=True) for row in rows]
