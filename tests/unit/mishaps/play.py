# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays a schedule and checks every run of it. As a program it shows what happens."""

from __future__ import annotations

import json
import sys
import typing as t

import pytest

from ansible_collections.certops.certcentral.tests.unit.mishaps.promises import (
    check,
    check_again,
    check_calm,
    check_promise,
)
from ansible_collections.certops.certcentral.tests.unit.mishaps.runs import Run, run
from ansible_collections.certops.certcentral.tests.unit.mishaps.schedules import FIRST, INFO, KEY, MANY, Json, seed
from ansible_collections.certops.certcentral.tests.unit.wire import MemoryWire, Wire


def play(wire: Wire, schedule: Json, watch: t.Callable[[Run], None] = lambda run: None) -> None:
    """Play a schedule and check every run.

    :param watch: called with each run before it is checked
    """

    def go(module: str, options: Json, **how: t.Any) -> Run:
        done = run(wire, module, options, **how)
        watch(done)
        check(done)
        return done

    seeds = [seed(order, FIRST + number) for number, order in enumerate(schedule["orders"])]
    wire.reset(orders=seeds, quirks=schedule["quirks"], keys={KEY: "full"})
    for task in schedule["tasks"]:
        module, options = task["module"], task["options"]
        if task.get("calm"):
            promised = go(module, options, check_mode=True)
            done = go(module, options)
            check_calm(promised)
            check_calm(done)
            check_promise(promised, done)
        else:
            go(module, options, check_mode=task["check_mode"], storm=task)
    if module == INFO:
        return
    # Whatever happened, the same again converges where nothing disturbs it.
    options = {**options, **({"keep_going": True, "max_changes": None} if module == MANY else {})}
    repaired = go(module, options)
    again = go(module, options)
    check_calm(repaired)
    check_calm(again)
    check_again(repaired, again)


def replay_command(schedule: Json) -> str:
    """The command that plays a schedule again."""
    return f"make replay SCHEDULE='{json.dumps(schedule)}'"


def main() -> None:
    """Play the schedule on the command line, and show each run's requests and result."""
    wire = MemoryWire()
    with pytest.MonkeyPatch.context() as monkeypatch:
        wire.patch(monkeypatch)
        play(wire, json.loads(sys.argv[1]), show)
    print("Nothing is wrong.")


def show(run: Run) -> None:
    """Print what happened."""
    print(f"\n{run.module} {'in check mode ' if run.check_mode else ''}{json.dumps(run.options)}")
    for exchange in run.exchanges:
        record = dict(exchange.record or {})
        seconds = f"{exchange.began - 1000:8.2f} to {exchange.ended - 1000:8.2f} s"
        fault = f"  fault {record['fault']}" if record.get("fault") else ""
        effect = "  changes it" if record.get("effective") else ""
        print(f"  {seconds}  {exchange.method} {exchange.path} -> {exchange.status}{fault}{effect}")
    for order_id, number in run.touched:
        print(f"  somebody else changes order {order_id} with request {number}")
    shown = {name: value for name, value in run.result.items() if name not in ("invocation", "order")}
    print(json.dumps(shown, indent=2))


if __name__ == "__main__":
    main()
