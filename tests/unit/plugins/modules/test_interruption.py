"""Signals to the process of a module while it works. Its result is true, nothing more is sent, and a second run does the rest."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import (
    FIRST,
    NOTE,
    changed_by,
    check_result,
    outcomes,
    puts,
    reported,
    run_many,
    seed,
)
from ansible_collections.certops.certcentral.tests.unit.support import FAILURE_KEYS, MODULES

# This program runs a module and creates a file each time that a signal was handled. One signal or none is ignored, independently of
# the process that runs the tests. A small share of its rate limits makes a change wait for a long time.
RUN = """
import pathlib, runpy, signal, sys
from ansible_collections.certops.certcentral.plugins.module_utils._http import backoff, limiter
limiter.WINDOWS = ((100, 180.0),)
module, mark, ignored, *sys.argv[1:] = sys.argv[1:]
install = signal.signal
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    install(number, signal.SIG_IGN if number == int(ignored) else signal.SIG_DFL)
def install_marked(number, handler):
    def handle(*signal):
        handler(*signal)
        pathlib.Path(mark).touch()
    return install(number, handle if callable(handler) else handler)
signal.signal = install_marked
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
# After this number of seconds, a process that should have ended counts as hanging.
MAX_SECONDS = 60.0
# After this number of seconds, a signal that was not handled is sent again.
AGAIN_SECONDS = 2.0
# For this number of seconds after the output has lost its reader, a request may still begin.
GRACE_SECONDS = 2.0
Json = dict[str, t.Any]
IDS = range(FIRST, FIRST + 12)
ONE, MANY, INFO = "digicert_order_status", "digicert_order_statuses", "digicert_order_info"
OPTIONS: dict[str, Json] = {
    ONE: {"order_id": FIRST, **NOTE},
    MANY: {"order_ids": [*IDS], **NOTE, "rate_limit_share": 0},
    INFO: {"filters": {"status": "pending"}},
}


class Process:
    """A module in its own process, started as Ansible does it, with its arguments in a file."""

    def __init__(self, sim: Simulator, folder: Path, module: str, ignored: int, shell: str, options: Json) -> None:
        self.sim = sim
        # The number of changes that had been sent when a signal was handled.
        self.sent = 0
        self.mark = folder / "handled"
        common = {"api_url": sim.url, "api_key": sim.key, "_ansible_remote_tmp": str(folder)}
        file = folder / "arguments.json"
        file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {**common, **OPTIONS[module], **options}}))
        command = [sys.executable, "-c", RUN, MODULES + module, str(self.mark), str(int(ignored)), str(file)]
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'{shell} exec "$0" "$@"', *command],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def interrupt(self, number: int = signal.SIGTERM) -> None:
        """Send a signal, and wait until it was handled."""
        self.mark.unlink(missing_ok=True)
        end = time.monotonic() + MAX_SECONDS
        while not self.mark.exists():
            assert time.monotonic() < end, "the signal was not handled"
            self.process.send_signal(number)
            # If a signal arrives right before a system call, Python handles it only after the call, which may wait for this test.
            again = time.monotonic() + AGAIN_SECONDS
            while not self.mark.exists() and time.monotonic() < again:
                time.sleep(0.01)
        self.sent = len(puts(self.sim))

    def end(self) -> tuple[str, str]:
        """Wait until the process has ended, and return what it printed."""
        return self.process.communicate(timeout=MAX_SECONDS)

    def result(self) -> Json:
        """Return the result that the module printed. Check that it printed nothing else, and no key and no traceback."""
        output, errors = self.end()
        assert errors == ""
        # From ansible-core 2.22 on, this key tells the controller which secrets to mask.
        result: Json = json.loads(output)
        result.pop("_ansible_new_secrets", None)
        assert self.sim.key not in json.dumps({**result, "invocation": None}) and "Traceback" not in output
        assert self.process.returncode == (1 if "reason" in result else 0)
        assert "reason" not in result or result.keys() >= FAILURE_KEYS
        if "summary" in result:
            check_result(self.sim, result, 0)
        return result


Start = t.Callable[..., Process]


@pytest.fixture
def start(sim: Simulator, tmp_path: Path) -> t.Iterator[Start]:
    """Return a function that starts a module, in an account with 12 orders. After the test, its process is killed."""
    seed(sim, 12)
    with contextlib.ExitStack() as stack:

        def started(module: str = MANY, ignored: int = 0, shell: str = "", **options: t.Any) -> Process:
            task = Process(sim, tmp_path, module, ignored, shell, options)
            stack.enter_context(task.process)
            stack.callback(task.process.kill)
            return task

        yield started


def strike(
    sim: Simulator, start: Start, where: Json, *numbers: int, module: str = MANY, **options: t.Any
) -> tuple[Process, Json]:
    """Run a module that gets a signal, or several in turn, during the request ``where``. Return the process and its result."""

    def interrupt(unused: t.Any) -> None:
        for number in numbers or (signal.SIGTERM,):
            task.interrupt(number)

    sim.fault("call", before=interrupt, **where)
    task = start(module, **options)
    return task, task.result()


