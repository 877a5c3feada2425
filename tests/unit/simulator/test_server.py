# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator over HTTP, as clients see it: replies, faults, control, TLS."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.faults import KINDS, SHAPES

NOTE = "no longer needed"
CANCEL = {"status": "canceled", "note": NOTE}
SEEDS = ({"id": 1, "status": "pending"}, {"id": 2, "migrated": True, "valid_in_days": 10}, {"id": 3})


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(orders=SEEDS) as simulator:
        yield simulator
        assert simulator.errors == []


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    running.reset()
    return running


def call(sim: Simulator, method: str, path: str, body: Any = None, key: str | None = None) -> requests.Response:
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    headers = {"X-DC-DEVKEY": sim.key if key is None else key, "Content-Type": "application/json"}
    return requests.request(
        method, sim.url + path, data=data, headers=headers, timeout=10, allow_redirects=False, verify=sim.ca_file
    )


def info(sim: Simulator, order_id: int = 1) -> requests.Response:
    return call(sim, "GET", f"/order/certificate/{order_id}")


def put(sim: Simulator, body: Any = None, order_id: int = 1, key: str | None = None) -> requests.Response:
    return call(sim, "PUT", f"/order/certificate/{order_id}/status", CANCEL if body is None else body, key)


def control(sim: Simulator, method: str, path: str, body: Any = None) -> requests.Response:
    return requests.request(method, f"{sim.control_url}/{path}", json=body, timeout=10)


def connect(
    sim: Simulator, method: str = "GET", path: str = "/order/certificate/1", body: bytes = b""
) -> socket.socket:
    """A raw client that has sent its request."""
    sock = socket.create_connection(("127.0.0.1", sim.port), timeout=10)
    head = f"{method} {urlsplit(sim.url).path}{path} HTTP/1.1\r\nHost: x\r\nX-DC-DEVKEY: {sim.key}\r\n"
    sock.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return sock


def read_all(sock: socket.socket) -> bytes:
    data = b""
    while True:
        part = sock.recv(65536)
        if not part:
            sock.close()
            return data
        data += part


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
    sim.clear_log()
    assert (sim.requests, sim.changes) == ([], [])


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


# ---- faults


def test_a_fault_strikes_what_it_matches(sim: Simulator) -> None:
    fault = sim.fault("status", on="info", order_id=2, after=1, times=2, status=503)
    codes = [info(sim, order_id).status_code for order_id in (1, 2, 1, 2, 2, 2)]
    assert codes == [200, 200, 200, 503, 503, 200]
    assert (fault.seen, fault.hits) == (4, 2)
    assert [record["fault"] for record in sim.requests] == [None, None, None, "status", "status", None]


def test_faults_queue_up(sim: Simulator) -> None:
    sim.fault("status", status=500)
    sim.fault("status", status=502)
    sim.fault("status", status=504, method="put", times=None)
    assert [info(sim).status_code for unused in range(3)] == [500, 502, 200]
    assert [put(sim).status_code for unused in range(3)] == [504, 504, 504]
    sim.faults.clear()
    assert put(sim).status_code == 204


def test_fault_status(sim: Simulator) -> None:
    sim.fault("status", status=429, retry_after=7)
    assert info(sim).headers["Retry-After"] == "7"
    sim.fault("status", status=429, retry_after_date=60)
    assert parsedate_to_datetime(info(sim).headers["Retry-After"]).timestamp() > time.time() + 30
    sim.fault("status", status=302, location="https://elsewhere.example/")
    reply = info(sim)
    assert (reply.status_code, reply.headers["Location"]) == (302, "https://elsewhere.example/")
    sim.fault("status", status=200, body={"id": 1}, headers={"X-Other": "1"})
    reply = info(sim)
    assert (reply.json(), reply.headers["X-Other"]) == ({"id": 1}, "1")
    sim.fault("status", status=404, body=b"\xff\x00")
    assert info(sim).content == b"\xff\x00"
    sim.fault("status", status=204)
    assert info(sim).status_code == 204


def test_faults_of_bodies(sim: Simulator) -> None:
    sim.fault("html")
    reply = info(sim)
    assert (reply.status_code, reply.headers["Content-Type"]) == (503, "text/html; charset=UTF-8")
    assert "<html>" in reply.text
    sim.fault("empty", status=404)
    assert (info(sim).status_code, info(sim).status_code) == (404, 200)
    sim.fault("bad_json")
    reply = info(sim)
    assert reply.status_code == 200
    with pytest.raises(ValueError):
        reply.json()
    sim.fault("gzip")
    reply = info(sim)
    assert (reply.headers["Content-Encoding"], reply.json()["id"]) == ("gzip", 1)
    sim.fault("gzip", size=1_000_000)
    reply = info(sim)
    assert int(reply.headers["Content-Length"]) < 10_000
    assert len(reply.content) > 1_000_000


@pytest.mark.parametrize("shape", SHAPES)
def test_fault_wrong_shape(sim: Simulator, shape: str) -> None:
    sim.fault("wrong_shape", shape=shape)
    assert info(sim).json() == SHAPES[shape]


@pytest.mark.parametrize(("kind", "applied"), [("reset_before", False), ("reset_after", True)])
def test_faults_of_resets(sim: Simulator, kind: str, applied: bool) -> None:
    sim.fault(kind, on="status")
    sock = connect(sim, "PUT", "/order/certificate/1/status", json.dumps(CANCEL).encode())
    with pytest.raises(ConnectionResetError):
        sock.recv(1)
    sock.close()
    assert len(sim.changes) == applied
    assert (sim.requests[0]["status"], sim.requests[0]["effective"]) == (None, applied)


