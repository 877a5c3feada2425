# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of a list. Several of them can be requested at a time."""

from __future__ import annotations

import contextlib
import typing as t

from .._errors import CertCentralError, RequestError
from .._http.client import Client
from .._http.retry import RetryBudget

# The maximum number of rows on one page (docs/api.md, section 5).
PAGE_ROWS = 1000
# A page that does not arrive in time is requested again with half as many rows, but not with fewer than these.
MIN_PAGE_ROWS = 100
Params = t.Sequence[tuple[str, str]]


class Endpoint(t.NamedTuple):
    """An endpoint that returns a list.

    :param rows: the name of its rows, for messages
    :param id_fields: the fields whose IDs together identify a row. The first of them is the ID of the order
    :param may_be_empty: whether ``{}`` is a documented response, which means that there are no rows
    """

    path: str
    rows: str
    id_fields: tuple[str, ...]
    may_be_empty: bool = False


class Page(t.NamedTuple):
    """One page of a list. ``total`` is the API's number of rows in the whole list, or None if the API does not tell."""

    rows: list[t.Any]
    total: int | None


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
    """Return one page (one request). If nothing matches, the API leaves out ``orders`` or sends null, and the page is empty.

    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    query = [*params, ("limit", str(limit)), ("offset", str(offset))]
    try:
        data = client.get(endpoint.path, query, retry, fresh=fresh)
    except CertCentralError as error:
        if error.reason != "not_found":
            raise
        # The API has no such list. This does not mean that an order does not exist.
        raise error.replaced(
            reason="unexpected_response", what=f"the API has no list of {endpoint.rows}", advice="check api_url"
        ) from None
    return _parse_page(endpoint, data, offset)


def _parse_page(endpoint: Endpoint, data: dict[str, t.Any], offset: int) -> Page:
    rows, page = data.get("orders"), data.get("page")
    known = "orders" in data or isinstance(page, dict) or (endpoint.may_be_empty and not data)
    if not isinstance(rows, (list, type(None))) or not known:
        # Ansible compiles each import anew for every task, and most pages are lists.
        from .._http.responses import find_errors, quote  # noqa: PLC0415

        said = quote(find_errors(data))
        raise CertCentralError(
            "unexpected_response",
            f"the API's response is not a list of {endpoint.rows}{f' ({said})' if said else ''}",
            "check api_url, or try again later",
            http_status=200,
        )
    total = page.get("total") if isinstance(page, dict) else None
    total = total if isinstance(total, int) and not isinstance(total, bool) else None
    if not rows and not offset and (total or 0) > 0:
        raise CertCentralError(
            "unexpected_response",
            f"the API's list of {endpoint.rows} is empty, but its total is {total}",
            "try again later",
            http_status=200,
        )
    return Page(rows or [], total)


class Reader:
    """A reader that returns the pages of one list one after the other, and meanwhile requests the pages that should follow.

    A page that was requested ahead is only used if its offset turns out to be right.
    """

    def __init__(self, client: Client, endpoint: Endpoint, params: Params, fresh: bool, concurrency: int) -> None:
        self.endpoint = endpoint
        self._client = client
        self._params = params
        self._fresh = fresh
        self._concurrency = concurrency
        # The number of rows to request. It is reduced if pages do not arrive in time.
        self._size = PAGE_ROWS
        # The number of rows that a page should have, and whether the last page had as many. If not, the total may be wrong.
        self._expected = PAGE_ROWS
        self._is_sure = False
        # Pages in flight, by their offsets.
        self._ahead: dict[int, t.Any] = {}
        self._pool: t.Any = None
        self._pools = contextlib.ExitStack()
        self._is_over = False

    def __enter__(self) -> Reader:
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
        # The API may put fewer rows on a page than were requested. The next page shows whether it does.
        self._is_sure = len(page.rows) >= size
        self._expected = self._size if self._is_sure else len(page.rows)
        return page

    def find_offset(self, received: int, total: int) -> int:
        """Return the offset of the next page, which begins with the last of the rows that were received.

        If the first page has one row and the API counts more, the next page begins after this row and has to be empty. Otherwise, a
        server that never puts more rows on a page would seem to have only one.
        """
        return received - (received > 1 or total <= 1 or self._is_sure)

    def read_next(self, offset: int, total: int, wanted: int | None) -> Page:
        """Return the page at an offset, and request the pages that should follow it.

        :param total: the number of rows in the list, as far as it is known
        :param wanted: the number of rows that are still needed, or None for all
        """
        offsets = self._expect_offsets(offset, total, wanted)
        # Pages at other offsets are no longer needed.
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
        """Return a page, and the number of rows that were requested for it. The page may have been requested before."""
        if not self._pool:
            return self._request(offset, size)
        # Pages that are no longer needed may still be in flight. The pool limits their number as well.
        future = self._ahead.pop(offset, None) or self._pool.submit(self._request, offset, size)
        self._client.clock.wait_for_any({future})
        result: tuple[Page, int] = future.result()
        return result

    def _expect_offsets(self, offset: int, total: int, wanted: int | None) -> list[int]:
        """Return an offset, and the offsets of the pages that should follow, up to the page that finds the end."""
        offsets = [offset]
        # The first row of each page is the last row of the page before.
        step = self._expected - 1
        if not self._is_sure or step < 1:
            return offsets
        most = self._concurrency if wanted is None else min(self._concurrency, -(-wanted // step))
        while len(offsets) < most and offsets[-1] < total - 1:
            offsets.append(min(offsets[-1] + step, total - 1))
        return offsets

    def _request(self, offset: int, size: int) -> tuple[Page, int]:
        """Return a page, and the number of rows that were requested. If a page does not arrive in time, request fewer rows."""
        # All tries share one budget. Once the list has been read, nobody waits for them, so they are not repeated.
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
