"""All ways of stopping a run. In each case, no request begins after two seconds, and the next run does the rest."""

from __future__ import annotations

import itertools
import os
import signal
import tempfile
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import FIRST, NOTE, outcomes, puts, run_many, seed
from ansible_collections.certops.certcentral.tests.unit.playbook_runs import (
    LOCAL,
    PlaybookRun,
    make_task,
    ssh_server,
    wait_until,
)

ORDERS = list(range(FIRST, FIRST + 12))
# Seconds after a stop in which a request may still begin.
GRACE_SECONDS = 2.0
# The change that is in flight when the run is stopped, counted from 1.
DURING = 4

WAYS: dict[str, t.Callable[[PlaybookRun], t.Any]] = {
    "ctrl-c": lambda run: run.kill_group(signal.SIGINT),
    "ansible-runner": lambda run: run.kill_group(signal.SIGKILL),
    "kill": lambda run: run.process.kill(),
    "terminate": lambda run: run.process.terminate(),
    "interrupt": lambda run: run.process.send_signal(signal.SIGINT),
    "hang-up": lambda run: run.process.send_signal(signal.SIGHUP),
    # Ansible stops the task by itself.
    "timeout": lambda run: wait_until(lambda: run.process.poll() is not None, "the end of the task"),
}


@pytest.fixture(scope="module")
def far() -> t.Iterator[str]:
    """Run an ssh server, and return the line of an inventory for it."""
    # ssh needs a short path for its control socket.
    with tempfile.TemporaryDirectory() as folder, ssh_server(Path(folder)) as line:
        yield line


Prepare = t.Callable[..., PlaybookRun]


@pytest.fixture
def prepare(sim: Simulator, make: t.Callable[..., PlaybookRun]) -> Prepare:
    """Return a function that prepares a run that cancels twelve orders one by one."""
    seed(sim, len(ORDERS))
    options = {"order_ids": ORDERS, **NOTE, "concurrency": 1, "rate_limit_share": 0}

    def prepared(inventory: str = LOCAL, **keywords: t.Any) -> PlaybookRun:
        return make(make_task(sim, "digicert_order_statuses", options, **keywords), inventory=inventory)

    return prepared


def stop_during_a_change(sim: Simulator, run: PlaybookRun, stop: t.Callable[[], t.Any], **streams: t.Any) -> None:
    """Stop a run while a change is in flight. The change gets its response when no other request may begin any longer."""

    def hold(unused: t.Any) -> None:
        stop()
        time.sleep(GRACE_SECONDS)

    sim.fault("call", on="status", after=DURING - 1, before=hold)
    run.start(**streams)
    run.wait()
    # If the module was killed, the API still handles its request.
    wait_until(lambda: len(sim.changes) >= DURING, "the change in flight was not made")


def check_stopped(sim: Simulator) -> None:
    """Check that nothing was sent after the change in flight, and that a second run does the rest."""
    assert puts(sim) == ORDERS[:DURING]
    assert sim.requests[-1]["order_id"] == ORDERS[DURING - 1]
    sim.faults.clear()
    result = run_many(sim, {"order_ids": ORDERS, **NOTE})
    assert "failed" not in result and set(outcomes(result)) == {"changed", "unchanged"}
    assert sorted(change.order_id for change in sim.changes) == ORDERS


@pytest.mark.parametrize("way", WAYS)
def test_stop_of_a_run_stops_the_changes(sim: Simulator, prepare: Prepare, way: str) -> None:
    run = prepare(**({"timeout": 4} if way == "timeout" else {}))
    stop_during_a_change(sim, run, lambda: WAYS[way](run))
    check_stopped(sim)


def test_closed_terminal_stops_the_changes(sim: Simulator, prepare: Prepare) -> None:
    master, terminal = os.openpty()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), terminal)
    stop_during_a_change(sim, prepare(), lambda: [*map(os.close, (terminal, master))], has_terminal=True, **streams)
    check_stopped(sim)


@pytest.mark.parametrize(
    ("way", "pipelining"),
    [
        *itertools.product(["ctrl-c", "ansible-runner", "kill", "timeout"], [False, True]),
        # Without pipelining, the module has a terminal, which tells it in all cases. So these two are only run with pipelining.
        ("terminate", True),
        ("interrupt", True),
    ],
)
def test_stop_of_a_run_over_ssh_stops_the_changes(
    sim: Simulator, prepare: Prepare, far: str, way: str, pipelining: bool
) -> None:
    run = prepare(far, **({"timeout": 6} if way == "timeout" else {}))
    run.environment["ANSIBLE_PIPELINING"] = str(pipelining)
    stop_during_a_change(sim, run, lambda: WAYS[way](run))
    check_stopped(sim)


def test_end_of_a_playbook_does_not_stop_a_background_job(sim: Simulator, prepare: Prepare) -> None:
    run = prepare(**{"async": 60, "poll": 1})
    stop_during_a_change(sim, run, lambda: run.kill_group(signal.SIGKILL))
    assert puts(sim) == ORDERS
