# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rate limiter: keeps the requests of all workers inside the API's rolling windows."""

from __future__ import annotations

import math
import typing as t
from collections import deque

from .._clock import Clock

# Requests and seconds, per API key (https://dev.digicert.com/: rate limits).
WINDOWS = ((100, 5.0), (1000, 180.0))


class RateLimiter:
    """Lets a request go when every window has room for it, as early as that: a burst first, then as the windows roll on.

    The API counts a request at some moment between its sending and its reply. It is counted here for the whole of that
    time and the length of the window after it, so that no delay on the way brings more into a window than fit.

    :param share: the share of the windows that may be used; 0: no windows
    :param sleep: waits the given number of seconds
    """

    def __init__(self, share: float, clock: Clock, sleep: t.Callable[[float], None]) -> None:
        self._now = clock.now
        self._sleep = sleep
        self._change = clock.condition()
        self._under_way = 0
        self._paused_until = -math.inf
        # Room for less than one request becomes one in a longer window.
        rooms = [(requests * share, seconds) for requests, seconds in WINDOWS if share]
        self._windows: list[tuple[int, float, deque[float]]] = [
            (max(1, math.floor(room)), seconds / min(1.0, room), deque()) for room, seconds in rooms
        ]

    def try_acquire(self) -> bool:
        """Count a request, if it may go now."""
        with self._change:
            if self._seconds_left() > 0:
                return False
            self._under_way += 1
            return True

    def acquire(self) -> float:
        """Wait until a request may go, and count it. Returns the seconds that the windows took, without a pause."""
        waited = 0.0
        while not self.try_acquire():
            start, paused = self._now(), self._paused_until
            self._wait_once()
            waited += max(0.0, self._now() - max(start, paused))
        return waited

    def release(self) -> None:
        """The acquired request has its reply, or never gets one."""
        with self._change:
            self._under_way -= 1
            for unused_room, unused_seconds, ended in self._windows:
                ended.append(self._now())
            self._change.notify_all()

    def cancel(self) -> None:
        """The acquired request is not sent after all."""
        with self._change:
            self._under_way -= 1
            self._change.notify_all()

    def wait(self) -> None:
        """Wait until a request may go, without counting one."""
        while self._wait_once():
            pass

    def pause(self, seconds: float) -> None:
        """Let no request go for so long: the API asked for fewer, and counts those of all workers together."""
        with self._change:
            self._paused_until = max(self._paused_until, self._now() + seconds)

    def seconds_left(self) -> float:
        """Seconds until a request may go, as far as one knows now; infinite: not before one that is under way has ended."""
        with self._change:
            return self._seconds_left()

    def _wait_once(self) -> bool:
        """Wait for what is in the way, and return whether anything was."""
        with self._change:
            seconds = self._seconds_left()
            if seconds == math.inf:
                self._change.wait()
        if 0 < seconds < math.inf:
            self._sleep(seconds)
        return seconds > 0

    def _seconds_left(self) -> float:
        now = self._now()
        left = max(0.0, self._paused_until - now)
        for room, seconds, ended in self._windows:
            while ended and ended[0] <= now - seconds:
                ended.popleft()
            if self._under_way + len(ended) >= room:
                left = max(left, ended[0] + seconds - now if ended else math.inf)
        return left
