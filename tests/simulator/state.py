"""The state of a simulator: account, keys, quirks, rate limits, faults, and the log of requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Union

from .account import Account, Change, utc_now
from .faults import Fault, make_fault, take_faults
from .quirks import Quirks

# The access that a key gives: to everything, or only for reading (docs/api.md, section 1).
FULL, VIEW_ONLY = "full", "view_only"
DEFAULT_KEYS = {
    "SIM0FULL0ACCESS0KEY00000000000000000000000000000000000000000000": FULL,
    "SIM0VIEW0ONLY0KEY0000000000000000000000000000000000000000000000": VIEW_ONLY,
}
Keys = Union[Mapping[str, str], Iterable[Mapping[str, str]]]
# A request in the log, as app.py makes it. ``time`` is in seconds on the simulator's clock. ``kind`` is the endpoint. ``effective``
# tells whether the request changed an order. ``status`` is None until the response is ready, and if no response is sent.
Record = dict[str, Any]


def parse_keys(keys: Keys) -> dict[str, str]:
    """Return the access that each key gives."""
    held = dict(keys) if isinstance(keys, Mapping) else {entry["key"]: entry.get("access", FULL) for entry in keys}
    if wrong := {*held.values()} - {FULL, VIEW_ONLY}:
        raise ValueError(f"the access of a key is {FULL} or {VIEW_ONLY}, not {', '.join(map(str, wrong))}")
    return held


class RateLimits:
    """Rolling windows for each API key (docs/api.md, section 2)."""

    def __init__(self, windows: Iterable[Iterable[float]], clock: Callable[[], float]) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self.set(windows)

    def set(self, windows: Iterable[Iterable[float]]) -> None:
        """Replace the windows, which are pairs of (requests, seconds), and forget all counts."""
        new = [(int(count), float(seconds)) for count, seconds in windows]
        with self._lock:
            self._windows = new
            self._times: dict[str, list[float]] = {}

    def allow(self, key: str, refused_count: bool) -> bool:
        """Return whether a request of a key is allowed. Count it if it is, or in any case if ``refused_count``."""
        with self._lock:
            now = self.clock()
            longest = max((seconds for unused, seconds in self._windows), default=0.0)
            times = [then for then in self._times.get(key, ()) if then > now - longest]
            allowed = all(sum(then > now - seconds for then in times) < count for count, seconds in self._windows)
            self._times[key] = [*times, now] if allowed or refused_count else times
            return allowed


class State:
    """A simulated account without a network.

    :param orders: seeds in the form of order details (see ``orders.complete``)
    :param clock: replaces the time of the rate limits and of late responses, in seconds
    :param now: replaces the current date and time in UTC
    :param start: any of ``generate``, compact descriptions of many orders (see ``orders.expand``); ``keys``, a mapping of keys to the
        access that they give, or a list of {key, access}; ``quirks``; and ``rate_limits``, pairs of requests and seconds
    """

    def __init__(
        self,
        orders: Sequence[Mapping[str, Any]] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
        **start: Any,
    ) -> None:
        self.clock = clock
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.quirks = Quirks()
        self.account = Account(self.quirks, now, clock)
        self.limits = RateLimits((), clock)
        # The scheduled faults, in the sequence in which they were added.
        self.faults: list[Fault] = []
        self.keys: dict[str, str] = {}
        self.requests: list[Record] = []
        self.errors: list[str] = []
        # This function is called for each request when its response is ready.
        self.on_response: Callable[[Record], None] | None = None
        self._start: dict[str, Any] = {
            "orders": (),
            "generate": (),
            "keys": DEFAULT_KEYS,
            "quirks": {},
            "rate_limits": (),
        }
        self._start = self._check({"orders": orders, **start})
        self.reset()

    def _check(self, start: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := sorted({*start} - {*self._start}):
            raise ValueError(f"unknown: {', '.join(unknown)}; an account has: {', '.join(self._start)}")
        return {**self._start, **start}

    def reset(self, **start: Any) -> None:
        """Restore the original account, without faults and with an empty log.

        Each of orders, generate, keys, quirks and rate_limits replaces the original argument until the next reset. If only one of
        orders and generate is given, the other one is empty.
        """
        if "orders" in start or "generate" in start:
            start = {"orders": (), "generate": (), **start}
        values = self._check(start)
        keys, quirks = parse_keys(values["keys"]), Quirks()
        quirks.update(values["quirks"])
        self.limits.set(values["rate_limits"])
        self.keys = keys
        self.quirks.update(quirks.as_dict())
        self.faults.clear()
        with self.account.lock:
            self.account.clear()
            self.account.seed(values["orders"])
            self.account.generate(values["generate"])
        self.clear_log()
        self.errors.clear()

    def seed(self, orders: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add orders, or replace the orders with the same IDs. Return the IDs."""
        return self.account.seed(orders)

    def fault(self, kind: str, **matching: Any) -> Fault:
        """Schedule a fault (see ``faults.make_fault`` and ``faults.KINDS``)."""
        self.faults.append(make_fault(kind, **matching))
        return self.faults[-1]

    @property
    def changes(self) -> list[Change]:
        """Return the PUTs that changed an order."""
        return self.account.changes

    def clear_log(self) -> None:
        """Remove all requests and changes from the log. No response of the API depends on the log."""
        with self.lock:
            self.requests.clear()
        with self.account.lock:
            self.account.changes.clear()

    def log(self, record: Record) -> tuple[list[Fault], Fault | None]:
        """Add a request to the log when it arrives, and number it. Return the faults that apply to it (see ``take_faults``)."""
        with self.lock:
            self.requests.append(record)
            record["number"] = len(self.requests)
            return take_faults(self.faults, record)

    @property
    def key(self) -> str:
        """Return a key that allows everything."""
        return next(key for key, access in self.keys.items() if access == FULL)

    @property
    def view_only_key(self) -> str:
        """Return a key that only allows reading."""
        return next(key for key, access in self.keys.items() if access == VIEW_ONLY)
