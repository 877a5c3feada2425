# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults between the modules and the API, one at a time, with the outcome that is documented for each."""

from __future__ import annotations

import syslog
import typing as t

import pytest
from ansible.module_utils import basic

from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.modules import (
    digicert_order_info,
    digicert_order_status,
    digicert_order_statuses,
)
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import (
    CANCEL,
    ID,
    MARK,
    connection,
    methods,
    migrated,
    pending,
    raw,
    run_one,
)
from ansible_collections.certops.certcentral.tests.unit.echoes import ECHOES, Echo, break_lines, check_hidden
from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.support import Limited, run_main

FAST = {"timeout": 0.5}
NO_RETRY = {"retry_timeout": 0}

# Failed reads: the fault, and the reason and HTTP status of the failure.
BAD_READINGS = [
    ("status", {"status": 400}, "rejected_by_api", 400),
    ("status", {"status": 409, "body": ""}, "rejected_by_api", 409),
    ("status", {"status": 401}, "unauthorized", 401),
    ("status", {"status": 403}, "unauthorized", 403),
    ("status", {"status": 403, "body": "<html>"}, "blocked", 403),
    ("block_page", {"status": 403}, "blocked", 403),
    ("block_page", {"status": 200}, "unexpected_response", 200),
    ("status", {"status": 407}, "rejected_by_api", 407),
    ("status", {"status": 404}, "not_found", 404),
    ("status", {"status": 404, "body": ""}, "not_found", 404),
    ("status", {"status": 404, "body": {"errors": [{"code": "not_found", "message": "m"}]}}, "not_found", 404),
    (
        "status",
        {"status": 404, "body": {"errors": [{"code": "not_found|route", "message": "m"}]}},
        "unexpected_response",
        404,
    ),
    ("status", {"status": 404, "body": "<html>Not found</html>"}, "unexpected_response", 404),
    ("status", {"status": 404, "body": {"errors": []}}, "unexpected_response", 404),
    ("status", {"status": 404, "body": {"errors": [{"code": "gone", "message": "m"}]}}, "rejected_by_api", 404),
    ("status", {"status": 201, "body": {"id": ID, "status": "canceled"}}, "unexpected_response", 201),
    ("status", {"status": 204, "body": ""}, "unexpected_response", 204),
    ("status", {"status": 301, "location": "https://127.0.0.1:1/"}, "unexpected_response", 301),
    ("status", {"status": 302, "location": "/services/v2/order/certificate/1"}, "unexpected_response", 302),
    ("status", {"status": 307, "location": "https://127.0.0.1:1/"}, "unexpected_response", 307),
    ("status", {"status": 304, "body": ""}, "unexpected_response", 304),
    ("html", {"status": 200}, "unexpected_response", 200),
    ("empty", {}, "unexpected_response", 200),
    ("bad_json", {}, "unexpected_response", 200),
    *[
        ("wrong_shape", {"shape": shape}, "unexpected_response", 200)
        for shape in (
            "list",
            "string",
            "number",
            "null",
            "true",
            "object",
            "no_id",
            "no_status",
            "id_string",
            "status_number",
            "errors",
            "message",
            "data",
        )
    ],
    ("other_order", {}, "unexpected_response", 200),
]

# What goes on being repeated: the fault, the reason, and the HTTP status.
PASSING = [
    ("status", {"status": 429}, "rate_limited", 429),
    ("status", {"status": 429, "retry_after": 1}, "rate_limited", 429),
    ("status", {"status": 408}, "unavailable", 408),
    ("status", {"status": 500}, "unavailable", 500),
    ("status", {"status": 502, "body": ""}, "unavailable", 502),
    ("html", {"status": 503}, "unavailable", 503),
    ("reset_before", {}, "unavailable", None),
    ("hang", {}, "unavailable", None),
    ("drip", {"interval": 0.05, "part": "headers"}, "unavailable", None),
    ("drip", {"interval": 0.05, "part": "body"}, "unavailable", 200),
    ("cut", {}, "unavailable", 200),
    ("cut", {"part": "headers"}, "unavailable", None),
    ("cut", {"part": "headers", "keep": 11}, "unavailable", None),
]


# The account in memory replaces it.
LOG = basic.AnsibleModule.log


@pytest.fixture
def logged(api: State, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the module writes to the system's log."""
    lines: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "log", LOG)
    monkeypatch.setattr(syslog, "syslog", lambda *args: lines.append(args[-1]))
    return lines


