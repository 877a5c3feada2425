# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows how far the module of this name is while it runs. All else is as without it."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import threading
import typing as t

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._text import sanitize

MODULE = "certops.certcentral.digicert_order_statuses"
POLL_SECONDS = 0.5
MIN_SECRET = 8


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core does not declare its types
    """Runs the module with a file of progress lines, and follows that file."""

    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """What the module returns."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = {name: value for name, value in self._task.args.items() if name != "_controller"}
        seconds = self._task.async_val
        with contextlib.ExitStack() as stack:
            # A job in the background is not watched, and another host has another file system.
            if not seconds and self._connection.transport == "local":
                arguments["_controller"] = {"progress_file": stack.enter_context(_followed(arguments.get("api_key")))}
            result.update(
                self._execute_module(
                    module_name=MODULE, module_args=arguments, task_vars=task_vars, wrap_async=bool(seconds)
                )
            )
        result.get("invocation", {}).get("module_args", {}).pop("_controller", None)
        return result


@contextlib.contextmanager
def _followed(api_key: t.Any) -> t.Iterator[str]:
    """The path of a fresh file, of which each line is displayed as soon as it is there."""
    # Ansible removes that folder at its end, also where the worker that runs this is killed.
    handle, path = tempfile.mkstemp(prefix="certcentral-progress-", dir=constants.DEFAULT_LOCAL_TMP)
    ended = threading.Event()

    def follow() -> None:
        with open(handle, encoding="utf-8", errors="replace") as file:
            while not ended.wait(POLL_SECONDS):
                for line in file:
                    # To stderr, so that what a callback prints stays what it is.
                    Display().display(_clean(line, api_key), stderr=True)

    thread = threading.Thread(target=follow, daemon=True)
    # The thread keeps this mask: a signal that it took would not wake Ansible, which waits for the module and passes it on.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    thread.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        yield path
    finally:
        ended.set()
        thread.join()
        os.unlink(path)


def _clean(line: str, api_key: t.Any) -> str:
    for secret in (api_key, os.environ.get("DIGICERT_API_KEY")):
        if isinstance(secret, str) and len(secret.strip()) >= MIN_SECRET:
            line = line.replace(secret.strip(), "********")
    return f"digicert_order_statuses: {sanitize(line)}"
