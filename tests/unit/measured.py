"""Runs of a module in a process of its own, as Ansible runs it, and the time and memory that they take."""

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
from ansible_collections.certops.certcentral.tests.unit.support import MODULES, print_main, read_result

# The files with the work of the modules, which each module imports when it runs.
WORK = "ansible_collections.certops.certcentral.plugins.module_utils._module."
NAMES = ("digicert_order_status", "digicert_order_statuses", "digicert_order_info")
# The number of seconds after which a run counts as endless.
MAX_SECONDS = 120


class Measured(t.NamedTuple):
    """A run of a module: its result, its lines in the system's log, its peak memory in MiB, and its seconds of CPU time."""

    result: dict[str, t.Any]
    log: list[str]
    size: float
    seconds: float


def start() -> Pool:
    """Return a context that starts these processes. Each is forked from a process that has loaded only the modules."""
    context = multiprocessing.get_context("forkserver")
    work = [WORK + name[len("digicert_") :] for name in NAMES]
    context.set_forkserver_preload([__name__, *(MODULES + name for name in NAMES), *work])
    return context.Pool(1, maxtasksperchild=1)


def run(pool: Pool, name: str, options: t.Mapping[str, t.Any]) -> Measured:
    """Run a module. Raise multiprocessing.TimeoutError if it does not end."""
    with tempfile.NamedTemporaryFile() as printed:
        log, size, seconds = pool.apply_async(_run, (name, dict(options), printed.name)).get(MAX_SECONDS)
        return Measured(read_result(Path(printed.name).read_text(encoding="utf-8")), log, size, seconds)


def _run(name: str, options: dict[str, t.Any], path: str) -> tuple[list[str], float, float]:
    if hasattr(sys, "set_int_max_str_digits"):
        # This is the behavior of Python before 3.11.
        sys.set_int_max_str_digits(0)
    # A change that is not visible is looked for without waits, and as often as usual.
    reading.VERIFY_AT = (0.0, 0.0, 0.0, 0.0)
    log: list[str] = []
    syslog.syslog = lambda *args: log.append(str(args[-1]))
    main = importlib.import_module(MODULES + name).main
    began = time.process_time()
    with open(path, "w", encoding="utf-8") as printed:
        print_main(main, options, printed)
    seconds = time.process_time() - began
    # Unlike the value of getrusage, this does not include the memory of the process before it was forked.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    assert peak, "there is no Linux here"
    return log, int(peak.group(1)) / 1024, seconds
