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

    What several ids in one filter do is ASSUMED. If they are refused, or rows come that were not asked for, they do not
    work here. That every one of several was found shows that they do.

    :param workers: requests under way at once
    :param stop: whether the failure of one order ends the reading of all
    """

    def __init__(
        self, client: Client, workers: int, stop: t.Callable[[CertCentralError], bool] = lambda error: False
    ) -> None:
        self._client = client
        self._workers = workers
        self._stop = stop
        self._several: bool | None = None

    def read(
        self, order_ids: t.Iterable[int], into: Readings, *, narrow: t.Sequence[Params] = (()), known: bool = False
    ) -> None:
        """Read orders and put each into ``into`` as soon as it is there.

        :param narrow: list filters behind which the orders may be found, should several ids in one filter not work
        :param known: the orders exist, so one that a working filter does not find is not looked for any further
        :raises CertCentralError: what ended the reading
        """
        rest = list(order_ids)
        rest = self._by_ids(rest, into)
        if known and self._several:
            for order_id in rest:
                into[order_id] = CertCentralError(
                    NOT_FOUND, f"order {order_id} could not be found in the listing", order_id=order_id
                )
            return
        for params in narrow:
            rest = self._by_pages(rest, params, into)
        self._one_by_one(read_order, rest, into)
        if self._several is None and all(_is_missing(into[order_id]) for order_id in rest):
            # What the filter did not find is not there.
            self._several = True

    def complete(self, fact: str, orders: t.Sequence[Order], into: Readings) -> None:
        """Add a fact (see :class:`_rules.Lacks`) to the readings of some orders.

        :raises CertCentralError: what ended the reading
        """
        held = {order.id: order for order in orders}
        if fact == "migrated":
            # That a filter of several ids does not find an order says something only where such filters work.
            if self._several and len(held) > 1:
                rest = self._origins(held, into)
            else:
                rest = list(held)
            self._one_by_one(lambda client, order_id: with_origin(client, held[order_id]), rest, into)
        elif fact == "is_renewed":
            self._one_by_one(lambda client, order_id: with_mark(client, held[order_id]), list(held), into)
        else:
            self._one_by_one(lambda client, order_id: _with_info(client, held[order_id]), list(held), into)

    def _by_ids(self, order_ids: list[int], into: Readings) -> list[int]:
        """Read through filters of several ids. Returns those that were not found so."""
        rest = []
        for chunk in _chunks(order_ids):
            found = self._listed(chunk)
            into.update(found)
            rest += [order_id for order_id in chunk if order_id not in found]
        return rest

    def _origins(self, held: dict[int, Order], into: Readings) -> list[int]:
        """Set ``migrated`` through filters of several ids and the origin. Returns those for which that did not work."""
        rest = []
        for chunk in _chunks(list(held)):
            found = self._listed(chunk, [("filters[origin]", "migrated")])
            if self._several and len(chunk) > 1:
                into.update((order_id, replace(held[order_id], migrated=order_id in found)) for order_id in chunk)
            else:
                rest += chunk
        return rest

    def _listed(self, order_ids: list[int], filters: Params = ()) -> dict[int, Order]:
        """The rows for several ids (one request), or nothing if several ids do not work here."""
        if self._several is False or (len(order_ids) < 2 and not self._several):
            return {}
        try:
            rows = list_page(self._client, [*id_filters(order_ids), *filters, ("limit", str(PAGE))])
        except CertCentralError as error:
            if error.reason != REFUSED:
                raise
            self._several = False
            return {}
        found = {order.id: order for order in rows}
        if found.keys() - set(order_ids):
            self._several = False
            return {}
        if not filters and len(found) == len(order_ids):
            self._several = True
        elif not filters and self._several is None and len(found) < 2:
            # Perhaps the server looks at one of the values alone.
            self._several = False
        return found

    def _by_pages(self, order_ids: list[int], params: Params, into: Readings) -> list[int]:
        """Look for orders in pages of the listing, as long as that costs fewer requests than reading them one by one."""
        rest = set(order_ids)
        if len(rest) <= FEW:
            return order_ids
        settled = 0
        try:
            for pages, rows in enumerate(list_orders(self._client, [*params, ("sort", "-date_created")]), 1):
                found = {order.id: order for order in rows if order.id in rest}
                into.update(found)
                rest -= found.keys()
                settled += len(found)
                if len(rest) <= FEW or settled < pages:
                    break
        except CertCentralError as error:
            # The API does not take this filter.
            if error.reason != REFUSED:
                raise
        return [order_id for order_id in order_ids if order_id in rest]

    def _one_by_one(self, read: t.Callable[[Client, int], Order], order_ids: t.Sequence[int], into: Readings) -> None:
        """Read orders on their own, some at once.

        :raises CertCentralError: the failure that ends the reading of all
        """
        ended: list[CertCentralError] = []

        def attempt(order_id: int) -> None:
            if ended:
                return
            try:
                into[order_id] = read(self._client, order_id)
            except CertCentralError as error:
                into[order_id] = error
                if self._stop(error):
                    ended.append(error)

        if len(order_ids) < 2:
            for order_id in order_ids:
                attempt(order_id)
        else:
            with ThreadPoolExecutor(self._workers) as pool:
                list(pool.map(attempt, order_ids))
        if ended:
            raise ended[0]


def search(client: Client, query: Query, *, sort: str | None = None, limit: int | None = None) -> list[Order]:
    """The orders that a query selects, from all pages of the listing, each once. An empty query selects all.

    :param sort: as the API takes it
    :param limit: most orders to return
    :raises CertCentralError: if the listing cannot be read
    """
    if query.selects_nothing or limit == 0:
        return []
    try:
        return _search(client, query, sort, limit, several=True)
    except CertCentralError as error:
        if error.reason != REFUSED or not query.has_several:
            raise
        return _search(client, query, sort, limit, several=False)


def _search(client: Client, query: Query, sort: str | None, limit: int | None, *, several: bool) -> list[Order]:
    found: dict[int, Order] = {}
    requests = list(query.requests(several=several))
    for params in requests:
        params = [*params, ("sort", sort)] if sort else params
        for rows in list_orders(client, params, first=min(PAGE, limit or PAGE)):
            found.update((order.id, order) for order in rows if order.id not in found and query.holds(order))
            if limit and len(found) >= limit and len(requests) == 1:
                break
    orders = list(found.values())
    if sort and len(requests) > 1:
        for field in reversed(sort.split(",")):
            orders.sort(key=lambda order: str(order.raw.get(field.lstrip("-"), "")), reverse=field.startswith("-"))
    return orders[:limit]


def _with_info(client: Client, order: Order) -> Order:
    """A fresh reading of order info, with what only the listing told before."""
    info = read_order(client, order.id)
    return replace(
        info, migrated=order.migrated, is_renewed=order.is_renewed if info.is_renewed is None else info.is_renewed
    )


def _is_missing(reading: Reading) -> bool:
    return isinstance(reading, CertCentralError) and reading.reason == NOT_FOUND


def _chunks(order_ids: t.Sequence[int]) -> t.Iterator[list[int]]:
    """Ids in groups whose filter fits into one URL."""
    chunk: list[int] = []
    size = 0
    for order_id in order_ids:
        # The filter as it stands in the URL, with brackets quoted.
        more = len(f"filters%5Bid%5D%5B{len(chunk)}%5D={order_id}&")
        if chunk and (size + more > QUERY or len(chunk) == PAGE):
            yield chunk
            chunk, size = [], 0
        chunk.append(order_id)
        size += more
    if chunk:
        yield chunk
