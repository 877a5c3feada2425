# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What orders were before they changed, and which readings still show that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from .orders import Order
from .query import Test
from .quirks import Quirks


class History:
    """Readings that are late, by count and by time. An order that is not there is None.

    By count, a reading shows the order as it was before its last change; by time, as it was so many seconds ago.
    """

    def __init__(self, quirks: Quirks, clock: Callable[[], float]) -> None:
        self.quirks = quirks
        self.clock = clock
        # When an order changed, and what it was before that; the oldest first.
        self._states: dict[int, list[tuple[float, Order | None]]] = {}
        self._info_left: dict[int, int] = {}
        self._list_left: dict[int, int] = {}

    def clear(self) -> None:
        """Forget everything: readings are up to date."""
        for held in (self._states, self._info_left, self._list_left):
            held.clear()

    def forget(self, order_id: int) -> None:
        """Forget an order."""
        for held in (self._states, self._info_left, self._list_left):
            held.pop(order_id, None)

    def remember(self, order_id: int, before: Order | None) -> None:
        """Note that an order changes now."""
        now = self.clock()
        longest = max(self.quirks.read_lag_seconds, self.quirks.list_lag_seconds)
        # The last state of all stays, because a fault may show it at any time.
        kept = [state for state in self._states.get(order_id, ()) if state[0] + longest > now]
        self._states[order_id] = [*kept, (now, before)]
        self._info_left[order_id] = self.quirks.read_lag
        self._list_left[order_id] = self.quirks.list_lag

    def _as_of(self, order_id: int, live: Order | None, seconds: float) -> Order | None:
        if seconds > 0:
            now = self.clock()
            for changed, before in self._states.get(order_id, ()):
                if now < changed + seconds:
                    return before
        return live

    def in_order_info(self, order_id: int, live: Order | None, stale: bool) -> Order | None:
        """What order info shows of an order. ``stale``: as it was before its last change."""
        left = self._info_left.get(order_id, 0)
        if left:
            self._info_left[order_id] = left - 1
        if (left or stale) and order_id in self._states:
            return self._states[order_id][-1][1]
        return self._as_of(order_id, live, self.quirks.read_lag_seconds)

    def is_listing_late(self, stale: bool) -> bool:
        """Whether the listing may show an order as it was."""
        return bool(self._states) and (
            stale or self.quirks.list_lag_seconds > 0 or any(left for left in self._list_left.values())
        )

    def in_listing(self, live: Mapping[int, Order], ids: Iterable[int], tests: list[Test], stale: bool) -> list[Order]:
        """What a listing shows of these orders, and of those that are gone. A listing counts where an order is in it."""
        shown = []
        for order_id in dict.fromkeys([*ids, *(gone for gone in self._states if gone not in live)]):
            order = live.get(order_id)
            left = self._list_left.get(order_id, 0)
            if (left or stale) and order_id in self._states:
                before = self._states[order_id][-1][1]
                states = [state for state in (before, order) if state is not None]
                if left and any(all(test(state) for test in tests) for state in states):
                    self._list_left[order_id] = left - 1
                order = before
            else:
                order = self._as_of(order_id, order, self.quirks.list_lag_seconds)
            if order is not None:
                shown.append(order)
        return shown
