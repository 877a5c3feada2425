"""Reading orders, in this process, against the simulator."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import NOTE, ids, kinds, run_info, run_many
from ansible_collections.certops.certcentral.tests.unit.fake_transport import EARLY

Json = dict[str, t.Any]
ALL = list(range(1, 13))


def day(days: int) -> str:
    return (EARLY.date() + timedelta(days=days)).isoformat()


@pytest.fixture
def account(api: State) -> State:
    """Orders 1 to 12, placed a day apart, with every status that the filter accepts and two more."""
    statuses = ("pending", "issued", "rejected", "revoked", "waiting_pickup", "reissue_pending", "canceled", "expired")
    api.seed(
        {
            "id": number,
            "status": statuses[number - 1] if number <= 8 else "needs_approval" if number == 9 else "issued",
            "created_days_ago": 100 - number,
            "is_renewed": number in (8, 10),
            "certificate": {
                "common_name": f"host{number % 3}.example.com",
                "valid_till": day(number * 10 - 85) if number in (2, 4, 6, 8, 10, 11, 12) else None,
            },
        }
        for number in ALL
    )
    return api


# 2 ends in -65 days, 4 in -45, 6 in -25, 8 in -5, 10 in 15, 11 in 25, 12 in 35. test_search.py has every filter.
SELECTIONS: list[tuple[Json, list[int]]] = [
    ({}, ALL),
    ({"filters": {"id": [5, "007", 99]}}, [5, 7]),
    ({"filters": {"status": "issued"}}, [2, 8, 10, 11, 12]),
    ({"filters": {"status": "needs_approval"}}, [9]),
    ({"filters": {"is_renewed": "no", "status": "issued"}}, [2, 11, 12]),
    ({"filters": {"common_name": ["host1.example.com", "host2.example.com"]}}, [1, 2, 4, 5, 7, 8, 10, 11]),
    ({"filters": {"valid_till": [{"after": day(-46), "before": day(15)}, day(25)]}}, [4, 6, 8, 11]),
    ({"filters": {"date_created": {"after": day(-93), "before": day(-89)}}}, [8, 9, 10]),
    ({"expires_within": 30, "filters": {"valid_till": {"after": day(0)}}}, [10, 11]),
    # A day is a period of 24 hours. Order 5 was placed exactly this long ago.
    ({"older_than": 95}, [1, 2, 3, 4, 5]),
    ({"limit": 3, "sort": "-date_created"}, [12, 11, 10]),
    ({"limit": 0}, []),
    ({"limit": 1, "sort": "-order_id", "filters": {"status": ["pending", "waiting_pickup"]}}, [5]),
    ({"order_ids": [3, 99, 1, 3]}, [3, 1]),
    # The limit counts orders that exist.
    ({"order_ids": [99, 3, 3, 1, 2], "limit": 2}, [3, 1]),
]


@pytest.mark.parametrize(("options", "expected"), SELECTIONS)
def test_options_select_orders(account: State, options: Json, expected: list[int]) -> None:
    result = run_info(account, options)
    found = ids(result)
    assert (found if "sort" in options or "order_ids" in options else sorted(found)) == expected
    assert result["missing"] == ([99] if 99 in options.get("order_ids", ()) else [])
    assert result["complete"] is ("limit" not in options) and result["warnings"] == []
    # One value for each filter, as documented.
    assert not [name for request in account.requests for name, unused in request["query"] if "][" in name]


NOTHING: list[Json] = [{"order_ids": []}, {"order_ids": [1], "limit": 0}]


@pytest.mark.parametrize("options", [*NOTHING, {"filters": {"status": [], "id": 1}, "expires_within": 30}])
def test_empty_list_or_limit_selects_nothing_and_sends_nothing(account: State, options: Json) -> None:
    assert run_info(account, options)["orders"] == [] and account.requests == []
    assert run_many(account, {"order_ids": [], **NOTE})["orders"] == [] and account.requests == []


# test_listing.py has every incomplete list.
@pytest.mark.parametrize(("options", "others"), [({}, 11), ({"filters": {"id": [2, 3]}}, 1)])
def test_bad_row_leaves_a_list_or_one_of_several_lists_incomplete(account: State, options: Json, others: int) -> None:
    account.account.orders[3]["status"] = None
    result = run_info(account, options)
    words = "the list of orders has rows that cannot be read, which were left out: order 3"
    assert ("failed" in result, result["complete"], result["total"]) == (False, False, others)
    assert 3 not in ids(result) and [words in warning for warning in result["warnings"]] == [True]


def test_response_that_is_not_a_page_fails(api: State) -> None:
    api.fault("wrong_shape", on="list", shape="errors")
    result = run_info(api, {})
    assert (result["reason"], result["changed"], result["http_status"]) == ("unexpected_response", False, 200)
    assert "Something is wrong." in result["msg"] and "orders" not in result and len(api.requests) == 1


def test_unknown_status_is_a_warning(account: State) -> None:
    result = run_info(account, {"filters": {"status": ["cancelled", "Pending"]}})
    (warning,) = result["warnings"]
    assert (ids(result), result["complete"]) == ([1], True)
    assert warning.startswith("no order is known to have the status cancelled: known statuses are approved, canceled, ")


@pytest.mark.parametrize("order_ids", [[1], [1, 2, 3], [*ALL, 99]])
def test_form_of_orders_depends_on_details_and_not_on_their_number(account: State, order_ids: list[int]) -> None:
    """Regression: three IDs returned order details, and four IDs returned rows."""
    missing = [order_id for order_id in order_ids if order_id == 99]
    result = run_info(account, {"order_ids": order_ids})
    assert [*ids(result), *result["missing"]] == order_ids and all("requests" in order for order in result["orders"])
    assert kinds(account) == ["info"] * len(order_ids)
    result = run_info(account, {"order_ids": order_ids, "details": False})
    assert [*ids(result), *result["missing"]] == order_ids and not any("requests" in row for row in result["orders"])
    assert result["orders"][0] == account.account.list_orders([("filters[id]", "1")])["orders"][0]
    assert (result["missing"], result["complete"]) == (missing, True)


def test_many_rows_cost_few_requests(api: State) -> None:
    api.account.generate([{"count": 2300, "first_id": 1, "status": "issued"}])
    assert run_info(api, {"order_ids": list(range(1, 401)), "details": False})["total"] == 400
    assert len(api.requests) <= 3


def test_an_order_is_missing_only_if_its_details_do_not_exist(account: State) -> None:
    # The order list does not have the order yet.
    account.fault("status", on="list", status=200, body={"orders": [{"id": 1, "status": "pending"}]}, times=None)
    result = run_info(account, {"order_ids": [1, 99], "details": False})
    assert (ids(result), result["missing"], result["complete"]) == ([1], [99], True)
    result = run_info(account, {"order_ids": [1, 2], "details": False})
    assert (result["reason"], result["order_id"]) == ("unexpected_response", 2)
    assert result["msg"].endswith("the order exists, but the order list does not contain it: set details to true")


def test_details_of_selected_orders_are_returned_and_the_others_left_out_with_a_warning(account: State) -> None:
    result = run_info(account, {"filters": {"status": "issued"}, "details": True, "sort": "-order_id", "limit": 2})
    assert ids(result) == [12, 11] and all("requests" in order for order in result["orders"])
    assert kinds(account) == ["list"] * 2 + ["info"] * 2
    account.fault("status", on="info", order_id=7, status=404, times=None)
    result = run_info(account, {"filters": {"id": [5, 7]}, "details": True})
    words = "whose details do not exist, which were left out: order 7"
    assert ("failed" in result, result["complete"], ids(result)) == (False, False, [5])
    assert [words in warning for warning in result["warnings"]] == [True]
