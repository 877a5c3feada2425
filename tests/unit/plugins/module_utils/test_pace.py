# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pace, one thread at a time, by a clock that only sleeping moves."""

from __future__ import annotations

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._errors import (
    RATE_LIMITED,
    UNAVAILABLE,
    RequestFailed,
)
from ansible_collections.certops.certcentral.plugins.module_utils._pace import Pace
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import Clock


def a_clock() -> Clock:
    return Clock(lambda: 0.0)


def times(share: float, count: int) -> list[float]:
    """When each of so many requests may go, that are answered at once."""
    clock = a_clock()
    pace = Pace(share, clock.now, clock.sleep)
    went = []
    for unused in range(count):
        pace.enter()
        went.append(clock.now())
        pace.leave()
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
    pace = Pace(0.02, clock.now, clock.sleep)
    pace.enter()
    pace.enter()
    clock.sleep(4)
    pace.leave()
    pace.leave()
    # Room for two in 5 s, counted from the replies.
    assert pace.enter() == 5.0
    pace.give_back()
    assert pace.enter() == 0.0


def test_holding() -> None:
    clock = a_clock()
    pace = Pace(0, clock.now, clock.sleep)
    pace.hold(50)
    pace.hold(20)
    # It is no waiting for the pace: the API asked for it.
    assert pace.enter() == 0
    assert clock.now() == 50


def test_a_hold_that_begins_later_takes_nothing_off() -> None:
    clock = a_clock()
    pace = Pace(0.01, clock.now, clock.sleep)
    pace.enter()
    pace.leave()
    sleep = clock.sleep

    def held(seconds: float) -> None:
        sleep(seconds - 1)
        pace.hold(4)
        sleep(1)
        pace._sleep = sleep

    pace._sleep = held
    assert (pace.enter(), clock.now()) == (5, 8)


def test_a_hold_does_not_lengthen_the_patience(sim: Simulator, clock: Clock) -> None:
    client = Client(sim.url, sim.key, retry_timeout=60)
    sim.fault("status", status=503, times=None)
    # Another thread was told to wait.
    sim.fault("call", before=lambda request: client.pace.hold(50))
    with pytest.raises(RequestFailed):
        client.get("/order/certificate/123")
    assert sum(clock.slept) == pytest.approx(60, abs=0.5)


def test_only_a_rate_limit_holds_all(clock: Clock) -> None:
    client = Client("http://localhost:1", "key")
    held: list[float] = []
    client.pace.hold = held.append  # type: ignore[method-assign,assignment]
    client.wait(7, RequestFailed(UNAVAILABLE, "x"))
    client.wait(8, RequestFailed(RATE_LIMITED, "x"))
    assert held == [8] and clock.slept == [7, 8]
