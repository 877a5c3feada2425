# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clean-ups in real playbooks, with reports and approved plans."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import FIRST, changed_by, puts, seed
from ansible_collections.certops.certcentral.tests.unit.playbook_runs import MAX_SECONDS, PlaybookRun, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of a module in /proc")

ORDERS = [FIRST, FIRST + 1, FIRST + 2]
OPTIONS = {"older_than": 30, "note": "Nobody needs it", "concurrency": 1, "rate_limit_share": 0}
Make = t.Callable[..., PlaybookRun]


@pytest.fixture
def make(sim: Simulator, tmp_path: Path) -> t.Iterator[Make]:
    """Return a function that prepares a run that cancels three orders. After the test, all of its processes are ended."""
    seed(sim, len(ORDERS), created_days_ago=40)
    runs: list[PlaybookRun] = []

    def made(keywords: t.Mapping[str, t.Any] | None = None, **options: t.Any) -> PlaybookRun:
        given = {**OPTIONS, "report_json": "result.json", **options}
        given = {name: value for name, value in given.items() if value != "omit"}
        runs.append(
            PlaybookRun(sim, tmp_path, "digicert_stale_orders", given, {"register": "result", **(keywords or {})})
        )
        return runs[-1]

    yield made
    for run in runs:
        run.end()
    # A change that is still held must not reach the account of the next test.
    sim.end_connections()


def play(run: PlaybookRun) -> int:
    run.start()
    return run.wait()


def read(folder: Path, name: str = "result.json") -> dict[str, t.Any]:
    report: dict[str, t.Any] = json.loads((folder / name).read_text())
    return report


def output(folder: Path) -> str:
    return " ".join((folder / "output").read_text().split())


def outcomes(report: dict[str, t.Any]) -> list[str | None]:
    return [row["outcome"] for row in report["orders"]]


def hold_until_ended(run: PlaybookRun) -> t.Callable[[t.Any], None]:
    """Return what holds a change until Ansible was killed and its worker, which looks every quarter of a second, has seen it."""

    def hold(unused: t.Any) -> None:
        wait_until(lambda: run.process.poll() is not None, "not killed")
        time.sleep(1)

    return hold


def test_plan_is_approved_and_carried_out(sim: Simulator, make: Make, tmp_path: Path) -> None:
    assert play(make({"check_mode": True}, report_json="plan.json", report_html="plan.html")) == 0
    plan = read(tmp_path, "plan.json")
    assert puts(sim) == [] and plan["check_mode"] and plan["finished"] and outcomes(plan) == ["changed"] * 3
    assert plan["account"] == sim.url and plan["options"]["older_than"] == 30
    assert "Plan: 3 orders would be canceled" in (tmp_path / "plan.html").read_text()
    # The reviewer deletes an order from the plan, and another order becomes stale after the plan was made.
    plan["orders"] = [row for row in plan["orders"] if row["order_id"] != ORDERS[1]]
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    seed(sim, 1, FIRST + 10, created_days_ago=50)
    assert play(make(approved_plan="plan.json", report_html="result.html")) == 0
    assert changed_by(sim) == [ORDERS[0], ORDERS[2]]
    report = read(tmp_path)
    assert {row["order_id"]: row["reason"] for row in report["orders"]} == {
        ORDERS[0]: "stale",
        ORDERS[2]: "stale",
        ORDERS[1]: "not_approved",
        FIRST + 10: "not_approved",
    }
    assert report["approved_plan"]["path"] == str(tmp_path / "plan.json")
    assert report["approved_plan"]["generated"] == plan["generated"]
    assert str(tmp_path / "plan.json") in (tmp_path / "result.html").read_text()


def test_summary_and_message_are_shown_on_stderr(sim: Simulator, make: Make, tmp_path: Path) -> None:
    run = make({"check_mode": True}, report_json="omit")
    with (tmp_path / "shown").open("w") as stderr:
        run.start(stderr=stderr)
    assert run.wait() == 0
    lines = (tmp_path / "shown").read_text().splitlines()
    shown = [line for line in lines if line.startswith("digicert_stale_orders: ")]
    assert f"digicert_stale_orders: cancel order {ORDERS[0]} (" in " ".join(shown)
    assert shown[-1] == "digicert_stale_orders: 3 orders: 3 would be canceled" and sim.key not in " ".join(lines)
    assert "digicert_stale_orders: " not in output(tmp_path)


