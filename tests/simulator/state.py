# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a simulator holds beside its HTTP: account, keys, quirks, limits, faults, and the log of requests."""

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

FULL, VIEW_ONLY, NO_ORDERS = "full", "view_only", "no_orders"
ACCESS = (FULL, VIEW_ONLY, NO_ORDERS)
DEFAULT_KEYS = {
    "SIM0FULL0ACCESS0KEY00000000000000000000000000000000000000000000": FULL,
    "SIM0VIEW0ONLY0KEY0000000000000000000000000000000000000000000000": VIEW_ONLY,
    "SIM0NO0ORDERS0KEY0000000000000000000000000000000000000000000000": NO_ORDERS,
}

Keys = Union[Mapping[str, str], Iterable[Mapping[str, str]]]


class Record(TypedDict):
    """A request in the log. ``status`` is None until it is answered, and if no status line is ever sent.

    ``time`` and ``answered`` are readings of the simulator's clock: when it arrived, when its reply was ready.
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
    """An account file (YAML): any of keys, orders, generate, quirks, rate_limits, as Simulator takes them."""
    with open(path, encoding="utf-8") as stream:
        try:
            data = yaml.safe_load(stream) or {}
        except yaml.YAMLError as error:
            raise ValueError(f"{path}: {error}") from error
    if not isinstance(data, dict):
        raise ValueError(f"{path}: an account file is a mapping")
    unknown = sorted(set(data) - {"keys", "orders", "generate", "quirks", "rate_limits"})
    if unknown:
        raise ValueError(f"{path}: unknown: {', '.join(unknown)}")
    return data


def parse_keys(keys: Keys) -> dict[str, str]:
    """Keys and what each may do, from a mapping or from a list of {key, access}."""
    if isinstance(keys, Mapping):
        parsed = dict(keys)
    else:
        parsed = {entry["key"]: entry.get("access", FULL) for entry in keys}
    for key, access in parsed.items():
        if access not in ACCESS:
            raise ValueError(f"key {key[:4]}…: access is one of {', '.join(ACCESS)}, not {access!r}")
    return parsed


class State:
    """A simulated account with everything around it but the network. See Simulator for the arguments."""

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
        self._start: dict[str, Any] = {
            "orders": list(orders),
            "generate": list(generate),
            "keys": parse_keys(DEFAULT_KEYS if keys is None else keys),
            "quirks": dict(quirks or {}),
            "rate_limits": [list(window) for window in rate_limits or ()],
        }
        self.reset()

    def reset(self, **start: Any) -> None:
        """Back to the start: no faults, an empty log, and what Simulator was made with.

        Any of orders, generate, keys, quirks and rate_limits replaces what it was made with, for this once; orders
        without generate (and the other way round) stand alone.
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
        """Add orders, or replace those with the same id. Returns their ids."""
        return self.account.seed(orders)

    def fault(self, kind: str, **matching: Any) -> Fault:
        """Set a fault: see faults.make_fault and faults.KINDS."""
        return self.faults.add(make_fault(kind, **matching))

    @property
    def changes(self) -> list[Change]:
        """The PUTs that changed something."""
        return self.account.changes

    def clear_log(self) -> None:
        """Forget the requests and the changes so far. The API answers nothing from either."""
        with self.lock:
            self.requests.clear()
        with self.account.lock:
            self.account.changes.clear()

    def log(self, record: Record) -> None:
        """Note a request as it arrives, and number it."""
        with self.lock:
            self.requests.append(record)
            record["number"] = len(self.requests)

    def _key_for(self, access: str) -> str:
        return next(key for key, held in self.keys.items() if held == access)

    @property
    def key(self) -> str:
        """A key that may do everything."""
        return self._key_for(FULL)

    @property
    def view_only_key(self) -> str:
        """A key that may only read."""
        return self._key_for(VIEW_ONLY)

    @property
    def no_orders_key(self) -> str:
        """A key that may do nothing with orders."""
        return self._key_for(NO_ORDERS)