def check_second_run(sim: Simulator, count: int) -> None:
    """Check that a second run without faults changes the other orders, and that both runs changed no order twice."""
    sim.faults.clear()
    result = run_many(sim, {"order_ids": [*IDS[:count]], **NOTE})
    assert "failed" not in result and set(outcomes(result)) <= {"changed", "unchanged"}
    assert changed_by(sim) == [*IDS[:count]]


# The request during which the signal arrives: its kind, and the number of earlier requests of this kind.
MOMENTS = [("list", 0), ("info", 0), ("info", 7), ("status", 0), ("status", 5), ("status", 11), ("list", 1)]


@pytest.mark.parametrize(("concurrency", "number"), [(1, signal.SIGINT), (4, signal.SIGTERM)])
@pytest.mark.parametrize(("on", "after"), MOMENTS)
def test_signal_during_many_orders_leaves_the_rest_to_the_next_run(
    sim: Simulator, start: Start, on: str, after: int, concurrency: int, number: int
) -> None:
    if on == "info":
        # Without the order list, orders are read one by one.
        sim.fault("status", on="list", times=None, status=400)
    # The first order list reads the orders, the second one verifies the changes.
    where = {"on": on, "after": after}
    task, result = strike(sim, start, where, number, concurrency=concurrency, keep_going=True)
    changed = reported(result)
    # Requests in flight got their responses, including some that had not arrived at the time of the signal. No others were sent.
    assert changed == changed_by(sim) and len(changed) == len(puts(sim)) <= task.sent + concurrency - 1
    assert result["summary"]["not_attempted"] == 12 - len(changed)
    if len(changed) < 12:
        assert (result["reason"], result["order_id"], result["http_status"]) == ("unavailable", None, None)
        assert result["msg"].startswith("the task was interrupted: run it again to do what is left (12 orders: ")
        assert f"{12 - len(changed)} not attempted" in result["msg"]
    elif on == "list":
        assert all(entry["verified"] for entry in result["orders"])
    else:
        assert "the task was interrupted" in json.dumps(result["warnings"])
    check_second_run(sim, 12)


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "hang"])
def test_signal_after_lost_response_leaves_unknown(sim: Simulator, start: Start, kind: str, concurrency: int) -> None:
    where = {"on": "status", "order_id": FIRST}
    sim.fault(kind, **where)
    timeout = 5 if kind == "hang" else MAX_SECONDS
    task, result = strike(sim, start, where, concurrency=concurrency, timeout=timeout)
    first, *others = result["orders"]
    assert (first["reason"], first["changed"], result["changed"]) == ("unknown_outcome", True, True)
    assert "the task was interrupted" in first["msg"]
    assert f"order {FIRST} may or may not have been changed" in result["msg"]
    changed = [entry["order_id"] for entry in others if entry["changed"]]
    assert changed == [order_id for order_id in changed_by(sim) if order_id != FIRST]
    assert len(changed) < task.sent + concurrency - 1 and result["summary"]["not_attempted"] == 11 - len(changed)
    check_second_run(sim, 12)


@pytest.mark.parametrize(
    ("on", "fault", "more", "reason"),
    [
        ("list", {"kind": "status", "status": 503, "times": None}, {}, None),
        ("status", {"kind": "status", "status": 429, "retry_after": 200}, {}, "rate_limited"),
        # Only one request in 180 s is allowed, so that a change has to wait.
        ("list", {"kind": "call"}, {"rate_limit_share": 0.01}, None),
    ],
)
def test_signal_ends_a_wait(sim: Simulator, start: Start, on: str, fault: Json, more: Json, reason: str | None) -> None:
    struck = sim.fault(on=on, **fault)
    task = start(concurrency=1, retry_timeout=240, **more)
    # Without the signal, the wait would last for minutes.
    assert struck.wait(MAX_SECONDS)
    task.interrupt()
    result = task.result()
    assert "the task was interrupted" in result["msg"] and not sim.changes
    assert result["orders"][0]["reason"] == reason
    assert result["summary"]["not_attempted"] == 12 - (reason is not None)
    check_second_run(sim, 12)


