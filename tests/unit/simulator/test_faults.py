"""Faults: when they apply, what they make of a response, and what a client sees on the connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.faults import SHAPES
from ansible_collections.certops.certcentral.tests.simulator.responses import dump
from ansible_collections.certops.certcentral.tests.unit.simulator.support import (
    CANCEL,
    LIST,
    ORDER,
    SEEDS,
    Web,
    connect,
    read_all,
)


@pytest.fixture
def web() -> Web:
    """Return an account with the orders of SEEDS, without a network."""
    return Web(*SEEDS)


@pytest.fixture
def sim(_simulator: Simulator) -> Iterator[Simulator]:
    """Return a simulator with the orders of SEEDS."""
    _simulator.reset(orders=SEEDS)
    yield _simulator
    assert _simulator.errors == []


def test_faults_apply_in_their_sequence_and_before_the_key_is_checked(web: Web) -> None:
    for status in (500, 502):
        web.state.fault("status", status=status)
    web.state.fault("status", status=504, method="put", times=None)
    assert [web.send("GET", ORDER, X_DC_DEVKEY="wrong").status_code for unused in range(3)] == [500, 502, 403]
    assert [web.change().status_code for unused in range(2)] == [504, 504]
    web.state.faults.clear()
    assert web.change().status_code == 204


HTML, BLOCK = {"Content-Type": "text/html; charset=UTF-8"}, {"X-CDN": "Imperva"}
LATER = {"Retry-After": "Mon, 15 Jun 2026 12:01:00 GMT"}


@pytest.mark.parametrize(
    ("kind", "params", "status", "header", "body"),
    [
        ("status", {"status": 429, "retry_after": 7}, 429, {"Retry-After": "7"}, b"request_limit_exceeded"),
        ("status", {"retry_after_date": 60}, 500, LATER, b"errors"),
        ("status", {"status": 302, "location": "https://x/"}, 302, {"Location": "https://x/"}, b""),
        ("status", {"status": 204}, 204, {}, b""),
        ("status", {"status": 200, "body": {"id": 1}, "headers": {"X-A": "1"}}, 200, {"X-A": "1"}, b'{"id":1}'),
        ("status", {"status": 404, "body": b"\xff\x00"}, 404, {}, b"\xff\x00"),
        ("lost_reply", {"status": 502, "body": "text"}, 502, {}, b"text"),
        ("html", {}, 503, HTML, b"<html>"),
        ("block_page", {"status": 200}, 200, BLOCK, b"Request unsuccessful"),
        ("empty", {"status": 404}, 404, {}, b""),
        ("bad_json", {}, 200, {"Content-Type": "application/json"}, b'"status":"iss'),
        *(("wrong_shape", {"shape": shape}, 200, {}, dump(value)) for shape, value in SHAPES.items()),
    ],
)
def test_fault_replaces_the_response(
    web: Web, kind: str, params: dict[str, Any], status: int, header: dict[str, str], body: bytes
) -> None:
    web.state.fault(kind, **params)
    response = web.send("GET", ORDER)
    assert response.status_code == status
    assert header.items() <= dict(response.headers).items()
    assert body in response.data and bool(body) == bool(response.data)


def test_response_is_about_another_order(web: Web) -> None:
    web.state.fault("other_order", other_id=50, times=2)
    assert web.get(ORDER)["id"] == 50
    assert [row["id"] for row in web.get(LIST)["orders"]] == [50, 51, 52]


def test_stale_response_shows_the_state_before_the_change(web: Web) -> None:
    web.change()
    web.state.fault("stale", times=2)
    for status in ("pending", "canceled"):
        assert web.get(ORDER)["status"] == web.get(LIST)["orders"][0]["status"] == status


def test_edit_of_an_unknown_order_is_an_error_of_the_simulator(web: Web) -> None:
    web.client.application.logger.disabled = True
    web.state.fault("edit", orders=[{"id": 7, "status": "issued"}])
    assert web.send("GET", ORDER).status_code == 500
    assert "KeyError: 7" in web.state.errors[0]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        *[("nothing", {}), ("html", {"on": "moon"}), ("html", {"colour": 1})],
        *[("drip", {"part": "tail"}), ("wrong_shape", {"shape": "round"})],
    ],
)
def test_unknown_fault_or_parameter_is_refused(web: Web, kind: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        web.state.fault(kind, **wrong)
    assert web.state.faults == []


@pytest.mark.parametrize(
    ("fault", "begin", "end"),
    [
        ({"kind": "raw", "data": "nonsense ", "chunk": "ab", "chunk_count": 3}, b"nonsense ababab", b"nonsense ababab"),
        ({"kind": "cut", "keep": 5}, b"HTTP/1.1 200 OK\r\n", b'\r\n\r\n{"id"'),
        ({"kind": "cut", "keep": 10_000}, b"HTTP/1.1 200 OK\r\n", b'"has_pending_request":true'),
        ({"kind": "cut", "part": "headers", "keep": 12}, b"HTTP/1.1 200", b"HTTP/1.1 200"),
    ],
)
def test_connection_ends_after_these_bytes(sim: Simulator, fault: dict[str, Any], begin: bytes, end: bytes) -> None:
    sim.fault(**fault)
    data = read_all(connect(sim))
    assert data.startswith(begin) and data.endswith(end)


def test_connection_is_reset_instead_of_closed(sim: Simulator) -> None:
    sim.fault("reset_after")
    with connect(sim, CANCEL) as sock, pytest.raises(ConnectionResetError):
        sock.recv(1)
    assert (len(sim.changes), sim.requests[0]["status"]) == (1, None)


@pytest.mark.parametrize("kind", ["hang", "drip", "latency"])
def test_stopped_simulator_has_no_connection_or_thread(kind: str) -> None:
    # Other simulators in this process have their own connections.
    others = set(threading.enumerate())
    with Simulator(orders=SEEDS) as simulator:
        fault = simulator.fault("hang") if kind == "hang" else simulator.fault("drip", interval=3600)
        simulator.quirks.latency = 3600.0 if kind == "latency" else 0.0
        sock = connect(simulator)
        assert fault.struck.wait(10)
    assert not [thread for thread in set(threading.enumerate()) - others if "process_request" in thread.name]
    sock.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", simulator.port), timeout=1)
