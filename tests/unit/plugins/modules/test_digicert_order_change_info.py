# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that reads which orders changed their status, in this process, against the simulator."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.certops.certcentral.plugins.modules import digicert_order_change_info
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import run_main

WEEK = 7 * 24 * 3600
ORDER = 1_000


def run(sim: Simulator, seconds: t.Any = 3600, *, check_mode: bool = False, **options: t.Any) -> dict[str, t.Any]:
    """Return the result of a run with a key that may only read."""
    options = {"api_url": sim.url, "api_key": sim.view_only_key, "within_seconds": seconds, **options}
    result = run_main(digicert_order_change_info.main, options, check_mode=check_mode)
    assert result.get("changed", False) is False
    if "failed" not in result:
        assert result["api_calls"] == {"reads": len(sim.requests), "writes": 0}
    return result


def answer(sim: Simulator, body: t.Any) -> None:
    """Have the API answer with this, and on the second page with the last entry again, if that page begins with it."""
    sim.fault("status", on="status_changes", status=200, body=body)
    if isinstance(body, dict) and isinstance(body.get("orders"), list) and body["orders"][1:]:
        sim.fault("status", on="status_changes", status=200, body={"orders": body["orders"][-1:]})


def entry(order_id: t.Any, status: t.Any = "issued", certificate_id: t.Any = 7) -> dict[str, t.Any]:
    return {"order_id": order_id, "certificate_id": certificate_id, "status": status}


@pytest.fixture
def account(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """Orders 1001 to 1005 that changed 10, 20, 30, 40 and 50 hours ago, and one that never did."""
    sim.seed({"id": ORDER + number, "status": "pending"} for number in range(6))
    real = datetime.now(timezone.utc)
    for number in range(1, 6):
        monkeypatch.setattr(sim.account, "now", lambda number=number: real - timedelta(hours=10 * number))
        sim.account.edit(ORDER + number, status="canceled" if number == 2 else "issued")
    monkeypatch.undo()
    return sim


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("hours", "expected"), [(5, 0), (15, 1), (25, 2), (45, 4), (168, 5)])
def test_changes_in_the_span_are_returned(account: Simulator, hours: int, expected: int, check_mode: bool) -> None:
    account.quirks.shuffle_equal_keys = 3
    result = run(account, hours * 3600, check_mode=check_mode)
    assert {change["order_id"] for change in result["changes"]} == {ORDER + 1 + number for number in range(expected)}
    assert {change["status"] for change in result["changes"]} <= {"issued", "canceled"}
    assert all(change.keys() == {"order_id", "certificate_id", "status"} for change in result["changes"])
    assert all(isinstance(change["certificate_id"], int) for change in result["changes"])
    assert result["complete"] is True and result["warnings"] == []
    # A page, and the request that finds its end.
    assert len(account.requests) == (2 if expected else 1)


def test_request_is_as_documented_and_passes_caches(account: Simulator) -> None:
    run(account, 90)
    [request] = account.requests
    assert request["path"].endswith("/order/certificate/status-changes")
    assert dict(request["query"]) == {"seconds": "90", "limit": "1000", "offset": "0"}
    assert {name.lower(): value for name, value in request["headers"].items()}["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "no orders changed their"), (1, "1 order changed its"), (2, "2 orders changed their")],
)
def test_message_counts_orders(sim: Simulator, count: int, words: str) -> None:
    sim.account.add({"id": number} for number in range(1, count + 1))
    assert run(sim, 60)["msg"] == f"{words} status in the last 60 s"


@pytest.mark.parametrize(
    "body", [{}, {"orders": None}, {"orders": []}, {"page": {"total": 0, "limit": 0, "offset": 0}}]
)
def test_empty_list_costs_one_request(sim: Simulator, body: dict[str, t.Any]) -> None:
    answer(sim, body)
    result = run(sim)
    assert (result["changes"], result["complete"], len(sim.requests)) == ([], True, 1)


