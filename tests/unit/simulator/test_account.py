"""Seeds, late responses, order lists that change between two pages, and rate limits (docs/api.md, sections 2, 4, 5 and 8)."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.account import Account, ApiError
from ansible_collections.certops.certcentral.tests.simulator.quirks import Quirks, describe
from ansible_collections.certops.certcentral.tests.simulator.state import RateLimits
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, Clock, account, ids, put


def test_order_ends_with_its_certificate_unless_the_seed_says_otherwise() -> None:
    ends = {"valid_in_days": 20, "valid_from_days_ago": 179, "created_days_ago": 400, "order_valid_in_days": 700}
    held = account({"id": 1, "valid_in_days": 20}, {"id": 2, **ends})
    assert held.order_info(1)["order_valid_till"] == held.order_info(1)["certificate"]["valid_till"] == "2026-07-05"
    info = held.order_info(2)
    assert (info["order_valid_till"], info["certificate"]["valid_till"]) == ("2028-05-15", "2026-07-05")
    assert (info["date_created"][:10], info["certificate"]["valid_from"]) == ("2025-05-11", "2025-12-18")


def test_compact_description_makes_many_orders() -> None:
    held = account()
    names = {"common_name": "h{n}", "dns_names": ["h{n}"]}
    assert held.generate([{"count": 3, "first_id": 10, "certificate": names, "valid_in_days": 2}]) == [10, 11, 12]
    shown = held.order_info(12)["certificate"]
    assert (shown["common_name"], shown["dns_names"], shown["days_remaining"]) == ("h2", ["h2"], 2)
    assert held.generate([{"count": 1}]) == [13]


# ---- quirks


def test_canceled_order_can_be_unreadable() -> None:
    held = account({"id": 1, "status": "pending"}, {"id": 2}, canceled_order_readable=False)
    put(held, "canceled", NOTE)
    with pytest.raises(ApiError, match="not_found"):
        held.order_info(1)
    assert ids(held) == [2]


@pytest.mark.parametrize(
    ("name", "value"),
    [("red_lag", 1), ("read_lag", "1"), ("read_lag", True), ("repeat_change", "maybe"), ("ignored_filters", [1])],
)
def test_unknown_quirk_or_wrong_value_is_refused(name: str, value: Any) -> None:
    quirks = Quirks()
    with pytest.raises(ValueError, match=name):
        quirks.update({"max_limit": 5, name: value})
    assert quirks == Quirks()
    assert all(known in describe() for known in quirks.as_dict())


# ---- late responses


CANCELED = ("filters[status]", "canceled")


def statuses(held: Account, *order_ids: int) -> list[str]:
    return [held.order_info(order_id)["status"] for order_id in order_ids]


def test_number_of_responses_is_late() -> None:
    held = account({"id": 1, "status": "pending"}, {"id": 2}, read_lag=2, list_lag=1)
    put(held, "canceled", NOTE)
    assert statuses(held, 1, 1, 1, 1) == ["pending", "pending", "canceled", "canceled"]
    assert statuses(held, 2) == ["issued"]
    assert ids(held, ("filters[status]", "issued")) == [2], "a list without the order does not count"
    assert ids(held, CANCELED) == []
    assert ids(held, CANCELED) == [1]


def test_late_responses_last_for_seconds_but_changes_are_checked_at_once() -> None:
    clock = Clock()
    held = account({"id": 1, "status": "pending"}, clock=clock, read_lag_seconds=2.0, list_lag_seconds=5.0)
    put(held, "canceled", NOTE)
    with pytest.raises(ApiError, match="already canceled"):
        put(held, "canceled", NOTE)
    for seconds, info, listed in (
        (0.0, "pending", []),
        (1.9, "pending", []),
        (2.0, "canceled", []),
        (5.0, "canceled", [1]),
    ):
        clock.seconds = seconds
        assert (statuses(held, 1), ids(held, CANCELED)) == ([info], listed), seconds


def test_new_and_removed_orders_are_late_until_the_account_is_settled() -> None:
    held = account({"id": 1}, read_lag_seconds=2.0, list_lag_seconds=2.0)
    held.add([{"id": 2}])
    held.remove(1)
    assert ids(held) == [1]
    assert statuses(held, 1) == ["issued"]
    with pytest.raises(ApiError):
        held.order_info(2)
    held.settle()
    assert ids(held) == [2]
    assert statuses(held, 2) == ["issued"]


# ---- between two pages


def pages(held: Account, *query: tuple[str, str], limit: int = 3) -> list[list[int]]:
    """Return the IDs on each page, for a client that advances by the number of rows."""
    found: list[list[int]] = []
    while page := ids(held, *query, ("limit", str(limit)), ("offset", str(sum(map(len, found))))):
        found.append(page)
    return found


def test_rows_are_skipped_or_repeated_if_orders_leave_or_enter_between_two_pages() -> None:
    held = account(*({"id": number, "status": "pending"} for number in range(1, 8)))
    pending, newest = ("filters[status]", "pending"), ("sort", "-order_id")
    assert ids(held, pending, ("limit", "3")) == [1, 2, 3]
    held.edit(1, status="issued")
    held.edit(2, status="canceled")
    assert ids(held, pending, ("limit", "3"), ("offset", "3")) == [6, 7]
    assert ids(held, newest, ("limit", "3")) == [7, 6, 5]
    held.add([{"id": 9}])
    assert pages(held, newest) == [[9, 7, 6], [5, 4, 3], [2, 1]]


def test_rows_with_equal_keys_are_shuffled_in_each_response() -> None:
    def read(sort: str, seed: int) -> list[list[list[int]]]:
        orders = ({"id": number, "created_days_ago": number % 2} for number in range(1, 21))
        held = account(*orders, shuffle_equal_keys=seed)
        return [pages(held, ("sort", sort), limit=10) for unused in range(3)]

    first = read("date_created", 1)
    assert first == read("date_created", 1), "the seed makes it repeatable"
    assert first != read("date_created", 2)
    assert len({str(reading) for reading in first}) == 3
    assert all(sorted(reading[0]) == list(range(1, 21, 2)) for reading in first), "the order of the keys is kept"
    assert len({str(reading) for reading in read("", 1)}) == 3, "without a sort key, all rows are equal"
    assert len({str(reading) for reading in read("date_created,order_id", 1)}) == 1


def test_repeated_row_hides_no_order_from_a_client_that_counts_rows() -> None:
    held = account(*({"id": number} for number in range(1, 6)), repeat_row=True)
    assert pages(held, limit=2) == [[1, 2], [2, 3], [4, 5]]


# ---- the rolling windows of the rate limits (section 2)


def test_windows_allow_100_requests_in_5_s_and_1000_in_180_s_and_roll() -> None:
    clock = Clock()
    held = RateLimits(facts.RATE_LIMITS, clock)
    for burst in range(10):
        clock.seconds = burst * 6.0
        assert all(held.allow("key", refused_count=False) for unused in range(100))
        clock.seconds += 4.999
        assert not held.allow("key", refused_count=False)
    assert held.allow("other", refused_count=False), "each key has its own windows"
    clock.seconds = 179.0
    assert not held.allow("key", refused_count=False)
    clock.seconds = 180.0
    assert held.allow("key", refused_count=False)


def test_refused_requests_can_count() -> None:
    clock = Clock()
    held = RateLimits([(1, 5)], clock)
    # The refused request at 4 s is in the window until 9 s.
    for seconds, allowed in ((0.0, True), (4.0, False), (6.0, False), (11.0, True)):
        clock.seconds = seconds
        assert held.allow("key", refused_count=True) is allowed, seconds
