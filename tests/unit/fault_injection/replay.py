# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a schedule and checks every run of it. As a program it shows what happens."""

from __future__ import annotations

import json
import sys
import typing as t

import pytest

from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder, Recorder
from ansible_collections.certops.certcentral.tests.unit.fault_injection.invariants import (
    check,
    check_again,
    check_clean,
    check_promise,
    holds_nothing,
)
from ansible_collections.certops.certcentral.tests.unit.fault_injection.reading_invariants import check_reading
from ansible_collections.certops.certcentral.tests.unit.fault_injection.runs import Run, run
from ansible_collections.certops.certcentral.tests.unit.fault_injection.schedules import (
    FIRST,
    INFO,
    KEY,
    MANY,
    Json,
    seed,
)
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import START


def run_schedule(recorder: Recorder, schedule: Json, watch: t.Callable[[Run], None] = lambda run: None) -> None:
    """Run a schedule and check every run.

    :param watch: called with each run before it is checked
    """

    def go(module: str, options: Json, **how: t.Any) -> Run:
        done = run(recorder, module, options, **how)
        watch(done)
        check(done)
        if module == INFO and not holds_nothing(options):
            check_reading(done)
        return done

    seeds = [seed(order, FIRST + number) for number, order in enumerate(schedule["orders"])]
    recorder.reset(schedule["turns"], orders=seeds, quirks=schedule["quirks"], keys={KEY: "full"})
    recorder.latency = schedule["latency"]
    for task in schedule["tasks"]:
        module, options = task["module"], task["options"]
        if task.get("clean"):
            promised = go(module, options, check_mode=True)
            done = go(module, options)
            if not holds_nothing(options):
                check_clean(promised)
                check_clean(done)
                check_promise(promised, done)
        else:
            go(module, options, check_mode=task["check_mode"], task=task)
    if module == INFO or holds_nothing(options):
        return
    # Whatever happened, the same again converges where nothing disturbs it.
    options = {**options, **({"keep_going": True, "max_changes": None} if module == MANY else {})}
    repaired = go(module, options)
    again = go(module, options)
    check_clean(repaired)
    check_clean(again)
    check_again(repaired, again)


def replay_command(schedule: Json) -> str:
    """The command that runs a schedule again."""
    return f"make replay SCHEDULE='{json.dumps(schedule)}'"


def main() -> None:
    """Run the schedule on the command line, and show each run's requests and result."""
    recorder = FakeRecorder()
    with pytest.MonkeyPatch.context() as monkeypatch:
        recorder.patch(monkeypatch)
        run_schedule(recorder, json.loads(sys.argv[1]), show)
    print("Nothing is wrong.")


def show(run: Run) -> None:
    """Print what happened."""
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
