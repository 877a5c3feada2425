# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All pages of what the API lists, and whether they are complete.

The API counts pages by offset while the account changes, so rows can move between two pages. Each page after the first
begins one row early: if the row that should be there is not, rows moved, and the listing is read again.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._errors import NOT_FOUND, UNEXPECTED_RESPONSE, CertCentralError
from .._http.client import Client
from .._http.responses import find_errors, quote
from .._http.retry import RetryBudget
from .order import parse_id

# Most rows of one page (List orders).
PAGE_ROWS = 1000
# Pages of one listing, because one that brings new rows for ever would never end.
MAX_PAGES = 1000
# Times that a listing whose rows move is read.
MAX_PASSES = 4
# Odd rows that a warning names.
MAX_NAMED = 5
Params = t.Sequence[tuple[str, str]]
T = t.TypeVar("T")


class Endpoint(t.NamedTuple):
    """Something that the API lists.

    :param rows: what its rows are, for messages
    :param id_fields: the fields whose IDs together tell a row from all others; the first one is the ID of the order
    :param may_be_empty: whether ``{}`` is a reply without rows, as documented
    """

    path: str
    rows: str
    id_fields: tuple[str, ...]
    may_be_empty: bool = False


class Page(t.NamedTuple):
    """One page. ``total`` is what the API says that the whole listing has; None if it does not say."""

    rows: list[t.Any]
    total: int | None


@dataclass
class Listing(t.Generic[T]):
    """What was kept of the rows of a listing.

    :param complete: no row that was there all the time is missing
    :param moved: rows moved each time that it was read
    """

    rows: list[T]
    complete: bool
    warnings: list[str]
    moved: bool = False


@dataclass
class _Pass(t.Generic[T]):
    """One reading of all pages."""

    kept: dict[t.Hashable, T] = field(default_factory=dict)
    ids: set[t.Hashable] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)
    total: int = 0
    moved: bool = False
    cut: bool = False


def read_pages(
    client: Client,
    endpoint: Endpoint,
    params: Params,
    keep: t.Callable[[t.Any], T | None],
    *,
    limit: int | None = None,
    fresh: bool = False,
) -> Listing[T]:
    """Read all pages: one request a page, and one that finds the end.

    :param keep: what to keep of a row; None: nothing. It raises :exc:`CertCentralError` for an odd one
    :param limit: end as soon as so many rows are kept, which is not complete then
    :param fresh: past all caches
    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    union: dict[t.Hashable, T] = {}
    before: set[t.Hashable] | None = None
    for unused in range(MAX_PASSES):
        found = _read_pass(client, endpoint, params, keep, limit, fresh)
        union.update(found.kept)
        if found.moved:
            before = None
        elif found.cut or len(found.ids) >= found.total or found.ids == before:
            # The same rows twice: the total is wrong, as it was seen to be.
            complete = not found.cut and not found.odd
            return Listing(list(found.kept.values()), complete, _name_odd(endpoint, found.odd))
        else:
            before = found.ids
    moving = f"{endpoint.rows} moved in the listing while it was read, {MAX_PASSES} times: some may be missing from it"
    return Listing(list(union.values())[:limit], False, [moving, *_name_odd(endpoint, found.odd)], moved=True)


def read_page(
    client: Client,
    endpoint: Endpoint,
    params: Params,
    limit: int,
    offset: int,
    retry: RetryBudget | None = None,
    *,
    fresh: bool = False,
) -> Page:
    """One page (one request). Without a match the API leaves ``orders`` out, or gives null.

    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    query = [*params, ("limit", str(limit)), ("offset", str(offset))]
    try:
        data = client.get(endpoint.path, query, retry, fresh=fresh)
    except CertCentralError as error:
        if error.reason != NOT_FOUND:
            raise
        # The listing itself was not found, which says nothing about any order.
        raise error.replaced(
            reason=UNEXPECTED_RESPONSE, what=f"the API has no listing of {endpoint.rows}", advice="check api_url"
        ) from None
    rows, page = data.get("orders"), data.get("page")
    known = "orders" in data or isinstance(page, dict) or (endpoint.may_be_empty and not data)
    if not isinstance(rows, (list, type(None))) or not known:
        said = quote(find_errors(data))
        raise CertCentralError(
            UNEXPECTED_RESPONSE,
            f"the API's reply is not a listing of {endpoint.rows}{': ' + said if said else ''}",
            "check api_url, or try again later",
            http_status=200,
        )
    total = page.get("total") if isinstance(page, dict) else None
    total = total if isinstance(total, int) and not isinstance(total, bool) else None
    if not rows and not offset and (total or 0) > 0:
        raise CertCentralError(
            UNEXPECTED_RESPONSE,
            f"the API's listing says that it has {total} {endpoint.rows}, and holds none",
            "try again later",
            http_status=200,
        )
    return Page(rows or [], total)


