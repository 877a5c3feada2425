"""Faults between a client and the API, and the requests that they apply to. ``responses.py`` makes their responses."""

from __future__ import annotations

import dataclasses
import json
import textwrap
import threading
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

PLACES = ("any", "info", "list", "status", "status_changes", "unknown")
# These faults act before or after a request is handled. They leave the response to another fault, if there is one.
SIDE_EFFECTS = ("call", "edit")


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


class Kind(NamedTuple):
    """A kind of fault.

    :param apply: whether the account still handles the request
    :param params: the parameters with their defaults
    :param doc: a description for the command line's help
    """

    apply: bool
    params: Mapping[str, Any]
    doc: str


STATUS = """The response has this HTTP status. The body is text, bytes or a JSON value (default: an error of the API).
retry_after is a number of seconds or any text. retry_after_date is a number of seconds from now that is sent as an HTTP
date. location is the target of a redirect."""
DRIP = "The body arrives in pieces of size bytes, one every interval seconds; with part=headers, the headers as well."
_BODY: dict[str, Any] = {"body": None, "headers": {}, "retry_after": None, "retry_after_date": None, "location": None}

KINDS: dict[str, Kind] = {
    "status": Kind(False, {"status": 500, **_BODY}, STATUS),
    "lost_reply": Kind(True, {"status": 500, **_BODY}, "The request is handled, but this response is sent instead."),
    "html": Kind(False, {"status": 503}, "The response is an HTML page, as a gateway sends it."),
    "block_page": Kind(False, {"status": 403}, "A CDN blocks the client with an HTML page, 403 or 200."),
    "empty": Kind(False, {"status": 200}, "The body is empty."),
    "bad_json": Kind(False, {"status": 200}, "The body is incomplete JSON with a correct length."),
    "wrong_shape": Kind(False, {"status": 200, "shape": "list"}, f"The body is other JSON: {', '.join(SHAPES)}."),
    "reset_before": Kind(False, {}, "The connection is reset before the request is handled."),
    "reset_after": Kind(True, {}, "The connection is reset after the request was handled."),
    "hang": Kind(False, {"seconds": None}, "The response comes late (null: never)."),
    "drip": Kind(True, {"interval": 1.0, "part": "body", "size": 1}, DRIP),
    "cut": Kind(True, {"keep": None, "part": "body"}, "The body, or headers, end after keep bytes (null: half)."),
    "other_order": Kind(True, {"other_id": None}, "The response is about another order (default: the next ID)."),
    "stale": Kind(True, {}, "Orders are shown as they were before their last change."),
    "raw": Kind(False, {"data": b"", "chunk": b"", "chunk_count": 0}, "data is sent, then chunk, chunk_count times."),
    "gzip": Kind(True, {"size": 0}, "The response is gzipped, with size spaces after it, which compress very well."),
    "call": Kind(True, {"before": None, "afterwards": None}, "Functions get the record. Only within one process."),
    "edit": Kind(True, {"orders": ()}, "Somebody else changes these orders before the request is handled."),
}


@dataclasses.dataclass
class Fault:
    """A scheduled fault. It skips the first ``after`` requests that match, and applies to the next ``times`` of them, or to all.

    :ivar seen: the number of requests that match
    :ivar hits: the number of requests that it applied to
    """

    kind: str
    on: str
    method: str | None
    order_id: int | None
    times: int | None
    after: int
    apply: bool
    params: dict[str, Any]
    seen: int = 0
    hits: int = 0
    struck: threading.Event = dataclasses.field(default_factory=threading.Event, repr=False)

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until the fault applies for the first time. Return whether this happened within the given time."""
        return self.struck.wait(seconds)

    def is_due(self, record: Mapping[str, Any]) -> bool:
        """Count a request if the fault matches it. Return whether the fault applies to the request."""
        matches = (
            self.on in ("any", record["kind"])
            and self.method in (None, record["method"])
            and self.order_id in (None, record["order_id"])
        )
        self.seen += matches
        return matches and self.seen > self.after and (self.times is None or self.hits < self.times)


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
    """Return a fault, or raise a ValueError if its kind or a parameter is unknown.

    :param on: the kind of request, one of PLACES
    :param apply: whether the account handles the request; None for the default of this kind
    """
    if kind not in KINDS:
        raise ValueError(f"no such fault: {kind}; the faults are: {', '.join(KINDS)}")
    known = KINDS[kind]
    unknown = sorted(set(params) - set(known.params))
    if unknown:
        raise ValueError(f"fault {kind} has no {', '.join(unknown)}; it has: {', '.join(known.params) or 'nothing'}")
    params = {**known.params, **params}
    for name, value, allowed in (
        ("on", on, PLACES),
        ("part", params.get("part", "body"), ("body", "headers")),
        ("shape", params.get("shape", "list"), SHAPES),
    ):
        if value not in allowed:
            raise ValueError(f"{name} is one of {', '.join(allowed)}, not {value!r}")
    for name in ("data", "chunk"):
        if isinstance(params.get(name), str):
            params[name] = params[name].encode()
    handled = known.apply if apply is None else apply
    return Fault(kind, on, method.upper() if method else None, order_id, times, after, handled, params)


def take_faults(faults: Iterable[Fault], record: Mapping[str, Any]) -> tuple[list[Fault], Fault | None]:
    """Return the faults that apply to a request: those that only have a side effect, and the one that changes the response."""
    effects: list[Fault] = []
    taken: Fault | None = None
    for fault in faults:
        if not fault.is_due(record) or (taken and fault.kind not in SIDE_EFFECTS):
            continue
        fault.hits += 1
        fault.struck.set()
        if fault.kind in SIDE_EFFECTS:
            effects.append(fault)
        else:
            taken = fault
    return effects, taken


def describe() -> str:
    """Return the list of faults for --help."""
    lines = []
    for name, kind in KINDS.items():
        params = ", ".join(f"{key}={json.dumps(value, default=bytes.decode)}" for key, value in kind.params.items())
        lines.append(f"  {name}({params})")
        lines.append(textwrap.indent(textwrap.fill(kind.doc, 100), " " * 6))
    return "\n".join(lines)
