# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rate limiter with one thread, and a clock that only moves while it sleeps."""

from __future__ import annotations

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._http.limiter import RateLimiter
from ansible_collections.certops.certcentral.plugins.module_utils._http.waits import pause
from ansible_collections.certops.certcentral.tests.unit.support import Clock


def a_clock() -> Clock:
    return Clock(lambda: 0.0)


def times(share: float, count: int) -> list[float]:
    """Return when each of the given number of requests is allowed, if each is answered at once."""
    clock = a_clock()
    limiter = RateLimiter(share, clock, clock.sleep)
    went = []
    for unused in range(count):
        limiter.acquire()
        went.append(clock.now())
        limiter.release()
    return went


def test_a_burst_first_then_as_the_windows_roll_on() -> None:
    went = times(1, 1201)
    assert went[:100] == [0.0] * 100
    assert went[100:200] == [5.0] * 100
    assert went[999] == 45.0
    # The longer window is full.
    assert went[1000] == 180.0
    assert went[1100] == 185.0


@pytest.mark.parametrize(
    ("share", "count", "last"),
    [(0.5, 51, 5.0), (2, 201, 5.0), (0.25, 251, 180.0), (0.005, 2, 10.0), (0.005, 6, 180.0), (0, 5000, 0.0)],
)
def test_shares(share: float, count: int, last: float) -> None:
    assert times(share, count)[-1] == pytest.approx(last)


def test_a_request_counts_until_it_is_answered() -> None:
    clock = a_clock()
    limiter = RateLimiter(0.02, clock, clock.sleep)
    limiter.acquire()
    limiter.acquire()
    clock.sleep(4)
    limiter.release()
    limiter.release()
    # Room for two in 5 s, counted from the responses.
    assert limiter.acquire() == 5.0
    limiter.cancel()
    assert limiter.acquire() == 0.0


def test_trying_does_not_wait() -> None:
    clock = a_clock()
    limiter = RateLimiter(0.01, clock, clock.sleep)
    assert limiter.try_acquire() and not limiter.try_acquire()
    limiter.cancel()
    assert limiter.try_acquire()
    limiter.release()
    assert not limiter.try_acquire() and clock.slept == []


def test_waiting_counts_nothing() -> None:
    clock = a_clock()
    limiter = RateLimiter(0.01, clock, clock.sleep)
    limiter.acquire()
    limiter.cancel()
    assert limiter.acquire() == 0
    limiter.release()
    limiter.acquire()
    limiter.cancel()
    assert clock.now() == 5 and limiter.acquire() == 0


def test_a_pause() -> None:
    clock = a_clock()
    limiter = RateLimiter(0, clock, clock.sleep)
    pause(limiter, 50)
    pause(limiter, 20)
    # It is no waiting for the windows: the API asked for it.
    assert limiter.acquire() == 0
    assert clock.now() == 50


def test_a_pause_that_begins_later_takes_nothing_off() -> None:
    clock = a_clock()
    limiter = RateLimiter(0.01, clock, clock.sleep)
    limiter.acquire()
    limiter.release()
    sleep = clock.sleep

    def paused(seconds: float) -> None:
        sleep(seconds - 1)
        pause(limiter, 4)
        sleep(1)
        limiter.sleep = sleep

    limiter.sleep = paused
    assert (limiter.acquire(), clock.now()) == (5, 8)
