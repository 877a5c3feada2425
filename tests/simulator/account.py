# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CertCentral account in memory. Its methods return what the endpoints send, as plain data and without HTTP."""

from __future__ import annotations

import copy
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from . import rules
from .changes import Change, state_of
from .history import History
from .orders import DEFAULTS, Order, certificate_id, complete, expand, get, is_marked, timestamp, utc_now, valid_till
from .query import Test, make_test, number, parse_filters, parse_span, sort_orders
from .quirks import Quirks
from .rules import ApiError, no_order
from .views import info_view, row_view, shown_status

__all__ = ["Account", "ApiError", "Change", "Order", "is_marked", "shown_status", "timestamp", "utc_now", "valid_till"]


class Account:
    """The orders of an account by ID, with a method for each endpoint. Several threads can use an account.

    ``now`` returns the date and time in UTC. ``clock`` returns the seconds that determine how long responses are out of date.
    """

    def __init__(
        self,
        quirks: Quirks | None = None,
        now: Callable[[], datetime] = utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.quirks = quirks if quirks is not None else Quirks()
        self.now = now
        self.clock = clock
        self.lock = threading.RLock()
        self.orders: dict[int, Order] = {}
        # Tests read this log. No response depends on it.
        self.changes: list[Change] = []
        self._history = History(self.quirks, clock)
        self._status_changed: dict[int, datetime] = {}
        self._lists = 0
        self._note_ids = itertools.count(1)

    def clear(self) -> None:
        """Remove all orders, and forget all changes."""
        with self.lock:
            self.orders.clear()
            self.changes.clear()
            self._history.clear()
            self._status_changed.clear()
            self._lists = 0
            self._note_ids = itertools.count(1)

    def settle(self) -> None:
        """Make all responses up to date."""
        with self.lock:
            self._history.clear()

    # ---- orders that do not come from the API

    def next_id(self) -> int:
        """Return an ID that no order has."""
        return max(self.orders, default=100_000_000) + 1

    def seed(self, seeds: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add orders as if they had existed for a while, or replace orders with the same IDs. Return the IDs."""
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
            before, order = self._open(order_id)
            rules.edit(order, fields, self.now())
            self._remember(before, order)

    def remove(self, order_id: int) -> None:
        """Remove an order."""
        with self.lock:
            before, unused = self._open(order_id)
            del self.orders[order_id]
            self._history.remember(order_id, before)
            self._status_changed.pop(order_id, None)

    def _open(self, order_id: int) -> tuple[Order, Order]:
        """Return a copy of an order, and the order itself."""
        if order_id not in self.orders:
            raise KeyError(f"there is no order {order_id}")
        order = self.orders[order_id]
        return copy.deepcopy(order), order

    def _remember(self, before: Order, order: Order) -> None:
        order_id = order["id"]
        self._history.remember(order_id, before)
        marked = self.quirks.marks_are_status_changes and is_marked(before) != is_marked(order)
        if marked or before["status"] != order["status"]:
            self._status_changed[order_id] = self.now()

    # ---- reading

    def _is_readable(self, order: Order) -> bool:
        return self.quirks.canceled_order_readable or order["status"] != "canceled"

    def find(self, order_id: int) -> Order:
        """Return the current state of an order, or raise the error 404."""
        order = self.orders.get(order_id)
        if order is None or not self._is_readable(order):
            raise no_order()
        return order

    def order_info(self, order_id: int, stale: bool = False) -> dict[str, Any]:
        """Return the details of an order.

        :param stale: whether to show the order as it was before its last change
        """
        with self.lock:
            order = self._history.in_order_info(order_id, self.orders.get(order_id), stale)
            if order is None or not self._is_readable(order):
                raise no_order()
            return info_view(order, self.quirks)

    def id_by_certificate(self, reference: str) -> int | None:
        """Return the ID of the order whose certificate has this thumbprint or serial number, or None."""
        wanted = reference.upper()
        with self.lock:
            for order in self.orders.values():
                held = (get(order, "certificate", "thumbprint"), get(order, "certificate", "serial_number"))
                if wanted in (str(value).upper() for value in held):
                    return int(order["id"])
        return None

    def list_orders(self, query: Iterable[tuple[str, str]], stale: bool = False) -> dict[str, Any]:
        """Return the order list for a decoded query.

        :param stale: whether to show each order as it was before its last change
        """
        pairs = list(query)
        options = dict(pairs)
        quirks = self.quirks
        limit, offset = self._page(options)
        with self.lock:
            filters = parse_filters(pairs, quirks)
            made = [make_test(name, values, quirks) for name, values in filters.items()]
            tests = [test for test in made if test is not None]
            if not quirks.canceled_order_readable:
                tests.append(self._is_readable)
            orders = self._listed(filters, tests, stale)
            # Applying one test after the other to all orders is faster than checking each order, and there can be 100,000 orders.
            for test in tests:
                orders = [order for order in orders if test(order)]
            orders = self._sorted(orders, options)
            total = len(orders)
            start = offset
            if quirks.repeat_row and offset:
                start, total = offset - 1, total + 1
            rows = [row_view(order, quirks) for order in orders[start : start + limit]]
        response: dict[str, Any] = {}
        if rows or quirks.orders_key_null:
            response["orders"] = rows or None
        shown_limit = 0 if quirks.page_limit_zero else limit
        response["page"] = {"total": max(0, total + quirks.page_total_offset), "limit": shown_limit, "offset": offset}
        return response

    def _page(self, options: Mapping[str, str]) -> tuple[int, int]:
        """Return the limit and the offset of a query."""
        longest = self.quirks.max_limit
        return min(number(options, "limit", 0) or longest, longest), number(options, "offset", 0)

    def _listed(self, filters: Mapping[str, list[str]], tests: list[Test], stale: bool) -> list[Order]:
        """Return the orders to which the filters are applied, in the states that the order list shows."""
        asked = filters.get("id")
        ids = None if asked is None else [int(value) for value in asked if value.isdecimal()]
        if self._history.is_list_late(stale):
            return self._history.in_list(self.orders, self.orders if ids is None else ids, tests, stale)
        if ids is None:
            return list(self.orders.values())
        return [self.orders[order_id] for order_id in ids if order_id in self.orders]

    def _sorted(self, orders: list[Order], options: Mapping[str, str]) -> list[Order]:
        self._lists += 1
        if self.quirks.shuffle_equal_keys:
            random.Random(f"{self.quirks.shuffle_equal_keys} {self._lists}").shuffle(orders)
        return sort_orders(orders, options.get("sort", ""))

    def status_changes(self, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Return the orders whose status last changed within a span, or ``{}`` (docs/api.md, section 7)."""
        pairs = list(query)
        options = dict(pairs)
        limit, offset = self._page(options)
        with self.lock:
            begin, end = parse_span(pairs, self.now(), self.quirks)
            changed = [
                self.orders[order_id]
                for order_id, when in self._status_changed.items()
                if begin <= when < end and order_id in self.orders
            ]
            shown = self._sorted(changed, options)[offset : offset + limit]
            entries = [
                {
                    "order_id": order["id"],
                    "certificate_id": certificate_id(order),
                    "status": shown_status(order, self.quirks),
                }
                for order in shown
            ]
        return {"orders": entries} if entries else {}

    def notes(self, order_id: int) -> dict[str, Any]:
        """Return the notes of an order, the newest first."""
        with self.lock:
            return {"notes": list(self.find(order_id).get("notes") or [])}

    def reissues(self, order_id: int) -> dict[str, Any]:
        """Return the certificates of an order's reissues as they were seeded. Only the outer object is documented."""
        with self.lock:
            return {"certificates": list(self.find(order_id).get("reissues") or [])}

    # ---- changes

    def update_status(self, order_id: int, body: Any, request: int | None = None) -> bool:
        """Handle a PUT with this body, and return whether it changed the order. Raise an ApiError if it is rejected."""
        if not isinstance(body, dict):
            raise ApiError(400, "bad_request_format", "The request body is not a JSON object.")
        with self.lock:
            order = self.find(order_id)
            before = copy.deepcopy(order)
            today = (self.now() + timedelta(hours=self.quirks.utc_offset_hours)).date()
            sent, changed = rules.change_status(order, body, today, self.quirks)
            if changed:
                self._remember(before, order)
                sequence, at = len(self.changes) + 1, timestamp(self.now())
                begin, end = state_of(before), state_of(order)
                note = body.get("note")
                self.changes.append(Change(sequence, order_id, sent, note, begin, end, at, self.clock(), request))
            return changed

    def update_request(self, request_id: int, body: Any) -> None:
        """Approve or reject a request of an order."""
        if not isinstance(body, dict):
            raise ApiError(400, "bad_request_format", "The request body is not a JSON object.")
        with self.lock:
            for order in self.orders.values():
                if any(isinstance(entry, dict) and entry.get("id") == request_id for entry in order["requests"] or ()):
                    before = copy.deepcopy(order)
                    rules.process_request(order, request_id, body)
                    self._remember(before, order)
                    return
        raise ApiError(404, "not_found|request", "Request not found.")

    def add_note(self, order_id: int, body: Any) -> dict[str, Any]:
        """Add a note to an order, and return the note."""
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str) or not text:
            raise ApiError(400, "bad_request_format", "The note must have a text.")
        with self.lock:
            order = self.find(order_id)
            note = {
                "id": next(self._note_ids),
                "date_created": timestamp(self.now()),
                "text": text,
                "user": dict(DEFAULTS["user"]),
            }
            order["notes"] = [note, *(order.get("notes") or [])]
            return note
