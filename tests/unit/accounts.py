"""Accounts for tests, runs of the modules against them, and the changes that were sent."""

from __future__ import annotations

import typing as t
from collections import Counter

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.app import BASE
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.support import run_module

Json = dict[str, t.Any]
# The address of the account in memory.
FAKE_URL = f"http://127.0.0.1:1{BASE}"


def connection(sim: State) -> dict[str, str]:
    """Return the options that connect a module to an account."""
    return {"api_url": sim.url if isinstance(sim, Simulator) else FAKE_URL, "api_key": sim.key}


def methods(sim: State) -> list[str]:
    return [request["method"] for request in sim.requests]


def kinds(sim: State) -> list[str]:
    return [request["kind"] for request in sim.requests]


def puts(sim: State) -> list[int | None]:
    """Return the IDs of the orders for which a change was sent."""
    return [request["order_id"] for request in sim.requests if request["method"] == "PUT"]


def headers(request: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in request["headers"].items()}


ID = 5000000123
CANCEL = {"order_id": ID, "status": "canceled", "note": "No longer needed"}
REISSUE = {**CANCEL, "cancel_scope": "reissue"}
MARK = {"order_id": ID, "status": "renewed"}
UNMARK = {"order_id": ID, "status": "not_renewed"}


def run_one(sim: State, options: t.Mapping[str, t.Any], **mode: bool) -> Json:
    """Return the result of digicert_order_status."""
    return run_module("digicert_order_status", {**connection(sim), **options}, **mode)


def check_failure(result: Json, reason: str, status: int | None, changed: bool = False) -> None:
    """Check a failure that is about a single order."""
    assert (result["reason"], result["http_status"], result["changed"]) == (reason, status, changed), result
    assert result["msg"].startswith(f"order {ID} ")
    assert "diff" not in result


def pending(sim: State) -> None:
    sim.seed([{"id": ID, "status": "pending"}])


def reissue_pending(sim: State) -> None:
    sim.seed([{"id": ID, "status": "reissue_pending"}])


def migrated(sim: State, **fields: t.Any) -> None:
    sim.seed([{"id": ID, "status": "issued", "migrated": True, "valid_in_days": 30, **fields}])


def marked(sim: State) -> None:
    migrated(sim, is_renewed=True)


Start = t.Callable[[State], None]
# Each kind of change, and an order that it is possible for.
CHANGES: list[tuple[Start, Json]] = [(pending, CANCEL), (reissue_pending, REISSUE), (migrated, MARK), (marked, UNMARK)]

FIRST = 5000000000
NOTE = {"status": "canceled", "note": "No longer needed"}
RESULT_KEYS = {
    *("order_id", "outcome", "changed", "operation", "status", "is_renewed"),
    *("verified", "reason", "msg", "http_status", "errors"),
}


def run_many(sim: State, options: t.Mapping[str, t.Any], **mode: bool) -> Json:
    """Return the result of digicert_order_statuses."""
    before = len(sim.requests)
    result = run_module("digicert_order_statuses", {**connection(sim), "rate_limit_share": 0, **options}, **mode)
    if "summary" in result:
        check_result(sim, result, before)
    return result


def check_result(sim: State, result: Json, before: int) -> None:
    """Check the properties of every result for many orders. Before the run, there were the given number of requests."""
    check_sums(result)
    sent = methods(sim)[before:]
    assert result["api_calls"] == {"reads": sent.count("GET"), "writes": sent.count("PUT")}
    for entry in result["orders"]:
        assert entry["changed"] is (entry["outcome"] == "changed" or entry["reason"] == "unknown_outcome")
        assert (entry["reason"] is not None) is (entry["outcome"] in ("refused", "failed"))
        assert str(entry["order_id"]) in entry["msg"]


