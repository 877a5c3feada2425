# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a simulator: account, keys, quirks, rate limits, faults, and the log of requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict, Union

import yaml

from .account import Account, Change, utc_now
from .faults import Fault, FaultPlan, make_fault
from .limits import RateLimits
from .quirks import Quirks

# The access that a key gives: to everything, or only for reading (docs/api.md, section 1).
FULL, VIEW_ONLY = "full", "view_only"
ACCESS = (FULL, VIEW_ONLY)
DEFAULT_KEYS = {
    "SIM0FULL0ACCESS0KEY00000000000000000000000000000000000000000000": FULL,
    "SIM0VIEW0ONLY0KEY0000000000000000000000000000000000000000000000": VIEW_ONLY,
}

Keys = Union[Mapping[str, str], Iterable[Mapping[str, str]]]


class Record(TypedDict):
    """A request in the log. ``status`` is None until the response is ready. It stays None if no response is sent.

    ``time`` and ``answered`` tell when the request arrived and when its response was ready, in seconds on the simulator's clock.
    ``kind`` is the endpoint. ``effective`` tells whether the request changed the status or the mark of an order.
    """

    number: int
    time: float
    answered: float | None
    kind: str
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any
    order_id: int | None
    status: int | None
    effective: bool
    fault: str | None


def load_account(path: str | Path) -> dict[str, Any]:
    """Return the content of an account file, which is YAML with arguments of Simulator, or raise a ValueError."""
    with open(path, encoding="utf-8") as stream:
        try:
            data = yaml.safe_load(stream) or {}
        except yaml.YAMLError as error:
            raise ValueError(f"{path}: {error}") from error
    if not isinstance(data, dict):
        raise ValueError(f"{path}: an account file has to be a mapping")
    unknown = sorted(set(data) - {"keys", "orders", "generate", "quirks", "rate_limits"})
    if unknown:
        raise ValueError(f"{path}: unknown keys: {', '.join(unknown)}")
    return data


def parse_keys(keys: Keys) -> dict[str, str]:
    """Return the access that each key gives, from a mapping or from a list of {key, access}."""
    if isinstance(keys, Mapping):
        parsed = dict(keys)
    else:
        parsed = {entry["key"]: entry.get("access", FULL) for entry in keys}
    for key, access in parsed.items():
        if access not in ACCESS:
            raise ValueError(f"key {key[:4]}…: access is one of {', '.join(ACCESS)}, not {access!r}")
    return parsed


class State:
    """A simulated account without a network. ``Simulator`` describes the arguments."""

    def __init__(
        self,
        orders: Iterable[Mapping[str, Any]] = (),
        *,
        generate: Iterable[Mapping[str, Any]] = (),
        keys: Keys | None = None,
        quirks: Mapping[str, Any] | None = None,
        rate_limits: Iterable[Iterable[float]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.clock = clock
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.quirks = Quirks()
        self.account = Account(self.quirks, now, clock)
        self.limits = RateLimits((), clock)
        self.faults = FaultPlan()
        self.keys: dict[str, str] = {}
        self.requests: list[Record] = []
        self.errors: list[str] = []
        # This function is called for each request when its response is ready.
        self.on_response: Callable[[Record], None] | None = None
        self._start: dict[str, Any] = {
            "orders": list(orders),
            "generate": list(generate),
            "keys": parse_keys(DEFAULT_KEYS if keys is None else keys),
            "quirks": dict(quirks or {}),
            "rate_limits": [list(window) for window in rate_limits or ()],
        }
        self.reset()

    def reset(self, **start: Any) -> None:
        """Restore the original account, without faults and with an empty log.

        Each of orders, generate, keys, quirks and rate_limits replaces the original argument until the next reset. If only one of
        orders and generate is given, the other one is empty.
        """
        unknown = sorted(set(start) - set(self._start))
        if unknown:
            raise ValueError(f"reset has no {', '.join(unknown)}; it has: {', '.join(self._start)}")
        if "orders" in start or "generate" in start:
            start = {"orders": [], "generate": [], **start}
        values = {**self._start, **start}
        keys, quirks = parse_keys(values["keys"]), Quirks()
        quirks.update(values["quirks"])
        self.limits.set(values["rate_limits"] or ())
        self.keys = keys
        self.quirks.update(quirks.as_dict())
        self.faults.clear()
        with self.account.lock:
            self.account.clear()
            self.account.seed(values["orders"] or ())
            self.account.generate(values["generate"] or ())
        self.clear_log()
        self.errors.clear()

    def seed(self, orders: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add orders, or replace the orders with the same IDs. Return the IDs."""
        return self.account.seed(orders)

    def fault(self, kind: str, **matching: Any) -> Fault:
        """Schedule a fault (see ``faults.make_fault`` and ``faults.KINDS``)."""
        return self.faults.add(make_fault(kind, **matching))

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

    def log(self, record: Record) -> None:
        """Add a request to the log when it arrives, and number it."""
        with self.lock:
            self.requests.append(record)
            record["number"] = len(self.requests)

    def _key_for(self, access: str) -> str:
        return next(key for key, held in self.keys.items() if held == access)

    @property
    def key(self) -> str:
        """Return a key that allows everything."""
        return self._key_for(FULL)

    @property
    def view_only_key(self) -> str:
        """Return a key that only allows reading."""
        return self._key_for(VIEW_ONLY)
