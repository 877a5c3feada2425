"""Faults between the modules and the API, one at a time, each with its documented outcome."""

from __future__ import annotations

import syslog
import typing as t

import pytest
from ansible.module_utils import basic

from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import (
    CANCEL,
    ID,
    MARK,
    NOTE,
    check_failure,
    connection,
    kinds,
    methods,
    migrated,
    pending,
    run_one,
)
from ansible_collections.certops.certcentral.tests.unit.echoes import ECHOES, Echo, break_lines, check_hidden
from ansible_collections.certops.certcentral.tests.unit.support import run_module

Json = dict[str, t.Any]
LOG = basic.AnsibleModule.log
MODULES: dict[str, Json] = {
    "digicert_order_status": CANCEL,
    "digicert_order_statuses": {"order_ids": [ID, ID + 1], **NOTE, "rate_limit_share": 0},
    "digicert_order_info": {},
}
ORDERS = [{"id": number, "status": "pending"} for number in (ID, ID + 1)]
# Faults that lead to repeats. test_responses.py has every response that is final.
PASSING: list[Json] = [
    *({"kind": "status", "status": 429, **after} for after in ({}, {"retry_after": 1})),
    *({"kind": "status", "status": status} for status in (408, 500)),
    *({"kind": "html", "status": 503}, {"kind": "reset_before"}, {"kind": "hang"}),
    *({"kind": kind, "part": part} for kind in ("drip", "cut") for part in ("headers", "body")),
]


@pytest.fixture
def logged(api: State, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines that the module writes to the system's log."""
    lines: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "log", LOG)
    monkeypatch.setattr(syslog, "syslog", lambda *args: lines.append(args[-1]))
    return lines


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("on", ["info", "list"])
def test_read_that_fails_for_a_while_is_repeated(api: State, slept: list[float], on: str, fault: Json) -> None:
    migrated(api)
    api.quirks.order_info_has_is_renewed = True
    api.fault(on=on, times=2, **fault)
    result = run_one(api, {**MARK, "timeout": 0.5})
    assert (result["changed"], len(api.changes), kinds(api).count(on)) == (True, 1, 4 if on == "info" else 3)
    assert len(result["warnings"]) == 1 and f"waited {sum(slept):.1f} s" in result["warnings"][0]


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
def test_rejected_change_is_not_repeated(api: State, params: Json, reason: str) -> None:
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


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("on", ["any", "status"])
@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 503])
@pytest.mark.parametrize("echo", ECHOES)
def test_key_in_a_response_is_hidden(
    api: State, slept: list[float], logged: list[str], module: str, on: str, status: int, echo: Echo
) -> None:
    api.seed(ORDERS)
    api.fault("status", on=on, status=status, times=None, **echo(api.key))
    options = {**connection(api), "api_key": f" {api.key}\n", "retry_timeout": 9, **MODULES[module]}
    result = run_module(module, options)
    assert result.get("failed") or (module, on) == ("digicert_order_info", "status")
    check_hidden(api.key, result, logged)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("form", [str, break_lines])
def test_key_in_an_order_is_hidden(api: State, module: str, form: t.Callable[[str], str]) -> None:
    key = form(api.key)
    fields = {"status": key, "x": {key: [key]}, "certificate": {"common_name": key, "valid_till": key}}
    orders = [{**order, **fields} for order in ORDERS]
    api.fault("status", on="info", times=None, status=200, body=orders[0])
    api.fault("status", on="list", times=None, status=200, body={"orders": orders, key: key})
    result = run_module(module, {**connection(api), **MODULES[module]})
    assert "********" in str(result)
    check_hidden(api.key, result)
    api.faults.clear()
    api.fault("status", times=None, status=200, body={"id": api.key, "status": "x", "orders": [{"id": api.key}]})
    result = run_module(module, {**connection(api), **MODULES[module]})
    # A row that is not an order is left out.
    assert result["complete"] is False if module == "digicert_order_info" else result["reason"] == "unexpected_response"
    check_hidden(api.key, result)


def test_key_in_another_option_is_hidden(api: State, logged: list[str]) -> None:
    pending(api)
    note = f"The key is {api.key}"
    check_hidden(api.key, run_one(api, {**CANCEL, "api_key": f" {api.key}\n", "note": note}), logged)
    assert api.requests[1]["body"]["note"] == note


@pytest.mark.parametrize(
    ("module", "where"), [*((module, "get") for module in MODULES), *((module, "put") for module in [*MODULES][:2])]
)
def test_bug_is_a_failure_that_hides_the_key(
    api: State, monkeypatch: pytest.MonkeyPatch, logged: list[str], module: str, where: str
) -> None:
    """An unexpected exception whose text contains the key is a failure like any other, and its place is logged."""
    api.seed(ORDERS)
    original = getattr(Client, where)

    def broken(self: Client, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
        if where == "put":
            original(self, *args, **kwargs)
        raise LookupError(f"\x1b[2J\0\n{args} {api.key} {break_lines(api.key)}")

    monkeypatch.setattr(Client, where, broken)
    result = run_module(module, {**connection(api), **MODULES[module]})
    assert result["reason"] == ("unexpected_response" if where == "get" else "unknown_outcome")
    assert result["changed"] is (where == "put") is bool(api.changes)
    assert "LookupError" in result["msg"] and result["msg"].isprintable()
    assert any("test_faults.py" in line and "broken" in line for line in logged)
    assert all(line.isprintable() for line in logged)
    check_hidden(api.key, result, logged)
