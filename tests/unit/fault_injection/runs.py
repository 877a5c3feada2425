"""Runs of the modules under faults, and the records of the simulator and the transport about them."""

from __future__ import annotations

import functools
import json
import typing as t
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from ... import facts
from ...simulator.account import Account, Change
from ...simulator.faults import SHAPES
from ...simulator.quirks import Quirks
from ..fake_transport import Exchange, FakeRecorder
from ..support import run_module
from .schedules import KEY, MANY, MIGRATED, NEW_ID, SINGLE, STALE, Json, name_of

# The decision that changes an order, for each clean-up.
DECIDED = {MIGRATED: "mark", STALE: "cancel"}
REFUSALS = {
    *("reissue_pending", "wrong_state", "not_migrated"),
    *("outside_renewal_window", "renewed_by_order", "common_name_mismatch"),
}


# A task without faults, for real and in check mode.
CLEAN: Json = {"check_mode": False, "faults": (), "acts": (), "windows": ()}
PROMISE: Json = {**CLEAN, "check_mode": True}


@dataclass
class Run:
    """One run of a module: its result, its requests, and what the simulator recorded.

    :ivar log: the lines that it wrote to the log of the host
    :ivar before: the orders of the account before the run, by ID
    :ivar after: the orders after the run
    :ivar started: the time in the account when the run began
    :ivar clock: the same time on the clock of the exchanges
    :ivar exact: whether times can be checked
    :ivar touched: the orders that somebody else changed, each with the number of earlier requests
    """

    options: Json
    module: str
    check_mode: bool
    result: Json
    log: list[str]
    exchanges: list[Exchange]
    changes: list[Change]
    before: dict[int, Json]
    after: dict[int, Json]
    quirks: Quirks
    started: datetime
    clock: float
    exact: bool
    touched: list[tuple[int, int]]

    @functools.cached_property
    def desired(self) -> list[Json]:
        """Return the desired states, each once."""
        options = self.options
        if self.module == SINGLE:
            return [options]
        if self.module in DECIDED:
            return [to_desired(self.module, options, row) for row in self.acted]
        if self.module != MANY:
            return []
        shared = {name: options[name] for name in ("status", "note") if options.get(name) is not None}
        shared["cancel_scope"] = options.get("cancel_scope", "order")
        entries = options.get("orders")
        if entries is None:
            entries = [{"order_id": order_id} for order_id in options.get("order_ids") or ()]
        return list({entry["order_id"]: {**shared, **entry} for entry in entries}.values())

    @functools.cached_property
    def entries(self) -> list[tuple[Json, Json]]:
        """Return each desired state with its outcome, in the form of digicert_order_statuses."""
        if self.module in DECIDED:
            return []
        if self.module != SINGLE:
            return list(zip(self.desired, self.result.get("orders", ())))
        reason = self.result.get("reason")
        outcome = "changed" if self.result["changed"] else "unchanged"
        if reason:
            outcome = "refused" if reason in REFUSALS else "failed"
        blank = dict.fromkeys(("operation", "status", "is_renewed", "verified", "reason", "http_status"))
        return [(self.options, {**blank, "errors": [], **self.result, "outcome": outcome})]

    @property
    def acted(self) -> list[Json]:
        """Return the rows of a clean-up with orders to change."""
        rows = self.result.get("orders", ()) if self.module in DECIDED else ()
        return [row for row in rows if row["decision"] == DECIDED[self.module]]

    def puts(self, order_id: int) -> list[Exchange]:
        """Return the PUT requests for an order that were sent over a connection."""
        return [exchange for exchange in self.exchanges if is_put(exchange, order_id)]

    def made(self, order_id: int) -> list[Change]:
        """Return the changes that this run made to an order."""
        return [change for change in self.changes if change.order_id == order_id]

    def is_touched(self, order_id: int) -> bool:
        """Return whether somebody else changed the order during the run."""
        return any(touched == order_id for touched, unused in self.touched)

    def is_readable(self, order: Json) -> bool:
        return self.quirks.canceled_order_readable or order["status"] != "canceled"

    @functools.cached_property
    def faults(self) -> set[str]:
        """Return the kinds of faults that affected the requests, and 429 for a rate limit."""
        kinds = {str(e.record["fault"]) for e in self.exchanges if e.record and e.record["fault"] not in (None, "call")}
        kinds |= {"connection"} if any(exchange.record is None for exchange in self.exchanges) else set()
        return kinds | ({"429"} if any(exchange.status == 429 for exchange in self.exchanges) else set())


def is_put(exchange: Exchange, order_id: int | None = None) -> bool:
    is_about = order_id is None or exchange.path.endswith(f"/{order_id}/status")
    return exchange.method == "PUT" and exchange.is_connected and is_about


@functools.lru_cache(maxsize=64)
def _parse(body: bytes) -> t.Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def reply(exchange: Exchange) -> t.Any:
    """Return the JSON value of a complete response with status 200, else None."""
    return _parse(exchange.reply) if exchange.status == 200 and exchange.reply is not None else None


def readings(exchange: Exchange) -> dict[int, Json]:
    """Return the orders in a response, by ID."""
    value = reply(exchange) if exchange.method == "GET" else None
    rows = value.get("orders") if isinstance(value, dict) else None
    found = [*(rows if isinstance(rows, list) else []), value]
    return {row["id"]: row for row in found if isinstance(row, dict) and {"id", "status"} <= row.keys()}


def is_lied_to(run: Run) -> bool:
    """Return whether the server lied in the correct form: with another order, an older one, or an empty page."""
    lies = bool(run.faults & {"other_order", "stale"})
    return lies or any(reply(exchange) == SHAPES["page_list"] for exchange in run.exchanges)


