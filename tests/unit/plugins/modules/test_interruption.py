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

from ansible_collections.certops.certcentral.plugins.modules import digicert_order_info
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import (
    FIRST,
    NOTE,
    check_result,
    outcomes,
    puts,
    run_many,
    seed,
)
from ansible_collections.certops.certcentral.tests.unit.support import FAILURE_KEYS

MODULES = digicert_order_info.__name__.rpartition(".")[0] + "."
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
ONE = {"order_id": FIRST, **NOTE}


class Process:
    """A module in its own process, started as Ansible does it, with its arguments in a file."""

    def __init__(
        self,
        sim: Simulator,
        folder: Path,
        module: str,
        options: t.Mapping[str, t.Any],
        ignored: int,
        shell: str,
    ) -> None:
        self.sim = sim
        # The number of changes that had been sent when a signal was handled.
        self.sent = 0
        self.mark = folder / "handled"
        arguments = {"api_url": sim.url, "api_key": sim.key, "_ansible_remote_tmp": str(folder), **options}
        file = folder / "arguments.json"
        file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
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

    def result(self) -> dict[str, t.Any]:
        """Return the result that the module printed. Check that it printed nothing else, and no key and no traceback."""
        output, errors = self.process.communicate(timeout=MAX_SECONDS)
        assert errors == ""
        # From ansible-core 2.22 on, this key tells the controller which secrets to mask.
        result: dict[str, t.Any] = json.loads(output)
        result.pop("_ansible_new_secrets", None)
        assert self.sim.key not in json.dumps({**result, "invocation": None}) and "Traceback" not in output
        assert self.process.returncode == (1 if "reason" in result else 0)
        if "reason" in result:
            assert result.keys() >= FAILURE_KEYS
        return result


@pytest.fixture
def start(sim: Simulator, tmp_path: Path) -> t.Iterator[t.Callable[..., Process]]:
    """Return a function that starts a module, in an account with 12 orders. After the test, its process is killed."""
    seed(sim, 12)
    with contextlib.ExitStack() as stack:

        def started(module: str, options: t.Mapping[str, t.Any], ignored: int = 0, shell: str = "") -> Process:
            task = Process(sim, tmp_path, module, options, ignored, shell)
            stack.enter_context(task.process)
            stack.callback(task.process.kill)
            return task

        yield started


Start = t.Callable[..., Process]
Json = dict[str, t.Any]


def start_many(start: Start, shell: str = "", **options: t.Any) -> Process:
    options = {"order_ids": list(range(FIRST, FIRST + 12)), **NOTE, "rate_limit_share": 0, **options}
    return start("digicert_order_statuses", options, shell=shell)


def check_second_run(sim: Simulator, count: int) -> None:
    """Check that a second run without faults changes the other orders, and that both runs changed no order twice."""
    sim.faults.clear()
    result = run_many(sim, {"order_ids": list(range(FIRST, FIRST + count)), **NOTE})
    assert "failed" not in result and set(outcomes(result)) <= {"changed", "unchanged"}
    assert sorted(change.order_id for change in sim.changes) == list(range(FIRST, FIRST + count))


# The request during which the signal arrives: its kind, and the number of earlier requests of this kind.
MOMENTS = [("list", 0), ("info", 0), ("info", 7), ("status", 0), ("status", 5), ("status", 11), ("list", -1)]


@pytest.mark.parametrize(("concurrency", "number"), [(1, signal.SIGINT), (4, signal.SIGTERM)])
@pytest.mark.parametrize(("on", "after"), MOMENTS)
def test_signal_during_many_orders_leaves_the_rest_to_the_next_run(
    sim: Simulator, start: Start, on: str, after: int, concurrency: int, number: signal.Signals
) -> None:
    if on == "info":
        # Without the order list, orders are read one by one.
        sim.fault("status", on="list", times=None, status=400)
    # The first order list reads the orders, the second one verifies the changes.
    sim.fault("call", on=on, after=1 if after == -1 else after, before=lambda record: task.interrupt(number))
    task: Process = start_many(start, concurrency=concurrency, keep_going=True)
    result = task.result()
    check_result(sim, result, 0)
    changed = [entry["order_id"] for entry in result["orders"] if entry["changed"]]
    assert sorted(changed) == sorted(change.order_id for change in sim.changes)
    # Requests in flight got their responses, including some that had not arrived at the time of the signal. No others were sent.
    assert len(changed) == len(puts(sim)) <= task.sent + concurrency - 1
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
def test_signal_after_a_lost_response_leads_to_an_unknown_outcome(
    sim: Simulator, start: Start, kind: str, concurrency: int
) -> None:
    sim.fault(kind, on="status", order_id=FIRST)
    sim.fault("call", on="status", order_id=FIRST, before=lambda record: task.interrupt())
    task: Process = start_many(start, concurrency=concurrency, timeout=5 if kind == "hang" else MAX_SECONDS)
    result = task.result()
    check_result(sim, result, 0)
    assert (result["orders"][0]["reason"], result["orders"][0]["changed"]) == ("unknown_outcome", True)
    assert "the task was interrupted" in result["orders"][0]["msg"]
    assert result["changed"] is True and f"order {FIRST} may or may not have been changed" in result["msg"]
    others = [entry["order_id"] for entry in result["orders"][1:] if entry["changed"]]
    assert others == sorted(change.order_id for change in sim.changes if change.order_id != FIRST)
    assert len(others) < task.sent + concurrency - 1 and result["summary"]["not_attempted"] == 11 - len(others)
    check_second_run(sim, 12)


