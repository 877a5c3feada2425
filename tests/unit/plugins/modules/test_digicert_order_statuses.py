"""Many orders in one task, in this process, against the simulator."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._change import many, many_verify, one
from ansible_collections.certops.certcentral.plugins.module_utils._change.many import Bulk, Options
from ansible_collections.certops.certcentral.plugins.module_utils._change.outcome import Outcome
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState
from ansible_collections.certops.certcentral.plugins.module_utils._http import limiter
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.tests import facts, table
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import (
    FIRST,
    NOTE,
    changed_by,
    check_fresh,
    methods,
    outcomes,
    puts,
    reported,
    run_many,
    seed,
)
from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import VirtualClock

Json = dict[str, t.Any]


@pytest.mark.parametrize(
    "quirks",
    [
        *({}, {"orders_key_null": True, "page_limit_zero": True}, {"page_total_offset": -5000}),
        *({"max_limit": 30}, {"shuffle_equal_keys": 3}, {"renewed_as_status": True}),
        *[{"order_info_has_is_renewed": True, "rows_have_is_renewed": shown} for shown in (True, False)],
    ],
)
def test_all_rows_of_the_table_in_one_task(fake: FakeRecorder, api: State, quirks: Json) -> None:
    cases = dict(enumerate(table.rows(), FIRST))
    today = fake.utc_now().date()
    api.reset(
        orders=[case.seed(order_id, today) for order_id, case in cases.items()],
        generate=[{"count": 400, "first_id": 1, "status": "issued"}],
        quirks={"max_limit": 200, **quirks},
    )
    orders: list[Json] = [{"order_id": order_id, **case.options()} for order_id, case in cases.items()]
    for order in orders:
        del order["check_rules"]
    options = {"orders": orders, "keep_going": True}
    promised = run_many(api, options, check_mode=True)
    assert {*methods(api)} == {"GET"}
    done = run_many(api, options)
    for case, entry in zip(cases.values(), promised["orders"]):
        outcome = table.expected(case)
        is_refused = outcome not in table.OPERATIONS
        assert (entry["reason"] or entry["operation"]) == outcome, case
        assert (entry["outcome"] == "refused") is (entry["reason"] is not None) is is_refused, case
    for ours, theirs in zip(promised["orders"], done["orders"]):
        assert {**ours, "msg": theirs["msg"], "verified": theirs["verified"]} == theirs
        assert theirs["verified"] is (True if theirs["outcome"] == "changed" else None)
    assert promised["summary"] == done["summary"] and promised["diff"] == done["diff"]
    assert len(puts(api)) == len(api.changes) and {*puts(api)} == {*changed_by(api)} == {*reported(done)}
    assert run_many(api, options)["summary"]["changed"] == 0


def test_many_orders_are_read_with_few_requests(api: State) -> None:
    seed(api, 2100, first=1, status="issued")
    options = {"order_ids": seed(api, 200), **NOTE}
    result = run_many(api, options)
    assert (result["summary"]["changed"], result["api_calls"]) == (200, {"reads": 2, "writes": 200})
    again = run_many(api, options)
    # One order list for each status that can be canceled, and one for canceled orders.
    reads = len(facts.STATUSES_TO_CANCEL) + 1
    assert (again["summary"]["unchanged"], again["api_calls"]) == (200, {"reads": reads, "writes": 0})
    assert not [name for request in api.requests for name, unused in request["query"] if "][" in name]


def test_many_marks_need_few_reads(api: State) -> None:
    ids = seed(api, 150, status="issued", migrated=True, valid_in_days=30)
    seed(api, 1000, first=1, status="issued", migrated=True)
    result = run_many(api, {"order_ids": ids, "status": "renewed"})
    # Two pages of migrated orders, one that proves the filter, and one that shows the marks.
    assert (result["summary"]["changed"], result["api_calls"]) == (150, {"reads": 4, "writes": 150})


def test_removing_marks_reads_each_marked_order(api: State) -> None:
    ids = seed(api, 20, status="issued", migrated=True, is_renewed=True)
    api.account.orders[ids[3]]["renewed_order_id"] = 77
    others = seed(api, 20, first=FIRST + 100, status="issued", migrated=True)
    result = run_many(api, {"order_ids": ids + others, "status": "not_renewed", "keep_going": True})
    assert result["summary"]["changed"] == 19 and result["orders"][3]["reason"] == "renewed_by_order"
    assert {entry["verified"] for entry in result["orders"] if entry["changed"]} == {True}
    # A page of the order list, the details of each marked order, and a page that shows the result.
    assert result["api_calls"] == {"reads": 1 + 20 + 1, "writes": 19}


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("most", [0, 4])
def test_nothing_is_sent_if_more_would_change_than_max_changes(api: State, most: int, check_mode: bool) -> None:
    ids = seed(api, 5) + seed(api, 3, first=FIRST + 100, status="canceled")
    result = run_many(api, {"order_ids": ids, **NOTE, "max_changes": most}, check_mode=check_mode)
    assert (result["reason"], result["changed"], result["order_id"]) == ("too_many_changes", False, None)
    assert outcomes(result) == ["not_attempted"] * 5 + ["unchanged"] * 3 and puts(api) == []
    assert f"max_changes allows {most}" in result["msg"]
    assert run_many(api, {"order_ids": ids, **NOTE, "max_changes": 5})["summary"]["changed"] == 5


@pytest.mark.parametrize("check_mode", [True, False])
def test_one_refusal_stops_all_unless_it_keeps_going(api: State, check_mode: bool) -> None:
    ids = seed(api, 5)
    api.seed([{"id": ids[2], "status": "issued"}, {"id": ids[4], "status": "canceled"}])
    result = run_many(api, {"order_ids": ids, **NOTE}, check_mode=check_mode)
    assert outcomes(result) == ["not_attempted", "not_attempted", "refused", "not_attempted", "unchanged"]
    assert (result["reason"], result["order_id"], result["changed"]) == ("wrong_state", ids[2], False)
    assert puts(api) == [] and "diff" not in result and f"order {ids[2]} is issued" in result["msg"]
    result = run_many(api, {"order_ids": ids, **NOTE, "keep_going": True}, check_mode=check_mode)
    assert outcomes(result) == ["changed", "changed", "refused", "changed", "unchanged"]
    assert (result["failed"], result["changed"], result["reason"]) == (True, True, "wrong_state")
    assert len(api.changes) == (0 if check_mode else 3)


@pytest.mark.parametrize("keep_going", [True, False])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "status", "status": 403}, "unauthorized"),
        ({"kind": "block_page"}, "blocked"),
        ({"kind": "status", "status": 429}, "rate_limited"),
        *[({"kind": "status", "status": status}, None) for status in (500, 400, 302)],
        ({"kind": "wrong_shape", "shape": "errors"}, None),
    ],
)
def test_order_details_replace_a_list_that_fails(api: State, fault: Json, reason: str | None, keep_going: bool) -> None:
    ids = seed(api, 10)
    api.fault(on="list", times=None, **fault)
    result = run_many(api, {"order_ids": ids, **NOTE, "keep_going": keep_going, "retry_timeout": 3})
    # After a fatal failure, order details would fail as well.
    expected = ("not_attempted", None) if reason else ("changed", True)
    assert [(entry["outcome"], entry["verified"]) for entry in result["orders"]] == [expected] * 10
    assert (result.get("reason"), result["changed"], result.get("order_id")) == (reason, not reason, None)
    assert len(puts(api)) == (0 if reason else 10)


def test_bug_in_one_change_does_not_stop_the_others(api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = seed(api, 10)

    def send_broken(client: Client, desired: DesiredState, *rest: t.Any) -> Outcome:
        if desired.order_id == ids[4]:
            raise ZeroDivisionError
        return one.send_change(client, desired, *rest)

    monkeypatch.setattr(many, "send_change", send_broken)
    result = run_many(api, {"order_ids": ids, **NOTE, "keep_going": True})
    assert result["orders"][4]["reason"] == "unknown_outcome"
    assert result["summary"]["changed"] == 9 and "ZeroDivisionError" in result["msg"]


def test_stale_orders_are_read_again_together(fake: FakeRecorder, api: State) -> None:
    ids = seed(api, 30)

    def later(record: t.Any) -> None:
        # Somebody else issues one of the orders while the first change takes very long.
        fake.sleep(61)
        api.account.edit(ids[20], status="issued")

    api.fault("call", on="status", order_id=ids[0], afterwards=later)
    options = {"concurrency": 1, "keep_going": True, "verify_change": False, "timeout": 100}
    result = run_many(api, {"order_ids": ids, **NOTE, **options})
    entry = result["orders"][20]
    # The earlier status is not the status when the order was last read.
    assert (entry["reason"], entry["status"]) == ("wrong_state", "issued") and "is issued" in entry["msg"]
    # The order list is read again, and the order that is no longer in it.
    assert (result["summary"]["changed"], result["api_calls"]) == (29, {"reads": 1 + 1 + 1, "writes": 29})


@pytest.mark.parametrize("keep_going", [True, False])
def test_wrong_clock_of_the_host_stops_marks_before_any_change(
    fake: FakeRecorder, api: State, monkeypatch: pytest.MonkeyPatch, keep_going: bool
) -> None:
    monkeypatch.setattr(VirtualClock, "utc_now", lambda clock: fake.utc_now() + timedelta(days=40))
    ids = seed(api, 10, status="issued", migrated=True, valid_in_days=30)
    to_cancel = seed(api, 2, first=FIRST + 100)
    orders = [*({"order_id": number} for number in ids), *({"order_id": number, **NOTE} for number in to_cancel)]
    result = run_many(api, {"orders": orders, "status": "renewed", "keep_going": keep_going})
    assert (result["reason"], result["changed"], result["order_id"]) == ("clock_skew", False, None)
    assert set(outcomes(result)) == {"not_attempted"} and puts(api) == []
    # Cancellations do not depend on the date.
    assert run_many(api, {"order_ids": to_cancel, **NOTE})["summary"]["changed"] == 2


def verified(result: Json) -> list[bool | None]:
    """Return for each order whether its change is verified. Check that no change failed."""
    assert "failed" not in result and {*outcomes(result)} == {"changed"}
    return [entry["verified"] for entry in result["orders"]]


def test_invisible_changes_are_not_verified(api: State, slept: list[float]) -> None:
    ids = seed(api, 10)
    api.quirks.read_lag_seconds = api.quirks.list_lag_seconds = 1.5
    result = run_many(api, {"order_ids": ids, **NOTE})
    assert verified(result) == [True] * 10 and not result["warnings"]
    # The orders are looked for twice in vain, each time in the order list and then one by one.
    assert result["api_calls"]["reads"] == 1 + 2 * (1 + 10) + 1
    others = seed(api, 10, first=FIRST + 100)
    api.quirks.read_lag_seconds = api.quirks.list_lag_seconds = 99.0
    result = run_many(api, {"order_ids": others, **NOTE})
    assert verified(result) == [False] * 10 and result["api_calls"]["reads"] == 1 + 4 * (1 + 10)
    assert str(others[0]) in result["warnings"][0] and "and 5 more" in result["warnings"][0]
    # test_outcome.py and test_many_result.py have all sentences.
    assert result["msg"] == "10 orders: 10 changed (10 of them do not show yet)"


def test_message_says_that_canceled_orders_can_no_longer_be_read(api: State, slept: list[float]) -> None:
    """Regression: the message said that the orders "still read as before"."""
    ids = seed(api, 10)
    api.quirks.canceled_order_readable = False
    result = run_many(api, {"order_ids": ids, **NOTE})
    assert verified(result) == [False] * 10 and {entry["status"] for entry in result["orders"]} == {"canceled"}
    assert all(entry["msg"].endswith("but it can no longer be read") for entry in result["orders"])
    (warning,) = result["warnings"]
    assert warning.startswith(f"the API accepted the changes to orders {ids[0]}, ")
    assert warning.endswith("and 5 more, but these orders can no longer be read")
    # The orders are looked for only once, because they will not be readable a second later either.
    assert result["api_calls"]["reads"] == 1 + 1 + 10


def test_order_that_cannot_be_read_does_not_keep_others_from_being_verified(api: State, slept: list[float]) -> None:
    ids = seed(api, 10)
    api.fault("status", on="list", status=400, after=1, times=None)
    api.fault("status", on="info", order_id=ids[3], status=404, times=None)
    assert verified(run_many(api, {"order_ids": ids, **NOTE})) == [number != 3 for number in range(10)]


def test_bug_after_the_changes_loses_no_result(api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_verify, "filters_after", lambda states: 1 / 0)
    result = run_many(api, {"order_ids": seed(api, 10), **NOTE})
    assert verified(result) == [False] * 10 and "ZeroDivisionError" in result["warnings"][0]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_orders_that_take_long_to_read_are_read_again(api: State, concurrency: int) -> None:
    ids = seed(api, 60, status="issued", is_renewed=True, migrated=True)
    options = {"order_ids": ids, "status": "not_renewed", "rate_limit_share": 0.05, "concurrency": concurrency}
    result = run_many(api, options)
    assert result["summary"]["changed"] == 60 and result["api_calls"]["reads"] <= 6 * 60
    check_fresh(api)


def test_nothing_is_sent_after_a_failure(fake: FakeRecorder, api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "WINDOWS", ((3, 1.0),))
    ids = seed(api, 30)
    fake.latency = 0.1
    api.fault("status", on="status", order_id=ids[4], status=403)
    result = run_many(api, {"order_ids": ids, **NOTE, "rate_limit_share": 1, "concurrency": 8})
    assert result["reason"] == "unauthorized"
    (answered,) = [exchange.ended for exchange in fake.exchanges if exchange.status == 403]
    # Changes that waited for the rate limit when the response arrived are no longer sent.
    assert [exchange for exchange in fake.exchanges if exchange.method == "PUT" and exchange.began > answered] == []
    assert result["summary"]["not_attempted"] == 30 - len(puts(api)) > 10


def make_bulk(fake: FakeRecorder, desired: t.Sequence[DesiredState], share: float = 0, **options: t.Any) -> Bulk:
    client = Client(fake.connect(Settings(fake.url, fake.state.key)), fake.state.key, rate_limit_share=share)
    return Bulk(client, desired, Options(**{"concurrency": 1, **options}))


def cancel(ids: t.Iterable[int]) -> list[DesiredState]:
    return [DesiredState(order_id, "canceled", "A note") for order_id in ids]


def test_two_tasks_with_half_a_share_each_cause_no_429(fake: FakeRecorder, api: State) -> None:
    api.reset(rate_limits=facts.RATE_LIMITS)
    ended = []
    for first in (FIRST, FIRST + 1000):
        bulk = make_bulk(fake, cancel(seed(api, 200, first=first)), share=0.5, concurrency=8)
        fake.time.start(lambda bulk=bulk: ended.extend(bulk.run()), lambda: True)  # type: ignore[misc]
    fake.time.wait(lambda: len(ended) == 400)
    assert {item.outcome_name for item in ended} == {"changed"}
    assert [request for request in api.requests if request["status"] == 429] == []


def progress_of(fake: FakeRecorder, desired: t.Sequence[DesiredState], **options: t.Any) -> list[str]:
    """Run a task, and return its different lines of progress, one for each response."""
    bulk = make_bulk(fake, desired, **options)
    lines: list[str] = []

    def note(record: t.Any) -> None:
        if bulk.progress() not in lines[-1:]:
            lines.append(bulk.progress())

    fake.state.fault("call", times=None, afterwards=note)
    bulk.run()
    return lines


def test_progress_of_reading_moves_on(fake: FakeRecorder, api: State) -> None:
    """Regression: the progress was "0 of 300 orders read" until all orders were read."""
    api.quirks.max_limit = 20
    lines = progress_of(fake, cancel(seed(api, 100)), check_mode=True)
    assert lines == [
        *("0 of 100 orders read", "20 of 100 orders read (1 page of the order list)"),
        *(f"{20 * number} of 100 orders read ({number} pages of the order list)" for number in (2, 3, 4)),
    ]
    lines = progress_of(fake, cancel(seed(api, 5, first=FIRST + 100, status="processing")), keep_going=True)
    assert [line.partition(" (")[0] for line in lines[-5:]] == [f"{number} of 5 orders read" for number in range(5)]
    # Details that the order list lacks.
    ids = seed(api, 5, first=FIRST + 200, status="issued", is_renewed=True, migrated=True)
    lines = progress_of(fake, [DesiredState(number, "not_renewed") for number in ids], check_mode=True)
    expected = [f"5 of 5 orders read ({number} of 5 one by one)" for number in range(5)]
    assert [line for line in lines if "one by one" in line] == expected


def test_progress_of_changing_and_verifying_moves_on(fake: FakeRecorder, api: State) -> None:
    ids = seed(api, 6)
    api.fault("status", on="status", order_id=ids[2], status=400)
    api.fault("call", on="status", order_id=ids[3], before=lambda record: fake.sleep(8))
    # The changes are verified one by one.
    api.fault("status", on="list", status=400, after=1, times=None)
    lines = progress_of(fake, cancel(ids), keep_going=True)
    changing = [line for line in lines if "changes done" in line and "verified" not in line]
    assert changing[:3] == ["0 of 6 changes done", "1 of 6 changes done", "2 of 6 changes done"]
    assert changing[-1].startswith("5 of 6 changes done, 1 failed, about ")
    verifying = [line.partition(" (")[0] for line in lines if "verified" in line]
    assert verifying[-5:] == [f"6 changes done, {number} of them verified" for number in range(5)]


def test_progress_shows_a_wait_and_its_reason(fake: FakeRecorder, api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    bulk = make_bulk(fake, cancel(seed(api, 1)))

    def sleep(unused: t.Any, seconds: float, stopped: t.Callable[[], bool]) -> None:
        lines.append(bulk.progress())
        fake.sleep(seconds)

    monkeypatch.setattr(VirtualClock, "sleep", sleep)
    api.fault("status", on="info", status=429, retry_after=65)
    bulk.run()
    assert any(line.startswith("0 of 1 orders read (0 of 1 one by one), waiting 65 s: the API asks") for line in lines)


def test_values_of_an_order_take_precedence_over_those_of_the_task(api: State) -> None:
    statuses = ("pending", "reissue_pending", "issued", "pending")
    api.seed({"id": number, "status": status, "is_renewed": number == 3} for number, status in enumerate(statuses, 1))
    orders = [
        {"order_id": 1},
        {"order_id": 2, "cancel_scope": "reissue", "note": "Only this"},
        {"order_id": 3, "status": "not_renewed", "note": None},
        {"order_id": 4, "status": None, "note": None, "cancel_scope": None},
    ]
    result = run_many(api, {"orders": orders, **NOTE})
    operations = ["cancel_order", "cancel_reissue", "mark_not_renewed", "cancel_order"]
    assert [entry["operation"] for entry in result["orders"]] == operations
    notes = {change.order_id: change.note for change in api.changes}
    assert notes == {1: NOTE["note"], 2: "Only this", 3: NOTE["note"], 4: NOTE["note"]}
