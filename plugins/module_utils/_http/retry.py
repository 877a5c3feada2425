# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retries, and how long they may go on."""

from __future__ import annotations

import typing as t

from .._errors import RequestError


class RetryBudget:
    """The time during which a request may be retried, counted from its first failure.

    :param seconds: the length of that time
    :param now: returns the time in seconds
    :param pause: waits for a number of seconds because of a failure
    :param may_repeat: returns whether to retry after a failure that allows a retry
    """

    def __init__(
        self,
        seconds: int,
        now: t.Callable[[], float],
        pause: t.Callable[[float, RequestError], None],
        may_repeat: t.Callable[[RequestError], bool] = lambda failure: True,
    ) -> None:
        self.may_repeat = may_repeat
        self.seconds = seconds
        self.now = now
        self.pause = pause
        self.end: float | None = None
        self.failures = 0

    def start(self) -> float:
        """Begin to count now, unless a failure has begun it. Return the time at which the budget ends."""
        if self.end is None:
            self.end = self.now() + self.seconds
        return self.end

    def wait(self, failure: RequestError) -> None:
        """Wait before the next try, for ``Retry-After`` or the backoff, whichever is longer.

        :raises RequestError: the failure, if a retry cannot help, no time is left, or ``Retry-After`` exceeds the time left
        """
        # Ansible compiles each import anew for every task, and most tasks wait for nothing.
        from .backoff import wait_to_repeat  # noqa: PLC0415

        wait_to_repeat(self, failure)

    def extend(self, seconds: float) -> None:
        """Move the end by the seconds that the rate limiter took, because they do not count."""
        if self.end is not None:
            self.end += seconds
