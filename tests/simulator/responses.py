"""Responses, and the effects of faults on them. Faults write to a connection only through ``Wire``."""

from __future__ import annotations

import dataclasses
import functools
import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Protocol

from .faults import SHAPES, Fault

# The CDN adds this header to each response (docs/api.md, section 1).
CDN_HEADERS = {"X-CDN": "Imperva"}
CHUNK = 65536
ERROR_CODES = {
    400: ("bad_request_format", "The request is malformed."),
    401: ("unauthorized", "Unauthorized."),
    403: ("access_denied|missing_permission", "Access denied due to missing_permission."),
    404: ("not_found|order", "Order not found."),
    429: ("request_limit_exceeded", "Service unavailable, please limit request volume"),
}
# Faults that replace the response by a page, each with the headers and the body of the page.
GATEWAY_PAGE = (
    b"<html><head><title>Service unavailable</title></head><body><h1>Error from the edge</h1></body></html>\n"
)
CDN_PAGE = b"<html><body>Request unsuccessful. Incident 7-0123456789</body></html>\n"
PAGES: dict[str, tuple[dict[str, str], bytes]] = {
    "html": ({"Content-Type": "text/html; charset=UTF-8"}, GATEWAY_PAGE),
    "block_page": ({"Content-Type": "text/html", **CDN_HEADERS}, CDN_PAGE),
    "empty": ({}, b""),
    "bad_json": ({"Content-Type": "application/json"}, b'{"id":1,"status":"iss'),
}
_ENCODER = json.JSONEncoder(separators=(",", ":"), default=str)


class Wire(Protocol):
    """The interface of a client's connection that faults use (see ``server.Connection``)."""

    def send(self, data: bytes) -> None:
        """Send bytes."""

    def wait(self, seconds: float | None) -> bool:
        """Wait, and return whether the client has gone."""

    def reset(self) -> None:
        """End the connection with a reset."""


# A function that writes the head and the body of a response in another way, and returns whether the connection stays open.
Writer = Callable[[Wire, bytes, bytes], bool]


@dataclasses.dataclass
class Response:
    """A response before it is written, by ``writer`` if there is one."""

    status: int
    headers: dict[str, str]
    body: bytes
    writer: Writer | None = None


def dump(value: Any) -> bytes:
    """Return a JSON value in the form in which the API sends it."""
    return _ENCODER.encode(value).encode()


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


def compress(response: Response, size: int = 0) -> Response:
    """Return the same response, gzipped, with the given number of spaces at its end."""
    headers = {**response.headers, "Content-Encoding": "gzip"}
    if not size:
        return dataclasses.replace(response, headers=headers, body=gzip.compress(response.body, 1))
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(response.body)]
    parts += [packer.compress(b" " * min(CHUNK, size - sent)) for sent in range(0, size, CHUNK)]
    return dataclasses.replace(response, headers=headers, body=b"".join([*parts, packer.flush()]))


def make_response(fault: Fault, real: Response | None, now: Callable[[], datetime]) -> Response:
    """Return the response that a fault sends in place of the real one.

    :param real: the real response; None if the request was not handled
    """
    kind, params = fault.kind, fault.params
    if kind in ("status", "lost_reply"):
        return _status_response(params, now)
    if kind in PAGES:
        return Response(params["status"], *PAGES[kind])
    if kind == "wrong_shape":
        return json_response(params["status"], SHAPES[params["shape"]])
    held = real or error_response(500)
    if kind == "other_order":
        return _other_order(held, params["other_id"])
    if kind == "gzip":
        return compress(held, **params)
    if kind in WRITERS:
        held.status = params.get("status", held.status)
        held.writer = functools.partial(WRITERS[kind], **params)
    return held


def is_silent(fault: Fault) -> bool:
    """Return whether no status is sent."""
    return fault.kind in SILENT or (fault.kind == "hang" and fault.params["seconds"] is None)


def _status_response(params: Mapping[str, Any], now: Callable[[], datetime]) -> Response:
    response, body = error_response(params["status"]), params["body"]
    if isinstance(body, (bytes, str)):
        response.body = body.encode() if isinstance(body, str) else body
    elif body is not None:
        response = json_response(params["status"], body)
    retry_after = params["retry_after"]
    if params["retry_after_date"] is not None:
        retry_after = format_datetime(now() + timedelta(seconds=params["retry_after_date"]), usegmt=True)
    for name, value in (("Retry-After", retry_after), ("Location", params["location"])):
        if value is not None:
            response.headers[name] = str(value)
    response.headers.update(params["headers"])
    return response


def _other_order(held: Response, other_id: int | None) -> Response:
    """Replace the IDs of the orders in a JSON response."""
    value = json.loads(held.body) if held.body else None
    if not isinstance(value, dict):
        return held
    for number, row in enumerate([value] if "id" in value else value.get("orders") or ()):
        row["id"] = other_id + number if other_id is not None else row["id"] + 1
    return json_response(held.status, value)


# ---- writers. Their other arguments are the parameters of the fault.


def _reset(wire: Wire, head: bytes, body: bytes) -> bool:
    wire.reset()
    return False


def _hang(wire: Wire, head: bytes, body: bytes, seconds: float | None) -> bool:
    if wire.wait(seconds):
        return False
    wire.send(head + body)
    return True


def _drip(wire: Wire, head: bytes, body: bytes, interval: float, part: str, size: int) -> bool:
    fast, slow = (head, body) if part == "body" else (b"", head + body)
    wire.send(fast)
    for start in range(0, len(slow), size):
        if wire.wait(interval):
            return False
        wire.send(slow[start : start + size])
    return True


def _cut(wire: Wire, head: bytes, body: bytes, keep: int | None, part: str) -> bool:
    sent, rest = (head, body) if part == "body" and body else (b"", head)
    wire.send(sent + rest[: len(rest) // 2 if keep is None else min(keep, len(rest) - 1)])
    return False


def _raw(wire: Wire, head: bytes, body: bytes, data: bytes, chunk: bytes, chunk_count: int) -> bool:
    for sent in (data, *[chunk] * chunk_count):
        wire.send(sent)
    return False


def _flood(wire: Wire, head: bytes, body: bytes, status: int, size: int, declared: bool) -> bool:
    length = f"Content-Length: {size}" if declared else "Connection: close"
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    wire.send(f"{first}\r\nContent-Type: application/json\r\n{length}\r\n\r\n".encode() + b'{"filler":"')
    left = max(0, size - len(b'{"filler":""}'))
    for sent in range(0, left, CHUNK):
        wire.send(b"A" * min(left - sent, CHUNK))
    wire.send(b'"}')
    return False


# Faults that never send a status.
SILENT = ("reset_before", "reset_after", "raw")
WRITERS: dict[str, Callable[..., bool]] = {
    "reset_before": _reset,
    "reset_after": _reset,
    "hang": _hang,
    "drip": _drip,
    "cut": _cut,
    "raw": _raw,
    "flood": _flood,
}
