# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the simulator share: an account without HTTP, and one behind its application without a network."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import flask.testing
import pytest
from werkzeug.test import TestResponse

from ansible_collections.certops.certcentral.tests.simulator.account import Account, ApiError
from ansible_collections.certops.certcentral.tests.simulator.app import BASE, create_app
from ansible_collections.certops.certcentral.tests.simulator.quirks import Quirks
from ansible_collections.certops.certcentral.tests.simulator.state import State

NOW = datetime(2026, 6, 15, 12, 0, 0, tzinfo=timezone.utc)
NOTE = "no longer needed"
CANCEL = {"status": "canceled", "note": NOTE}


class Clock:
    """A clock, and the date that goes with it, that move only when a test moves them."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        """The date."""
        return NOW + timedelta(seconds=self.seconds)


def account(*orders: Mapping[str, Any], clock: Clock | None = None, **quirks: Any) -> Account:
    """An account on a fixed day."""
    clock = clock or Clock()
    made = Account(Quirks(**quirks), clock.now, clock)
    made.seed(orders)
    return made


def put(held: Account, status: object, note: object = None, order_id: int = 1) -> bool:
    """Change the status of an order; whether it changed."""
    return held.update_status(order_id, {"status": status, "note": note})


def refusal(held: Account, status: object, note: object = None, order_id: int = 1) -> ApiError:
    """The error of a change, which leaves no trace."""
    before = str(held.orders)
    with pytest.raises(ApiError) as caught:
        put(held, status, note, order_id)
    assert str(held.orders) == before
    assert held.changes == []
    return caught.value


def ids(held: Account, *query: tuple[str, str]) -> list[int]:
    """The ids that a listing returns."""
    return [row["id"] for row in held.list_orders(query).get("orders") or []]


def row(held: Account, order_id: int = 1) -> dict[str, Any]:
    """The row of an order."""
    rows: list[dict[str, Any]] = held.list_orders([])["orders"]
    return next(found for found in rows if found["id"] == order_id)


class Web:
    """An account behind its application: requests without a network."""

    def __init__(self, *orders: Mapping[str, Any], **quirks: Any) -> None:
        self.clock = Clock()
        self.state = State(orders, quirks=quirks, clock=self.clock, now=self.clock.now)
        self.account = self.state.account
        self.client: flask.testing.FlaskClient = create_app(self.state).test_client(use_cookies=False)

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Send a request of the API as it stands, the brackets of a query unescaped; any path from / on."""
        data = None if body is None else json.dumps(body)
        sent = {"X-DC-DEVKEY": self.state.key, "Content-Type": "application/json", **(headers or {})}
        return self.client.open(BASE + path, method=method, data=data, headers=sent)

    def get(self, path: str) -> Any:
        """The JSON value that a GET returns with 200."""
        reply = self.send("GET", path)
        assert reply.status_code == 200, reply.text
        return value_of(reply)


def value_of(reply: TestResponse) -> Any:
    """The JSON value of a reply, gzipped or not; None where there is no body."""
    data = reply.data
    if reply.headers.get("Content-Encoding") == "gzip":
        data = gzip.decompress(data)
    return json.loads(data) if data else None
