# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rolling windows of the rate limits (docs/api.md, section 2)."""

from __future__ import annotations

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.limits import RateLimits
from ansible_collections.certops.certcentral.tests.unit.simulator.support import Clock


def test_short_window_allows_100_requests_and_rolls() -> None:
    clock = Clock()
    held = RateLimits(facts.RATE_LIMITS, clock)
    for number in range(100):
        clock.seconds = number * 0.01
        assert held.allow("key", refused_count=False)
    assert not held.allow("key", refused_count=False)
    assert held.allow("other", refused_count=False), "each key has its own windows"
    clock.seconds = 4.999
    assert not held.allow("key", refused_count=False)
    clock.seconds = 5.0
    assert held.allow("key", refused_count=False), "the first request has left the window"
    assert not held.allow("key", refused_count=False), "only one has"


def test_long_window_allows_1000_requests_and_rolls() -> None:
    clock = Clock()
    held = RateLimits(facts.RATE_LIMITS, clock)
    for burst in range(10):
        clock.seconds = burst * 6.0
        assert all(held.allow("key", refused_count=False) for unused in range(100))
    clock.seconds = 179.0
    assert not held.allow("key", refused_count=False)
    clock.seconds = 180.0
    assert held.allow("key", refused_count=False)


def test_refused_requests_can_count() -> None:
    clock = Clock()
    held = RateLimits([(1, 5)], clock)
    assert held.allow("key", refused_count=True)
    clock.seconds = 4.0
    assert not held.allow("key", refused_count=True)
    clock.seconds = 6.0
    assert not held.allow("key", refused_count=True), "the refused one is still in the window"
    clock.seconds = 11.0
    assert held.allow("key", refused_count=True)
