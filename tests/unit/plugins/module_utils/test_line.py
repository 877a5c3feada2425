# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The line of the tasks on one host. Each client here stands for a task, for each has its own lock."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._client import Client, Patience
from ansible_collections.certops.certcentral.plugins.module_utils._converge import STALE_AFTER, converge
from ansible_collections.certops.certcentral.plugins.module_utils._errors import (
    RATE_LIMITED,
    Interrupted,
    RequestFailed,
)
from ansible_collections.certops.certcentral.plugins.module_utils._line import Line
from ansible_collections.certops.certcentral.plugins.module_utils._rules import Wish
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import Clock

PATH = "/order/certificate/123"


TURNED_DOWN = RequestFailed(RATE_LIMITED, "x")


def is_free(line: Line) -> bool:
    return line._is_free()


@pytest.fixture
def tasks(sim: Simulator, clock: Clock, tmp_path: Path) -> t.Iterator[list[Client]]:
    sim.seed([{"id": 123, "status": "issued"}])
    clients = [Client(sim.url, sim.key, retry_timeout=60, folder=str(tmp_path)) for unused in range(3)]
    assert os.listdir(tmp_path) == []
    yield clients
    assert all(is_free(client.line) for client in clients)


def test_nobody_waits_where_nobody_was_turned_down(tasks: list[Client], clock: Clock, tmp_path: Path) -> None:
    for task in tasks:
        task.get(PATH)
    assert clock.slept == [] and os.listdir(tmp_path) == []


@pytest.mark.parametrize(("url", "key"), [("/v2", "another"), ("/v3", None)])
def test_another_key_or_api_has_a_line_of_its_own(
    tasks: list[Client], sim: Simulator, tmp_path: Path, url: str, key: str | None
) -> None:
    tasks[0].line.enter(0)
    other = Client(sim.url.replace("/v2", url), key or sim.key, folder=str(tmp_path))
    assert is_free(other.line) and not is_free(tasks[1].line)
    # Not even a part of the key is written.
    assert [(len(name), os.path.getsize(tmp_path / name)) for name in os.listdir(tmp_path)] == [(33, 0)]
    tasks[0].line.leave()


def test_one_asks_again_and_the_others_wait_for_it(tasks: list[Client], clock: Clock, sim: Simulator) -> None:
    first, second, third = tasks
    asking = Patience(first)
    assert asking.wait(TURNED_DOWN)
    slept = len(clock.slept)
    sleep = clock.sleep

    def answered(seconds: float) -> None:
        # So many looks later the API answers it.
        if len(clock.slept) == slept + 5:
            first.get(PATH, patience=asking)
        sleep(seconds)

    clock.sleep = answered  # type: ignore[method-assign]
    second.get(PATH)
    assert len(clock.slept) == slept + 6 and len(sim.requests) == 2
    assert second.waited == pytest.approx(sum(clock.slept[slept:]), abs=0.5) and "another task" in second.waited_for
    # Now there is room, so nobody waits any more.
    third.get(PATH)
    assert len(clock.slept) == slept + 6


def test_whoever_stood_in_line_asks_at_once(tasks: list[Client], clock: Clock, sim: Simulator) -> None:
    first, second, unused = tasks
    first.line.enter(0)
    sim.fault("status", status=429)
    sleep = clock.sleep

    def answered(seconds: float) -> None:
        sleep(seconds)
        if len(clock.slept) == 7:
            first.line.leave()

    asking = Patience(second)
    clock.sleep = answered  # type: ignore[method-assign]
    assert asking.wait(TURNED_DOWN)
    assert len(clock.slept) == 8 and clock.slept[-1] == 0 and second.waited == pytest.approx(sum(clock.slept), abs=0.5)
    # It asks, is turned down in its turn, and lets the window roll on with the line behind it.
    second.get(PATH, patience=asking)
    assert clock.slept[8] >= 5 and len(sim.requests) == 2


def stop() -> None:
    raise RuntimeError


@pytest.mark.parametrize("end", [{"status": 503}, {"status": 404}, {"kind": "reset_before"}, {"check": stop}])
def test_any_other_end_lets_the_next_one_ask(tasks: list[Client], sim: Simulator, end: dict[str, t.Any]) -> None:
    asking = Patience(tasks[0])
    sim.fault("status", status=429)
    with pytest.raises(RequestFailed) as caught:
        tasks[0].put(PATH + "/status", {}, asking)
    assert asking.wait(caught.value) and not is_free(tasks[1].line)
    fault = {"kind": "status", **end}
    check = fault.pop("check", lambda: None)
    sim.fault(**fault)
    with pytest.raises((RequestFailed, RuntimeError)):
        tasks[0].put(PATH + "/status", {}, asking, check)
    assert is_free(tasks[1].line)
    sim.faults.clear()


def test_giving_up_lets_the_next_one_ask(tasks: list[Client], sim: Simulator) -> None:
    sim.fault("status", status=429, times=None)
    with pytest.raises(RequestFailed, match="429"):
        tasks[0].get(PATH)
    sim.faults.clear()
    assert tasks[1].get(PATH)["id"] == 123


def test_nobody_waits_longer_than_its_retry_timeout(tasks: list[Client], clock: Clock, sim: Simulator) -> None:
    tasks[0].line.enter(0)
    # A last look that does not wait is no wait in vain.
    tasks[1].line.wait(0)
    tasks[1].get(PATH)
    assert sum(clock.slept) == pytest.approx(60, abs=0.5)
    # What was in vain is not done again.
    tasks[1].get(PATH)
    assert sum(clock.slept) == pytest.approx(60, abs=0.5)
    sim.fault("status", status=429, times=None)
    with pytest.raises(RequestFailed) as caught:
        tasks[1].get(PATH)
    assert "60 s of retry_timeout" in caught.value.message and min(clock.slept) >= 0
    assert sum(clock.slept) == pytest.approx(120, abs=0.5)
    tasks[0].line.leave()