def check(result: dict[str, t.Any], reason: str, status: int | None, changed: bool = False) -> None:
    assert (result["reason"], result["http_status"], result["changed"]) == (reason, status, changed), result
    assert result["msg"].startswith(f"order {ID} ")
    assert "diff" not in result


# Reading


@pytest.mark.parametrize(("kind", "params", "reason", "status"), BAD_READINGS)
def test_bad_reading_is_final(api: State, kind: str, params: dict[str, t.Any], reason: str, status: int) -> None:
    pending(api)
    api.fault(kind, on="info", times=None, **params)
    check(run_one(api, CANCEL), reason, status)
    assert methods(api) == ["GET"]


@pytest.mark.parametrize(("kind", "params", "reason", "status"), BAD_READINGS)
def test_bad_listing_is_final(api: State, kind: str, params: dict[str, t.Any], reason: str, status: int) -> None:
    migrated(api)
    api.fault(kind, on="list", times=None, **params)
    check(run_one(api, MARK), "unexpected_response" if reason == "not_found" else reason, status)
    assert methods(api) == ["GET", "GET"]


@pytest.mark.parametrize("shape", ["orders_object", "orders_strings"])
def test_listing_of_another_shape(api: State, shape: str) -> None:
    migrated(api)
    api.fault("wrong_shape", on="list", shape=shape)
    check(run_one(api, MARK), "unexpected_response", 200)
    assert "PUT" not in methods(api)


@pytest.mark.parametrize(("kind", "params", "reason", "status"), PASSING)
@pytest.mark.parametrize("on", ["info", "list"])
def test_reading_is_repeated(
    api: State, slept: list[float], on: str, kind: str, params: dict[str, t.Any], reason: str, status: int | None
) -> None:
    migrated(api)
    api.quirks.order_info_has_is_renewed = True
    api.fault(kind, on=on, times=2, **params)
    result = run_one(api, {**MARK, **FAST})
    assert (result["changed"], len(api.changes)) == (True, 1)
    assert [r["kind"] for r in api.requests].count(on) == (4 if on == "info" else 3)
    assert len(result["warnings"]) == 1 and f"waited {sum(slept):.1f} s" in result["warnings"][0]


@pytest.mark.parametrize(("kind", "params", "reason", "status"), PASSING)
def test_reading_is_given_up(
    api: State, slept: list[float], kind: str, params: dict[str, t.Any], reason: str, status: int | None
) -> None:
    pending(api)
    api.fault(kind, on="info", times=None, **params)
    result = run_one(api, {**CANCEL, **FAST, "retry_timeout": 5})
    check(result, reason, status)
    assert "5 s of retry_timeout" in result["msg"]
    assert len(api.requests) >= 2 and set(methods(api)) == {"GET"}
    assert sum(slept) <= 5.001


@pytest.mark.parametrize(("kind", "params", "reason", "status"), PASSING)
def test_never_repeat(api: State, kind: str, params: dict[str, t.Any], reason: str, status: int | None) -> None:
    pending(api)
    api.fault(kind, on="info", times=None, **params)
    result = run_one(api, {**CANCEL, **FAST, **NO_RETRY})
    check(result, reason, status)
    assert len(api.requests) == 1 and not result["warnings"]


def test_the_api_s_words_are_kept_and_made_harmless(api: State) -> None:
    pending(api)
    errors = [{"code": "a|b", "message": "\x1b[2J\x1b]0;x\x07Bad\r\nnews\u202e" + "x" * 5000}]
    api.fault("status", on="info", status=400, body={"errors": errors})
    result = run_one(api, CANCEL)
    assert result["errors"] == errors
    assert "a|b" in result["msg"] and "news" in result["msg"]
    assert result["msg"].isprintable() and len(result["msg"]) < 500


@pytest.mark.parametrize("kind", ["retry_after", "retry_after_date"])
def test_retry_after_is_honoured(api: State, slept: list[float], kind: str) -> None:
    pending(api)
    api.fault("status", on="info", status=429, **{kind: 100})
    assert run_one(api, CANCEL)["changed"] is True
    assert 98 <= slept[0] <= 100


@pytest.mark.parametrize("kind", ["retry_after", "retry_after_date"])
def test_retry_after_beyond_the_budget_fails_at_once(api: State, slept: list[float], kind: str) -> None:
    pending(api)
    api.fault("status", on="info", status=429, times=None, **{kind: 20000})
    result = run_one(api, {**CANCEL, "retry_timeout": 60})
    assert result["reason"] == "rate_limited" and "to wait 20000 s" in result["msg"].replace("19999", "20000")
    assert slept == [] and len(api.requests) == 1


