# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress of a run: people see it, and the run goes on even if it can no longer be shown."""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
import threading
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import FIRST, NOTE, puts, seed
from ansible_collections.certops.certcentral.tests.unit.playbook_runs import MAX_SECONDS, PlaybookRun, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of a module in /proc")

ORDERS = [FIRST, FIRST + 1]
LINE = "digicert_order_statuses: 0 of 2 changes done"


@pytest.fixture
def make(sim: Simulator, tmp_path: Path) -> t.Iterator[t.Callable[..., PlaybookRun]]:
    """Return a function that prepares a run that cancels two orders. After the test, all of its processes are ended."""
    seed(sim, len(ORDERS))
    runs: list[PlaybookRun] = []

    def made(**keywords: t.Any) -> PlaybookRun:
        options = {"order_ids": ORDERS, **NOTE, "concurrency": 1}
        runs.append(PlaybookRun(sim, tmp_path, "digicert_order_statuses", options, keywords))
        return runs[-1]

    yield made
    for run in runs:
        run.end()


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


@contextlib.contextmanager
def full_disk() -> t.Iterator[tuple[int, t.Callable[[], None]]]:
    writer = os.open("/dev/full", os.O_WRONLY)
    yield writer, lambda: None
    os.close(writer)


@contextlib.contextmanager
def pipe_without_reader() -> t.Iterator[tuple[int, t.Callable[[], None]]]:
    reader, writer = os.pipe()
    yield writer, lambda: os.close(reader)
    os.close(writer)


@contextlib.contextmanager
def pipe_that_nobody_empties() -> t.Iterator[tuple[int, t.Callable[[], None]]]:
    reader, writer = os.pipe()

    def fill() -> None:
        while select.select([], [writer], [], 0)[1]:
            os.write(writer, b"x" * select.PIPE_BUF)

    yield writer, fill
    os.close(reader)
    os.close(writer)


@contextlib.contextmanager
def closed_terminal() -> t.Iterator[tuple[int, t.Callable[[], None]]]:
    master, terminal = os.openpty()
    yield terminal, lambda: os.close(master)
    os.close(terminal)


@pytest.mark.parametrize("stream", [full_disk, pipe_without_reader, pipe_that_nobody_empties, closed_terminal])
def test_run_ends_whatever_becomes_of_stderr(
    sim: Simulator, make: t.Callable[..., PlaybookRun], tmp_path: Path, stream: t.Callable[..., t.Any]
) -> None:
    """Regression: the progress was shown by Ansible's main process, which hung if that failed."""
    run = make()
    with stream() as (writer, lose):

        def hold() -> None:
            lose()
            wait_until(lambda: has_progress(tmp_path), "no progress")
            # The action plugin tries to show it within a quarter of a second.
            time.sleep(1)

        hold_first_change(sim, hold)
        run.start(stderr=writer)
        assert run.wait() == 0
    assert puts(sim) == ORDERS


def test_progress_is_shown_in_a_terminal(sim: Simulator, make: t.Callable[..., PlaybookRun]) -> None:
    run = make()
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


def test_progress_does_not_mix_with_the_output_of_callbacks(
    sim: Simulator, make: t.Callable[..., PlaybookRun], tmp_path: Path
) -> None:
    run = make()
    (tmp_path / "callback_plugins").mkdir()
    (tmp_path / "callback_plugins" / "plain.py").write_text(JSON_CALLBACK)
    run.environment["ANSIBLE_STDOUT_CALLBACK"] = "plain"
    reader, writer = os.pipe()
    hold_first_change(sim, lambda: read_until(reader, LINE))
    with (tmp_path / "stdout").open("w") as stdout:
        run.start(stdout=stdout, stderr=writer)
    os.close(writer)
    assert run.wait() == 0
    os.close(reader)
    assert json.loads((tmp_path / "stdout").read_text()) == {"changed": True}


JSON_CALLBACK = """
import json
from ansible.plugins.callback import CallbackBase
DOCUMENTATION = "name: plain\\ntype: stdout\\nshort_description: JSON\\ndescription: [JSON]\\n"
class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "stdout", "plain"
    def v2_runner_on_ok(self, result):
        self._display.display(json.dumps({"changed": result._result["changed"]}))
"""


@pytest.mark.parametrize("keywords", [{"no_log": True}, {"async": 60, "poll": 1}])
def test_no_progress_is_shown(
    sim: Simulator, make: t.Callable[..., PlaybookRun], keywords: dict[str, t.Any], tmp_path: Path
) -> None:
    """Regression: progress was shown in spite of ``no_log``. Nobody watches a background job, so it shows none either."""
    run = make(**keywords)
    hold_first_change(sim, lambda: time.sleep(6))
    run.start()
    assert run.wait() == 0
    assert puts(sim) == ORDERS
    assert "changes done" not in (tmp_path / "output").read_text()
