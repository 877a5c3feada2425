"""Earlier states of orders, for responses that do not show the newest change yet (docs/api.md, sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from .orders import Order
from .quirks import Quirks


class History:
    """The states of orders before their changes. The state is None if the order did not exist.

    With ``read_lag_seconds`` and ``list_lag_seconds``, responses show an order as it was this number of seconds ago.
    """

    def __init__(self, quirks: Quirks, clock: Callable[[], float]) -> None:
        self.quirks = quirks
        self.clock = clock
        # For each order, pairs of the time of a change and the state before the change, oldest first.
        self._states: dict[int, list[tuple[float, Order | None]]] = {}

    def clear(self) -> None:
        self._states.clear()

    def forget(self, order_id: int) -> None:
        self._states.pop(order_id, None)

    def remember(self, order_id: int, before: Order | None) -> None:
        """Remember the state of an order that changes now."""
        now = self.clock()
        longest = max(self.quirks.read_lag_seconds, self.quirks.list_lag_seconds)
        # The state before the last change is always kept, because a fault can need it at any time.
        kept = [state for state in self._states.get(order_id, ()) if state[0] + longest > now]
        self._states[order_id] = [*kept, (now, before)]

    def _as_of(self, order_id: int, live: Order | None, seconds: float) -> Order | None:
        now = self.clock()
        states = self._states.get(order_id, ())
        return next((before for changed, before in states if now < changed + seconds), live)

    def in_order_info(self, order_id: int, live: Order | None, stale: bool) -> Order | None:
        """Return the state of an order that its details show, given its current state."""
        if stale and order_id in self._states:
            return self._states[order_id][-1][1]
        return self._as_of(order_id, live, self.quirks.read_lag_seconds)

    def is_list_late(self, stale: bool) -> bool:
        """Return whether the order list may show an earlier state of an order."""
        return bool(self._states) and (stale or self.quirks.list_lag_seconds > 0)

    def in_list(self, live: Mapping[int, Order], ids: Iterable[int], stale: bool) -> list[Order]:
        """Return the given orders, and orders that were removed, in the states that the order list shows."""
        shown = []
        for order_id in dict.fromkeys([*ids, *(gone for gone in self._states if gone not in live)]):
            order = self._as_of(order_id, live.get(order_id), self.quirks.list_lag_seconds)
            if stale and order_id in self._states:
                order = self._states[order_id][-1][1]
            if order is not None:
                shown.append(order)
        return shown
