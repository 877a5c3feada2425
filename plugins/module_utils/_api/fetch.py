# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many orders, read with few requests: from pages of the order list or one by one, whichever costs fewer requests."""

from __future__ import annotations

import typing as t

from .._errors import FATAL_REASONS, CertCentralError
from .._http.client import Client
from .endpoints import read_order
from .listing import ORDERS, load_missing
from .order import Order, parse_order
from .page import PAGE_ROWS, Params, read_page

# An order that was read, or the reason why it was not.
Result = t.Union[Order, CertCentralError]
# Up to this number of orders are read one by one, because the order list would not cost fewer requests.
MAX_ONE_BY_ONE = 3
MIGRATED: Params = (("filters[origin]", "migrated"),)
# The newest orders first, because most tasks are about them.
SORT = ("sort", "-date_created")


class Fetcher:
    """A reader of many orders, several at once. It keeps the orders that it read.

    :param concurrency: the maximum number of requests in flight
    :param stops: returns whether an error of one order means that no further order is read
    :ivar fetched: each order that was read, or its error, by ID. An entry is added as soon as its response has arrived
    :ivar fetched_at: when each order was requested, in seconds on the client's clock
    """

    def __init__(self, client: Client, concurrency: int, stops: t.Callable[[CertCentralError], bool]) -> None:
        self.stops = stops
        self.fetched: dict[int, Result] = {}
        self.fetched_at: dict[int, float] = {}
        self._client = client
        self._concurrency = concurrency
        self._lock = client.clock.lock()
        # The IDs found in the list of migrated orders, and whether it was proven that the list has only migrated orders.
        self._listed_as_migrated: set[int] = set()
        self._origin_works: bool | None = None
        # The progress of the present call: pages read, orders read one by one, and orders to read one by one.
        self._pages = self._done = self._todo = 0

    def fetch(
        self,
        order_ids: t.Iterable[int],
        filters: t.Sequence[Params] = (),
        *,
        fresh: bool = False,
        read: t.Callable[[int], Order] | None = None,
    ) -> None:
        """Read orders, even if they were read before.

        :param filters: filters of the order list that can match the orders
        :param fresh: whether to bypass all caches
        :param read: reads one order in another way than by its details
        :raises CertCentralError: if an error means that no further order is read
        """
        rest = dict.fromkeys(order_ids)
        for order_id in rest:
            self.fetched.pop(order_id, None)
        try:
            for params in filters:
                self._search_pages(rest, params, fresh)
        except CertCentralError as error:
            # If the order list cannot be read, the order details can.
            if error.reason in FATAL_REASONS:
                raise
        self._read_each(list(rest), read or (lambda order_id: read_order(self._client, order_id, fresh=fresh)))
        self._pages = 0

    def load(self, field: str, orders: t.Sequence[Order], *, fresh: bool = False) -> None:
        """Add a missing field to orders that were read.

        :param field: a name as in :class:`MissingField`
        :param fresh: whether to bypass all caches
        :raises CertCentralError: if an error means that no further order is read
        """
        rest = {order.id: order for order in orders}
        if field == "migrated" and len(rest) > MAX_ONE_BY_ONE:
            for order_id in self._prove_migrated() & rest.keys():
                self.fetched[order_id] = rest.pop(order_id)._replace(migrated=True)
        # Order details replace the order by a newer one. The other fields do not tell anything new about its status.
        is_newer = field == "order_info"

        def read(order_id: int) -> Order:
            return load_missing(self._client, rest[order_id], field, fresh=fresh)

        self._read_each(list(rest), read, is_newer=is_newer)

    def describe_work(self) -> str:
        """Return the progress of the present call as the end of a line, or an empty string if there is nothing to tell."""
        parts = [f"{self._pages} page{'' if self._pages == 1 else 's'} of the order list"] if self._pages else []
        parts += [f"{self._done} of {self._todo} one by one"] if self._done < self._todo else []
        return f" ({', '.join(parts)})" if parts else ""

    def _prove_migrated(self) -> set[int]:
        """Return the IDs in the list of migrated orders, if it is certain that the API's filter works.

        The filter works if the list of the other orders contains none of these IDs.
        """
        if self._origin_works is None and self._listed_as_migrated:
            others = [("filters[origin]", "certcentral"), SORT]
            try:
                rows = read_page(self._client, ORDERS, others, PAGE_ROWS, 0).rows
                ids = {parse_order(row, listed=True).id for row in rows}
            except CertCentralError as error:
                if error.reason in FATAL_REASONS:
                    raise
                ids = self._listed_as_migrated
            self._origin_works = not ids & self._listed_as_migrated
        return self._listed_as_migrated if self._origin_works else set()

    def _search_pages(self, rest: dict[int, t.Any], params: Params, fresh: bool) -> None:
        """Look for orders in pages of the order list, as long as that costs fewer requests than reading them one by one.

        An order that is not found may still exist, because rows can move between pages.

        :param rest: the IDs to look for. Those that are found are removed from it
        """
        offset = 0
        while len(rest) > MAX_ONE_BY_ONE:
            at = self._client.wait_for_turn()
            rows, total = read_page(self._client, ORDERS, [*params, SORT], PAGE_ROWS, offset, fresh=fresh)
            self._pages += 1
            offset += len(rows)
            found = 0
            for row in rows:
                try:
                    order = parse_order(row, listed=True)
                except CertCentralError:
                    continue
                if params == MIGRATED:
                    self._listed_as_migrated.add(order.id)
                if order.id in rest:
                    del rest[order.id]
                    self.keep(order.id, order, at)
                    found += 1
            if not rows or not _is_worth_more(total, offset, len(rows), found, len(rest)):
                return

    def _read_each(self, order_ids: t.Sequence[int], read: t.Callable[[int], Order], *, is_newer: bool = True) -> None:
        """Read each order with a request of its own, several requests at once.

        :param is_newer: whether the response tells the present status of the order
        :raises CertCentralError: if an error means that no further order is read
        """
        self._done, self._todo = 0, len(order_ids)
        final: list[CertCentralError] = []

        def attempt(order_id: int) -> None:
            if final:
                return
            try:
                at = self._client.wait_for_turn()
                self.keep(order_id, read(order_id), at if is_newer else None)
            except CertCentralError as error:
                self.fetched[order_id] = error
                if self.stops(error):
                    final.append(error)
            self._done += 1

        if len(order_ids) > 1 and self._concurrency > 1:
            with self._client.clock.executor(self._concurrency) as pool:
                list(pool.map(attempt, order_ids))
        else:
            for order_id in order_ids:
                attempt(order_id)
        if final:
            raise final[0]

    def keep(self, order_id: int, order: Order, at: float | None) -> None:
        """Keep an order that was read.

        :param at: when it was requested, or None if its state is as old as it was
        """
        with self._lock:
            self.fetched[order_id] = order
            if at is not None:
                self.fetched_at[order_id] = at


def _is_worth_more(total: int | None, offset: int, page_rows: int, found: int, wanted: int) -> bool:
    """Return whether reading the remaining pages costs fewer requests than reading the remaining orders.

    :param total: the number of rows in the list; None if the API does not tell
    :param offset: the number of rows that were read
    :param page_rows: the number of rows on the last page
    :param found: the number of wanted orders on the last page
    :param wanted: the number of remaining orders
    """
    pages = -(-max(0, total - offset) // page_rows) if total is not None else min(1, found)
    return 0 < pages < wanted
