"""Changes whose response was lost. The order is read to find out what happened, and no change is based on old data."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import (
    CANCEL,
    CHANGES,
    ID,
    MARK,
    NOTE,
    REISSUE,
    Start,
    changed_by,
    check_failure,
    check_fresh,
    headers,
    methods,
    pending,
    puts,
    reported,
    run_many,
    run_one,
    seed,
)
from ansible_collections.certops.certcentral.tests.unit.fake_transport import SLOW_CONNECT, FakeRecorder

Json = dict[str, t.Any]
# Lost responses, which do not tell whether the change was made.
LOST: list[Json] = [
    *({"kind": "lost_reply", "status": status} for status in (500, 408, 200)),
    {"kind": "lost_reply", "status": 302, "location": "https://127.0.0.1:1/"},
    *({"kind": "reset_after"}, {"kind": "hang", "apply": True}, {"kind": "cut", "part": "headers"}),
]
NOT_DONE: list[Json] = [
    *({"kind": "status", "status": status} for status in (500, 408, 200)),
    *({"kind": "html", "status": 503}, {"kind": "reset_before"}, {"kind": "hang"}),
]


@pytest.fixture(autouse=True)
def _check_fresh(fake: FakeRecorder) -> t.Iterator[None]:
    """Check after each test that no change, not even a repeat, was based on an order that was read more than 60 s before."""
    yield
    check_fresh(fake.state)


def sent(api: State) -> str:
    """Return the requests, G for GET and P for PUT."""
    return "".join(method[0] for method in methods(api))


def times_of_looks(api: State) -> list[float]:
    """Return the times at which the order was read after the last PUT, counted from the first of these reads."""
    last = max(number for number, request in enumerate(api.requests) if request["method"] == "PUT")
    times = [request["time"] for request in api.requests[last + 1 :] if request["kind"] == "info"]
    return [round(time - times[0], 3) for time in times]


@pytest.mark.parametrize(("retry_timeout", "verified"), [(240, True), (0, True), (240, None)])
@pytest.mark.parametrize(("start", "options"), CHANGES)
@pytest.mark.parametrize("fault", LOST)
def test_lost_change_that_was_made_is_found_at_the_first_look_even_without_verification(
    api: State, fault: Json, start: Start, options: Json, retry_timeout: int, verified: bool | None
) -> None:
    start(api)
    api.fault(on="status", **fault)
    common = {"timeout": 0.5, "retry_timeout": retry_timeout, "verify_change": verified is True}
    result = run_one(api, {**options, **common})
    assert (result["changed"], result["verified"], result.get("reason")) == (True, verified, None)
    assert "lost" in result["msg"] and times_of_looks(api) == [0] and len(puts(api)) == len(api.changes) == 1
    looks = [request for request in api.requests if request["kind"] == "info"]
    assert headers(looks[-1])["cache-control"] == "no-cache"


@pytest.mark.parametrize(("start", "options"), CHANGES)
@pytest.mark.parametrize("fault", NOT_DONE)
def test_lost_change_is_looked_for_before_it_is_repeated(api: State, fault: Json, start: Start, options: Json) -> None:
    start(api)
    api.quirks.order_info_has_is_renewed = True
    api.fault(on="status", times=2, **fault)
    result = run_one(api, {**options, "timeout": 0.5})
    assert (result["changed"], result["verified"], len(api.changes)) == (True, True, 1)
    assert sent(api) == "G" * (1 + (options is MARK)) + "PGGGG" * 2 + "PG"


@pytest.mark.parametrize("retry", [10, 0])
@pytest.mark.parametrize(("start", "options"), CHANGES)
@pytest.mark.parametrize("fault", NOT_DONE)
def test_change_that_never_shows_is_unknown(api: State, fault: Json, start: Start, options: Json, retry: int) -> None:
    start(api)
    api.quirks.order_info_has_is_renewed = True
    api.fault(on="status", times=None, **fault)
    result = run_one(api, {**options, "timeout": 0.5, "retry_timeout": retry})
    check_failure(result, "unknown_outcome", fault.get("status"), changed=True)
    assert sent(api).endswith("PGGGG") and times_of_looks(api) == [0, 1, 2, 4] and not api.changes
    assert (len(puts(api)) == 1) is (retry == 0)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_lost_change_whose_repeat_is_rejected_is_unknown(api: State, status: int) -> None:
    pending(api)
    api.fault("reset_before", on="status")
    api.fault("status", on="status", status=status)
    check_failure(run_one(api, CANCEL), "unknown_outcome", status, changed=True)


@pytest.mark.parametrize("failure", ["refused", "unknown_host", "connect_timeout"])
def test_change_that_never_connected_is_not_lost(fake: FakeRecorder, api: State, failure: str) -> None:
    pending(api)
    fake.fault(failure, 1, 2)
    # Nothing has to be looked for.
    assert run_one(api, CANCEL)["changed"] is True and sent(api) == "GPG"
    fake.begin()
    pending(api)
    fake.fault(failure, 1, 100)
    check_failure(run_one(api, {**CANCEL, "retry_timeout": 20}), "unavailable", None)
    assert sent(api) == "G"


@pytest.mark.parametrize("lag", [0.8, 1.5, 3.9])
@pytest.mark.parametrize("repeat", ["error", "noop"])
@pytest.mark.parametrize(("start", "options"), CHANGES)
def test_change_is_sent_once_if_reads_lag(api: State, start: Start, options: Json, repeat: str, lag: float) -> None:
    """Regression: a cancellation was sent twice, because the order was read 0.8 s too early."""
    start(api)
    api.quirks.repeat_change = repeat
    api.quirks.read_lag_seconds = api.quirks.list_lag_seconds = lag
    api.fault("reset_after", on="status")
    result = run_one(api, options)
    assert (result["changed"], result.get("verified"), result.get("reason")) == (True, True, None)
    assert len(puts(api)) == len(api.changes) == 1


# The response to the first change is lost, and the change was made or not.
MADE, NOT_MADE = ({"kind": kind, "on": "status"} for kind in ("reset_after", "reset_before"))
# The change, or its repeat, is held back.
WAIT: Json = {"kind": "status", "on": "status", "status": 429, "retry_after": 61}


def become(after: int, **fields: t.Any) -> Json:
    """Make somebody else change the order after the given number of reads."""
    return {"kind": "edit", "on": "info", "after": after, "orders": [{"id": ID, **fields}]}


def requests(*statuses: str) -> Json:
    """Return the requests of the reissues 1, 2 and so on."""
    return {"requests": [{"id": number, "type": "reissue", "status": s} for number, s in enumerate(statuses, 1)]}


UNKNOWN, PENDING = "unknown_outcome", "reissue_pending"
STALE = {"kind": "stale", "on": "info", "after": 1}
REJECTED = {"kind": "status", "on": "status", "status": 400}
# For each cancellation: the events in turn, the reason, and the requests (G for GET, P for PUT). Whatever somebody else
# changed before or after it, no change is repeated that could do something else.
CANCELLATIONS: list[tuple[list[Json], str | None, str]] = [
    *(([NOT_MADE, become(after, status="issued")], UNKNOWN, "GP" + "G" * after) for after in (1, 2, 4)),
    ([WAIT, become(1, status="issued")], "wrong_state", "GPG"),
    ([WAIT, become(1, status="canceled")], None, "GPG"),
    ([NOT_MADE, WAIT, become(5, status="issued")], UNKNOWN, "GPGGGGPG"),
    # It does not matter whether somebody else canceled the order or whether the lost change took effect late.
    ([NOT_MADE, WAIT, become(5, status="canceled")], None, "GPGGGGPG"),
]
# The same for a reissue whose request had a status. test_rules.py has what each state of the requests means.
REISSUES: list[tuple[str, list[Json], str | None, str]] = [
    # It was issued or replaced. Regression: a repeat canceled another reissue that was requested meanwhile.
    *(
        ("pending", [fault, become(after, **now)], UNKNOWN, "GP" + "G" * after)
        for now in (
            {"status": "issued", **requests("approved")},
            {"status": PENDING, **requests("rejected", "pending")},
        )
        for fault, after in ((MADE, 1), (NOT_MADE, 1), (NOT_MADE, 4))
    ),
    # Somebody approved the same reissue for the CA, so it is still pending.
    ("submitted", [NOT_MADE, become(1, **requests("pending"))], None, "GPGGGGPG"),
    # DigiCert has not published what happens to the request of a reissue that was approved before it was canceled.
    ("approved", [MADE, become(2, status="issued", **requests("rejected")), STALE], None, "GPGG"),
    ("approved", [MADE, become(2, status="issued", **requests("approved")), STALE], UNKNOWN, "GPGG"),
    ("pending", [NOT_MADE, WAIT, become(5, **requests("approved"))], UNKNOWN, "GPGGGGPG"),
    *((before, [NOT_MADE, become(1, **requests("approved"))], UNKNOWN, "GPGGGG") for before in ("approved", "pending")),
]


@pytest.mark.parametrize(
    ("start", "options", "faults", "reason", "expected"),
    [
        *(({"status": "pending"}, CANCEL, *row) for row in CANCELLATIONS),
        *(({"status": PENDING, **requests(status)}, REISSUE, *row) for status, *row in REISSUES),
    ],
)
def test_order_is_read_before_a_lost_change_is_repeated(
    api: State, start: Json, options: Json, faults: list[Json], reason: str | None, expected: str
) -> None:
    api.seed([{"id": ID, **start}])
    for fault in faults:
        api.fault(**fault)
    result = run_one(api, options)
    assert sent(api) == expected
    # Without a lost response, the change is known not to be made.
    is_changed = WAIT is not faults[0]
    assert (result.get("reason"), result["changed"]) == (reason, is_changed)
    if reason == UNKNOWN:
        check_failure(result, reason, None, changed=True)
        assert options is CANCEL or "does not tell whether the reissue was canceled or issued" in result["msg"]
    elif is_changed:
        assert result["verified"] is True and len(api.changes) <= 1


def test_order_is_read_again_before_a_repeat_that_waited_for_another_order(fake: FakeRecorder, api: State) -> None:
    """Regression: a change was sent 185 s after the order was read, when it was already issued."""
    first, *others = seed(api, 4)
    api.fault("reset_before", on="status", order_id=first)
    # While the lost change is looked for, another order is asked to wait.
    api.fault("status", on="status", order_id=others[0], status=429, retry_after=185)
    late = fake.now() + 100

    def issue(record: t.Any) -> None:
        if fake.now() > late and api.account.orders[first]["status"] == "pending":
            api.account.edit(first, status="issued")

    api.fault("call", times=None, before=issue)
    result = run_many(api, {"order_ids": [first, *others], **NOTE, "keep_going": True, "concurrency": 4})
    entry = result["orders"][0]
    assert (entry["reason"], entry["changed"], puts(api).count(first)) == ("unknown_outcome", True, 1)
    assert {first, *reported(result)} == {first, *changed_by(api)} == {first, *others}


@pytest.mark.parametrize("status", [429, 403])
def test_nothing_is_sent_after_a_lost_change_that_a_fatal_failure_leaves_unknown(api: State, status: int) -> None:
    """Regression: the other changes and their verification were sent, although every request would have failed."""
    first, *others = seed(api, 5)
    api.fault("reset_after", on="status", order_id=others[0])
    api.fault("status", on="info", status=status, retry_after=3600, times=None)
    result = run_many(api, {"order_ids": [first, *others], **NOTE, "keep_going": True, "concurrency": 1})
    assert [entry["reason"] for entry in result["orders"]] == [None, "unknown_outcome", None, None, None]
    assert puts(api) == [first, others[0]] and sent(api).endswith("PG")


def test_rejected_order_has_the_status_that_was_read_last_even_if_its_mark_cannot_be_read(api: State) -> None:
    pending(api)
    api.fault("edit", on="status", after=0, orders=[{"id": ID, "status": "issued"}])
    api.fault("status", on="list", after=1, status=429, retry_after=3600, times=None)
    [entry] = run_many(api, {"orders": [MARK], "check_rules": False})["orders"]
    assert (entry["reason"], entry["status"]) == ("rejected_by_api", "issued")
    api.faults.clear()
    [entry] = run_many(api, {"orders": [MARK], "check_rules": False})["orders"]
    assert (entry["reason"], entry["status"], entry["is_renewed"]) == ("rejected_by_api", "issued", False)


@pytest.mark.parametrize("became", ["pending", "issued"])
@pytest.mark.parametrize("run", [run_one, lambda api, options: run_many(api, {"orders": [options]})])
def test_order_is_read_again_before_a_change_whose_connection_opened_late(
    fake: FakeRecorder, api: State, run: t.Callable[..., Json], became: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: a change was sent as soon as its connection opened, however long ago the order was read."""
    pending(api)
    fake.fault(SLOW_CONNECT, 1, 1)
    monkeypatch.setattr(fake, "timeout", 62.0)
    api.fault("edit", on="info", after=1, orders=[{"id": ID, "status": became}])
    result = run(api, CANCEL)
    is_sent = became == "pending"
    assert (result.get("reason"), result["changed"]) == (None if is_sent else "wrong_state", is_sent)
    assert sent(api) == "GG" + "PG" * is_sent


