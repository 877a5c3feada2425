# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API over HTTP, and the control routes beside it, as a Flask application."""

from __future__ import annotations

import json
import re
import traceback
import zlib
from typing import Any
from urllib.parse import parse_qsl

import flask
from werkzeug.exceptions import HTTPException, NotFound

from .control import CONTROL, as_json, control_routes, no_content
from .faults import Fault
from .replies import CDN_HEADERS, Reply, compress, make_reply
from .rules import ApiError
from .state import FULL, NO_ORDERS, VIEW_ONLY, Record, State

__all__ = ["BASE", "CONTROL", "HEADERS", "RECORD", "WRITER", "create_app"]

BASE = "/services/v2"
# Where the server finds a writer that takes over the reply.
WRITER = "certcentral.writer"
# Where the server leaves the headers with their names as they were sent.
HEADERS = "certcentral.headers"
# Where whoever calls the application finds the request's entry in the log.
RECORD = "certcentral.record"
UNPARSED = object()
# A thumbprint or a serial number in place of an order id.
HEX = re.compile(r"[0-9A-Fa-f]{16,64}")


def create_app(state: State) -> flask.Flask:
    """The application for a state."""
    app = flask.Flask("certcentral", static_folder=None)
    app.url_map.merge_slashes = False
    app.register_blueprint(_api(state))
    app.register_blueprint(control_routes(state))

    @app.before_request
    def arrive() -> flask.Response | None:
        if flask.request.path.startswith(CONTROL):
            return None
        return _arrive(state)

    @app.after_request
    def depart(response: flask.Response) -> flask.Response:
        return _depart(state, response) if "record" in flask.g else response

    @app.errorhandler(Exception)
    def fail(error: Exception) -> flask.Response:
        return _fail(state, error)

    return app


# ---- every request of the API


def _arrive(state: State) -> flask.Response | None:
    """Log the request, let a fault take it, check the key and the rate. A fault stands before them, as a CDN does."""
    request = flask.request
    body: Any = None
    flask.g.parsed = UNPARSED
    data = request.get_data()
    if data:
        try:
            body = flask.g.parsed = json.loads(data)
        except ValueError:
            body = data.decode("utf-8", "replace")
    record: Record = {
        "number": 0,
        "time": state.clock(),
        "answered": None,
        "kind": request.endpoint.rpartition(".")[2] if request.endpoint else "unknown",
        "method": request.method,
        "path": request.path,
        "query": parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True),
        "headers": request.environ.get(HEADERS) or dict(request.headers),
        "body": body,
        "order_id": (request.view_args or {}).get("order_id"),
        "status": None,
        "effective": False,
        "fault": None,
    }
    state.log(record)
    flask.g.record = request.environ[RECORD] = record
    flask.g.effects, flask.g.fault = state.faults.take(record)
    if flask.g.fault or flask.g.effects:
        record["fault"] = (flask.g.fault or flask.g.effects[0]).kind
    if state.quirks.latency:
        state.stopping.wait(state.quirks.latency)
    _take_effect(state, record, "before")
    if flask.g.fault and not flask.g.fault.apply:
        # The reply is made in _depart.
        return flask.Response(status=500)
    _authorize(state, record)
    return None


def _take_effect(state: State, record: Record, when: str) -> None:
    """Let the faults that reply nothing themselves do what they do, before or after the request is handled."""
    for fault in flask.g.effects:
        params = fault.params
        if fault.kind == "call":
            if params[when]:
                params[when](record)
        elif params["afterwards"] == (when == "afterwards"):
            for change in params["orders"]:
                state.account.edit(change["id"], **{key: value for key, value in change.items() if key != "id"})
            for order_id in params["remove"]:
                state.account.remove(order_id)
            state.account.add(params["add"])


def _authorize(state: State, record: Record) -> None:
    """Key, rate, permission. Source: sections 1 and 2; which of them is checked first is ASSUMED."""
    key = flask.request.headers.get("X-DC-DEVKEY", "")
    access = state.keys.get(key)
    if access is None:
        raise ApiError(
            403, "access_denied|access_denied_invalid_key", "Access denied due to access_denied_invalid_key."
        )
    if not state.limits.allow(key, state.quirks.refused_requests_count):
        raise ApiError(429, "request_limit_exceeded", "Service unavailable, please limit request volume")
    if record["kind"] in ("me", "unknown"):
        return
    if access == NO_ORDERS or (access == VIEW_ONLY and record["method"] != "GET"):
        raise ApiError(403, "access_denied|missing_permission", "Access denied due to missing_permission.")


def _depart(state: State, response: flask.Response) -> flask.Response:
    """Let a fault have its way with the reply, and note the status in the log."""
    record: Record = flask.g.record
    _take_effect(state, record, "afterwards")
    fault: Fault | None = flask.g.fault
    real = None
    if fault is None or fault.apply:
        headers = {**dict(response.headers), **_edge_headers(record)}
        real = Reply(response.status_code, headers, response.get_data())
    reply = real if fault is None else make_reply(fault, real, record["order_id"], lambda held: _info(state, held))
    assert reply is not None
    # What is not the API's own comes as it is.
    is_own = real is not None and reply.body == real.body
    if is_own and reply.body and "gzip" in flask.request.headers.get("Accept-Encoding", ""):
        reply = compress(reply)
    record["status"] = reply.status if reply.answered else None
    record["answered"] = state.clock()
    return _made(reply)