@pytest.mark.parametrize("keywords", [{"no_log": True}, {"async": 60, "poll": 1}])
def test_nothing_is_shown_of_hidden_or_background_task(make: Make, tmp_path: Path, keywords: dict[str, t.Any]) -> None:
    assert play(make({"check_mode": "async" not in keywords, **keywords}, report_json="omit")) == 0
    assert "digicert_stale_orders: " not in output(tmp_path)


def test_plan_that_differs_stops_the_run_before_the_first_change(sim: Simulator, make: Make, tmp_path: Path) -> None:
    assert play(make({"check_mode": True}, report_json="plan.json")) == 0
    sim.account.edit(ORDERS[1], status="issued")
    assert play(make(approved_plan="plan.json")) == 2
    assert puts(sim) == [] and "differs from the approved plan" in output(tmp_path)
    report = read(tmp_path)
    assert report["finished"] and report["failed"] and report["reason"] == "differs_from_plan"
    assert sorted(map(str, outcomes(report))) == ["not_attempted", "not_attempted", "refused"]
    # The report of a run is not a plan, although it contains one.
    assert play(make(approved_plan="result.json", report_json="omit")) == 2
    assert "is the report of a run, not a plan" in output(tmp_path)


def test_result_has_full_paths_and_message_ends_with_them(sim: Simulator, make: Make, tmp_path: Path) -> None:
    run = make({"failed_when": True}, report_html="./page.html")
    assert play(run) == 2
    shown = output(tmp_path)
    assert f"the report is in {tmp_path}/result.json and {tmp_path}/page.html" in shown
    assert f'"report_json": "{tmp_path}/result.json"' in shown and '"report_html"' in shown
    assert '"controller"' not in shown and "_controller" not in shown
    assert len(sim.changes) == 3 and outcomes(read(tmp_path)) == ["changed"] * 3


def test_unfinished_report_is_written_before_the_first_change(sim: Simulator, make: Make, tmp_path: Path) -> None:
    """If a run is killed during its first change, its report says that the run has not finished, and has no outcomes."""
    run = make(report_html="page.html")
    sim.fault("call", on="status", before=hold_until_ended(run))
    run.start()
    wait_until(lambda: any(request["kind"] == "status" for request in sim.requests), "no change")
    run.kill_group(signal.SIGKILL)
    run.wait()
    report = read(tmp_path)
    assert report["finished"] is False and report["changed"] is None and outcomes(report) == [None] * 3
    assert report["msg"] == "the run has not finished, so it is not known which of these orders were changed"
    page = (tmp_path / "page.html").read_text()
    assert "Not finished: 3 orders were to be canceled" in page and "orders canceled" not in page


def test_second_clean_up_that_is_killed_names_no_outcome_of_the_first(
    sim: Simulator, make: Make, tmp_path: Path
) -> None:
    """Regression: the second clean-up of a run wrote a plan with the outcomes of the first, and stayed so if it was killed."""
    run = make(max_changes=3, report_json="first.json")
    [play] = json.loads((tmp_path / "play.yml").read_text())
    [first] = play["tasks"]
    module = "certops.certcentral.digicert_stale_orders"
    more = {"ansible.builtin.command": "true", "register": "made", "delegate_to": "localhost"}
    second = {**first, module: {**first[module], "older_than": 20, "report_json": "second.json"}}
    (tmp_path / "play.yml").write_text(json.dumps([{**play, "tasks": [first, more, second]}]))
    seed(sim, 2, FIRST + 10, created_days_ago=25)
    sim.fault("call", on="status", after=3, before=hold_until_ended(run))
    run.start()
    wait_until(lambda: sum(request["kind"] == "status" for request in sim.requests) > 3, "no second clean-up")
    run.kill_group(signal.SIGKILL)
    run.wait()
    assert outcomes(read(tmp_path, "first.json")) == ["changed"] * 3
    report = read(tmp_path, "second.json")
    assert report["finished"] is False and outcomes(report) == [None] * 2
    assert {row["order_id"] for row in report["orders"]} == {FIRST + 10, FIRST + 11}


