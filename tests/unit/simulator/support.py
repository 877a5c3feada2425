"""Helpers for the tests of the simulator: an account, with or without the application in front of it, and raw connections."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from werkzeug.test import TestResponse

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.account import Account
from ansible_collections.certops.certcentral.tests.simulator.app import BASE, CONTROL, create_app
from ansible_collections.certops.certcentral.tests.simulator.quirks import Quirks
from ansible_collections.certops.certcentral.tests.simulator.state import State

NOW = datetime(2026, 6, 15, 12, 0, 0, tzinfo=timezone.utc)
NOTE = "no longer needed"
CANCEL = {"status": "canceled", "note": NOTE}
SEEDS = ({"id": 1, "status": "pending"}, {"id": 2, "migrated": True, "valid_in_days": 10}, {"id": 3})
LIST = "/order/certificate"
ORDER = f"{LIST}/1"


class Clock:
    """A clock and a date that move only when a test moves them."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
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


def ids(held: Account, *query: tuple[str, str]) -> list[int]:
    """Return the IDs in the order list for a query."""
    return [row["id"] for row in held.list_orders(query).get("orders") or []]


def row(held: Account, order_id: int = 1) -> dict[str, Any]:
    """Return the row of an order."""
    return next(found for found in held.list_orders([])["orders"] if found["id"] == order_id)


class Web:
    """An account behind the application, for requests without a network."""

    def __init__(self, *orders: Mapping[str, Any], **quirks: Any) -> None:
        self.clock = Clock()
        self.state = State(orders, quirks=quirks, clock=self.clock, now=self.clock.now)
        self.account = self.state.account
        self.client = create_app(self.state).test_client(use_cookies=False)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a request of the API. Nothing in the path is escaped, not even the brackets of a query."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body)
        sent = {"X-DC-DEVKEY": self.state.key, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.open(BASE + path, method=method, data=data, headers=sent)

    def get(self, path: str) -> Any:
        """Return the JSON value of a GET."""
        return value_of(self.send("GET", path))

    def change(self, body: Any = None, order_id: int = 1) -> TestResponse:
        """Change the status of an order. By default, cancel it."""
        return self.send("PUT", f"{LIST}/{order_id}/status", CANCEL if body is None else body)

    def control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send a request to a control route, and return the status and the JSON value of the response."""
        response = self.client.open(f"{CONTROL}/{path}", method=method, json=body)
        return response.status_code, value_of(response)


def value_of(response: TestResponse) -> Any:
    """Return the JSON value of a response, gzipped or not, or None if there is no body."""
    is_zipped = response.headers.get("Content-Encoding") == "gzip"
    data = gzip.decompress(response.data) if is_zipped else response.data
    return json.loads(data) if data else None


def connect(sim: Simulator, body: Any = None) -> socket.socket:
    """Return a connection over which a GET for order 1 was sent, or a PUT with a body."""
    sock = socket.create_connection(("127.0.0.1", sim.port), timeout=10)
    data = b"" if body is None else json.dumps(body).encode()
    first = f"GET {BASE}{ORDER}" if body is None else f"PUT {BASE}{ORDER}/status"
    head = f"{first} HTTP/1.1\r\nHost: x\r\nX-DC-DEVKEY: {sim.key}\r\nContent-Length: {len(data)}\r\n\r\n"
    sock.sendall(head.encode() + data)
    return sock


def read_all(sock: socket.socket) -> bytes:
    """Read until the connection ends."""
    with sock, sock.makefile("rb") as stream:
        return stream.read()