def _edge_headers(record: Record) -> dict[str, str]:
    """What the API and its CDN put on a reply. REC."""
    number = record["number"]
    return {
        **CDN_HEADERS,
        "X-Iinfo": f"7-{number}-{number + 1} NNNN CT(0 0 0) RT(0 0) q(0 0 0 -1) r(1 1) U6",
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
        "Set-Cookie": f"nlbi_0={number}; path=/; HttpOnly",
    }


def _made(reply: Reply) -> flask.Response:
    if reply.writer:
        flask.request.environ[WRITER] = reply.writer
    headers = {name: value for name, value in reply.headers.items() if name.lower() != "content-length"}
    made = flask.Response(reply.body, reply.status, headers)
    made.autocorrect_location_header = False
    if "Content-Type" not in headers:
        del made.headers["Content-Type"]
    if "X-Iinfo" in headers and reply.status == 200:
        made.headers["ETag"] = f'W/"{zlib.crc32(reply.body):08x}"'
    return made


def _info(state: State, order_id: int) -> Any:
    try:
        return state.account.order_info(order_id)
    except ApiError:
        return None


def _fail(state: State, error: Exception) -> flask.Response:
    """Errors in the API's shape; in the control routes as {error}. A mistake of the simulator's own is kept as well."""
    is_control = flask.request.path.startswith(CONTROL)
    if isinstance(error, ApiError):
        if is_control:
            return as_json({"error": str(error)}, error.status)
        if error.code == "not_found|order" and state.quirks.not_found_empty_body:
            return flask.Response(status=404)
        return as_json(error.body(), error.status)
    # An error after the request was handled arrives inside of a 500.
    error = getattr(error, "original_exception", None) or error
    if isinstance(error, HTTPException):
        status = error.code or 500
        if is_control:
            return as_json({"error": str(error)}, status)
        code = "not_found|route" if status == 404 else "bad_request_format"
        return as_json({"errors": [{"code": code, "message": f"{error.name}."}]}, status)
    if is_control and isinstance(error, (ValueError, TypeError, KeyError, AttributeError)):
        return as_json({"error": f"{type(error).__name__}: {error}"}, 400)
    state.errors.append("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    return as_json({"errors": [{"code": "simulator_error", "message": repr(error)}]}, 500)


# ---- the API. The names of the functions are the kinds of requests in the log and in faults.


def _api(state: State) -> flask.Blueprint:
    api = flask.Blueprint("api", __name__, url_prefix=BASE)
    account = state.account

    def is_stale() -> bool:
        return flask.g.fault is not None and flask.g.fault.kind == "stale"

    def parsed() -> Any:
        if flask.g.parsed is UNPARSED:
            raise ApiError(400, "bad_request_format", "The request body is not valid JSON.")
        return flask.g.parsed

    @api.get("/order/certificate/<int:order_id>")
    @api.get("/order/certificate/<reference>")
    def info(order_id: int = 0, reference: str = "") -> flask.Response:
        text = flask.request.path.rpartition("/")[2]
        found = account.id_by_certificate(text) if HEX.fullmatch(text) and order_id not in account.orders else None
        if found is not None:
            flask.g.record["order_id"] = order_id = found
        elif reference and not HEX.fullmatch(text):
            raise NotFound
        return as_json(account.order_info(order_id, is_stale()))

    @api.get("/order/certificate", endpoint="list")
    @api.get("/order/certificate/", endpoint="list")
    def list_orders() -> flask.Response:
        return as_json(account.list_orders(flask.g.record["query"], is_stale()))

    @api.put("/order/certificate/<int:order_id>/status")
    def status(order_id: int) -> flask.Response:
        record = flask.g.record
        record["effective"] = account.update_status(order_id, parsed(), record["number"])
        return no_content()

    @api.get("/order/certificate/status-changes")
    def status_changes() -> flask.Response:
        return as_json(account.status_changes(flask.g.record["query"]))

    @api.route("/order/certificate/<int:order_id>/note", methods=["GET", "POST"])
    def note(order_id: int) -> flask.Response:
        if flask.request.method == "POST":
            return as_json(account.add_note(order_id, parsed()), 201)
        return as_json(account.notes(order_id))

    @api.get("/order/certificate/<int:order_id>/reissue")
    def reissue(order_id: int) -> flask.Response:
        return as_json(account.reissues(order_id))

    @api.put("/request/<int:request_id>/status")
    def request(request_id: int) -> flask.Response:
        account.update_request(request_id, parsed())
        return no_content()

    @api.get("/user/me")
    def me() -> flask.Response:
        access = state.keys[flask.request.headers["X-DC-DEVKEY"]]
        role = {"id": 1, "name": "Administrator"} if access == FULL else {"id": 2, "name": "Standard User"}
        user = {"id": 153208, "username": "sim", "first_name": "Sim", "last_name": "Ulated", "status": "active"}
        return as_json({**user, "email": "certs@example.com", "access_roles": [role]})

    return api