@pytest.mark.parametrize(
    ("on", "fault", "options", "reason"),
    [
        ("list", {"kind": "status", "status": 503, "times": None}, {}, None),
        ("status", {"kind": "status", "status": 429, "retry_after": 200}, {}, "rate_limited"),
        # Only one request in 180 s is allowed, so that a change has to wait.
        ("list", {"kind": "call"}, {"rate_limit_share": 0.01}, None),
    ],
)
def test_signal_ends_a_wait(
    sim: Simulator, start: Start, on: str, fault: Json, options: Json, reason: str | None
) -> None:
    struck = sim.fault(on=on, **fault)
    task: Process = start_many(start, concurrency=1, retry_timeout=240, **options)
    # Without the signal, the wait would last for minutes.
    assert struck.wait(MAX_SECONDS)
    task.interrupt()
    result = task.result()
    check_result(sim, result, 0)
    assert result["orders"][0]["reason"] == reason
    assert "the task was interrupted" in result["msg"] and not sim.changes
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
        (signal.SIGTERM, "info", 1, {"kind": "stale", "on": "info", "after": 1}, None),
    ],
)
def test_signal_during_one_order_ends_the_task_with_a_true_result(
    sim: Simulator, start: Start, number: signal.Signals, on: str, after: int, fault: Json | None, reason: str | None
) -> None:
    if fault:
        sim.fault(**{"on": on, **fault})
    sim.fault("call", on=on, after=after, before=lambda record: task.interrupt(number))
    task: Process = start("digicert_order_status", ONE)
    result = task.result()
    assert (result["changed"], result.get("reason")) == (reason in (None, "unknown_outcome"), reason)
    assert result["changed"] or not sim.changes
    # No request was sent after the signal.
    assert sim.requests[-1]["kind"] == on and len(sim.requests) == {"status": 2, "info": 1 + 2 * after}[on]
    if reason is None:
        assert result["verified"] is (on == "info" and fault is None)
    if reason != "rejected_by_api" and result.get("verified") is not True:
        assert "the task was interrupted" in json.dumps(result)
    check_second_run(sim, 1)


def test_signal_ends_a_task_that_only_reads(sim: Simulator, start: Start) -> None:
    sim.fault("call", on="list", before=lambda record: task.interrupt())
    task: Process = start("digicert_order_info", {"filters": {"status": "pending"}})
    result = task.result()
    assert (result["changed"], result["reason"], len(sim.requests)) == (False, "unavailable", 1)
    assert "the task was interrupted" in result["msg"]


@pytest.mark.parametrize("on", ["list", "status"])
def test_module_stops_when_nobody_reads_its_output(sim: Simulator, start: Start, on: str) -> None:
    """Regression: after the end of Ansible or its connection, a module without a terminal still sent all remaining changes."""

    def lose(unused: t.Any) -> None:
        assert task.process.stdout is not None
        task.process.stdout.close()
        time.sleep(GRACE_SECONDS)

    sim.fault("call", on=on, before=lose)
    task: Process = start_many(start, concurrency=1)
    task.process.wait(MAX_SECONDS)
    assert len(puts(sim)) == (on == "status")
    assert sim.requests[-1]["kind"] == on
    check_second_run(sim, 12)


@pytest.mark.parametrize("streams", [">/dev/null", ">/dev/full", ">{}/result.json", "2>/dev/full", "2>&-", "0<&- 2>&-"])
def test_module_needs_no_reader_of_a_file_and_no_other_stream(
    sim: Simulator, start: Start, tmp_path: Path, streams: str
) -> None:
    output = start_many(start, f"exec {streams.format(tmp_path)};").process.communicate(timeout=MAX_SECONDS)[0]
    assert len(puts(sim)) == 12 and bool(output) is not streams.startswith(">")
    assert not output or json.loads(output)["summary"]["changed"] == 12


@pytest.mark.parametrize("limit", [3, 4, 5, 6, 8, 14, 16, 18])
def test_result_is_true_under_a_limit_of_file_descriptors(sim: Simulator, start: Start, limit: int) -> None:
    """The result of a process that may have only a few files and connections open is true, or it has no result."""
    task = start_many(start, f"ulimit -n {limit};", retry_timeout=0)
    output = task.process.communicate(timeout=MAX_SECONDS)[0]
    # With a limit of 3, Python does not start.
    result: dict[str, t.Any] = json.loads(output) if output else {"changed": False}
    entries = result.get("orders", [])
    assert sorted(entry["order_id"] for entry in entries if entry["changed"]) == sorted(
        change.order_id for change in sim.changes
    )
    assert result["changed"] is bool(sim.changes)
    check_second_run(sim, 12)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_further_signals_change_nothing(sim: Simulator, start: Start, number: signal.Signals) -> None:

    def interrupt(unused: t.Any) -> None:
        task.interrupt()
        task.interrupt(number)

    sim.fault("call", on="status", before=interrupt)
    task: Process = start("digicert_order_status", ONE)
    assert task.result()["changed"] is True
    check_second_run(sim, 1)


def test_run_after_sigkill_does_the_rest(sim: Simulator, start: Start) -> None:
    hang = sim.fault("hang", on="status")
    task: Process = start("digicert_order_status", {**ONE, "timeout": 3 * MAX_SECONDS})
    assert hang.wait(MAX_SECONDS)
    task.process.kill()
    assert task.process.communicate(timeout=MAX_SECONDS) == ("", "")
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
    sim.fault("call", on=on, before=lambda record: task.interrupt())
    task: Process = start_many(start, **options)
    result = task.result()
    assert (result["reason"], result["changed"], sim.changes) == (reason, False, [])


def test_ignored_signal_stays_ignored(sim: Simulator, start: Start) -> None:
    sim.fault("call", on="status", before=lambda record: task.process.send_signal(signal.SIGHUP))
    task: Process = start("digicert_order_status", ONE, signal.SIGHUP)
    assert task.result()["verified"] is True
