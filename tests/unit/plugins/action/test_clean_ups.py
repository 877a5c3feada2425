"""The clean-ups in real playbooks, with reports. The integration tests carry out approved plans."""

from __future__ import annotations

import json
import signal
import threading
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import FIRST, changed_by, kinds, puts, seed
from ansible_collections.certops.certcentral.tests.unit.playbook_runs import (
    MAX_SECONDS,
    PlaybookRun,
    make_task,
    wait_until,
)

ORDERS = [FIRST, FIRST + 1, FIRST + 2]
Prepare = t.Callable[..., PlaybookRun]


def cancel(sim: Simulator, keywords: t.Mapping[str, t.Any] | None = None, **options: t.Any) -> dict[str, t.Any]:
    """Return a task that cancels the stale orders and writes a report."""
    given = {"older_than": 30, "note": "Nobody needs it", "concurrency": 1, "rate_limit_share": 0}
    given |= {"report_json": "result.json", **options}
    return make_task(sim, "digicert_stale_orders", given, register="result", **(keywords or {}))


@pytest.fixture
def prepare(sim: Simulator, make: t.Callable[..., PlaybookRun]) -> Prepare:
    """Return a function that prepares a run that cancels three orders."""
    seed(sim, len(ORDERS), created_days_ago=40)
    return lambda *args, **options: make(cancel(sim, *args, **options))


def read(folder: Path, name: str = "result.json") -> dict[str, t.Any]:
    """Return a report, and the outcomes of its orders as ``outcomes``."""
    report: dict[str, t.Any] = json.loads((folder / name).read_text())
    return {**report, "outcomes": [row["outcome"] for row in report["orders"]]}


@pytest.mark.parametrize("keywords", [{"check_mode": True, "no_log": True}, {"async": 60, "poll": 1}])
def test_hidden_or_background_task_shows_nothing_and_needs_no_report(
    sim: Simulator, prepare: Prepare, keywords: dict[str, t.Any]
) -> None:
    run = prepare(keywords, report_json="{{ omit }}")
    assert run.play() == 0 and "digicert_stale_orders: " not in run.output
    assert changed_by(sim) == (ORDERS if "async" in keywords else [])


def test_result_has_full_paths_and_message_ends_with_them(sim: Simulator, prepare: Prepare, tmp_path: Path) -> None:
    run = prepare({"failed_when": True}, report_html="./page.html")
    assert run.play() == 2
    assert f"the report is in {tmp_path}/result.json and {tmp_path}/page.html" in run.output
    assert f'"report_json": "{tmp_path}/result.json"' in run.output and '"report_html"' in run.output
    assert '"controller"' not in run.output and "_controller" not in run.output
    assert len(sim.changes) == 3 and read(tmp_path)["outcomes"] == ["changed"] * 3


def test_killed_clean_up_leaves_a_report_without_outcomes(
    sim: Simulator, make: t.Callable[..., PlaybookRun], tmp_path: Path
) -> None:
    """Regression: the second clean-up of a run wrote a plan with the outcomes of the first, and stayed so if it was killed."""
    seed(sim, 3, created_days_ago=40)
    seed(sim, 2, FIRST + 10, created_days_ago=25)
    first = cancel(sim, max_changes=3, report_json="first.json")
    more = {"ansible.builtin.command": "true", "register": "made", "delegate_to": "localhost"}
    run = make(first, more, cancel(sim, max_changes=3, older_than=20, report_html="page.html"))

    def hold(unused: t.Any) -> None:
        wait_until(lambda: run.process.poll() is not None, "not killed")
        # The worker looks every quarter of a second.
        time.sleep(1)

    sim.fault("call", on="status", after=3, before=hold)
    run.start()
    wait_until(lambda: len(puts(sim)) > 3, "no change of the second clean-up")
    run.kill_group(signal.SIGKILL)
    run.wait()
    assert read(tmp_path, "first.json")["outcomes"] == ["changed"] * 3
    report = read(tmp_path)
    assert {row["order_id"]: row["outcome"] for row in report["orders"]} == {FIRST + 10: None, FIRST + 11: None}
    assert report["finished"] is False and report["changed"] is None
    assert report["msg"] == "the run has not finished, so it is not known which of these orders were changed"
    page = (tmp_path / "page.html").read_text()
    assert "Not finished: 2 orders were to be canceled" in page and "orders canceled" not in page


