# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The waits of a client: for its rate limiter, and before it repeats requests."""

from __future__ import annotations

import math
import typing as t

from .._errors import RequestError

if t.TYPE_CHECKING:
    from .client import Client
    from .limiter import RateLimiter


def wait_for_limiter(limiter: RateLimiter) -> float:
    """Wait until the limiter allows a request, and have it counted. Return the seconds that this took, without pauses."""
    waited = 0.0
    while not limiter.try_acquire():
        start, paused = limiter.now(), limiter.paused_until
        _wait_once(limiter)
        waited += max(0.0, limiter.now() - max(start, paused))
    return waited


def _wait_once(limiter: RateLimiter) -> None:
    """Wait for one cause that delays a request, if there is any."""
    with limiter.change:
        seconds = limiter.seconds_left()
        if seconds == math.inf:
            limiter.change.wait()
    if 0 < seconds < math.inf:
        limiter.sleep(seconds)


def pause(limiter: RateLimiter, seconds: float) -> None:
    """Allow no request for the given number of seconds, because the API asked for fewer requests."""
    with limiter.change:
        limiter.paused_until = max(limiter.paused_until, limiter.now() + seconds)


def wait(client: Client, seconds: float, failure: RequestError) -> None:
    """Wait before a retry. After a response 429, all threads wait.

    :raises Interrupted: after the task was asked to stop
    """
    if failure.reason == "rate_limited":
        pause(client.limiter, seconds)
    with client.lock:
        # If several threads wait at the same time, that time counts once.
        now = client.now()
        client.waited += max(0.0, now + seconds - max(now, client.waited_until))
        client.waited_until = max(client.waited_until, now + seconds)
        client.waited_for = failure.what
    client.sleep(seconds)


def find_wait(client: Client) -> tuple[float, str]:
    """Return the number of seconds during which no request will begin, as far as is known now, and the reason."""
    left = client.waited_until - client.now()
    with client.limiter.change:
        limited = client.limiter.seconds_left()
    if left >= limited:
        return left, client.waited_for
    return (limited if limited < math.inf else 0.0), "the API's rate limit"
