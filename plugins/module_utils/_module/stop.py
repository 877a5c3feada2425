# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reasons to stop a task: a signal, or the end of the process that started the module and reads its output."""

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
# The seconds between two checks whether a process still reads the output.
LOOK_SECONDS = 0.25
STDOUT = 1


@contextlib.contextmanager
def stoppable(client: Client) -> t.Iterator[None]:
    """Stop the client if the task is stopped while the block runs.

    Requests in flight get their responses, but no further request is sent, and the module still returns its result.
    """
    with _stopped_by_signals(client), _stopped_without_reader(client):
        yield


@contextlib.contextmanager
def _stopped_by_signals(client: Client) -> t.Iterator[None]:
    """Stop at the first signal. Ignore further ones, because systemd and Ansible's worker may both send a signal."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    # A signal that is ignored stays ignored, as nohup needs it. Python lets only the main thread handle the others.
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
    """Stop if no process reads the output any longer, because Ansible or its connection has ended.

    A background job (``async``) continues, because another process on the same host reads its output.
    """
    if not _is_read():
        yield
        return
    reader = select.poll()
    # poll() reports errors and the end of the other side even if no event is requested.
    reader.register(STDOUT, 0)

    def look() -> None:
        if reader.poll(0):
            client.interrupted = True

    with client.clock.every(LOOK_SECONDS, look):
        yield


def _is_read() -> bool:
    """Return whether the output goes to another process. A terminal does not count: SIGHUP tells when it is closed."""
    try:
        mode = os.fstat(STDOUT).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