@pytest.mark.parametrize(
    ("number", "on", "after", "fault", "reason"),
    [
        (signal.SIGINT, "info", 0, None, "unavailable"),
        *((number, "status", 0, None, None) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)),
        (signal.SIGTERM, "status", 0, {"kind": "reset_after"}, "unknown_outcome"),
        (signal.SIGTERM, "status", 0, {"kind": "status", "status": 429}, "rate_limited"),
        (signal.SIGTERM, "status", 0, {"kind": "status", "status": 400}, "rejected_by_api"),
        (signal.SIGTERM, "info", 1, None, None),
        (signal.SIGTERM, "info", 1, {"kind": "stale"}, None),
    ],
)
def test_signal_during_one_order_ends_the_task_with_a_true_result(
    sim: Simulator, start: Start, number: int, on: str, after: int, fault: Json | None, reason: str | None
) -> None:
    where: Json = {"on": on, "after": after}
    if fault:
        sim.fault(**where, **fault)
    unused, result = strike(sim, start, where, number, module=ONE)
    assert (result["changed"], result.get("reason")) == (reason in (None, "unknown_outcome"), reason)
    assert result["changed"] or not sim.changes
    # No request was sent after the signal.
    assert sim.requests[-1]["kind"] == on and len(sim.requests) == {"status": 2, "info": 1 + 2 * after}[on]
    is_verified = result.get("verified") is True
    assert is_verified is (on == "info" and fault is None and reason is None)
    assert is_verified or reason == "rejected_by_api" or "the task was interrupted" in json.dumps(result)
    check_second_run(sim, 1)


def test_signal_ends_a_task_that_only_reads(sim: Simulator, start: Start) -> None:
    unused, result = strike(sim, start, {"on": "list"}, module=INFO)
    assert (result["changed"], result["reason"], len(sim.requests)) == (False, "unavailable", 1)
    assert "the task was interrupted" in result["msg"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_further_signals_change_nothing(sim: Simulator, start: Start, number: int) -> None:
    unused, result = strike(sim, start, {"on": "status"}, signal.SIGTERM, number, module=ONE)
    assert result["changed"] is True
    check_second_run(sim, 1)


# An issued order is on none of the pages that the task reads, so it is read by itself.
@pytest.mark.parametrize(
    ("on", "status", "options", "reason"),
    [("list", "pending", {"max_changes": 3}, "too_many_changes"), ("info", "issued", {}, "wrong_state")],
)
def test_signal_does_not_replace_an_earlier_reason(
    sim: Simulator, start: Start, on: str, status: str, options: Json, reason: str
) -> None:
    sim.seed([{"id": FIRST, "status": status}])
    unused, result = strike(sim, start, {"on": on}, **options)
    assert (result["reason"], result["changed"], sim.changes) == (reason, False, [])


def test_ignored_signal_stays_ignored(sim: Simulator, start: Start) -> None:
    sim.fault("call", on="status", before=lambda record: task.process.send_signal(signal.SIGHUP))
    task: Process = start(ONE, signal.SIGHUP)
    assert task.result()["verified"] is True


def test_run_after_sigkill_does_the_rest(sim: Simulator, start: Start) -> None:
    hang = sim.fault("hang", on="status")
    task = start(ONE, timeout=3 * MAX_SECONDS)
    assert hang.wait(MAX_SECONDS)
    task.process.kill()
    assert task.end() == ("", "")
    check_second_run(sim, 1)


@pytest.mark.parametrize("on", ["list", "status"])
def test_module_stops_when_nobody_reads_its_output(sim: Simulator, start: Start, on: str) -> None:
    """Regression: after the end of Ansible or its connection, a module without a terminal still sent all remaining changes."""

    def lose(unused: t.Any) -> None:
        assert task.process.stdout is not None
        task.process.stdout.close()
        time.sleep(GRACE_SECONDS)

    sim.fault("call", on=on, before=lose)
    task = start(concurrency=1)
    task.process.wait(MAX_SECONDS)
    assert len(puts(sim)) == (on == "status") and sim.requests[-1]["kind"] == on
    check_second_run(sim, 12)


@pytest.mark.parametrize("streams", [">/dev/null", ">/dev/full", ">{}/result.json", "2>/dev/full", "2>&-", "0<&- 2>&-"])
def test_module_needs_no_reader_and_no_other_stream(sim: Simulator, start: Start, tmp_path: Path, streams: str) -> None:
    output = start(shell=f"exec {streams.format(tmp_path)};").end()[0]
    assert len(puts(sim)) == 12 and bool(output) is not streams.startswith(">")
    assert not output or json.loads(output)["summary"]["changed"] == 12


@pytest.mark.parametrize("limit", [3, 4, 5, 6, 8, 14, 16, 18, 20])
@pytest.mark.parametrize("fault", [None, {"kind": "reset_after"}, {"kind": "lost_reply"}])
def test_result_is_true_under_a_limit_of_file_descriptors(
    sim: Simulator, start: Start, limit: int, fault: Json | None
) -> None:
    """The result of a process that may have only a few files and connections open is true, or it has no result."""
    if fault:
        sim.fault(on="status", times=4, **fault)
    output = start(shell=f"ulimit -n {limit};", retry_timeout=0).end()[0]
    # With a limit of 3, Python does not start.
    result: Json = {"changed": False, "orders": [], **(json.loads(output) if output else {})}
    assert reported(result) == changed_by(sim) and result["changed"] is bool(sim.changes)
    check_second_run(sim, 12)
