# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

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
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.table import (
    DESIRED,
    GRACE_DAY,
    OPERATIONS,
    STATUSES,
    Case,
    cases,
    ends,
    expected,
    rows,
    unchecked_rows,
)
from ansible_collections.certops.certcentral.tests.unit.accounts import (
    CANCEL,
    FAKE_URL,
    ID,
    MARK,
    REISSUE,
    UNMARK,
    headers,
    kinds,
    marked,
    methods,
    migrated,
    pending,
    reissue_pending,
    run_one,
)
from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import VirtualClock
from ansible_collections.certops.certcentral.tests.unit.support import run_main

# The table of desired states


@pytest.fixture
def yesterday(fake: FakeRecorder, monkeypatch: pytest.MonkeyPatch) -> date:
    """The date by the module's clock. The API's is a day ahead, which the day of grace is for: 91 days are 90 to it."""
    monkeypatch.setattr(VirtualClock, "utc_now", lambda clock: fake.utc_now() - timedelta(days=1))
    return fake.utc_now().date() - timedelta(days=1)


@pytest.mark.exhaustive
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("desired", "scope"), DESIRED)
def test_table(api: State, yesterday: date, desired: str, scope: str, status: str) -> None:
    # test_rules.py takes all days.
    days = (30,) if desired == "canceled" else (-1, GRACE_DAY, GRACE_DAY + 1, None)
    check_cases(api, yesterday, cases(desired, scope, status, days))


def test_rows(api: State, yesterday: date) -> None:
    check_cases(api, yesterday, [*rows(), *unchecked_rows()])


def check_cases(api: State, today: date, table: t.Iterable[Case]) -> None:
    for case in table:
        outcome = expected(case)
        api.reset(orders=[case.seed(ID, today)], quirks={"order_info_has_is_renewed": True})
        options = {"order_id": ID, **case.options()}

        promised = run_one(api, options, check_mode=True)
        reads = methods(api)
        assert set(reads) == {"GET"}, case
        api.clear_log()
        done = run_one(api, options)

        if outcome in OPERATIONS:
            assert promised["operation"] == outcome, case
            assert promised["changed"] is (outcome != "none"), case
            assert (promised["status"], promised["is_renewed"]) == ends(case), case
            assert ("diff" in promised) is promised["changed"], case
            assert promised["verified"] is None
            # Two GETs at most, and one for canceled, where nothing changes.
            assert outcome != "none" or len(reads) <= (1 if case.desired == "canceled" else 2), case
        else:
            assert promised["reason"] == outcome, case
        if not case.check_rules and done.get("reason") == "rejected_by_api":
            # The API's own decision.
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
    assert {expected(case) for case in rows()} == {*OPERATIONS, *reasons}
    assert {(case.status, case.desired, case.scope) for case in rows()} == {(s, *d) for s in STATUSES for d in DESIRED}


@pytest.mark.parametrize("quirks", [{}, {"renewed_as_status": True}, {"flag_form": "string"}])
def test_outcome_is_the_same_however_the_api_shows_marks(
    fake: FakeRecorder, api: State, quirks: dict[str, t.Any]
) -> None:
    """Order details leave is_renewed out, as they do in today's samples."""
    for case in rows():
        outcome = expected(case)
        api.reset(orders=[case.seed(ID, fake.utc_now().date())], quirks=quirks)
        done = run_one(api, {"order_id": ID, **case.options()})
        assert done.get("operation", done.get("reason")) == outcome, case
        assert done["changed"] is bool(api.changes) is (outcome in OPERATIONS and outcome != "none"), case
        most = 1 if case.desired == "canceled" else 2 if outcome == "none" else 3
        assert done["changed"] or len(api.requests) <= most, case


# What a change costs


def test_cancellation_costs_three_requests(api: State) -> None:
    pending(api)
    result = run_one(api, CANCEL)
    # The mark was not needed, and not read.
    assert (result["msg"], result["is_renewed"]) == (f"order {ID} was pending and is canceled now", None)
    assert list(zip(methods(api), kinds(api))) == [("GET", "info"), ("PUT", "status"), ("GET", "info")]


def test_change_that_is_not_verified_costs_two_requests(api: State) -> None:
    pending(api)
    result = run_one(api, {**CANCEL, "verify_change": False})
    assert (result["changed"], result["verified"]) == (True, None)
    assert (result["status"], result["order"]["status"]) == ("canceled", "pending")
    assert methods(api) == ["GET", "PUT"]


@pytest.mark.parametrize(("check_rules", "asked"), [(True, ["list"]), (False, [])])
def test_only_the_rules_need_the_origin(api: State, check_rules: bool, asked: list[str]) -> None:
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


# What is sent


@pytest.mark.parametrize("note", ["\"quoted\" \\ and 'so'", "two\r\nlines\tand a tab", "Zürich 東京 🔑", " spaces "])
def test_note_is_sent_as_it_is(api: State, note: str) -> None:
    pending(api)
    assert run_one(api, {**CANCEL, "note": note})["changed"] is True
    assert api.requests[1]["body"] == {"status": "canceled", "note": note}


