# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helpers for the tests of the simulator: an account without HTTP, one behind the application without a network, and requests."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import flask.testing
import pytest
import requests
from werkzeug.test import TestResponse

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.account import Account, ApiError
from ansible_collections.certops.certcentral.tests.simulator.app import BASE, create_app
from ansible_collections.certops.certcentral.tests.simulator.quirks import Quirks
from ansible_collections.certops.certcentral.tests.simulator.state import State

NOW = datetime(2026, 6, 15, 12, 0, 0, tzinfo=timezone.utc)
NOTE = "no longer needed"
CANCEL = {"status": "canceled", "note": NOTE}
SEEDS = ({"id": 1, "status": "pending"}, {"id": 2, "migrated": True, "valid_in_days": 10}, {"id": 3})


class Clock:
    """A clock and a date that move only when a test moves them."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        """Return the date and time."""
        return NOW + timedelta(seconds=self.seconds)


def account(*orders: Mapping[str, Any], clock: Clock | None = None, **quirks: Any) -> Account:
    """Return an account whose time is fixed."""
    clock = clock or Clock()
    made = Account(Quirks(**quirks), clock.now, clock)
    made.seed(orders)
    return made


def put(held: Account, status: object, note: object = None, order_id: int = 1) -> bool:
    """Change the status of an order, and return whether it changed."""
    return held.update_status(order_id, {"status": status, "note": note})


def refusal(held: Account, status: object, note: object = None, order_id: int = 1) -> ApiError:
    """Return the error of a change that is rejected, and check that the change has no effect."""
    before = str(held.orders)
    with pytest.raises(ApiError) as caught:
        put(held, status, note, order_id)
    assert str(held.orders) == before
    assert held.changes == []
    return caught.value


def ids(held: Account, *query: tuple[str, str]) -> list[int]:
    """Return the IDs in the order list for a query."""
    return [row["id"] for row in held.list_orders(query).get("orders") or []]


def row(held: Account, order_id: int = 1) -> dict[str, Any]:
    """Return the row of an order."""
    rows: list[dict[str, Any]] = held.list_orders([])["orders"]
    return next(found for found in rows if found["id"] == order_id)


class Web:
    """An account behind the application, for requests without a network."""

    def __init__(self, *orders: Mapping[str, Any], **quirks: Any) -> None:
        self.clock = Clock()
        self.state = State(orders, quirks=quirks, clock=self.clock, now=self.clock.now)
        self.account = self.state.account
        self.client: flask.testing.FlaskClient = create_app(self.state).test_client(use_cookies=False)

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Send a request of the API. Nothing in the path is escaped, not even the brackets of a query."""
        data = None if body is None else json.dumps(body)
        sent = {"X-DC-DEVKEY": self.state.key, "Content-Type": "application/json", **(headers or {})}
        return self.client.open(BASE + path, method=method, data=data, headers=sent)

    def get(self, path: str) -> Any:
        """Return the JSON value of a GET, which must be answered with 200."""
        response = self.send("GET", path)
        assert response.status_code == 200, response.text
        return value_of(response)


def value_of(response: TestResponse) -> Any:
    """Return the JSON value of a response, gzipped or not, or None if there is no body."""
    data = response.data
    if response.headers.get("Content-Encoding") == "gzip":
        data = gzip.decompress(data)
    return json.loads(data) if data else None


# ---- requests over HTTP, or over raw connections


def call(
    sim: Simulator,
    method: str,
    path: str,
    body: Any = None,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    """Send a request of the API."""
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    own = {"X-DC-DEVKEY": sim.key if key is None else key, "Content-Type": "application/json"}
    return requests.request(
        method,
        sim.url + path,
        data=data,
        headers={**own, **(headers or {})},
        timeout=10,
        allow_redirects=False,
        verify=sim.ca_file,
    )


def info(sim: Simulator, order_id: int = 1) -> requests.Response:
    """Read the details of an order."""
    return call(sim, "GET", f"/order/certificate/{order_id}")


def change(sim: Simulator, body: Any = None, order_id: int = 1, key: str | None = None) -> requests.Response:
    """Change the status of an order. By default, cancel it."""
    return call(sim, "PUT", f"/order/certificate/{order_id}/status", CANCEL if body is None else body, key)


def control(sim: Simulator, method: str, path: str, body: Any = None) -> requests.Response:
    """Send a request to a control route."""
    return requests.request(method, f"{sim.control_url}/{path}", json=body, timeout=10)


def connect(
    sim: Simulator, method: str = "GET", path: str = "/order/certificate/1", body: bytes = b""
) -> socket.socket:
    """Return a connection over which a request was sent."""
    sock = socket.create_connection(("127.0.0.1", sim.port), timeout=10)
    head = f"{method} {urlsplit(sim.url).path}{path} HTTP/1.1\r\nHost: x\r\nX-DC-DEVKEY: {sim.key}\r\n"
    sock.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return sock


def read_all(sock: socket.socket) -> bytes:
    """Read until the connection ends."""
    data = b""
    while True:
        part = sock.recv(65536)
        if not part:
            sock.close()
            return data
        data += part