def test_all_certificates_of_one_order_are_returned(sim: Simulator) -> None:
    """Regression: a second row of an order was taken for a row that moved, so the list was read four times and a row was lost."""
    rows = [entry(1, certificate_id=7), entry(2), entry(1, certificate_id=8), entry(1, certificate_id=None)]
    answer(sim, {"orders": rows})
    result = run(sim)
    assert (result["changes"], result["complete"], result["warnings"]) == (rows, True, [])
    assert result["msg"].startswith("2 orders changed")
    assert len(sim.requests) == 2


def test_page_can_end_between_two_certificates_of_one_order(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [entry(order_id, certificate_id=number) for order_id in (1, 2) for number in range(5)]

    def three_at_a_time(query: t.Iterable[tuple[str, str]]) -> dict[str, t.Any]:
        offset = int(dict(query)["offset"])
        return {"orders": rows[offset : offset + 3]}

    monkeypatch.setattr(sim.account, "status_changes", three_at_a_time)
    result = run(sim)
    assert [change["certificate_id"] for change in result["changes"]] == [None, 1, 2, 3, 4] * 2
    # Two new rows with each page after the first, and then the page that finds the end.
    assert (result["complete"], len(sim.requests)) == (True, 6)


@pytest.mark.parametrize("odd", [None, {}, *map(entry, (0, True, "one")), *(entry(5, status) for status in ("", 7))])
def test_odd_entry_is_left_out_and_named(sim: Simulator, odd: t.Any) -> None:
    answer(sim, {"orders": [entry(1), odd, entry(2)]})
    result = run(sim)
    assert [change["order_id"] for change in result["changes"]] == [1, 2]
    assert result["complete"] is False
    named = "order 5" if isinstance(odd, dict) and odd.get("order_id") == 5 else "row 2"
    assert result["warnings"][-1].endswith(f": {named}")


@pytest.mark.parametrize(("certificate_id", "expected"), [("7", 7), (None, None), (0, None), ([], None)])
def test_change_without_a_certificate_id_is_returned(sim: Simulator, certificate_id: t.Any, expected: t.Any) -> None:
    answer(sim, {"orders": [entry(2**40, "needs_csr_or_whatever", certificate_id)]})
    result = run(sim)
    assert result["changes"] == [entry(2**40, "needs_csr_or_whatever", expected)]
    assert result["complete"] is True


@pytest.mark.parametrize("body", [[], {"orders": {}}, {"data": []}, entry(1)])
def test_response_of_another_shape_is_refused(sim: Simulator, body: t.Any) -> None:
    answer(sim, body)
    result = run(sim)
    assert (result["failed"], result["reason"], result["http_status"]) == (True, "unexpected_response", 200)


@pytest.mark.parametrize(("status", "reason"), [(400, "rejected_by_api"), (404, "unexpected_response")])
def test_failure_is_not_about_an_order(sim: Simulator, status: int, reason: str) -> None:
    sim.fault("status", on="status_changes", status=status, body="", times=None)
    result = run(sim, retry_timeout=0)
    assert (result["failed"], result["reason"], result["http_status"]) == (True, reason, status)
    assert result["order_id"] is None
    assert len(sim.requests) == 1


@pytest.mark.parametrize("seconds", [0, -1, WEEK + 1, True, "", 1.5, None])
def test_span_out_of_bounds_sends_nothing(sim: Simulator, seconds: t.Any) -> None:
    result = run(sim, seconds)
    assert result["failed"] is True
    assert "within_seconds" in result["msg"]
    assert sim.requests == []


@pytest.mark.parametrize("seconds", [1, WEEK, "3600"])
def test_span_within_bounds_is_requested(sim: Simulator, seconds: t.Any) -> None:
    assert run(sim, seconds)["changes"] == []
    assert dict(sim.requests[0]["query"])["seconds"] == str(seconds)
