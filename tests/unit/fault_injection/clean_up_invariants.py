"""Invariants of the clean-up modules. They were written independently of the implementation."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta
from fnmatch import fnmatch

from ...simulator.orders import is_marked, valid_till
from ...simulator.views import row_view, shown_status
from ..renewal_rules import Rules, given_names, is_candidate
from .runs import DECIDED, Run, is_hidden, is_lied_to
from .schedules import MIGRATED, Json

ISSUED = ("issued", "expired")
OUTCOMES = ("changed", "unchanged", "refused", "failed", "not_attempted")
NOTE = "Renewed in CertCentral by order "
ACCEPTED = ("recorded", "same_names")


def check_clean_up(run: Run) -> None:
    """Check that the decisions are correct, that only planned orders are changed, and that no order is missing."""
    result = run.result
    rows = {row["order_id"]: row for row in result.get("orders", ())}
    acted = {row["order_id"]: row for row in run.acted}
    is_plan = run.check_mode or ("_controller" in run.options and run.options["_controller"].get("stage") == "plan")
    assert not (is_plan and run.changes), "a plan changed something"
    assert {change.order_id for change in run.changes} <= acted.keys(), "what was not to be changed is changed"
    if not rows and result.get("failed"):
        assert not run.changes and (run.faults or may_fail(run)), result["msg"]
        return
    connected = [exchange.method for exchange in run.exchanges if exchange.is_connected]
    assert result["api_calls"] == {"reads": connected.count("GET"), "writes": connected.count("PUT")}
    assert [*rows][: len(acted)] == [*acted], "what is to be changed does not come first"
    check_outcomes(run, acted)
    untouched = {order_id: order for order_id, order in run.before.items() if not run.is_touched(order_id)}
    is_too_much = result.get("reason") == "too_many_changes"
    for row in () if is_too_much else acted.values():
        if row["order_id"] in untouched:
            check_change(run, untouched, row)
    if "approved" in run.options.get("_controller", {}):
        return
    if not is_lied_to(run) and not is_hidden(run):
        due = {order_id for order_id, order in untouched.items() if run.is_readable(order) and is_due(run, order)}
        assert due <= rows.keys(), "an order that is due is left out"
    is_told = run.module != MIGRATED or run.quirks.rows_have_is_renewed or run.quirks.order_info_has_is_renewed
    if is_told and not run.faults and not run.touched and not has_gaps(run) and not is_too_much:
        right = {order_id for order_id, order in run.before.items() if should_change(run, order)}
        # Details are read for orders that the rows propose, and for orders that may have a record.
        least = {order_id for order_id in right if is_found(run, run.before[order_id])}
        assert least <= acted.keys() <= right, "not what the rules say"


def check_outcomes(run: Run, acted: t.Mapping[int, Json]) -> None:
    """Check that the outcomes of the rows agree with the account and with the failure."""
    result = run.result
    outcomes = [row["outcome"] for row in acted.values()]
    most = run.options["max_changes"]
    if result.get("reason") == "too_many_changes":
        assert len(acted) > most and not run.changes
    elif most is not None and result.get("reason") != "differs_from_plan":
        assert sum(outcome != "refused" for outcome in outcomes) <= most or not run.changes
    if run.options.get("_controller", {}).get("stage"):
        return
    made = {change.order_id for change in run.changes}
    assert all(acted[order_id]["outcome"] in ("changed", "failed") for order_id in made)
    assert (result["changed"] is True) or not made
    assert None not in outcomes, "an order without an outcome"
    counts = {name: sum(row["outcome"] == name for row in result["orders"]) for name in OUTCOMES}
    assert {name: result["counts"][name] for name in OUTCOMES} == counts
    is_wrong = counts["refused"] or counts["failed"] or counts["not_attempted"]
    assert bool(result.get("failed")) is bool(is_wrong or result.get("reason")), result["msg"]


def may_fail(run: Run) -> bool:
    """Return whether the API hides what the clean-up has to find out."""
    quirks = run.quirks
    return {
        "incomplete_listing": bool(run.touched or quirks.repeat_row or quirks.shuffle_equal_keys),
        "unexpected_response": "origin" in quirks.ignored_filters or quirks.page_total_offset > 0,
    }.get(run.result["reason"], False)


def check_same(one: Run, other: Run) -> None:
    """Check that check mode makes the same decisions as the run, and announces the same changes."""
    if one.result.get("failed") or other.result.get("failed"):
        return
    assert one.result["changed"] == other.result["changed"]
    decided = [[{**row, "msg": None, "verified": None} for row in run.result["orders"]] for run in (one, other)]
    assert decided[0] == decided[1], "other decisions for the same account"
    for name in ("counts", "summary", "unused_exclusions"):
        assert one.result[name] == other.result[name], f"other {name} for the same account"


def check_carries_out(planned: Run, done: Run) -> None:
    """Check that only planned changes were made, each with its planned note."""
    notes = {change["order_id"]: change.get("note") for change in planned.result["controller"]["changes"]}
    for change in done.changes:
        assert change.note == (notes[change.order_id] or planned.options.get("note"))


def check_approved(plan: Run, done: Run, approved: t.Mapping[str, t.Any]) -> None:
    """Check that only orders of the approved plan are changed, and only in the way that was approved."""
    act = DECIDED[done.module]
    held = {int(key): entry for key, entry in approved.items() if entry[0] == act}
    changed = {change.order_id for change in done.changes}
    planned = {row["order_id"] for row in plan.acted}
    assert changed <= held.keys(), "an order outside the plan is changed"
    assert changed <= planned, "an order that only a reviewer added is changed"
    for change in done.changes:
        is_approved = act != "mark" or change.note == f"{NOTE}{held[change.order_id][1]}"
        assert is_approved, "another renewal than the approved one"
    rows = {row["order_id"]: row for row in done.result.get("orders", ())}
    for order_id, row in rows.items():
        assert row["decision"] != act or order_id in held or done.result["reason"] == "too_many_changes"
    if rows and done.result.get("reason") != "too_many_changes":
        assert held.keys() <= rows.keys(), "an approved order is not accounted for"
    differing = {key for key, row in rows.items() if row["outcome"] == "refused" and "differs from" in row["msg"]}
    assert differing <= held.keys()
    if differing and not done.options["keep_going"]:
        assert not done.changes and done.result["reason"] == "differs_from_plan"
    if not done.faults and not done.touched and not has_gaps(done):
        # If the account did not change, only orders that a reviewer added or altered can differ.
        same = {row["order_id"] for row in plan.acted if held.get(row["order_id"], (0, 0))[1] in (0, renewal_of(row))}
        assert not differing & same


def renewal_of(row: Json) -> int:
    return int(row["candidates"][0]["order_id"]) if row["candidates"] else 0


def check_found_again(again: Run) -> None:
    """Check that no change is made again."""
    for row in () if again.result.get("failed") else again.acted:
        order = again.before[row["order_id"]]
        assert not is_marked(order) if again.module == MIGRATED else order["status"] == "pending"


def has_gaps(run: Run) -> bool:
    return any(order.get("omit") or order.get("omit_in_rows") for order in run.before.values())


def is_due(run: Run, order: Json) -> bool:
    """Return whether an order has to be in the report."""
    if run.module == MIGRATED:
        end = valid_till(order)
        is_asked = end is not None and end <= run.started.date() + timedelta(run.options["window"])
        return bool(order["migrated"] and not is_marked(order) and order["status"] in ISSUED and is_asked)
    age = run.started - datetime.fromisoformat(order["date_created"])
    return shown_status(order, run.quirks) == "pending" and age >= timedelta(run.options["older_than"])


def check_change(run: Run, orders: t.Mapping[int, Json], row: Json) -> None:
    """Check that an order to change is due and not excluded, and that an order to mark has a renewal."""
    order = orders[row["order_id"]]
    assert is_due(run, order) and not is_excluded(run, order)
    assert row["common_name"] == order["certificate"]["common_name"]
    if run.module != MIGRATED:
        return
    assert row["confirmed"] and row["reason"] in run.options.get("accept", ACCEPTED)
    number = row["candidates"][0]["order_id"]
    assert number not in run.options.get("exclude_orders", ())
    assert number in orders or run.is_touched(number), "marked because of an order that does not exist"
    is_renewal = number not in orders or (is_candidate(order, orders[number]) and not orders[number]["migrated"])
    assert is_renewal, "marked without a later order that takes over every name"


def is_excluded(run: Run, order: Json) -> bool:
    options = run.options
    is_out = "products" in options and order["product"]["name_id"] not in options["products"]
    patterns = [pattern.lower() for pattern in options.get("exclude_names", ())]
    is_named = any(fnmatch(name.lower(), pattern) for name in given_names(order) for pattern in patterns)
    return order["id"] in options.get("exclude_orders", ()) or is_out or is_named


def should_change(run: Run, order: Json) -> bool:
    """Return whether an order has to be changed according to the rules."""
    if not run.is_readable(order) or not is_due(run, order) or is_excluded(run, order):
        return False
    return run.module != MIGRATED or decide(run, order)[0] == "mark"


def is_found(run: Run, order: Json) -> bool:
    """Return whether the clean-up has to find an order that should change, because rows propose it or a record decides."""
    return (
        run.module != MIGRATED or decide(run, order)[1] == "recorded" or decide(run, order, by_rows=True)[0] == "mark"
    )


def decide(run: Run, order: Json, *, by_rows: bool = False) -> tuple[str, str]:
    """Return the decision on a migrated order, and the reason.

    :param by_rows: whether only the rows of the order list are known
    """
    excluded = run.options.get("exclude_orders", ())
    shown = {number: row_view(each, run.quirks) if by_rows else each for number, each in run.before.items()}
    migrated = [shown[number] for number, each in run.before.items() if each["migrated"]]
    others = {number for number, each in run.before.items() if not each["migrated"] and run.is_readable(each)}
    rules = Rules(
        migrated,
        [order for number, order in shown.items() if number in others - {*excluded}],
        run.options.get("accept", ACCEPTED),
        run.started.date(),
    )
    return rules.decide(shown[order["id"]], final=not by_rows)