def test_timeout_of_the_task_leaves_a_report_that_says_so(sim: Simulator, make: Make, tmp_path: Path) -> None:
    released = threading.Event()
    sim.fault("call", on="status", before=lambda unused: released.wait(MAX_SECONDS))
    run = make({"timeout": 12})
    run.start()
    wait_until(lambda: (tmp_path / "result.json").exists() and "interrupted" in read(tmp_path)["msg"], "no report")
    released.set()
    assert run.wait() == 2
    report = read(tmp_path)
    assert report["finished"] is False and outcomes(report) == [None] * 3 and "Timeout" in report["msg"]


def test_report_that_cannot_be_written_before_the_changes_stops_the_run(
    sim: Simulator, make: Make, tmp_path: Path
) -> None:
    """Regression: the other report said that the run has not finished, and that orders may have been changed."""
    (tmp_path / "pages").mkdir()
    sim.fault("call", on="list", before=lambda unused: (tmp_path / "pages").rmdir())
    assert play(make(report_html="pages/a.html")) == 2
    report = read(tmp_path)
    assert (report["finished"], report["failed"], report["changed"]) == (True, True, False)
    assert puts(sim) == [] and outcomes(report) == ["not_attempted"] * 3


def test_failure_is_in_the_report(sim: Simulator, make: Make, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("the report of an earlier run")
    sim.fault("status", status=403, on="list", times=None)
    assert play(make()) == 2
    report = read(tmp_path)
    assert (
        report["finished"]
        and report["failed"]
        and report["orders"] == []
        and report["reason"] in ("blocked", "unauthorized")
    )
    assert sim.key not in json.dumps(report)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"report_json": "nowhere/a.json"}, "report_json:"),
        ({"report_html": "/proc/a.html"}, "report_html: /proc/a.html cannot be written"),
        ({"report_json": ""}, "report_json is empty"),
        ({"report_json": ["a"]}, "report_json is not a path"),
        ({"report_json": "a\0b"}, "report_json is not a path"),
        ({"approved_plan": None}, "approved_plan is null"),
        ({"approved_plan": "nowhere.json"}, "does not exist or is not a file"),
    ],
)
def test_paths_are_checked_before_anything_is_read(
    sim: Simulator, make: Make, tmp_path: Path, options: dict[str, t.Any], says: str
) -> None:
    assert play(make(**options)) == 2
    assert says in output(tmp_path) and sim.requests == []


def test_reports_are_refused_with_async(sim: Simulator, make: Make, tmp_path: Path) -> None:
    assert play(make({"async": 60, "poll": 1})) == 2
    assert "report_json cannot be used with async" in output(tmp_path) and sim.requests == []
    assert play(make({"async": 60, "poll": 1}, report_json="omit")) == 0
    assert changed_by(sim) == ORDERS


def test_private_option_that_a_user_types_is_dropped(sim: Simulator, make: Make, tmp_path: Path) -> None:
    typed = {"stage": "change", "changes": [{"order_id": ORDERS[0], "common_name": "x"}]}
    assert play(make(_controller=typed, max_changes=0)) == 2
    assert puts(sim) == [] and "max_changes allows 0" in output(tmp_path)


def test_clean_up_without_changes_runs_the_module_once(sim: Simulator, make: Make, tmp_path: Path) -> None:
    assert play(make(older_than=400)) == 0
    assert [request["kind"] for request in sim.requests] == ["list", "list"] and read(tmp_path)["finished"]


def test_folder_that_cannot_be_written_is_refused(sim: Simulator, make: Make, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root can write everywhere")
    (tmp_path / "closed").mkdir(mode=0o500)
    assert play(make(report_json="closed/a.json")) == 2
    assert "cannot be written (Permission denied)" in output(tmp_path) and sim.requests == []