def test_waiting_in_line_counts_from_the_first_failure_on(tasks: list[Client], clock: Clock, sim: Simulator) -> None:
    sim.fault("call", before=lambda request: tasks[0].line.enter(0))
    sim.fault("status", status=503, times=None)
    with pytest.raises(RequestFailed) as caught:
        tasks[1].get(PATH)
    assert "60 s of retry_timeout" in caught.value.message and len(sim.requests) == 2
    assert sum(clock.slept) == pytest.approx(60, abs=0.5)
    tasks[0].line.leave()


def test_a_change_goes_on_a_fresh_reading(tasks: list[Client], clock: Clock, sim: Simulator) -> None:
    sim.seed([{"id": 124, "status": "pending"}])
    read_at: list[float] = []

    def hold(request: t.Any) -> None:
        # Another task enters the line right after each reading, and stays there for long.
        read_at.append(clock.now())
        tasks[0].line.enter(0)

    sim.fault("call", on="info", after=0, times=1, before=hold)
    sent = sim.fault("call", on="status", before=lambda request: read_at.append(clock.now()))
    converge(tasks[1], Wish(124, "canceled", "A note"), check_mode=False, verify=False)
    assert sent.wait(0) and read_at[1] - read_at[0] < STALE_AFTER
    tasks[0].line.leave()


@pytest.fixture
def slow(sim: Simulator, clock: Clock, tmp_path: Path) -> Client:
    """A task with a slow pace, whose next request has to wait for long."""
    sim.seed([{"id": 123, "status": "issued"}])
    client = Client(sim.url, sim.key, rate_limit_share=0.01, folder=str(tmp_path), retry_timeout=60)
    # One request in 5 s, and ten in 180 s.
    for unused in range(10):
        client.get(PATH)
    return client


def test_the_line_does_not_wait_for_the_pace_of_one(slow: Client, sim: Simulator, clock: Clock, tmp_path: Path) -> None:
    other = Client(sim.url, sim.key, folder=str(tmp_path)).line
    sleep = clock.sleep
    held = 0.0

    def look(seconds: float) -> None:
        nonlocal held
        held += 0 if is_free(other) else seconds
        sleep(seconds)

    clock.sleep = look  # type: ignore[method-assign]
    start = clock.now()
    # Answered so, it stands in line for the API's window each time.
    sim.fault("status", status=429, times=2)
    slow.get(PATH)
    assert clock.now() - start > 140 and 10 <= held < 11


def test_a_signal_ends_waiting_for_the_pace(
    slow: Client, sim: Simulator, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = Patience(slow)
    assert patience.wait(TURNED_DOWN)
    other = Client(sim.url, sim.key, folder=str(tmp_path)).line
    assert not is_free(other)
    monkeypatch.setattr(clock, "sleep", interrupt)
    with pytest.raises(Interrupted):
        slow.get(PATH, patience=patience)
    assert is_free(other)


def test_threads_that_are_turned_down_together_wait_once(tasks: list[Client], clock: Clock) -> None:
    # The first of them did this.
    tasks[0].pace.hold(30)
    asking = Patience(tasks[0])
    assert asking.wait(TURNED_DOWN) and sum(clock.slept) < 6
    asking.leave_line()


def interrupt(unused: float) -> None:
    raise Interrupted()


def test_a_signal_ends_standing_in_line(tasks: list[Client], clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(clock, "sleep", interrupt)
        assert not Patience(tasks[0]).wait(TURNED_DOWN)
    assert is_free(tasks[1].line)


def test_threads_of_one_task_do_not_wait_for_each_other(tasks: list[Client]) -> None:
    line = tasks[0].line
    assert line.enter(60) == line.enter(60) == line.wait(60) == 0
    line.leave()
    # One of them still asks.
    assert tasks[1].line.wait(7) == pytest.approx(7, abs=0.5)
    line.leave()


def test_a_task_that_dies_keeps_nobody(tmp_path: Path, clock: Clock) -> None:
    code = (
        f"import {Line.__module__} as line; line.Line({str(tmp_path)!r}, 'x', float, None).enter(0); print(1); input()"
    )
    line = Line(str(tmp_path), "x", clock.now, clock.sleep)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout and process.stdout.readline() == "1\n"
        assert line.wait(3) == pytest.approx(3, abs=0.5)
        process.kill()
    assert is_free(line)


@pytest.mark.parametrize("mode", [None, 0o777, 0o770])
def test_no_line_where_others_could_keep_it(tmp_path: Path, clock: Clock, mode: int | None) -> None:
    tmp_path.chmod(mode or 0o700)
    folder = str(tmp_path) if mode else str(tmp_path / "missing")
    lines = [Line(folder, "x", clock.now, clock.sleep) for unused in range(2)]
    lines[0].enter(60)
    assert lines[1].wait(60) == 0 and clock.slept == []


def test_no_line_where_the_file_cannot_be_made(tmp_path: Path, clock: Clock) -> None:
    Line(str(tmp_path), "x", clock.now, clock.sleep).enter(0)
    (made,) = tmp_path.iterdir()
    made.unlink()
    made.mkdir()
    lines = [Line(str(tmp_path), "x", clock.now, clock.sleep) for unused in range(2)]
    assert [line.enter(60) for line in lines] == [0, 0] and clock.slept == []
