"""The module as a whole, in this process, against the simulator."""

from __future__ import annotations

import typing as t
from datetime import date, timedelta

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._change.one import converge
from ansible_collections.certops.certcentral.plugins.module_utils._change.outcome import Outcome
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.plugins.module_utils._module import run
from ansible_collections.certops.certcentral.plugins.modules import digicert_order_status
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
    run_one,
)
from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import VirtualClock
from ansible_collections.certops.certcentral.tests.unit.support import run_main

Json = dict[str, t.Any]

# The table of desired states


@pytest.fixture
def yesterday(fake: FakeRecorder, monkeypatch: pytest.MonkeyPatch) -> date:
    """Return the date by the module's clock. The API's clock is a day ahead, so that 91 days are 90 days for the API."""
    monkeypatch.setattr(VirtualClock, "utc_now", lambda clock: fake.utc_now() - timedelta(days=1))
    return fake.utc_now().date() - timedelta(days=1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("status", table.STATUSES)
@pytest.mark.parametrize(("desired", "scope"), table.DESIRED)
def test_module_follows_the_table_of_desired_states(
    api: State, yesterday: date, desired: str, scope: str, status: str
) -> None:
    # test_rules.py takes all days.
    days = (30,) if desired == "canceled" else (-1, table.GRACE_DAY, table.GRACE_DAY + 1, None)
    check_cases(api, yesterday, table.cases(desired, scope, status, days))


def test_rows_of_the_table_have_their_outcomes(api: State, yesterday: date) -> None:
    check_cases(api, yesterday, [*table.rows(), *table.unchecked_rows()])


def check_cases(api: State, today: date, cases: t.Iterable[table.Case]) -> None:
    for case in cases:
        outcome = table.expected(case)
        api.reset(orders=[case.seed(ID, today)], quirks={"order_info_has_is_renewed": True})
        options = {"order_id": ID, **case.options()}

        promised = run_one(api, options, check_mode=True)
        reads = methods(api)
        assert set(reads) == {"GET"}, case
        api.clear_log()
        done = run_one(api, options)

        if outcome in table.OPERATIONS:
            assert promised["operation"] == outcome, case
            assert promised["changed"] is (outcome != "none"), case
            assert (promised["status"], promised["is_renewed"]) == table.ends(case), case
            assert ("diff" in promised) is promised["changed"], case
            assert promised["verified"] is None
            # If nothing changes, there are at most two GET requests, and only one for canceled.
            assert outcome != "none" or len(reads) <= (1 if case.desired == "canceled" else 2), case
        else:
            assert promised["reason"] == outcome, case
        if not case.check_rules and done.get("reason") == "rejected_by_api":
            # The API decides.
            assert promised["changed"] and not done["changed"] and not api.changes, case
            continue
        same = ("changed", "operation", "status", "is_renewed", "diff", "reason", "order_id")
        assert {name: promised.get(name) for name in same} == {name: done.get(name) for name in same}, case
        assert methods(api).count("PUT") == promised["changed"] == len(api.changes), case
        if done["changed"]:
            assert done["verified"] is True
            assert methods(api) == [*reads, "PUT", "GET"], case
            assert done["order"]["status"] == done["status"] or done["status"] is None, case
            again = run_one(api, options)
            assert not again["changed"] and "failed" not in again, case
            assert methods(api).count("PUT") == 1, case


def test_rows_cover_every_outcome() -> None:
    reasons = {"reissue_pending", "wrong_state", "not_migrated", "outside_renewal_window", "renewed_by_order"}
    assert {table.expected(case) for case in table.rows()} == {*table.OPERATIONS, *reasons}
    pairs = {(status, *desired) for status in table.STATUSES for desired in table.DESIRED}
    assert {(case.status, case.desired, case.scope) for case in table.rows()} == pairs


@pytest.mark.parametrize("quirks", [{}, {"renewed_as_status": True}, {"flag_form": "string"}])
def test_outcome_does_not_depend_on_how_the_api_shows_marks(fake: FakeRecorder, api: State, quirks: Json) -> None:
    """Order details may leave out is_renewed, as current samples do. The order list has it before and after a change."""
    for case in table.rows():
        outcome = table.expected(case)
        api.reset(orders=[case.seed(ID, fake.utc_now().date())], quirks=quirks)
        done = run_one(api, {"order_id": ID, **case.options()})
        assert done.get("operation", done.get("reason")) == outcome, case
        assert done["changed"] is bool(api.changes) is (outcome in table.OPERATIONS and outcome != "none"), case
        most = 1 if case.desired == "canceled" else 2 if outcome == "none" else 3
        assert len(api.requests) <= most + 3 * done["changed"] and done.get("verified") in (None, True), case


# The number of requests for a change


def test_cancellation_costs_three_requests_of_which_the_last_bypasses_caches(api: State) -> None:
    pending(api)
    assert "diff" not in run_one(api, CANCEL, check_mode=True, diff=False)
    api.clear_log()
    result = run_one(api, CANCEL)
    # The mark was not needed, so it was not read.
    assert (result["msg"], result["is_renewed"]) == (f"order {ID} was pending and is canceled now", None)
    assert result["diff"]["after"] == {"order_id": ID, "status": "canceled"}
    assert list(zip(methods(api), kinds(api))) == [("GET", "info"), ("PUT", "status"), ("GET", "info")]
    for number, request in enumerate(api.requests):
        sent = headers(request)
        assert sent["x-dc-devkey"] == api.key
        assert (sent.get("content-type") == "application/json") is (request["method"] == "PUT")
        assert (sent.get("cache-control") == "no-cache") is (number == 2)


def test_change_that_is_not_verified_costs_two_requests(api: State) -> None:
    pending(api)
    result = run_one(api, {**CANCEL, "verify_change": False})
    assert (result["changed"], result["verified"]) == (True, None)
    assert (result["status"], result["order"]["status"]) == ("canceled", "pending")
    assert methods(api) == ["GET", "PUT"]


@pytest.mark.parametrize(("check_rules", "asked"), [(True, ["list"]), (False, [])])
def test_origin_is_read_only_for_the_rules(api: State, check_rules: bool, asked: list[str]) -> None:
    migrated(api)
    api.quirks.order_info_has_is_renewed = True
    assert run_one(api, {**MARK, "check_rules": check_rules})["changed"] is True
    assert kinds(api) == ["info", *asked, "status", "info"]
    assert not asked or {("filters[origin]", "migrated"), ("filters[id]", str(ID))} <= {*api.requests[1]["query"]}


def test_view_only_key_is_enough_for_check_mode(api: State) -> None:
    pending(api)
    assert run_one(api, {**CANCEL, "api_key": api.view_only_key}, check_mode=True)["changed"] is True
    result = run_one(api, {**CANCEL, "api_key": api.view_only_key})
    assert (result["reason"], result["http_status"], result["changed"]) == ("unauthorized", 403, False)
    assert result["errors"] and all("access_denied" in error["code"] for error in result["errors"])


# The request


@pytest.mark.parametrize("note", ["\"quoted\" \\ and 'so'", "two\r\nlines\tand a tab", "Zürich 東京 🔑", " spaces "])
def test_note_is_sent_unchanged(api: State, note: str) -> None:
    pending(api)
    assert run_one(api, {**CANCEL, "note": note})["changed"] is True
    assert api.requests[1]["body"] == {"status": "canceled", "note": note}


# Unusual responses


@pytest.mark.parametrize("options", [MARK, UNMARK])
@pytest.mark.parametrize(
    "fault", [{"kind": "other_order"}, {"kind": "status", "status": 200, "body": {"page": {"total": 0}}}]
)
def test_list_without_the_order_is_an_unexpected_response(api: State, fault: Json, options: Json) -> None:
    migrated(api, is_renewed=options is UNMARK)
    api.fault(on="list", times=None, **fault)
    result = run_one(api, options)
    assert (result["reason"], result["changed"]) == ("unexpected_response", False)
    assert "PUT" not in methods(api)


def test_canceled_order_that_cannot_be_read_is_unverified(api: State) -> None:
    pending(api)
    api.quirks.canceled_order_readable = False
    result = run_one(api, CANCEL)
    assert (result["changed"], result["verified"], result["status"]) == (True, False, "canceled")
    assert result["msg"] == (f"the API accepted canceling order {ID}, but it can no longer be read")
    assert len(result["warnings"]) == 1 and str(ID) in result["warnings"][0]
    assert methods(api) == ["GET", "PUT", "GET"]
    assert run_one(api, CANCEL)["reason"] == "not_found"


@pytest.mark.parametrize("lag", [1, 3, 4, 9])
def test_change_is_looked_for_four_times(api: State, slept: list[float], lag: int) -> None:
    pending(api)
    api.quirks.read_lag = lag
    result = run_one(api, CANCEL)
    shown = lag < 4
    assert (result["changed"], result["verified"], result["status"]) == (True, shown, "canceled")
    assert bool(result["warnings"]) is not shown
    assert methods(api) == ["GET", "PUT"] + ["GET"] * min(lag + 1, 4)
    assert sum(slept) <= 4


# Somebody else was faster


@pytest.mark.parametrize(("start", "options"), CHANGES)
def test_one_of_ten_tasks_changes_the_order_and_nine_find_it_changed(
    fake: FakeRecorder, api: State, start: Start, options: Json
) -> None:
    """Regression: all but one ended with rejected_by_api."""
    start(api)
    fake.latency = 0.1
    outcomes: list[Outcome] = []

    def work() -> None:
        client = Client(fake.connect(Settings(fake.url, api.key)), api.key)
        outcomes.append(converge(client, DesiredState(**options), check_mode=False, verify_change=True))

    for unused in range(10):
        fake.time.start(work, lambda: True)
    fake.time.wait(lambda: len(outcomes) == 10)
    assert sorted(outcome.changed for outcome in outcomes) == [False] * 9 + [True]
    assert methods(api).count("PUT") == 10 and len(api.changes) == 1
    for outcome in outcomes:
        assert outcome.result()["verified"] is (True if outcome.changed else None)
        assert "nothing to do" in outcome.msg or outcome.changed


@pytest.mark.parametrize(("start", "options"), CHANGES)
def test_change_that_is_rejected_because_somebody_was_faster_is_unchanged(
    api: State, start: Start, options: Json
) -> None:
    def be_faster(record: t.Any) -> None:
        api.account.edit(ID, status={"pending": "canceled"}.get(api.account.orders[ID]["status"], "issued"))
        api.account.edit(ID, is_renewed=options["status"] == "renewed")

    start(api)
    api.fault("call", on="status", before=be_faster)
    result = run_one(api, options)
    assert (result["changed"], result["operation"], result["verified"]) == (False, "none", None)
    assert not {"diff", "failed"} & result.keys() and not api.changes
    # The last read bypasses all caches.
    infos = [request for request in api.requests if request["kind"] == "info"]
    assert headers(infos[-1])["cache-control"] == "no-cache"


def test_rejection_is_the_failure_if_the_order_cannot_be_read_again(api: State) -> None:
    pending(api)
    api.quirks.canceled_order_readable = False
    api.fault("edit", on="status", orders=[{"id": ID, "status": "canceled"}])
    assert run_one(api, CANCEL)["reason"] == "not_found"


# The clock of the host


@pytest.mark.parametrize(
    ("options", "start", "reason"),
    # Only setting a mark depends on the date.
    [(MARK, migrated, "clock_skew"), (UNMARK, marked, None), (CANCEL, pending, None), (MARK, marked, None)],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_only_setting_a_mark_is_refused_with_a_wrong_clock(
    fake: FakeRecorder,
    monkeypatch: pytest.MonkeyPatch,
    options: Json,
    start: Start,
    reason: str | None,
    check_mode: bool,
) -> None:
    api = fake.state
    for days in (-40, 40):
        monkeypatch.setattr(VirtualClock, "utc_now", lambda clock, days=days: fake.utc_now() + timedelta(days=days))
        fake.begin()
        start(api)
        result = run_one(api, options, check_mode=check_mode)
        changes = not reason and (options, start) != (MARK, marked)
        assert (result.get("reason"), result["changed"]) == (reason, changes)
        assert methods(api).count("PUT") == (changes and not check_mode)


# Options


@pytest.mark.parametrize("wrong", [{}, {"status": "gone"}, {"order_id": None}])
@pytest.mark.parametrize("by_environment", [False, True])
def test_password_in_url_is_not_echoed(
    api: State, monkeypatch: pytest.MonkeyPatch, wrong: Json, by_environment: bool
) -> None:
    """This also covers options that Ansible itself refuses."""
    url = "https://user:hunter2hunter2@127.0.0.1/"
    if by_environment:
        monkeypatch.setenv("DIGICERT_API_URL", url)
    result = run_one(api, {**CANCEL, "api_url": None if by_environment else url, **wrong})
    assert result["failed"] is True
    assert "hunter2" not in str(result)


def test_options_win_over_the_environment_and_an_empty_one_is_not_given(
    api: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An AWX credential leaves options empty."""
    pending(api)
    monkeypatch.setenv("DIGICERT_API_KEY", api.key)
    monkeypatch.setenv("DIGICERT_API_URL", FAKE_URL)
    monkeypatch.setenv("DIGICERT_REGION", "eu")
    result = run_main(digicert_order_status.main, {**CANCEL, **dict.fromkeys(("region", "api_url", "ca_path"), "")})
    assert result["verified"] is True
    # ansible-core 2.21 and later show the invocation only on request.
    assert "invocation" not in result or result["invocation"]["module_args"]["region"] == "eu"
    monkeypatch.setenv("DIGICERT_REGION", "")
    assert run_main(digicert_order_status.main, CANCEL)["changed"] is False
    assert run_main(digicert_order_status.main, {**CANCEL, "api_key": ""})["reason"] == "invalid_option"
    assert run_main(digicert_order_status.main, {**CANCEL, "api_key": "wrong-key"})["reason"] == "unauthorized"
    for empty in ("", " "):
        monkeypatch.setenv("DIGICERT_API_KEY", empty)
        assert "api_key is missing: set it" in run_main(digicert_order_status.main, CANCEL)["msg"]


def test_failure_names_the_order(api: State) -> None:
    result = run_one(api, CANCEL)
    assert (result["reason"], result["order_id"], result["http_status"]) == ("not_found", ID, 404)
    assert str(ID) in result["msg"]
    assert run_one(api, {**CANCEL, "timeout": 0})["order_id"] == ID


def test_missing_requests_library_is_named(api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "REQUESTS_IMPORT_ERROR", "Traceback: no requests")
    result = run_one(api, CANCEL)
    assert result["failed"] is True and "requests" in result["msg"] and "reason" not in result
    assert api.requests == []
