# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong between the module and the API, one thing at a time, with the outcome of the interface page."""

from __future__ import annotations

import json
import random
import re
import syslog
import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._client import Client
from ansible_collections.certops.certcentral.plugins.modules import (
    digicert_order_info,
    digicert_order_status,
    digicert_order_statuses,
)
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.faults import SHAPES
from ansible_collections.certops.certcentral.tests.unit.plugins.modules.test_digicert_order_status import (
    CANCEL,
    ID,
    MARK,
    REISSUE,
    UNMARK,
    methods,
    migrated,
    pending,
    reissue_pending,
    run,
)
from ansible_collections.certops.certcentral.tests.unit.support import Clock, run_main

FAST = {"timeout": 0.5}
NO_RETRY = {"retry_timeout": 0}

# Readings that fail: the fault, and the reason and HTTP status that come of it.
BAD_READINGS = [
    ("status", {"status": 400}, "refused", 400),
    ("status", {"status": 409, "body": ""}, "refused", 409),
    ("status", {"status": 401}, "unauthorized", 401),
    ("status", {"status": 403, "body": "<html>"}, "unauthorized", 403),
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
    ("status", {"status": 404, "body": {"errors": [{"code": "gone", "message": "m"}]}}, "refused", 404),
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


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the module writes to the system's log."""
    lines: list[str] = []
    monkeypatch.setattr(syslog, "syslog", lambda *args: lines.append(args[-1]))
    return lines


def check(result: dict[str, t.Any], reason: str, status: int | None, changed: bool = False) -> None:
    assert (result["reason"], result["http_status"], result["changed"]) == (reason, status, changed), result
    assert result["msg"].startswith(f"order {ID} ")
    assert "diff" not in result


# Reading


@pytest.mark.parametrize(("kind", "params", "reason", "status"), BAD_READINGS)
def test_bad_reading_is_final(sim: Simulator, kind: str, params: dict[str, t.Any], reason: str, status: int) -> None:
    pending(sim)
    sim.fault(kind, on="info", times=None, **params)
    check(run(sim, CANCEL), reason, status)
    assert methods(sim) == ["GET"]


@pytest.mark.parametrize(("kind", "params", "reason", "status"), BAD_READINGS)
def test_bad_listing_is_final(sim: Simulator, kind: str, params: dict[str, t.Any], reason: str, status: int) -> None:
    if params.get("shape") in ("object", "no_id", "no_status", "id_string", "status_number"):
        pytest.skip("an object without orders is a listing without a match")
    migrated(sim)
    sim.fault(kind, on="list", times=None, **params)
    check(run(sim, MARK), "unexpected_response" if reason == "not_found" else reason, status)
    assert methods(sim) == ["GET", "GET"]


@pytest.mark.parametrize("shape", ["orders_object", "orders_strings"])
def test_listing_of_another_shape(sim: Simulator, shape: str) -> None:
    migrated(sim)
    sim.fault("wrong_shape", on="list", shape=shape)
    check(run(sim, MARK), "unexpected_response", 200)
    assert "PUT" not in methods(sim)


@pytest.mark.parametrize(("kind", "params", "reason", "status"), PASSING)
@pytest.mark.parametrize("on", ["info", "list"])
def test_reading_is_repeated(
    sim: Simulator, clock: Clock, on: str, kind: str, params: dict[str, t.Any], reason: str, status: int | None
) -> None:
    migrated(sim)
    sim.fault(kind, on=on, times=2, **params)
    result = run(sim, {**MARK, **FAST})
    assert (result["changed"], len(sim.changes)) == (True, 1)
    assert [r["kind"] for r in sim.requests].count(on) == (4 if on == "info" else 3)
    assert len(result["warnings"]) == 1 and f"waited {sum(clock.slept):.1f} s" in result["warnings"][0]


@pytest.mark.parametrize(("kind", "params", "reason", "status"), PASSING)
def test_reading_is_given_up(
    sim: Simulator, clock: Clock, kind: str, params: dict[str, t.Any], reason: str, status: int | None
) -> None:
    pending(sim)
    sim.fault(kind, on="info", times=None, **params)
    result = run(sim, {**CANCEL, **FAST, "retry_timeout": 5})
    check(result, reason, status)
    assert "5 s of retry_timeout" in result["msg"]
    assert len(sim.requests) >= 2 and set(methods(sim)) == {"GET"}
    assert sum(clock.slept) <= 5


@pytest.mark.parametrize(("kind", "params", "reason", "status"), PASSING)
def test_never_repeat(sim: Simulator, kind: str, params: dict[str, t.Any], reason: str, status: int | None) -> None:
    pending(sim)
    sim.fault(kind, on="info", times=None, **params)
    result = run(sim, {**CANCEL, **FAST, **NO_RETRY})
    check(result, reason, status)
    assert len(sim.requests) == 1 and not result["warnings"]


@pytest.mark.parametrize(
    ("data", "reason", "status"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Le", "unavailable", None),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Le", "unavailable", None),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 50\r\n\r\n", "unavailable", 404),
        (b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n", "not_found", 404),
        (b"HTTP/1.0 404 Not Found\r\n\r\n", "not_found", 404),
    ],
)
def test_a_404_that_was_cut_short_proves_nothing(sim: Simulator, data: bytes, reason: str, status: int | None) -> None:
    pending(sim)
    sim.fault("raw", on="info", data=data)
    check(run(sim, {**CANCEL, **NO_RETRY}), reason, status)


def test_the_api_s_words_are_kept_and_made_harmless(sim: Simulator) -> None:
    pending(sim)
    errors = [{"code": "a|b", "message": "\x1b[2J\x1b]0;x\x07Bad\r\nnews\u202e" + "x" * 5000}]
    sim.fault("status", on="info", status=400, body={"errors": errors})
    result = run(sim, CANCEL)
    assert result["errors"] == errors
    assert "a|b" in result["msg"] and "news" in result["msg"]
    assert result["msg"].isprintable() and len(result["msg"]) < 500


@pytest.mark.parametrize(
    ("shape", "errors"),
    [
        ("error_object", [{"code": "service_error", "message": "Something is wrong."}]),
        ("error_string", [{"code": "", "message": "Something is wrong."}]),
        ("error_strings", [{"code": "", "message": "Something is wrong."}]),
        (
            "error_items",
            [{"code": "service_error", "message": "Something is wrong.", "description": "Something is wrong."}],
        ),
        ("list", []),
        ("number", []),
        ("null", []),
        ("object", []),
        ("string", [{"code": "", "message": "Service unavailable"}]),
    ],
)
def test_errors_of_another_shape(sim: Simulator, shape: str, errors: list[dict[str, str]]) -> None:
    pending(sim)
    sim.fault("status", on="info", status=400, body=json.dumps(SHAPES[shape]))
    result = run(sim, CANCEL)
    assert (result["reason"], result["errors"]) == ("refused", errors)
    for error in errors:
        assert error["message"] in result["msg"]


@pytest.mark.parametrize("kind", ["retry_after", "retry_after_date"])
def test_retry_after_is_honoured(sim: Simulator, clock: Clock, kind: str) -> None:
    pending(sim)
    sim.fault("status", on="info", status=429, **{kind: 100})
    assert run(sim, CANCEL)["changed"] is True
    assert 98 <= clock.slept[0] <= 100


@pytest.mark.parametrize("kind", ["retry_after", "retry_after_date"])
def test_retry_after_ends_at_the_deadline(sim: Simulator, clock: Clock, kind: str) -> None:
    pending(sim)
    sim.fault("status", on="info", status=429, times=None, **{kind: 20000})
    assert run(sim, {**CANCEL, "retry_timeout": 60})["reason"] == "rate_limited"
    assert 59 < sum(clock.slept) <= 60 and len(sim.requests) == 2


@pytest.mark.parametrize(
    "value",
    [
        *("soon", "-5", "nan", "0", "1e999", "9" * 5000, "Mon, 99 Foo 2026 00:00:00 GMT", "\x1b[2J", "(" * 5000, ","),
        *("Fri, 31 Dec 99999 23:59:59 GMT", "Fri, 01 Jan 0001 00:00:00 +2359", "x" * 60000),
    ],
)
def test_retry_after_that_says_nothing(sim: Simulator, clock: Clock, value: str) -> None:
    pending(sim)
    sim.fault("status", on="info", status=429, retry_after=value)
    assert run(sim, CANCEL)["changed"] is True
    assert sum(clock.slept) <= (240 if value in ("1e999", "9" * 5000) else 60)


def test_waits_grow_with_full_jitter(sim: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high if low == 0 else None)
    pending(sim)
    sim.fault("status", on="info", status=503, times=8)
    assert run(sim, CANCEL)["changed"] is True
    assert clock.slept[:8] == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(("on", "status", "reason"), [("info", 503, "unavailable"), ("status", 429, "rate_limited")])
def test_a_thousand_failures(sim: Simulator, clock: Clock, on: str, status: int, reason: str) -> None:
    pending(sim)
    sim.fault("status", on=on, status=status, times=None, retry_after=1)
    result = run(sim, {**CANCEL, "retry_timeout": 1100})
    assert (result["reason"], result["changed"]) == (reason, False)
    assert len(sim.requests) > 1024


def test_the_api_s_window_rolls_on_first(sim: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high if low == 0 else None)
    pending(sim)
    sim.fault("status", on="info", status=429, times=9)
    assert run(sim, CANCEL)["changed"] is True
    assert clock.slept[:9] == [5 + wait for wait in (0.25, 0.5, 1, 2, 4, 8, 16, 30, 30)]


def test_rate_limit_windows(sim: Simulator, clock: Clock) -> None:
    sim.reset(orders=[{"id": ID, "status": "pending"}], rate_limits=[[2, 5]])
    sim.limits.clock = clock.now
    result = run(sim, CANCEL)
    assert (result["changed"], result["verified"]) == (True, True)


# The change


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"status": 400}, "refused"),
        ({"status": 409, "body": "<html>"}, "refused"),
        ({"status": 401}, "unauthorized"),
        ({"status": 403}, "unauthorized"),
        ({"status": 404}, "not_found"),
        ({"status": 404, "body": ""}, "not_found"),
        ({"status": 404, "body": {"errors": [{"code": "not_found|route", "message": "m"}]}}, "unexpected_response"),
    ],
)
def test_refused_change_is_not_repeated(sim: Simulator, params: dict[str, t.Any], reason: str) -> None:
    pending(sim)
    sim.fault("status", on="status", **params)
    check(run(sim, CANCEL), reason, params["status"])
    assert methods(sim) == ["GET", "PUT"] and not sim.changes


