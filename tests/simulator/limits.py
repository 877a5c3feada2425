# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rate limits: rolling windows for each API key (docs/api.md, section 2)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable


class RateLimits:
    """The number of recent requests of each key. ``windows`` are pairs of (requests, seconds). Without any, there is no limit."""

    def __init__(self, windows: Iterable[Iterable[float]], clock: Callable[[], float]) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._times: dict[str, list[deque[float]]] = {}
        self.windows: list[tuple[int, float]] = []
        self.set(windows)

    def set(self, windows: Iterable[Iterable[float]]) -> None:
        """Replace the windows and forget all counts. Raise a ValueError if a window is not a pair of numbers above 0."""
        new = []
        for window in windows:
            try:
                count, seconds = window
                new.append((int(count), float(seconds)))
            except TypeError as error:
                raise ValueError(f"a rate limit is [requests, seconds], not {window!r}") from error
        if any(count < 1 or seconds <= 0 for count, seconds in new):
            raise ValueError("a rate limit is [requests, seconds], both above 0")
        with self._lock:
            self.windows = new
            self._times = {}

    def allow(self, key: str, refused_count: bool) -> bool:
        """Count a request of a key, and return whether it is allowed.

        :param refused_count: whether a request that is not allowed counts as well
        """
        with self._lock:
            now = self.clock()
            times = self._times.setdefault(key, [deque() for unused in self.windows])
            allowed = True
            for (count, seconds), seen in zip(self.windows, times):
                while seen and seen[0] <= now - seconds:
                    seen.popleft()
                allowed = allowed and len(seen) < count
            if allowed or refused_count:
                for seen in times:
                    seen.append(now)
            return allowed
