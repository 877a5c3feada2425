# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running a schedule and checking each of its runs. As a program, it shows what happens."""

from __future__ import annotations

import json
import sys
import typing as t

import pytest

from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder, Recorder
from ansible_collections.certops.certcentral.tests.unit.fault_injection.clean_up_invariants import (
    check_clean_up,
    check_found_again,
    check_same,
)
from ansible_collections.certops.certcentral.tests.unit.fault_injection.invariants import (
    check,
    check_again,
    check_clean,
    check_promise,
    has_empty_option,
)
from ansible_collections.certops.certcentral.tests.unit.fault_injection.reading_invariants import check_reading
from ansible_collections.certops.certcentral.tests.unit.fault_injection.runs import Run, run
from ansible_collections.certops.certcentral.tests.unit.fault_injection.schedules import (
    FIRST,
    INFO,
    KEY,
    MANY,
    MIGRATED,
    NOTE,
    SINGLE,
    STALE,
    Json,
    seed,
)
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import START


class Player:
    """Runs the tasks of a schedule one after the other, and checks every run.

    :param watch: called with each run before it is checked
    """

    def __init__(self, recorder: Recorder, watch: t.Callable[[Run], None]) -> None:
        self._recorder = recorder
        self._watch = watch

    def run(self, module: str, options: Json, **how: t.Any) -> Run:
        """Run a module once, and check the run."""
        done = run(self._recorder, module, options, **how)
        self._watch(done)
        check(done)
        if module in CHECKS and not has_empty_option(options):
            CHECKS[module](done)
        return done

    def run_task(self, module: str, options: Json, task: Json) -> Run:
        """Run a task with its faults, or without any in check mode and for real."""
        if not task.get("clean"):
            return self.run(module, options, check_mode=task["check_mode"], task=task)
        promised = self.run(module, options, check_mode=True)
        done = self.run(module, options)
        if module in (SINGLE, MANY) and not has_empty_option(options):
            check_clean(promised)
            check_clean(done)
            check_promise(promised, done)
        elif module in (MIGRATED, STALE):
            check_same(promised, done)
        return done

    def run_again(self, options: Json) -> None:
        """Check that the same task, run again undisturbed, converges whatever happened before."""
        repaired = self.run(MANY if "keep_going" in options else SINGLE, options)
        check_clean(repaired)
        if repaired.changes:
            again = self.run(repaired.module, options)
            check_clean(again)
            check_again(repaired, again)

    def run_clean_up(self, module: str, options: Json, task: Json) -> None:
        """Run a clean-up: one module finds the orders, another one changes them."""
        found = self.run_task(module, options, task)
        if not found.result.get("changes"):
            return
        changing = {**task["then"]["options"], "check_rules": True, "orders": found.result["changes"]}
        if module == STALE:
            changing["note"] = NOTE
        self.run_task(MANY, changing, task["then"])
        self.run_again({**changing, "keep_going": True, "max_changes": None})
        check_found_again(found, self.run(module, options))


CHECKS = {INFO: check_reading, MIGRATED: check_clean_up, STALE: check_clean_up}


def run_schedule(recorder: Recorder, schedule: Json, watch: t.Callable[[Run], None] = lambda run: None) -> None:
    """Run a schedule and check every run.

    :param watch: called with each run before it is checked
    """
    seeds = schedule.get("seeds")
    if seeds is None:
        seeds = [seed(order, FIRST + number) for number, order in enumerate(schedule["orders"])]
    recorder.reset(schedule["turns"], orders=seeds, quirks=schedule["quirks"], keys={KEY: "full"})
    recorder.latency = schedule["latency"]
    player = Player(recorder, watch)
    for task in schedule["tasks"]:
        module, options = task["module"], task["options"]
        if "then" in task:
            player.run_clean_up(module, options, task)
        else:
            player.run_task(module, options, task)
    if module in (SINGLE, MANY) and not has_empty_option(options):
        player.run_again({**options, **({"keep_going": True, "max_changes": None} if module == MANY else {})})


def replay_command(schedule: Json) -> str:
    """Return the command that runs a schedule again."""
    return f"make replay SCHEDULE='{json.dumps(schedule)}'"


def main() -> None:
    """Run the schedule on the command line, and show each run's requests and result."""
    recorder = FakeRecorder()
    with pytest.MonkeyPatch.context() as monkeypatch:
        recorder.patch(monkeypatch)
        run_schedule(recorder, json.loads(sys.argv[1]), show)
    print("Nothing is wrong.")


def show(run: Run) -> None:
    """Print the requests and the result of a run."""
    print(f"\n{run.module} {'in check mode ' if run.check_mode else ''}{json.dumps(run.options)}")
    for exchange in run.exchanges:
        record = dict(exchange.record or {})
        seconds = f"{exchange.began - START:8.2f} to {exchange.ended - START:8.2f} s"
        fault = f"  fault {record['fault']}" if record.get("fault") else ""
        effect = "  changes it" if record.get("effective") else ""
        print(f"  {seconds}  {exchange.method} {exchange.path} -> {exchange.status}{fault}{effect}")
    for order_id, number in run.touched:
        print(f"  somebody else changes order {order_id} with request {number}")
    shown = {name: value for name, value in run.result.items() if name not in ("invocation", "order")}
    print(json.dumps(shown, indent=2))


if __name__ == "__main__":
    main()
