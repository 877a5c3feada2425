# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator over HTTP: the API, the control routes, start and stop."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
import requests

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.faults import KINDS
from ansible_collections.certops.certcentral.tests.unit.simulator.support import (
    CANCEL,
    NOTE,
    SEEDS,
    call,
    change,
    connect,
    control,
    info,
    read_all,
)

# ---- the API


def test_change_is_answered_with_204_and_malformed_json_with_400(sim: Simulator) -> None:
    for body in (b"{", b"", b"[]", b"\xff"):
        response = change(sim, body)
        assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "bad_request_format")
    response = change(sim)
    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Type" not in response.headers
    assert [(change.order_id, change.status, change.note) for change in sim.changes] == [(1, "canceled", NOTE)]
    assert sim.account.orders[1]["status"] == "canceled"


def test_unknown_key_is_answered_with_403_as_recorded(sim: Simulator) -> None:
    for key in ("wrong", ""):
        response = call(sim, "GET", "/order/certificate/1", key=key)
        assert response.status_code == 403
        assert response.headers["Content-Type"] == "application/json"
        assert response.text == (
            '{"errors":[{"code":"access_denied|access_denied_invalid_key",'
            '"message":"Access denied due to access_denied_invalid_key."}]}'
        )


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        *(("GET", f"/order/certificate/{last}", "not_found|order") for last in ("9", "abcdef0123456789", "9/note")),
        *(("GET", path, "not_found|route") for path in ("/order/certificat/1", "/order/certificate/abc")),
        ("PUT", "/order/certificate/9/status", "not_found|order"),
        ("PUT", "/request/9/status", "not_found|request"),
    ],
)
def test_unknown_order_and_route_are_not_found(sim: Simulator, method: str, path: str, code: str) -> None:
    response = call(sim, method, path, CANCEL if method == "PUT" else None)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (404, code)
    sim.quirks.not_found_empty_body = True
    response = call(sim, method, path, CANCEL if method == "PUT" else None)
    assert (response.status_code, response.content == b"") == (404, code == "not_found|order")


@pytest.mark.parametrize(
    ("accepts", "encoding"), [("gzip", "gzip"), ("deflate, gzip;q=0.5", "gzip"), ("identity", None)]
)
def test_responses_are_gzipped_if_the_client_accepts_it(sim: Simulator, accepts: str, encoding: str | None) -> None:
    for path in ("/order/certificate", "/order/certificate/1", "/order/certificate/99"):
        response = call(sim, "GET", path, headers={"Accept-Encoding": accepts})
        assert response.headers.get("Content-Encoding") == encoding
        assert response.json()
    assert "Content-Encoding" not in change(sim).headers, "an empty body is not compressed"


def test_headers_are_those_of_recordings(sim: Simulator) -> None:
    response = info(sim)
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["X-CDN"] == "Imperva"
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["ETag"].startswith('W/"')
    assert response.headers["X-Iinfo"] != info(sim).headers["X-Iinfo"], "the header identifies the request"
    assert "Retry-After" not in response.headers


def test_requests_above_the_rate_limit_are_answered_with_429(sim: Simulator) -> None:
    sim.limits.set([(3, 1000)])
    assert [info(sim).status_code for unused in range(4)] == [200, 200, 200, 429]
    response = change(sim)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (429, "request_limit_exceeded")
    assert "Retry-After" not in response.headers
    assert sim.changes == []
    assert call(sim, "GET", "/order/certificate/1", key=sim.view_only_key).status_code == 200


def test_log_has_each_request_and_its_response(sim: Simulator) -> None:
    change(sim)
    change(sim)
    first, second = sim.requests
    assert (first["number"], first["method"], first["kind"], first["order_id"]) == (1, "PUT", "status", 1)
    assert first["path"] == "/services/v2/order/certificate/1/status"
    assert (first["status"], first["effective"], first["body"]) == (204, True, CANCEL)
    assert first["headers"]["X-DC-DEVKEY"] == sim.key
    assert (second["status"], second["effective"]) == (400, False)
    assert first["answered"] is not None
    assert first["time"] <= sim.changes[0].time <= first["answered"]
    assert sim.changes[0].request == first["number"]
    sim.clear_log()
    assert (sim.requests, sim.changes) == ([], [])


# ---- control