def test_rate_limited_change_is_repeated_blindly(sim: Simulator, clock: Clock) -> None:
    pending(sim)
    sim.fault("status", on="status", status=429, times=2)
    assert run(sim, CANCEL)["changed"] is True
    assert methods(sim) == ["GET", "PUT", "PUT", "PUT", "GET"] and len(sim.changes) == 1


def test_rate_limited_change_is_given_up(sim: Simulator, clock: Clock) -> None:
    pending(sim)
    sim.fault("status", on="status", status=429, times=None)
    check(run(sim, {**CANCEL, "retry_timeout": 3}), "rate_limited", 429)


def test_old_reading_is_refreshed_before_the_change_is_repeated(sim: Simulator, clock: Clock) -> None:
    pending(sim)
    sim.fault("status", on="status", status=429, retry_after=61)
    sim.fault("call", on="info", after=1, before=lambda record: sim.account.orders[ID].update(status="issued"))
    check(run(sim, CANCEL), "wrong_state", None)
    assert methods(sim) == ["GET", "PUT", "GET"]


# A lost reply: the change was made, or was not, and nothing says so.
LOST = [
    ("lost_reply", {"status": 500}),
    ("lost_reply", {"status": 502}),
    ("lost_reply", {"status": 408}),
    ("lost_reply", {"status": 302, "location": "https://127.0.0.1:1/"}),
    ("lost_reply", {"status": 200, "body": {}}),
    ("lost_reply", {"status": 202, "body": ""}),
    ("reset_after", {}),
    ("hang", {"apply": True}),
    ("drip", {"interval": 0.05, "part": "headers"}),
    ("cut", {"part": "headers", "keep": 11}),
    ("cut", {"part": "headers"}),
]
NOT_DONE = [
    ("status", {"status": 500}),
    ("status", {"status": 408}),
    ("status", {"status": 200, "body": {}}),
    ("status", {"status": 307, "location": "https://127.0.0.1:1/"}),
    ("html", {"status": 503}),
    ("reset_before", {}),
    ("hang", {}),
]
CHANGES: list[tuple[t.Callable[[Simulator], None], dict[str, t.Any]]] = [
    (pending, CANCEL),
    (reissue_pending, REISSUE),
    (migrated, MARK),
    (lambda sim: migrated(sim, is_renewed=True), UNMARK),
]