def _read_pass(
    client: Client,
    endpoint: Endpoint,
    params: Params,
    keep: t.Callable[[t.Any], T | None],
    limit: int | None,
    fresh: bool,
) -> _Pass[T]:
    found: _Pass[T] = _Pass()
    received, last = 0, None
    size = min(PAGE_ROWS, limit or PAGE_ROWS)
    for number in range(MAX_PAGES):
        page = read_page(client, endpoint, params, size, max(0, received - 1), fresh=fresh)
        rows, size = page.rows, PAGE_ROWS
        # A listing that shrank meanwhile may have lost a row of a page that was read, and moved another one into its place.
        found.total = max(found.total, page.total or 0)
        if received:
            # One page held them all, in whatever order the API sends them.
            if number == 1 and len(rows) == 1 and _key_of(rows[0], endpoint) in found.ids:
                return found
            found.moved = not rows or not _is_same(rows[0], last, endpoint)
            # Rows that moved count all the same, should the listing never stand still.
            rows = rows if found.moved else rows[1:]
        if not rows:
            return found
        for position, row in enumerate(rows, received + 1):
            _take(row, position, endpoint, found, keep)
            if limit and len(found.kept) >= limit:
                found.cut = True
                return found
        if found.moved:
            return found
        received += len(rows)
        last = rows[-1]
    raise CertCentralError(
        UNEXPECTED_RESPONSE,
        f"the API's listing of {endpoint.rows} does not end, {MAX_PAGES} pages were read",
        "ask for less",
        http_status=200,
    )


def _take(row: t.Any, position: int, endpoint: Endpoint, found: _Pass[T], keep: t.Callable[[t.Any], T | None]) -> None:
    """Keep what is wanted of one row. An odd one is left out, and named; one that came before shows that rows moved."""
    key = _key_of(row, endpoint)
    if key in found.ids:
        found.moved = True
        return
    found.ids.update({key} - {0})
    try:
        kept = keep(row)
    except CertCentralError:
        found.odd.append(f"order {row[endpoint.id_fields[0]]}" if key else f"row {position}")
        return
    if kept is not None:
        found.kept[key] = kept


def _key_of(row: t.Any, endpoint: Endpoint) -> t.Hashable:
    """Return the IDs that tell a row from all others, whatever else is wrong with it; 0 if it has no ID of an order."""
    if not isinstance(row, dict):
        return 0
    ids = tuple(parse_id(row.get(field)) for field in endpoint.id_fields)
    return ids[0] and (ids if len(ids) > 1 else ids[0])


def _is_same(row: t.Any, other: t.Any, endpoint: Endpoint) -> bool:
    """Return whether two rows stand for the same thing; rows without an ID are compared as they are."""
    key = _key_of(row, endpoint)
    return key == _key_of(other, endpoint) if key else bool(row == other)


def _name_odd(endpoint: Endpoint, odd: t.Sequence[str]) -> list[str]:
    if not odd:
        return []
    more = f" and {len(odd) - MAX_NAMED} more" if len(odd) > MAX_NAMED else ""
    named = ", ".join(odd[:MAX_NAMED])
    return [f"the listing has rows that are no {endpoint.rows}, which were left out: {named}{more}"]