def test_orders_are_controlled(sim: Simulator) -> None:
    made = control(sim, "POST", "orders", [{"id": 8, "migrated": True}])
    assert (made.status_code, made.json()) == (201, {"ids": [8]})
    spec = {"orders": [{"id": 9}], "generate": [{"count": 2, "first_id": 20}]}
    assert control(sim, "POST", "orders", spec).json() == {"ids": [9, 20, 21]}
    assert control(sim, "GET", "orders/8").json()["migrated"] is True
    assert control(sim, "GET", "orders/99").status_code == 404
    assert len(control(sim, "GET", "orders").json()) == 7
    assert control(sim, "PATCH", "orders/3", {"status": "reissue_pending"}).json()["requests"][1]["type"] == "reissue"
    assert control(sim, "PATCH", "orders/99", {"status": "issued"}).status_code == 404
    assert control(sim, "DELETE", "orders/20").status_code == 204
    assert control(sim, "GET", "orders/20").status_code == 404
    change(sim)
    assert control(sim, "GET", "changes").json()[0]["order_id"] == 1
    assert control(sim, "POST", "reset", {"orders": [{"id": 4}]}).status_code == 204
    assert list(sim.account.orders) == [4]
    assert control(sim, "POST", "reset").status_code == 204
    assert list(sim.account.orders) == [1, 2, 3]
    assert control(sim, "POST", "reset", {"colour": 1}).status_code == 400
    assert sim.requests == [], "the log has no requests to control routes"


def test_requests_and_quirks_are_controlled(sim: Simulator) -> None:
    info(sim)
    assert control(sim, "GET", "requests").json()[0]["kind"] == "info"
    assert control(sim, "DELETE", "requests").status_code == 204
    assert control(sim, "GET", "requests").json() == []
    assert control(sim, "PUT", "quirks", {"repeat_change": "noop"}).json()["repeat_change"] == "noop"
    assert sim.quirks.repeat_change == "noop"
    assert control(sim, "PUT", "quirks", {"colour": "red"}).status_code == 400
    assert control(sim, "POST", "reset", {"rate_limits": [[1, 1000]]}).status_code == 204
    assert [info(sim).status_code for unused in range(2)] == [200, 429]
    assert control(sim, "POST", "reset", {"rate_limits": [5]}).status_code == 400


def test_faults_are_controlled(sim: Simulator) -> None:
    made = control(sim, "POST", "faults", {"kind": "raw", "data_base64": "aGk=", "on": "info"})
    assert (made.status_code, made.json()[0]["kind"]) == (201, "raw")
    for kind in KINDS:
        sim.fault(kind, times=0)
    assert [fault["kind"] for fault in control(sim, "GET", "faults").json()] == ["raw", *KINDS]
    assert read_all(connect(sim)) == b"hi"
    assert control(sim, "GET", "faults").json()[0]["hits"] == 1
    assert control(sim, "POST", "faults", {"kind": "call"}).status_code == 400
    assert control(sim, "DELETE", "faults").status_code == 204
    assert info(sim).status_code == 200


# ---- start and stop


def test_tls_has_a_ca_of_its_own_and_faults() -> None:
    with Simulator(orders=SEEDS, tls=True) as simulator:
        assert simulator.url.startswith("https://127.0.0.1:")
        silent = socket.create_connection(("127.0.0.1", simulator.port))
        assert info(simulator).status_code == 200, "a client that does not begin its handshake blocks nobody"
        silent.close()
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(simulator.url, timeout=10)
        context = ssl.create_default_context(cafile=simulator.ca_file)
        for kind in ("reset_before", "hang"):
            fault = simulator.fault(kind)
            raw = socket.create_connection(("127.0.0.1", simulator.port), timeout=10)
            with context.wrap_socket(raw, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as sock:
                sock.sendall(b"GET /services/v2/order/certificate/1 HTTP/1.1\r\nHost: x\r\n\r\n")
                assert fault.wait()
                if kind == "reset_before":
                    # Python's ssl module reports a reset as an unexpected end.
                    with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
                        sock.recv(1)
        assert simulator.errors == []
        ca_file = str(simulator.ca_file)
    assert not Path(ca_file).exists()


@pytest.mark.parametrize("certificate", ["wrong_host", "untrusted"])
def test_bad_certificate_is_not_accepted(certificate: str) -> None:
    with Simulator(orders=SEEDS, tls=certificate) as simulator, pytest.raises(requests.exceptions.SSLError):
        info(simulator)


def test_simulator_stops_after_an_error_and_can_be_stopped_twice() -> None:
    with pytest.raises(RuntimeError, match="test"), Simulator() as simulator:
        raise RuntimeError("test")
    simulator.stop()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", simulator.port), timeout=1)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])
def test_only_loopback_addresses_are_allowed(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Simulator(host=host)