def test_fault_lost_reply(sim: Simulator) -> None:
    sim.fault("lost_reply", status=502)
    assert put(sim).status_code == 502
    assert (sim.account.orders[1]["status"], sim.requests[0]["effective"]) == ("canceled", True)
    sim.fault("status", status=502)
    assert put(sim, {"status": "renewed"}, 2).status_code == 502
    assert sim.account.orders[2]["is_renewed"] is False


def test_fault_hang(sim: Simulator) -> None:
    fault = sim.fault("hang", on="status", apply=True)
    sock = connect(sim, "PUT", "/order/certificate/1/status", json.dumps(CANCEL).encode())
    assert fault.wait()
    sock.settimeout(0.05)
    with pytest.raises(socket.timeout):
        sock.recv(1)
    sock.close()
    sim.fault("hang", seconds=0.01, apply=True)
    assert info(sim).json()["status"] == "canceled"
    sim.fault("hang", seconds=0.01)
    assert read_all(connect(sim)) == b""


def test_a_hang_ends_when_the_client_goes(sim: Simulator) -> None:
    fault = sim.fault("hang")
    before = threading.active_count()
    sock = connect(sim)
    assert fault.wait()
    sock.close()
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.001)
    assert threading.active_count() <= before


@pytest.mark.parametrize("kind", ["hang", "drip", "latency"])
def test_nothing_outlives_the_simulator(kind: str) -> None:
    # Other simulators in this process have connections of their own.
    others = set(threading.enumerate())
    with Simulator(orders=SEEDS) as simulator:
        fault = simulator.fault("hang" if kind == "hang" else "drip", **({} if kind == "hang" else {"interval": 3600}))
        if kind == "latency":
            simulator.quirks.latency = 3600.0
        sock = connect(simulator)
        assert fault.wait()
        started = time.monotonic()
    assert time.monotonic() - started < 4
    assert not [thread for thread in set(threading.enumerate()) - others if "_serve" in thread.name]
    sock.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", simulator.port), timeout=1)


def test_fault_drip(sim: Simulator) -> None:
    sim.fault("drip", interval=0.0001, size=50)
    assert info(sim).json()["id"] == 1
    sim.fault("drip", interval=0.01, part="headers")
    sock = connect(sim)
    assert sock.recv(100) == b"H"
    assert sock.recv(100) == b"T"
    sock.close()


def test_fault_cut(sim: Simulator) -> None:
    sim.fault("cut", keep=5)
    head, _separator, body = read_all(connect(sim)).partition(b"\r\n\r\n")
    assert body == b'{"id"'
    assert b"Content-Length: 5\r\n" not in head
    sim.fault("cut", part="headers", keep=12)
    assert read_all(connect(sim)) == b"HTTP/1.1 200"
    sim.fault("cut")
    data = read_all(connect(sim, "PUT", "/order/certificate/1/status", json.dumps(CANCEL).encode()))
    assert data.startswith(b"HTTP/1.1 204")
    assert b"\r\n\r\n" not in data
    assert len(sim.changes) == 1


def test_fault_other_order(sim: Simulator) -> None:
    sim.fault("other_order")
    assert info(sim).json()["id"] == 2
    sim.fault("other_order", other_id=77)
    assert (info(sim).json()["id"], info(sim).json()["id"]) == (77, 1)
    sim.fault("other_order", on="list", other_id=50)
    listed = call(sim, "GET", "/order/certificate?filters[id]=1").json()
    assert [row["id"] for row in listed["orders"]] == [50]


def test_fault_stale(sim: Simulator) -> None:
    put(sim)
    sim.fault("stale", times=2)
    assert info(sim).json()["status"] == "pending"
    assert call(sim, "GET", "/order/certificate").json()["orders"][0]["status"] == "pending"
    assert info(sim).json()["status"] == "canceled"


def test_faults_of_bytes(sim: Simulator) -> None:
    sim.fault("raw", data=b"nonsense\r\n", chunk=b"ab", chunk_count=3)
    assert read_all(connect(sim)) == b"nonsense\r\nababab"
    sim.fault("flood", size=200_000)
    reply = info(sim)
    assert len(reply.content) == 200_000
    assert set(reply.json()) == {"filler"}
    sim.fault("flood", size=100_000, declared=False)
    assert len(info(sim).content) == 100_000


def test_fault_call(sim: Simulator) -> None:
    seen: list[str] = []

    def before(record: Any) -> None:
        seen.append(sim.account.orders[1]["status"])
        sim.account.orders[1]["status"] = "waiting_pickup"

    def after(record: Any) -> None:
        seen.append(sim.account.orders[1]["status"])
        sim.account.orders[1]["status"] = "issued"

    sim.fault("call", on="status", before=before, afterwards=after)
    sim.fault("lost_reply", on="status", status=500)
    assert put(sim).status_code == 500
    assert seen == ["pending", "canceled"]
    assert info(sim).json()["status"] == "issued"


def test_faults_stand_before_keys(sim: Simulator) -> None:
    sim.fault("status", status=503)
    assert call(sim, "GET", "/order/certificate/1", key="wrong").status_code == 503


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "nothing"},
        {"kind": "html", "on": "moon"},
        {"kind": "html", "colour": 1},
        {"kind": "drip", "part": "tail"},
        {"kind": "wrong_shape", "shape": "round"},
        {"kind": "raw", "data_base64": "%"},
        {"kind": "lost_reply", "apply": False},
    ],
)
def test_faults_refuse_what_they_do_not_know(sim: Simulator, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        sim.fault(**wrong)
    assert control(sim, "POST", "faults", wrong).status_code == 400
    assert list(sim.faults) == []


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
