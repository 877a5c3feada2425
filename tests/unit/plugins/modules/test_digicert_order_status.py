# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module as a whole, in this process, against the simulator."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils import _module
from ansible_collections.certops.certcentral.plugins.module_utils._client import USER_AGENT
from ansible_collections.certops.certcentral.plugins.modules import digicert_order_status
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.table import (
    OPERATIONS,
    STATUSES,
    WISHES,
    Case,
    cases,
    ends,
    expected,
    rows,
)
from ansible_collections.certops.certcentral.tests.unit.support import Clock, run_main

ID = 5000000123
CANCEL = {"order_id": ID, "status": "canceled", "note": "Not needed any more"}
REISSUE = {**CANCEL, "cancel_scope": "reissue"}
MARK = {"order_id": ID, "status": "renewed"}
UNMARK = {"order_id": ID, "status": "not_renewed"}


def run(sim: Simulator, options: t.Mapping[str, t.Any], **mode: bool) -> dict[str, t.Any]:
    return run_main(digicert_order_status.main, {"api_url": sim.url, "api_key": sim.key, **options}, **mode)


def methods(sim: Simulator) -> list[str]:
    return [request["method"] for request in sim.requests]


def headers(request: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in request["headers"].items()}


def pending(sim: Simulator, **fields: t.Any) -> None:
    sim.seed([{"id": ID, "status": "pending", **fields}])


def reissue_pending(sim: Simulator) -> None:
    sim.seed([{"id": ID, "status": "reissue_pending"}])


def migrated(sim: Simulator, **fields: t.Any) -> None:
    sim.seed([{"id": ID, "status": "issued", "migrated": True, "valid_in_days": 30, **fields}])


# The table of wishes


@pytest.fixture(scope="module")
def sim_of_tomorrow() -> t.Iterator[Simulator]:
    """Its clock is a day ahead, which the day of grace is for: 91 days are 90 to it."""
    with Simulator(now=lambda: datetime.now(timezone.utc) + timedelta(days=1)) as simulator:
        yield simulator


@pytest.mark.exhaustive
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("wish", "scope"), WISHES)
def test_table(sim_of_tomorrow: Simulator, wish: str, scope: str, status: str) -> None:
    play(sim_of_tomorrow, cases(wish, scope, status))


def test_rows(sim_of_tomorrow: Simulator) -> None:
    play(sim_of_tomorrow, rows())


def play(sim: Simulator, table: t.Iterable[Case]) -> None:
    for case in table:
        outcome = expected(case)
        sim.reset(orders=[case.seed(ID)])
        options = {"order_id": ID, **case.options()}

        promised = run(sim, options, check_mode=True)
        reads = methods(sim)
        assert set(reads) == {"GET"}, case
        sim.clear_log()
        done = run(sim, options)

        if outcome in OPERATIONS:
            assert promised["operation"] == outcome, case
            assert promised["changed"] is (outcome != "none"), case
            assert (promised["status"], promised["is_renewed"]) == ends(case), case
            assert ("diff" in promised) is promised["changed"], case
            assert promised["verified"] is None
            # Two GETs at most, and one for canceled, where nothing changes.
            assert outcome != "none" or len(reads) <= (1 if case.wish == "canceled" else 2), case
        else:
            assert promised["reason"] == outcome, case
        if not case.check_rules and done.get("reason") == "refused":
            # The API's own decision.
            assert promised["changed"] and not done["changed"] and not sim.changes, case
            continue
        same = ("changed", "operation", "status", "is_renewed", "diff", "reason", "order_id")
        assert {name: promised.get(name) for name in same} == {name: done.get(name) for name in same}, case
        assert methods(sim).count("PUT") == promised["changed"] == len(sim.changes), case
        if done["changed"]:
            assert done["verified"] is True
            assert methods(sim) == [*reads, "PUT", "GET"], case
            assert done["order"]["status"] == done["status"] or done["status"] is None, case
            again = run(sim, options)
            assert not again["changed"] and "failed" not in again, case
            assert methods(sim).count("PUT") == 1, case


def test_rows_cover_every_outcome() -> None:
    reasons = {"reissue_pending", "wrong_state", "not_migrated", "outside_renewal_window", "renewed_by_order"}
    assert {expected(case) for case in rows()} == {*OPERATIONS, *reasons}
    assert {(case.status, case.wish, case.scope) for case in rows()} == {(s, *w) for s in STATUSES for w in WISHES}


