"""Requests and their responses (docs/api.md, sections 1 and 2), the log of requests, and the control routes."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.account import Change
from ansible_collections.certops.certcentral.tests.simulator.quirks import Quirks, describe
from ansible_collections.certops.certcentral.tests.simulator.state import DEFAULT_KEYS, RateLimits
from ansible_collections.certops.certcentral.tests.unit.simulator.support import (
    CANCEL,
    LIST,
    NOTE,
    ORDER,
    SEEDS,
    Clock,
    Web,
    value_of,
)

FULL, VIEW_ONLY = DEFAULT_KEYS
STATUS = f"{ORDER}/status"
UNKNOWN_KEY = "access_denied|access_denied_invalid_key"


@pytest.mark.parametrize(
    ("method", "path", "key", "status", "code"),
    [
        *[("GET", path, key, 200, None) for path in (ORDER, LIST) for key in (FULL, VIEW_ONLY)],
        *[("GET", ORDER, key, 403, UNKNOWN_KEY) for key in ("wrong", "")],
        ("PUT", STATUS, VIEW_ONLY, 403, "access_denied|missing_permission"),
        *[
            (method, f"{LIST}/9{end}", FULL, 404, "not_found|order")
            for method, end in (("GET", ""), ("PUT", "/status"))
        ],
        *[("GET", path, FULL, 404, "not_found|route") for path in ("/order/certificat/1", f"{LIST}/abc")],
    ],
)
def test_responses_are_json_and_gzipped_if_the_client_accepts_it(
    method: str, path: str, key: str, status: int, code: str | None
) -> None:
    web = Web(*SEEDS)
    for accepts, encoding in (("deflate, gzip;q=0.5", "gzip"), ("identity", None)):
        response = web.send(method, path, CANCEL, X_DC_DEVKEY=key, Accept_Encoding=accepts)
        found = (response.status_code, response.headers["Content-Type"], response.headers["X-CDN"])
        assert found == (status, "application/json", "Imperva")
        assert response.headers.get("Content-Encoding") == encoding
        if code:
            assert value_of(response)["errors"][0]["code"] == code
    web.state.quirks.not_found_empty_body = True
    assert (web.send(method, path, CANCEL, X_DC_DEVKEY=key).data == b"") == (code == "not_found|order")
    assert web.state.changes == []


def test_error_has_the_recorded_form() -> None:
    message = "Access denied due to access_denied_invalid_key."
    assert Web().send("GET", ORDER, X_DC_DEVKEY="wrong").text == (
        f'{{"errors":[{{"code":"{UNKNOWN_KEY}","message":"{message}"}}]}}'
    )


def test_change_is_answered_with_204_and_anything_else_with_400() -> None:
    web = Web(*SEEDS)
    for body in (b"{", b"", b"[]", b"\xff", b"null", b'"canceled"'):
        response = web.change(body)
        assert (response.status_code, value_of(response)["errors"][0]["code"]) == (400, "bad_request_format")
    response = web.send("PUT", STATUS, CANCEL, Accept_Encoding="gzip")
    assert (response.status_code, response.data) == (204, b"")
    assert not {"Content-Type", "Content-Encoding"} & {*response.headers.keys()}
    assert web.state.changes == [Change(1, "canceled", NOTE)]


# ---- rate limits (section 2)


def test_requests_above_the_rate_limit_are_answered_with_429() -> None:
    web = Web(*SEEDS)
    web.state.limits.set([(3, 1000)])
    assert [web.send("GET", ORDER).status_code for unused in range(4)] == [200, 200, 200, 429]
    response = web.change()
    assert (response.status_code, value_of(response)["errors"][0]["code"]) == (429, "request_limit_exceeded")
    assert "Retry-After" not in response.headers
    assert web.state.changes == []


def test_windows_allow_100_requests_in_5_s_and_1000_in_180_s_and_roll() -> None:
    clock = Clock()
    held = RateLimits(facts.RATE_LIMITS, clock)
    for burst in range(10):
        clock.seconds = burst * 6.0
        assert all(held.allow("key", refused_count=False) for unused in range(100))
        clock.seconds += 4.999
        assert not held.allow("key", refused_count=False)
    assert held.allow("other", refused_count=False), "each key has its own windows"
    clock.seconds = 179.0
    assert not held.allow("key", refused_count=False)
    clock.seconds = 180.0
    assert held.allow("key", refused_count=False)


def test_refused_requests_can_count() -> None:
    clock = Clock()
    held = RateLimits([(1, 5)], clock)
    # The refused request at 4 s is in the window until 9 s.
    for clock.seconds, allowed in ((0.0, True), (4.0, False), (6.0, False), (11.0, True)):
        assert held.allow("key", refused_count=True) is allowed, clock.seconds


def test_orders_are_controlled() -> None:
    web = Web(*SEEDS)
    spec = {"orders": [{"id": 9, "migrated": True}], "generate": [{"count": 2, "first_id": 20}]}
    assert web.control("POST", "orders", spec) == (201, {"ids": [9, 20, 21]})
    assert web.control("POST", "orders", [{"id": 5}]) == (201, {"ids": [5]})
    assert web.control("GET", "orders/9")[1]["migrated"] is True
    assert web.control("PATCH", "orders/3", {"status": "reissue_pending"})[1]["requests"][1]["type"] == "reissue"
    assert web.control("DELETE", "orders/20") == (204, None)
    assert [*web.account.orders] == [1, 2, 3, 9, 21, 5]
    for method in ("GET", "PATCH", "DELETE"):
        assert web.control(method, "orders/20", {})[0] == 404
    assert web.state.requests == [], "the log has no requests to control routes"


def test_requests_changes_and_faults_are_controlled() -> None:
    web = Web(*SEEDS)
    assert web.control("POST", "faults", [{"kind": "html", "on": "info"}, {"kind": "stale"}]) == (
        201,
        ["html", "stale"],
    )
    for wrong in ({"kind": "call"}, {"kind": "html", "colour": 1}):
        assert web.control("POST", "faults", wrong)[0] == 400
    assert len(web.state.faults) == 2
    assert (web.send("GET", ORDER).status_code, web.change().status_code) == (503, 204)
    logged = [(request["number"], request["kind"], request["body"]) for request in web.control("GET", "requests")[1]]
    assert logged == [(1, "info", None), (2, "status", CANCEL)]
    assert web.control("GET", "changes") == (200, [{"order_id": 1, **CANCEL}])
    assert web.control("DELETE", "requests") == (204, None)
    assert web.control("GET", "requests") == web.control("GET", "changes") == (200, [])


def test_account_is_reset_to_what_is_given_or_to_its_beginning() -> None:
    web = Web({"id": 4}, repeat_change="noop")
    web.state.fault("html", times=None)
    start = {"generate": [{"count": 1, "first_id": 1}], "rate_limits": [[1, 1000]], "quirks": {"page_total_offset": 1}}
    assert web.control("POST", "reset", start) == (204, None)
    assert [web.send("GET", ORDER).status_code for unused in range(2)] == [200, 429]
    quirks = web.state.quirks
    assert ([*web.account.orders], quirks.repeat_change, quirks.page_total_offset) == ([1], "error", 1)
    for wrong in (
        {"colour": 1},
        {"rate_limits": [5]},
        {"quirks": {"colour": 1}},
        {"keys": [{"key": "a", "access": "x"}]},
    ):
        assert web.control("POST", "reset", wrong)[0] == 400
    assert web.control("POST", "reset") == (204, None)
    assert ([*web.account.orders], quirks.repeat_change, quirks.page_total_offset, web.state.requests) == (
        [4],
        "noop",
        0,
        [],
    )


@pytest.mark.parametrize(
    ("name", "value"), [("max_limits", 1), ("max_limit", "1"), ("max_limit", True), ("repeat_change", "maybe")]
)
def test_unknown_quirk_or_wrong_value_is_refused(name: str, value: Any) -> None:
    quirks = Quirks()
    with pytest.raises(ValueError, match=name):
        quirks.update({"page_total_offset": 5, name: value})
    assert quirks == Quirks()
    assert all(known in describe() for known in quirks.as_dict())


def test_tls_has_a_ca_of_its_own() -> None:
    with Simulator(orders=SEEDS, tls=True) as simulator:
        assert simulator.url.startswith("https://127.0.0.1:")
        read: dict[str, Any] = {"url": simulator.url + ORDER, "headers": {"X-DC-DEVKEY": simulator.key}, "timeout": 10}
        with socket.create_connection(("127.0.0.1", simulator.port)):
            response = requests.get(**read, verify=simulator.ca_file)
            assert response.status_code == 200, "a client that does not begin its handshake blocks nobody"
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(**read)
        assert simulator.errors == []
        ca_file = str(simulator.ca_file)
    assert not Path(ca_file).exists()


def test_simulator_stops_after_an_error_and_can_be_stopped_twice() -> None:
    with pytest.raises(RuntimeError, match="test"), Simulator() as simulator:
        raise RuntimeError("test")
    simulator.stop()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", simulator.port), timeout=1)
