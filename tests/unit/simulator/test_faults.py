# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults, as clients see them over HTTP."""

from __future__ import annotations

import json
import socket
import threading
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.faults import SHAPES
from ansible_collections.certops.certcentral.tests.unit.simulator.support import (
    CANCEL,
    SEEDS,
    call,
    change,
    connect,
    control,
    info,
    read_all,
)


def test_fault_strikes_matching_requests_only(sim: Simulator) -> None:
    fault = sim.fault("status", on="info", order_id=2, after=1, times=2, status=503)
    codes = [info(sim, order_id).status_code for order_id in (1, 2, 1, 2, 2, 2)]
    assert codes == [200, 200, 200, 503, 503, 200]
    assert (fault.seen, fault.hits) == (4, 2)
    assert [record["fault"] for record in sim.requests] == [None, None, None, "status", "status", None]


def test_faults_strike_in_the_order_in_which_they_were_added(sim: Simulator) -> None:
    sim.fault("status", status=500)
    sim.fault("status", status=502)
    sim.fault("status", status=504, method="put", times=None)
    assert [info(sim).status_code for unused in range(3)] == [500, 502, 200]
    assert [change(sim).status_code for unused in range(3)] == [504, 504, 504]
    sim.faults.clear()
    assert change(sim).status_code == 204


def test_status_fault_sets_status_headers_and_body(sim: Simulator) -> None:
    sim.fault("status", status=429, retry_after=7)
    assert info(sim).headers["Retry-After"] == "7"
    sim.fault("status", status=429, retry_after_date=60)
    assert parsedate_to_datetime(info(sim).headers["Retry-After"]).timestamp() > time.time() + 30
    sim.fault("status", status=302, location="https://elsewhere.example/")
    response = info(sim)
    assert (response.status_code, response.headers["Location"]) == (302, "https://elsewhere.example/")
    sim.fault("status", status=200, body={"id": 1}, headers={"X-Other": "1"})
    response = info(sim)
    assert (response.json(), response.headers["X-Other"]) == ({"id": 1}, "1")
    sim.fault("status", status=404, body=b"\xff\x00")
    assert info(sim).content == b"\xff\x00"
    sim.fault("status", status=204)
    assert info(sim).status_code == 204


def test_body_faults_replace_or_compress_the_body(sim: Simulator) -> None:
    sim.fault("html")
    response = info(sim)
    assert (response.status_code, response.headers["Content-Type"]) == (503, "text/html; charset=UTF-8")
    assert "<html>" in response.text
    sim.fault("block_page", status=403)
    response = info(sim)
    assert (response.status_code, response.headers["X-CDN"]) == (403, "Imperva")
    assert "Request unsuccessful" in response.text
    sim.fault("status", status=407)
    response = info(sim)
    assert (response.status_code, response.headers["Proxy-Authenticate"]) == (407, 'Basic realm="proxy"')
    sim.fault("empty", status=404)
    assert (info(sim).status_code, info(sim).status_code) == (404, 200)
    sim.fault("bad_json")
    with pytest.raises(ValueError):
        info(sim).json()
    sim.fault("gzip", size=1_000_000)
    response = info(sim)
    assert int(response.headers["Content-Length"]) < 10_000 and len(response.content) > 1_000_000
    for shape, value in SHAPES.items():
        sim.fault("wrong_shape", shape=shape)
        assert info(sim).json() == value


@pytest.mark.parametrize(("kind", "applied"), [("reset_before", False), ("reset_after", True)])
def test_reset_happens_before_or_after_the_change(sim: Simulator, kind: str, applied: bool) -> None:
    sim.fault(kind, on="status")
    sock = connect(sim, "PUT", "/order/certificate/1/status", json.dumps(CANCEL).encode())
    with pytest.raises(ConnectionResetError):
        sock.recv(1)
    sock.close()
    assert len(sim.changes) == applied
    assert (sim.requests[0]["status"], sim.requests[0]["effective"]) == (None, applied)


def test_lost_response_leaves_the_change(sim: Simulator) -> None:
    sim.fault("lost_reply", status=502)
    assert change(sim).status_code == 502
    assert (sim.account.orders[1]["status"], sim.requests[0]["effective"]) == ("canceled", True)
    sim.fault("status", status=502)
    assert change(sim, {"status": "renewed"}, 2).status_code == 502
    assert sim.account.orders[2]["is_renewed"] is False


