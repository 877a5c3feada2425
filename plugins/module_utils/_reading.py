# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Reading many orders at the cost of few requests: by a list filter of several ids, by pages of the listing, or one by one."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ._client import Client
from ._errors import NOT_FOUND, REFUSED, CertCentralError
from ._filters import Query
from ._orders import PAGE, Order, id_filters, list_orders, list_page, read_order, with_mark, with_origin

# A reading, or why there is none.
Reading = t.Union[Order, CertCentralError]
Readings = dict[int, Reading]
Params = t.Sequence[tuple[str, str]]

# Bytes of a query. A URL has to stay below 8 kB (ASSUMED), and a base URL needs some of it.
QUERY = 7600
# So few orders are read one by one rather than looked for in pages of the listing.
FEW = 3


class Reader:
    """Reads orders, and remembers what it learns about the API on the way.

    What several ids in one filter do is ASSUMED. They are refused, or ignored if rows come that were not asked for. That so
    many of them work is shown by a group of that size of which every order was found, or found missing by itself.

    :param workers: requests under way at once
    :param stop: whether a failure ends the reading of all
    """

    def __init__(self, client: Client, workers: int, stop: t.Callable[[CertCentralError], bool]) -> None:
        self.stop = stop
        # When each order was read last, by the client's clock.
        self.read_at: dict[int, float] = {}
        self._client = client
        self._workers = workers
        self._usable = True
        self._proven = 0

    def read(
        self, order_ids: t.Iterable[int], into: Readings, *, narrow: t.Sequence[Params] = ((),), known: bool = False
    ) -> None:
        """Read orders and put each into ``into`` as soon as it is there.

        :param narrow: list filters behind which the orders may be found, should several ids in one filter not work
        :param known: the orders exist, so one that a filter which works does not find is not looked for any further
        :raises CertCentralError: what ended the reading
        """
        groups = list(_groups(list(order_ids)))
        try:
            for group in groups:
                self._put(self._listed(group), into)
            if known:
                for group in groups:
                    self._give_up(group, into)
            for params in narrow:
                self._by_pages(
                    [order_id for group in groups for order_id in group if order_id not in into], params, into
                )
        except CertCentralError as error:
            if self.stop(error):
                raise
            # Without the listing, there still is order info.
        missed = [[order_id for order_id in group if order_id not in into] for group in groups]
        self._one_by_one(read_order, [order_id for rest in missed for order_id in rest], into)
        for group, rest in zip(groups, missed):
            if rest and all(_is_missing(into[order_id]) for order_id in rest):
                # What the filter did not find is not there.
                self._proven = max(self._proven, len(group) if self._usable else 0)

    def complete(self, fact: str, orders: t.Sequence[Order], into: Readings) -> None:
        """Add a fact (see :class:`_rules.Lacks`) to the readings of some orders.

        :raises CertCentralError: what ended the reading
        """
        held = {order.id: order for order in orders}
        rest = list(held)
        if fact == "migrated":
            rest = self._origins(held, into)
            self._one_by_one(lambda client, order_id: with_origin(client, held[order_id]), rest, into, whole=False)
        elif fact == "is_renewed":
            self._one_by_one(lambda client, order_id: with_mark(client, held[order_id]), rest, into, whole=False)
        else:
            self._one_by_one(lambda client, order_id: _with_info(client, held[order_id]), rest, into)

    def _put(self, found: t.Mapping[int, Reading], into: Readings) -> None:
        into.update(found)
        self.read_at.update(dict.fromkeys(found, self._client.now()))

    def _origins(self, held: dict[int, Order], into: Readings) -> list[int]:
        """Set ``migrated`` through filters of several ids and the origin. Returns those for which that does not work.

        That such a filter does not find an order says something only as far as it was proven to find all.
        """
        if self._proven < 2 or len(held) < 2:
            return list(held)
        rest = []
        for group in _groups(list(held), self._proven):
            found = self._listed(group, [("filters[origin]", "migrated")])
            if self._usable and len(group) > 1:
                into.update((order_id, replace(held[order_id], migrated=order_id in found)) for order_id in group)
            else:
                rest += group
        return rest

    def _listed(self, order_ids: list[int], filters: Params = ()) -> dict[int, Order]:
        """The rows for several ids (one request), or nothing if several ids do not work here."""
        if not self._usable or len(order_ids) < 2:
            return {}
        try:
            rows = list_page(self._client, [*id_filters(order_ids), *filters, ("limit", str(PAGE))])
        except CertCentralError as error:
            if error.reason != REFUSED:
                raise
            self._usable = False
            return {}
        found = {order.id: order for order in rows}
        if found.keys() - set(order_ids):
            self._usable = False
            return {}
        if not filters and len(found) == len(order_ids):
            self._proven = max(self._proven, len(order_ids))
        elif not filters and len(found) == 1 and not self._proven:
            # Perhaps the server looks at one of the values alone.
            self._usable = False
        return found

    def _give_up(self, group: list[int], into: Readings) -> None:
        """Take orders for not to be found that a filter did not find which was proven to find so many."""
        if self._usable and 2 <= len(group) <= self._proven:
            for order_id in group:
                error = CertCentralError(NOT_FOUND, "it is not in the listing any more", order_id=order_id)
                into.setdefault(order_id, error)

    def _by_pages(self, order_ids: list[int], params: Params, into: Readings) -> None:
        """Look for orders in pages of the listing, as long as that costs fewer requests than reading them one by one."""
        rest = set(order_ids)
        if len(rest) <= FEW:
            return
        settled = 0
        try:
            for pages, rows in enumerate(list_orders(self._client, [*params, ("sort", "-date_created")]), 1):
                found = {order.id: order for order in rows if order.id in rest}
                self._put(found, into)
                rest -= found.keys()
                settled += len(found)
                if len(rest) <= FEW or settled < pages:
                    return
        except CertCentralError as error:
            # The API does not take this filter.
            if error.reason != REFUSED:
                raise

    def _one_by_one(
        self,
        read: t.Callable[[Client, int], Order],
        order_ids: t.Sequence[int],
        into: Readings,
        *,
        whole: bool = True,
    ) -> None:
        """Read orders on their own, some at once.

        :param whole: False: the rest of what is known of an order remains as old as it is
        :raises CertCentralError: the failure that ends the reading of all
        """
        ended: list[CertCentralError] = []

        def attempt(order_id: int) -> None:
            if ended:
                return
            try:
                found = {order_id: read(self._client, order_id)}
                if whole:
                    self._put(found, into)
                else:
                    into.update(found)
            except CertCentralError as error:
                into[order_id] = error
                if self.stop(error):
                    ended.append(error)

        if len(order_ids) < 2:
            for order_id in order_ids:
                attempt(order_id)
        else:
            with ThreadPoolExecutor(self._workers) as pool:
                list(pool.map(attempt, order_ids))
        if ended:
            raise ended[0]