@pytest.mark.parametrize("retry", [{}, NO_RETRY])
@pytest.mark.parametrize(("seed", "options"), CHANGES)
@pytest.mark.parametrize(("kind", "params"), LOST)
def test_lost_reply_of_a_change_that_was_made(
    sim: Simulator,
    clock: Clock,
    kind: str,
    params: dict[str, t.Any],
    seed: t.Callable[[Simulator], None],
    options: dict[str, t.Any],
    retry: dict[str, int],
) -> None:
    seed(sim)
    sim.fault(kind, on="status", **params)
    result = run(sim, {**options, **FAST, **retry})
    assert result["changed"] is True and "failed" not in result
    assert result["verified"] is True and "lost" in result["msg"]
    assert methods(sim).count("PUT") == len(sim.changes) == 1
    assert methods(sim)[-1] == "GET"


@pytest.mark.parametrize(("seed", "options"), CHANGES)
@pytest.mark.parametrize(("kind", "params"), NOT_DONE)
def test_lost_reply_of_a_change_that_was_not_made(
    sim: Simulator,
    clock: Clock,
    kind: str,
    params: dict[str, t.Any],
    seed: t.Callable[[Simulator], None],
    options: dict[str, t.Any],
) -> None:
    seed(sim)
    sim.fault(kind, on="status", times=2, **params)
    result = run(sim, {**options, **FAST})
    assert (result["changed"], result["verified"]) == (True, True)
    reads = 1 + (options is MARK)
    assert methods(sim) == ["GET"] * reads + ["PUT", "GET", "PUT", "GET", "PUT", "GET"]
    assert len(sim.changes) == 1


