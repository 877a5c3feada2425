"""Responses, and the effects of faults on them."""

from __future__ import annotations

import functools
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import flask

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


class Response(flask.Response):
    """A response that has a content type only if it is given one."""

    default_mimetype = None


def dump(value: Any) -> bytes:
    """Return a JSON value in the form in which the API sends it."""
    return _ENCODER.encode(value).encode()


def as_json(value: Any, status: int = 200) -> Response:
    """Return a JSON response. Its content type has no charset, as in recorded responses (docs/api.md, section 1)."""
    return Response(dump(value), status, {"Content-Type": "application/json"})


def error_response(status: int) -> Response:
    """Return the response that the API, or a server in front of it, sends with this status."""
    if status == 204 or 300 <= status < 400:
        return Response(status=status)
    if status < 300:
        return as_json({}, status)
    code, message = ERROR_CODES.get(status, ("service_error", "The request could not be processed."))
    return as_json({"errors": [{"code": code, "message": message}]}, status)


def compress(response: flask.Response, size: int = 0) -> flask.Response:
    """Gzip a response, with the given number of spaces at its end, and return it."""
    packer = zlib.compressobj(9 if size else 1, zlib.DEFLATED, 31)
    parts = [packer.compress(response.get_data())]
    parts += [packer.compress(b" " * min(CHUNK, size - sent)) for sent in range(0, size, CHUNK)]
    response.set_data(b"".join([*parts, packer.flush()]))
    response.headers["Content-Encoding"] = "gzip"
    return response


def make_response(fault: Fault, real: flask.Response | None, now: Callable[[], datetime]) -> flask.Response:
    """Return the response that a fault sends in place of the real one.

    :param real: the real response; None if the request was not handled
    """
    kind, params = fault.kind, fault.params
    if kind in ("status", "lost_reply"):
        return _status_response(params, now)
    if kind in PAGES:
        headers, body = PAGES[kind]
        return Response(body, params["status"], headers)
    if kind == "wrong_shape":
        return as_json(SHAPES[params["shape"]], params["status"])
    held = real or error_response(500)
    if kind == "other_order":
        return _other_order(held, params["other_id"])
    if kind == "gzip":
        return compress(held, **params)
    held.status_code = params.get("status", held.status_code)
    return held


def _status_response(params: Mapping[str, Any], now: Callable[[], datetime]) -> Response:
    response, body = error_response(params["status"]), params["body"]
    if isinstance(body, (bytes, str)):
        response.set_data(body)
    elif body is not None:
        response = as_json(body, params["status"])
    retry_after = params["retry_after"]
    if params["retry_after_date"] is not None:
        retry_after = format_datetime(now() + timedelta(seconds=params["retry_after_date"]), usegmt=True)
    named = {"Retry-After": retry_after, "Location": params["location"]}
    response.headers.update({name: str(value) for name, value in named.items() if value is not None})
    response.headers.update(params["headers"])
    return response


def _other_order(held: flask.Response, other_id: int | None) -> flask.Response:
    """Replace the IDs of the orders in a JSON response."""
    value = held.get_json(silent=True)
    if not isinstance(value, dict):
        return held
    for number, row in enumerate([value] if "id" in value else value.get("orders") or ()):
        row["id"] = other_id + number if other_id is not None else row["id"] + 1
    return as_json(value, held.status_code)


# ---- writers of a head and a body. They return whether the connection stays open. Their first argument is the client's connection,
# with send(bytes), wait(seconds or None), which returns whether the client has gone, and reset(). The others are the fault's parameters.


def find_writer(fault: Fault) -> Callable[..., bool] | None:
    """Return the function that writes the response, if the fault has one."""
    return functools.partial(WRITERS[fault.kind], **fault.params) if fault.kind in WRITERS else None


def is_silent(fault: Fault) -> bool:
    """Return whether no status is sent."""
    never = fault.kind in ("reset_before", "reset_after", "raw")
    return never or (fault.kind == "hang" and fault.params["seconds"] is None)


def _reset(wire: Any, head: bytes, body: bytes) -> bool:
    wire.reset()
    return False


def _hang(wire: Any, head: bytes, body: bytes, seconds: float | None) -> bool:
    if wire.wait(seconds):
        return False
    wire.send(head + body)
    return True


def _drip(wire: Any, head: bytes, body: bytes, interval: float, part: str, size: int) -> bool:
    fast, slow = (head, body) if part == "body" else (b"", head + body)
    wire.send(fast)
    for start in range(0, len(slow), size):
        if wire.wait(interval):
            return False
        wire.send(slow[start : start + size])
    return True


def _cut(wire: Any, head: bytes, body: bytes, keep: int | None, part: str) -> bool:
    sent, rest = (head, body) if part == "body" else (b"", head)
    wire.send(sent + rest[: len(rest) // 2 if keep is None else min(keep, len(rest) - 1)])
    return False


def _raw(wire: Any, head: bytes, body: bytes, data: bytes, chunk: bytes, chunk_count: int) -> bool:
    for sent in (data, *[chunk] * chunk_count):
        wire.send(sent)
    return False


WRITERS: dict[str, Callable[..., bool]] = {
    "reset_before": _reset,
    "reset_after": _reset,
    "hang": _hang,
    "drip": _drip,
    "cut": _cut,
    "raw": _raw,
}
