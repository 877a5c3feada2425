# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Late responses, and order lists that change between two pages."""

from __future__ import annotations

import pytest

from ansible_collections.certops.certcentral.tests.simulator.account import Account, ApiError
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, Clock, Web, account, ids, put

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
