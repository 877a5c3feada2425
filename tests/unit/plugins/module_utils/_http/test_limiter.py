"""The rate limiter with one thread, and a clock that advances only while it sleeps."""

from __future__ import annotations

import math
import threading
import types
import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._http.limiter import RateLimiter
from ansible_collections.certops.certcentral.plugins.module_utils._http.waits import find_wait, pause
from ansible_collections.certops.certcentral.tests.unit.support import Clock


def make(share: float) -> tuple[RateLimiter, Clock]:
    clock = Clock(lambda: 0.0)
    return RateLimiter(share, clock, clock.sleep), clock


def times(share: float, count: int) -> list[float]:
    """Return when each of the given number of requests is allowed, if each is answered at once."""
    limiter, clock = make(share)
    allowed = []
    for unused in range(count):
        limiter.acquire()
        allowed.append(clock.now())
        limiter.release()
    return allowed


def test_requests_are_allowed_as_the_windows_roll_on() -> None:
    allowed = times(1, 1201)
    assert allowed[:100] == [0.0] * 100 and allowed[100:200] == [5.0] * 100 and allowed[999] == 45.0
    # The longer window is full.
    assert (allowed[1000], allowed[1100]) == (180.0, 185.0)


@pytest.mark.parametrize(
    ("share", "count", "last"),
    [(0.5, 51, 5.0), (2, 201, 5.0), (0.25, 251, 180.0), (0.005, 2, 10.0), (0.005, 6, 180.0), (0, 5000, 0.0)],
)
def test_share_changes_the_limits(share: float, count: int, last: float) -> None:
    assert times(share, count)[-1] == pytest.approx(last)


def test_request_counts_until_it_is_answered() -> None:
    limiter, clock = make(0.02)
    limiter.acquire()
    limiter.acquire()
    clock.sleep(4)
    limiter.release()
    limiter.release()
    # Two requests are allowed in 5 s, counted from their responses.
    clock.sleep(4.5)
    assert not limiter.try_acquire() and limiter.acquire() == 0.5
    limiter.release(sent=False)
    assert limiter.acquire() == 0.0


def test_only_requests_that_were_sent_count() -> None:
    limiter, clock = make(0.01)
    assert limiter.try_acquire() and not limiter.try_acquire()
    limiter.release(sent=False)
    assert limiter.acquire() == 0
    limiter.release()
    assert not limiter.try_acquire() and clock.slept == []
    limiter.acquire()
    limiter.release(sent=False)
    assert clock.now() == 5 and limiter.acquire() == 0


def test_longest_pause_counts_and_is_not_a_wait_for_the_windows() -> None:
    limiter, clock = make(0)
    pause(limiter, 50)
    pause(limiter, 20)
    assert (limiter.acquire(), clock.now()) == (0, 50)


def test_pause_that_begins_later_is_not_shortened() -> None:
    limiter, clock = make(0.01)
    limiter.acquire()
    limiter.release()

    def sleep_with_pause(seconds: float) -> None:
        clock.sleep(seconds - 1)
        pause(limiter, 4)
        clock.sleep(1)
        limiter.sleep = clock.sleep

    limiter.sleep = sleep_with_pause
    assert (limiter.acquire(), clock.now()) == (5, 8)


@pytest.mark.parametrize(
    ("waited_until", "limited", "expected"),
    [
        (105.5, 3.0, (5.5, "HTTP 503")),
        (102.0, 3.0, (3.0, "the API's rate limit")),
        (102.0, math.inf, (0.0, "the API's rate limit")),
    ],
)
def test_longest_wait_is_named(waited_until: float, limited: float, expected: tuple[float, str]) -> None:
    limiter = types.SimpleNamespace(change=threading.Condition(), seconds_left=lambda: limited)
    client = types.SimpleNamespace(now=lambda: 100.0, waited_until=waited_until, waited_for="HTTP 503", limiter=limiter)
    assert find_wait(t.cast("t.Any", client)) == expected