def test_only_the_request_that_verifies_bypasses_caches(api: State) -> None:
    pending(api)
    run_one(api, CANCEL)
    for number, request in enumerate(api.requests):
        sent = headers(request)
        assert sent["x-dc-devkey"] == api.key
        assert (sent.get("content-type") == "application/json") is (request["method"] == "PUT")
        assert (sent.get("cache-control") == "no-cache") is (number == 2)


# Orders as they come


def test_order_for_another_name_is_refused(api: State) -> None:
    pending(api, certificate={"common_name": "www.example.com"})
    result = run_one(api, {**CANCEL, "common_name": "www.example.org"})
    assert (result["reason"], result["changed"], methods(api)) == ("common_name_mismatch", False, ["GET"])
    assert "www.example.com" in result["msg"] and "www.example.org" in result["msg"]
    assert run_one(api, {**CANCEL, "common_name": "WWW.example.com"})["changed"] is True


@pytest.mark.parametrize("options", [MARK, UNMARK])
@pytest.mark.parametrize(
    "fault", [{"kind": "other_order"}, {"kind": "status", "status": 200, "body": {"page": {"total": 0}}}]
)
def test_list_without_the_order_tells_nothing_about_it(
    api: State, fault: dict[str, t.Any], options: dict[str, t.Any]
) -> None:
    migrated(api, is_renewed=options is UNMARK)
    api.fault(on="list", times=None, **fault)
    result = run_one(api, options)
    assert (result["reason"], result["changed"]) == ("unexpected_response", False)
    assert "PUT" not in methods(api)


def test_canceled_order_that_cannot_be_read(api: State) -> None:
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


def test_mark_is_verified_through_the_listing_where_order_info_leaves_it_out(api: State) -> None:
    migrated(api)
    result = run_one(api, MARK)
    assert (result["changed"], result["verified"]) == (True, True)
    assert kinds(api) == ["info", "list", "list", "status", "info", "list"]


# Somebody else was faster

RACES = [(pending, CANCEL), (reissue_pending, REISSUE), (migrated, MARK), (marked, UNMARK)]


@pytest.mark.parametrize(("start", "options"), RACES)
def test_one_of_ten_tasks_changes_the_order_and_nine_find_it_changed(
    fake: FakeRecorder, api: State, start: t.Callable[[State], None], options: dict[str, t.Any]
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


@pytest.mark.parametrize("status", [400, 404, 409, 422])
@pytest.mark.parametrize(("start", "options"), RACES)
def test_rejection_is_the_failure_unless_the_order_is_as_desired(
    api: State, start: t.Callable[[State], None], options: dict[str, t.Any], status: int
) -> None:
    start(api)
    api.fault("status", on="status", status=status)
    rejected = run_one(api, options)
    assert (rejected["changed"], rejected["http_status"]) == (False, status)
    assert rejected["reason"] == ("not_found" if status == 404 else "rejected_by_api")

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


@pytest.mark.parametrize(("options", "start"), [(MARK, migrated), (UNMARK, marked), (CANCEL, pending), (MARK, marked)])
@pytest.mark.parametrize("days", [-40, 40])
@pytest.mark.parametrize("check_mode", [True, False])
def test_mark_is_not_decided_by_a_wrong_clock(
    fake: FakeRecorder,
    api: State,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, t.Any],
    start: t.Callable[[State], None],
    days: int,
    check_mode: bool,
) -> None:
    monkeypatch.setattr(VirtualClock, "utc_now", lambda clock: fake.utc_now() + timedelta(days=days))
    start(api)
    result = run_one(api, options, check_mode=check_mode)
    # Only a mark that is to be set depends on the date.
    is_refused = options is MARK and start is migrated
    assert (result.get("reason"), result["changed"]) == (
        ("clock_skew", False) if is_refused else (None, start is not marked or options is not MARK)
    )
    assert "PUT" not in methods(api) or not (is_refused or check_mode)


# Options


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"note": None}, "note"),
        ({"note": " \n "}, "note"),
        ({"status": "Canceled"}, "canceled, renewed, not_renewed"),
        ({"cancel_scope": "Order"}, "order, reissue"),
        *[({"order_id": value}, "above 0") for value in (0, True)],
        *[({"order_id": value}, "order_id") for value in ("true", "1/../2", None)],
        ({"api_key": None}, "api_key is missing"),
        ({"api_key": " "}, "api_key is empty: set it"),
        ({"api_key": "ABCDEFGHIJ\nKLMNOPQRST"}, "control character"),
        ({"region": "asia"}, "us, eu"),
        ({"api_url": "http://example.com/services/v2"}, "use https://"),
        *[({"timeout": value}, "timeout") for value in (0, -1, "nan", "inf", "soon")],
        ({"retry_timeout": -1}, "retry_timeout"),
        ({"ca_path": "/nowhere/ca.pem"}, "ca_path /nowhere/ca.pem cannot be used (No such file or directory)"),
        ({"comon_name": ""}, "comon_name"),
        ({"check_rules": "perhaps"}, "check_rules"),
        ({"common_name": "\t\n"}, "common_name is empty"),
        ({"common_name": None}, "common_name is null"),
        ({"common_name": "", "note": ""}, "note is empty; common_name is empty: set it, or leave it out"),
        *[({name: ""}, name) for name in ("order_id", "status", "verify_change", "validate_certs", "timeout")],
    ],
)
def test_invalid_options_send_nothing(api: State, options: dict[str, t.Any], words: str) -> None:
    pending(api)
    result = run_one(api, {**CANCEL, **options})
    assert result["failed"] is True and not result.get("changed")
    assert words in result["msg"] and "ABCDEFGHIJ" not in str(result)
    assert result.get("reason") in (None, "invalid_option")
    assert api.requests == []


