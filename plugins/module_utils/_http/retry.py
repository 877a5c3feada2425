# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a failing request may go on being repeated, and the waits between the tries."""

from __future__ import annotations

import random
import typing as t

from .._errors import RATE_LIMITED, Interrupted, RequestError
from .limiter import WINDOWS

# Seconds: the upper end of the first random wait, and of every later one. Each wait doubles it.
BASE_SECONDS = 1.0
MAX_SECONDS = 30.0
# The same where the API asks for fewer requests. Its shorter window has to roll on before that.
RATE_LIMITED_BASE_SECONDS = 4.0
RATE_LIMITED_MAX_SECONDS = 60.0
MAX_DOUBLINGS = 10


def backoff(reason: str, failures: int) -> float:
    """Seconds to wait after so many failures before: exponential with full jitter, so that many tasks on one key spread."""
    if reason == RATE_LIMITED:
        top = min(RATE_LIMITED_MAX_SECONDS, RATE_LIMITED_BASE_SECONDS * 2.0 ** min(failures, MAX_DOUBLINGS))
        return WINDOWS[0][1] + random.uniform(0, top)  # noqa: S311  (this is no secret)
    return random.uniform(0, min(MAX_SECONDS, BASE_SECONDS * 2.0 ** min(failures, MAX_DOUBLINGS)))  # noqa: S311


class RetryBudget:
    """``seconds`` from the first failure on, in which a request may be repeated.

    :param now: the time in seconds
    :param wait: waits so many seconds because of a failure
    :param may_repeat: whether a repeat is of any use after a failure that allows one
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
        """Count the seconds from now on, unless something failed before. Returns when they end."""
        if self._end is None:
            self._end = self._now() + self._seconds
        return self._end

    def wait(self, failure: RequestError) -> None:
        """Wait before the next try: the larger of Retry-After and the backoff, as far as the budget lets it.

        :raises RequestError: the failure, if it is not worth a repeat or no time is left for one
        """
        if not failure.repeat or not self._may_repeat(failure):
            raise failure
        left = self.start() - self._now()
        if left <= 0:
            if not self._failures:
                raise failure
            raise failure.replaced(
                what=f"{failure.what}, and the {self._seconds} s of retry_timeout are used up", advice="try again later"
            )
        seconds = max(failure.retry_after or 0.0, backoff(failure.reason, self._failures))
        self._failures += 1
        try:
            self._wait(min(seconds, left), failure)
        except Interrupted as interrupted:
            raise failure.replaced(what=f"{failure.what}, and {interrupted.what}", advice=interrupted.advice) from None

    def extend(self, seconds: float) -> None:
        """Time that was spent on the rate limiter does not count."""
        if self._end is not None:
            self._end += seconds
