# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator over HTTP, as clients see it: replies, control, TLS."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from werkzeug.test import EnvironBuilder

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.app import BASE, HEADERS, RECORD, WRITER, create_app
from ansible_collections.certops.certcentral.tests.simulator.faults import KINDS
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.simulator.http_support import (
    SEEDS,
    call,
    connect,
    control,
    info,
    put,
    read_all,
)
from ansible_collections.certops.certcentral.tests.unit.simulator.support import CANCEL, NOTE

# ---- the API


def test_order_info(sim: Simulator) -> None:
    reply = info(sim)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert (reply.json()["id"], reply.json()["status"]) == (1, "pending")


def test_a_change_is_answered_204_and_nothing(sim: Simulator) -> None:
    reply = put(sim)
    assert (reply.status_code, reply.content) == (204, b"")
    assert "Content-Type" not in reply.headers
    assert [(change.order_id, change.status, change.note) for change in sim.changes] == [(1, "canceled", NOTE)]
    assert sim.account.orders[1]["status"] == "canceled"


def test_filters_arrive_decoded(sim: Simulator) -> None:
    several = [("filters[status][0]", "pending"), ("filters[status][1]", "revoked")]
    query = urlencode([*several, ("filters[date_created]", ">2001-01-01")])
    reply = call(sim, "GET", f"/order/certificate?{query}").json()
    assert [row["id"] for row in reply["orders"]] == [1]
    assert sim.requests[0]["query"][2] == ("filters[date_created]", ">2001-01-01")
    assert "orders" not in call(sim, "GET", "/order/certificate?filters[id]=99").json()


def test_a_bad_key_is_403_as_recorded(sim: Simulator) -> None:
    for key in ("wrong", ""):
        reply = call(sim, "GET", "/order/certificate/1", key=key)
        assert reply.status_code == 403
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.text == (
            '{"errors":[{"code":"access_denied|access_denied_invalid_key",'
            '"message":"Access denied due to access_denied_invalid_key."}]}'
        )


def test_what_keys_may_do(sim: Simulator) -> None:
    assert call(sim, "GET", "/order/certificate/1", key=sim.view_only_key).status_code == 200
    refused = put(sim, key=sim.view_only_key)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "access_denied|missing_permission")
    assert call(sim, "GET", "/order/certificate/1", key=sim.no_orders_key).status_code == 403
    assert call(sim, "GET", "/user/me", key=sim.no_orders_key).status_code == 200
    assert sim.changes == []


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/order/certificate/9", "not_found|order"),
        ("PUT", "/order/certificate/9/status", "not_found|order"),
        ("GET", "/order/certificat/1", "not_found|route"),
        ("GET", "/order/certificate/abc", "not_found|route"),
        ("GET", "/order/certificate/abcdef0123456789", "not_found|order"),
        ("GET", "/order/certificate/9/note", "not_found|order"),
        ("GET", "/order/certificate/9/reissue", "not_found|order"),
        ("PUT", "/request/9/status", "not_found|request"),
    ],
)
def test_not_found(sim: Simulator, method: str, path: str, code: str) -> None:
    reply = call(sim, method, path, CANCEL if method == "PUT" else None)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (404, code)
    sim.quirks.not_found_empty_body = True
    reply = call(sim, method, path, CANCEL if method == "PUT" else None)
    assert (reply.status_code, reply.content == b"") == (404, code == "not_found|order")


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"\xff"])
def test_malformed_json(sim: Simulator, body: bytes) -> None:
    reply = put(sim, body)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "bad_request_format")


def test_neighbours(sim: Simulator) -> None:
    made = call(sim, "POST", "/order/certificate/1/note", {"text": "hello"})
    assert (made.status_code, made.json()["text"]) == (201, "hello")
    assert call(sim, "GET", "/order/certificate/1/note").json()["notes"][0]["text"] == "hello"
    assert call(sim, "GET", "/order/certificate/status-changes?minutes=5").json() == {}
    put(sim)
    sim.clear_log()
    assert call(sim, "GET", "/order/certificate/status-changes?minutes=5").json()["orders"][0]["order_id"] == 1
    assert call(sim, "GET", "/user/me").json()["access_roles"]


