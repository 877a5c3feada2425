# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of the modules under mishaps, with all that the simulator and the wire saw of them."""

from __future__ import annotations

import gzip
import json
import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.certops.certcentral.plugins.modules import (
    digicert_order_info,
    digicert_order_status,
    digicert_order_statuses,
)
from ansible_collections.certops.certcentral.tests.simulator.account import Change
from ansible_collections.certops.certcentral.tests.unit.mishaps.schedules import INFO, KEY, MANY, SINGLE, Json
from ansible_collections.certops.certcentral.tests.unit.support import run_main
from ansible_collections.certops.certcentral.tests.unit.wire import Exchange, Wire

MAINS = {SINGLE: digicert_order_status.main, MANY: digicert_order_statuses.main, INFO: digicert_order_info.main}
REFUSALS = {
    *(
        "reissue_pending",
        "wrong_state",
        "not_migrated",
        "outside_renewal_window",
        "renewed_by_order",
        "common_name_mismatch",
    ),
}


@dataclass
class Run:
    """One run of a module, what came of it, and what the simulator saw."""

    options: Json
    module: str
    check_mode: bool
    result: Json
    exchanges: list[Exchange]
    changes: list[Change]
    # The account's orders before and after it, by id.
    before: dict[int, Json]
    after: dict[int, Json]
    quirks: t.Any
    # Whether its times can be checked.
    exact: bool
    # Orders that somebody else changed, each with the number of requests that came before.
    touched: list[tuple[int, int]] = field(default_factory=list)

    @property
    def wishes(self) -> list[Json]:
        if self.module == SINGLE:
            return [self.options]
        return list(self.options.get("orders", ()))

    @property
    def entries(self) -> list[tuple[Json, Json]]:
        """Each wish with its outcome, in the words of the bulk module."""
        if self.module != SINGLE:
            return list(zip(self.wishes, self.result.get("results", ())))
        reason = self.result.get("reason")
        outcome = "changed" if self.result["changed"] else "unchanged"
        if reason:
            outcome = "refused" if reason in REFUSALS else "failed"
        blank = dict.fromkeys(("operation", "status", "is_renewed", "verified", "reason", "http_status"))
        return [(self.options, {**blank, "errors": [], **self.result, "outcome": outcome})]

    def puts(self, order_id: int) -> list[Exchange]:
        return [exchange for exchange in self.exchanges if is_put(exchange, order_id)]

    def made(self, order_id: int) -> list[Change]:
        """The changes of an order by this run."""
        return [change for change in self.changes if change.order_id == order_id]

    def is_touched(self, order_id: int) -> bool:
        """Whether somebody else changed the order meanwhile."""
        return any(touched == order_id for touched, unused in self.touched)


def is_put(exchange: Exchange, order_id: int | None = None) -> bool:
    path = exchange.path or ""
    return exchange.method == "PUT" and (order_id is None or path.endswith(f"/{order_id}/status"))


def reply(exchange: Exchange) -> t.Any:
    """The JSON value of a reply with 200 that came whole, else None."""
    head, unused, body = exchange.body.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)^content-length: (\d+)", head, re.MULTILINE)
    if exchange.status != 200 or (length and len(body) != int(length[1])):
        return None
    try:
        return json.loads(gzip.decompress(body) if b"gzip" in head else body)
    except ValueError:
        return None


def readings(exchange: Exchange) -> dict[int, Json]:
    """The orders that a reply tells of, by id."""
    value = reply(exchange) if exchange.method == "GET" else None
    rows = value.get("orders") if isinstance(value, dict) else None
    found = [*(rows if isinstance(rows, list) else []), value]
    return {row["id"]: row for row in found if isinstance(row, dict) and {"id", "status"} <= row.keys()}


def asks_for(exchange: Exchange) -> list[int]:
    """The ids that a reading is about by its address."""
    if exchange.method != "GET":
        return []
    parts = urlsplit(exchange.path or "")
    last = parts.path.rpartition("/")[2]
    ids = [value for name, value in parse_qsl(parts.query) if name.startswith("filters[id]")]
    return [int(value) for value in (ids or [last]) if value.isdigit()]


def run(wire: Wire, module: str, options: Json, *, check_mode: bool = False, storm: Json | None = None) -> Run:
    """Run a module on the account as it is now."""
    account = wire.state.account
    account.settle()
    wire.begin()
    wire.state.limits.set(storm["windows"] if storm else ())
    touched: list[tuple[int, int]] = []
    for fault in storm["faults"] if storm else ():
        if fault["on"] == "connection":
            wire.fault(fault["fault"]["kind"], fault["after"], fault["times"])
        else:
            wire.state.fault(**fault["fault"], on=fault["on"], after=fault["after"], times=fault["times"])
    for other in storm["others"] if storm else ():
        wire.state.fault(
            "call", on=other["on"], after=other["after"], **{other["when"]: _meddler(wire, other, touched)}
        )
    before = {order_id: dict(order) for order_id, order in account.orders.items()}
    options = {"api_url": wire.url, "api_key": KEY, "timeout": wire.timeout, **options}
    result = run_main(MAINS[module], options, check_mode=check_mode)
    assert not wire.mistakes, wire.mistakes
    assert not wire.state.errors, wire.state.errors
    after = {order_id: dict(order) for order_id, order in account.orders.items()}
    return Run(
        options,
        module,
        check_mode,
        result,
        list(wire.exchanges),
        list(wire.state.changes),
        before,
        after,
        wire.state.quirks,
        wire.exact,
        touched,
    )


def _meddler(wire: Wire, other: Json, touched: list[tuple[int, int]]) -> t.Callable[[Json], None]:
    """A change of an order by somebody else, as a fault of the simulator calls it."""

    def meddle(record: Json) -> None:
        account = wire.state.account
        with account.lock:
            order = account.orders[other["order_id"]]
            was = dict(order)
            _DOES[other["does"]](order)
            if order != was:
                touched.append((order["id"], record["number"]))

    return meddle


def _answer_requests(order: Json, status: str) -> None:
    order["requests"] = [
        {**entry, "status": status} if entry["type"] == "reissue" and entry["status"] == "pending" else entry
        for entry in order["requests"]
    ]


def _issue(order: Json) -> None:
    if order["status"] in ("pending", "waiting_pickup", "processing", "reissue_pending", "needs_approval"):
        order["status"] = "issued"
        _answer_requests(order, "approved")


def _cancel(order: Json) -> None:
    if order["status"] in ("pending", "waiting_pickup"):
        order["status"] = "canceled"
    elif order["status"] == "reissue_pending":
        order["status"] = "issued"
        _answer_requests(order, "rejected")


def _mark(order: Json) -> None:
    order["is_renewed"] = True


def _unmark(order: Json) -> None:
    order["is_renewed"] = False
    if order["status"] == "renewed":
        order["status"] = "issued"


def _reissue(order: Json) -> None:
    if order["status"] == "issued":
        order["status"] = "reissue_pending"
        number = max(entry["id"] for entry in order["requests"]) + 1
        entry = {"id": number, "date": order["date_created"], "type": "reissue", "status": "pending", "comments": ""}
        order["requests"] = [*order["requests"], entry]


def _renew(order: Json) -> None:
    order.update(is_renewed=True, renewed_order_id=7654321)


_DOES: dict[str, t.Callable[[Json], None]] = {
    "issue": _issue,
    "cancel": _cancel,
    "mark": _mark,
    "unmark": _unmark,
    "reissue": _reissue,
    "renew": _renew,
}
