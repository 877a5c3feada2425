# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rolling windows of the rate limits (docs/api.md, section 2)."""

from __future__ import annotations

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.limits import RateLimits
from ansible_collections.certops.certcentral.tests.unit.simulator.support import Clock


def test_windows_allow_100_requests_in_5_s_and_1000_in_180_s_and_roll() -> None:
    clock = Clock()
    held = RateLimits(facts.RATE_LIMITS, clock)
    for burst in range(10):
        clock.seconds = burst * 6.0
        assert all(held.allow("key", refused_count=False) for unused in range(100))
        clock.seconds += 4.999
        assert not held.allow("key", refused_count=False)
    assert held.allow("other", refused_count=False), "each key has its own windows"
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