@pytest.mark.parametrize(
    ("accepts", "encoding"), [("gzip", "gzip"), ("deflate, gzip;q=0.5", "gzip"), ("identity", None)]
)
def test_replies_are_gzipped_when_asked(sim: Simulator, accepts: str, encoding: str | None) -> None:
    for path in ("/order/certificate", "/order/certificate/1", "/order/certificate/99"):
        reply = call(sim, "GET", path, headers={"Accept-Encoding": accepts})
        assert reply.headers.get("Content-Encoding") == encoding
        assert reply.json()
    assert "Content-Encoding" not in put(sim).headers, "there is nothing to compress"


def test_headers_as_recorded(sim: Simulator) -> None:
    reply = info(sim)
    assert reply.headers["X-CDN"] == "Imperva"
    assert reply.headers["Cache-Control"] == "private, no-cache"
    assert reply.headers["Vary"] == "Accept-Encoding"
    assert reply.headers["ETag"].startswith('W/"')
    assert reply.headers["X-Iinfo"] != info(sim).headers["X-Iinfo"], "it names the request"
    assert "Retry-After" not in reply.headers


def test_rate_limits(sim: Simulator) -> None:
    sim.limits.set([(3, 1000)])
    assert [info(sim).status_code for unused in range(4)] == [200, 200, 200, 429]
    reply = put(sim)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (429, "request_limit_exceeded")
    assert "Retry-After" not in reply.headers
    assert sim.changes == []
    assert call(sim, "GET", "/order/certificate/1", key=sim.view_only_key).status_code == 200


def test_the_log(sim: Simulator) -> None:
    put(sim)
    put(sim)
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


def test_the_log_by_certificate(sim: Simulator) -> None:
    thumbprint = info(sim, 2).json()["certificate"]["thumbprint"]
    reply = call(sim, "GET", f"/order/certificate/{thumbprint}")
    assert (reply.json()["id"], sim.requests[1]["order_id"]) == (2, 2)


def test_the_log_is_not_what_the_api_answers_from(sim: Simulator) -> None:
    sim.quirks.read_lag = 1
    put(sim)
    changes = call(sim, "GET", "/order/certificate/status-changes?minutes=5").json()
    assert changes["orders"]
    assert control(sim, "DELETE", "requests").status_code == 204
    assert call(sim, "GET", "/order/certificate/status-changes?minutes=5").json() == changes
    assert [info(sim).json()["status"] for unused in range(2)] == ["pending", "canceled"]


def test_a_connection_is_kept(sim: Simulator) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=10)
    connection.connect()
    sock = connection.sock
    for method, path, body in (
        ("GET", "/order/certificate/1", b""),
        ("PUT", "/order/certificate/1/status", json.dumps(CANCEL).encode()),
        ("GET", "/order/certificate/9", b""),
        ("GET", "/order/certificate", b""),
    ):
        connection.request(method, f"/services/v2{path}", body=body, headers={"X-DC-DEVKEY": sim.key})
        connection.getresponse().read()
        assert connection.sock is sock
    connection.close()


