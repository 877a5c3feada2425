# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control routes, which tests and people use to fill, watch and reset a running simulator."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import flask

from .faults import make_fault
from .responses import dump
from .rules import no_order
from .state import State

CONTROL = "/_control"


def as_json(value: Any, status: int = 200) -> flask.Response:
    return flask.Response(dump(value), status, mimetype="application/json")


def no_content() -> flask.Response:
    """Return a response 204, which has neither a body nor a content type."""
    response = flask.Response(status=204)
    del response.headers["Content-Type"]
    return response


def control_routes(state: State) -> flask.Blueprint:
    control = flask.Blueprint("control", __name__, url_prefix=CONTROL)
    account = state.account

    def sent() -> Any:
        return json.loads(flask.request.get_data() or b"null")

    @control.route("/requests", methods=["GET", "DELETE"])
    def requests() -> flask.Response:
        if flask.request.method == "DELETE":
            state.clear_log()
            return no_content()
        return as_json(list(state.requests))

    @control.get("/changes")
    def changes() -> flask.Response:
        return as_json([dataclasses.asdict(change) for change in list(state.changes)])

    @control.route("/orders", methods=["GET", "POST"])
    def orders() -> flask.Response:
        if flask.request.method == "POST":
            body = sent()
            given = body if isinstance(body, list) else body.get("orders", [])
            specs = [] if isinstance(body, list) else body.get("generate", [])
            return as_json({"ids": state.seed(given) + account.generate(specs)}, 201)
        with account.lock:
            return as_json(list(account.orders.values()))

    @control.route("/orders/<int:order_id>", methods=["GET", "PATCH", "DELETE"])
    def order(order_id: int) -> flask.Response:
        with account.lock:
            if order_id not in account.orders:
                raise no_order()
            if flask.request.method == "DELETE":
                account.remove(order_id)
                return no_content()
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
        return no_content()

    return control
