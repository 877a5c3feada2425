"""Faults: when they apply, what they make of a response, and what a client sees on the connection."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.faults import SHAPES
from ansible_collections.certops.certcentral.tests.simulator.responses import dump
from ansible_collections.certops.certcentral.tests.unit.simulator.support import (
    CANCEL,
    ORDER,
    SEEDS,
    Web,
    connect,
    info,
    read_all,
)


def test_fault_applies_only_to_matching_requests(web: Web) -> None:
    fault = web.state.fault("status", on="info", order_id=2, after=1, times=2, status=503)
    codes = [web.send("GET", f"/order/certificate/{order_id}").status_code for order_id in (1, 2, 1, 2, 2, 2)]
    assert codes == [200, 200, 200, 503, 503, 200]
    assert (fault.seen, fault.hits, fault.struck.is_set()) == (4, 2, True)
    assert [record["fault"] for record in web.state.requests] == [None, None, None, "status", "status", None]


def test_faults_apply_in_their_sequence_and_before_the_key_is_checked(web: Web) -> None:
    for status in (500, 502):
        web.state.fault("status", status=status)
    web.state.fault("status", status=504, method="put", times=None)
    wrong = {"X-DC-DEVKEY": "wrong"}
    assert [web.send("GET", ORDER, headers=wrong).status_code for unused in range(3)] == [500, 502, 403]
    assert [web.change().status_code for unused in range(2)] == [504, 504]
    web.state.faults.clear()
    assert web.change().status_code == 204


@pytest.mark.parametrize(
    ("fault", "status", "header", "body"),
    [
        ({"kind": "status", "status": 429, "retry_after": 7}, 429, {"Retry-After": "7"}, b"request_limit_exceeded"),
        ({"kind": "status", "retry_after_date": 60}, 500, {"Retry-After": "Mon, 15 Jun 2026 12:01:00 GMT"}, b"errors"),
        ({"kind": "status", "status": 302, "location": "https://x/"}, 302, {"Location": "https://x/"}, b""),
        ({"kind": "status", "status": 407}, 407, {"Proxy-Authenticate": 'Basic realm="proxy"'}, b"<html>"),
        ({"kind": "status", "status": 204}, 204, {}, b""),
        ({"kind": "status", "status": 200, "body": {"id": 1}, "headers": {"X-A": "1"}}, 200, {"X-A": "1"}, b'{"id":1}'),
        ({"kind": "status", "status": 404, "body": b"\xff\x00"}, 404, {}, b"\xff\x00"),
        ({"kind": "lost_reply", "status": 502, "body": "text"}, 502, {}, b"text"),
        ({"kind": "html"}, 503, {"Content-Type": "text/html; charset=UTF-8"}, b"<html>"),
        ({"kind": "block_page", "status": 200}, 200, {"X-CDN": "Imperva"}, b"Request unsuccessful"),
        ({"kind": "empty", "status": 404}, 404, {}, b""),
        ({"kind": "bad_json"}, 200, {"Content-Type": "application/json"}, b'"status":"iss'),
        *(({"kind": "wrong_shape", "shape": shape}, 200, {}, dump(value)) for shape, value in SHAPES.items()),
    ],
)
def test_fault_replaces_the_response(
    web: Web, fault: dict[str, Any], status: int, header: dict[str, str], body: bytes
) -> None:
    web.state.fault(**fault)
    response = web.send("GET", ORDER)
    assert response.status_code == status
    assert header.items() <= dict(response.headers).items()
    assert body in response.data and bool(body) == bool(response.data)


def test_only_a_lost_response_leaves_the_change(web: Web) -> None:
    for kind, mark in (("status", False), ("lost_reply", True)):
        web.state.fault(kind, status=502)
        assert web.change({"status": "renewed"}, 2).status_code == 502
        assert (web.account.orders[2]["is_renewed"], web.state.requests[-1]["effective"]) == (mark, mark)


def test_response_is_about_another_order(web: Web) -> None:
    web.state.fault("other_order")
    assert [web.get(ORDER)["id"] for unused in range(2)] == [2, 1]
    web.state.fault("other_order", other_id=50, on="list")
    assert [row["id"] for row in web.get("/order/certificate")["orders"]] == [50, 51, 52]
    web.change()
    web.state.fault("other_order", on="status_changes")
    assert web.get("/order/certificate/status-changes?minutes=1")["orders"][0]["order_id"] == 2


def test_stale_response_shows_the_state_before_the_change(web: Web) -> None:
    web.change()
    web.state.fault("stale", times=2)
    assert web.get(ORDER)["status"] == "pending"
    assert web.get("/order/certificate")["orders"][0]["status"] == "pending"
    assert web.get(ORDER)["status"] == "canceled"


def test_functions_are_called_and_orders_edited_around_the_request(web: Web) -> None:
    seen: list[str] = []

    def look(record: Any) -> None:
        seen.append(web.account.orders[1]["status"])

    web.state.fault("edit", on="status", orders=[{"id": 1, "status": "waiting_pickup"}])
    web.state.fault("call", on="status", before=look, afterwards=look)
    web.state.fault("lost_reply", on="status")
    assert web.change().status_code == 500
    assert seen == ["waiting_pickup", "canceled"]
    assert web.state.errors == []


def test_edit_of_an_unknown_order_is_an_error_of_the_simulator(web: Web) -> None:
    web.client.application.logger.disabled = True
    web.state.fault("edit", orders=[{"id": 7, "status": "issued"}])
    assert web.send("GET", ORDER).status_code == 500
    assert "no order 7" in web.state.errors[0]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"kind": "nothing"}, {"kind": "html", "on": "moon"}, {"kind": "html", "colour": 1}),
        *({"kind": "drip", "part": "tail"}, {"kind": "wrong_shape", "shape": "round"}),
    ],
)
def test_unknown_fault_or_parameter_is_refused(web: Web, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        web.state.fault(**wrong)
    assert web.state.faults == []


# ---- on the connection


@pytest.mark.parametrize(
    ("fault", "begin", "end"),
    [
        ({"kind": "raw", "data": "nonsense ", "chunk": "ab", "chunk_count": 3}, b"nonsense ababab", b"nonsense ababab"),
        ({"kind": "cut", "keep": 5}, b"HTTP/1.1 200 OK\r\n", b'\r\n\r\n{"id"'),
        ({"kind": "cut", "keep": 10_000}, b"HTTP/1.1 200 OK\r\n", b'"has_pending_request":true'),
        ({"kind": "cut", "part": "headers", "keep": 12}, b"HTTP/1.1 200", b"HTTP/1.1 200"),
        ({"kind": "hang", "seconds": 0.01}, b"", b""),
    ],
)
def test_connection_ends_after_these_bytes(sim: Simulator, fault: dict[str, Any], begin: bytes, end: bytes) -> None:
    sim.fault(**fault)
    data = read_all(connect(sim))
    assert data.startswith(begin) and data.endswith(end) and bool(data) == bool(end)


def test_response_without_a_body_is_cut_in_its_headers(sim: Simulator) -> None:
    sim.fault("cut")
    data = read_all(connect(sim, CANCEL))
    assert data.startswith(b"HTTP/1.1 204") and b"\r\n\r\n" not in data
    assert len(sim.changes) == 1


@pytest.mark.parametrize(("kind", "applied"), [("reset_before", False), ("reset_after", True)])
def test_reset_happens_before_or_after_the_change(sim: Simulator, kind: str, applied: bool) -> None:
    sim.fault(kind, on="status")
    with connect(sim, CANCEL) as sock, pytest.raises(ConnectionResetError):
        sock.recv(1)
    assert len(sim.changes) == applied
    assert (sim.requests[0]["status"], sim.requests[0]["effective"]) == (None, applied)


def test_hanging_response_never_arrives_or_is_late(sim: Simulator) -> None:
    fault = sim.fault("hang", on="status", apply=True)
    with connect(sim, CANCEL) as sock:
        assert fault.wait()
        sock.settimeout(0.05)
        with pytest.raises(socket.timeout):
            sock.recv(1)
    sim.fault("hang", seconds=0.01, apply=True)
    assert info(sim).json()["status"] == "canceled"


@pytest.mark.parametrize("kind", ["hang", "drip", "latency"])
def test_stopped_simulator_has_no_connection_or_thread(kind: str) -> None:
    # Other simulators in this process have their own connections.
    others = set(threading.enumerate())
    with Simulator(orders=SEEDS) as simulator:
        fault = simulator.fault("hang") if kind == "hang" else simulator.fault("drip", interval=3600)
        simulator.quirks.latency = 3600.0 if kind == "latency" else 0.0
        sock = connect(simulator)
        assert fault.wait()
    assert not [thread for thread in set(threading.enumerate()) - others if "_serve" in thread.name]
    sock.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", simulator.port), timeout=1)
