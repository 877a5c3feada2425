# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds and what responses show of them, late responses, order lists that change between two pages, and rate limits.

See docs/api.md, sections 2, 4, 5 and 8, and test_contract.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.account import Account, ApiError
from ansible_collections.certops.certcentral.tests.simulator.limits import RateLimits
from ansible_collections.certops.certcentral.tests.simulator.quirks import Quirks, describe
from ansible_collections.certops.certcentral.tests.unit.simulator.support import (
    NOTE,
    Clock,
    Web,
    account,
    ids,
    put,
    row,
)


def test_fields_of_a_seed_are_shown_unchanged() -> None:
    seed = {
        "id": 2**40,
        "organization": [],
        "is_multi_year_plan": "1",
        "renewed_order_id": None,
        "certificate": {"common_name": "a.example.com", "valid_till": "2026-07-01"},
        "created_days_ago": 10,
        "omit": ["container", "certificate.thumbprint"],
        "omit_in_rows": ["is_renewed", "certificate.id"],
        "migrated": True,
    }
    held = account(seed)
    info, listed = held.order_info(2**40), row(held, 2**40)
    assert info["organization"] == listed["organization"] == []
    assert info["is_multi_year_plan"] == listed["is_multi_year_plan"] == "1"
    assert info["renewed_order_id"] is None
    assert info["certificate"]["dns_names"] == ["a.example.com"]
    assert (info["certificate"]["valid_till"], info["certificate"]["days_remaining"]) == ("2026-07-01", 16)
    assert info["date_created"] == "2026-06-05T12:00:00+00:00"
    assert not {"container", "migrated", "omit", "omit_in_rows", "created_days_ago"} & set(info)
    assert "thumbprint" not in info["certificate"]
    assert "container" in listed
    assert "is_renewed" not in listed
    assert "id" not in listed["certificate"]
    held.orders[2**40]["organization"].append(1)
    assert seed["organization"] == [], "the account does not share the seed with the caller"


def test_order_ends_with_its_certificate_unless_the_seed_says_otherwise() -> None:
    ends = {"valid_in_days": 20, "valid_from_days_ago": 179, "created_days_ago": 400, "order_valid_in_days": 700}
    held = account({"id": 1, "valid_in_days": 20}, {"id": 2, **ends, "is_multi_year_plan": "1"})
    assert held.order_info(1)["order_valid_till"] == held.order_info(1)["certificate"]["valid_till"] == "2026-07-05"
    info = held.order_info(2)
    assert (info["order_valid_till"], info["certificate"]["valid_till"]) == ("2028-05-15", "2026-07-05")
    assert (info["date_created"][:10], info["certificate"]["valid_from"]) == ("2025-05-11", "2025-12-18")
    assert info["is_multi_year_plan"] == "1"


def test_compact_description_makes_many_orders() -> None:
    held = account()
    made = held.generate(
        [{"count": 5, "first_id": 10, "certificate": {"common_name": "h{n}-{id}"}, "cycle": {"valid_in_days": [1, 2]}}]
    )
    assert made == [10, 11, 12, 13, 14]
    assert [held.order_info(order_id)["certificate"]["days_remaining"] for order_id in made] == [1, 2, 1, 2, 1]
    assert held.order_info(12)["certificate"]["common_name"] == "h2-12"
    assert held.generate([{"count": 1}]) == [15]


# ---- quirks


def test_canceled_order_can_be_unreadable() -> None:
    held = account({"id": 1, "status": "pending"}, {"id": 2}, canceled_order_readable=False)
    put(held, "canceled", NOTE)
    with pytest.raises(ApiError) as caught:
        held.order_info(1)
    assert (caught.value.code, ids(held)) == ("not_found|order", [2])


def test_mark_can_show_as_status() -> None:
    held = account({"id": 1, "migrated": True, "valid_in_days": 10}, renewed_as_status=True)
    put(held, "renewed")
    assert held.order_info(1)["status"] == "renewed"
    assert row(held)["status"] == "renewed"
    put(held, "not_renewed")
    assert held.order_info(1)["status"] == "issued"


@pytest.mark.parametrize(("form", "shown"), [("bool", (True, 2)), ("int", (1, 2)), ("string", ("1", "2"))])
def test_flags_and_counts_have_the_form_of_the_quirk(form: str, shown: tuple[Any, Any]) -> None:
    listed = row(account({"id": 1, "duplicates_count": 2}, flag_form=form))
    assert (listed["has_duplicates"], listed["duplicates_count"]) == shown
    assert type(listed["has_duplicates"]) is type(shown[0])


def test_unknown_quirks_and_wrong_values_are_refused() -> None:
    quirks = Quirks()
    wrong: tuple[tuple[str, Any], ...] = (
        ("red_lag", 1),
        ("read_lag", "1"),
        ("read_lag", True),
        ("repeat_change", "maybe"),
    )
    for name, value in wrong:
        with pytest.raises(ValueError, match=name):
            setattr(quirks, name, value)
    with pytest.raises(ValueError, match="no such quirk"):
        quirks.update({"read_lag": 5, "other": 1})
    assert quirks == Quirks()
    assert all(name in describe() for name in quirks.as_dict())


# ---- late responses


CANCELED = ("filters[status]", "canceled")


def statuses(held: Account, *order_ids: int) -> list[str]:
    return [held.order_info(order_id)["status"] for order_id in order_ids]


