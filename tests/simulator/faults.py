# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults: what can go wrong between a client and the API, on order. Knows sockets only through ``Wire``."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import gzip
import json
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Protocol

PLACES = ("any", "info", "list", "status", "note", "status_changes", "me", "unknown")
HTML = b"<html>\n<head><title>Service unavailable</title></head>\n<body><h1>Error from the edge</h1></body>\n</html>\n"
CHUNK = 65536


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


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of fault: whether the request is handled by the account as well, its parameters, what it does."""

    apply: bool
    params: Mapping[str, Any]
    doc: str


_BODY: dict[str, Any] = {"body": None, "headers": {}, "retry_after": None, "retry_after_date": None, "location": None}

KINDS: dict[str, Kind] = {
    "status": Kind(
        False,
        {"status": 500, **_BODY},
        "any HTTP status; body: text, bytes or a JSON value (default: an API error); retry_after: seconds or any text; "
        "retry_after_date: seconds from now, sent as an HTTP date; location: for redirects",
    ),
    "lost_reply": Kind(True, {"status": 500, **_BODY}, "the request is handled, the reply is this one"),
    "html": Kind(False, {"status": 503, "headers": {}}, "an HTML page, as a CDN sends it"),
    "empty": Kind(False, {"status": 200, "headers": {}}, "an empty body"),
    "bad_json": Kind(False, {"status": 200, "headers": {}}, "a body that is cut-off JSON, its length correct"),
    "wrong_shape": Kind(False, {"status": 200, "shape": "list"}, "JSON of another shape, one of SHAPES"),
    "reset_before": Kind(False, {}, "TCP reset, nothing was done"),
    "reset_after": Kind(True, {}, "TCP reset after the request was handled"),
    "hang": Kind(
        False, {"seconds": None}, "silence for so long (None: until the client goes), then the reply, if it was handled"
    ),
    "drip": Kind(
        True,
        {"interval": 1.0, "part": "body", "size": 1},
        "the reply comes size bytes every interval seconds; part headers: from the status line on",
    ),
    "cut": Kind(
        True,
        {"keep": None, "part": "body"},
        "the reply ends early, after keep bytes of the part body or headers (default: half; no body: headers)",
    ),
    "other_order": Kind(True, {"other_id": None}, "the reply is about another order (default: id + 1)"),
    "stale": Kind(True, {}, "orders as they were before their last change"),
    "raw": Kind(
        False,
        {"data": b"", "data_base64": None, "chunk": b"", "chunk_count": 0},
        "these bytes, then chunk chunk_count times, then the end of the connection",
    ),
    "flood": Kind(
        False,
        {"status": 200, "size": 50_000_000, "declared": True},
        "a JSON body of so many bytes; declared: with Content-Length",
    ),
    "gzip": Kind(True, {"size": 0}, "the reply is gzipped; size: spaces after it, to make it a bomb"),
    "call": Kind(
        True,
        {"before": None, "afterwards": None},
        "in-process only: call before(record) and afterwards(record), around handling",
    ),
}

SHAPES: dict[str, Any] = {
    "list": [],
    "string": "Service unavailable",
    "number": 42,
    "null": None,
    "true": True,
    "object": {},
    "error_object": {"errors": {"code": "service_error", "message": "Something is wrong."}},
    "error_string": {"errors": "Something is wrong."},
    "error_strings": {"errors": ["Something is wrong."]},
    "error_items": {"errors": [{"code": "service_error", "description": "Something is wrong."}]},
    "error_nulls": {"errors": [{"code": None, "message": None}, None, 7]},
    "no_id": {"status": "issued"},
    "no_status": {"id": 1},
    "id_string": {"id": "one", "status": "issued"},
    "status_number": {"id": 1, "status": 5},
    "certificate_string": {"id": 1, "status": "issued", "certificate": "none", "requests": {}, "organization": []},
    "orders_object": {"orders": {"1": {"id": 1, "status": "issued"}}, "page": {"total": 1, "limit": 1000, "offset": 0}},
    "orders_strings": {"orders": ["1", None], "page": {"total": 2, "limit": 1000, "offset": 0}},
    "page_list": {"orders": [], "page": []},
}

ERROR_CODES = {
    400: ("bad_request_format", "The request is malformed."),
    401: ("unauthorized", "Unauthorized."),
    403: ("access_denied|missing_permission", "Access denied due to missing_permission."),
    404: ("not_found|order", "Order not found."),
    429: ("request_limit_exceeded", "Service unavailable, please limit request volume"),
}


@dataclasses.dataclass
class Fault:
    """A fault on order: it strikes ``times`` (None: always) of the requests that it matches, after the first ``after``.

    ``hits`` counts how often it struck; ``wait`` waits for the first time.
    """

    kind: str
    on: str = "any"
    method: str | None = None
    order_id: int | None = None
    times: int | None = 1
    after: int = 0
    apply: bool = False
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    seen: int = 0
    hits: int = 0
    struck: threading.Event = dataclasses.field(default_factory=threading.Event, repr=False)

    def matches(self, record: Mapping[str, Any]) -> bool:
        """Whether the fault is about such a request."""
        return (
            self.on in ("any", record["kind"])
            and self.method in (None, record["method"])
            and self.order_id in (None, record["order_id"])
        )

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until the fault has struck; false if it did not in this time."""
        return self.struck.wait(seconds)

    def as_dict(self) -> dict[str, Any]:
        """The fault as JSON values."""
        shown = {key: value if _is_json(value) else repr(value) for key, value in self.params.items()}
        names = ("kind", "on", "method", "order_id", "times", "after", "apply", "seen", "hits")
        return {**{name: getattr(self, name) for name in names}, **shown}


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, list, dict))


