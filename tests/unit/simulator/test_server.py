"""The API and the control routes behind the application, and the simulator over HTTP and TLS."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.account import Change
from ansible_collections.certops.certcentral.tests.unit.simulator.support import (
    CANCEL,
    NOTE,
    ORDER,
    SEEDS,
    Web,
    connect,
    control,
    info,
    read_all,
    value_of,
)


def test_change_is_answered_with_204_and_malformed_json_with_400(web: Web) -> None:
    for body in (b"{", b"", b"[]", b"\xff"):
        response = web.change(body)
        assert (response.status_code, value_of(response)["errors"][0]["code"]) == (400, "bad_request_format")
    response = web.change()
    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
    assert web.state.changes == [Change(1, "canceled", NOTE)]


def test_unknown_key_is_answered_with_403_as_recorded(web: Web) -> None:
    for key in ("wrong", ""):
        response = web.send("GET", ORDER, headers={"X-DC-DEVKEY": key})
        assert (response.status_code, response.headers["Content-Type"]) == (403, "application/json")
        assert response.text == (
            '{"errors":[{"code":"access_denied|access_denied_invalid_key",'
            '"message":"Access denied due to access_denied_invalid_key."}]}'
        )


def test_view_only_key_reads_and_does_not_change(web: Web) -> None:
    key = {"X-DC-DEVKEY": web.state.view_only_key}
    assert web.send("GET", ORDER, headers=key).status_code == 200
    response = web.send("PUT", f"{ORDER}/status", CANCEL, headers=key)
    assert (response.status_code, value_of(response)["errors"][0]["code"]) == (403, "access_denied|missing_permission")
    assert web.state.changes == []


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/order/certificate/9", "not_found|order"),
        ("PUT", "/order/certificate/9/status", "not_found|order"),
        *(("GET", path, "not_found|route") for path in ("/order/certificat/1", "/order/certificate/abc")),
    ],
)
def test_unknown_order_and_route_are_not_found(web: Web, method: str, path: str, code: str) -> None:
    response = web.send(method, path, CANCEL)
    assert (response.status_code, value_of(response)["errors"][0]["code"]) == (404, code)
    web.state.quirks.not_found_empty_body = True
    assert (web.send(method, path, CANCEL).data == b"") == (code == "not_found|order")


@pytest.mark.parametrize(("accepts", "encoding"), [("deflate, gzip;q=0.5", "gzip"), ("identity", None)])
def test_responses_are_gzipped_if_the_client_accepts_it(web: Web, accepts: str, encoding: str | None) -> None:
    for path in ("/order/certificate", ORDER, "/order/certificate/99"):
        response = web.send("GET", path, headers={"Accept-Encoding": accepts})
        assert response.headers.get("Content-Encoding") == encoding
        assert (response.headers["Content-Type"], response.headers["X-CDN"]) == ("application/json", "Imperva")
        assert value_of(response)
    change = web.send("PUT", f"{ORDER}/status", CANCEL, headers={"Accept-Encoding": accepts})
    assert "Content-Encoding" not in change.headers, "an empty body is not compressed"


def test_requests_above_the_rate_limit_are_answered_with_429(web: Web) -> None:
    web.state.limits.set([(3, 1000)])
    assert [web.send("GET", ORDER).status_code for unused in range(4)] == [200, 200, 200, 429]
    response = web.change()
    assert (response.status_code, value_of(response)["errors"][0]["code"]) == (429, "request_limit_exceeded")
    assert "Retry-After" not in response.headers
    assert web.state.changes == []
    assert web.send("GET", ORDER, headers={"X-DC-DEVKEY": web.state.view_only_key}).status_code == 200


def test_log_has_each_request_and_its_response(web: Web) -> None:
    for web.clock.seconds in (3.0, 5.0):
        web.change()
    first, second = web.state.requests
    path = "/services/v2/order/certificate/1/status"
    expected: dict[str, Any] = {
        "number": 1,
        "time": 3.0,
        "method": "PUT",
        "path": path,
        "kind": "status",
        "order_id": 1,
    }
    expected.update(query=[], body=CANCEL, status=204, effective=True, fault=None)
    assert expected.items() <= first.items()
    assert (second["number"], second["status"], second["effective"]) == (2, 400, False)
    web.state.clear_log()
    assert (web.state.requests, web.state.changes) == ([], [])


# ---- control


def test_orders_are_controlled(sim: Simulator) -> None:
    spec = {"orders": [{"id": 9, "migrated": True}], "generate": [{"count": 2, "first_id": 20}]}
    assert control(sim, "POST", "orders", spec).json() == {"ids": [9, 20, 21]}
    assert control(sim, "GET", "orders/9").json()["migrated"] is True
    assert control(sim, "PATCH", "orders/3", {"status": "reissue_pending"}).json()["requests"][1]["type"] == "reissue"
    assert control(sim, "DELETE", "orders/20").status_code == 204
    assert [order["id"] for order in control(sim, "GET", "orders").json()] == [1, 2, 3, 9, 21]
    for method in ("GET", "PATCH", "DELETE"):
        assert control(sim, method, "orders/20", {}).status_code == 404
    assert sim.requests == [], "the log has no requests to control routes"


def test_requests_changes_and_faults_are_controlled(sim: Simulator) -> None:
    made = control(sim, "POST", "faults", [{"kind": "raw", "data": "hi", "on": "info"}, {"kind": "stale"}])
    assert (made.status_code, made.json()) == (201, ["raw", "stale"])
    assert read_all(connect(sim)) == b"hi"
    for wrong in ({"kind": "call"}, {"kind": "html", "colour": 1}):
        assert control(sim, "POST", "faults", wrong).status_code == 400
    assert len(sim.faults) == 2
    requests.put(f"{sim.url}{ORDER}/status", json=CANCEL, headers={"X-DC-DEVKEY": sim.key}, timeout=10)
    assert [request["kind"] for request in control(sim, "GET", "requests").json()] == ["info", "status"]
    assert control(sim, "GET", "changes").json() == [{"order_id": 1, **CANCEL}]
    assert control(sim, "DELETE", "requests").status_code == 204
    assert control(sim, "GET", "requests").json() == control(sim, "GET", "changes").json() == []


def test_account_is_reset_to_what_is_given_or_to_its_beginning(sim: Simulator) -> None:
    sim.fault("html", times=None)
    start = {"orders": [{"id": 1}], "rate_limits": [[1, 1000]], "quirks": {"repeat_change": "noop"}}
    assert control(sim, "POST", "reset", start).status_code == 204
    assert [info(sim).status_code for unused in range(2)] == [200, 429]
    assert sim.quirks.repeat_change == "noop"
    assert control(sim, "POST", "reset").status_code == 204
    assert (sim.account.orders, sim.quirks.repeat_change, sim.requests) == ({}, "error", [])
    for wrong in ({"colour": 1}, {"rate_limits": [5]}, {"quirks": {"colour": "red"}}):
        assert control(sim, "POST", "reset", wrong).status_code == 400


# ---- start and stop


def test_tls_has_a_ca_of_its_own() -> None:
    with Simulator(orders=SEEDS, tls=True) as simulator:
        assert simulator.url.startswith("https://127.0.0.1:")
        with socket.create_connection(("127.0.0.1", simulator.port)):
            response = info(simulator, verify=simulator.ca_file)
            assert response.status_code == 200, "a client that does not begin its handshake blocks nobody"
        with pytest.raises(requests.exceptions.SSLError):
            info(simulator)
        assert simulator.errors == []
        ca_file = str(simulator.ca_file)
    assert not Path(ca_file).exists()


def test_simulator_stops_after_an_error_and_can_be_stopped_twice() -> None:
    with pytest.raises(RuntimeError, match="test"), Simulator() as simulator:
        raise RuntimeError("test")
    simulator.stop()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", simulator.port), timeout=1)