@pytest.mark.parametrize("retry", [3, 0])
@pytest.mark.parametrize(("seed", "options"), CHANGES)
@pytest.mark.parametrize(("kind", "params"), NOT_DONE)
def test_lost_reply_that_never_shows(
    sim: Simulator,
    clock: Clock,
    kind: str,
    params: dict[str, t.Any],
    seed: t.Callable[[Simulator], None],
    options: dict[str, t.Any],
    retry: int,
) -> None:
    seed(sim)
    sim.fault(kind, on="status", times=None, **params)
    result = run(sim, {**options, **FAST, "retry_timeout": retry})
    check(result, "unknown_outcome", params.get("status"), changed=True)
    assert methods(sim)[-2:] == ["PUT", "GET"] and not sim.changes
    assert methods(sim).count("PUT") == 1 or retry


@pytest.mark.parametrize("params", [{"status": 400}, {"status": 403}, {"status": 404}])
def test_repeat_that_is_refused_is_unknown(sim: Simulator, clock: Clock, params: dict[str, int]) -> None:
    pending(sim)
    sim.fault("reset_before", on="status")
    sim.fault("status", on="status", **params)
    check(run(sim, CANCEL), "unknown_outcome", params["status"], changed=True)


@pytest.mark.parametrize("repeat", ["error", "noop"])
def test_lost_reply_and_readings_that_lag(sim: Simulator, clock: Clock, repeat: str) -> None:
    pending(sim)
    sim.quirks.read_lag = 1
    sim.quirks.repeat_change = repeat
    sim.fault("reset_after", on="status")
    result = run(sim, CANCEL)
    assert result["changed"] is True and len(sim.changes) == 1
    assert result.get("reason") == ("unknown_outcome" if repeat == "error" else None)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("status", {"status": 404}),
        ("status", {"status": 403}),
        ("status", {"status": 500}),
        ("other_order", {}),
        ("html", {}),
    ],
)
def test_lost_reply_and_no_reading(sim: Simulator, clock: Clock, kind: str, params: dict[str, int]) -> None:
    pending(sim)
    sim.fault("reset_after", on="status")
    sim.fault(kind, on="info", after=1, times=None, **params)
    check(run(sim, {**CANCEL, "retry_timeout": 3}), "unknown_outcome", None, changed=True)
    assert methods(sim).count("PUT") == 1