def test_task_ends_if_the_api_is_too_slow_for_a_fresh_change(fake: FakeRecorder, api: State) -> None:
    pending(api)
    fake.latency = 140.0
    # Otherwise, the task could read without end.
    fake.fault("refused", 30, 10**6)
    result = run_one(api, {**CANCEL, "timeout": 1000})
    check_failure(result, "unavailable", None)
    assert sent(api) == "GGGG" and "could not be changed within 60 s" in result["msg"]


def test_task_ends_if_the_api_becomes_too_slow_for_a_fresh_repeat(fake: FakeRecorder, api: State) -> None:
    pending(api)
    api.fault(**NOT_MADE)
    api.fault("call", on="info", after=5, before=lambda record: setattr(fake, "latency", 140.0))
    api.fault(**WAIT)
    fake.fault("refused", 30, 10**6)
    result = run_one(api, {**CANCEL, "timeout": 1000})
    check_failure(result, "unknown_outcome", None, changed=True)
    assert sent(api) == "GPGGGGPGGG" and "could not be changed within 60 s" in result["msg"]


def test_no_message_says_that_a_changed_order_was_not_changed(api: State) -> None:
    pending(api)
    api.fault(**MADE)
    api.fault("stale", on="info", after=1, times=5)
    result = run_one(api, CANCEL)
    assert result["reason"] == "unknown_outcome" and "not changed" not in str(result)
    assert "may or may not have been changed" in result["msg"] and "HTTP 400" in result["msg"]


