# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many orders in one task, in this process, against the simulator."""

from __future__ import annotations

import re
import threading
import typing as t
from collections import Counter

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils import _bulk, _converge, _pace
from ansible_collections.certops.certcentral.plugins.module_utils._bulk import Bulk, Options
from ansible_collections.certops.certcentral.plugins.module_utils._client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._converge import send as original
from ansible_collections.certops.certcentral.plugins.module_utils._rules import Wish
from ansible_collections.certops.certcentral.plugins.modules import digicert_order_statuses
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.table import OPERATIONS, expected, rows
from ansible_collections.certops.certcentral.tests.unit.support import Clock, run_main

FIRST = 5000000000
NOTE = {"status": "canceled", "note": "Not needed any more"}
RESULT_KEYS = {
    *("order_id", "outcome", "changed", "operation", "status", "is_renewed"),
    *("verified", "reason", "msg", "http_status", "errors"),
}


def run(sim: Simulator, options: t.Mapping[str, t.Any], **mode: bool) -> dict[str, t.Any]:
    before = len(sim.requests)
    result = run_main(
        digicert_order_statuses.main, {"api_url": sim.url, "api_key": sim.key, "rate_limit_share": 0, **options}, **mode
    )
    if "summary" in result:
        check_account(sim, result, before)
    return result


def check_account(sim: Simulator, result: dict[str, t.Any], before: int) -> None:
    """What holds of every result."""
    assert all(entry.keys() == RESULT_KEYS for entry in result["results"])
    counts = Counter(entry["outcome"] for entry in result["results"])
    assert result["summary"] == {
        "total": len(result["results"]),
        **{name: counts[name] for name in ("changed", "unchanged", "refused", "failed", "not_attempted")},
    }
    assert result["changed"] is any(entry["changed"] for entry in result["results"])
    sent = Counter(request["method"] for request in sim.requests[before:])
    assert result["api_calls"] == {"reads": sent["GET"], "writes": sent["PUT"]}
    for entry in result["results"]:
        assert entry["changed"] is (entry["outcome"] == "changed" or entry["reason"] == "unknown_outcome")
        assert (entry["reason"] is not None) is (entry["outcome"] in ("refused", "failed"))
        assert str(entry["order_id"]) in entry["msg"]


def seed(sim: Simulator, count: int, first: int = FIRST, **fields: t.Any) -> list[int]:
    sim.account.generate([{"count": count, "first_id": first, "status": "pending", **fields}])
    return list(range(first, first + count))


def outcomes(result: dict[str, t.Any]) -> list[str]:
    return [entry["outcome"] for entry in result["results"]]


def gets(sim: Simulator) -> int:
    return sum(request["method"] == "GET" for request in sim.requests)


def puts(sim: Simulator) -> list[int | None]:
    return [request["order_id"] for request in sim.requests if request["method"] == "PUT"]


SEVERAL = [{"multi_value_id": how, "multi_value_filters": how} for how in ("works", "ignored", "refused")]


ODD_LISTINGS: list[dict[str, t.Any]] = [
    {"orders_key_null": True, "page_limit_zero": True},
    {"page_total_offset": 5000},
    {"page_total_offset": -5000, "multi_value_id": "ignored"},
    {"repeat_row": True, "max_limit": 30},
    {"repeat_row": True, "multi_value_id": "refused"},
]