class _Ignored(Exception):
    """Several values in one filter do not work here."""


def search(client: Client, query: Query, *, sort: str | None = None, limit: int | None = None) -> list[Order]:
    """The orders that a query selects, from all pages of the listing, each once. An empty query selects all.

    :param sort: as the API takes it
    :param limit: most orders to return
    :raises CertCentralError: if the listing cannot be read
    """
    if query.selects_nothing or limit == 0:
        return []
    found: dict[int, Order] = {}
    try:
        requests = [query.request(choice) for choice in query.choices(several=True)]
        _search(client, query, requests, found, sort, limit)
        # A server that looks at some of several values alone leaves the others without a row.
        lacking = [query.request(choice) for choice in query.lacking(found.values())]
    except _Ignored:
        requests, lacking = [], [query.request(choice) for choice in query.choices(several=False)]
    except CertCentralError as error:
        if error.reason != REFUSED or not query.has_several:
            raise
        requests, lacking = [], [query.request(choice) for choice in query.choices(several=False)]
    _search(client, query, lacking, found, sort, limit)
    orders = list(found.values())
    if sort and len(requests) + len(lacking) > 1:
        orders = sort_orders(orders, sort)
    return orders[:limit]


def _search(
    client: Client,
    query: Query,
    requests: t.Sequence[Params],
    found: dict[int, Order],
    sort: str | None,
    limit: int | None,
) -> None:
    """Add what some listings bring, as far as the query holds for it."""
    for request in requests:
        if limit and len(found) >= limit and not sort:
            return
        params = [*request, ("sort", sort)] if sort else request
        here = 0
        for rows in list_orders(client, params, first=min(PAGE, limit or PAGE)):
            fresh = [order for order in rows if query.holds(order)]
            if len(fresh) < len(rows) and any("][" in name for name, value in request) and query.ignored(rows):
                raise _Ignored()
            found.update((order.id, order) for order in fresh if order.id not in found)
            here += len(fresh)
            if limit and here >= limit:
                break


def sort_orders(orders: list[Order], sort: str) -> list[Order]:
    """Orders as the API would sort them, where they come from several listings. What has no value comes last."""
    for field in reversed([field.strip() for field in sort.split(",") if field.strip("- ")]):
        name = field.lstrip("-")
        values: dict[int, t.Any] = {}
        for order in orders:
            certificate = order.raw.get("certificate")
            value = order.raw.get(name, certificate.get(name) if isinstance(certificate, dict) else None)
            if isinstance(value, (int, str)):
                values[order.id] = (0, value, "") if isinstance(value, int) else (1, 0, value)
        held = [order for order in orders if order.id in values]
        held.sort(key=lambda order: values[order.id], reverse=field.startswith("-"))
        orders = held + [order for order in orders if order.id not in values]
    return orders


def _with_info(client: Client, order: Order) -> Order:
    """A fresh reading of order info, with what only the listing told before."""
    info = read_order(client, order.id)
    return replace(
        info, migrated=order.migrated, is_renewed=order.is_renewed if info.is_renewed is None else info.is_renewed
    )


def _is_missing(reading: Reading) -> bool:
    return isinstance(reading, CertCentralError) and reading.reason == NOT_FOUND


def _groups(order_ids: t.Sequence[int], most: int = PAGE) -> t.Iterator[list[int]]:
    """Ids in groups of which each fits into one URL."""
    group: list[int] = []
    size = 0
    for order_id in order_ids:
        # The filter as it stands in the URL, with brackets quoted.
        more = len(f"filters%5Bid%5D%5B{len(group)}%5D={order_id}&")
        if group and (size + more > QUERY or len(group) == most):
            yield group
            group, size = [], 0
        group.append(order_id)
        size += more
    if group:
        yield group