@pytest.mark.parametrize("quirks", [{"order_info_has_is_renewed": False}, {"renewed_as_status": True}])
def test_marks_however_the_api_shows_them(sim: Simulator, quirks: dict[str, t.Any]) -> None:
    for case in rows():
        outcome = expected(case)
        sim.reset(orders=[case.seed(ID)], quirks=quirks)
        done = run(sim, {"order_id": ID, **case.options()})
        if case.wish == "canceled" and case.is_renewed:
            continue
        assert done.get("operation", done.get("reason")) == outcome, case
        assert done["changed"] is (outcome in OPERATIONS and outcome != "none"), case
        assert len(sim.changes) == done["changed"], case
        assert done["changed"] or len(sim.requests) <= (1 if case.wish == "canceled" else 3), case
        assert done["changed"] or outcome != "none" or len(sim.requests) <= (1 if case.wish == "canceled" else 2), case


# What a change costs


def test_requests_of_a_change(sim: Simulator) -> None:
    pending(sim)
    assert run(sim, CANCEL)["msg"] == f"order {ID} was pending and is canceled now"
    assert [(r["method"], r["kind"]) for r in sim.requests] == [("GET", "info"), ("PUT", "status"), ("GET", "info")]


def test_requests_without_verify(sim: Simulator) -> None:
    pending(sim)
    result = run(sim, {**CANCEL, "verify": False})
    assert (result["changed"], result["verified"]) == (True, None)
    assert (result["status"], result["order"]["status"]) == ("canceled", "pending")
    assert methods(sim) == ["GET", "PUT"]


def test_migrated_costs_one_request(sim: Simulator) -> None:
    migrated(sim)
    assert run(sim, MARK)["changed"] is True
    assert [r["kind"] for r in sim.requests] == ["info", "list", "status", "info"]
    assert ("filters[origin]", "migrated") in sim.requests[1]["query"]
    assert ("filters[id]", str(ID)) in sim.requests[1]["query"]


def test_check_rules_false_does_not_ask_for_the_origin(sim: Simulator) -> None:
    migrated(sim)
    assert run(sim, {**MARK, "check_rules": False})["changed"] is True
    assert [r["kind"] for r in sim.requests] == ["info", "status", "info"]


def test_view_only_key_is_enough_for_check_mode(sim: Simulator) -> None:
    pending(sim)
    assert run(sim, {**CANCEL, "api_key": sim.view_only_key}, check_mode=True)["changed"] is True
    result = run(sim, {**CANCEL, "api_key": sim.view_only_key})
    assert (result["reason"], result["http_status"], result["changed"]) == ("unauthorized", 403, False)
    assert (
        result["errors"] == [sim_error for sim_error in result["errors"] if "access_denied" in sim_error["code"]] != []
    )


# What is sent


@pytest.mark.parametrize(
    "note", ["\"quoted\" \\ and 'so'", "two\r\nlines\tand a tab", "Zürich 東京 🔑", " spaces ", "{{ x }}"]
)
def test_notes_arrive_as_they_are(sim: Simulator, note: str) -> None:
    pending(sim)
    assert run(sim, {**CANCEL, "note": note})["changed"] is True
    put = next(request for request in sim.requests if request["method"] == "PUT")
    assert put["body"] == {"status": "canceled", "note": note}


@pytest.mark.parametrize("options", [MARK, {**MARK, "note": "Renewed by 5"}, {**MARK, "note": ""}])
def test_the_note_of_a_mark_is_optional(sim: Simulator, options: dict[str, t.Any]) -> None:
    migrated(sim)
    assert run(sim, options)["changed"] is True
    put = next(request for request in sim.requests if request["method"] == "PUT")
    assert put["body"] == {"status": "renewed", **({"note": options["note"]} if "note" in options else {})}


def test_headers(sim: Simulator) -> None:
    pending(sim)
    run(sim, CANCEL)
    for request in sim.requests:
        sent = headers(request)
        assert sent["x-dc-devkey"] == sim.key
        assert sent["user-agent"] == USER_AGENT
        assert "authorization" not in sent
        assert (sent.get("content-type") == "application/json") is (request["method"] == "PUT")