def test_many_clients_at_once(sim: Simulator) -> None:
    sim.account.generate([{"count": 80, "first_id": 1000, "status": "pending"}])

    def work(first: int) -> None:
        for order_id in range(first, first + 10):
            assert put(sim, order_id=order_id).status_code == 204

    threads = [threading.Thread(target=work, args=(first,)) for first in range(1000, 1080, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(change.order_id for change in sim.changes) == list(range(1000, 1080))
    assert [change.sequence for change in sim.changes] == list(range(1, 81))
    assert len(sim.requests) == 80


# ---- control


def test_control_of_orders(sim: Simulator) -> None:
    assert control(sim, "GET", "health").json() == {"ok": True, "orders": 3, "errors": []}
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
    put(sim)
    assert control(sim, "GET", "changes").json()[0]["order_id"] == 1
    assert control(sim, "POST", "reset", {"orders": [{"id": 4}]}).status_code == 204
    assert list(sim.account.orders) == [4]
    assert control(sim, "POST", "reset").status_code == 204
    assert list(sim.account.orders) == [1, 2, 3]
    assert control(sim, "POST", "reset", {"colour": 1}).status_code == 400
    assert sim.requests == [], "control leaves no trace in the log"


def test_control_of_requests_and_quirks(sim: Simulator) -> None:
    info(sim)
    assert control(sim, "GET", "requests").json()[0]["kind"] == "info"
    assert control(sim, "DELETE", "requests").status_code == 204
    assert control(sim, "GET", "requests").json() == []
    assert control(sim, "PUT", "quirks", {"repeat_change": "noop"}).json()["repeat_change"] == "noop"
    assert sim.quirks.repeat_change == "noop"
    assert control(sim, "PUT", "quirks", {"colour": "red"}).status_code == 400
    assert control(sim, "PUT", "rate_limits", [[1, 1000]]).json() == [[1, 1000.0]]
    assert [info(sim).status_code for unused in range(2)] == [200, 429]
    assert control(sim, "PUT", "rate_limits", []).json() == []
    assert control(sim, "PUT", "rate_limits", [5]).status_code == 400
    assert info(sim).status_code == 200


def test_control_of_faults(sim: Simulator) -> None:
    made = control(sim, "POST", "faults", {"kind": "raw", "data_base64": "aGk=", "on": "info"})
    assert (made.status_code, made.json()[0]["kind"]) == (201, "raw")
    control(sim, "POST", "faults", [{"kind": "html"}, {"kind": "empty"}])
    assert [fault["kind"] for fault in control(sim, "GET", "faults").json()] == ["raw", "html", "empty"]
    assert read_all(connect(sim)) == b"hi"
    assert control(sim, "GET", "faults").json()[0]["hits"] == 1
    assert control(sim, "POST", "faults", {"kind": "call"}).status_code == 400
    assert control(sim, "DELETE", "faults").status_code == 204
    assert info(sim).status_code == 200


def test_every_kind_of_fault_can_be_shown(sim: Simulator) -> None:
    for kind in KINDS:
        sim.fault(kind, times=0)
    assert [fault["kind"] for fault in control(sim, "GET", "faults").json()] == list(KINDS)


# ---- in-process


def test_the_application_without_a_server() -> None:
    state = State(SEEDS)
    app = create_app(state)
    state.fault("hang", on="info", order_id=2)

    def answer(path: str) -> dict[str, Any]:
        environ = EnvironBuilder(BASE + path, headers=[("X-DC-DEVKEY", state.key)]).get_environ()
        environ[HEADERS] = {"X-Dc-Devkey": "as it was sent"}
        app(environ, lambda status, headers, exc_info=None: lambda data: None)
        return environ

    first, second = answer("/order/certificate/1"), answer("/order/certificate/2")
    assert (first[RECORD], second[RECORD]) == tuple(state.requests)
    assert first[RECORD]["headers"] == {"X-Dc-Devkey": "as it was sent"}
    assert WRITER not in first
    assert callable(second[WRITER])


# ---- start and stop


def test_tls() -> None:
    with Simulator(orders=SEEDS, tls=True) as simulator:
        assert simulator.url.startswith("https://127.0.0.1:")
        silent = socket.create_connection(("127.0.0.1", simulator.port))
        assert info(simulator).status_code == 200, "a client without a handshake blocks nobody"
        silent.close()
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(simulator.url, timeout=10)
        context = ssl.create_default_context(cafile=simulator.ca_file)
        for kind in ("reset_before", "hang"):
            fault = simulator.fault(kind)
            raw = socket.create_connection(("127.0.0.1", simulator.port), timeout=10)
            with context.wrap_socket(raw, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as sock:
                sock.sendall(b"GET /services/v2/user/me HTTP/1.1\r\nHost: x\r\n\r\n")
                assert fault.wait()
                if kind == "reset_before":
                    # Python's ssl shows a reset as an end in the wrong place.
                    with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
                        sock.recv(1)
        assert simulator.errors == []
        ca_file = str(simulator.ca_file)
    assert not Path(ca_file).exists()


@pytest.mark.parametrize("certificate", ["wrong_host", "untrusted"])
def test_bad_certificates(certificate: str) -> None:
    with Simulator(orders=SEEDS, tls=certificate) as simulator, pytest.raises(requests.exceptions.SSLError):
        info(simulator)


def test_it_stops_on_failure_and_twice() -> None:
    with pytest.raises(RuntimeError, match="test"), Simulator() as simulator:
        raise RuntimeError("test")
    simulator.stop()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", simulator.port), timeout=1)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])
def test_loopback_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Simulator(host=host)


def test_a_mistake_of_the_simulator_is_kept() -> None:
    def broken(record: Any) -> None:
        raise LookupError("broken")

    with Simulator(orders=SEEDS) as simulator:
        simulator.fault("call", before=broken)
        assert info(simulator).status_code == 500
        assert "broken" in simulator.errors[0]