# test_responses.py has more of them.
@pytest.mark.parametrize("value", ["soon", "-5", "\x1b[2J", "x" * 60000])
def test_retry_after_without_meaning_gives_way_to_the_backoff(api: State, slept: list[float], value: str) -> None:
    pending(api)
    api.fault("status", on="info", status=429, retry_after=value)
    assert run_one(api, CANCEL)["changed"] is True
    assert sum(slept) <= 60


@pytest.mark.parametrize(("on", "status", "reason"), [("info", 503, "unavailable"), ("status", 429, "rate_limited")])
def test_a_tiny_retry_after_makes_no_burst(
    fake: FakeRecorder, api: State, slept: list[float], on: str, status: int, reason: str
) -> None:
    """Regression: 2,591 requests in 4 s."""
    pending(api)
    fake.exchanges = Limited(200)
    api.fault("status", on=on, status=status, times=None, retry_after="0.001")
    result = run_one(api, {**CANCEL, "retry_timeout": 240})
    assert (result["reason"], result["changed"]) == (reason, False)
    assert 5 < len(api.requests) < 50
    assert sum(slept) == pytest.approx(240)


def test_rate_limit_windows(api: State, slept: list[float]) -> None:
    api.reset(orders=[{"id": ID, "status": "pending"}], rate_limits=[[2, 5]])
    result = run_one(api, CANCEL)
    assert (result["changed"], result["verified"]) == (True, True)
    assert [request["status"] for request in api.requests].count(429) == 1


# The change


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"status": 400}, "rejected_by_api"),
        ({"status": 409, "body": "<html>"}, "rejected_by_api"),
        ({"status": 401}, "unauthorized"),
        ({"status": 403}, "unauthorized"),
        ({"status": 403, "body": "<html>"}, "blocked"),
        ({"status": 407}, "rejected_by_api"),
        ({"status": 404}, "not_found"),
        ({"status": 404, "body": ""}, "not_found"),
        ({"status": 404, "body": {"errors": [{"code": "not_found|route", "message": "m"}]}}, "unexpected_response"),
    ],
)
def test_rejected_change_is_not_repeated(api: State, params: dict[str, t.Any], reason: str) -> None:
    pending(api)
    api.fault("status", on="status", **params)
    check(run_one(api, CANCEL), reason, params["status"])
    # The order is read once more, because somebody else may have been faster, unless every request would fail.
    is_fatal = reason in ("unauthorized", "blocked")
    assert methods(api) == ["GET", "PUT"] + ["GET"] * (not is_fatal) and not api.changes


def test_rate_limited_change_is_repeated_blindly(api: State, slept: list[float]) -> None:
    pending(api)
    api.fault("status", on="status", status=429, times=2)
    assert run_one(api, CANCEL)["changed"] is True
    assert methods(api) == ["GET", "PUT", "PUT", "PUT", "GET"] and len(api.changes) == 1


def test_rate_limited_change_is_given_up(api: State, slept: list[float]) -> None:
    pending(api)
    api.fault("status", on="status", status=429, times=None)
    check(run_one(api, {**CANCEL, "retry_timeout": 3}), "rate_limited", 429)


# After a 204


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("status", {"status": 404}),
        ("status", {"status": 403}),
        ("status", {"status": 500}),
        ("status", {"status": 302, "location": "https://127.0.0.1:1/"}),
        ("html", {"status": 200}),
        ("other_order", {}),
        ("cut", {}),
    ],
)
def test_verification_that_fails_is_a_warning(
    api: State, slept: list[float], kind: str, params: dict[str, t.Any]
) -> None:
    pending(api)
    api.fault(kind, on="info", after=1, times=None, **params)
    result = run_one(api, {**CANCEL, "retry_timeout": 2})
    assert (result["changed"], result["verified"], result["status"]) == (True, False, "canceled")
    assert "failed" not in result
    assert any(f"the API accepted canceling order {ID}, but it" in warning for warning in result["warnings"])


# The key, should the API repeat it


