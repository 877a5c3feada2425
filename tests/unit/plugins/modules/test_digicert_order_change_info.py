"""The module that reads which orders changed their status, in this process, against the simulator."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import connection, headers
from ansible_collections.certops.certcentral.tests.unit.support import run_module

Json = dict[str, t.Any]
ORDER = 1_000


def run(api: State, seconds: t.Any = 3600, *, check_mode: bool = False, **options: t.Any) -> Json:
    """Return the result of a run with a key that can only read."""
    options = {**connection(api), "api_key": api.view_only_key, "within_seconds": seconds, **options}
    result = run_module("digicert_order_change_info", options, check_mode=check_mode)
    assert result.get("changed", False) is False
    if "failed" not in result:
        assert result["api_calls"] == {"reads": len(api.requests), "writes": 0}
    return result


def answer(api: State, body: t.Any) -> None:
    """Have the API answer with this, and on the second page with the last entry again."""
    api.fault("status", on="status_changes", status=200, body=body)
    if isinstance(body, dict) and isinstance(body.get("orders"), list):
        api.fault("status", on="status_changes", status=200, body={"orders": body["orders"][-1:]})


def entry(order_id: t.Any, status: t.Any = "issued", certificate_id: t.Any = 7) -> Json:
    return {"order_id": order_id, "certificate_id": certificate_id, "status": status}


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("hours", "expected", "words"),
    [
        (5, 0, "no orders changed their"),
        (15, 1, "1 order changed its"),
        (25, 2, "2 orders changed their"),
        (168, 5, "5"),
    ],
)
def test_changes_in_the_span_are_returned(
    api: State, monkeypatch: pytest.MonkeyPatch, hours: int, expected: int, words: str, check_mode: bool
) -> None:
    # Orders 1001 to 1005 changed 10, 20, 30, 40 and 50 hours ago, and one never did.
    api.seed({"id": ORDER + number, "status": "pending"} for number in range(6))
    now = api.account.now()
    for number in range(1, 6):
        with monkeypatch.context() as past:
            past.setattr(api.account, "now", lambda number=number: now - timedelta(hours=10 * number))
            api.account.edit(ORDER + number, status="canceled" if number == 2 else "issued")
    api.quirks.shuffle_equal_keys = 3
    result = run(api, hours * 3600, check_mode=check_mode)
    changed = range(ORDER + 1, ORDER + 1 + expected)
    assert sorted((change.pop("order_id"), change.pop("status")) for change in result["changes"]) == [
        (order_id, "canceled" if order_id == ORDER + 2 else "issued") for order_id in changed
    ]
    assert all([*change] == ["certificate_id"] and change["certificate_id"] > 0 for change in result["changes"])
    assert result["complete"] is True and result["warnings"] == []
    assert result["msg"].startswith(words) and result["msg"].endswith(f" status in the last {hours * 3600} s")
    # A page, and the request that finds its end.
    assert len(api.requests) == (2 if expected else 1)


@pytest.mark.parametrize("seconds", [1, facts.MAX_CHANGES_SECONDS, "3600"])
def test_request_is_as_documented_and_bypasses_caches(api: State, seconds: t.Any) -> None:
    assert run(api, seconds)["changes"] == []
    [request] = api.requests
    assert request["path"].endswith("/order/certificate/status-changes")
    assert dict(request["query"]) == {"seconds": str(seconds), "limit": "1000", "offset": "0"}
    assert headers(request)["cache-control"] == "no-cache"


@pytest.mark.parametrize("body", [{}, {"orders": None}, {"page": {"total": 0, "limit": 0, "offset": 0}}])
def test_empty_list_costs_one_request(api: State, body: Json) -> None:
    answer(api, body)
    result = run(api)
    assert (result["changes"], result["complete"], len(api.requests)) == ([], True, 1)


def test_all_certificates_of_one_order_are_returned(api: State) -> None:
    """Regression: a second row of an order was mistaken for a row that moved, so the list was read four times and a row was lost."""
    rows = [entry(1, certificate_id=7), entry(2), entry(1, certificate_id=8), entry(1, certificate_id=None)]
    answer(api, {"orders": rows})
    result = run(api)
    assert (result["changes"], result["complete"], result["warnings"]) == (rows, True, [])
    assert result["msg"].startswith("2 orders changed") and len(api.requests) == 2


def test_page_can_end_between_two_certificates_of_one_order(api: State, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [entry(order_id, certificate_id=number) for order_id in (1, 2) for number in range(5)]

    def three_at_a_time(query: t.Iterable[tuple[str, str]]) -> Json:
        offset = int(dict(query)["offset"])
        return {"orders": rows[offset : offset + 3]}

    monkeypatch.setattr(api.account, "status_changes", three_at_a_time)
    result = run(api)
    assert [change["certificate_id"] for change in result["changes"]] == [None, 1, 2, 3, 4] * 2
    # Two new rows with each page after the first, and then the page that finds the end.
    assert (result["complete"], len(api.requests)) == (True, 6)


@pytest.mark.parametrize("odd", [None, {}, *map(entry, (0, True, "one")), *(entry(5, status) for status in ("", 7))])
def test_invalid_entry_is_left_out_and_named(api: State, odd: t.Any) -> None:
    answer(api, {"orders": [entry(1), odd, entry(2)]})
    result = run(api)
    assert (result["changes"], result["complete"]) == ([entry(1), entry(2)], False)
    named = "order 5" if isinstance(odd, dict) and odd.get("order_id") == 5 else "row 2"
    assert result["warnings"][-1].endswith(f": {named}")


@pytest.mark.parametrize(("certificate_id", "expected"), [("7", 7), (None, None), (0, None), ([], None)])
def test_change_without_a_certificate_id_is_returned(api: State, certificate_id: t.Any, expected: t.Any) -> None:
    changes = [entry(1), entry(2**40, "needs_csr_or_whatever", certificate_id)]
    answer(api, {"orders": changes})
    result = run(api)
    assert (result["changes"], result["complete"]) == ([changes[0], {**changes[1], "certificate_id": expected}], True)


NOT_CHANGES: list[t.Any] = [[], {"orders": {}}, {"data": []}, entry(1)]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        *((200, body, "unexpected_response") for body in NOT_CHANGES),
        *((400, "", "rejected_by_api"), (404, "", "unexpected_response")),
    ],
)
def test_response_of_another_form_or_status_is_a_failure(api: State, status: int, body: t.Any, reason: str) -> None:
    api.fault("status", on="status_changes", status=status, body=body, times=None)
    result = run(api, retry_timeout=0)
    assert (result["failed"], result["reason"], result["http_status"]) == (True, reason, status)
    assert result["order_id"] is None and len(api.requests) == 1