@pytest.mark.parametrize(
    "quirks", [*SEVERAL, *ODD_LISTINGS, {"order_info_has_is_renewed": False}, {"renewed_as_status": True}]
)
def test_table(sim: Simulator, quirks: dict[str, t.Any]) -> None:
    """All rows in one task, and beside them a large account."""
    cases = [case for case in rows() if not (case.wish == "canceled" and case.is_renewed)]
    sim.reset(
        orders=[case.seed(FIRST + number) for number, case in enumerate(cases)],
        generate=[{"count": 1500, "first_id": 1, "status": "issued"}],
        quirks=quirks,
    )
    orders = [{"order_id": FIRST + number, **case.options()} for number, case in enumerate(cases)]
    for order in orders:
        order.pop("check_rules")
    promised = run(sim, {"orders": orders, "keep_going": True}, check_mode=True)
    assert {request["method"] for request in sim.requests} == {"GET"}
    done = run(sim, {"orders": orders, "keep_going": True})
    for case, entry in zip(cases, promised["results"]):
        outcome = expected(case)
        if outcome in OPERATIONS:
            assert (entry["operation"], entry["reason"]) == (outcome, None), case
        else:
            assert (entry["outcome"], entry["reason"]) == ("refused", outcome), case
    for ours, theirs in zip(promised["results"], done["results"]):
        same = RESULT_KEYS - {"msg", "verified"}
        assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}
        assert theirs["verified"] is (True if theirs["outcome"] == "changed" else None)
    assert promised["summary"] == done["summary"] and promised["diff"] == done["diff"]
    changed = [entry["order_id"] for entry in done["results"] if entry["changed"]]
    assert {*puts(sim)} == {*changed} and len(puts(sim)) == len(changed) == len(sim.changes)
    sim.clear_log()
    again = run(sim, {"orders": orders, "keep_going": True})
    assert again["summary"]["changed"] == 0 and puts(sim) == []


def test_empty_list_selects_nothing(sim: Simulator) -> None:
    seed(sim, 3)
    for name in ("order_ids", "orders"):
        result = run(sim, {name: [], **NOTE})
        assert (result["changed"], result["results"], result["summary"]["total"]) == (False, [], 0)
        assert "failed" not in result
    assert sim.requests == []


def test_a_listing_that_ignores_its_filters(sim: Simulator) -> None:
    sim.quirks.ignored_filters = ("id", "status", "origin")
    seed(sim, 1500, first=1, status="issued", migrated=True)
    ids = seed(sim, 10)
    result = run(sim, {"order_ids": ids, **NOTE})
    assert result["summary"]["changed"] == 10 and sorted(puts(sim), key=str) == ids
    ids = seed(sim, 10, first=FIRST + 100, status="issued", migrated=True, valid_in_days=30)
    sim.clear_log()
    result = run(sim, {"order_ids": ids, "status": "renewed", "keep_going": True})
    assert {entry["reason"] for entry in result["results"]} == {"unexpected_response"} and puts(sim) == []


# What it costs


def test_reading_many_costs_few_requests(sim: Simulator) -> None:
    seed(sim, 2100, first=1, status="issued")
    ids = seed(sim, 200)
    result = run(sim, {"order_ids": ids, **NOTE})
    assert result["summary"]["changed"] == 200 and result["api_calls"]["writes"] == 200
    assert result["api_calls"]["reads"] <= 3
    again = run(sim, {"order_ids": ids, **NOTE})
    assert again["summary"]["unchanged"] == 200
    assert again["api_calls"] == {"reads": 1, "writes": 0}


@pytest.mark.parametrize(("quirks", "most"), [(SEVERAL[0], 8), (SEVERAL[1], 12), (SEVERAL[2], 12)])
def test_reading_many_where_a_filter_of_several_ids_fails(sim: Simulator, quirks: dict[str, t.Any], most: int) -> None:
    sim.reset(quirks=quirks)
    seed(sim, 2100, first=1, status="issued")
    ids = seed(sim, 200)
    result = run(sim, {"order_ids": ids, **NOTE, "verify": False})
    assert result["summary"]["changed"] == 200
    assert result["api_calls"]["reads"] <= most


@pytest.mark.parametrize("quirks", SEVERAL[1:])
def test_a_filter_of_several_ids_that_fails_is_not_tried_again(sim: Simulator, quirks: dict[str, t.Any]) -> None:
    sim.reset(quirks=quirks)
    seed(sim, 100, first=1, status="issued")
    ids = seed(sim, 500, status="canceled")
    assert run(sim, {"order_ids": ids, **NOTE})["summary"]["unchanged"] == 500
    tries = [request for request in sim.requests if ("filters[id][0]", str(ids[0])) in request["query"]]
    others = [request for request in sim.requests if "filters[id][1]" in dict(request["query"])]
    assert len(tries) == len(others) == 1


