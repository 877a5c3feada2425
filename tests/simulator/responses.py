# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Responses, and the effects of faults on them. Faults write to a connection only through ``Wire``."""

from __future__ import annotations

import dataclasses
import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Protocol

from .faults import SHAPES, Fault

HTML = b"<html>\n<head><title>Service unavailable</title></head>\n<body><h1>Error from the edge</h1></body>\n</html>\n"
BLOCKED = (
    b'<html>\n<head><meta name="robots" content="noindex"></head>\n'
    b"<body>Request unsuccessful. Incident 7-0123456789</body>\n</html>\n"
)
# The CDN adds these headers to each response (docs/api.md, section 1).
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
    """The interface of a client's connection that faults use."""

    def send(self, data: bytes) -> None:
        """Send all data."""

    def wait(self, seconds: float | None) -> bool:
        """Wait for the given time, or without end if None. Return True if the client disconnects or the simulator stops."""

    def reset(self) -> None:
        """Close the connection with a TCP reset."""


# A function that writes a response in another way. It gets the head and the body of the response, and returns whether the
# connection stays open.
Writer = Callable[[Wire, bytes, bytes], bool]


@dataclasses.dataclass
class Response:
    """A response before it is written.

    :param writer: writes the response, if it is set
    :param answered: whether a status is sent
    """

    status: int
    headers: dict[str, str]
    body: bytes
    writer: Writer | None = None
    answered: bool = True


def dump(value: Any) -> bytes:
    """Return a JSON value in the form in which the API sends it."""
    return _ENCODER.encode(value).encode()


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=str)


def json_response(status: int, value: Any) -> Response:
    """Return a JSON response. Its content type has no charset, as in recorded responses (docs/api.md, section 1)."""
    return Response(status, {"Content-Type": "application/json"}, dump(value))


def error_response(status: int) -> Response:
    """Return the response that the API sends with this status."""
    if status < 300:
        return json_response(status, {}) if status != 204 else Response(204, {}, b"")
    if status < 400:
        return Response(status, {"Content-Type": "text/html"}, b"")
    if status == 407:
        headers = {"Content-Type": "text/html", "Proxy-Authenticate": 'Basic realm="proxy"'}
        return Response(status, headers, b"<html><body>Proxy Authentication Required</body></html>\n")
    code, message = ERROR_CODES.get(status, ("service_error", "The request could not be processed."))
    return json_response(status, {"errors": [{"code": code, "message": message}]})


def make_response(
    fault: Fault,
    real: Response | None,
    order_id: int | None,
    other: Callable[[int], Any],
    now: Callable[[], datetime],
) -> Response:
    """Return the response that a fault sends in place of the real one.

    :param real: the real response; None if the request was not handled
    :param other: returns the details of another order, or None if there is no such order
    """
    params = fault.params
    if fault.kind in ("status", "lost_reply"):
        return _status_response(params, now)
    if fault.kind in _OWN:
        return _OWN[fault.kind](params)
    held = real if real is not None else error_response(500)
    if fault.kind == "hang":
        will_answer = real is not None and params["seconds"] is not None
        return dataclasses.replace(held, writer=_hang(params["seconds"], real is not None), answered=will_answer)
    if fault.kind == "other_order":
        return _other_order(held, params["other_id"], order_id, other)
    changed = _CHANGED.get(fault.kind)
    return changed(held, params) if changed else held


def compress(response: Response) -> Response:
    """Return the same response, gzipped."""
    headers = {**response.headers, "Content-Encoding": "gzip"}
    return dataclasses.replace(response, headers=headers, body=gzip.compress(response.body, 1))


def _page(params: Mapping[str, Any], kind: str, body: bytes) -> Response:
    return Response(params["status"], {"Content-Type": kind, **params["headers"]}, body)


def _status_response(params: Mapping[str, Any], now: Callable[[], datetime]) -> Response:
    response, body = error_response(params["status"]), params["body"]
    if isinstance(body, bytes):
        response.body = body
    elif isinstance(body, str):
        response.body = body.encode()
    elif body is not None:
        response = json_response(params["status"], body)
    if params["retry_after"] is not None:
        response.headers["Retry-After"] = str(params["retry_after"])
    if params["retry_after_date"] is not None:
        when = now() + timedelta(seconds=params["retry_after_date"])
        response.headers["Retry-After"] = format_datetime(when, usegmt=True)
    if params["location"] is not None:
        response.headers["Location"] = params["location"]
    response.headers.update(params["headers"])
    return response


def _other_order(held: Response, other_id: int | None, order_id: int | None, other: Callable[[int], Any]) -> Response:
    """Replace order details by the details of another order. In other JSON responses, replace the IDs of the orders."""
    try:
        value = json.loads(held.body)
    except ValueError:
        return held
    if not isinstance(value, dict):
        return held
    if "id" in value:
        wanted = other_id if other_id is not None else (order_id or 0) + 1
        return json_response(held.status, other(wanted) or {**value, "id": wanted})
    if isinstance(value.get("orders"), list):
        for number, row in enumerate(value["orders"]):
            name = "id" if "id" in row else "order_id"
            row[name] = other_id + number if other_id is not None else row[name] + 1
        return json_response(held.status, value)
    return held


def _gzip(held: Response, size: int) -> Response:
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


def _hang(seconds: float | None, then_respond: bool) -> Writer:
    def write(wire: Wire, head: bytes, body: bytes) -> bool:
        if wire.wait(seconds) or not then_respond:
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


# Faults that replace the real response, and then faults that change it, or change how it is written.
_OWN: dict[str, Callable[[Mapping[str, Any]], Response]] = {
    "html": lambda params: _page(params, "text/html; charset=UTF-8", HTML),
    "block_page": lambda params: _page(
        {**params, "headers": {**CDN_HEADERS, **params["headers"]}}, "text/html", BLOCKED
    ),
    "empty": lambda params: Response(params["status"], dict(params["headers"]), b""),
    "bad_json": lambda params: _page(params, "application/json", b'{"id":1,"status":"iss'),
    "wrong_shape": lambda params: json_response(params["status"], SHAPES[params["shape"]]),
    "raw": lambda params: Response(
        200, {}, b"", writer=_raw(params["data"], params["chunk"], params["chunk_count"]), answered=False
    ),
    "flood": lambda params: Response(
        params["status"], {}, b"", writer=_flood(params["status"], params["size"], params["declared"])
    ),
}
_CHANGED: dict[str, Callable[[Response, Mapping[str, Any]], Response]] = {
    "reset_before": lambda held, params: dataclasses.replace(held, writer=_write_reset, answered=False),
    "reset_after": lambda held, params: dataclasses.replace(held, writer=_write_reset, answered=False),
    "drip": lambda held, params: dataclasses.replace(
        held, writer=_drip(params["interval"], params["part"], params["size"])
    ),
    "cut": lambda held, params: dataclasses.replace(held, writer=_cut(params["keep"], params["part"])),
    "gzip": lambda held, params: _gzip(held, params["size"]),
}