def test_result_tells_what_the_order_was_right_before_the_change(api: State) -> None:
    pending(api)
    api.fault(**NOT_MADE)
    api.fault("call", on="info", after=1, before=lambda record: api.account.orders[ID].update(status="waiting_pickup"))
    result = run_one(api, CANCEL)
    assert result["diff"]["before"]["status"] == "waiting_pickup"
    assert result["msg"] == f"order {ID} was waiting_pickup and is canceled now"


@pytest.mark.parametrize(
    ("wait", "fault", "reason", "status"),
    [(50, NOT_MADE, UNKNOWN, None), (70, NOT_MADE, "unavailable", 503), (50, REJECTED, "rejected_by_api", 400)],
)
@pytest.mark.parametrize("timeout", [80, 100])
def test_all_waits_for_a_change_share_one_deadline(
    api: State, slept: list[float], wait: int, fault: Json, reason: str, status: int | None, timeout: int
) -> None:
    pending(api)
    api.fault("status", on="status", status=429, retry_after=wait)
    api.fault(**fault)
    api.fault("status", on="info", after=1, status=503, times=None)
    result = run_one(api, {**CANCEL, "retry_timeout": timeout})
    check_failure(result, reason, status, changed=reason == UNKNOWN)
    assert sum(slept) == pytest.approx(timeout)


def test_all_waits_for_a_verification_share_one_deadline(api: State, slept: list[float]) -> None:
    pending(api)
    api.quirks.read_lag_seconds = 1000.0
    # Each read fails for a while.
    for number in range(4):
        api.fault("status", on="info", after=1 + 7 * number, times=6, status=503)
    result = run_one(api, {**CANCEL, "retry_timeout": 60})
    assert (result["changed"], result["verified"]) == (True, False)
    # The waits between the reads are added.
    assert sum(slept) <= 60 + 4 + 0.001
