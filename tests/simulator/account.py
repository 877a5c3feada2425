# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CertCentral account in memory, and the endpoints' answers as plain data. Knows no HTTP."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from . import rules
from .history import History
from .orders import DEFAULTS, Order, certificate_id, complete, expand, get, is_marked, timestamp, utc_now, valid_till
from .query import Test, make_test, number, parse_filters, parse_span, sort_orders
from .quirks import Quirks
from .rules import ApiError, no_order
from .views import info_view, row_view, shown_status

__all__ = ["Account", "ApiError", "Change", "Order", "is_marked", "shown_status", "timestamp", "utc_now", "valid_till"]


@dataclasses.dataclass
class Change:
    """A PUT that changed something: which one, what was sent, and the state before and after it.

    ``at`` is the date and ``time`` the reading of the simulator's clock; ``request`` numbers its entry in the log.
    """

    sequence: int
    order_id: int
    status: str
    note: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    at: str
    time: float = 0.0
    request: int | None = None


class Account:
    """Orders by id, and what the endpoints do with them. Safe between threads.

    ``now`` gives the date (UTC), ``clock`` the seconds by which readings are late.
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
        # A log for tests: the API answers nothing from it.
        self.changes: list[Change] = []
        self._history = History(self.quirks, clock)
        self._status_changed: dict[int, datetime] = {}
        self._listings = 0
        self._note_ids = itertools.count(1)

    def clear(self) -> None:
        """Forget all orders and changes."""
        with self.lock:
            self.orders.clear()
            self.changes.clear()
            self._history.clear()
            self._status_changed.clear()
            self._listings = 0
            self._note_ids = itertools.count(1)

    def settle(self) -> None:
        """Let no reading lag behind any more."""
        with self.lock:
            self._history.clear()

    # ---- orders from outside the API

    def next_id(self) -> int:
        """An id that no order has."""
        return max(self.orders, default=100_000_000) + 1

    def seed(self, seeds: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add orders that were always there, or replace those with the same id. Returns their ids."""
        with self.lock:
            return [self._add(copy.deepcopy({**DEFAULTS, **seed})) for seed in seeds]

    def generate(self, specs: Iterable[Mapping[str, Any]]) -> list[int]:
        """Seed many orders, each described as in ``expand``. They share what is alike, to hold 100,000 in memory."""
        ids: list[int] = []
        with self.lock:
            for spec in specs:
                ids.extend(self._add(seed) for seed in expand(spec, self.next_id()))
        return ids

    def _add(self, seed: Mapping[str, Any]) -> int:
        order_id = int(seed["id"]) if "id" in seed else self.next_id()
        now = self.now()
        self.orders[order_id] = complete(seed, order_id, now)
        self._history.forget(order_id)
        self._status_changed.pop(order_id, None)
        if "status_changed_seconds_ago" in seed:
            self._status_changed[order_id] = now - timedelta(seconds=seed["status_changed_seconds_ago"])
        return order_id

    # ---- changes by others: the CA, colleagues, the console. Readings are late for them as for ours.

    def add(self, seeds: Iterable[Mapping[str, Any]]) -> list[int]:
        """New orders, placed now. Returns their ids."""
        with self.lock:
            ids = self.seed({"created_days_ago": 0, **seed} for seed in seeds)
            for order_id in ids:
                self._history.remember(order_id, None)
                self._status_changed[order_id] = self.now()
            return ids

    def edit(self, order_id: int, **fields: Any) -> None:
        """Set fields of an order; those of ``certificate`` go into it. See rules.edit for what follows a status."""
        with self.lock:
            before, order = self._open(order_id)
            rules.edit(order, fields, self.now())
            self._remember(before, order)

    def remove(self, order_id: int) -> None:
        """Let an order vanish."""
        with self.lock:
            before, unused = self._open(order_id)
            del self.orders[order_id]
            self._history.remember(order_id, before)
            self._status_changed.pop(order_id, None)

    def _open(self, order_id: int) -> tuple[Order, Order]:
        """A copy of an order as it is, and the order to be changed."""
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
        """The order as it is, or 404."""
        order = self.orders.get(order_id)
        if order is None or not self._is_readable(order):
            raise no_order()
        return order

    def order_info(self, order_id: int, stale: bool = False) -> dict[str, Any]:
        """Order info; ``stale``: as it was before its last change."""
        with self.lock:
            order = self._history.in_order_info(order_id, self.orders.get(order_id), stale)
            if order is None or not self._is_readable(order):
                raise no_order()
            return info_view(order, self.quirks)

    def id_by_certificate(self, reference: str) -> int | None:
        """The order whose certificate has this thumbprint or serial number."""
        wanted = reference.upper()
        with self.lock:
            for order in self.orders.values():
                held = (get(order, "certificate", "thumbprint"), get(order, "certificate", "serial_number"))
                if wanted in (str(value).upper() for value in held):
                    return int(order["id"])
        return None

    def list_orders(self, query: Iterable[tuple[str, str]], stale: bool = False) -> dict[str, Any]:
        """The listing for a decoded query (pairs); ``stale``: with every order as it was before its last change."""
        pairs = list(query)
        options = dict(pairs)
        quirks = self.quirks
        limit = min(number(options, "limit", 0) or quirks.max_limit, quirks.max_limit)
        offset = number(options, "offset", 0)
        with self.lock:
            filters = parse_filters(pairs, quirks)
            made = [make_test(name, values, quirks) for name, values in filters.items()]
            tests = [test for test in made if test is not None]
            if not quirks.canceled_order_readable:
                tests.append(self._is_readable)
            # One test after the other: an account may hold 100,000 orders.
            orders = self._listed(filters, tests, stale)
            for test in tests:
                orders = [order for order in orders if test(order)]
            orders = self._sorted(orders, options)
            total = len(orders)
            start = offset
            if quirks.repeat_row and offset:
                start, total = offset - 1, total + 1
            rows = [row_view(order, quirks) for order in orders[start : start + limit]]
        reply: dict[str, Any] = {}
        if rows or quirks.orders_key_null:
            reply["orders"] = rows or None
        shown_limit = 0 if quirks.page_limit_zero else limit
        reply["page"] = {"total": max(0, total + quirks.page_total_offset), "limit": shown_limit, "offset": offset}
        return reply

    def _listed(self, filters: Mapping[str, list[str]], tests: list[Test], stale: bool) -> list[Order]:
        """The orders that the filters are tried on, as the listing shows them."""
        asked = filters.get("id")
        ids = None if asked is None else dict.fromkeys(int(value) for value in asked if value.isdecimal())
        if self._history.is_listing_late(stale):
            return self._history.in_listing(self.orders, self.orders if ids is None else ids, tests, stale)
        if ids is None:
            return list(self.orders.values())
        return [self.orders[order_id] for order_id in ids if order_id in self.orders]

    def _sorted(self, orders: list[Order], options: Mapping[str, str]) -> list[Order]:
        self._listings += 1
        if self.quirks.shuffle_equal_keys:
            random.Random(f"{self.quirks.shuffle_equal_keys} {self._listings}").shuffle(orders)
        return sort_orders(orders, options.get("sort", ""), self.quirks)

    def status_changes(self, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Orders whose last change of status lies in a span, ``{}`` when there is none. Source: section 7."""
        pairs = list(query)
        options = dict(pairs)
        limit = min(number(options, "limit", 0) or self.quirks.max_limit, self.quirks.max_limit)
        offset = number(options, "offset", 0)
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
        """The notes of an order, the newest first."""
        with self.lock:
            return {"notes": list(self.find(order_id).get("notes") or [])}

    def reissues(self, order_id: int) -> dict[str, Any]:
        """The certificates of an order's reissues, as they were seeded. Source: OBS, and only the outer shape."""
        with self.lock:
            return {"certificates": list(self.find(order_id).get("reissues") or [])}

    # ---- writing

    def update_status(self, order_id: int, body: Any, request: int | None = None) -> bool:
        """Do what a PUT of this body does; True if it changed the order. Refused: ApiError."""
        if not isinstance(body, dict):
            raise ApiError(400, "bad_request_format", "The request body is not a JSON object.")
        with self.lock:
            order = self.find(order_id)
            before = copy.deepcopy(order)
            today = (self.now() + timedelta(hours=self.quirks.utc_offset_hours)).date()
            sent, changed = rules.change_status(order, body, today, self.quirks)
            if changed:
                self._remember(before, order)
                self._log(before, order, sent, body.get("note"), request)
            return changed

    def _log(self, before: Order, order: Order, sent: str, note: str | None, request: int | None) -> None:
        states = [{"status": state["status"], "is_renewed": bool(state.get("is_renewed"))} for state in (before, order)]
        sequence, at = len(self.changes) + 1, timestamp(self.now())
        change = Change(sequence, order["id"], sent, note, states[0], states[1], at, self.clock(), request)
        self.changes.append(change)

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
        """Add a note; returns it."""
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str) or not text:
            raise ApiError(400, "bad_request_format", "A note has a text.")
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
