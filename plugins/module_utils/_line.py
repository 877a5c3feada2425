# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The line: when the API asks one task with a key for fewer requests, the others with it on this host wait for that one."""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import stat
import threading
import typing as t

# Seconds between two looks at most, at random, so that who waits is not in step.
LOOK = 0.5


class Line:
    """One task asks again, and the others read nothing until the API answers it. A change follows its reading at once.

    The limits are those of the key, and a request that is turned down may count in them too (ASSUMED): if all tasks went on
    asking, they could starve together. It is an advisory lock on an empty file, which the kernel takes back from a process
    that ends. The file is made when the API turns down the first one.

    :param folder: without one, or if others than this user may write there, there is no line
    :param whose: who has the limits, the key at that address. Of this no more than 32 bits of a hash are written, as a name
    :param now: the time in seconds
    :param sleep: waits so many seconds
    """

    def __init__(
        self, folder: str | None, whose: str, now: t.Callable[[], float], sleep: t.Callable[[float], None]
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._mutex = threading.Lock()
        name = f"certops.certcentral-{hashlib.sha256(whose.encode()).hexdigest()[:8]}.lock"
        self._path = os.path.join(folder, name) if folder and _is_private(folder) else None
        self._file: int | None = None
        # How many threads of this task ask again.
        self._asking = 0
        self._in_vain = False

    def wait(self, most: float) -> float:
        """Wait until no other task asks again, for so many seconds at most. Returns the seconds waited.

        Who once waited in vain does not do so again.
        """
        free, waited = self._poll(self._is_free, 0.0 if self._in_vain else most)
        self._in_vain = not free and (self._in_vain or most > 0)
        return waited

    def enter(self, most: float) -> float:
        """Wait to be the one who asks again. Whoever had to wait so long in vain asks all the same."""
        taken, waited = self._poll(self._take, most)
        with self._mutex:
            self._asking += not taken
        return waited

    def leave(self) -> None:
        """The API answered the one who asked."""
        with self._mutex:
            self._asking -= 1
            if not self._asking:
                self._lock(fcntl.LOCK_UN)

    def _take(self) -> bool:
        with self._mutex:
            taken = self._asking > 0 or self._lock(fcntl.LOCK_EX)
            self._asking += taken
            return taken

    def _is_free(self) -> bool:
        with self._mutex:
            if self._asking:
                return True
            free = self._lock(fcntl.LOCK_SH)
            self._lock(fcntl.LOCK_UN)
            return free

    def _lock(self, operation: int) -> bool:
        """False if another task has it. Where there is no file, nobody has."""
        try:
            if self._path and self._file is None:
                make = os.O_CREAT if operation == fcntl.LOCK_EX else 0
                self._file = os.open(self._path, os.O_RDWR | os.O_NOFOLLOW | make, 0o600)
            if self._file is not None:
                fcntl.flock(self._file, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except FileNotFoundError:
            pass
        except OSError:
            # Not on this file system.
            self._path = self._file = None
        return True

    def _poll(self, ready: t.Callable[[], bool], most: float) -> tuple[bool, float]:
        """Whether it became ready in so many seconds, and those waited."""
        start = self._now()
        waited = 0.0
        while not (reached := ready()) and waited < most:
            self._sleep(min(most - waited, random.uniform(0, LOOK)))  # noqa: S311  (this is no secret)
            waited = self._now() - start
        return reached, waited


def _is_private(folder: str) -> bool:
    """Whether a folder is this user's alone."""
    try:
        found = os.stat(folder)
    except OSError:
        return False
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