# Orders as they come


def test_every_optional_field_absent(sim: Simulator) -> None:
    sim.fault("status", on="info", status=200, body={"id": ID, "status": "pending"})
    result = run(sim, {**CANCEL, "verify": False}, check_mode=True)
    assert (result["operation"], result["is_renewed"]) == ("cancel_order", None)


def test_odd_fields(sim: Simulator) -> None:
    body: dict[str, t.Any] = {
        "id": str(ID),
        "status": "issued",
        "is_renewed": "0",
        "organization": [],
        "certificate": [],
        "requests": None,
        "renewed_order_id": None,
        "is_multi_year_plan": "1",
    }
    sim.fault("status", on="info", status=200, body=body)
    result = run(sim, UNMARK)
    assert (result["operation"], result["is_renewed"], result["order"]) == ("none", False, body)


OTHER_ORDERS: dict[str | None, list[t.Any]] = {
    None: [0, "0", None, False, "", []],
    "renewed_by_order": [7, "7"],
    "unexpected_response": [True, "seven", [7], {"id": 7}, -7],
}


@pytest.mark.parametrize(
    ("reason", "value"), [(reason, value) for reason, values in OTHER_ORDERS.items() for value in values]
)
def test_whether_another_order_renewed_it(sim: Simulator, value: t.Any, reason: str | None) -> None:
    migrated(sim, is_renewed=True, renewed_order_id=value)
    result = run(sim, UNMARK)
    assert (result.get("reason"), len(sim.changes)) == (reason, 0 if reason else 1)


def test_organization_can_be_a_list(sim: Simulator) -> None:
    pending(sim, organization=[])
    assert run(sim, CANCEL)["changed"] is True


def test_guard(sim: Simulator) -> None:
    pending(sim, certificate={"common_name": "www.example.com"})
    result = run(sim, {**CANCEL, "common_name": "www.example.org"})
    assert (result["reason"], result["changed"], methods(sim)) == ("common_name_mismatch", False, ["GET"])
    assert "www.example.com" in result["msg"] and "www.example.org" in result["msg"]
    assert run(sim, {**CANCEL, "common_name": "WWW.example.com"})["changed"] is True


def test_listing_that_does_not_know_the_order(sim: Simulator) -> None:
    migrated(sim)
    sim.quirks.order_info_has_is_renewed = False
    sim.fault("status", on="list", status=200, body={"page": {"total": 0}}, times=None)
    for options in (MARK, UNMARK):
        result = run(sim, options)
        assert (result["reason"], result["changed"]) == ("unexpected_response", False)
    assert "PUT" not in methods(sim)


@pytest.mark.parametrize("options", [MARK, UNMARK])
def test_the_mark_of_another_order_settles_nothing(sim: Simulator, options: dict[str, t.Any]) -> None:
    migrated(sim, is_renewed=options is UNMARK)
    sim.quirks.order_info_has_is_renewed = False
    sim.fault("other_order", on="list", times=None)
    result = run(sim, options)
    assert (result["reason"], result["changed"]) == ("unexpected_response", False)
    assert "PUT" not in methods(sim)


@pytest.mark.parametrize("null", [True, False])
def test_no_row_means_not_migrated(sim: Simulator, null: bool) -> None:
    migrated(sim, migrated=False)
    sim.quirks.orders_key_null = null
    assert run(sim, MARK)["reason"] == "not_migrated"


def test_listing_that_ignores_its_filters(sim: Simulator) -> None:
    migrated(sim)
    sim.seed([{"id": ID + number, "status": "issued"} for number in range(1, 5)])
    sim.quirks.ignored_filters = ("id", "origin")
    result = run(sim, MARK)
    assert (result["reason"], result["changed"]) == ("unexpected_response", False)
    assert "PUT" not in methods(sim)


def test_canceled_order_that_cannot_be_read(sim: Simulator) -> None:
    pending(sim)
    sim.quirks.canceled_order_readable = False
    result = run(sim, CANCEL)
    assert (result["changed"], result["verified"], result["status"]) == (True, False, "canceled")
    assert len(result["warnings"]) == 1 and str(ID) in result["warnings"][0]
    assert methods(sim) == ["GET", "PUT", "GET"]
    assert run(sim, CANCEL)["reason"] == "not_found"


