# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading orders, in this process, against the simulator."""

from __future__ import annotations

import json
import typing as t
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from ansible_collections.certops.certcentral.plugins.modules import digicert_order_info
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.table import today
from ansible_collections.certops.certcentral.tests.unit.support import Clock, run_main

ALL = list(range(1, 13))


def run(sim: Simulator, options: t.Mapping[str, t.Any], **mode: bool) -> dict[str, t.Any]:
    options = {"api_url": sim.url, "api_key": sim.view_only_key, **options}
    result = run_main(digicert_order_info.main, options, **mode)
    if "failed" not in result:
        assert result["total"] == len(result["orders"]) and result["changed"] is False
        assert result["api_calls"] == {"reads": len(sim.requests), "writes": 0}
    return result


def ids(result: dict[str, t.Any]) -> list[int]:
    return [order["id"] for order in result["orders"]]


def day(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


@pytest.fixture
def account(sim: Simulator) -> Simulator:
    """Orders 1 to 12, of every status that the filter knows and two more, a day apart."""
    statuses = ("pending", "issued", "rejected", "revoked", "waiting_pickup", "reissue_pending", "canceled", "expired")
    sim.seed(
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
    return sim


# 2 ends in -65 days, 4 in -45, 6 in -25, 8 in -5, 10 in 15, 11 in 25, 12 in 35.
SELECTIONS: list[tuple[dict[str, t.Any], list[int]]] = [
    ({}, ALL),
    ({"filters": {}}, ALL),
    ({"filters": {"id": 5}}, [5]),
    ({"filters": {"id": [5, "7", 99]}}, [5, 7]),
    ({"filters": {"status": "pending"}}, [1]),
    ({"filters": {"status": "issued"}}, [2, 8, 10, 11, 12]),
    ({"filters": {"status": ["pending", "waiting_pickup"]}}, [1, 5]),
    ({"filters": {"status": "needs_approval"}}, [9]),
    ({"filters": {"is_renewed": True}}, [8, 10]),
    ({"filters": {"is_renewed": "no", "status": "issued"}}, [2, 11, 12]),
    ({"filters": {"is_renewed": [True, False]}}, ALL),
    ({"filters": {"common_name": "host1.example.com"}}, [1, 4, 7, 10]),
    ({"filters": {"common_name": ["host1.example.com", "host2.example.com"]}}, [1, 2, 4, 5, 7, 8, 10, 11]),
    ({"filters": {"valid_till": {"before": day(-25)}}}, [2, 4]),
    ({"filters": {"valid_till": {"after": day(15)}}}, [11, 12]),
    ({"filters": {"valid_till": {"after": day(-46), "before": day(15)}}}, [4, 6, 8]),
    ({"filters": {"valid_till": day(25)}}, [11]),
    ({"filters": {"valid_till": [day(25), day(15)]}}, [10, 11]),
    ({"filters": {"date_created": {"after": day(-93), "before": day(-89)}}}, [8, 9, 10]),
    ({"expires_within": 0}, [2, 4, 6, 8]),
    ({"expires_within": 15}, [2, 4, 6, 8, 10]),
    ({"expires_within": 30, "filters": {"valid_till": {"after": day(0)}}}, [10, 11]),
    ({"expires_within": 30, "filters": {"valid_till": {"after": day(0), "before": day(20)}}}, [10]),
    ({"older_than": 95}, [1, 2, 3, 4]),
    ({"older_than": 90, "filters": {"status": ["pending", "revoked", "issued"]}}, [1, 2, 4, 8]),
    ({"limit": 3}, [1, 2, 3]),
    ({"limit": 3, "sort": "-date_created"}, [12, 11, 10]),
    (
        {"sort": "-date_created", "filters": {"common_name": ["host1.example.com", "host2.example.com"]}, "limit": 3},
        [11, 10, 8],
    ),
    ({"limit": 0}, []),
    ({"order_ids": [3, 1]}, [3, 1]),
    ({"order_ids": [3, 99, 1, 3]}, [3, 1]),
    ({"order_ids": [7]}, [7]),
]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("options", "expected"), SELECTIONS)
def test_selections(account: Simulator, options: dict[str, t.Any], expected: list[int], check_mode: bool) -> None:
    result = run(account, options, check_mode=check_mode)
    found = ids(result)
    assert (found if "sort" in options or "order_ids" in options else sorted(found)) == expected
    assert result["missing"] == ([99] if 99 in options.get("order_ids", ()) else [])


@pytest.mark.parametrize(
    "quirks",
    [
        {"multi_value_id": "ignored", "multi_value_filters": "ignored", "unknown_status_filter": "ignored"},
        {"multi_value_id": "refused", "multi_value_filters": "refused"},
        {"ignored_filters": ["id", "status", "is_renewed", "valid_till", "date_created"]},
        {"orders_key_null": True, "page_limit_zero": True},
        {"page_total_offset": 5000},
        {"page_total_offset": -5000},
        {"repeat_row": True, "max_limit": 2},
    ],
)
@pytest.mark.parametrize(("options", "expected"), SELECTIONS)
def test_selections_however_the_api_behaves(
    account: Simulator, options: dict[str, t.Any], expected: list[int], quirks: dict[str, t.Any]
) -> None:
    account.quirks.update(quirks)
    assert sorted(ids(run(account, options))) == sorted(expected)


def test_a_server_that_looks_at_one_of_several_values(account: Simulator) -> None:
    original = account.account.list_orders

    def listing(query: t.Any, *args: t.Any) -> t.Any:
        return original([(name, value) for name, value in query if not name.endswith("][1]")], *args)

    account.account.list_orders = listing  # type: ignore[method-assign,assignment]
    try:
        result = run(account, {"filters": {"status": ["pending", "waiting_pickup"]}})
        assert sorted(ids(result)) == [1, 5]
        account.clear_log()
        assert sorted(ids(run(account, {"filters": {"id": [1, 2]}}))) == [1, 2]
    finally:
        del account.account.list_orders


def test_several_values_that_are_ignored_do_not_cost_the_whole_account(sim: Simulator) -> None:
    sim.account.generate([{"count": 20_000, "first_id": 1, "status": "issued"}])
    sim.quirks.multi_value_id = "ignored"
    assert sorted(ids(run(sim, {"filters": {"id": [15_000, 16_000]}}))) == [15_000, 16_000]
    assert len(sim.requests) <= 5


def test_urls_stay_short(sim: Simulator) -> None:
    sim.account.generate([{"count": 600, "first_id": 5000000000, "status": "issued"}])
    wanted = list(range(5000000000, 5000000600))
    assert sorted(ids(run(sim, {"filters": {"id": wanted}}))) == wanted
    assert max(len(urlencode(request["query"])) for request in sim.requests) < 8000
    sim.clear_log()
    assert run(sim, {"order_ids": wanted})["total"] == 600
    assert max(len(urlencode(request["query"])) for request in sim.requests) < 8000


def test_limit_counts_what_exists(account: Simulator) -> None:
    result = run(account, {"order_ids": [99, 3, 3, 1, 2], "limit": 2})
    assert (ids(result), result["missing"]) == ([3, 1], [99])


def test_limit_ends_several_listings(sim: Simulator) -> None:
    names = ["a.example.com", "b.example.com"]
    sim.account.generate(
        [{"count": 4000, "first_id": 1, "cycle": {"certificate": [{"common_name": n} for n in names]}}]
    )
    assert run(sim, {"filters": {"common_name": names}, "limit": 5})["total"] == 5
    assert len(sim.requests) == 1


@pytest.mark.parametrize("sort", ["id", "-id", "-valid_till", "common_name,-id"])
def test_sort_across_listings(sim: Simulator, sort: str) -> None:
    names = ["a.example.com", "b.example.com"]
    sim.seed(
        {"id": number, "valid_in_days": 50 - number, "certificate": {"common_name": names[number % 2]}}
        for number in range(1, 13)
    )
    found = ids(run(sim, {"filters": {"common_name": names}, "sort": sort}))
    numbers = list(range(1, 13))
    expected = {
        "id": numbers,
        "-id": numbers[::-1],
        "-valid_till": numbers,
        "common_name,-id": [*numbers[1::2][::-1], *numbers[0::2][::-1]],
    }
    assert found == expected[sort]


@pytest.mark.parametrize(
    "options",
    [
        {"order_ids": []},
        {"filters": {"id": []}},
        {"filters": {"status": []}},
        {"filters": {"valid_till": []}},
        {"filters": {"common_name": [], "status": "pending"}},
        {"filters": {"status": []}, "expires_within": 30},
    ],
)
def test_an_empty_list_selects_nothing(account: Simulator, options: dict[str, t.Any]) -> None:
    assert run(account, options)["orders"] == [] and account.requests == []


def test_all_pages_are_read(sim: Simulator) -> None:
    sim.account.generate([{"count": 2300, "first_id": 1, "status": "issued"}])
    result = run(sim, {})
    assert sorted(ids(result)) == list(range(1, 2301))
    # Three pages, and one that finds the end.
    assert len(sim.requests) == 4


def test_limit_ends_the_reading(sim: Simulator) -> None:
    sim.account.generate([{"count": 2300, "first_id": 1, "status": "issued"}])
    assert len(ids(run(sim, {"limit": 1000}))) == 1000 and len(sim.requests) == 1
    sim.clear_log()
    assert len(ids(run(sim, {"limit": 10}))) == 10
    assert ("limit", "10") in sim.requests[0]["query"]
    sim.clear_log()
    sim.seed([{"id": 5000, "status": "pending"}])
    sim.quirks.ignored_filters = ("status",)
    assert ids(run(sim, {"limit": 1, "filters": {"status": "pending"}})) == [5000]
    assert len(sim.requests) <= 4


def test_a_server_that_ignores_the_offset(sim: Simulator) -> None:
    rows = [{"id": number, "status": "issued", "is_renewed": False} for number in range(1, 4)]
    sim.fault("status", on="list", status=200, body={"orders": rows}, times=None)
    assert ids(run(sim, {})) == [1, 2, 3] and len(sim.requests) == 2


def test_one_order_has_everything_that_is_known(account: Simulator) -> None:
    assert "requests" in run(account, {"order_ids": [1]})["orders"][0]


def test_many_ids_cost_few_requests(sim: Simulator) -> None:
    sim.account.generate([{"count": 2300, "first_id": 1, "status": "issued"}])
    assert run(sim, {"order_ids": list(range(1, 401))})["total"] == 400
    assert len(sim.requests) <= 3


def test_an_order_that_cannot_be_read_is_a_failure(account: Simulator, clock: Clock) -> None:
    account.quirks.multi_value_id = "refused"
    account.fault("status", on="info", order_id=3, status=500, times=None)
    result = run(account, {"order_ids": [1, 3], "retry_timeout": 3})
    assert (result["reason"], result["order_id"]) == ("unavailable", 3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"filters": {"state": "pending"}}, "state is not a filter: there are certificate_id, common_name"),
        ({"filters": {"status": None}}, "filter status has no value"),
        ({"filters": {"status": True}}, "filter status has the value"),
        ({"filters": {"status": {"a": 1}}}, "filter status has the value"),
        ({"filters": {"status": ""}}, "filter status has the value"),
        ({"filters": {"id": "x"}}, "an order ID is a whole number above 0"),
        ({"filters": {"id": [0]}}, "an order ID is a whole number above 0"),
        ({"filters": {"is_renewed": "perhaps"}}, "true or false"),
        ({"filters": {"valid_till": "soon"}}, "a date like 2026-12-31"),
        ({"filters": {"valid_till": {}}}, "before and after"),
        ({"filters": {"valid_till": {"until": "2026-12-31"}}}, "before and after"),
        ({"filters": {"valid_till": {"before": None}}}, "before or after"),
        ({"filters": {"valid_till": {"before": "31.12.2026"}}}, "a date like 2026-12-31"),
        ({"order_ids": [0]}, "above 0"),
        ({"order_ids": ""}, "order_ids"),
        ({"filters": ""}, "filters"),
        ({"order_ids": [True]}, "above 0"),
        ({"order_ids": [1], "filters": {"id": 1}}, "mutually exclusive"),
        ({"expires_within": -1}, "expires_within"),
        ({"older_than": -1}, "older_than"),
        ({"older_than": 10**9}, "beyond all dates"),
        ({"limit": -1}, "limit"),
    ],
)
def test_invalid_options_send_nothing(account: Simulator, options: dict[str, t.Any], words: str) -> None:
    result = run(account, options)
    assert result["failed"] is True and words in result["msg"]
    assert result.get("reason") in (None, "invalid_option") and account.requests == []


def test_orders_are_as_the_api_gives_them(account: Simulator) -> None:
    result = run(account, {"filters": {"id": 6}})
    rows = account.account.list_orders([("filters[id]", "6")])
    if isinstance(rows, (bytes, str)):
        rows = json.loads(rows)
    assert result["orders"] == rows["orders"]
