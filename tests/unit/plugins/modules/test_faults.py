"""Faults between the modules and the API, one at a time, each with its documented outcome."""

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
    check_failure,
    connection,
    kinds,
    methods,
    migrated,
    pending,
    run_one,
)
from ansible_collections.certops.certcentral.tests.unit.echoes import ECHOES, Echo, break_lines, check_hidden
from ansible_collections.certops.certcentral.tests.unit.support import run_main

# The account in memory replaces this address.
LOG = basic.AnsibleModule.log


# Faults that lead to repeats, each with its reason and HTTP status.
PASSING: list[tuple[dict[str, t.Any], str, int | None]] = [
    *[({"kind": "status", "status": 429, **after}, "rate_limited", 429) for after in ({}, {"retry_after": 1})],
    *[({"kind": "status", "status": status}, "unavailable", status) for status in (408, 500)],
    ({"kind": "html", "status": 503}, "unavailable", 503),
    ({"kind": "reset_before"}, "unavailable", None),
    ({"kind": "hang"}, "unavailable", None),
    *[({"kind": "drip", "part": part}, "unavailable", code) for part, code in (("headers", None), ("body", 200))],
    *[({"kind": "cut", "part": part}, "unavailable", code) for part, code in (("headers", None), ("body", 200))],
]


@pytest.fixture
def logged(api: State, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines that the module writes to the system's log."""
    lines: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "log", LOG)
    monkeypatch.setattr(syslog, "syslog", lambda *args: lines.append(args[-1]))
    return lines


# Reading. test_responses.py and test_listing.py have every response that is final.


@pytest.mark.parametrize(
    ("fault", "reason", "status"),
    [
        ({"kind": "status", "status": 400}, "rejected_by_api", 400),
        ({"kind": "block_page", "status": 403}, "blocked", 403),
        ({"kind": "status", "status": 404, "body": ""}, "not_found", 404),
        ({"kind": "status", "status": 204}, "unexpected_response", 204),
        ({"kind": "status", "status": 302, "location": "https://127.0.0.1:1/"}, "unexpected_response", 302),
        *[({"kind": kind}, "unexpected_response", 200) for kind in ("empty", "bad_json", "other_order")],
        *[({"kind": "wrong_shape", "shape": s}, "unexpected_response", 200) for s in ("list", "no_status", "errors")],
    ],
)
def test_response_that_is_not_the_order_is_final(api: State, fault: dict[str, t.Any], reason: str, status: int) -> None:
    pending(api)
    api.fault(on="info", times=None, **fault)
    check_failure(run_one(api, CANCEL), reason, status)
    assert methods(api) == ["GET"]


@pytest.mark.parametrize(("fault", "reason", "status"), PASSING)
@pytest.mark.parametrize("on", ["info", "list"])
def test_read_that_fails_for_a_while_is_repeated(
    api: State, slept: list[float], on: str, fault: dict[str, t.Any], reason: str, status: int | None
) -> None:
    migrated(api)
    api.quirks.order_info_has_is_renewed = True
    api.fault(on=on, times=2, **fault)
    result = run_one(api, {**MARK, "timeout": 0.5})
    assert (result["changed"], len(api.changes)) == (True, 1)
    assert kinds(api).count(on) == (4 if on == "info" else 3)
    assert len(result["warnings"]) == 1 and f"waited {sum(slept):.1f} s" in result["warnings"][0]


@pytest.mark.parametrize("retry_timeout", [5, 0])
@pytest.mark.parametrize(("fault", "reason", "status"), PASSING)
def test_read_that_keeps_failing_is_given_up(
    api: State, slept: list[float], fault: dict[str, t.Any], reason: str, status: int | None, retry_timeout: int
) -> None:
    pending(api)
    api.fault(on="info", times=None, **fault)
    result = run_one(api, {**CANCEL, "timeout": 0.5, "retry_timeout": retry_timeout})
    check_failure(result, reason, status)
    assert ("5 s of retry_timeout" in result["msg"]) is (len(api.requests) > 1) is bool(retry_timeout)
    assert set(methods(api)) == {"GET"} and sum(slept) <= retry_timeout + 0.001


# The change


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        *[({"status": status}, "rejected_by_api") for status in (400, 407, 409)],
        *[({"status": status}, "unauthorized") for status in (401, 403)],
        ({"status": 403, "body": "<html>"}, "blocked"),
        ({"status": 404}, "not_found"),
        ({"status": 404, "body": {"errors": [{"code": "not_found|route", "message": "m"}]}}, "unexpected_response"),
    ],
)
def test_rejected_change_is_not_repeated(api: State, params: dict[str, t.Any], reason: str) -> None:
    pending(api)
    api.fault("status", on="status", **params)
    check_failure(run_one(api, CANCEL), reason, params["status"])
    # The order is read once more, because somebody else may have been faster, unless every request would fail.
    is_fatal = reason in ("unauthorized", "blocked")
    assert methods(api) == ["GET", "PUT"] + ["GET"] * (not is_fatal) and not api.changes


def test_rate_limited_change_is_repeated_without_a_read_while_there_is_time(api: State, slept: list[float]) -> None:
    pending(api)
    api.fault("status", on="status", status=429, times=2)
    assert run_one(api, CANCEL)["changed"] is True
    assert methods(api) == ["GET", "PUT", "PUT", "PUT", "GET"] and len(api.changes) == 1
    pending(api)
    api.fault("status", on="status", status=429, times=None)
    check_failure(run_one(api, {**CANCEL, "retry_timeout": 3}), "rate_limited", 429)


# After a 204


@pytest.mark.parametrize(
    "fault",
    [
        *[{"kind": "status", "status": status} for status in (404, 403, 500)],
        *({"kind": "html", "status": 200}, {"kind": "other_order"}, {"kind": "cut"}),
    ],
)
def test_verification_that_fails_is_a_warning(api: State, slept: list[float], fault: dict[str, t.Any]) -> None:
    pending(api)
    api.fault(on="info", after=1, times=None, **fault)
    result = run_one(api, {**CANCEL, "retry_timeout": 2})
    assert (result["changed"], result["verified"], result["status"]) == (True, False, "canceled")
    assert "failed" not in result
    assert any(f"the API accepted canceling order {ID}, but it" in warning for warning in result["warnings"])


# Responses that repeat the key


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
    # A row that is not an order is left out.
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
    """An unexpected exception whose text contains the key is a failure like any other, and its place is logged."""
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
