# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies, and what a fault makes of them. Knows sockets only through ``Wire``."""

from __future__ import annotations

import dataclasses
import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Protocol

from .faults import SHAPES, Fault

HTML = b"<html>\n<head><title>Service unavailable</title></head>\n<body><h1>Error from the edge</h1></body>\n</html>\n"
BLOCKED = (
    b'<html>\n<head><meta name="robots" content="noindex"></head>\n'
    b"<body>Request unsuccessful. Incident 7-0123456789</body>\n</html>\n"
)
# What the CDN puts on each reply. REC.
CDN_HEADERS = {"X-CDN": "Imperva"}
CHUNK = 65536


ERROR_CODES = {
    400: ("bad_request_format", "The request is malformed."),
    401: ("unauthorized", "Unauthorized."),
    403: ("access_denied|missing_permission", "Access denied due to missing_permission."),
    404: ("not_found|order", "Order not found."),
    429: ("request_limit_exceeded", "Service unavailable, please limit request volume"),
}


class Wire(Protocol):
    """A client's connection, as a fault uses it."""

    def send(self, data: bytes) -> None:
        """Send all of it."""

    def wait(self, seconds: float | None) -> bool:
        """Wait (None: for ever); True as soon as the client has gone or the simulator stops."""

    def reset(self) -> None:
        """Close with a TCP reset."""


# Writes a reply in its own way, from the head and body that would have been sent. True: the connection stays open.
Writer = Callable[[Wire, bytes, bytes], bool]


@dataclasses.dataclass
class Reply:
    """A reply before it is written. ``writer`` takes over the writing; ``answered`` is false if no status is sent."""

    status: int
    headers: dict[str, str]
    body: bytes
    writer: Writer | None = None
    answered: bool = True


def dump(value: Any) -> bytes:
    """A JSON value as the API writes it."""
    return _ENCODER.encode(value).encode()


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=str)


def json_reply(status: int, value: Any) -> Reply:
    """A JSON reply. Source of the bare content type: the recorded 403."""
    return Reply(status, {"Content-Type": "application/json"}, dump(value))


def error_reply(status: int) -> Reply:
    """A reply of this status as the API would give it."""
    if status < 300:
        return json_reply(status, {}) if status != 204 else Reply(204, {}, b"")
    if status < 400:
        return Reply(status, {"Content-Type": "text/html"}, b"")
    if status == 407:
        headers = {"Content-Type": "text/html", "Proxy-Authenticate": 'Basic realm="proxy"'}
        return Reply(status, headers, b"<html><body>Proxy Authentication Required</body></html>\n")
    code, message = ERROR_CODES.get(status, ("service_error", "The request could not be processed."))
    return json_reply(status, {"errors": [{"code": code, "message": message}]})


def make_reply(fault: Fault, real: Reply | None, order_id: int | None, other: Callable[[int], Any]) -> Reply:
    """The reply that the fault puts in place of the real one (None: the request was not handled).

    ``other`` gives the order info of an id, or None.
    """
    params = fault.params
    if fault.kind in _OWN:
        return _OWN[fault.kind](params)
    held = real if real is not None else error_reply(500)
    if fault.kind == "hang":
        will_answer = real is not None and params["seconds"] is not None
        return dataclasses.replace(held, writer=_hang(params["seconds"], real is not None), answered=will_answer)
    if fault.kind == "other_order":
        return _other_order(held, params["other_id"], order_id, other)
    changed = _CHANGED.get(fault.kind)
    return changed(held, params) if changed else held


def compress(reply: Reply) -> Reply:
    """The same reply, gzipped."""
    headers = {**reply.headers, "Content-Encoding": "gzip"}
    return dataclasses.replace(reply, headers=headers, body=gzip.compress(reply.body, 1))


def _page(params: Mapping[str, Any], kind: str, body: bytes) -> Reply:
    return Reply(params["status"], {"Content-Type": kind, **params["headers"]}, body)


def _status_reply(params: Mapping[str, Any]) -> Reply:
    reply, body = error_reply(params["status"]), params["body"]
    if isinstance(body, bytes):
        reply.body = body
    elif isinstance(body, str):
        reply.body = body.encode()
    elif body is not None:
        reply = json_reply(params["status"], body)
    if params["retry_after"] is not None:
        reply.headers["Retry-After"] = str(params["retry_after"])
    if params["retry_after_date"] is not None:
        when = datetime.now(timezone.utc) + timedelta(seconds=params["retry_after_date"])
        reply.headers["Retry-After"] = format_datetime(when, usegmt=True)
    if params["location"] is not None:
        reply.headers["Location"] = params["location"]
    reply.headers.update(params["headers"])
    return reply