def test_one_order_of_a_large_account(sim: Simulator) -> None:
    seed(sim, 2100, first=1, status="issued")
    ids = seed(sim, 1)
    result = run(sim, {"order_ids": ids, **NOTE})
    assert result["api_calls"] == {"reads": 2, "writes": 1}


def test_marks_of_many_cost_few_requests(sim: Simulator) -> None:
    ids = seed(sim, 150, status="issued", migrated=True, valid_in_days=30)
    seed(sim, 1000, first=1, status="issued", migrated=True)
    result = run(sim, {"order_ids": ids, "status": "renewed"})
    assert result["summary"]["changed"] == 150
    assert result["api_calls"] == {"reads": 3, "writes": 150}


def test_taking_marks_back_reads_each_marked_order(sim: Simulator) -> None:
    ids = seed(sim, 20, status="issued", is_renewed=True)
    sim.seed([{"id": ids[3], "status": "issued", "is_renewed": True, "renewed_order_id": 77}])
    others = seed(sim, 20, first=FIRST + 100, status="issued")
    result = run(sim, {"order_ids": ids + others, "status": "not_renewed", "keep_going": True})
    assert result["summary"]["changed"] == 19 and result["results"][3]["reason"] == "renewed_by_order"
    assert result["api_calls"] == {"reads": 1 + 20 + 1, "writes": 19}


def test_missing_orders_are_looked_for_one_by_one(sim: Simulator) -> None:
    ids = seed(sim, 20)
    result = run(sim, {"order_ids": [*ids, 1, 2], **NOTE, "keep_going": True})
    assert outcomes(result) == ["changed"] * 20 + ["failed"] * 2
    assert {entry["reason"] for entry in result["results"][20:]} == {"not_found"}
    assert result["reason"] == "not_found" and result["order_id"] is None


# Judging before anything is sent


@pytest.mark.parametrize(("most", "changes"), [(0, 0), (4, 0), (5, 5), (6, 5)])
def test_max_changes(sim: Simulator, most: int, changes: int) -> None:
    ids = seed(sim, 5) + seed(sim, 3, first=FIRST + 100, status="canceled")
    result = run(sim, {"order_ids": ids, **NOTE, "max_changes": most})
    assert len(sim.changes) == changes
    if changes:
        assert result["summary"]["changed"] == 5
    else:
        assert (result["reason"], result["changed"], result["order_id"]) == ("too_many_changes", False, None)
        assert outcomes(result) == ["not_attempted"] * 5 + ["unchanged"] * 3
        assert f"max_changes allows {most}" in result["msg"]
        promised = run(sim, {"order_ids": ids, **NOTE, "max_changes": most}, check_mode=True)
        assert (promised["reason"], promised["changed"]) == ("too_many_changes", False)


