# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module in a process of its own, as Ansible does, and measures what that took."""

from __future__ import annotations

import importlib
import multiprocessing
import re
import sys
import syslog
import tempfile
import time
import typing as t
from multiprocessing.pool import Pool
from pathlib import Path

from ansible_collections.certops.certcentral.plugins.module_utils._change import reading
from ansible_collections.certops.certcentral.tests.unit.support import print_main, read_result

MODULES = "ansible_collections.certops.certcentral.plugins.modules."
# Where the work of a module is, which it imports once it runs.
WORK = "ansible_collections.certops.certcentral.plugins.module_utils._module."
NAMES = ("digicert_order_status", "digicert_order_statuses", "digicert_order_info")
# Seconds after which a run counts as one that does not end.
MAX_SECONDS = 120


class Measured(t.NamedTuple):
    """A module's run: its result, its lines in the system's log, its largest size in MiB, and seconds of CPU time."""

    result: dict[str, t.Any]
    log: list[str]
    size: float
    seconds: float


def start() -> Pool:
    """What starts such processes: each is forked from one that has loaded the modules and nothing else."""
    context = multiprocessing.get_context("forkserver")
    work = [WORK + name[len("digicert_") :] for name in NAMES]
    context.set_forkserver_preload([__name__, *(MODULES + name for name in NAMES), *work])
    return context.Pool(1, maxtasksperchild=1)


def run(pool: Pool, name: str, options: t.Mapping[str, t.Any]) -> Measured:
    """Run a module.

    :raises multiprocessing.TimeoutError: if it does not end
    """
    with tempfile.NamedTemporaryFile() as printed:
        log, size, seconds = pool.apply_async(_run, (name, dict(options), printed.name)).get(MAX_SECONDS)
        return Measured(read_result(Path(printed.name).read_text(encoding="utf-8")), log, size, seconds)


def _run(name: str, options: dict[str, t.Any], path: str) -> tuple[list[str], float, float]:
    if hasattr(sys, "set_int_max_str_digits"):
        # As it is in Python before 3.11.
        sys.set_int_max_str_digits(0)
    # A change that does not show is looked for at once, as often as otherwise.
    reading.VERIFY_AT = (0.0, 0.0, 0.0, 0.0)
    log: list[str] = []
    syslog.syslog = lambda *args: log.append(str(args[-1]))
    main = importlib.import_module(MODULES + name).main
    began = time.process_time()
    with open(path, "w", encoding="utf-8") as printed:
        print_main(main, options, printed)
    seconds = time.process_time() - began
    # Unlike getrusage's, this does not count what the process was before it was forked.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    assert peak, "there is no Linux here"
    return log, int(peak.group(1)) / 1024, seconds