def test_number_of_responses_is_late() -> None:
    held = account({"id": 1, "status": "pending"}, {"id": 2}, read_lag=2, list_lag=1)
    put(held, "canceled", NOTE)
    assert statuses(held, 1, 1, 1, 1) == ["pending", "pending", "canceled", "canceled"]
    assert statuses(held, 2) == ["issued"]
    assert ids(held, ("filters[id]", "2")) == [2], "a list without the order does not count"
    assert ids(held, CANCELED) == []
    assert ids(held, CANCELED) == [1]


def test_responses_are_late_for_seconds() -> None:
    clock = Clock()
    held = account({"id": 1, "status": "pending"}, clock=clock, read_lag_seconds=2.0, list_lag_seconds=5.0)
    put(held, "canceled", NOTE)
    for seconds, info in ((0.0, "pending"), (1.9, "pending"), (2.0, "canceled"), (4.9, "canceled")):
        clock.seconds = seconds
        assert statuses(held, 1) == [info], seconds
        assert ids(held, CANCELED) == [], seconds
    clock.seconds = 5.0
    assert ids(held, CANCELED) == [1]


def test_new_and_removed_orders_are_late() -> None:
    clock = Clock()
    held = account({"id": 1}, clock=clock, read_lag_seconds=2.0, list_lag_seconds=2.0)
    held.add([{"id": 2}])
    held.remove(1)
    assert ids(held) == [1]
    assert statuses(held, 1) == ["issued"]
    with pytest.raises(ApiError):
        held.order_info(2)
    clock.seconds = 2.0
    assert ids(held) == [2]
    assert statuses(held, 2) == ["issued"]


def test_change_is_checked_against_the_current_state() -> None:
    held = account({"id": 1, "status": "pending"}, read_lag_seconds=60.0)
    put(held, "canceled", NOTE)
    with pytest.raises(ApiError, match="already canceled"):
        put(held, "canceled", NOTE)


def test_settled_account_is_up_to_date() -> None:
    held = account({"id": 1, "status": "pending"}, read_lag_seconds=60.0)
    put(held, "canceled", NOTE)
    assert held.list_orders([], stale=True)["orders"][0]["status"] == "pending"
    assert statuses(held, 1) == ["pending"]
    held.settle()
    assert statuses(held, 1) == ["canceled"]
    assert held.order_info(1, stale=True)["status"] == "canceled"


# ---- between two pages


def pages(web: Web, query: str, limit: int = 3) -> list[list[int]]:
    """Return the IDs on each page, for a client that advances by the number of rows."""
    found: list[list[int]] = []
    while True:
        offset = sum(len(page) for page in found)
        rows = web.get(f"/order/certificate?limit={limit}&offset={offset}&{query}").get("orders") or []
        if not rows:
            return found
        found.append([row["id"] for row in rows])


def test_rows_are_skipped_if_others_leave_between_two_pages() -> None:
    web = Web(*({"id": number, "status": "pending"} for number in range(1, 8)))
    web.state.fault("edit", on="list", after=1, orders=[{"id": 1, "status": "issued"}, {"id": 2, "status": "canceled"}])
    assert pages(web, "filters[status]=pending") == [[1, 2, 3], [6, 7]]
    assert [record["fault"] for record in web.state.requests] == [None, "edit", None]
    assert pages(web, "filters[status]=pending") == [[3, 4, 5], [6, 7]]
    assert web.state.errors == []


def test_rows_come_twice_if_others_enter_between_two_pages() -> None:
    web = Web(*({"id": number, "status": "pending"} for number in range(1, 6)))
    web.state.fault("edit", on="list", afterwards=True, add=[{"id": 9, "status": "pending"}], remove=[2])
    assert pages(web, "sort=-order_id") == [[5, 4, 3], [3, 1]]
    assert pages(web, "sort=-order_id") == [[9, 5, 4], [3, 1]]


@pytest.mark.parametrize("when", [False, True])
def test_edit_of_an_unknown_order_is_an_error_of_the_simulator(when: bool) -> None:
    web = Web({"id": 1})
    web.client.application.logger.disabled = True
    web.state.fault("edit", orders=[{"id": 7, "status": "issued"}], afterwards=when)
    assert web.send("GET", "/order/certificate/1").status_code == 500
    assert "no order 7" in web.state.errors[0]


def test_rows_with_equal_keys_are_shuffled_in_each_response() -> None:
    def read(sort: str, seed: int) -> list[list[list[int]]]:
        web = Web(*({"id": number, "created_days_ago": number % 2} for number in range(1, 21)))
        web.state.quirks.shuffle_equal_keys = seed
        return [pages(web, sort, 10) for unused in range(3)]

    first = read("sort=date_created", 1)
    assert first == read("sort=date_created", 1), "the seed makes it repeatable"
    assert first != read("sort=date_created", 2)
    assert len({str(reading) for reading in first}) == 3
    assert all(sorted(reading[0]) == list(range(1, 21, 2)) for reading in first), "the order of the keys is kept"
    assert len({str(reading) for reading in read("", 1)}) == 3, "without a sort key, all rows are equal"
    assert len({str(reading) for reading in read("sort=order_id", 1)}) == 1
    assert len({str(reading) for reading in read("sort=date_created,order_id", 1)}) == 1


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
    assert held.allow("key", refused_count=True)
    clock.seconds = 4.0
    assert not held.allow("key", refused_count=True)
    clock.seconds = 6.0
    assert not held.allow("key", refused_count=True), "the refused one is still in the window"
    clock.seconds = 11.0
    assert held.allow("key", refused_count=True)
