# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All pages of a list, several at a time, and whether they are complete.

The API counts rows by offset while the account changes, so rows can move between two pages. Each page after the first
begins one row early. If the row that should be there is not, rows moved, and the list is read again.

The first page tells the total, and so the offsets at which the others should begin: some of them are requested side by side.
They are still taken one after the other, each at the offset at which the page before it ended. A page that was requested at
another offset is dropped. So the result is the same as if they were read one by one. The times at which pages were read do
not matter either: as long as rows keep their order, a row between the first and the last row of a page is on that page.
"""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, field

from .._errors import NOT_FOUND, UNEXPECTED_RESPONSE, CertCentralError, RequestError
from .._http.client import Client
from .._http.responses import find_errors, quote
from .._http.retry import RetryBudget
from .order import parse_id

# The most rows that the API puts on one page (docs/api.md, section 5).
PAGE_ROWS = 1000
# A page that does not arrive in time is requested again with half as many rows, but not with fewer than these.
MIN_PAGE_ROWS = 100
# A list that brings new rows forever would never end.
MAX_PAGES = 1000
# How often a list whose rows move is read.
MAX_PASSES = 4
# Bad rows that a warning names.
MAX_NAMED = 5
CONCURRENCY = 4
Params = t.Sequence[tuple[str, str]]
T = t.TypeVar("T")
# The ID of an order, or several IDs if one order can have several rows; 0 if a row has no ID.
Key = t.Union[int, tuple[int, ...]]


class Endpoint(t.NamedTuple):
    """Something that the API lists.

    :param rows: the name of its rows, for messages
    :param id_fields: the fields whose IDs together tell a row from all others. The first one is the ID of the order
    :param may_be_empty: whether ``{}`` is a documented response, without rows
    """

    path: str
    rows: str
    id_fields: tuple[str, ...]
    may_be_empty: bool = False


class Page(t.NamedTuple):
    """One page. ``total`` is the number of rows of the whole list according to the API, or None if it does not say."""

    rows: list[t.Any]
    total: int | None


@dataclass
class Listing(t.Generic[T]):
    """What was kept of the rows of a list.

    :param complete: no row that was there all the time is missing
    :param moved: rows moved each time that the list was read
    """

    rows: list[T]
    complete: bool
    warnings: list[str]
    moved: bool = False


@dataclass
class _Pass(t.Generic[T]):
    """All pages, read once."""

    kept: dict[Key, T] = field(default_factory=dict)
    keys: set[Key] = field(default_factory=set)
    bad_rows: list[str] = field(default_factory=list)
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
    concurrency: int = CONCURRENCY,
    on_rows: t.Callable[[int], None] | None = None,
) -> Listing[T]:
    """Read all pages: one request for each page, and one that finds the end.

    :param keep: returns what to keep of a row, or None to drop it. It raises :exc:`CertCentralError` if the row is bad
    :param limit: stop as soon as this number of rows is kept; such a list is not complete
    :param fresh: bypass all caches
    :param concurrency: the number of requests that may be in flight at the same time
    :param on_rows: called after each page with the number of rows so far. If rows moved, it begins at the first page again
    :raises CertCentralError: ``unexpected_response``, or what the client or ``on_rows`` raises
    """
    union: dict[Key, T] = {}
    before: set[Key] | None = None
    with _Reader(client, endpoint, params, fresh, concurrency) as reader:
        for unused in range(MAX_PASSES):
            found = _read_pass(reader, keep, limit, on_rows or (lambda rows: None))
            union.update(found.kept)
            if found.moved:
                before = None
            elif found.cut or len(found.keys) >= found.total or found.keys == before:
                # The same rows twice prove that the total is wrong, as it was seen to be.
                complete = not found.cut and not found.bad_rows
                return Listing(list(found.kept.values()), complete, _name_bad_rows(endpoint, found.bad_rows))
            else:
                before = found.keys
    moving = f"{endpoint.rows} moved each of the {MAX_PASSES} times that their list was read: some may be missing"
    return Listing(list(union.values())[:limit], False, [moving, *_name_bad_rows(endpoint, found.bad_rows)], moved=True)


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
    """Return one page (one request). If nothing matches, the API leaves ``orders`` out or sends null.

    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    query = [*params, ("limit", str(limit)), ("offset", str(offset))]
    try:
        data = client.get(endpoint.path, query, retry, fresh=fresh)
    except CertCentralError as error:
        if error.reason != NOT_FOUND:
            raise
        # The list itself was not found, which does not mean that an order does not exist.
        raise error.replaced(
            reason=UNEXPECTED_RESPONSE, what=f"the API has no list of {endpoint.rows}", advice="check api_url"
        ) from None
    rows, page = data.get("orders"), data.get("page")
    known = "orders" in data or isinstance(page, dict) or (endpoint.may_be_empty and not data)
    if not isinstance(rows, (list, type(None))) or not known:
        said = quote(find_errors(data))
        raise CertCentralError(
            UNEXPECTED_RESPONSE,
            f"the API's response is not a list of {endpoint.rows}{f' ({said})' if said else ''}",
            "check api_url, or try again later",
            http_status=200,
        )
    total = page.get("total") if isinstance(page, dict) else None
    total = total if isinstance(total, int) and not isinstance(total, bool) else None
    if not rows and not offset and (total or 0) > 0:
        raise CertCentralError(
            UNEXPECTED_RESPONSE,
            f"the API counts {total} {endpoint.rows}, but its list has none",
            "try again later",
            http_status=200,
        )
    return Page(rows or [], total)


