"""The Flask application with the API and the control routes."""

from __future__ import annotations

import json
import traceback
from typing import Any
from urllib.parse import parse_qsl

import flask
from werkzeug.exceptions import HTTPException

from .. import facts
from .faults import make_fault
from .responses import CDN_HEADERS, Response, as_json, compress, find_writer, is_silent, make_response
from .rules import ApiError, no_order
from .state import VIEW_ONLY, Record, State

BASE = facts.BASE_PATH
CONTROL = "/_control"
# Keys of the WSGI environment: for a function that writes the response, for the headers as they were sent, and for the log entry.
WRITER, HEADERS, RECORD = "certcentral.writer", "certcentral.headers", "certcentral.record"


def create_app(state: State) -> flask.Flask:
    """Return the application for a state."""
    app = flask.Flask("certcentral", static_folder=None)
    app.url_map.merge_slashes = False
    app.register_blueprint(_api(state))
    app.register_blueprint(_control(state))

    @app.before_request
    def arrive() -> flask.Response | None:
        return None if flask.request.path.startswith(CONTROL) else _arrive(state)

    @app.after_request
    def depart(response: flask.Response) -> flask.Response:
        return _depart(state, response) if "record" in flask.g else response

    @app.errorhandler(Exception)
    def fail(error: Exception) -> flask.Response:
        return _fail(state, error)

    return app


# ---- every request of the API


def _arrive(state: State) -> flask.Response | None:
    """Log the request, apply faults, and check the key and the rate limits.

    Faults come first, because they simulate what happens in front of the API.
    """
    request = flask.request
    record: Record = {
        "number": 0,
        "time": state.clock(),
        "kind": request.endpoint.rpartition(".")[2] if request.endpoint else "unknown",
        "method": request.method,
        "path": request.path,
        "query": parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True),
        "headers": request.environ.get(HEADERS) or dict(request.headers),
        "body": request.get_json(force=True, silent=True) or request.get_data(as_text=True) or None,
        "order_id": (request.view_args or {}).get("order_id"),
        "status": None,
        "effective": False,
        "fault": None,
    }
    flask.g.record = request.environ[RECORD] = record
    flask.g.effects, flask.g.fault = state.log(record)
    if flask.g.fault or flask.g.effects:
        record["fault"] = (flask.g.fault or flask.g.effects[0]).kind
    if state.quirks.latency:
        state.stopping.wait(state.quirks.latency)
    _take_effect(state, record, "before")
    if flask.g.fault and not flask.g.fault.apply:
        # _depart replaces this response.
        return Response(status=500)
    _authorize(state, record)
    return None


def _take_effect(state: State, record: Record, when: str) -> None:
    """Apply the faults that only have a side effect.

    :param when: ``before`` or ``afterwards``, relative to the handling of the request
    """
    for fault in flask.g.effects:
        if fault.params.get(when):
            fault.params[when](record)
        for change in fault.params.get("orders", ()) if when == "before" else ():
            state.account.edit(change["id"], **change)


def _authorize(state: State, record: Record) -> None:
    """Check the key, the rate limits and the permission (docs/api.md, sections 1 and 2)."""
    key = flask.request.headers.get("X-DC-DEVKEY", "")
    access = state.keys.get(key)
    if access is None:
        code = "access_denied|access_denied_invalid_key"
        raise ApiError(403, code, "Access denied due to access_denied_invalid_key.")
    if not state.limits.allow(key, state.quirks.refused_requests_count):
        raise ApiError(429, "request_limit_exceeded", "Service unavailable, please limit request volume")
    if access == VIEW_ONLY and record["method"] != "GET" and record["kind"] != "unknown":
        raise ApiError(403, "access_denied|missing_permission", "Access denied due to missing_permission.")


def _depart(state: State, response: flask.Response) -> flask.Response:
    """Apply a fault to the response, and complete the entry of the request in the log."""
    record: Record = flask.g.record
    _take_effect(state, record, "afterwards")
    fault, own = flask.g.fault, response.get_data()
    response.headers.update(CDN_HEADERS)
    if fault is not None:
        response = make_response(fault, response if fault.apply else None, state.account.now)
        flask.request.environ[WRITER] = find_writer(fault)
    # Only the API's own responses are compressed here. Responses of faults are sent as they are.
    if own and response.get_data() == own and "gzip" in flask.request.headers.get("Accept-Encoding", ""):
        compress(response)
    record["status"] = None if fault is not None and is_silent(fault) else response.status_code
    if state.on_response is not None:
        state.on_response(record)
    return response


