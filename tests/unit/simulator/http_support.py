# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helpers that send requests to a simulator, over HTTP or over raw connections."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.simulator.support import CANCEL

SEEDS = ({"id": 1, "status": "pending"}, {"id": 2, "migrated": True, "valid_in_days": 10}, {"id": 3})


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


def put(sim: Simulator, body: Any = None, order_id: int = 1, key: str | None = None) -> requests.Response:
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