def test_lost_reply_and_an_order_that_is_issued_meanwhile(sim: Simulator, clock: Clock) -> None:
    pending(sim)
    sim.fault("reset_before", on="status")
    sim.fault("call", on="info", after=1, before=lambda record: sim.account.orders[ID].update(status="issued"))
    check(run(sim, CANCEL), "unknown_outcome", None, changed=True)
    assert methods(sim) == ["GET", "PUT", "GET"]


def reissued(sim: Simulator) -> None:
    """The CA issues the reissue."""
    order = sim.account.orders[ID]
    requests = [{**entry, "status": "approved"} if entry["type"] == "reissue" else entry for entry in order["requests"]]
    order.update(status="issued", requests=requests)


def test_lost_reply_and_a_reissue_that_is_issued_meanwhile(sim: Simulator, clock: Clock) -> None:
    reissue_pending(sim)
    sim.fault("reset_before", on="status")
    sim.fault("call", on="info", after=1, before=lambda record: reissued(sim))
    check(run(sim, REISSUE), "unknown_outcome", None, changed=True)
    assert methods(sim) == ["GET", "PUT", "GET"]


def test_lost_reply_and_a_reissue_that_cannot_be_recognised(sim: Simulator, clock: Clock) -> None:
    sim.seed([{"id": ID, "status": "reissue_pending", "omit": ["requests"]}])
    sim.fault("reset_after", on="status")
    check(run(sim, REISSUE), "unknown_outcome", None, changed=True)
    assert len(sim.changes) == 1


def test_lost_reply_and_another_reissue(sim: Simulator, clock: Clock) -> None:
    reissue_pending(sim)

    def again(record: t.Any) -> None:
        order = sim.account.orders[ID]
        requests = [*order["requests"], {"id": 99999999999, "type": "reissue", "status": "pending"}]
        order.update(status="reissue_pending", requests=requests)

    sim.fault("reset_after", on="status")
    sim.fault("call", on="info", after=1, before=again)
    check(run(sim, REISSUE), "unknown_outcome", None, changed=True)
    assert methods(sim).count("PUT") == 1


def test_mark_that_order_info_leaves_out_is_settled_through_the_listing(sim: Simulator, clock: Clock) -> None:
    migrated(sim)
    sim.quirks.order_info_has_is_renewed = False
    sim.fault("reset_after", on="status")
    result = run(sim, MARK)
    assert result["changed"] is True and "failed" not in result
    assert [r["kind"] for r in sim.requests] == ["info", "list", "list", "status", "info", "list"]


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
    sim: Simulator, clock: Clock, kind: str, params: dict[str, t.Any]
) -> None:
    pending(sim)
    sim.fault(kind, on="info", after=1, times=None, **params)
    result = run(sim, {**CANCEL, "retry_timeout": 2})
    assert (result["changed"], result["verified"], result["status"]) == (True, False, "canceled")
    assert "failed" not in result
    assert any("the API accepted the change" in warning and str(ID) in warning for warning in result["warnings"])


