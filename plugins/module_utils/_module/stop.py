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

# Signals that end a process by default.
SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
# The seconds between two checks whether a process still reads the output.
LOOK_SECONDS = 0.25
STDOUT = 1


@contextlib.contextmanager
def stoppable(client: Client) -> t.Iterator[None]:
    """Stop the client if the task is stopped while the block runs, by a signal or because no process reads the output any longer.

    Requests in flight get their responses, but no further request is sent, and the module still returns its result. Further
    signals are ignored, because systemd and Ansible's worker may both send one. A background job (``async``) continues without
    Ansible, because another process on the same host reads its output.
    """

    def stop(*unused: object) -> None:
        client.interrupted = True

    reader = select.poll()
    # poll() reports errors and the end of the other side even if no event is requested.
    reader.register(STDOUT, 0)

    def look() -> None:
        if reader.poll(0):
            stop()

    # Python lets only the main thread handle signals. A signal that is ignored stays ignored, as nohup needs it.
    signals = SIGNALS if threading.current_thread() is threading.main_thread() else ()
    wanted = [number for number in signals if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in wanted}
    try:
        with client.clock.every(LOOK_SECONDS, look) if _is_read() else contextlib.nullcontext():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_read() -> bool:
    """Return whether the output goes to another process. A terminal does not count: SIGHUP tells when it is closed."""
    try:
        mode = os.fstat(STDOUT).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
