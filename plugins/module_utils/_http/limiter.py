# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rate limiter. It keeps the requests of all threads within the API's rolling windows."""

from __future__ import annotations

import math
import typing as t
from collections import deque

from .._clock import Clock

# The maximum number of requests per API key, and the seconds in which they count (https://dev.digicert.com/, rate limits).
WINDOWS = ((100, 5.0), (1000, 180.0))


class RateLimiter:
    """A limiter with rolling windows. It allows a request as soon as every window has room for it.

    So the first requests are sent in a burst, and later ones as earlier ones leave the windows. The API counts a request at
    some moment between its sending and its response. The limiter counts it from its sending until a whole window after its
    response. So, however long requests take, no window of the API ever has too many.

    Example::

        limiter = RateLimiter(0.5, clock, client.sleep)
        limiter.acquire()
        try:
            send_request()
        finally:
            limiter.release()

    :param share: the share of the API's limits that may be used, or 0 for no limit
    :param sleep: waits for a number of seconds
    :ivar change: is notified when a request has ended
    :ivar paused_until: no request is allowed before this time, because the API asked for fewer requests
    """

    def __init__(self, share: float, clock: Clock, sleep: t.Callable[[float], None]) -> None:
        self.now = clock.now
        self.sleep = sleep
        self.change = clock.condition()
        self._under_way = 0
        self.paused_until = -math.inf
        # If a share is less than one request per window, allow one request in a longer window.
        self._windows: list[tuple[int, float, deque[float]]] = [
            (max(1, math.floor(requests * share)), seconds / min(1.0, requests * share), deque())
            for requests, seconds in WINDOWS
            if share
        ]

    def try_acquire(self) -> bool:
        """Count a request if it is allowed now. Return whether it was counted."""
        with self.change:
            if self.seconds_left() > 0:
                return False
            self._under_way += 1
            return True

    def acquire(self) -> float:
        """Wait until a request is allowed, and count it. Return the seconds that this took, without pauses."""
        if self.try_acquire():
            return 0.0
        # Ansible compiles each import anew for every task, and a task for one order need not wait.
        from .waits import wait_for_limiter  # noqa: PLC0415

        return wait_for_limiter(self)

    def release(self, *, sent: bool = True) -> None:
        """Note that the response to an acquired request has arrived, or never will.

        :param sent: whether the request was sent; if not, it no longer counts
        """
        with self.change:
            self._under_way -= 1
            for unused_room, unused_seconds, ended in self._windows if sent else ():
                ended.append(self.now())
            self.change.notify_all()

    def seconds_left(self) -> float:
        """Return the seconds until a request is allowed, as far as is known now. The caller has to hold ``change``.

        The number is infinite if a request in flight has to end first.
        """
        now = self.now()
        left = max(0.0, self.paused_until - now)
        for room, seconds, ended in self._windows:
            while ended and ended[0] <= now - seconds:
                ended.popleft()
            if self._under_way + len(ended) >= room:
                left = max(left, ended[0] + seconds - now if ended else math.inf)
        return left
