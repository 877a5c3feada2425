# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The waits between the tries of a request that fails."""

from __future__ import annotations

import random

from .._errors import Interrupted, RequestError
from .failures import NotSent
from .limiter import WINDOWS
from .retry import RetryBudget

# The upper limit of the first random wait in seconds. Each further failure doubles it, up to MAX_SECONDS.
BASE_SECONDS = 1.0
MAX_SECONDS = 30.0
# The same limits after HTTP 429. The length of the API's shorter window is added to the wait.
RATE_LIMITED_BASE_SECONDS = 4.0
RATE_LIMITED_MAX_SECONDS = 60.0
MAX_DOUBLINGS = 10


def backoff(reason: str, failures: int) -> float:
    """Return the seconds to wait after a failure: exponential backoff with full jitter.

    The jitter keeps tasks that share a key from retrying all at once.

    :param failures: the number of earlier failures
    """
    if reason == "rate_limited":
        top = min(RATE_LIMITED_MAX_SECONDS, RATE_LIMITED_BASE_SECONDS * 2.0 ** min(failures, MAX_DOUBLINGS))
        return WINDOWS[0][1] + random.uniform(0, top)  # noqa: S311  (not a secret)
    return random.uniform(0, min(MAX_SECONDS, BASE_SECONDS * 2.0 ** min(failures, MAX_DOUBLINGS)))  # noqa: S311


def wait_to_repeat(budget: RetryBudget, failure: RequestError) -> None:
    """Wait before the next try, as :meth:`RetryBudget.wait` describes."""
    if not failure.repeat or not budget.may_repeat(failure):
        raise failure
    if isinstance(failure, NotSent):
        # If it was not sent because the task was asked to stop, this raises Interrupted.
        budget.pause(0.0, failure)
    seconds = choose_wait(failure, budget.failures, budget.start() - budget.now(), budget.seconds)
    budget.failures += 1
    try:
        budget.pause(seconds, failure)
    except Interrupted as interrupted:
        raise failure.replaced(what=f"{failure.what}, and {interrupted.what}", advice=interrupted.advice) from None


def choose_wait(failure: RequestError, failures: int, left: float, seconds: int) -> float:
    """Return the seconds to wait after a failure, for ``Retry-After`` or the backoff, whichever is longer.

    :param failures: the number of earlier failures
    :param left: the seconds that are left for retries, of ``seconds``
    :raises RequestError: the failure, if no time is left, or if ``Retry-After`` exceeds the time left
    """
    asked = failure.retry_after or 0.0
    if asked > left and asked >= 1:
        left_of = f"{max(left, 0.0):.0f} of the {seconds} s of retry_timeout are left"
        raise failure.replaced(
            what=f"{failure.what}, and it asks to wait {asked:.0f} s, but only {left_of}",
            advice="try again after that time, or raise retry_timeout",
        )
    if left <= 0:
        if not failures:
            raise failure
        raise failure.replaced(
            what=f"{failure.what}, and the {seconds} s of retry_timeout are used up",
            advice=failure.advice or "try again later",
        )
    return min(left, max(asked, backoff(failure.reason, failures)))
