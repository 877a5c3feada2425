# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many orders at the cost of few requests: by pages of the listing, or one by one, whichever costs fewer."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._errors import FATAL_REASONS, CertCentralError
from .._http.client import Client
from .endpoints import read_order
from .listing import ORDERS, load_missing
from .order import Order, parse_order
from .pages import PAGE_ROWS, Params, read_page

# An order that was fetched, or why there is none.
Result = t.Union[Order, CertCentralError]
# So few orders are read one by one rather than looked for in pages of the listing.
MAX_ONE_BY_ONE = 3
MIGRATED: Params = (("filters[origin]", "migrated"),)
# The newest first, because those are the ones that most tasks are about.
SORT = ("sort", "-date_created")


class Fetcher:
    """Fetches orders, some at once.

    :param concurrency: requests under way at once
    :param stops: whether the failure of one order ends the fetching of all
    """

    def __init__(self, client: Client, concurrency: int, stops: t.Callable[[CertCentralError], bool]) -> None:
        self.stops = stops
        self.fetched: dict[int, Result] = {}
        # When each order was asked for, by the client's clock.
        self.fetched_at: dict[int, float] = {}
        self._client = client
        self._concurrency = concurrency
        self._lock = client.clock.lock()
        # All ids that the listing of migrated orders showed, and whether it is proven that it shows no others.
        self._listed_as_migrated: set[int] = set()
        self._origin_works: bool | None = None

    def fetch(
        self,
        order_ids: t.Iterable[int],
        filters: t.Sequence[Params] = (),
        *,
        fresh: bool = False,
        read: t.Callable[[int], Order] | None = None,
    ) -> None:
        """Fetch orders anew, each into ``fetched`` as soon as it is there.

        :param filters: list filters behind which the orders may be found
        :param fresh: past all caches
        :param read: reads one order, instead of its details
        :raises CertCentralError: what ended the fetching
        """
        rest = dict.fromkeys(order_ids)
        for order_id in rest:
            self.fetched.pop(order_id, None)
        try:
            for params in filters:
                self._from_pages(rest, params, fresh)
        except CertCentralError as error:
            # Without the listing, order info is still there.
            if error.reason in FATAL_REASONS:
                raise
        self._one_by_one(list(rest), read or (lambda order_id: read_order(self._client, order_id, fresh=fresh)))

    def load(self, field: str, orders: t.Sequence[Order], *, fresh: bool = False) -> None:
        """Add a missing field (see :class:`MissingField`) to orders that were fetched.

        :param fresh: past all caches

        :raises CertCentralError: what ended it
        """
        held = {order.id: order for order in orders}
        if field == "migrated" and len(held) > MAX_ONE_BY_ONE:
            for order_id in self._proven_migrated() & held.keys():
                self.fetched[order_id] = replace(held.pop(order_id), migrated=True)
        # What order info brings is newer; of the others, the rest remains as old as it is.
        dated = field == "order_info"

        def read(order_id: int) -> Order:
            return load_missing(self._client, held[order_id], field, fresh=fresh)

        self._one_by_one(list(held), read, dated=dated)

    def _proven_migrated(self) -> set[int]:
        """The orders that the listing of migrated orders showed, if a listing of the others leaves them all out."""
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

    def _from_pages(self, rest: dict[int, t.Any], params: Params, fresh: bool) -> None:
        """Look for orders in pages of the listing, as long as that costs fewer requests than one by one.

        That one is not found says nothing: rows may move.
        """
        offset = 0
        while len(rest) > MAX_ONE_BY_ONE:
            at = self._client.wait_for_turn()
            rows, total = read_page(self._client, ORDERS, [*params, SORT], PAGE_ROWS, offset, fresh=fresh)
            offset += len(rows)
            hits = 0
            for row in rows:
                try:
                    order = parse_order(row, listed=True)
                except CertCentralError:
                    continue
                if params == MIGRATED:
                    self._listed_as_migrated.add(order.id)
                if order.id in rest:
                    del rest[order.id]
                    self._put(order.id, order, at)
                    hits += 1
            if not rows or not _is_worth_more(total, offset, len(rows), hits, len(rest)):
                return

    def _one_by_one(self, order_ids: t.Sequence[int], read: t.Callable[[int], Order], *, dated: bool = True) -> None:
        """Read orders on their own, some at once.

        :param dated: False: what is read says nothing new of the order's state
        :raises CertCentralError: the failure that ends the fetching of all
        """
        ended: list[CertCentralError] = []

        def attempt(order_id: int) -> None:
            if ended:
                return
            try:
                at = self._client.wait_for_turn()
                self._put(order_id, read(order_id), at if dated else None)
            except CertCentralError as error:
                self.fetched[order_id] = error
                if self.stops(error):
                    ended.append(error)

        if len(order_ids) > 1 and self._concurrency > 1:
            with self._client.clock.executor(self._concurrency) as pool:
                list(pool.map(attempt, order_ids))
        else:
            for order_id in order_ids:
                attempt(order_id)
        if ended:
            raise ended[0]

    def _put(self, order_id: int, order: Order, at: float | None) -> None:
        with self._lock:
            self.fetched[order_id] = order
            if at is not None:
                self.fetched_at[order_id] = at


def _is_worth_more(total: int | None, offset: int, page_rows: int, hits: int, wanted: int) -> bool:
    """Whether the pages that are left cost fewer requests than the orders that are left.

    :param total: rows of the listing, as the API says; None if it does not say
    :param hits: orders that the last page had of those that are wanted
    """
    pages = -(-max(0, total - offset) // page_rows) if total is not None else min(1, hits)
    return 0 < pages < wanted