MODULES = {
    digicert_order_status: CANCEL,
    digicert_order_statuses: {"order_ids": [ID, ID + 1], "status": "canceled", "note": "x", "rate_limit_share": 0},
    digicert_order_info: {},
}


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("on", ["any", "status"])
@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 503])
@pytest.mark.parametrize("echo", ECHOES)
def test_key_in_a_response_is_hidden(
    api: State, slept: list[float], logged: list[str], module: t.Any, on: str, status: int, echo: Echo
) -> None:
    api.seed([{"id": ID, "status": "pending"}, {"id": ID + 1, "status": "pending"}])
    api.fault("status", on=on, status=status, times=None, **echo(api.key))
    options = {**connection(api), "api_key": f" {api.key}\n", "retry_timeout": 9, **MODULES[module]}
    result = run_main(module.main, options)
    assert result.get("failed") or (module is digicert_order_info and on == "status")
    check_hidden(api.key, result, logged)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("form", [str, break_lines])
def test_key_in_an_order_is_hidden(api: State, module: t.Any, form: t.Callable[[str], str]) -> None:
    key = form(api.key)
    fields = {"status": key, "x": {key: [key]}, "certificate": {"common_name": key, "valid_till": key}}
    orders = [{"id": number, **fields} for number in (ID, ID + 1)]
    api.fault("status", on="info", times=None, status=200, body=orders[0])
    api.fault("status", on="list", times=None, status=200, body={"orders": orders, key: key})
    result = run_main(module.main, {**connection(api), **MODULES[module]})
    assert "********" in str(result)
    check_hidden(api.key, result)
    api.faults.clear()
    api.fault("status", times=None, status=200, body={"id": api.key, "status": "x", "orders": [{"id": api.key}]})
    result = run_main(module.main, {**connection(api), **MODULES[module]})
    # A row that is no order is left out.
    assert result["complete"] is False if module is digicert_order_info else result["reason"] == "unexpected_response"
    check_hidden(api.key, result)


def test_key_in_another_option_is_hidden(api: State, logged: list[str]) -> None:
    pending(api)
    options = {**connection(api), "api_key": f" {api.key}\n", **CANCEL, "note": f"The key is {api.key}"}
    check_hidden(api.key, run_main(digicert_order_status.main, options), logged)
    assert api.requests[1]["body"]["note"] == f"The key is {api.key}"


# Bugs


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("where", ["get", "put"])
def test_bug_is_a_failure_that_hides_the_key(
    api: State, monkeypatch: pytest.MonkeyPatch, logged: list[str], module: t.Any, where: str
) -> None:
    """An exception that nobody foresaw, whose text has the key, is a failure like any other, and says where it was."""
    api.seed([{"id": ID, "status": "pending"}, {"id": ID + 1, "status": "pending"}])
    original = getattr(Client, where)

    def broken(self: Client, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
        if where == "put":
            original(self, *args, **kwargs)
        raise LookupError(f"\x1b[2J\0\n{args} {api.key} {break_lines(api.key)}")

    monkeypatch.setattr(Client, where, broken)
    result = run_main(module.main, {**connection(api), **MODULES[module]})
    if module is digicert_order_info and where == "put":
        assert "failed" not in result
        return
    assert result["reason"] == ("unexpected_response" if where == "get" else "unknown_outcome")
    assert result["changed"] is (where == "put") is bool(api.changes)
    assert "LookupError" in result["msg"] and result["msg"].isprintable()
    assert any("test_faults.py" in line and "broken" in line for line in logged)
    assert all(line.isprintable() for line in logged)
    check_hidden(api.key, result, logged)


# Replies that Ansible could not pass on


def test_text_that_is_no_unicode_is_replaced(api: State) -> None:
    body = b'{"id": %d, "status": "canceled", "notes": [{"text": "cut \\ud83d"}]}' % ID
    api.fault(on="info", **raw(body))
    assert run_one(api, CANCEL)["order"]["notes"] == [{"text": "cut \ufffd"}]


def test_values_that_are_nested_too_deeply_are_left_out(api: State) -> None:
    body = b'{"id": %d, "status": "canceled", "deep": %s%s}' % (ID, b"[" * 600, b"]" * 600)
    api.fault(on="info", **raw(body))
    result = run_one(api, CANCEL)
    assert result["operation"] == "none" and len(str(result["order"]["deep"])) < 200


# The status counts, whatever comes behind it


def test_the_api_s_words_in_another_place(api: State) -> None:
    pending(api)
    api.fault("status", on="info", status=400, body={"code": "bad", "message": "real words"})
    assert "bad real words" in run_one(api, CANCEL)["msg"]
    api.fault("status", on="info", status=400, body="Some plain words")
    assert "Some plain words" in run_one(api, CANCEL)["msg"]
    api.fault("html", on="info", status=400)
    assert "<" not in run_one(api, CANCEL)["msg"]