def test_hanging_response_never_comes_or_is_late(sim: Simulator) -> None:
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


@pytest.mark.parametrize("kind", ["hang", "drip", "latency"])
def test_stopped_simulator_has_no_connection_or_thread(kind: str) -> None:
    # Other simulators in this process have their own connections.
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


def test_response_drips(sim: Simulator) -> None:
    sim.fault("drip", interval=0.0001, size=50)
    assert info(sim).json()["id"] == 1
    sim.fault("drip", interval=0.01, part="headers")
    sock = connect(sim)
    # On a busy machine, some of the bytes may arrive together, but not all of them.
    came = b"".join(sock.recv(100) for unused in range(20))
    assert came.startswith(b"HTTP/1.1 200"[: len(came)]) and len(came) >= 20 and b"\r\n\r\n" not in came
    sock.close()


def test_response_is_cut_in_body_or_headers(sim: Simulator) -> None:
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


def test_response_is_about_another_order(sim: Simulator) -> None:
    sim.fault("other_order")
    assert info(sim).json()["id"] == 2
    sim.fault("other_order", other_id=77)
    assert (info(sim).json()["id"], info(sim).json()["id"]) == (77, 1)
    sim.fault("other_order", on="list", other_id=50)
    listed = call(sim, "GET", "/order/certificate?filters[id]=1").json()
    assert [row["id"] for row in listed["orders"]] == [50]
    change(sim)
    sim.fault("other_order", on="status_changes")
    changes = call(sim, "GET", "/order/certificate/status-changes?minutes=1").json()
    assert [entry["order_id"] for entry in changes["orders"]] == [2]


def test_stale_response_shows_the_state_before_the_change(sim: Simulator) -> None:
    change(sim)
    sim.fault("stale", times=2)
    assert info(sim).json()["status"] == "pending"
    assert call(sim, "GET", "/order/certificate").json()["orders"][0]["status"] == "pending"
    assert info(sim).json()["status"] == "canceled"


def test_raw_bytes_and_floods_are_sent(sim: Simulator) -> None:
    sim.fault("raw", data=b"nonsense\r\n", chunk=b"ab", chunk_count=3)
    assert read_all(connect(sim)) == b"nonsense\r\nababab"
    sim.fault("flood", size=200_000)
    response = info(sim)
    assert len(response.content) == 200_000
    assert set(response.json()) == {"filler"}
    sim.fault("flood", size=100_000, declared=False)
    assert len(info(sim).content) == 100_000


def test_functions_are_called_around_the_request(sim: Simulator) -> None:
    seen: list[str] = []

    def before(record: Any) -> None:
        seen.append(sim.account.orders[1]["status"])
        sim.account.orders[1]["status"] = "waiting_pickup"

    def after(record: Any) -> None:
        seen.append(sim.account.orders[1]["status"])
        sim.account.orders[1]["status"] = "issued"

    sim.fault("call", on="status", before=before, afterwards=after)
    sim.fault("lost_reply", on="status", status=500)
    assert change(sim).status_code == 500
    assert seen == ["pending", "canceled"]
    assert info(sim).json()["status"] == "issued"


def test_fault_strikes_before_the_key_is_checked(sim: Simulator) -> None:
    sim.fault("status", status=503)
    assert call(sim, "GET", "/order/certificate/1", key="wrong").status_code == 503


@pytest.mark.parametrize(
    "wrong",
    [
        *({"kind": "nothing"}, {"kind": "html", "on": "moon"}, {"kind": "html", "colour": 1}),
        *({"kind": "drip", "part": "tail"}, {"kind": "wrong_shape", "shape": "round"}),
        *({"kind": "raw", "data_base64": "%"}, {"kind": "lost_reply", "apply": False}),
        *({"kind": "edit", "apply": False}, {"kind": "edit", "orders": [{"status": "issued"}]}),
    ],
)
def test_unknown_fault_or_parameter_is_refused(sim: Simulator, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        sim.fault(**wrong)
    assert control(sim, "POST", "faults", wrong).status_code == 400
    assert list(sim.faults) == []
