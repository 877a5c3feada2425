# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The line: when the API asks one task of this user on this host for fewer requests, the others wait for that one."""

from __future__ import annotations

import fcntl
import os
import random
import stat
import threading
import typing as t

# Seconds between two looks at most, at random, so that who waits is not in step.
LOOK = 0.5


class Line:
    """One task asks again, and the others send nothing until the API answers it.

    The limits are those of the key, and a request that is turned down may count in them too (ASSUMED): if all tasks went on
    asking, they could starve together. Nothing is written: it is an advisory lock on a folder, which the kernel takes
    back from a process that ends.

    :param folder: without one, or if others than this user may write there, there is no line
    :param now: the time in seconds
    :param sleep: waits so many seconds
    """

    def __init__(self, folder: str | None, now: t.Callable[[], float], sleep: t.Callable[[float], None]) -> None:
        self._now = now
        self._sleep = sleep
        self._mutex = threading.Lock()
        self._file = _open(folder) if folder else None
        # How many threads of this task ask again.
        self._asking = 0

    def wait(self, most: float) -> float:
        """Wait until no other task asks again, for so many seconds at most. Returns the seconds waited."""
        return self._poll(self._is_free, most)

    def enter(self, most: float) -> float:
        """Wait to be the one who asks again. Whoever had to wait so long in vain asks all the same."""
        return self._poll(self._take, most)

    def leave(self) -> None:
        """The API answered the one who asked."""
        with self._mutex:
            self._asking -= 1
            if not self._asking:
                self._lock(fcntl.LOCK_UN)

    def _take(self, last: bool) -> bool:
        with self._mutex:
            if not (self._asking or self._lock(fcntl.LOCK_EX) or last):
                return False
            self._asking += 1
            return True

    def _is_free(self, last: bool) -> bool:
        with self._mutex:
            if self._asking or last:
                return True
            free = self._lock(fcntl.LOCK_SH)
            self._lock(fcntl.LOCK_UN)
            return free

    def _lock(self, operation: int) -> bool:
        try:
            if self._file is not None:
                fcntl.flock(self._file, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # Not on this file system.
            self._file = None
        return True

    def _poll(self, ready: t.Callable[[bool], bool], most: float) -> float:
        start = self._now()
        waited = 0.0
        while not ready(waited >= most):
            self._sleep(min(most - waited, random.uniform(0, LOOK)))  # noqa: S311  (this is no secret)
            waited = self._now() - start
        return waited


def _open(folder: str) -> int | None:
    """A folder that is this user's alone, ready to be locked."""
    try:
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        found = os.fstat(file)
    except OSError:
        return None
    if found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return file
    os.close(file)
    return None