def test_timeout_of_the_task_leaves_a_report_that_says_so(sim: Simulator, prepare: Prepare, tmp_path: Path) -> None:
    released = threading.Event()
    sim.fault("call", on="status", before=lambda unused: released.wait(MAX_SECONDS))
    run = prepare({"timeout": 12})
    run.start()
    wait_until(lambda: (tmp_path / "result.json").exists() and "interrupted" in read(tmp_path)["msg"], "no report")
    released.set()
    assert run.wait() == 2
    report = read(tmp_path)
    assert report["finished"] is False and report["outcomes"] == [None] * 3 and "Timeout" in report["msg"]


def test_report_that_cannot_be_written_before_the_changes_stops_the_run(
    sim: Simulator, prepare: Prepare, tmp_path: Path
) -> None:
    """Regression: the other report said that the run has not finished, and that orders may have been changed."""
    (tmp_path / "pages").mkdir()
    sim.fault("call", on="list", before=lambda unused: (tmp_path / "pages").rmdir())
    assert prepare(report_html="pages/a.html").play() == 2
    report = read(tmp_path)
    assert (report["finished"], report["failed"], report["changed"]) == (True, True, False)
    assert puts(sim) == [] and report["outcomes"] == ["not_attempted"] * 3


def test_failure_is_in_the_report(sim: Simulator, prepare: Prepare, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("the report of an earlier run")
    sim.fault("status", status=403, on="list", times=None)
    assert prepare().play() == 2
    report = read(tmp_path)
    assert report["finished"] and report["failed"] and report["orders"] == []
    assert report["reason"] in ("blocked", "unauthorized") and sim.key not in json.dumps(report)


@pytest.mark.parametrize(
    ("keywords", "options", "says"),
    [
        ({}, {"report_json": "nowhere/a.json"}, "report_json:"),
        ({}, {"report_html": "/proc/a.html"}, "report_html: /proc/a.html cannot be written"),
        ({}, {"report_json": ""}, "report_json is empty"),
        *(({}, {"report_json": value}, "report_json is not a path") for value in (["a"], "a\0b")),
        ({}, {"approved_plan": None}, "approved_plan is null"),
        ({}, {"approved_plan": "nowhere.json"}, "does not exist or is not a file"),
        ({"async": 60, "poll": 1}, {}, "report_json cannot be used with async"),
    ],
)
def test_reports_that_cannot_be_written_are_refused_before_anything_is_read(
    sim: Simulator, prepare: Prepare, keywords: dict[str, t.Any], options: dict[str, t.Any], says: str
) -> None:
    run = prepare(keywords, **options)
    assert run.play() == 2 and says in run.output and sim.requests == []


def test_private_option_that_a_user_types_is_dropped(sim: Simulator, prepare: Prepare, tmp_path: Path) -> None:
    typed = {"stage": "change", "changes": [{"order_id": ORDERS[0], "common_name": "x"}]}
    run = prepare(_controller=typed, max_changes=0)
    assert run.play() == 2 and puts(sim) == [] and "max_changes allows 0" in run.output
    report = read(tmp_path)
    assert (report["finished"], report["failed"], report["reason"]) == (True, True, "too_many_changes")
    assert report["outcomes"] == ["not_attempted"] * 3


def test_clean_up_without_changes_runs_the_module_once(sim: Simulator, prepare: Prepare, tmp_path: Path) -> None:
    assert prepare(older_than=400).play() == 0
    assert kinds(sim) == ["list", "list"] and read(tmp_path)["finished"]
