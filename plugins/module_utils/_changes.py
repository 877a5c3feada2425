# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Status changes: what the API says that changed lately, and which of it is new to somebody who polls."""

from __future__ import annotations

import math
import time
import typing as t
from dataclasses import dataclass

from ._api_errors import find_errors, quote
from ._client import Client
from ._errors import NOT_FOUND, UNEXPECTED_RESPONSE, CertCentralError
from ._listing import MAX_NAMED, MAX_PAGES, MAX_PASSES, PAGE_ROWS, Params
from ._orders import PATH, parse_id
from ._retry import RetryBudget

# The longest span that the API looks back.
MAX_SECONDS = 7 * 24 * 3600
# The time of a process, and that of the world: the first stands still while a virtual machine is paused, the second may be set.
CLOCKS: tuple[t.Callable[[], float], ...] = (time.monotonic, time.time)


class Change(t.NamedTuple):
    """An order whose status changed. The status is the present one; the API does not say when it changed, or how often.

    :param certificate_id: None if the API gave none
    """

    order_id: int
    certificate_id: int | None
    status: str


@dataclass
class Changes:
    """What was read of the changes in a span.

    :param moved: entries moved between the pages each time that they were read, so some may be missing
    :param odd: what was left out, because it is no status change
    """

    rows: list[Change]
    moved: bool
    odd: list[str]

    @property
    def complete(self) -> bool:
        return not self.moved and not self.odd

    @property
    def warnings(self) -> list[str]:
        said = []
        if self.moved:
            said.append(f"status changes moved while they were read, {MAX_PASSES} times: some may be missing")
        if self.odd:
            more = f" and {len(self.odd) - MAX_NAMED} more" if len(self.odd) > MAX_NAMED else ""
            named = ", ".join(self.odd[:MAX_NAMED])
            said.append(f"the API lists entries that are no status changes, which were left out: {named}{more}")
        return said


def read_changes(client: Client, seconds: int, retry: RetryBudget | None = None) -> Changes:
    """The orders whose status changed in the last ``seconds``, each once, with its present status.

    One request a page, and one that finds the end; a span without changes costs one request.

    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    # Minutes could be added, but the API takes seven days of seconds as well.
    span = [("seconds", str(seconds))]
    found: dict[int, Change] = {}
    odd: dict[str, None] = {}
    moved = True
    for unused in range(MAX_PASSES):
        rows, moved = _read_pass(client, span, retry)
        for position, row in enumerate(rows, 1):
            change = _parse_change(row)
            if change:
                found[change.order_id] = change
            else:
                odd[_name(row, position)] = None
        if not moved:
            break
    return Changes(list(found.values()), moved, list(odd))


def _read_pass(client: Client, span: Params, retry: RetryBudget | None) -> tuple[list[t.Any], bool]:
    """All pages once, and whether entries moved between them. Each page after the first begins one entry early."""
    rows: list[t.Any] = []
    for number in range(MAX_PAGES):
        page = _read_page(client, span, max(0, len(rows) - 1), retry)
        if rows:
            # One page held them all, in whatever order the API sends them.
            if number == 1 and len(page) == 1 and any(_is_same(page[0], row) for row in rows):
                return rows, False
            if not page or not _is_same(page[0], rows[-1]):
                return rows + page, True
            page = page[1:]
        if not page:
            return rows, False
        rows += page
    raise CertCentralError(
        UNEXPECTED_RESPONSE,
        f"the API's list of status changes does not end, {MAX_PAGES} pages were read",
        "ask for a shorter time",
        http_status=200,
    )


def _read_page(client: Client, span: Params, offset: int, retry: RetryBudget | None) -> list[t.Any]:
    """One page (one request). Without a change the API's reply is ``{}``.

    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    query = [*span, ("limit", str(PAGE_ROWS)), ("offset", str(offset))]
    try:
        # The same URL is asked for again and again, and what a cache remembers of it is no news.
        data = client.get(f"{PATH}/status-changes", query, retry, fresh=True)
    except CertCentralError as error:
        if error.reason != NOT_FOUND:
            raise
        raise error.replaced(
            reason=UNEXPECTED_RESPONSE, what="the API has no list of status changes", advice="check api_url"
        ) from None
    rows = data.get("orders")
    if not isinstance(rows, (list, type(None))) or ("orders" not in data and data.keys() - {"page"}):
        said = quote(find_errors(data))
        raise CertCentralError(
            UNEXPECTED_RESPONSE,
            f"the API's reply is not a list of status changes{': ' + said if said else ''}",
            "check api_url, or try again later",
            http_status=200,
        )
    return rows or []


def _parse_change(row: t.Any) -> Change | None:
    """One entry; None if it is no status change."""
    order_id = _id_of(row)
    if not order_id or not isinstance(row.get("status"), str) or not row["status"]:
        return None
    return Change(order_id, parse_id(row.get("certificate_id")) or None, row["status"])


def _id_of(row: t.Any) -> int:
    """The ID of the order that an entry is about, whatever else is wrong with it; else 0."""
    return parse_id(row.get("order_id")) if isinstance(row, dict) else 0


def _is_same(row: t.Any, other: t.Any) -> bool:
    """Whether two entries are about one order, whose status may have changed in between."""
    return _id_of(row) == _id_of(other) if _id_of(row) else bool(row == other)


def _name(row: t.Any, position: int) -> str:
    return f"order {_id_of(row)}" if _id_of(row) else f"entry {position}"


class Watch:
    """Which span to ask for next, and which changes are new. Polls may fail and spans overlap; it remembers nothing else.

    :param interval: seconds between two polls, and so far back the first one looks as well
    :param overlap: seconds that each span reaches back beyond the last poll that succeeded
    """

    def __init__(self, interval: float, overlap: float, clocks: t.Sequence[t.Callable[[], float]] = CLOCKS) -> None:
        self._overlap = overlap
        self._clocks = clocks
        # Everything that changed before this moment is known.
        self._known_until = [clock() - interval for clock in clocks]
        self._began = self._known_until
        self._last: dict[int, Change] = {}

    def begin(self) -> int:
        """A poll begins. Returns the seconds that it has to ask for."""
        self._began = [clock() for clock in self._clocks]
        return min(MAX_SECONDS, math.ceil(self._since(self._known_until) + self._overlap))

    def end(self, changes: Changes) -> tuple[list[Change], float]:
        """The poll succeeded. Returns the changes that are new, and the seconds of which nothing can be known any more."""
        unknown = max(0.0, self._since(self._known_until) - MAX_SECONDS)
        # The API counts from when it answers, which can be long after the poll began.
        in_time = self._since(self._began) <= self._overlap
        if in_time and not changes.moved:
            self._known_until = self._began
        return [change for change in changes.rows if self._is_new(change)], unknown

    def _since(self, moment: t.Sequence[float]) -> float:
        """Seconds, by the clock that shows more."""
        return max(clock() - then for clock, then in zip(self._clocks, moment))

    def _is_new(self, change: Change) -> bool:
        """Whether an order is otherwise than it was last seen. A reissued certificate has another ID under the same status."""
        last = self._last.get(change.order_id)
        if last and change.certificate_id is None:
            change = change._replace(certificate_id=last.certificate_id)
        self._last[change.order_id] = change
        return (
            last is None
            or last.status != change.status
            or (last.certificate_id is not None and last.certificate_id != change.certificate_id)
        )
