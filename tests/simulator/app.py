# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API over HTTP, and the control routes beside it, as a Flask application."""

from __future__ import annotations

import dataclasses
import json
import traceback
from typing import Any
from urllib.parse import parse_qsl

import flask
from werkzeug.exceptions import HTTPException

from .account import ApiError
from .faults import Reply, dump, make_reply
from .state import FULL, NO_ORDERS, VIEW_ONLY, Record, State

BASE = "/services/v2"
CONTROL = "/_control"
# Where the server finds a writer that takes over the reply.
WRITER = "certcentral.writer"
# Where the server leaves the headers with their names as they were sent.
HEADERS = "certcentral.headers"
# Where whoever calls the application finds the request's entry in the log.
RECORD = "certcentral.record"
UNPARSED = object()


def create_app(state: State) -> flask.Flask:
    """The application for a state."""
    app = flask.Flask("certcentral", static_folder=None)
    app.url_map.merge_slashes = False
    app.register_blueprint(_api(state))
    app.register_blueprint(_control(state))

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


def _json(value: Any, status: int = 200) -> flask.Response:
    return flask.Response(dump(value), status, mimetype="application/json")


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
    flask.g.calls, flask.g.fault = state.faults.take(record)
    if flask.g.fault or flask.g.calls:
        record["fault"] = (flask.g.fault or flask.g.calls[0]).kind
    if state.quirks.latency:
        state.stopping.wait(state.quirks.latency)
    for call in flask.g.calls:
        if call.params["before"]:
            call.params["before"](record)
    if flask.g.fault and not flask.g.fault.apply:
        # The reply is made in _depart.
        return flask.Response(status=500)
    _authorize(state, record)
    return None


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
    for call in flask.g.calls:
        if call.params["afterwards"]:
            call.params["afterwards"](record)
    fault = flask.g.fault
    if fault is None:
        record["status"] = response.status_code
        return response
    real = Reply(response.status_code, dict(response.headers), response.get_data()) if fault.apply else None
    reply = make_reply(fault, real, record["order_id"], lambda order_id: _info_or_none(state, order_id))
    record["status"] = reply.status if reply.answered else None
    if reply.writer:
        flask.request.environ[WRITER] = reply.writer
    headers = {name: value for name, value in reply.headers.items() if name.lower() != "content-length"}
    made = flask.Response(reply.body, reply.status, headers)
    made.autocorrect_location_header = False
    if "Content-Type" not in headers:
        del made.headers["Content-Type"]
    return made


def _info_or_none(state: State, order_id: int) -> Any:
    try:
        return state.account.order_info(order_id)
    except ApiError:
        return None


def _fail(state: State, error: Exception) -> flask.Response:
    """Errors in the API's shape; in the control routes as {error}. A mistake of the simulator's own is kept as well."""
    is_control = flask.request.path.startswith(CONTROL)
    if isinstance(error, ApiError):
        if is_control:
            return _json({"error": str(error)}, error.status)
        if error.code == "not_found|order" and state.quirks.not_found_empty_body:
            return flask.Response(status=404)
        return _json(error.body(), error.status)
    if isinstance(error, HTTPException):
        status = error.code or 500
        if is_control:
            return _json({"error": str(error)}, status)
        code = "not_found|route" if status == 404 else "bad_request_format"
        return _json({"errors": [{"code": code, "message": f"{error.name}."}]}, status)
    if is_control and isinstance(error, (ValueError, TypeError, KeyError, AttributeError)):
        return _json({"error": f"{type(error).__name__}: {error}"}, 400)
    state.errors.append(traceback.format_exc())
    return _json({"errors": [{"code": "simulator_error", "message": repr(error)}]}, 500)


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
    def info(order_id: int) -> flask.Response:
        return _json(account.order_info(order_id, is_stale()))

    @api.get("/order/certificate", endpoint="list")
    def list_orders() -> flask.Response:
        return _json(account.list_orders(flask.g.record["query"], is_stale()))

    @api.put("/order/certificate/<int:order_id>/status")
    def status(order_id: int) -> flask.Response:
        flask.g.record["effective"] = account.update_status(order_id, parsed())
        return _no_content()

    @api.get("/order/certificate/status-changes")
    def status_changes() -> flask.Response:
        return _json(account.status_changes(dict(flask.g.record["query"])))

    @api.route("/order/certificate/<int:order_id>/note", methods=["GET", "POST"])
    def note(order_id: int) -> flask.Response:
        if flask.request.method == "POST":
            return _json(account.add_note(order_id, parsed()), 201)
        return _json(account.notes(order_id))

    @api.get("/user/me")
    def me() -> flask.Response:
        access = state.keys[flask.request.headers["X-DC-DEVKEY"]]
        role = {"id": 1, "name": "Administrator"} if access == FULL else {"id": 2, "name": "Standard User"}
        user = {"id": 153208, "username": "sim", "first_name": "Sim", "last_name": "Ulated", "status": "active"}
        return _json({**user, "email": "certs@example.com", "access_roles": [role]})

    return api


def _no_content() -> flask.Response:
    response = flask.Response(status=204)
    del response.headers["Content-Type"]
    return response


# ---- control


def _control(state: State) -> flask.Blueprint:
    control = flask.Blueprint("control", __name__, url_prefix=CONTROL)
    account = state.account

    def sent() -> Any:
        return json.loads(flask.request.get_data() or b"null")

    @control.get("/health")
    def health() -> flask.Response:
        return _json({"ok": not state.errors, "orders": len(account.orders), "errors": state.errors})

    @control.route("/requests", methods=["GET", "DELETE"])
    def requests() -> flask.Response:
        if flask.request.method == "DELETE":
            state.clear_log()
            return _no_content()
        return _json(list(state.requests))

    @control.get("/changes")
    def changes() -> flask.Response:
        return _json([dataclasses.asdict(change) for change in list(state.changes)])

    @control.route("/orders", methods=["GET", "POST"])
    def orders() -> flask.Response:
        if flask.request.method == "POST":
            body = sent()
            given = body if isinstance(body, list) else body.get("orders", [])
            specs = [] if isinstance(body, list) else body.get("generate", [])
            return _json({"ids": state.seed(given) + account.generate(specs)}, 201)
        with account.lock:
            return _json(list(account.orders.values()))

    @control.get("/orders/<int:order_id>")
    def order(order_id: int) -> flask.Response:
        with account.lock:
            if order_id not in account.orders:
                raise ApiError(404, "not_found|order", "There is no such order.")
            return _json(account.orders[order_id])

    @control.route("/faults", methods=["GET", "POST", "DELETE"])
    def faults() -> flask.Response:
        if flask.request.method == "DELETE":
            state.faults.clear()
            return _no_content()
        if flask.request.method == "POST":
            body = sent()
            wanted = body if isinstance(body, list) else [body]
            if any(spec.get("kind") == "call" for spec in wanted):
                raise ValueError("call works in-process only")
            made = [state.fault(**spec) for spec in wanted]
            return _json([fault.as_dict() for fault in made], 201)
        return _json([fault.as_dict() for fault in state.faults])

    @control.route("/quirks", methods=["GET", "PUT"])
    def quirks() -> flask.Response:
        if flask.request.method == "PUT":
            state.quirks.update(sent())
        return _json(state.quirks.as_dict())

    @control.route("/rate_limits", methods=["GET", "PUT"])
    def rate_limits() -> flask.Response:
        if flask.request.method == "PUT":
            state.limits.set(sent() or ())
        return _json(state.limits.windows)

    @control.post("/reset")
    def reset() -> flask.Response:
        state.reset(**(sent() or {}))
        return _no_content()

    return control
