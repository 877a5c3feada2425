"""The changes of the clean-ups: in one run, in the stages of the action plugin, and with an approved plan."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.certops.certcentral.tests import migration
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import connection, details, kinds, plan, puts
from ansible_collections.certops.certcentral.tests.unit.accounts import run_cancels as cancel
from ansible_collections.certops.certcentral.tests.unit.accounts import run_marks as mark
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import VirtualClock

Row = dict[str, t.Any]
# The note of run_cancels.
NOTE = "Nobody needs it"
Pairs = list[tuple[int, int]]


@pytest.fixture
def pairs(api: State) -> Pairs:
    """Return the IDs of two migrated orders, each with that of its renewal."""
    found = []
    for number in (1, 2):
        family = migration.Family(number)
        found.append((family.old(family.www), family.new(family.www)))
        api.seed(family.orders)
    return found


def stale(api: State, *order_ids: int, **fields: t.Any) -> None:
    api.seed([{"id": number, "status": "pending", "created_days_ago": 40, **fields} for number in order_ids])


def outcomes(result: Row) -> dict[int, str | None]:
    return {row["order_id"]: row["outcome"] for row in result["orders"]}


def approve(api: State, result: Row, *without: int) -> Row:
    """Return the private option with an approved plan from which some orders were deleted."""
    orders = {}
    for row in result["orders"]:
        if row["order_id"] not in without:
            renewed_by = row["candidates"][0]["order_id"] if row["candidates"] else 0
            orders[str(row["order_id"])] = [row["decision"], renewed_by, row["reason"]]
    return {"_controller": {"approved": {"account": connection(api)["api_url"], "orders": orders}}}


def test_marks_are_made_with_a_note_that_names_the_renewal(api: State, pairs: Pairs) -> None:
    olds = [old for old, new in pairs]
    promised = mark(api, check_mode=True)
    assert promised["changed"] and puts(api) == [] and outcomes(promised) == dict.fromkeys(olds, "changed")
    assert promised["msg"] == "2 orders: 2 would be marked renewed" and promised["counts"]["changed"] == 2
    # Each of the two lists costs one request for its page, and one that finds its end. Orders that were read to confirm a
    # decision are not read again to plan their changes.
    paths = [request["path"].rsplit("/", 1)[1] for request in api.requests]
    assert sorted(paths) == sorted([*["certificate"] * 4, *(str(number) for pair in pairs for number in pair)])
    assert promised["api_calls"] == {"reads": 8, "writes": 0}
    done = mark(api)
    assert sorted(t.cast("list[int]", puts(api))) == olds and done["changed"]
    notes = {change.order_id: change.note for change in api.changes}
    assert notes == {old: f"Renewed in CertCentral by order {new}" for old, new in pairs}
    assert outcomes(done) == outcomes(promised) and [row["verified"] for row in done["orders"]] == [True, True]
    assert done["msg"] == "2 orders: 2 marked renewed" and "controller" not in done
    api.clear_log()
    again = mark(api)
    assert again["changed"] is False and puts(api) == [] and again["msg"] == "no order is due: nothing to do"


def test_cancellations_are_made_with_the_note_and_a_blank_name_stops_none(api: State) -> None:
    """Regression: one pending order with a blank common name stopped the whole clean-up, even with keep_going."""
    stale(api, 1, 2)
    stale(api, 3, certificate={"common_name": " "})
    result = cancel(api)
    assert sorted((change.order_id, change.note) for change in api.changes) == [(1, NOTE), (2, NOTE)]
    assert outcomes(result) == {1: "changed", 2: "changed", 3: None}
    assert result["msg"] == "3 orders: 2 canceled, 1 for review"
    assert result["diff"]["after"]["orders"] == [{"order_id": number, "status": "canceled"} for number in (1, 2)]


def test_order_that_has_become_waiting_pickup_is_not_canceled(api: State) -> None:
    stale(api, 1)
    changes = plan(cancel, api)["changes"]
    api.account.edit(1, status="waiting_pickup")
    result = cancel(api, _controller={"stage": "change", "changes": changes})
    assert puts(api) == [] and result["reason"] == "wrong_state"
    assert "waiting_pickup: it may be canceled only while it is pending" in result["msg"]


def test_stages_plan_and_carry_out_exactly_the_given_changes(api: State, pairs: Pairs) -> None:
    planned = plan(mark, api, exclude_names="*.a.example, *.B.example")
    told, changes = planned["controller"], planned["changes"]
    # These values are for the report.
    assert told["account"] == connection(api)["api_url"] and "api_key" not in told["options"]
    assert told["options"]["exclude_names"] == ["*.a.example", "*.B.example"] and told["options"]["window"] == 90
    done = mark(api, _controller={"stage": "change", "changes": changes[:1]})
    assert puts(api) == [changes[0]["order_id"]] and [entry["outcome"] for entry in done["orders"]] == ["changed"]


@pytest.mark.parametrize(("run", "decision"), [(mark, "mark"), (cancel, "cancel")])
@pytest.mark.parametrize("most", [0, 1])
def test_more_changes_than_max_changes_are_refused_before_details_are_read(
    api: State, pairs: Pairs, run: t.Callable[..., Row], decision: str, most: int
) -> None:
    stale(api, 1, 2)
    result = plan(run, api, max_changes=most)
    assert result["failed"] and result["reason"] == "too_many_changes" and result["changes"] == []
    assert result["msg"].startswith(f"2 orders would change, and max_changes allows {most}")
    assert [(row["decision"], row["confirmed"]) for row in result["orders"]] == [(decision, False)] * 2
    assert result["counts"][decision] == 2 and result["summary"] and {*kinds(api)} == {"list"}
    assert len(plan(run, api, max_changes=2)["changes"]) == 2


def test_records_can_make_too_many_marks(api: State, pairs: Pairs) -> None:
    """Rows propose one mark, and a record that is looked up makes a second one."""
    (first, unused), (second, renewal) = pairs
    api.account.edit(renewal, certificate={"common_name": "*.d2.example", "dns_names": []})
    api.account.edit(second, renewed_order_id=renewal)
    result = mark(api, max_changes=1)
    assert result["reason"] == "too_many_changes" and puts(api) == []
    assert outcomes(result) == {first: "not_attempted", second: "not_attempted"}


# test_listing.py has every list that is not complete.
@pytest.mark.parametrize(
    ("body", "reason", "words"),
    [({}, "unexpected_response", ""), ({"orders": [{"id": "x"}], "page": {"total": 1}}, "incomplete_listing", "row 1")],
)
@pytest.mark.parametrize("run", [mark, cancel])
def test_incomplete_list_leads_to_no_decision(
    api: State, pairs: Pairs, run: t.Callable[..., Row], body: Row, reason: str, words: str
) -> None:
    stale(api, 1)
    api.fault("status", on="list", status=200, body=body, after=run is mark, times=None)
    result = plan(run, api)
    assert result["failed"] and result["reason"] == reason and "orders" not in result
    assert words in str(result["warnings"])
    assert ("is not complete: no decision was made" in result["msg"]) is bool(words)


@pytest.mark.parametrize("check_mode", [True, False])
def test_only_orders_of_the_approved_plan_are_changed(api: State, check_mode: bool) -> None:
    stale(api, 1, 2)
    planned = cancel(api, check_mode=True)
    stale(api, 3)
    result = cancel(api, check_mode=check_mode, **approve(api, planned, 2))
    found = {row["order_id"]: (row["outcome"], row["reason"]) for row in result["orders"]}
    assert found == {1: ("changed", "stale"), 2: (None, "not_approved"), 3: (None, "not_approved")}
    assert puts(api) == ([] if check_mode else [1]) and "failed" not in result


@pytest.mark.parametrize("keep_going", [True, False])
@pytest.mark.parametrize("check_mode", [True, False])
def test_approved_order_that_differs_stops_without_keep_going(api: State, check_mode: bool, keep_going: bool) -> None:
    stale(api, 1, 2)
    planned = cancel(api, check_mode=True)
    api.account.edit(2, status="issued")
    result = cancel(api, check_mode=check_mode, keep_going=keep_going, **approve(api, planned))
    assert result["failed"] and result["reason"] == "differs_from_plan" and result["order_id"] == 2
    assert outcomes(result) == {1: "changed" if keep_going else "not_attempted", 2: "refused"}
    assert puts(api) == ([1] if keep_going and not check_mode else [])


def test_order_that_was_canceled_in_the_meantime_does_not_differ_from_the_plan(api: State) -> None:
    stale(api, 1, 2)
    planned = cancel(api, check_mode=True)
    api.account.edit(2, status="canceled")
    result = cancel(api, **approve(api, planned))
    assert outcomes(result) == {1: "changed", 2: "unchanged"} and puts(api) == [1] and "failed" not in result


def test_second_run_of_an_approved_plan_changes_nothing(api: State, pairs: Pairs) -> None:
    approved = approve(api, mark(api, check_mode=True))
    assert mark(api, **approved)["changed"]
    api.clear_log()
    again = mark(api, **approved)
    assert again["changed"] is False and puts(api) == [] and set(outcomes(again).values()) == {"unchanged"}


def test_plan_for_another_account_is_refused_before_anything_is_sent(api: State) -> None:
    account = "https://certcentral.digicert.eu/services/v2"
    result = cancel(api, _controller={"approved": {"account": account, "orders": {}}})
    assert result["reason"] == "invalid_option" and api.requests == []
    assert f"for the account at {account}" in result["msg"]


def test_orders_outside_the_plan_do_not_count_and_are_not_read(api: State, pairs: Pairs) -> None:
    planned = mark(api, check_mode=True)
    api.clear_log()
    result = mark(api, max_changes=1, **approve(api, planned, pairs[1][0]))
    assert "failed" not in result and puts(api) == [pairs[0][0]]
    assert not {*details(api)} & {*pairs[1]}


def test_wrong_clock_leads_to_no_decision(api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: a host clock that was 40 days ahead canceled young orders."""
    stale(api, 1, created_days_ago=5)
    now = VirtualClock.utc_now
    monkeypatch.setattr(VirtualClock, "utc_now", lambda self: now(self) + timedelta(days=40))
    assert cancel(api)["reason"] == "clock_skew" and puts(api) == []