def check_sums(result: Json) -> Counter[str]:
    """Check that a result for many orders adds up, and return the number of orders with each outcome."""
    assert all(entry.keys() == RESULT_KEYS for entry in result["orders"])
    counts = Counter(entry["outcome"] for entry in result["orders"])
    summary = {**dict.fromkeys(("changed", "unchanged", "refused", "failed", "not_attempted"), 0), **counts}
    assert result["summary"] == {"total": len(result["orders"]), **summary}
    assert result["changed"] is any(entry["changed"] for entry in result["orders"])
    return counts


def seed(sim: State, count: int, first: int = FIRST, **fields: t.Any) -> list[int]:
    """Add the given number of orders, pending by default, and return their IDs."""
    sim.account.generate([{"count": count, "first_id": first, "status": "pending", **fields}])
    return list(range(first, first + count))


def outcomes(result: Json) -> list[str]:
    return [entry["outcome"] for entry in result["orders"]]


def changed_by(sim: State) -> list[int]:
    """Return the IDs of the orders that were changed in the account."""
    return sorted(change.order_id for change in sim.changes)


def reported(result: Json) -> list[int]:
    """Return the IDs of the orders that were changed according to the module."""
    return sorted(entry["order_id"] for entry in result["orders"] if entry["changed"])


def check_fresh(api: State) -> None:
    """Check that no change was based on an order that was read more than 60 s before."""
    read: dict[int, float] = {}
    for request in api.requests:
        wanted = [value for name, value in request["query"] if name == "filters[id]"]
        if request["kind"] == "info" and request["status"] == 200:
            read[request["order_id"] or 0] = request["time"]
        elif request["kind"] == "list" and not wanted:
            read.update(dict.fromkeys(api.account.orders, float(request["time"])))
        elif request["method"] == "PUT" and request["order_id"] in read:
            assert request["time"] - read[request["order_id"]] <= 60, request


def run_info(sim: State, options: t.Mapping[str, t.Any], **mode: bool) -> Json:
    """Return the result of digicert_order_info, with a key that can only read."""
    before = len(sim.requests)
    options = {**connection(sim), "api_key": sim.view_only_key, **options}
    result = run_module("digicert_order_info", options, **mode)
    if "failed" not in result:
        assert result["total"] == len(result["orders"]) and result["changed"] is False
        assert result["api_calls"] == {"reads": len(sim.requests) - before, "writes": 0}
    return result


def ids(result: Json) -> list[int]:
    return [order["id"] for order in result["orders"]]


def run_marks(sim: State, *, check_mode: bool = False, **options: t.Any) -> Json:
    """Return the result of digicert_migrated_orders."""
    common = {**connection(sim), "rate_limit_share": 0}
    return run_module("digicert_migrated_orders", {**common, **options}, check_mode=check_mode)


def run_cancels(sim: State, *, check_mode: bool = False, **options: t.Any) -> Json:
    """Return the result of digicert_stale_orders, which cancels orders that have been pending for 30 days."""
    common = {**connection(sim), "rate_limit_share": 0, "older_than": 30, "note": "Nobody needs it"}
    return run_module("digicert_stale_orders", {**common, **options}, check_mode=check_mode)


def plan(run: t.Callable[..., Json], sim: State, **options: t.Any) -> Json:
    """Return the plan of a clean-up with a key that can only read, and its ``changes``. Check that it reads no order twice."""
    sim.clear_log()
    result = run(sim, api_key=sim.view_only_key, _controller={"stage": "plan"}, **options)
    assert result.get("changed", False) is False and {*methods(sim)} <= {"GET"}
    assert len({*details(sim)}) == len(details(sim))
    if "failed" not in result:
        assert result["api_calls"] == {"reads": len(sim.requests), "writes": 0}
    return {**result, "changes": result["controller"]["changes"]} if "orders" in result else result


def details(sim: State) -> list[int | None]:
    """Return the IDs of the orders whose details were read."""
    return [request["order_id"] for request in sim.requests if request["kind"] == "info"]


def decisions(result: Json) -> dict[int, tuple[str, str]]:
    """Return the decision of a clean-up on each order, and its reason."""
    assert "failed" not in result, result["msg"]
    return {row["order_id"]: (row["decision"], row["reason"]) for row in result["orders"]}