@pytest.mark.parametrize("lag", [1, 3, 4, 9])
def test_readings_that_lag(sim: Simulator, clock: Clock, lag: int) -> None:
    pending(sim)
    sim.quirks.read_lag = lag
    result = run(sim, CANCEL)
    shown = lag < 4
    assert (result["changed"], result["verified"], result["status"]) == (True, shown, "canceled")
    assert bool(result["warnings"]) is not shown
    assert methods(sim) == ["GET", "PUT"] + ["GET"] * min(lag + 1, 4)
    assert sum(clock.slept) <= 4


def test_mark_is_verified_through_the_listing_where_order_info_leaves_it_out(sim: Simulator) -> None:
    migrated(sim)
    sim.quirks.order_info_has_is_renewed = False
    result = run(sim, MARK)
    assert (result["changed"], result["verified"]) == (True, True)
    assert [r["kind"] for r in sim.requests] == ["info", "list", "list", "status", "info", "list"]


# Options


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"note": None}, "note"),
        ({"note": ""}, "note"),
        ({"note": " \n "}, "note"),
        ({"status": "Canceled"}, "canceled, renewed, not_renewed"),
        ({"status": "cancelled"}, "canceled, renewed, not_renewed"),
        ({"status": ""}, "status"),
        ({"cancel_scope": "Order"}, "order, reissue"),
        ({"order_id": 0}, "above 0"),
        ({"order_id": -1}, "above 0"),
        ({"order_id": True}, "above 0"),
        ({"order_id": "true"}, "order_id"),
        ({"order_id": "1/../2"}, "order_id"),
        ({"order_id": None}, "order_id"),
        ({"order_id": ""}, "order_id"),
        ({"api_key": None}, "api_key is missing"),
        ({"api_key": ""}, "api_key is empty"),
        ({"api_key": " "}, "api_key is empty: set it"),
        ({"api_key": " \n"}, "api_key is empty"),
        ({"region": "asia"}, "us, eu"),
        ({"api_url": "http://example.com/services/v2"}, "use https://"),
        ({"api_url": "http://127.0.0.1.example.com/"}, "use https://"),
        ({"api_url": "http://127.1/"}, "use https://"),
        ({"api_url": "http://[::ffff:127.0.0.1]/"}, "use https://"),
        ({"api_url": "http://localhost.example.com/"}, "use https://"),
        ({"api_url": "https://user@127.0.0.1/"}, "user name or a password"),
        ({"api_url": "http://localhost@example.com/"}, "user name or a password"),
        ({"api_url": "http://example.com\\@localhost/"}, "user name or a password"),
        ({"api_url": "ftp://localhost/"}, "api_url"),
        ({"api_url": "localhost:8080"}, "api_url"),
        ({"api_url": "https://"}, "api_url"),
        ({"api_url": "https://localhost:99999/"}, "api_url"),
        ({"api_url": "https://[::1/"}, "api_url"),
        ({"api_url": "https://localhost/?a=b"}, "api_url"),
        ({"api_url": "https://local host/"}, "api_url"),
        ({"api_url": "https://localhost/\r\nX: y"}, "api_url"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": "nan"}, "timeout"),
        ({"timeout": "inf"}, "timeout"),
        ({"timeout": "soon"}, "timeout"),
        ({"retry_timeout": -1}, "retry_timeout"),
        ({"ca_path": "/nowhere/ca.pem"}, "ca_path /nowhere/ca.pem cannot be used (No such file or directory)"),
        ({"ca_path": __file__}, "ca_path"),
        ({"api_url": "https://a..b/"}, "api_url"),
        ({"comon_name": ""}, "comon_name"),
        ({"check_rules": "perhaps"}, "check_rules"),
        ({"state": "canceled"}, "state"),
    ],
)
def test_invalid_options_send_nothing(sim: Simulator, options: dict[str, t.Any], words: str) -> None:
    pending(sim)
    result = run(sim, {**CANCEL, **options})
    assert result["failed"] is True and not result.get("changed")
    assert words in result["msg"]
    assert result.get("reason") in (None, "invalid_option")
    assert sim.requests == []


