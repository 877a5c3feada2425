# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress of a long task, line by line, in a file that the action plugin reads."""

from __future__ import annotations

import contextlib
import typing as t

if t.TYPE_CHECKING:
    from .._http.client import Client
    from .run import Module

# The seconds between two lines, and before the first one. A shorter task shows no progress.
INTERVAL_SECONDS = 5.0


def append_line(path: str, line: str) -> None:
    """Add a line to an existing file. Do nothing if this is impossible, because the task must not fail for it."""
    with contextlib.suppress(OSError), open(path, "r+", encoding="utf-8") as file:
        file.seek(0, 2)
        file.write(line + "\n")


@contextlib.contextmanager
def watched(module: Module, client: Client, describe: t.Callable[[], str]) -> t.Iterator[None]:
    """Tell how far a task is every few seconds while the block runs.

    :param describe: returns the line; another thread calls it
    """

    def emit() -> None:
        line = describe()
        module.log(line)
        if "progress_file" in module.controller:
            append_line(module.controller["progress_file"], line)

    with client.clock.every(INTERVAL_SECONDS, emit):
        yield