def test_white_space_around_the_key_is_dropped(api: State) -> None:
    pending(api)
    options = {**CANCEL, "api_key": f" {api.key}\u00a0\n"}
    assert run_one(api, options)["changed"] is True
    assert headers(api.requests[0])["x-dc-devkey"] == api.key
    # A key that comes back is hidden, although it is not the text that was given as the option.
    api.fault("status", status=400, body={"errors": [{"code": "x", "message": f"bad key {api.key}"}]})
    assert api.key not in str(run_one(api, options))


@pytest.mark.parametrize("wrong", [{}, {"status": "gone"}, {"order_id": None}])
@pytest.mark.parametrize("by_environment", [False, True])
def test_password_in_url_is_not_echoed(
    api: State, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, t.Any], by_environment: bool
) -> None:
    """Whatever is refused, by the module or by Ansible before it."""
    url = "https://user:hunter2hunter2@127.0.0.1/"
    if by_environment:
        monkeypatch.setenv("DIGICERT_API_URL", url)
    result = run_one(api, {**CANCEL, "api_url": None if by_environment else url, **wrong})
    assert result["failed"] is True
    assert "hunter2" not in str(result)


def test_options_win_over_the_environment(api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    pending(api)
    monkeypatch.setenv("DIGICERT_API_KEY", api.key)
    monkeypatch.setenv("DIGICERT_API_URL", FAKE_URL)
    monkeypatch.setenv("DIGICERT_REGION", "")
    assert run_main(digicert_order_status.main, CANCEL)["changed"] is True
    # The options win, and an empty one counts as not given.
    assert run_main(digicert_order_status.main, {**CANCEL, "api_url": "", "region": ""})["changed"] is False
    assert run_main(digicert_order_status.main, {**CANCEL, "api_key": ""})["reason"] == "invalid_option"
    assert run_main(digicert_order_status.main, {**CANCEL, "api_key": "wrong-key"})["reason"] == "unauthorized"
    for empty in ("", " "):
        monkeypatch.setenv("DIGICERT_API_KEY", empty)
        assert "api_key is missing: set it" in run_main(digicert_order_status.main, CANCEL)["msg"]


def test_option_that_an_awx_credential_leaves_empty_is_not_given(api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    pending(api)
    monkeypatch.setenv("DIGICERT_API_URL", FAKE_URL)
    monkeypatch.setenv("DIGICERT_REGION", "eu")
    empty = dict.fromkeys(("region", "api_url", "ca_path"), "")
    result = run_main(digicert_order_status.main, {"api_key": api.key, **CANCEL, **empty})
    assert result["verified"] is True
    # ansible-core 2.21 and later name no invocation unless asked.
    assert "invocation" not in result or result["invocation"]["module_args"]["region"] == "eu"


def test_null_is_an_option_that_is_not_given(api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    pending(api)
    monkeypatch.setenv("DIGICERT_API_URL", FAKE_URL)
    names = ("cancel_scope", "check_rules", "verify_change", "validate_certs", "timeout", "retry_timeout")
    assert run_one(api, {**CANCEL, **dict.fromkeys((*names, "region", "api_url", "ca_path"))})["verified"] is True


def test_a_failure_names_the_order(api: State) -> None:
    result = run_one(api, CANCEL)
    assert (result["reason"], result["order_id"], result["http_status"]) == ("not_found", ID, 404)
    assert str(ID) in result["msg"]
    assert run_one(api, {**CANCEL, "timeout": 0})["order_id"] == ID


def test_missing_requests_is_named(api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "REQUESTS_IMPORT_ERROR", "Traceback: no requests")
    result = run_one(api, CANCEL)
    assert result["failed"] is True and "requests" in result["msg"] and "reason" not in result
    assert api.requests == []


def test_diff_is_returned_only_if_asked_for(api: State) -> None:
    pending(api)
    assert "diff" not in run_one(api, CANCEL, check_mode=True, diff=False)
    assert run_one(api, CANCEL, check_mode=True)["diff"] == {
        "before": {"order_id": ID, "status": "pending"},
        "after": {"order_id": ID, "status": "canceled"},
    }