def test_stale_verification_is_a_warning(sim: Simulator, clock: Clock) -> None:
    pending(sim)
    sim.fault("stale", on="info", after=1, times=None)
    result = run(sim, CANCEL)
    assert (result["changed"], result["verified"]) == (True, False)
    assert "pending" in result["warnings"][0]


# The key, should the API repeat it


MODULES = {
    digicert_order_status: CANCEL,
    digicert_order_statuses: {"order_ids": [ID, ID + 1], "status": "canceled", "note": "x", "rate_limit_share": 0},
    digicert_order_info: {},
}
Echo = t.Callable[[str], dict[str, t.Any]]


def escaped(key: str) -> str:
    """The key as JSON may write it."""
    return "".join(f"\\u{ord(char):04x}" for char in key)


def lines(key: str, width: int = 20) -> str:
    """The key as it is where long lines are broken."""
    return "\r\n  ".join(key[start : start + width] for start in range(0, len(key), width))


ECHOES: list[Echo] = [
    lambda key: {"body": {"errors": [{"code": "c", "message": f"The key {key} is bad"}]}},
    lambda key: {"body": {"errors": [{"code": key, "message": "m", key: 1}]}},
    # Where cutting a long message would leave a part of the key.
    lambda key: {"body": {"errors": [{"code": "c", "message": "x" * 250 + " " + key}]}},
    lambda key: {"body": {"errors": [{"code": "c", "message": "x" * 970 + key}]}},
    lambda key: {"body": {"errors": {"code": [key], "description": {"a": key}}}},
    lambda key: {"body": {"errors": [{"code": "c", "message": "The key " + lines(key)}]}},
    lambda key: {"body": '{"errors": [{"code": "c", "message": "The key ' + escaped(key) + '"}]}'},
    lambda key: {"body": f"The key {key} is bad"},
    lambda key: {"body": "x" * 990 + key},
    lambda key: {"body": f"The key\n{lines(key)}\nis bad"},
    lambda key: {"body": f"<html>{key}</html>"},
    lambda key: {"headers": {"X-Key": key, key: "x", "WWW-Authenticate": f"Key {key}", "Retry-After": key}},
    lambda key: {"location": f"https://127.0.0.1:1/?key={key}"},
]


def check_hidden(key: str, *texts: t.Any) -> None:
    """That no text has the key, or half of it, however it is broken into lines."""
    for text in map(str, texts):
        joined = re.sub(r"(\\+[rnt]|\s)+", "", text)
        assert key[: len(key) // 2] not in joined and key[len(key) // 2 :] not in joined


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("on", ["any", "status"])
@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 503])
@pytest.mark.parametrize("echo", ECHOES)
def test_a_key_that_comes_back(
    sim: Simulator, clock: Clock, logged: list[str], module: t.Any, on: str, status: int, echo: Echo
) -> None:
    sim.seed([{"id": ID, "status": "pending"}, {"id": ID + 1, "status": "pending"}])
    sim.fault("status", on=on, status=status, times=None, **echo(sim.key))
    result = run_main(
        module.main, {"api_url": sim.url, "api_key": f" {sim.key}\n", "retry_timeout": 9, **MODULES[module]}
    )
    assert result.get("failed") or (module is digicert_order_info and on == "status")
    check_hidden(sim.key, result, logged)


@pytest.mark.parametrize("module", MODULES)
def test_a_key_in_a_status_line(sim: Simulator, module: t.Any) -> None:
    for code in ("400", "999999", "4" + sim.key):
        sim.fault("raw", data=f"HTTP/1.1 {code} Bad {sim.key}\r\nConnection: close\r\n\r\n".encode())
        options = {"api_url": sim.url, "api_key": sim.key, "retry_timeout": 0, **MODULES[module]}
        result = run_main(module.main, options)
        assert result["failed"]
        check_hidden(sim.key, result)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("form", [str, lines])
