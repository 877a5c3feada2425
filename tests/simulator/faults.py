# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults: what can go wrong between a client and the API, and when. What is sent then is in ``replies``."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import threading
from collections.abc import Iterator, Mapping
from typing import Any

PLACES = ("any", "info", "list", "status", "note", "status_changes", "reissue", "request", "me", "unknown")
# These change something beside the request, and let another fault have the reply.
SIDE_EFFECTS = ("call", "edit")
ALWAYS_HANDLED = (*SIDE_EFFECTS, "stale", "gzip", "other_order", "reset_after", "lost_reply")


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
    "html": Kind(False, {"status": 503, "headers": {}}, "an HTML page, as a gateway sends it"),
    "block_page": Kind(False, {"status": 403, "headers": {}}, "the HTML page of a CDN that blocks; 403 and 200 occur"),
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
    "edit": Kind(
        True,
        {"orders": (), "add": (), "remove": (), "afterwards": False},
        "somebody else changes orders ({id, and fields}), adds some (seeds) and removes some (ids) before the request "
        "is handled, or after it: so rows leave and enter a listing between two pages",
    ),
}

SHAPES: dict[str, Any] = {
    "list": [],
    "string": "Service unavailable",
    "number": 42,
    "null": None,
    "true": True,
    "object": {},
    "errors": {"errors": [{"code": "service_error", "message": "Something is wrong."}]},
    "message": {"message": "Something is wrong."},
    "data": {"data": [{"id": 1, "status": "issued"}]},
    "no_rows": {"page": {"total": 5, "limit": 1000, "offset": 0}},
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


@dataclasses.dataclass
class Fault:
    """A fault that is set: it strikes ``times`` (None: always) of the requests that it matches, after ``after`` of them.

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
    return value is None or isinstance(value, (str, int, float, list, tuple, dict))


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
    if kind in ALWAYS_HANDLED and apply is False:
        raise ValueError(f"fault {kind} always handles the request")
    if params.get("part", "body") not in ("body", "headers"):
        raise ValueError("part is body or headers")
    if params.get("shape", "list") not in SHAPES:
        raise ValueError(f"shape is one of {', '.join(SHAPES)}")
    if not all(isinstance(entry, Mapping) and "id" in entry for entry in params.get("orders", ())):
        raise ValueError("orders are mappings, each with an id")
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
    """The faults that are set, in the order in which they were made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults))

    def add(self, fault: Fault) -> Fault:
        """Set a fault."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, record: Mapping[str, Any]) -> tuple[list[Fault], Fault | None]:
        """The side effects and the one fault that this request meets. Every matching fault counts it as seen."""
        effects: list[Fault] = []
        taken: Fault | None = None
        with self._lock:
            for fault in self._faults:
                if not fault.matches(record):
                    continue
                fault.seen += 1
                is_due = fault.seen > fault.after and (fault.times is None or fault.hits < fault.times)
                if is_due and (fault.kind in SIDE_EFFECTS or taken is None):
                    fault.hits += 1
                    if fault.kind in SIDE_EFFECTS:
                        effects.append(fault)
                    else:
                        taken = fault
        for fault in [*effects, *([taken] if taken else [])]:
            fault.struck.set()
        return effects, taken


def describe() -> str:
    """The table of faults, for --help."""
    lines = []
    for name, kind in KINDS.items():
        params = ", ".join(f"{key}={value!r}" for key, value in kind.params.items())
        lines.append(f"  {name}({params})  apply={kind.apply}: {kind.doc}")
    return "\n".join(lines)
