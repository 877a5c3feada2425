# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only source of time, and of threads that wait. Tests replace :class:`Clock`, so that no test depends on real time."""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t
from datetime import date, datetime, timezone

if t.TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

# A sleeping thread notices within this number of seconds that it has to stop.
MAX_NAP_SECONDS = 0.2


class Clock:
    """The time and the threads of a client and its callers. Every client has a clock, in ``client.clock``."""

    def now(self) -> float:
        """Return the seconds on a clock that never goes back."""
        return time.monotonic()

    def utc_now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(timezone.utc)

    def today(self) -> date:
        """Return the date in UTC."""
        return self.utc_now().date()

    def sleep(self, seconds: float, stopped: t.Callable[[], bool]) -> None:
        """Sleep for the given number of seconds, or until shortly after ``stopped`` returns true."""
        end = self.now() + seconds
        while not stopped() and (left := end - self.now()) > 0:
            time.sleep(min(left, MAX_NAP_SECONDS))

    def lock(self) -> t.ContextManager[t.Any]:
        """Return a lock that may be held while time passes."""
        return threading.Lock()

    def condition(self) -> threading.Condition:
        """Return a condition variable."""
        return threading.Condition()

    def executor(self, workers: int) -> ThreadPoolExecutor:
        """Return a pool of threads."""
        # Ansible compiles each import anew for every task, and a task for a single order needs no threads.
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        return ThreadPoolExecutor(workers)

    def wait_for_any(self, futures: set[Future[t.Any]]) -> set[Future[t.Any]]:
        """Wait until any of the futures is done, and return the futures that are not."""
        from concurrent.futures import FIRST_COMPLETED, wait  # noqa: PLC0415

        return wait(futures, return_when=FIRST_COMPLETED).not_done

    @contextlib.contextmanager
    def every(self, seconds: float, work: t.Callable[[], None]) -> t.Iterator[None]:
        """Call ``work`` from a thread, every ``seconds`` seconds, while the block runs."""
        ended = threading.Event()

        def repeat() -> None:
            while not ended.wait(seconds):
                work()

        thread = threading.Thread(target=repeat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
