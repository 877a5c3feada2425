"""The progress of a run: people see it, and the run goes on even if it can no longer be shown."""

from __future__ import annotations

import json
import os
import select
import threading
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import FIRST, NOTE, puts, seed
from ansible_collections.certops.certcentral.tests.unit.playbook_runs import (
    MAX_SECONDS,
    PlaybookRun,
    make_task,
    wait_until,
)

ORDERS = [FIRST, FIRST + 1]
LINE = "digicert_order_statuses: 0 of 2 changes done"
Prepare = t.Callable[..., PlaybookRun]


@pytest.fixture
def prepare(sim: Simulator, make: t.Callable[..., PlaybookRun]) -> Prepare:
    """Return a function that prepares a run that cancels two orders."""
    seed(sim, len(ORDERS))
    options = {"order_ids": ORDERS, **NOTE, "concurrency": 1}
    return lambda **keywords: make(make_task(sim, "digicert_order_statuses", options, **keywords))


def hold_first_change(sim: Simulator, hold: t.Callable[[], t.Any]) -> None:
    sim.fault("call", on="status", before=lambda unused: hold())


def read_until(reader: int, text: str) -> str:
    """Return the output until it contains a text."""
    found = ""
    end = time.monotonic() + MAX_SECONDS
    while text not in found:
        assert select.select([reader], [], [], end - time.monotonic())[0], f"not shown: {text}, only {found}"
        found += os.read(reader, 4096).decode()
    return found


def has_progress(folder: Path) -> bool:
    return any(path.stat().st_size for path in folder.glob("local/*/certcentral-progress-*"))


# Each of these functions returns the file that the run writes to, and a function that makes it unusable.
Stream = tuple[int, t.Callable[[], t.Any]]


def pipe_that_nobody_empties() -> Stream:
    unused, writer = os.pipe()

    def fill() -> None:
        while select.select([], [writer], [], 0)[1]:
            os.write(writer, b"x" * select.PIPE_BUF)

    return writer, fill


def closed_terminal() -> Stream:
    master, terminal = os.openpty()
    return terminal, lambda: os.close(master)


@pytest.mark.parametrize("stream", [pipe_that_nobody_empties, closed_terminal])
def test_run_ends_whatever_becomes_of_stderr(
    sim: Simulator, prepare: Prepare, tmp_path: Path, stream: t.Callable[[], Stream]
) -> None:
    """Regression: the progress was shown by Ansible's main process, which hung if that failed. test_watch.py has other streams."""
    run = prepare()
    writer, lose = stream()

    def hold() -> None:
        lose()
        wait_until(lambda: has_progress(tmp_path), "no progress")
        # The action plugin tries to show it within a quarter of a second.
        time.sleep(1)

    hold_first_change(sim, hold)
    run.start(stderr=writer)
    assert run.wait() == 0 and puts(sim) == ORDERS
    os.close(writer)


def test_progress_is_shown_in_a_terminal(sim: Simulator, prepare: Prepare) -> None:
    run = prepare()
    master, terminal = os.openpty()
    seen = threading.Event()
    hold_first_change(sim, lambda: seen.wait(MAX_SECONDS))
    run.start(stdout=terminal, stderr=terminal)
    os.close(terminal)
    shown = read_until(master, LINE)
    seen.set()
    shown += read_until(master, "changed=1")
    # Ansible still writes the end of its output to the terminal.
    assert run.wait() == 0
    os.close(master)
    assert shown.count(LINE) == 1
    assert sim.key not in shown


def test_progress_does_not_mix_with_the_output_of_callbacks(sim: Simulator, prepare: Prepare, tmp_path: Path) -> None:
    run = prepare()
    run.environment["ANSIBLE_STDOUT_CALLBACK"] = "minimal"
    reader, writer = os.pipe()
    hold_first_change(sim, lambda: read_until(reader, LINE))
    with (tmp_path / "stdout").open("w") as stdout:
        run.start(stdout=stdout, stderr=writer)
    os.close(writer)
    assert run.wait() == 0
    os.close(reader)
    start, unused, result = (tmp_path / "stdout").read_text().partition(" => ")
    assert start == "localhost | CHANGED" and json.loads(result)["changed"]
