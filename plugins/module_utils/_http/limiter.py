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
    """

    def __init__(self, share: float, clock: Clock, sleep: t.Callable[[float], None]) -> None:
        self._now = clock.now
        self._sleep = sleep
        self._change = clock.condition()
        self._under_way = 0
        self._paused_until = -math.inf
        # If a share is less than one request per window, allow one request in a longer window.
        rooms = [(requests * share, seconds) for requests, seconds in WINDOWS if share]
        self._windows: list[tuple[int, float, deque[float]]] = [
            (max(1, math.floor(room)), seconds / min(1.0, room), deque()) for room, seconds in rooms
        ]

    def try_acquire(self) -> bool:
        """Count a request if it is allowed now. Return whether it is."""
        with self._change:
            if self._seconds_left() > 0:
                return False
            self._under_way += 1
            return True

    def acquire(self) -> float:
        """Wait until a request is allowed, and count it. Return the seconds that this took, without pauses."""
        waited = 0.0
        while not self.try_acquire():
            start, paused = self._now(), self._paused_until
            self._wait_once()
            waited += max(0.0, self._now() - max(start, paused))
        return waited

    def release(self) -> None:
        """Note that the response to an acquired request has arrived, or never will."""
        with self._change:
            self._under_way -= 1
            for unused_room, unused_seconds, ended in self._windows:
                ended.append(self._now())
            self._change.notify_all()

    def cancel(self) -> None:
        """Stop counting an acquired request that is not sent after all."""
        with self._change:
            self._under_way -= 1
            self._change.notify_all()

    def pause(self, seconds: float) -> None:
        """Allow no request for the given number of seconds, because the API asked for fewer requests."""
        with self._change:
            self._paused_until = max(self._paused_until, self._now() + seconds)

    def seconds_left(self) -> float:
        """Return the seconds until a request is allowed, as far as is known now.

        The number is infinite if a request in flight has to end first.
        """
        with self._change:
            return self._seconds_left()

    def _wait_once(self) -> None:
        """Wait for one cause that delays a request, if there is any."""
        with self._change:
            seconds = self._seconds_left()
            if seconds == math.inf:
                self._change.wait()
        if 0 < seconds < math.inf:
            self._sleep(seconds)

    def _seconds_left(self) -> float:
        now = self._now()
        left = max(0.0, self._paused_until - now)
        for room, seconds, ended in self._windows:
            while ended and ended[0] <= now - seconds:
                ended.popleft()
            if self._under_way + len(ended) >= room:
                left = max(left, ended[0] + seconds - now if ended else math.inf)
        return left