def _other_order(held: Reply, other_id: int | None, order_id: int | None, other: Callable[[int], Any]) -> Reply:
    """Order info becomes that of the other order; in any other JSON reply the ids are changed."""
    try:
        value = json.loads(held.body)
    except ValueError:
        return held
    if not isinstance(value, dict):
        return held
    if "id" in value:
        wanted = other_id if other_id is not None else (order_id or 0) + 1
        return json_reply(held.status, other(wanted) or {**value, "id": wanted})
    if isinstance(value.get("orders"), list):
        for number, row in enumerate(value["orders"]):
            name = "id" if "id" in row else "order_id"
            row[name] = other_id + number if other_id is not None else row[name] + 1
        return json_reply(held.status, value)
    return held


def _gzip(held: Reply, size: int) -> Reply:
    if not size:
        return compress(held)
    headers = {**held.headers, "Content-Encoding": "gzip"}
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(held.body)]
    for sent in range(0, size, CHUNK):
        parts.append(packer.compress(b" " * min(CHUNK, size - sent)))
    return dataclasses.replace(held, headers=headers, body=b"".join([*parts, packer.flush()]))


# ---- writers


def _write_reset(wire: Wire, head: bytes, body: bytes) -> bool:
    wire.reset()
    return False


def _hang(seconds: float | None, then_reply: bool) -> Writer:
    def write(wire: Wire, head: bytes, body: bytes) -> bool:
        if wire.wait(seconds) or not then_reply:
            return False
        wire.send(head + body)
        return True

    return write


def _drip(interval: float, part: str, size: int) -> Writer:
    def write(wire: Wire, head: bytes, body: bytes) -> bool:
        slow = body
        if part == "headers":
            slow = head + body
        else:
            wire.send(head)
        for start in range(0, len(slow), size):
            if wire.wait(interval):
                return False
            wire.send(slow[start : start + size])
        return True

    return write


def _cut(keep: int | None, part: str) -> Writer:
    def write(wire: Wire, head: bytes, body: bytes) -> bool:
        if part == "headers" or not body:
            wire.send(head[: len(head) // 2 if keep is None else min(keep, len(head) - 1)])
        else:
            wire.send(head + body[: len(body) // 2 if keep is None else min(keep, len(body) - 1)])
        return False

    return write


def _raw(data: bytes, chunk: bytes, count: int) -> Writer:
    def write(wire: Wire, head: bytes, body: bytes) -> bool:
        wire.send(data)
        for unused in range(count):
            wire.send(chunk)
        return False

    return write


def _flood(status: int, size: int, declared: bool) -> Writer:
    def write(wire: Wire, head: bytes, body: bytes) -> bool:
        opening, closing = b'{"filler":"', b'"}'
        length = f"Content-Length: {size}" if declared else "Connection: close"
        phrase = HTTPStatus(status).phrase
        wire.send(f"HTTP/1.1 {status} {phrase}\r\nContent-Type: application/json\r\n{length}\r\n\r\n".encode())
        wire.send(opening)
        left = max(0, size - len(opening) - len(closing))
        while left:
            part = min(left, CHUNK)
            wire.send(b"A" * part)
            left -= part
        wire.send(closing)
        return False

    return write


# Kinds of faults whose reply has nothing of the real one, and kinds that change it or how it is written.
_OWN: dict[str, Callable[[Mapping[str, Any]], Reply]] = {
    "status": _status_reply,
    "lost_reply": _status_reply,
    "html": lambda params: _page(params, "text/html; charset=UTF-8", HTML),
    "block_page": lambda params: _page(
        {**params, "headers": {**CDN_HEADERS, **params["headers"]}}, "text/html", BLOCKED
    ),
    "empty": lambda params: Reply(params["status"], dict(params["headers"]), b""),
    "bad_json": lambda params: _page(params, "application/json", b'{"id":1,"status":"iss'),
    "wrong_shape": lambda params: json_reply(params["status"], SHAPES[params["shape"]]),
    "raw": lambda params: Reply(
        200, {}, b"", writer=_raw(params["data"], params["chunk"], params["chunk_count"]), answered=False
    ),
    "flood": lambda params: Reply(
        params["status"], {}, b"", writer=_flood(params["status"], params["size"], params["declared"])
    ),
}
_CHANGED: dict[str, Callable[[Reply, Mapping[str, Any]], Reply]] = {
    "reset_before": lambda held, params: dataclasses.replace(held, writer=_write_reset, answered=False),
    "reset_after": lambda held, params: dataclasses.replace(held, writer=_write_reset, answered=False),
    "drip": lambda held, params: dataclasses.replace(
        held, writer=_drip(params["interval"], params["part"], params["size"])
    ),
    "cut": lambda held, params: dataclasses.replace(held, writer=_cut(params["keep"], params["part"])),
    "gzip": lambda held, params: _gzip(held, params["size"]),
}
