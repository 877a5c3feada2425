"""The module as a whole, in this process, against the simulator."""

from __future__ import annotations

import typing as t
from datetime import date, timedelta

import pytest

from ansible_collections.certops.certcentral.tests import table
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import (
    CANCEL,
    CHANGES,
    FAKE_URL,
    ID,
    MARK,
    UNMARK,
    Start,
    headers,
    kinds,
    marked,
    methods,
    migrated,
    pending,
    puts,
    run_one,
)
from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import VirtualClock
from ansible_collections.certops.certcentral.tests.unit.support import run_module

Json = dict[str, t.Any]
EMPTY = {"kind": "status", "status": 200, "body": {"page": {"total": 0}}}
SHOWN = {"order_info_has_is_renewed": True}


@pytest.fixture
def yesterday(fake: FakeRecorder, monkeypatch: pytest.MonkeyPatch) -> date:
    """Return the date by the module's clock. The API's clock is a day ahead, so that 91 days are 90 days for the API."""
    monkeypatch.setattr(VirtualClock, "utc_now", lambda clock: fake.utc_now() - timedelta(days=1))
    return fake.utc_now().date() - timedelta(days=1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("status", table.STATUSES)
@pytest.mark.parametrize(("desired", "scope"), table.DESIRED)
def test_module_follows_the_table(api: State, yesterday: date, desired: str, scope: str, status: str) -> None:
    # test_rules.py takes all days.
    days = (30,) if desired == "canceled" else (-1, table.GRACE_DAY, table.GRACE_DAY + 1, None)
    for case in table.cases(desired, scope, status, days):
        check_case(api, yesterday, case, SHOWN)


# Order details may leave out is_renewed, as current samples do. The order list has it before and after a change.
@pytest.mark.parametrize("quirks", [SHOWN, {}, {"renewed_as_status": True}, {"flag_form": "string"}])
def test_rows_of_the_table_have_their_outcomes(api: State, yesterday: date, quirks: Json) -> None:
    for case in (*table.rows(), *table.unchecked_rows()):
        check_case(api, yesterday, case, quirks)


def check_case(api: State, today: date, case: table.Case, quirks: Json) -> None:
    """Check what check mode promises, the run that keeps the promise, and the run after it."""
    outcome = table.expected(case)
    api.reset(orders=[case.seed(ID, today)], quirks=quirks)
    options = {"order_id": ID, **case.options()}
    promised = run_one(api, options, check_mode=True)
    reads = methods(api)
    most = 1 if case.desired == "canceled" else 2 if outcome == "none" or quirks == SHOWN else 3
    assert {*reads} == {"GET"} and len(reads) <= most, case
    api.clear_log()
    done = run_one(api, options)
    if not case.check_rules and done.get("reason") == "rejected_by_api":
        # The API decides.
        assert promised["changed"] and not done["changed"] and not api.changes, case
        return
    changes = outcome in table.OPERATIONS and outcome != "none"
    assert promised.get("operation", promised.get("reason")) == outcome, case
    assert promised["changed"] is ("diff" in promised) is changes and promised.get("verified") is None, case
    if outcome in table.OPERATIONS and quirks == SHOWN:
        assert (promised["status"], promised["is_renewed"]) == table.ends(case), case
    same = ("changed", "operation", "status", "is_renewed", "diff", "reason", "order_id")
    assert {name: promised.get(name) for name in same} == {name: done.get(name) for name in same}, case
    assert methods(api)[: len(reads) + changes] == reads + ["PUT"] * changes and len(api.changes) == changes, case
    if changes:
        assert done["verified"] is True, case
        assert done["status"] in (None, done["order"]["status"]) or "renewed_as_status" in quirks, case
        assert methods(api)[len(reads) + 1 :] in (["GET"], ["GET"] * 2)[: 1 + (quirks != SHOWN)], case
        again = run_one(api, options)
        assert not again["changed"] and "failed" not in again and len(api.changes) == 1, case


def test_rows_cover_every_outcome() -> None:
    reasons = {"reissue_pending", "wrong_state", "not_migrated", "outside_renewal_window", "renewed_by_order"}
    assert {table.expected(case) for case in table.rows()} == {*table.OPERATIONS, *reasons}
    pairs = {(status, *desired) for status in table.STATUSES for desired in table.DESIRED}
    assert {(case.status, case.desired, case.scope) for case in table.rows()} == pairs


def test_cancellation_costs_three_requests_of_which_the_last_bypasses_caches(api: State) -> None:
    pending(api)
    assert "diff" not in run_one(api, CANCEL, check_mode=True, diff=False)
    api.clear_log()
    result = run_one(api, CANCEL)
    # The mark was not needed, so it was not read.
    assert (result["msg"], result["is_renewed"]) == (f"order {ID} was pending and is canceled now", None)
    assert result["diff"]["after"] == {"order_id": ID, "status": "canceled"}
    sent = [headers(request) for request in api.requests]
    assert list(zip(methods(api), kinds(api))) == [("GET", "info"), ("PUT", "status"), ("GET", "info")]
    assert {header["x-dc-devkey"] for header in sent} == {api.key}
    assert [header.get("content-type") == "application/json" for header in sent] == [False, True, False]
    assert [header.get("cache-control") for header in sent] == [None, None, "no-cache"]


def test_change_that_is_not_verified_costs_two_requests(api: State) -> None:
    pending(api)
    result = run_one(api, {**CANCEL, "verify_change": False})
    assert (result["changed"], result["verified"], result["status"]) == (True, None, "canceled")
    assert result["order"]["status"] == "pending" and methods(api) == ["GET", "PUT"]


@pytest.mark.parametrize(("check_rules", "asked"), [(True, ["list"]), (False, [])])
def test_origin_is_read_only_for_the_rules(api: State, check_rules: bool, asked: list[str]) -> None:
    migrated(api)
    api.quirks.order_info_has_is_renewed = True
    assert run_one(api, {**MARK, "check_rules": check_rules})["changed"] is True
    assert kinds(api) == ["info", *asked, "status", "info"]
    assert not asked or {("filters[origin]", "migrated"), ("filters[id]", str(ID))} <= {*api.requests[1]["query"]}


def test_view_only_key_is_enough_for_check_mode(api: State) -> None:
    pending(api)
    options = {**CANCEL, "api_key": api.view_only_key}
    assert run_one(api, options, check_mode=True)["changed"] is True
    result = run_one(api, options)
    assert (result["reason"], result["http_status"], result["changed"]) == ("unauthorized", 403, False)
    assert result["errors"] and all("access_denied" in error["code"] for error in result["errors"])


@pytest.mark.parametrize("note", ["\"quoted\" \\ and 'so'", "two\r\nlines\tand a tab", "Zürich 東京 🔑", " spaces "])
def test_note_is_sent_unchanged(api: State, note: str) -> None:
    pending(api)
    assert run_one(api, {**CANCEL, "note": note})["changed"] is True
    assert api.requests[1]["body"] == {"status": "canceled", "note": note}


@pytest.mark.parametrize("options", [MARK, UNMARK])
@pytest.mark.parametrize("fault", [{"kind": "other_order"}, EMPTY])
def test_list_without_the_order_is_an_unexpected_response(api: State, fault: Json, options: Json) -> None:
    migrated(api, is_renewed=options is UNMARK)
    api.fault(on="list", times=None, **fault)
    result = run_one(api, options)
    assert (result["reason"], result["changed"], puts(api)) == ("unexpected_response", False, [])


def test_canceled_order_that_cannot_be_read_is_unverified(api: State) -> None:
    pending(api)
    api.quirks.canceled_order_readable = False
    result = run_one(api, CANCEL)
    assert (result["changed"], result["verified"], result["status"]) == (True, False, "canceled")
    assert result["msg"] == f"the API accepted canceling order {ID}, but it can no longer be read"
    assert [str(ID) in warning for warning in result["warnings"]] == [True] and methods(api) == ["GET", "PUT", "GET"]
    # If somebody else canceled it, the rejection is the failure.
    pending(api)
    api.fault("edit", on="status", orders=[{"id": ID, "status": "canceled"}])
    assert run_one(api, CANCEL)["reason"] == "not_found"


@pytest.mark.parametrize("lag", [1, 3, 4, 9])
def test_change_is_looked_for_four_times(api: State, slept: list[float], lag: int) -> None:
    pending(api)
    api.fault("stale", on="info", after=1, times=lag)
    result = run_one(api, CANCEL)
    assert (result["changed"], result["verified"], result["status"]) == (True, lag < 4, "canceled")
    assert bool(result["warnings"]) is (lag >= 4) and sum(slept) <= 4
    assert methods(api) == ["GET", "PUT"] + ["GET"] * min(lag + 1, 4)


@pytest.mark.parametrize(("start", "options"), CHANGES)
def test_rejected_change_that_somebody_made_first_is_unchanged(api: State, start: Start, options: Json) -> None:
    """Regression: all but one of ten tasks for the same change ended with rejected_by_api."""

    def be_faster(record: t.Any) -> None:
        api.account.edit(ID, status={"pending": "canceled"}.get(api.account.orders[ID]["status"], "issued"))
        api.account.edit(ID, is_renewed=options["status"] == "renewed")

    start(api)
    api.fault("call", on="status", before=be_faster)
    result = run_one(api, options)
    assert (result["changed"], result["operation"], result["verified"]) == (False, "none", None)
    assert not {"diff", "failed"} & result.keys() and not api.changes
    last = [headers(request) for request in api.requests if request["kind"] == "info"][-1]
    assert last["cache-control"] == "no-cache"


# Only setting a mark depends on the date.
@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("days", [-40, 40])
@pytest.mark.parametrize(
    ("options", "start", "reason", "changes"),
    [
        *((MARK, migrated, "clock_skew", False), (UNMARK, marked, None, True)),
        *((CANCEL, pending, None, True), (MARK, marked, None, False)),
    ],
)
def test_only_setting_a_mark_is_refused_with_a_wrong_clock(
    fake: FakeRecorder,
    monkeypatch: pytest.MonkeyPatch,
    options: Json,
    start: Start,
    reason: str | None,
    changes: bool,
    days: int,
    check_mode: bool,
) -> None:
    monkeypatch.setattr(VirtualClock, "utc_now", lambda clock: fake.utc_now() + timedelta(days=days))
    start(fake.state)
    result = run_one(fake.state, options, check_mode=check_mode)
    assert (result.get("reason"), result["changed"]) == (reason, changes)
    assert len(puts(fake.state)) == (changes and not check_mode)


@pytest.mark.parametrize("wrong", [{}, {"status": "gone"}, {"order_id": None}])
@pytest.mark.parametrize("from_env", [False, True])
def test_password_in_url_is_hidden(api: State, monkeypatch: pytest.MonkeyPatch, wrong: Json, from_env: bool) -> None:
    """This also covers options that Ansible itself refuses."""
    url = "https://user:hunter2hunter2@127.0.0.1/"
    if from_env:
        monkeypatch.setenv("DIGICERT_API_URL", url)
    result = run_one(api, {**CANCEL, "api_url": None if from_env else url, **wrong})
    assert result["failed"] is True and "hunter2" not in str(result)


def test_options_win_over_the_environment_unless_they_are_empty(api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """An AWX credential leaves options empty."""

    def run(**options: str) -> Json:
        return run_module("digicert_order_status", {**CANCEL, **options})

    pending(api)
    for name, value in (("KEY", api.key), ("URL", FAKE_URL)):
        monkeypatch.setenv(f"DIGICERT_API_{name}", value)
    monkeypatch.setenv("DIGICERT_REGION", "eu")
    result = run(region="", api_url="", ca_path="")
    # ansible-core 2.21 and later show the invocation only on request.
    shown = result.get("invocation", {"module_args": {"region": "eu"}})["module_args"]["region"]
    assert (result["verified"], shown) == (True, "eu")
    monkeypatch.setenv("DIGICERT_REGION", "")
    assert run()["changed"] is False
    assert [run(api_key=key)["reason"] for key in ("", "wrong-key")] == ["invalid_option", "unauthorized"]
    for empty in ("", " "):
        monkeypatch.setenv("DIGICERT_API_KEY", empty)
        assert "api_key is missing: set it" in run()["msg"]


def test_failure_names_the_order(api: State) -> None:
    result = run_one(api, CANCEL)
    assert (result["reason"], result["order_id"], result["http_status"]) == ("not_found", ID, 404)
    assert str(ID) in result["msg"]
    assert run_one(api, {**CANCEL, "timeout": 0})["order_id"] == ID