@pytest.mark.parametrize("check_mode", [True, False])
def test_one_refusal_stops_all(sim: Simulator, check_mode: bool) -> None:
    ids = seed(sim, 5)
    sim.seed([{"id": ids[2], "status": "issued"}, {"id": ids[4], "status": "canceled"}])
    result = run(sim, {"order_ids": ids, **NOTE}, check_mode=check_mode)
    assert outcomes(result) == ["not_attempted", "not_attempted", "refused", "not_attempted", "unchanged"]
    assert (result["reason"], result["order_id"], result["changed"]) == ("wrong_state", ids[2], False)
    assert puts(sim) == [] and "diff" not in result
    assert f"order {ids[2]} is issued" in result["msg"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_keep_going_in_spite_of_a_refusal(sim: Simulator, check_mode: bool) -> None:
    ids = seed(sim, 5)
    sim.seed([{"id": ids[2], "status": "issued"}])
    result = run(sim, {"order_ids": ids, **NOTE, "keep_going": True}, check_mode=check_mode)
    assert outcomes(result) == ["changed", "changed", "refused", "changed", "changed"]
    assert result["failed"] is True and result["changed"] is True and result["reason"] == "wrong_state"
    assert len(sim.changes) == (0 if check_mode else 4)


# Failing halfway


def truth(sim: Simulator) -> list[int]:
    return sorted(change.order_id for change in sim.changes)


def told(result: dict[str, t.Any]) -> list[int]:
    return sorted(entry["order_id"] for entry in result["results"] if entry["changed"])


@pytest.mark.parametrize("concurrency", [1, 4, 16])
@pytest.mark.parametrize("keep_going", [True, False])
@pytest.mark.parametrize(("params", "reason"), [({"status": 400}, "refused"), ({"status": 403}, "unauthorized")])
def test_a_failure_on_the_way(
    sim: Simulator, params: dict[str, int], reason: str, keep_going: bool, concurrency: int
) -> None:
    ids = seed(sim, 100)
    sim.fault("status", on="status", order_id=ids[20], **params)
    result = run(sim, {"order_ids": ids, **NOTE, "keep_going": keep_going, "concurrency": concurrency})
    assert (result["failed"], result["changed"], result["reason"]) == (True, True, reason)
    assert (result["order_id"], result["http_status"]) == (ids[20], params["status"])
    assert told(result) == truth(sim)
    assert result["results"][20]["outcome"] == "failed"
    stops = not keep_going or reason == "unauthorized"
    assert (result["summary"]["not_attempted"] > 0) is stops
    assert result["summary"]["not_attempted"] == (100 - len(puts(sim)))
    if concurrency == 1 and stops:
        assert outcomes(result) == ["changed"] * 20 + ["failed"] + ["not_attempted"] * 79


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_a_lost_reply_in_the_middle(sim: Simulator, clock: Clock, kind: str) -> None:
    ids = seed(sim, 10)
    sim.fault(kind, on="status", order_id=ids[5])
    result = run(sim, {"order_ids": ids, **NOTE})
    assert result["summary"]["changed"] == 10 and told(result) == truth(sim)
    assert len(sim.changes) == 10
    assert all(entry["verified"] for entry in result["results"])


def test_a_lost_reply_that_cannot_be_settled(sim: Simulator, clock: Clock) -> None:
    ids = seed(sim, 10)
    sim.fault("reset_after", on="status", order_id=ids[5])
    sim.fault("status", on="info", order_id=ids[5], status=500, times=None)
    result = run(sim, {"order_ids": ids, **NOTE, "keep_going": True, "retry_timeout": 3})
    assert (result["reason"], result["changed"]) == ("unknown_outcome", True)
    entry = result["results"][5]
    assert (entry["outcome"], entry["reason"], entry["changed"]) == ("failed", "unknown_outcome", True)
    assert (entry["status"], entry["is_renewed"]) == (None, None)
    assert result["summary"]["changed"] == 9


def test_rate_limited_stops_even_if_it_keeps_going(sim: Simulator, clock: Clock) -> None:
    ids = seed(sim, 10)
    sim.fault("status", on="status", status=429, after=4, times=None)
    result = run(sim, {"order_ids": ids, **NOTE, "keep_going": True, "retry_timeout": 5, "concurrency": 1})
    assert result["reason"] == "rate_limited"
    assert outcomes(result) == ["changed"] * 4 + ["failed"] + ["not_attempted"] * 5
    assert told(result) == truth(sim)
    assert [entry["verified"] for entry in result["results"]] == [False] * 4 + [None] * 6


@pytest.mark.parametrize("keep_going", [True, False])
@pytest.mark.parametrize(
    ("params", "reason"),
    [({"status": 403}, "unauthorized"), ({"status": 500}, "unavailable"), ({"status": 302}, "unexpected_response")],
)
def test_a_listing_that_fails(
    sim: Simulator, clock: Clock, params: dict[str, int], reason: str, keep_going: bool
) -> None:
    ids = seed(sim, 10)
    sim.fault("status", on="list", times=None, **params)
    result = run(sim, {"order_ids": ids, **NOTE, "keep_going": keep_going, "retry_timeout": 3})
    if keep_going and reason != "unauthorized":
        # There still is order info.
        assert result["summary"]["changed"] == 10 and "failed" not in result
    else:
        assert (result["reason"], result["changed"], result["order_id"]) == (reason, False, None)
        assert outcomes(result) == ["not_attempted"] * 10 and puts(sim) == []


def test_a_worker_that_dies(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = seed(sim, 10)

    def send(client: t.Any, wish: t.Any, *args: t.Any, **kwargs: t.Any) -> t.Any:
        if wish.order_id == ids[4]:
            raise ZeroDivisionError
        return original(client, wish, *args, **kwargs)

    monkeypatch.setattr(_bulk, "send", send)
    result = run(sim, {"order_ids": ids, **NOTE, "keep_going": True})
    assert result["results"][4]["reason"] == "unknown_outcome"
    assert result["summary"]["changed"] == 9 and "ZeroDivisionError" in result["msg"]


# Readings that get old


def test_old_readings_are_refreshed_together(sim: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = seed(sim, 30)
    monkeypatch.setattr(_converge, "VERIFY_AT", ())

    def later(record: t.Any) -> None:
        # Somebody else issues one of them while the first change takes very long.
        clock.slept.append(61)
        sim.account.orders[ids[20]].update(status="issued")

    sim.fault("call", on="status", order_id=ids[0], afterwards=later)
    result = run(sim, {"order_ids": ids, **NOTE, "concurrency": 1, "keep_going": True, "verify": False})
    assert result["summary"]["changed"] == 29 and result["results"][20]["reason"] == "wrong_state"
    assert result["api_calls"] == {"reads": 2, "writes": 29}


# Verifying


def test_changes_that_do_not_show_yet(sim: Simulator, clock: Clock) -> None:
    ids = seed(sim, 10)
    sim.quirks.list_lag = 2
    result = run(sim, {"order_ids": ids, **NOTE})
    assert all(entry["verified"] for entry in result["results"]) and not result["warnings"]
    assert result["api_calls"]["reads"] == 1 + 3
    others = seed(sim, 10, first=FIRST + 100)
    sim.quirks.list_lag = 9
    result = run(sim, {"order_ids": others, **NOTE})
    assert {entry["verified"] for entry in result["results"]} == {False} and "failed" not in result
    assert result["api_calls"]["reads"] == 1 + 4
    assert str(others[0]) in result["warnings"][0] and "and 5 more" in result["warnings"][0]


@pytest.mark.parametrize("changes", [1, 2, 212])
def test_changes_among_others_are_verified(sim: Simulator, changes: int) -> None:
    ids = seed(sim, changes) + seed(sim, 3, first=FIRST + 1000, status="canceled")
    result = run(sim, {"order_ids": ids, **NOTE})
    assert [entry["verified"] for entry in result["results"]] == [True] * changes + [None] * 3
    assert not result["warnings"] and result["api_calls"]["reads"] <= 4


def test_changes_that_cannot_be_read_any_more(sim: Simulator, clock: Clock) -> None:
    ids = seed(sim, 10)
    sim.quirks.canceled_order_readable = False
    result = run(sim, {"order_ids": ids, **NOTE})
    assert result["summary"]["changed"] == 10 and "failed" not in result
    assert {entry["verified"] for entry in result["results"]} == {False} and result["warnings"]
    assert result["api_calls"]["reads"] <= 3


def test_a_verification_that_fails_is_a_warning(sim: Simulator, clock: Clock) -> None:
    ids = seed(sim, 10)
    sim.fault("status", on="list", status=403, after=1, times=None)
    result = run(sim, {"order_ids": ids, **NOTE, "retry_timeout": 3})
    assert result["summary"]["changed"] == 10 and "failed" not in result
    assert any("the API accepted the change" in warning for warning in result["warnings"])


def test_one_order_that_cannot_be_read_spoils_no_other_verification(sim: Simulator, clock: Clock) -> None:
    ids = seed(sim, 10)
    sim.quirks.multi_value_id = "refused"
    sim.fault("status", on="list", status=400, after=1, times=None)
    sim.fault("status", on="info", order_id=ids[3], status=404, after=1, times=None)
    result = run(sim, {"order_ids": ids, **NOTE})
    assert [entry["verified"] for entry in result["results"]] == [number != 3 for number in range(10)]


def test_a_bug_after_the_changes_loses_no_result(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = seed(sim, 10)
    monkeypatch.setattr(_bulk, "_changed", lambda wishes: 1 / 0)
    result = run(sim, {"order_ids": ids, **NOTE})
    assert result["summary"]["changed"] == 10 and "failed" not in result
    assert {entry["verified"] for entry in result["results"]} == {False}
    assert "ZeroDivisionError" in result["warnings"][0]


# Servers that honour several values in part


@pytest.fixture
def partial(sim: Simulator) -> t.Iterator[t.Callable[[int], None]]:
    """Makes the server look at so many of several ids alone."""
    original = sim.account.list_orders

    def honour(number: int) -> None:
        def listing(query: t.Any, *args: t.Any) -> t.Any:
            names = {f"filters[id][{place}]" for place in range(number, 1000)}
            return original([(name, value) for name, value in query if name not in names], *args)

        sim.account.list_orders = listing  # type: ignore[method-assign,assignment]

    yield honour
    sim.account.__dict__.pop("list_orders", None)


@pytest.mark.parametrize(("honoured", "count"), [(1, 6), (100, 150), (100, 275), (2, 3)])
@pytest.mark.parametrize("wish", [{"status": "renewed"}, NOTE])
def test_no_order_is_misjudged(
    sim: Simulator,
    clock: Clock,
    partial: t.Callable[[int], None],
    honoured: int,
    count: int,
    wish: dict[str, t.Any],
) -> None:
    status = "pending" if wish is NOTE else "issued"
    ids = seed(sim, count, status=status, migrated=True, valid_in_days=30)
    partial(honoured)
    result = run(sim, {"order_ids": ids, **wish})
    assert result["summary"]["changed"] == count
    assert {entry["verified"] for entry in result["results"]} == {True}


def test_pages_that_are_cut_misjudge_no_order(sim: Simulator) -> None:
    ids = seed(sim, 240, status="issued", migrated=True, valid_in_days=30)
    sim.quirks.max_limit = 50
    result = run(sim, {"order_ids": ids, "status": "renewed"})
    assert result["summary"]["changed"] == 240
    assert {entry["verified"] for entry in result["results"]} == {True}


# A pace that is slow


def test_readings_that_age_while_they_are_made(clock: Clock) -> None:
    with Simulator(clock=clock.now) as sim:
        ids = seed(sim, 60, status="issued", is_renewed=True)
        result = run(sim, {"order_ids": ids, "status": "not_renewed", "rate_limit_share": 0.05, "concurrency": 1})
        assert result["summary"]["changed"] == 60
        assert result["api_calls"]["reads"] <= 6 * 60


def test_a_fact_that_is_added_makes_no_reading_younger(clock: Clock) -> None:
    with Simulator(clock=clock.now) as sim:
        ids = seed(sim, 40, status="issued", migrated=True, valid_in_days=30)
        sim.quirks.multi_value_id = "refused"
        # So slow are replies that asking for the origins takes almost as long as a reading holds.
        sim.fault("call", times=None, before=lambda record: clock.sleep(1.4))
        result = run(sim, {"order_ids": ids, "status": "renewed", "concurrency": 1})
        assert result["summary"]["changed"] == 40
        read_at, late = 0.0, 0
        for request in sim.requests:
            if request["method"] == "PUT":
                late += request["time"] - read_at > _converge.STALE_AFTER + 1
            elif "filters[id]" not in dict(request["query"]):
                read_at = request["time"]
        assert read_at and late == 0


def test_nothing_is_sent_after_a_failure_was_answered(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pace, "WINDOWS", ((3, 1.0),))
    ids = seed(sim, 30)
    sim.fault("status", on="status", order_id=ids[0], status=403)
    result = run(sim, {"order_ids": ids, **NOTE, "rate_limit_share": 1, "concurrency": 8})
    assert result["reason"] == "unauthorized"
    # The window has room for the reading and two changes; the reply is long there when it rolls on.
    assert len(puts(sim)) <= 2


@pytest.mark.parametrize("share", [0, 0.02])
def test_the_pace_takes_nothing_off_the_patience(sim: Simulator, clock: Clock, share: float) -> None:
    ids = seed(sim, 1)
    sim.fault("status", on="status", status=429, times=None)
    result = run(sim, {"order_ids": ids, **NOTE, "rate_limit_share": share, "retry_timeout": 10})
    assert result["reason"] == "rate_limited"
    waited = re.search(r"waited ([0-9.]+) s", result["warnings"][0])
    # What the requests took is no waiting.
    assert waited and 9 < float(waited[1]) <= 10, result["warnings"]


def test_a_row_that_lags_behind(sim: Simulator) -> None:
    ids = seed(sim, 10)
    sim.quirks.list_lag = 1
    assert run(sim, {"order_ids": ids, **NOTE, "verify": False})["summary"]["changed"] == 10
    again = run(sim, {"order_ids": ids, **NOTE, "verify": False})
    assert again["summary"]["unchanged"] == 10 and "failed" not in again
    assert len(sim.changes) == 10


def test_what_stopped_it_is_the_reason(sim: Simulator) -> None:
    ids = seed(sim, 10)
    sim.seed([{"id": ids[0], "status": "issued"}])
    sim.fault("status", on="status", order_id=ids[4], status=403)
    result = run(sim, {"order_ids": ids, **NOTE, "keep_going": True, "concurrency": 1})
    assert (result["reason"], result["http_status"], result["order_id"]) == ("unauthorized", 403, None)
    assert f"order {ids[0]} is issued" in result["msg"]


# The pace


@pytest.mark.parametrize("tasks", [1, 2])
def test_the_pace_meets_no_limit(clock: Clock, tasks: int) -> None:
    with Simulator(clock=clock.now, rate_limits=[(100, 5), (1000, 180)]) as sim:
        ids = seed(sim, 900 // tasks)
        result = run(sim, {"order_ids": ids, **NOTE, "concurrency": 8, "rate_limit_share": 1 / tasks})
        assert result["summary"]["changed"] == len(ids)
        assert [request for request in sim.requests if request["status"] == 429] == []
        assert not result["warnings"]
        # A burst of 100 is followed by nothing for 5 s, in each share of the window.
        times = [request["time"] for request in sim.requests]
        room = 100 // tasks
        # Those under way may arrive after another worker's sleep, which takes no time here.
        assert times[room - 1 - 8] - times[0] < 4
        assert all(later - earlier >= 5 for earlier, later in zip(times, times[room:]))


def test_two_tasks_share_a_key(clock: Clock) -> None:
    with Simulator(clock=clock.now, rate_limits=[(100, 5), (1000, 180)]) as sim:
        tasks = []
        for number in range(2):
            ids = seed(sim, 200, first=FIRST + number * 1000)
            client = Client(sim.url, sim.key, rate_limit_share=0.5)
            wishes = [Wish(order_id, "canceled", "A note") for order_id in ids]
            tasks.append(Bulk(client, wishes, Options(concurrency=8), lambda line: None))
        threads = [threading.Thread(target=task.run) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [task.result(diff=False)["summary"]["changed"] for task in tasks] == [200, 200]
        assert [request for request in sim.requests if request["status"] == 429] == []


def test_a_long_run_says_how_far_it_is(sim: Simulator, clock: Clock) -> None:
    ids = seed(sim, 30)
    lines: list[str] = []
    sim.fault("call", on="status", order_id=ids[9], afterwards=lambda record: clock.slept.append(10))
    wishes = [Wish(order_id, "canceled", "A note") for order_id in ids]
    Bulk(Client(sim.url, sim.key), wishes, Options(concurrency=1), lines.append).run()
    assert lines == ["10 of 30 changes are done"]


def test_all_workers_pause_when_the_api_asks_for_it(sim: Simulator, clock: Clock) -> None:
    ids = seed(sim, 40)
    sim.fault("status", on="status", status=429, retry_after=50, after=10)
    result = run(sim, {"order_ids": ids, **NOTE, "concurrency": 4})
    assert result["summary"]["changed"] == 40
    assert [request["status"] for request in sim.requests].count(429) == 1
    assert "waited 50.0 s" in result["warnings"][0]


# Options


def test_values_of_an_order_and_of_all(sim: Simulator) -> None:
    sim.seed(
        [
            {"id": 1, "status": "pending"},
            {"id": 2, "status": "reissue_pending"},
            {"id": 3, "status": "issued", "is_renewed": True},
            {"id": 4, "status": "pending"},
        ]
    )
    orders = [
        {"order_id": 1},
        {"order_id": 2, "cancel_scope": "reissue", "note": "Only this"},
        {"order_id": 3, "status": "not_renewed", "note": None},
        {"order_id": 4, "status": None, "note": None, "cancel_scope": "", "common_name": None},
    ]
    result = run(sim, {"orders": orders, **NOTE})
    assert [entry["operation"] for entry in result["results"]] == [
        "cancel_order",
        "cancel_reissue",
        "mark_not_renewed",
        "cancel_order",
    ]
    notes = {change.order_id: change.note for change in sim.changes}
    assert notes == {1: NOTE["note"], 2: "Only this", 3: NOTE["note"], 4: NOTE["note"]}


def test_the_guard_of_an_order(sim: Simulator) -> None:
    ids = seed(sim, 3, certificate={"common_name": "www.example.com"})
    orders = [
        {"order_id": ids[0], "common_name": "WWW.example.com"},
        {"order_id": ids[1], "common_name": "example.com"},
    ]
    result = run(sim, {"orders": orders, **NOTE, "keep_going": True})
    assert [entry["reason"] for entry in result["results"]] == [None, "common_name_mismatch"]


def test_alike_orders_count_once(sim: Simulator) -> None:
    ids = seed(sim, 3)
    result = run(sim, {"order_ids": [ids[2], ids[0], ids[2], ids[1]], **NOTE})
    assert [entry["order_id"] for entry in result["results"]] == [ids[2], ids[0], ids[1]]
    assert result["summary"]["total"] == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"orders": [{"order_id": 5}, {"order_id": 5, "note": "Another"}]}, "order 5 is given twice"),
        ({"orders": [{"order_id": 5, "note": " "}]}, "order 5 has no note"),
        ({"orders": [{"order_id": 5}], "status": None}, "order 5 has no status"),
        ({"orders": [{"order_id": 0}]}, "above 0"),
        ({"orders": [{"order_id": True}]}, "above 0"),
        ({"orders": [{"status": "canceled"}]}, "order_id"),
        ({"orders": [{"order_id": 5, "status": "Canceled"}]}, "canceled, renewed, not_renewed"),
        ({"orders": ["5"]}, "dictionary requested"),
        ({"order_ids": [5, -1]}, "above 0"),
        ({"order_ids": [True]}, "above 0"),
        ({"order_ids": ["x"]}, "order_ids"),
        ({"order_ids": [5], "orders": [{"order_id": 5}]}, "mutually exclusive"),
        ({}, "one of the following is required"),
        ({"order_ids": ""}, "order_ids"),
        ({"order_ids": None}, "one of the following is required"),
        ({"order_ids": [5], "note": None}, "order 5 has no note"),
        ({"order_ids": [5], "concurrency": 0}, "concurrency"),
        ({"order_ids": [5], "concurrency": 17}, "concurrency"),
        ({"order_ids": [5], "max_changes": -1}, "max_changes"),
        ({"order_ids": [5], "rate_limit_share": -1}, "rate_limit_share"),
        ({"order_ids": [5], "rate_limit_share": "nan"}, "rate_limit_share"),
        ({"order_ids": [5], "rate_limit_share": 1e308}, "rate_limit_share"),
        ({"order_ids": [5], "rate_limit_share": 1e-300}, "rate_limit_share"),
        ({"order_ids": [5], "max_changes": True}, "max_changes"),
        ({"order_ids": [5], "api_key": ""}, "api_key is empty"),
    ],
)
def test_invalid_options_send_nothing(sim: Simulator, options: dict[str, t.Any], words: str) -> None:
    sim.seed([{"id": 5, "status": "pending"}])
    result = run(sim, {**NOTE, **options})
    assert result["failed"] is True and words in result["msg"]
    assert result.get("reason") in (None, "invalid_option") and not result.get("changed")
    assert sim.requests == []
