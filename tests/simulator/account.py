"""A CertCentral account in memory. Its methods return what the endpoints send, as plain data and without HTTP."""

from __future__ import annotations

import copy
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from . import rules
from .history import History
from .orders import DEFAULTS, Order, complete, expand, is_marked, utc_now, valid_till
from .query import Test, make_test, number, parse_filters, parse_span, sort_orders
from .quirks import Quirks
from .rules import ApiError, no_order
from .views import change_view, info_view, row_view, shown_status

__all__ = ["Account", "ApiError", "Change", "Order", "is_marked", "shown_status", "utc_now", "valid_till"]


class Change(NamedTuple):
    """A PUT that changed an order, with the values that were sent."""

    order_id: int
    status: str
    note: str | None


class Account:
    """The orders of an account by ID, with a method for each endpoint. Several threads can use an account.

    ``now`` returns the date and time in UTC. ``clock`` returns the seconds that determine how long responses are out of date.
    """

    def __init__(self, quirks: Quirks, now: Callable[[], datetime], clock: Callable[[], float]) -> None:
        self.quirks = quirks
        self.now = now
        self.lock = threading.RLock()
        self.orders: dict[int, Order] = {}
        # Tests read this log. No response depends on it.
        self.changes: list[Change] = []
        self._history = History(self.quirks, clock)
        self._status_changed: dict[int, datetime] = {}
        self._lists = 0

    def clear(self) -> None:
        """Remove all orders, and forget all changes."""
        with self.lock:
            for held in (self.orders, self.changes, self._history, self._status_changed):
                held.clear()
            self._lists = 0

    def settle(self) -> None:
        """Make all responses up to date."""
        with self.lock:
            self._history.clear()

    # ---- orders that do not come from the API

    def next_id(self) -> int:
        """Return an ID that no order has."""
        return max(self.orders, default=100_000_000) + 1

    def seed(self, seeds: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add orders as if they had existed for a while, or replace the orders with the same IDs. Return the IDs."""
        with self.lock:
            return [self._add(copy.deepcopy({**DEFAULTS, **seed})) for seed in seeds]

    def generate(self, specs: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add orders from compact descriptions (see ``expand``). Equal values are shared, so that 100,000 orders fit into memory."""
        with self.lock:
            return [self._add(seed) for spec in specs for seed in expand(spec, self.next_id())]

    def _add(self, seed: Mapping[str, Any]) -> int:
        order_id = int(seed["id"]) if "id" in seed else self.next_id()
        now = self.now()
        self.orders[order_id] = complete(seed, order_id, now)
        self._history.forget(order_id)
        self._status_changed.pop(order_id, None)
        if "status_changed_seconds_ago" in seed:
            self._status_changed[order_id] = now - timedelta(seconds=seed["status_changed_seconds_ago"])
        return order_id

    # ---- changes by others: the CA, or people in the console. Responses can show these changes with a delay as well.

    def add(self, seeds: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add orders that are placed now, and return their IDs."""
        with self.lock:
            ids = self.seed({"created_days_ago": 0, **seed} for seed in seeds)
            for order_id in ids:
                self._history.remember(order_id, None)
                self._status_changed[order_id] = self.now()
            return ids

    def edit(self, order_id: int, **fields: Any) -> None:
        """Set fields of an order as somebody else would (see ``rules.edit``)."""
        with self.lock:
            order = self.orders[order_id]
            before = copy.deepcopy(order)
            rules.edit(order, fields, self.now())
            self._remember(before, order)

    def remove(self, order_id: int) -> None:
        with self.lock:
            self._history.remember(order_id, self.orders.pop(order_id))
            self._status_changed.pop(order_id, None)

    def _remember(self, before: Order, order: Order) -> None:
        self._history.remember(order["id"], before)
        if before["status"] != order["status"]:
            self._status_changed[order["id"]] = self.now()

    # ---- the API

    def _is_readable(self, order: Order) -> bool:
        return self.quirks.canceled_order_readable or order["status"] != "canceled"

    def order_info(self, order_id: int, stale: bool = False) -> dict[str, Any]:
        """Return the details of an order, as it was before its last change if ``stale``."""
        with self.lock:
            order = self._history.in_order_info(order_id, self.orders.get(order_id), stale)
            if order is None or not self._is_readable(order):
                raise no_order()
            return info_view(order, self.quirks)

    def list_orders(self, query: Iterable[tuple[str, str]], stale: bool = False) -> dict[str, Any]:
        """Return the order list for a decoded query, with each order as it was before its last change if ``stale``."""
        pairs = list(query)
        options = dict(pairs)
        quirks = self.quirks
        limit, offset = self._page(options)
        with self.lock:
            filters = parse_filters(pairs, quirks)
            tests: list[Test] = [] if quirks.canceled_order_readable else [self._is_readable]
            tests += filter(None, (make_test(name, value, quirks) for name, value in filters.items()))
            orders = self._listed(filters.get("id"), stale)
            # Applying one test after the other to all orders is faster than checking each order, and there can be 100,000 orders.
            for test in tests:
                orders = [order for order in orders if test(order)]
            orders = self._sorted(orders, options)
            repeated = int(quirks.repeat_row and offset > 0)
            start, total = offset - repeated, len(orders) + repeated
            rows = [row_view(order, quirks) for order in orders[start : start + limit]]
        shown = {"orders": rows or None} if rows or quirks.orders_key_null else {}
        total, shown_limit = max(0, total + quirks.page_total_offset), 0 if quirks.page_limit_zero else limit
        return {**shown, "page": {"total": total, "limit": shown_limit, "offset": offset}}

    def _page(self, options: Mapping[str, str]) -> tuple[int, int]:
        longest = self.quirks.max_limit
        return min(number(options, "limit") or longest, longest), number(options, "offset")

    def _listed(self, asked: str | None, stale: bool) -> list[Order]:
        """Return all orders, or the one with the ID that a filter asks for, in the states that the order list shows."""
        ids = self.orders if asked is None else [int(asked)] if asked.isdecimal() else []
        if self._history.is_list_late(stale):
            return self._history.in_list(self.orders, ids, stale)
        return [self.orders[order_id] for order_id in ids if order_id in self.orders]

    def _sorted(self, orders: list[Order], options: Mapping[str, str]) -> list[Order]:
        self._lists += 1
        if self.quirks.shuffle_equal_keys:
            random.Random(f"{self.quirks.shuffle_equal_keys} {self._lists}").shuffle(orders)
        return sort_orders(orders, options.get("sort", ""))

    def status_changes(self, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Return the orders whose status last changed within a span, or ``{}`` (docs/api.md, section 7)."""
        options = dict(query)
        limit, offset = self._page(options)
        with self.lock:
            begin = self.now() - parse_span(options)
            changed = [self.orders[order_id] for order_id, when in self._status_changed.items() if when >= begin]
            entries = [change_view(order, self.quirks) for order in self._sorted(changed, options)]
        entries = entries[offset : offset + limit]
        return {"orders": entries} if entries else {}

    def update_status(self, order_id: int, body: Any) -> bool:
        """Handle a PUT with this body, and return whether it changed the order. Raise an ApiError if it is rejected."""
        if not isinstance(body, dict):
            raise ApiError(400, "bad_request_format", "The request body is not a JSON object.")
        with self.lock:
            order = self.orders.get(order_id)
            if order is None or not self._is_readable(order):
                raise no_order()
            before = copy.deepcopy(order)
            today = (self.now() + timedelta(hours=self.quirks.utc_offset_hours)).date()
            changed = rules.change_status(order, body, today, self.quirks)
            if changed:
                self._remember(before, order)
                self.changes.append(Change(order_id, body["status"], body.get("note")))
            return changed