class _Reader:
    """Reads the pages of one list, and requests those that should follow in the meantime."""

    def __init__(self, client: Client, endpoint: Endpoint, params: Params, fresh: bool, concurrency: int) -> None:
        self.endpoint = endpoint
        self._client = client
        self._params = params
        self._fresh = fresh
        self._concurrency = concurrency
        # The number of rows to request. It shrinks if pages do not arrive in time.
        self._size = PAGE_ROWS
        # The number of rows that a page should have, and whether the last page had it. If not, the total may be wrong.
        self._expected = PAGE_ROWS
        self._is_sure = False
        # Pages in flight, by their offsets.
        self._ahead: dict[int, t.Any] = {}
        self._pool: t.Any = None
        self._pools = contextlib.ExitStack()
        self._is_over = False

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *unused: object) -> None:
        self._is_over = True
        self._pools.close()

    def read_first(self, limit: int | None) -> Page:
        """Return the first page of a pass."""
        self._ahead = {}
        requested = min(self._size, limit or self._size)
        page, size = self._get(0, requested)
        if size < requested:
            self._size = size
        # A server may put fewer rows on a page than were requested. The next page will tell.
        self._is_sure = len(page.rows) >= size
        self._expected = self._size if self._is_sure else len(page.rows)
        return page

    def read_next(self, offset: int, total: int, wanted: int | None) -> Page:
        """Return the page at an offset, and request the pages that should follow it.

        :param total: the number of rows of the list, as far as it is known
        :param wanted: the number of rows that are needed yet, or None for all
        """
        offsets = self._expect_offsets(offset, total, wanted)
        # A page at another offset is of no use any more.
        self._ahead = {offset: future for offset, future in self._ahead.items() if offset in offsets}
        if len(offsets) > 1:
            self._pool = self._pool or self._pools.enter_context(self._client.clock.executor(self._concurrency))
            for ahead in offsets:
                if ahead not in self._ahead:
                    self._ahead[ahead] = self._pool.submit(self._request, ahead, self._size)
        page, size = self._get(offset, self._size)
        self._size = min(self._size, size)
        self._expected = min(self._expected, size)
        self._is_sure = len(page.rows) >= self._expected
        return page

    def _get(self, offset: int, size: int) -> tuple[Page, int]:
        """Return a page that may have been requested before, and the number of rows that were requested."""
        if not self._pool:
            return self._request(offset, size)
        # Pages that were dropped may still be in flight. The pool counts them as well.
        future = self._ahead.pop(offset, None) or self._pool.submit(self._request, offset, size)
        self._client.clock.wait_for_any({future})
        result: tuple[Page, int] = future.result()
        return result

    def _expect_offsets(self, offset: int, total: int, wanted: int | None) -> list[int]:
        """Return an offset and those of the pages that should follow it, up to the one that finds the end."""
        offsets = [offset]
        # The first row of each page is known.
        step = self._expected - 1
        if not self._is_sure or step < 1:
            return offsets
        most = self._concurrency if wanted is None else min(self._concurrency, -(-wanted // step))
        while len(offsets) < most and offsets[-1] < total - 1:
            offsets.append(min(offsets[-1] + step, total - 1))
        return offsets

    def _request(self, offset: int, size: int) -> tuple[Page, int]:
        """Return a page and the number of rows that were requested: fewer if a larger page did not arrive in time."""
        # All these requests share one budget. After the end nobody waits for them any more.
        retry = self._client.budget(
            lambda failure: not self._is_over and (not failure.timed_out or size <= MIN_PAGE_ROWS)
        )
        while True:
            try:
                page = read_page(self._client, self.endpoint, self._params, size, offset, retry, fresh=self._fresh)
                return page, size
            except RequestError as failure:
                if not failure.timed_out or self._is_over:
                    raise
                if size <= MIN_PAGE_ROWS:
                    raise failure.replaced(
                        what=f"a page of {size} {self.endpoint.rows} did not arrive within timeout ({failure.what})",
                        advice="raise timeout, or try again later",
                    ) from None
                retry.start()
                size = max(MIN_PAGE_ROWS, size // 2)


def _read_pass(
    reader: _Reader, keep: t.Callable[[t.Any], T | None], limit: int | None, on_rows: t.Callable[[int], None]
) -> _Pass[T]:
    found: _Pass[T] = _Pass()
    received, last = 0, None
    for number in range(MAX_PAGES):
        if number:
            page = reader.read_next(received - 1, found.total, limit and limit - len(found.kept))
        else:
            page = reader.read_first(limit)
        rows = page.rows
        # A list that shrank may have lost a row of a page that was read, and moved another one into its place.
        found.total = max(found.total, page.total or 0)
        # One page held them all, in whatever order the API sends them.
        if number == 1 and len(rows) == 1 and _key_of(rows[0], reader.endpoint) in found.keys:
            return found
        if number:
            found.moved = not rows or not _is_same(rows[0], last, reader.endpoint)
            # Rows that moved count all the same, in case the list never stands still.
            rows = rows if found.moved else rows[1:]
        for position, row in enumerate(rows, received + 1):
            _take(row, position, reader.endpoint, found, keep)
            if limit and len(found.kept) >= limit:
                found.cut = True
                return found
        received += len(rows)
        on_rows(received)
        if found.moved or not rows:
            return found
        last = rows[-1]
    raise CertCentralError(
        UNEXPECTED_RESPONSE,
        f"the API's list of {reader.endpoint.rows} does not end after {MAX_PAGES} pages",
        "ask for fewer of them",
        http_status=200,
    )


def _take(row: t.Any, position: int, endpoint: Endpoint, found: _Pass[T], keep: t.Callable[[t.Any], T | None]) -> None:
    """Keep what is wanted of one row. A bad row is left out and named. A row that came before proves that rows moved."""
    key = _key_of(row, endpoint)
    if key in found.keys:
        found.moved = True
        return
    found.keys.update({key} - {0})
    try:
        kept = keep(row)
    except CertCentralError:
        found.bad_rows.append(f"order {parse_id(row[endpoint.id_fields[0]])}" if key else f"row {position}")
        return
    if kept is not None:
        found.kept[key] = kept


def _key_of(row: t.Any, endpoint: Endpoint) -> Key:
    """Return the IDs that tell a row from all others, whatever else is wrong with it; 0 if it has no ID of an order."""
    if not isinstance(row, dict):
        return 0
    ids = tuple(parse_id(row.get(field)) for field in endpoint.id_fields)
    return ids[0] and (ids if len(ids) > 1 else ids[0])


def _is_same(row: t.Any, other: t.Any, endpoint: Endpoint) -> bool:
    """Return whether two rows stand for the same thing; rows without an ID are compared as they are."""
    key = _key_of(row, endpoint)
    return key == _key_of(other, endpoint) if key else bool(row == other)


def _name_bad_rows(endpoint: Endpoint, bad_rows: t.Sequence[str]) -> list[str]:
    if not bad_rows:
        return []
    more = f" and {len(bad_rows) - MAX_NAMED} more" if len(bad_rows) > MAX_NAMED else ""
    named = ", ".join(bad_rows[:MAX_NAMED])
    return [f"the list of {endpoint.rows} has rows that cannot be read, which were left out: {named}{more}"]
