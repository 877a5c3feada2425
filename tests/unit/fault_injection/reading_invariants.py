"""Invariants of the orders that digicert_order_info returns. They were written independently of the implementation."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta

from ...simulator.orders import is_issued, is_marked, valid_till
from ...simulator.views import shown_status
from .runs import Run, asks_for, is_hidden, is_lied_to
from .schedules import OTHER_ID, Json


def check_reading(run: Run) -> None:
    """Check that the result has the requested orders, and all of them if nothing failed or if it says ``complete``."""
    result, options = run.result, run.options
    assert result["changed"] is False and not run.changes
    asked = [options.get("order_ids"), *options.get("filters", {}).values()]
    if [] in asked or options.get("limit") == 0:
        assert not result.get("failed") and not run.exchanges, "an empty list means everything"
    if result.get("failed"):
        assert run.faults or may_fail(run), result["msg"]
        return
    connected = [exchange for exchange in run.exchanges if exchange.is_connected]
    assert result["api_calls"] == {"reads": len(connected), "writes": 0}
    found = [order["id"] for order in result["orders"]]
    assert result["total"] == len(found) == len(set(found))
    check_shape(run)
    if "order_ids" in options:
        check_by_ids(run, found)
    else:
        check_listing(run, found)


def check_shape(run: Run) -> None:
    """Check that the form of the orders depends on ``details`` and on the kind of selection, and never on their number."""
    by_ids = "order_ids" in run.options
    if run.options.get("details", by_ids):
        asked = {order_id for exchange in run.exchanges if "?" not in exchange.path for order_id in asks_for(exchange)}
        assert {order["id"] for order in run.result["orders"]} <= asked
    elif run.result["orders"] and not run.faults:
        assert not any("requests" in order for order in run.result["orders"])


def may_fail(run: Run) -> bool:
    """Return whether the API itself refuses the request, or has a total above 0 with an empty list."""
    refused = run.options.get("filters", {}).get("status") and run.quirks.unknown_status_filter == "refused"
    if run.result["reason"] == "rejected_by_api":
        return bool(refused)
    if "order_ids" in run.options:
        # The order list cannot tell about an order if the API ignores its filter.
        unfiltered = "the order list does not contain it" in run.result["msg"]
        miscounted = run.quirks.page_total_offset > 0 and "is empty, but its total is" in run.result["msg"]
        return run.options.get("details") is False and (unfiltered or miscounted)
    return run.result["reason"] == "unexpected_response" and run.quirks.page_total_offset > 0


def check_by_ids(run: Run, found: list[int]) -> None:
    """Check that each order is returned or missing, and that an order is only missing if it does not exist according to the API."""
    ids, missing = run.options["order_ids"], run.result["missing"]
    assert set(found) | set(missing) == set(ids)
    assert not set(found) & set(missing)
    denied = {order_id for e in run.exchanges if e.status == 404 for order_id in asks_for(e)}
    assert set(missing) <= denied, "missing, but the API did not say so"
    if not run.faults and not run.touched:
        there = {order_id for order_id, order in run.before.items() if run.is_readable(order)}
        assert found == [order_id for order_id in dict.fromkeys(ids) if order_id in there]


def check_listing(run: Run, found: list[int]) -> None:
    """Check that a result that says ``complete`` has every order that existed all the time."""
    result, quirks, limit = run.result, run.quirks, run.options.get("limit")
    touched = {order_id for order_id, unused in run.touched}
    right = {order_id for order_id, order in run.before.items() if run.is_readable(order) and selects(run, order)}
    if "is_renewed" in run.options.get("filters", {}) and "is_renewed" in quirks.ignored_filters:
        # This cannot be found out if the server does not filter and the row lacks the flag.
        touched |= {order["id"] for order in result["orders"] if "is_renewed" not in order}
    lies = is_lied_to(run)
    assert lies or set(found) <= right | touched, "an order that was not asked for"
    assert all(order_id in right | touched or order_id >= OTHER_ID for order_id in found) or "stale" in run.faults
    if result["complete"] and not lies and not is_hidden(run):
        assert right - touched <= set(found), "it says complete, but lacks an order that was there all the time"
    if limit is None and not result["complete"]:
        assert result["warnings"], "incomplete without a warning"
    assert limit is None or len(found) <= limit
    if run.faults or touched or quirks.repeat_row or quirks.shuffle_equal_keys:
        return
    assert len(found) == min(len(right) if limit is None else limit, len(right))
    assert limit is not None or result["complete"], "everything is there, but it does not say so"
    check_sorted(run)


def check_sorted(run: Run) -> None:
    """Check that the orders are sorted, and that a limit left out the last ones."""
    sort, orders = run.options.get("sort", ""), run.result["orders"]
    created, ids = [order["date_created"] for order in orders], [order["id"] for order in orders]
    is_reverse = sort.startswith("-")
    if sort.endswith("date_created"):
        assert created == sorted(created, reverse=is_reverse)
    elif sort.endswith("order_id"):
        right = [order_id for order_id, order in run.before.items() if run.is_readable(order) and selects(run, order)]
        assert ids == sorted(right, reverse=is_reverse)[: run.options.get("limit")]
    elif sort:
        assert orders == sorted(orders, key=lambda order: (order["status"], -order["id"]))


def selects(run: Run, order: Json) -> bool:
    """Return whether the options select an order, according to docs/api.md."""
    options = run.options
    filters = options.get("filters", {})

    def holds(name: str, value: t.Any) -> bool:
        wanted = filters.get(name)
        return wanted is None or value in (wanted if isinstance(wanted, list) else [wanted])

    status = shown_status(order, run.quirks)
    issued = status == "expired" and holds("status", "issued")
    till = valid_till(order) if is_issued(order) else None
    ends = "expires_within" not in options or (
        till is not None and (till - run.started.date()).days <= options["expires_within"]
    )
    created = datetime.fromisoformat(order["date_created"])
    is_old = "older_than" not in options or run.started - created >= timedelta(options["older_than"])
    flags = holds("is_renewed", is_marked(order))
    return holds("id", order["id"]) and (holds("status", status) or issued) and flags and ends and is_old