def test_password_in_url_is_not_echoed(sim: Simulator) -> None:
    result = run(sim, {**CANCEL, "api_url": "https://user:hunter2hunter2@127.0.0.1/"})
    assert "hunter2" not in str(result)


@pytest.mark.parametrize("inside", ["\n", "\r", "\x00", "\x7f", "é", "\u2028", "\t", "\u00a0"])
def test_malformed_keys_are_not_echoed(sim: Simulator, inside: str) -> None:
    for key in (f"ABCDEFGHIJ{inside}KLMNOPQRST", f"ABCDEFGHIJ{inside}KLMNOPQRST\n"):
        result = run(sim, {**CANCEL, "api_key": key})
        assert result["reason"] == "invalid_option"
        assert "ABCDEFGHIJ" not in result["msg"] and "KLMNOPQRST" not in result["msg"]
    assert sim.requests == []


@pytest.mark.parametrize("around", [" {}\n", "\ufeff{}", "\t{}\r\n", "{}\u00a0"])
def test_white_space_around_the_key_is_dropped(sim: Simulator, around: str) -> None:
    pending(sim)
    result = run(sim, {**CANCEL, "api_key": around.format(sim.key)})
    if "\ufeff" in around:
        assert result["reason"] == "invalid_option"
    else:
        assert result["changed"] is True
        assert headers(sim.requests[0])["x-dc-devkey"] == sim.key
    # A key that comes back is hidden, though it is not the text that was given as the option.
    sim.fault("status", status=400, body={"errors": [{"code": "x", "message": f"bad key {sim.key}"}]})
    assert sim.key not in str(run(sim, {**CANCEL, "api_key": around.format(sim.key)}))


def test_environment(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    pending(sim)
    monkeypatch.setenv("DIGICERT_API_KEY", sim.key)
    monkeypatch.setenv("DIGICERT_API_URL", sim.url)
    monkeypatch.setenv("DIGICERT_REGION", "")
    assert run_main(digicert_order_status.main, CANCEL)["changed"] is True
    # The options win, and an empty one counts as not given.
    assert run_main(digicert_order_status.main, {**CANCEL, "api_url": "", "region": ""})["changed"] is False
    assert run_main(digicert_order_status.main, {**CANCEL, "api_key": ""})["reason"] == "invalid_option"
    assert run_main(digicert_order_status.main, {**CANCEL, "api_key": "wrong"})["reason"] == "unauthorized"


def test_empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGICERT_API_KEY", "")
    assert "is missing" in run_main(digicert_order_status.main, CANCEL)["msg"]
    monkeypatch.setenv("DIGICERT_API_KEY", " ")
    assert "api_key is missing: set it" in run_main(digicert_order_status.main, CANCEL)["msg"]


def test_empty_options_count_as_not_given(sim: Simulator) -> None:
    pending(sim)
    empty = dict.fromkeys(("region", "ca_path", "timeout", "retry_timeout", "validate_certs", "common_name"), "")
    assert run(sim, {**CANCEL, **empty, "cancel_scope": "", "check_rules": "", "verify": ""})["verified"] is True


def test_a_failure_names_the_order(sim: Simulator) -> None:
    result = run(sim, CANCEL)
    assert (result["reason"], result["order_id"], result["http_status"]) == ("not_found", ID, 404)
    assert str(ID) in result["msg"]
    assert run(sim, {**CANCEL, "timeout": 0})["order_id"] == ID


def test_requests_is_missing(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_module, "REQUESTS_IMPORT_ERROR", "Traceback: no requests")
    result = run(sim, CANCEL)
    assert result["failed"] is True and "requests" in result["msg"] and "reason" not in result
    assert sim.requests == []


def test_no_diff_unless_asked_for(sim: Simulator) -> None:
    pending(sim)
    assert "diff" not in run(sim, CANCEL, check_mode=True, diff=False)
    assert run(sim, CANCEL, check_mode=True)["diff"] == {
        "before": {"order_id": ID, "status": "pending"},
        "after": {"order_id": ID, "status": "canceled"},
    }


def test_diff_of_a_mark(sim: Simulator) -> None:
    migrated(sim)
    assert run(sim, MARK)["diff"] == {
        "before": {"order_id": ID, "is_renewed": False},
        "after": {"order_id": ID, "is_renewed": True},
    }
