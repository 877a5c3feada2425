# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All pages of a list, and whether they are complete.

The API counts rows by offset while the account changes, so rows can move between two pages. Each page after the first
therefore begins one row early. If its first row is not the last row of the page before, rows moved, and the list is read again.

The first page tells the total number of rows, and thus the offsets at which the other pages should begin, so several pages
are requested at a time. A page is only used if the page before it ended at its offset. So the result is the same as if the
pages were read one by one. It does not depend on the times at which they were read either: as long as the rows keep their
order, each row between the first and the last row of a page is on that page.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._errors import CertCentralError
from .._http.client import Client
from .order import parse_id
from .page import Endpoint, Params, Reader

# The maximum number of pages, in case the API returns new rows without end.
MAX_PAGES = 1000
# The maximum number of times that a list is read because its rows move.
MAX_PASSES = 4
# The maximum number of bad rows that a warning names.
MAX_NAMED = 5
CONCURRENCY = 4
T = t.TypeVar("T")
# The ID of the order in a row; several IDs if an order can have several rows; 0 if the row has no ID.
Key = t.Union[int, tuple[int, ...]]


@dataclass
class Listing(t.Generic[T]):
    """The rows of a list, or the parts that were kept of them.

    For example, ``Listing([order], complete=False, warnings=["the list of orders has ..."])`` if one row could not be read.

    :param complete: whether no row is missing that was in the list all the time
    :param moved: whether rows moved each time that the list was read
    """

    rows: list[T]
    complete: bool
    warnings: list[str]
    moved: bool = False


@dataclass
class _Pass(t.Generic[T]):
    """The rows of all pages, read once.

    :param kept: the parts to keep, by the IDs of their rows
    :param keys: the IDs of all rows
    :param bad_rows: the names of rows that cannot be read
    :param total: the largest number of rows that the API gave
    :param moved: whether rows moved, so that some may be missing
    :param cut: whether reading stopped at the limit
    """

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

    :param keep: returns the part of a row to keep, or None to drop it. It raises :exc:`CertCentralError` if the row is bad
    :param limit: the number of rows after which to stop; a list that was stopped is not complete
    :param fresh: whether to bypass all caches
    :param concurrency: the maximum number of requests in flight
    :param on_rows: called after each page with the number of rows so far. After rows moved, the number begins at 0 again
    :raises CertCentralError: ``unexpected_response``, or what the client or ``on_rows`` raises
    """
    union: dict[Key, T] = {}
    before: set[Key] | None = None
    with Reader(client, endpoint, params, fresh, concurrency) as reader:
        for unused in range(MAX_PASSES):
            found = _read_pass(reader, keep, limit, on_rows or (lambda rows: None))
            union.update(found.kept)
            if found.moved:
                before = None
            elif found.cut or len(found.keys) >= found.total or found.keys == before:
                # If the same rows come twice, the total is wrong. The API has been seen to return such totals.
                complete = not found.cut and not found.bad_rows
                return Listing(list(found.kept.values()), complete, _name_bad_rows(endpoint, found.bad_rows))
            else:
                before = found.keys
    moving = f"{endpoint.rows} moved each of the {MAX_PASSES} times that their list was read: some may be missing"
    return Listing(list(union.values())[:limit], False, [moving, *_name_bad_rows(endpoint, found.bad_rows)], moved=True)


def _read_pass(
    reader: Reader, keep: t.Callable[[t.Any], T | None], limit: int | None, on_rows: t.Callable[[int], None]
) -> _Pass[T]:
    found: _Pass[T] = _Pass()
    received, offset, last = 0, 0, None
    for number in range(MAX_PAGES):
        if number:
            offset = reader.find_offset(received, found.total)
            page = reader.read_next(offset, found.total, limit and limit - len(found.kept))
        else:
            page = reader.read_first(limit)
        rows, is_end = page.rows, offset == received
        # If the total decreased, a row of an earlier page may be gone, and another row may have moved into its place.
        found.total = max(found.total, page.total or 0)
        # The first page has all rows, in whatever order the API sends them.
        if number == 1 and not is_end and len(rows) == 1 and _key_of(rows[0], reader.endpoint) in found.keys:
            return found
        if number:
            found.moved = bool(rows) if is_end else not rows or not _is_same(rows[0], last, reader.endpoint)
            # Keep rows that moved, in case rows move in every pass.
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
        "unexpected_response",
        f"the API's list of {reader.endpoint.rows} does not end after {MAX_PAGES} pages",
        f"ask for fewer {reader.endpoint.rows}",
        http_status=200,
    )


def _take(row: t.Any, position: int, endpoint: Endpoint, found: _Pass[T], keep: t.Callable[[t.Any], T | None]) -> None:
    """Keep one row. Leave out and name a row that cannot be read. If the row came before, note that rows moved."""
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
    """Return the IDs that identify a row, even if the rest of the row cannot be read; 0 if it has no order ID."""
    if not isinstance(row, dict):
        return 0
    ids = tuple(parse_id(row.get(field)) for field in endpoint.id_fields)
    return ids[0] and (ids if len(ids) > 1 else ids[0])


def _is_same(row: t.Any, other: t.Any, endpoint: Endpoint) -> bool:
    """Return whether two rows have the same IDs. Rows without an ID are compared as a whole."""
    key = _key_of(row, endpoint)
    return key == _key_of(other, endpoint) if key else bool(row == other)


def _name_bad_rows(endpoint: Endpoint, bad_rows: t.Sequence[str]) -> list[str]:
    if not bad_rows:
        return []
    more = f" and {len(bad_rows) - MAX_NAMED} more" if len(bad_rows) > MAX_NAMED else ""
    named = ", ".join(bad_rows[:MAX_NAMED])
    return [f"the list of {endpoint.rows} has rows that cannot be read, which were left out: {named}{more}"]