def test_a_key_in_an_order(sim: Simulator, module: t.Any, form: t.Callable[[str], str]) -> None:
    key = form(sim.key)
    fields = {"status": key, "x": {key: [key]}, "certificate": {"common_name": key, "valid_till": key}}
    orders = [{"id": number, **fields} for number in (ID, ID + 1)]
    sim.fault("status", on="info", times=None, status=200, body=orders[0])
    sim.fault("status", on="list", status=200, body={"orders": orders, key: key})
    result = run_main(module.main, {"api_url": sim.url, "api_key": sim.key, **MODULES[module]})
    assert "********" in str(result)
    check_hidden(sim.key, result)
    sim.fault("status", times=None, status=200, body={"id": sim.key, "status": "x", "orders": [{"id": sim.key}]})
    result = run_main(module.main, {"api_url": sim.url, "api_key": sim.key, **MODULES[module]})
    assert result["reason"] == "unexpected_response" or module is digicert_order_status
    check_hidden(sim.key, result)


def test_a_key_in_another_option(sim: Simulator, logged: list[str]) -> None:
    pending(sim)
    options = {"api_url": sim.url, "api_key": f" {sim.key}\n", **CANCEL, "note": f"The key is {sim.key}"}
    check_hidden(sim.key, run_main(digicert_order_status.main, options), logged)
    assert sim.requests[1]["body"]["note"] == f"The key is {sim.key}"


# Bugs


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("where", ["_get", "put"])
def test_a_bug(sim: Simulator, monkeypatch: pytest.MonkeyPatch, logged: list[str], module: t.Any, where: str) -> None:
    """An exception that nobody foresaw, whose text has the key, is a failure like any other, and says where it was."""
    sim.seed([{"id": ID, "status": "pending"}, {"id": ID + 1, "status": "pending"}])
    original = getattr(Client, where)

    def broken(self: Client, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
        if where == "put":
            original(self, *args, **kwargs)
        raise LookupError(f"\x1b[2J\0\n{args} {sim.key} {lines(sim.key)}")

    monkeypatch.setattr(Client, where, broken)
    result = run_main(module.main, {"api_url": sim.url, "api_key": sim.key, **MODULES[module]})
    if module is digicert_order_info and where == "put":
        assert "failed" not in result
        return
    assert result["reason"] == ("unexpected_response" if where == "_get" else "unknown_outcome")
    assert result["changed"] is (where == "put") is bool(sim.changes)
    assert "LookupError" in result["msg"] and result["msg"].isprintable()
    assert any("test_faults.py" in line and "broken" in line for line in logged)
    assert all(line.isprintable() for line in logged)
    check_hidden(sim.key, result, logged)


# Replies that Ansible could not pass on


def test_text_that_is_no_unicode_is_replaced(sim: Simulator) -> None:
    body = b'{"id": %d, "status": "canceled", "notes": [{"text": "cut \\ud83d"}]}' % ID
    sim.fault("raw", on="info", data=b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert run(sim, CANCEL)["order"]["notes"] == [{"text": "cut \ufffd"}]


def test_values_that_are_nested_too_deeply_are_left_out(sim: Simulator) -> None:
    body = b'{"id": %d, "status": "canceled", "deep": %s%s}' % (ID, b"[" * 600, b"]" * 600)
    sim.fault("raw", on="info", data=b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    result = run(sim, CANCEL)
    assert result["operation"] == "none" and len(str(result["order"]["deep"])) < 200


@pytest.mark.parametrize("status", [200, 204])
def test_a_header_without_a_value(sim: Simulator, clock: Clock, status: int) -> None:
    pending(sim)
    headers = {"Content-Type": "application/json; charset"}
    sim.fault("lost_reply", on="status", status=status, body="", headers=headers)
    result = run(sim, CANCEL)
    assert result["changed"] is True and len(sim.changes) == 1


# The status counts, whatever comes behind it


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "unauthorized"),
        (400, "refused"),
        (429, "rate_limited"),
        (503, "unavailable"),
        (302, "unexpected_response"),
    ],
)
@pytest.mark.parametrize("header", [{"Content-Encoding": "br"}, {"Content-Length": "99"}])
def test_the_status_counts_whatever_the_body(sim: Simulator, status: int, reason: str, header: dict[str, str]) -> None:
    pending(sim)
    lines = "".join(f"{name}: {value}\r\n" for name, value in header.items())
    data = f"HTTP/1.1 {status} Some\r\n{lines}Location: https://[x/\r\n\r\nbody".encode()
    sim.fault("raw", on="info", data=data)
    check(run(sim, {**CANCEL, **NO_RETRY}), reason, status)