def is_hidden(run: Run) -> bool:
    """Return whether a skipped row can go unnoticed because another row left and each page is sorted differently."""
    return bool(run.quirks.shuffle_equal_keys and run.touched)


def asks_for(exchange: Exchange) -> list[int]:
    """Return the IDs of the orders for which a GET request asks."""
    if exchange.method != "GET":
        return []
    parts = urlsplit(exchange.path)
    last = parts.path.rpartition("/")[2]
    ids = [value for name, value in parse_qsl(parts.query) if name == "filters[id]"]
    return [int(value) for value in (ids or [last]) if value.isdigit()]


def run(recorder: FakeRecorder, module: str, options: Json, task: Json) -> Run:
    """Run a module on the account as it is now, with the faults, the changes by others and the rate limits of a task."""
    state, account = recorder.state, recorder.state.account
    account.settle()
    recorder.begin()
    state.limits.set(task["windows"])
    touched: list[tuple[int, int]] = []
    for fault in task["faults"]:
        if fault["on"] == "connection":
            recorder.fault(fault["fault"]["kind"], fault["after"], fault["times"])
        else:
            state.fault(**fault["fault"], on=fault["on"], after=fault["after"], times=fault["times"])
    for act in task["acts"]:
        done = {act["when"]: functools.partial(_act, account, act, touched)}
        state.fault("call", on=act["on"], after=act["after"], times=act["times"], **done)
    before = {order_id: dict(order) for order_id, order in account.orders.items()}
    options = {"api_url": recorder.url, "api_key": KEY, "timeout": recorder.timeout, **options}
    start = account.now(), recorder.now()
    # Leave the option out if there is no limit, because null would be refused.
    given = {name: value for name, value in options.items() if (name, value) != ("max_changes", None)}
    result = run_module(module, given, check_mode=task["check_mode"])
    controller = options.get("_controller", {})
    if controller.get("stage") == "change":
        # A clean-up changes orders as digicert_order_statuses does, and is checked in the same way.
        desired = [to_desired(module, options, change) for change in controller["changes"]]
        module, options = MANY, {**options, "orders": desired, "check_rules": True}
    assert not recorder.mistakes and not state.errors, (recorder.mistakes, state.errors)
    after = {order_id: dict(order) for order_id, order in account.orders.items()}
    told = task["check_mode"], result, list(recorder.log), list(recorder.exchanges), list(state.changes)
    return Run(options, module, *told, before, after, state.quirks, *start, recorder.exact, touched)


def to_desired(module: str, options: Json, change: Json) -> Json:
    """Return the desired state for a change of a clean-up, or for a row."""
    desired = {"order_id": change["order_id"], "common_name": change["common_name"], "cancel_scope": "order"}
    if module == STALE:
        return {**desired, "status": "canceled", "note": options["note"]}
    note = change.get("note") or f"Renewed in CertCentral by order {change['candidates'][0]['order_id']}"
    return {**desired, "status": "renewed", "note": note}


def _act(account: Account, act: Json, touched: list[tuple[int, int]], record: t.Mapping[str, t.Any]) -> None:
    """Return a change by somebody else, for a fault of the simulator."""
    with account.lock:
        if act["does"] == "add":
            order_id = max(NEW_ID, account.next_id())
            account.add([{"id": order_id, "status": "pending", "certificate": {"common_name": name_of(order_id)}}])
            touched.append((order_id, record["number"]))
            return
        for order_id in range(act["order_id"], act["order_id"] + act.get("and", 0) + 1):
            order = account.orders.get(order_id)
            if order is None:
                continue
            if act["does"] == "remove":
                account.remove(order_id)
            elif fields := ACTS[act["does"]](order):
                account.edit(order_id, **fields)
            else:
                continue
            touched.append((order_id, record["number"]))


def _cancel(order: Json) -> Json:
    if order["status"] in facts.STATUSES_TO_CANCEL:
        return {"status": "canceled"}
    is_pending = order["status"] == facts.STATUS_WITH_REISSUE
    return {"status": "issued", "requests": _rejected(order)} if is_pending else {}


def _rejected(order: Json) -> list[Json]:
    """Return the requests of an order without a pending reissue."""
    return [
        {**entry, "status": "rejected"} if (entry["type"], entry["status"]) == ("reissue", "pending") else entry
        for entry in order["requests"]
    ]


def _replace(order: Json) -> Json:
    """Replace the pending reissue by another one."""
    if order["status"] != facts.STATUS_WITH_REISSUE:
        return {}
    number = max(entry["id"] for entry in order["requests"]) + 1
    entry = {"id": number, "date": order["date_created"], "type": "reissue", "status": "pending", "comments": ""}
    return {"requests": [*_rejected(order), entry]}


def _unmark(order: Json) -> Json:
    status = {"status": "issued"} if order["status"] == "renewed" else {}
    return {**status, "is_renewed": False} if order["is_renewed"] or status else {}


IN_ISSUE = (*facts.STATUSES_BEFORE_ISSUANCE, facts.STATUS_WITH_REISSUE)
ACTS: dict[str, t.Callable[[Json], Json]] = {
    "issue": lambda order: {"status": "issued"} if order["status"] in IN_ISSUE else {},
    "cancel": _cancel,
    "mark": lambda order: {} if order["is_renewed"] else {"is_renewed": True},
    "unmark": _unmark,
    "reissue": lambda order: {"status": facts.STATUS_WITH_REISSUE} if order["status"] == "issued" else {},
    "replace": _replace,
    "renew": lambda order: {"is_renewed": True, "renewed_order_id": 7654321} if order["is_renewed"] is False else {},
}