def make_fault(
    kind: str,
    on: str = "any",
    method: str | None = None,
    order_id: int | None = None,
    times: int | None = 1,
    after: int = 0,
    apply: bool | None = None,
    **params: Any,
) -> Fault:
    """A fault of a known kind with known parameters; anything else is a ValueError. ``apply``: handle the request."""
    if kind not in KINDS:
        raise ValueError(f"no such fault: {kind}; there are: {', '.join(KINDS)}")
    if on not in PLACES:
        raise ValueError(f"on is one of {', '.join(PLACES)}, not {on!r}")
    known = KINDS[kind]
    unknown = sorted(set(params) - set(known.params))
    if unknown:
        raise ValueError(f"fault {kind} has no {', '.join(unknown)}; it has: {', '.join(known.params) or 'nothing'}")
    if kind in ("stale", "call", "gzip", "other_order", "reset_after", "lost_reply") and apply is False:
        raise ValueError(f"fault {kind} always handles the request")
    if params.get("part", "body") not in ("body", "headers"):
        raise ValueError("part is body or headers")
    if params.get("shape", "list") not in SHAPES:
        raise ValueError(f"shape is one of {', '.join(SHAPES)}")
    if params.get("data_base64") is not None:
        try:
            params["data"] = base64.b64decode(params["data_base64"], validate=True)
        except (binascii.Error, TypeError) as error:
            raise ValueError("data_base64 is not base64") from error
    for name in ("data", "chunk"):
        if isinstance(params.get(name), str):
            params[name] = params[name].encode()
    return Fault(
        kind=kind,
        on=on,
        method=method.upper() if method else None,
        order_id=order_id,
        times=times,
        after=after,
        apply=known.apply if apply is None else apply,
        params={**known.params, **params},
    )


class FaultPlan:
    """The faults on order, in the order in which they were made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults))

    def add(self, fault: Fault) -> Fault:
        """Put a fault on order."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Call all faults off."""
        with self._lock:
            self._faults.clear()

    def take(self, record: Mapping[str, Any]) -> tuple[list[Fault], Fault | None]:
        """The calls and the one fault that this request meets. Every matching fault counts the request as seen."""
        calls: list[Fault] = []
        taken: Fault | None = None
        with self._lock:
            for fault in self._faults:
                if not fault.matches(record):
                    continue
                fault.seen += 1
                is_due = fault.seen > fault.after and (fault.times is None or fault.hits < fault.times)
                if is_due and (fault.kind == "call" or taken is None):
                    fault.hits += 1
                    if fault.kind == "call":
                        calls.append(fault)
                    else:
                        taken = fault
        for fault in [*calls, *([taken] if taken else [])]:
            fault.struck.set()
        return calls, taken


# ---- replies


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
    code, message = ERROR_CODES.get(status, ("service_error", "The request could not be processed."))
    return json_reply(status, {"errors": [{"code": code, "message": message}]})


def make_reply(fault: Fault, real: Reply | None, order_id: int | None, other: Callable[[int], Any]) -> Reply:
    """The reply that the fault puts in place of the real one (None: the request was not handled).

    ``other`` gives the order info of an id, or None.
    """
    params = fault.params
    held = real if real is not None else error_reply(500)
    if fault.kind in ("status", "lost_reply"):
        return _status_reply(params)
    if fault.kind == "html":
        return Reply(params["status"], {"Content-Type": "text/html; charset=UTF-8", **params["headers"]}, HTML)
    if fault.kind == "empty":
        return Reply(params["status"], dict(params["headers"]), b"")
    if fault.kind == "bad_json":
        headers = {"Content-Type": "application/json", **params["headers"]}
        return Reply(params["status"], headers, b'{"id":1,"status":"iss')
    if fault.kind == "wrong_shape":
        return json_reply(params["status"], SHAPES[params["shape"]])
    if fault.kind in ("reset_before", "reset_after"):
        return dataclasses.replace(held, writer=_write_reset, answered=False)
    if fault.kind == "hang":
        will_answer = real is not None and params["seconds"] is not None
        return dataclasses.replace(held, writer=_hang(params["seconds"], real is not None), answered=will_answer)
    if fault.kind == "drip":
        return dataclasses.replace(held, writer=_drip(params["interval"], params["part"], params["size"]))
    if fault.kind == "cut":
        return dataclasses.replace(held, writer=_cut(params["keep"], params["part"]))
    if fault.kind == "other_order":
        return _other_order(held, params["other_id"], order_id, other)
    if fault.kind == "raw":
        writer = _raw(params["data"], params["chunk"], params["chunk_count"])
        return Reply(200, {}, b"", writer=writer, answered=False)
    if fault.kind == "flood":
        return Reply(params["status"], {}, b"", writer=_flood(params["status"], params["size"], params["declared"]))
    if fault.kind == "gzip":
        return _gzip(held, params["size"])
    return held


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
            row["id"] = other_id + number if other_id is not None else row["id"] + 1
        return json_reply(held.status, value)
    return held


def _gzip(held: Reply, size: int) -> Reply:
    headers = {**held.headers, "Content-Encoding": "gzip"}
    if not size:
        return dataclasses.replace(held, headers=headers, body=gzip.compress(held.body))
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


def describe() -> str:
    """The table of faults, for --help."""
    lines = []
    for name, kind in KINDS.items():
        params = ", ".join(f"{key}={value!r}" for key, value in kind.params.items())
        lines.append(f"  {name}({params})  apply={kind.apply}: {kind.doc}")
    return "\n".join(lines)
