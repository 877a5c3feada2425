"""Runs of a schedule, with a check of each. As a program, this file shows what happens."""

from __future__ import annotations

import json
import sys
import typing as t

import pytest

from ..fake_transport import FakeRecorder
from .clean_up_invariants import check_approved, check_carries_out, check_clean_up, check_found_again, check_same
from .invariants import check, check_again, check_clean, check_promise
from .reading_invariants import check_reading
from .runs import CLEAN, DECIDED, PROMISE, Run, run
from .schedules import FIRST, INFO, KEY, MANY, MIGRATED, SINGLE, STALE, Json, seed
from .virtual_time import START


class Player:
    """A replay that runs the tasks of a schedule one after the other, and checks every run after it was passed to ``watch``."""

    def __init__(self, recorder: FakeRecorder, watch: t.Callable[[Run], None]) -> None:
        self._recorder = recorder
        self._watch = watch

    def run(self, module: str, options: Json, task: Json | None = None) -> Run:
        """Run a module once, and check the run."""
        done = run(self._recorder, module, options, task or CLEAN)
        self._watch(done)
        check(done)
        if done.module in CHECKS:
            CHECKS[done.module](done)
        return done

    def run_twice(self, module: str, options: Json) -> tuple[Run, Run]:
        """Run a module without faults in check mode, and then for real."""
        return self.run(module, options, PROMISE), self.run(module, options)

    def run_task(self, module: str, options: Json, task: Json) -> None:
        """Run a task with its faults, or without faults in check mode and then in a real run."""
        if not task.get("clean"):
            self.run(module, options, task)
            return
        promised, done = self.run_twice(module, options)
        if module in (SINGLE, MANY):
            check_clean(promised)
            check_clean(done)
            check_promise(promised, done)

    def run_again(self, module: str, options: Json) -> None:
        """Check that the same task converges if it runs again without faults."""
        options = {**options, **(GO_ON if module == MANY else {})}
        repaired = self.run(module, options)
        check_clean(repaired)
        if repaired.changes:
            again = self.run(module, options)
            check_clean(again)
            check_again(repaired, again)

    def run_clean_up(self, module: str, options: Json, task: Json) -> None:
        """Run a clean-up in one of its ways, and then again until nothing is left to do."""
        if task["clean_up"] == "approved":
            self.run_approved(module, options, task)
        elif task["clean_up"] == "in stages":
            self.run_stages(module, options, task)
        elif task["clean"]:
            check_same(*self.run_twice(module, options))
        else:
            self.run(module, options, task)
        if not self.run(module, {**options, **GO_ON}).result.get("failed"):
            check_found_again(self.run(module, options))

    def run_stages(self, module: str, options: Json, task: Json) -> None:
        """Plan, and carry out the plan as the action plugin does it."""
        planned = self.run(module, {**options, "_controller": {"stage": "plan"}}, CLEAN if task["clean"] else task)
        changes = planned.result.get("controller", {}).get("changes")
        if not changes:
            return
        then = CLEAN if task["clean"] else {**task["then"], "check_mode": False}
        done = self.run(module, {**options, "_controller": {"stage": "change", "changes": changes}}, then)
        check_carries_out(planned, done)
        if task["clean"] and not planned.touched:
            check_clean(done)

    def run_approved(self, module: str, options: Json, task: Json) -> None:
        """Plan in check mode, have the plan reviewed, and run it while others change the account."""
        plan = self.run(module, options, PROMISE)
        if plan.result.get("failed"):
            return
        then = {**task["then"], **({"faults": []} if task["clean"] else {})}
        approved = review(plan, then)
        handed = {"approved": {"account": plan.options["api_url"], "orders": approved}}
        check_approved(plan, self.run(module, {**options, "_controller": handed}, then), approved)


CHECKS = {INFO: check_reading, MIGRATED: check_clean_up, STALE: check_clean_up}
GO_ON: Json = {"keep_going": True, "max_changes": None}


def review(plan: Run, then: Json) -> Json:
    """Return the approved plan, as the action plugin passes it on, after a reviewer has deleted, added and altered orders."""
    act = DECIDED[plan.module]
    approved: Json = {}
    for row in plan.result["orders"]:
        renewal = row["candidates"][0]["order_id"] if row["decision"] == "mark" else 0
        altered = renewal + 1 if renewal and row["order_id"] in then["altered"] else renewal
        if row["order_id"] not in then["deleted"]:
            approved[str(row["order_id"])] = [row["decision"], altered, row["reason"]]
    for order_id in then["added"]:
        approved.setdefault(str(order_id), [act, FIRST if act == "mark" else 0, "added"])
    return approved


def run_schedule(recorder: FakeRecorder, schedule: Json, watch: t.Callable[[Run], None] = lambda run: None) -> None:
    """Run a schedule, and check every run after it was passed to ``watch``."""
    seeds = schedule.get("seeds") or [seed(order, number) for number, order in enumerate(schedule["orders"], FIRST)]
    recorder.reset(schedule["turns"], orders=seeds, quirks=schedule["quirks"], keys={KEY: "full"})
    recorder.latency = schedule["latency"]
    player = Player(recorder, watch)
    for task in schedule["tasks"]:
        module, options = task["module"], task["options"]
        play = player.run_clean_up if "clean_up" in task else player.run_task
        play(module, options, task)
    if module in (SINGLE, MANY):
        player.run_again(module, options)


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
        effect = [f"fault {record['fault']}"] * bool(record.get("fault")) + ["changes it"] * bool(
            record.get("effective")
        )
        seconds = f"{exchange.began - START:8.2f} to {exchange.ended - START:8.2f} s"
        print(f"  {seconds}  {exchange.method} {exchange.path} -> {exchange.status}", *effect, sep="  ")
    for order_id, number in run.touched:
        print(f"  somebody else changes order {order_id} with request {number}")
    print(json.dumps({**run.result, "invocation": None, "order": None}, indent=2))


if __name__ == "__main__":
    main()
