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
from .runs import DECIDED, Run, run
from .schedules import FIRST, INFO, KEY, MANY, MIGRATED, SINGLE, STALE, Json, seed
from .virtual_time import START


class Player:
    """A replay that runs the tasks of a schedule one after the other, and checks every run.

    :param watch: called with each run before it is checked
    """

    def __init__(self, recorder: FakeRecorder, watch: t.Callable[[Run], None]) -> None:
        self._recorder = recorder
        self._watch = watch

    def run(self, module: str, options: Json, **how: t.Any) -> Run:
        """Run a module once, and check the run."""
        done = run(self._recorder, module, options, **how)
        self._watch(done)
        check(done)
        if done.module in CHECKS:
            CHECKS[done.module](done)
        return done

    def run_task(self, module: str, options: Json, task: Json) -> Run:
        """Run a task with its faults, or without faults in check mode and then in a real run."""
        if not task.get("clean"):
            return self.run(module, options, check_mode=task["check_mode"], task=task)
        promised = self.run(module, options, check_mode=True)
        done = self.run(module, options)
        if module in (SINGLE, MANY):
            check_clean(promised)
            check_clean(done)
            check_promise(promised, done)
        return done

    def run_again(self, options: Json) -> None:
        """Check that the same task converges if it runs again without faults."""
        repaired = self.run(MANY if "keep_going" in options else SINGLE, options)
        check_clean(repaired)
        if repaired.changes:
            again = self.run(repaired.module, options)
            check_clean(again)
            check_again(repaired, again)

    def run_clean_up(self, module: str, options: Json, task: Json) -> None:
        """Run a clean-up in one of its ways, and then again until nothing is left to do."""
        how, then = task["clean_up"], task["then"]
        if how == "at once":
            self.run_at_once(module, options, task)
        elif how == "in stages":
            planned = self.run(module, options | STAGE_PLAN, task=None if task["clean"] else task)
            self.change(module, options, planned, None if task["clean"] else then)
        else:
            self.run_approved(module, options, task)
        self.run_rest(module, options)

    def run_at_once(self, module: str, options: Json, task: Json) -> None:
        """Plan and change in one process. Without faults, check mode announces the same changes."""
        if not task["clean"]:
            self.run(module, options, check_mode=task["check_mode"], task=task)
            return
        promised = self.run(module, options, check_mode=True)
        done = self.run(module, options)
        check_same(promised, done)

    def change(self, module: str, options: Json, planned: Run, then: Json | None) -> None:
        """Carry out the plan, as the action plugin does it."""
        changes = planned.result.get("controller", {}).get("changes")
        if not changes:
            return
        stage = {"_controller": {"stage": "change", "changes": changes}}
        done = self.run(module, options | stage, task=then and {**then, "check_mode": False})
        check_carries_out(planned, done)
        if then is None and not planned.touched:
            check_clean(done)

    def run_approved(self, module: str, options: Json, task: Json) -> None:
        """Plan in check mode, have the plan reviewed, and run it while others change the account."""
        plan = self.run(module, options, check_mode=True)
        if plan.result.get("failed"):
            return
        approved = review(plan, task["then"])
        handed = {"approved": {"account": plan.options["api_url"], "orders": approved}}
        then = {**task["then"], "faults": task["then"]["faults"] if not task["clean"] else []}
        done = self.run(module, options | {"_controller": handed}, check_mode=then["check_mode"], task=then)
        check_approved(plan, done, approved)

    def run_rest(self, module: str, options: Json) -> None:
        """Check that the same clean-up does the rest, and that nothing is left to do then."""
        rest = self.run(module, {**options, "keep_going": True, "max_changes": None})
        if not rest.result.get("failed"):
            check_found_again(self.run(module, options))


STAGE_PLAN: Json = {"_controller": {"stage": "plan"}}


def review(plan: Run, then: Json) -> Json:
    """Return the approved plan, as the action plugin passes it on, after a reviewer has deleted, added and altered orders."""
    rows = {row["order_id"]: row for row in plan.result["orders"] if row["order_id"] not in then["deleted"]}
    act = DECIDED[plan.module]
    approved: Json = {}
    for order_id, row in rows.items():
        renewal = row["candidates"][0]["order_id"] if row["decision"] == "mark" else 0
        altered = renewal + 1 if renewal and order_id in then["altered"] else renewal
        approved[str(order_id)] = [row["decision"], altered, row["reason"]]
    for order_id in then["added"]:
        approved.setdefault(str(order_id), [act, FIRST if act == "mark" else 0, "added"])
    return approved


CHECKS = {INFO: check_reading, MIGRATED: check_clean_up, STALE: check_clean_up}


def run_schedule(recorder: FakeRecorder, schedule: Json, watch: t.Callable[[Run], None] = lambda run: None) -> None:
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
        if "clean_up" in task:
            player.run_clean_up(module, options, task)
        else:
            player.run_task(module, options, task)
    if module in (SINGLE, MANY):
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
