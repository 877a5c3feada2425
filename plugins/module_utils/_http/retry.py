# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retries: how long they may go on, and the waits between them."""

from __future__ import annotations

import random
import typing as t

from .._errors import RATE_LIMITED, Interrupted, RequestError
from .limiter import WINDOWS

# The upper limit of the first random wait in seconds. Each further failure doubles it, up to MAX_SECONDS.
BASE_SECONDS = 1.0
MAX_SECONDS = 30.0
# The same limits after a response 429. The length of the API's shorter window is added to the wait.
RATE_LIMITED_BASE_SECONDS = 4.0
RATE_LIMITED_MAX_SECONDS = 60.0
MAX_DOUBLINGS = 10


def backoff(reason: str, failures: int) -> float:
    """Return the seconds to wait after a failure: exponential backoff with full jitter.

    The jitter keeps tasks that share a key from retrying all at once.

    :param failures: the number of earlier failures
    """
    if reason == RATE_LIMITED:
        top = min(RATE_LIMITED_MAX_SECONDS, RATE_LIMITED_BASE_SECONDS * 2.0 ** min(failures, MAX_DOUBLINGS))
        return WINDOWS[0][1] + random.uniform(0, top)  # noqa: S311  (not a secret)
    return random.uniform(0, min(MAX_SECONDS, BASE_SECONDS * 2.0 ** min(failures, MAX_DOUBLINGS)))  # noqa: S311


class RetryBudget:
    """The time during which a request may be retried, counted from its first failure.

    :param seconds: the length of that time
    :param now: returns the time in seconds
    :param wait: waits for a number of seconds because of a failure
    :param may_repeat: returns whether to retry after a failure that allows a retry
    """

    def __init__(
        self,
        seconds: int,
        now: t.Callable[[], float],
        wait: t.Callable[[float, RequestError], None],
        may_repeat: t.Callable[[RequestError], bool] = lambda failure: True,
    ) -> None:
        self._may_repeat = may_repeat
        self._seconds = seconds
        self._now = now
        self._wait = wait
        self._end: float | None = None
        self._failures = 0

    def start(self) -> float:
        """Begin to count now, unless a failure has begun it. Return the time at which the budget ends."""
        if self._end is None:
            self._end = self._now() + self._seconds
        return self._end

    def wait(self, failure: RequestError) -> None:
        """Wait before the next try, for ``Retry-After`` or the backoff, whichever is longer.

        :raises RequestError: the failure, if a retry cannot help, no time is left, or ``Retry-After`` exceeds the time left
        """
        if not failure.repeat or not self._may_repeat(failure):
            raise failure
        left = self.start() - self._now()
        asked = failure.retry_after or 0.0
        if asked > left and asked >= 1:
            left_of = f"{max(left, 0.0):.0f} of the {self._seconds} s of retry_timeout are left"
            raise failure.replaced(
                what=f"{failure.what}, and it asks to wait {asked:.0f} s, but only {left_of}",
                advice="try again after that time, or raise retry_timeout",
            )
        if left <= 0:
            if not self._failures:
                raise failure
            raise failure.replaced(
                what=f"{failure.what}, and the {self._seconds} s of retry_timeout are used up",
                advice=failure.advice or "try again later",
            )
        seconds = max(asked, backoff(failure.reason, self._failures))
        self._failures += 1
        try:
            self._wait(min(seconds, left), failure)
        except Interrupted as interrupted:
            raise failure.replaced(what=f"{failure.what}, and {interrupted.what}", advice=interrupted.advice) from None

    def extend(self, seconds: float) -> None:
        """Move the end by the seconds that the rate limiter took, because they do not count."""
        if self._end is not None:
            self._end += seconds
