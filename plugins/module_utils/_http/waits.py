# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The waits of a client before it repeats requests."""

from __future__ import annotations

import math
import typing as t

from .._errors import RATE_LIMITED, RequestError

if t.TYPE_CHECKING:
    from .client import Client


def wait(client: Client, seconds: float, failure: RequestError) -> None:
    """Wait before a retry. After a response 429, all threads wait.

    :raises Interrupted: after the task was asked to stop
    """
    if failure.reason == RATE_LIMITED:
        client.limiter.pause(seconds)
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
    limited = client.limiter.seconds_left()
    if left >= limited:
        return max(0.0, left), client.waited_for
    return (limited if limited < math.inf else 0.0), "the API's rate limit"