def test_the_api_s_words_in_another_place(sim: Simulator) -> None:
    pending(sim)
    sim.fault("status", on="info", status=400, body={"code": "bad", "message": "real words"})
    assert "bad real words" in run(sim, CANCEL)["msg"]
    sim.fault("status", on="info", status=400, body="Some plain words")
    assert "Some plain words" in run(sim, CANCEL)["msg"]
    sim.fault("html", on="info", status=400)
    assert "<" not in run(sim, CANCEL)["msg"]


def test_errors_are_kept_as_they_came(sim: Simulator) -> None:
    pending(sim)
    sim.fault("wrong_shape", on="info", status=400, shape="error_nulls")
    result = run(sim, CANCEL)
    assert result["errors"] == [{"code": None, "message": None}] and "None" not in result["msg"]


# What is said after a lost reply


def test_no_message_says_that_a_changed_order_was_not_changed(sim: Simulator, clock: Clock) -> None:
    pending(sim)
    sim.fault("reset_after", on="status")
    result = run(sim, CANCEL)
    assert result["changed"] is True and "not changed" not in str(result)
    pending(sim)
    sim.fault("reset_after", on="status")
    sim.quirks.read_lag = 5
    result = run(sim, CANCEL)
    assert result["reason"] == "unknown_outcome" and "not changed" not in str(result)
    assert "may have been changed or not" in result["msg"] and "HTTP 400" in result["msg"]


def test_requests_without_an_id_settle_no_reissue(sim: Simulator, clock: Clock) -> None:
    reissue_pending(sim)
    order = sim.account.orders[ID]
    order["requests"] = [{"type": "reissue", "status": "pending"}, {"type": "reissue", "status": "rejected"}]

    def issue(record: t.Any) -> None:
        requests = [{"type": "reissue", "status": "approved"}, {"type": "reissue", "status": "rejected"}]
        order.update(status="issued", requests=requests)

    sim.fault("reset_before", on="status")
    sim.fault("call", on="info", after=1, before=issue)
    check(run(sim, REISSUE), "unknown_outcome", None, changed=True)


def test_what_is_returned_rests_on_the_reading_before_the_change(sim: Simulator, clock: Clock) -> None:
    pending(sim)
    sim.fault("reset_before", on="status")
    sim.fault("call", on="info", after=1, before=lambda record: sim.account.orders[ID].update(status="waiting_pickup"))
    result = run(sim, CANCEL)
    assert result["diff"]["before"]["status"] == "waiting_pickup"
    assert result["msg"] == f"order {ID} was waiting_pickup and is canceled now"


def test_all_waiting_for_a_change_shares_one_deadline(sim: Simulator, clock: Clock) -> None:
    pending(sim)
    sim.fault("status", on="status", status=429, retry_after=50)
    sim.fault("status", on="info", after=1, status=503, times=None)
    result = run(sim, {**CANCEL, "retry_timeout": 60})
    assert (result["changed"], result["verified"]) == (True, False)
    assert sum(clock.slept) <= 60
