# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A base of action plugins that watch their module: they stop it when Ansible is stopped, and show its progress."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import typing as t

from ansible import constants
from ansible.plugins.action import ActionBase

from ..module_utils._text import sanitize

# The private option in which an action plugin passes values to its module.
CONTROLLER = "_controller"
# The seconds between two checks for the end of Ansible and for new lines of progress.
LOOK_SECONDS = 0.25
MIN_SECRET = 8
# The maximum number of bytes that a pipe takes without blocking.
MAX_LINE = select.PIPE_BUF


def _copy_stderr() -> int | None:
    """Return a new file descriptor for the present stderr, or None if stderr is closed."""
    if sys.__stderr__ is None:
        return None
    with contextlib.suppress(OSError, ValueError):
        return os.dup(sys.__stderr__.fileno())
    return None


# Ansible imports this file before it forks its workers. From ansible-core 2.19 on, their own stderr is /dev/null.
STDERR = _copy_stderr()


class WatchedAction(ActionBase):  # type: ignore[misc]  # ansible-core does not declare its types
    """An action plugin that runs the module of the same name, and stops it when Ansible is stopped."""

    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the module and return its result."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        result.update(self.run_module(task_vars))
        return result

    def run_module(self, task_vars: dict[str, t.Any] | None, **controller: t.Any) -> dict[str, t.Any]:
        """Run the module once and return its result.

        :param controller: the values that the module gets from this plugin
        """
        if multiprocessing.parent_process():
            # This process is a worker, which ends with the task. Ansible parses all files that the module imports, and the many new
            # objects would be searched for garbage again and again.
            gc.disable()
        arguments = {name: value for name, value in self._task.args.items() if name != CONTROLLER}
        background = bool(self._task.async_val)
        with contextlib.ExitStack() as stack:
            # A background job continues after this plugin has ended, so it is not watched.
            if not background:
                progress = self._make_progress(stack)
                controller.update({"progress_file": progress.path} if progress else {})
                stack.enter_context(watched(progress.show if progress else lambda: None))
            arguments.update({CONTROLLER: controller} if controller else {})
            result: dict[str, t.Any] = self._execute_module(
                module_args=arguments, task_vars=task_vars, wrap_async=background
            )
        result.get("invocation", {}).get("module_args", {}).pop(CONTROLLER, None)
        return result

    def make_screen(self) -> Screen | None:
        """Return where lines about this task are shown, if somebody may see them."""
        if self._task.no_log or self._task.async_val or STDERR is None:
            return None
        return Screen(STDERR, self._task.action, self._task.args.get("api_key"))

    def _make_progress(self, stack: contextlib.ExitStack) -> Progress | None:
        """Return the progress of the module, or None if it cannot be shown or must not be."""
        screen = self.make_screen()
        if screen is None or self._connection.transport != "local":
            return None
        # If the file cannot be created, the module runs without showing progress.
        with contextlib.suppress(OSError):
            return stack.enter_context(Progress(screen))
        return None


class Screen:
    """Shows lines on stderr, because stdout belongs to the callback plugins.

    :param descriptor: the file descriptor of stderr
    :param action: the name of the module
    :param api_key: the key to hide in the lines
    """

    def __init__(self, descriptor: int, action: str, api_key: t.Any) -> None:
        self._descriptor = descriptor
        self._name = action.rpartition(".")[2]
        keys = [key.strip() for key in (api_key, os.environ.get("DIGICERT_API_KEY")) if isinstance(key, str)]
        self._secrets = [key for key in keys if len(key) >= MIN_SECRET]

    def show(self, line: str, limit: int = 300) -> None:
        """Show a line, cut to ``limit`` characters. If it cannot be shown, leave it out, because it must never disturb the run."""
        for secret in self._secrets:
            line = line.replace(secret, "********")
        text = f"{self._name}: {sanitize(line, limit)}".encode(errors="replace")
        # Do not use Ansible's Display. It prints in Ansible's main process, which hangs if printing fails.
        # Skip the line if stderr would block, so that a terminal or pipe that nobody reads cannot hold up the run.
        with contextlib.suppress(OSError, ValueError):
            if select.select([], [self._descriptor], [], 0)[1]:
                os.write(self._descriptor, text[: MAX_LINE - 1] + b"\n")


class Progress:
    """A file to which a module adds lines about its progress, and which is read to show them.

    :param screen: shows the lines
    """

    def __init__(self, screen: Screen) -> None:
        # Ansible removes this folder when it ends, even if the worker process that runs this code was killed.
        handle, self.path = tempfile.mkstemp(prefix="certcentral-progress-", dir=constants.DEFAULT_LOCAL_TMP)
        self._file = os.fdopen(handle, encoding="utf-8", errors="replace")
        self._screen = screen

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *unused: object) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
            os.unlink(self.path)

    def show(self) -> None:
        """Show the new lines. Leave out lines that cannot be shown, because progress must never disturb the run."""
        with contextlib.suppress(OSError, ValueError):
            for line in self._file:
                self._screen.show(line)


@contextlib.contextmanager
def watched(work: t.Callable[[], None]) -> t.Iterator[None]:
    """Call ``work`` every ``LOOK_SECONDS`` while the block runs. If Ansible or the block is stopped, end its processes.

    The module then notices that nobody reads its output any longer, and stops.
    """
    parent = multiprocessing.parent_process()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_SECONDS):
            if parent and os.getppid() != parent.pid:
                _die()
            work()

    thread = threading.Thread(target=watch, daemon=True)
    # Block all signals in the thread. Ansible's main thread waits for the module, and has to receive them.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    thread.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        with _terminable():
            yield
    except BaseException:
        # The task ran into its timeout, or was interrupted.
        for process in _started():
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()
        raise
    finally:
        ended.set()
        # Do not wait longer than this if the thread is stuck.
        thread.join(LOOK_SECONDS)


@contextlib.contextmanager
def _terminable() -> t.Iterator[None]:
    """End the processes of the block if this worker is terminated. ansible-core 2.19 and later do so themselves."""
    wanted = (
        threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if wanted:
        signal.signal(signal.SIGTERM, lambda *unused: _die())
    try:
        yield
    finally:
        if wanted:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _die() -> None:
    _started()
    os._exit(1)


def _started() -> list[subprocess.Popen[bytes]]:
    """Terminate and return the processes that this process started: a shell, or the client of a connection such as ssh."""
    # Connection plugins offer no list of them. Processes that were started before a fork count as ended.
    processes = [thing for thing in gc.get_objects() if issubclass(type(thing), subprocess.Popen)]
    for process in processes:
        with contextlib.suppress(OSError):
            process.terminate()
    return processes