def _fail(state: State, error: Exception) -> flask.Response:
    """Return an error in the API's form, or as {error} for the control routes. Record errors of the simulator itself."""
    is_control = flask.request.path.startswith(CONTROL)
    if isinstance(error, ApiError):
        if error.code == "not_found|order" and state.quirks.not_found_empty_body and not is_control:
            return Response(status=404)
        return as_json(error.body, error.status)
    # Flask wraps an error that was raised after the request was handled in a 500.
    error = getattr(error, "original_exception", None) or error
    if isinstance(error, HTTPException):
        status = error.code or 500
        code = "not_found|route" if status == 404 else "bad_request_format"
        return as_json({"errors": [{"code": code, "message": f"{error.name}."}]}, status)
    if is_control and isinstance(error, (ValueError, TypeError, KeyError, AttributeError)):
        return as_json({"error": f"{type(error).__name__}: {error}"}, 400)
    state.errors.append("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    return as_json({"errors": [{"code": "simulator_error", "message": repr(error)}]}, 500)


# ---- the API. The names of the endpoints are the kinds of requests in the log and in faults.


def _api(state: State) -> flask.Blueprint:
    api = flask.Blueprint("api", __name__, url_prefix=BASE)
    account = state.account

    def is_stale() -> bool:
        return flask.g.fault is not None and flask.g.fault.kind == "stale"

    @api.get("/order/certificate/<int:order_id>")
    def info(order_id: int) -> flask.Response:
        return as_json(account.order_info(order_id, is_stale()))

    @api.get("/order/certificate", endpoint="list")
    def list_orders() -> flask.Response:
        return as_json(account.list_orders(flask.g.record["query"], is_stale()))

    @api.put("/order/certificate/<int:order_id>/status")
    def status(order_id: int) -> flask.Response:
        flask.g.record["effective"] = account.update_status(order_id, flask.request.get_json(force=True))
        return Response(status=204)

    @api.get("/order/certificate/status-changes")
    def status_changes() -> flask.Response:
        return as_json(account.status_changes(flask.g.record["query"]))

    return api


# ---- the control routes, with which tests and people fill, watch and reset a running simulator


def _control(state: State) -> flask.Blueprint:
    control = flask.Blueprint("control", __name__, url_prefix=CONTROL)
    account = state.account

    def sent() -> Any:
        return json.loads(flask.request.get_data() or b"null")

    @control.route("/requests", methods=["GET", "DELETE"])
    def requests() -> flask.Response:
        if flask.request.method == "DELETE":
            state.clear_log()
            return Response(status=204)
        return as_json(list(state.requests))

    @control.get("/changes")
    def changes() -> flask.Response:
        return as_json([change._asdict() for change in list(state.changes)])

    @control.post("/orders")
    def orders() -> flask.Response:
        body = sent()
        body = {"orders": body} if isinstance(body, list) else body
        return as_json({"ids": state.seed(body.get("orders", ())) + account.generate(body.get("generate", ()))}, 201)

    @control.route("/orders/<int:order_id>", methods=["GET", "PATCH", "DELETE"])
    def order(order_id: int) -> flask.Response:
        with account.lock:
            if order_id not in account.orders:
                raise no_order()
            if flask.request.method == "DELETE":
                account.remove(order_id)
                return Response(status=204)
            if flask.request.method == "PATCH":
                account.edit(order_id, **sent())
            return as_json(account.orders[order_id])

    @control.post("/faults")
    def faults() -> flask.Response:
        body = sent()
        made = [make_fault(**spec) for spec in (body if isinstance(body, list) else [body])]
        if any(fault.kind == "call" for fault in made):
            raise ValueError("the fault call works only within one process")
        state.faults.extend(made)
        return as_json([fault.kind for fault in made], 201)

    @control.post("/reset")
    def reset() -> flask.Response:
        state.reset(**(sent() or {}))
        return Response(status=204)

    return control
