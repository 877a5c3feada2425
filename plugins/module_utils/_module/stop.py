# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stops a task: a signal, or the end of whoever started it, after which nobody reads what the module prints."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import threading
import typing as t

from .._http.client import Client

# Signals that end a process unless it asks for something else.
SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
# Seconds between two looks at whether somebody still reads the output.
LOOK_SECONDS = 0.25
STDOUT = 1


@contextlib.contextmanager
def stoppable(client: Client) -> t.Iterator[None]:
    """Stop in order while the block runs: requests in flight get their responses, no other begins, and the result is printed."""
    with _stopped_by_signals(client), _stopped_without_reader(client):
        yield


@contextlib.contextmanager
def _stopped_by_signals(client: Client) -> t.Iterator[None]:
    """Stop at the first signal. Later ones change nothing, because systemd and Ansible's worker may both send one."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    # Signals that are ignored stay so (nohup). Only the main thread may ask for the others.
    wanted = [number for number in SIGNALS if before[number] is not signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():
        wanted = []

    def interrupt(unused_number: int, unused_frame: t.Any) -> None:
        client.interrupted = True

    for number in wanted:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in wanted:
            signal.signal(number, before[number])


@contextlib.contextmanager
def _stopped_without_reader(client: Client) -> t.Iterator[None]:
    """Stop when nobody can read the output any more, because Ansible or its connection has ended.

    A background job (``async``) goes on, because its output is read on the same host by a process of its own.
    """
    if not _is_read():
        yield
        return
    reader = select.poll()
    # Errors and the end of the other side are reported without being asked for.
    reader.register(STDOUT, 0)

    def look() -> None:
        if reader.poll(0):
            client.interrupted = True

    with client.clock.every(LOOK_SECONDS, look):
        yield


def _is_read() -> bool:
    """Return whether the output goes to another process. For a terminal, SIGHUP says that it was closed."""
    try:
        mode = os.fstat(STDOUT).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
