"""The order list and the list of status changes: filters, sort keys, pages and late rows (docs/api.md, sections 4, 5 and 7)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.certops.certcentral.tests.simulator.account import Account, ApiError
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, Clock, account, ids, put

LISTED = yaml.safe_load("""
- {id: 1, status: pending, created_days_ago: 1, certificate: {common_name: one.example.com}}
- {id: 2, status: issued, created_days_ago: 30, valid_in_days: 10, migrated: true, is_renewed: true}
- {id: 3, status: expired, created_days_ago: 400, valid_in_days: -5, migrated: true}
- id: 4
  status: issued
  created_days_ago: 30
  valid_in_days: 300
  certificate: {common_name: four.example.com, dns_names: [four.example.com, WWW.example.com], serial_number: 0A1B}
  custom_fields: [{metadata_id: 11, value: x}]
  user: {id: 5, email: other@example.com}
  organization: []
  container: {id: 8}
  product: {name_id: client_premium}
  disable_renewal_notifications: true
- {id: 5, status: needs_approval, created_days_ago: 2}
""")
FILTERED = {
    "id": {"4": [4], "99": []},
    "status": {"issued": [2, 3, 4], "pending": [1], "expired": [3]},
    "is_renewed": {"1": [2], "0": [1, 3, 4, 5]},
    "origin": {"migrated": [2, 3], "certcentral": [1, 4, 5]},
    "valid_till": {"<2026-06-25": [3], ">2026-06-10": [2, 4], "2026-06-10...2026-06-25": [2, 3], "2026-06-25": [2]},
    "date_created": {
        "<2026-05-16": [3],
        ">2026-05-16": [1, 5],
        "2026-05-16...2026-06-13": [2, 4, 5],
        ">2026-05-16T11:59:59+00:00": [1, 2, 4, 5],
    },
    "common_name": {"FOUR.example.com": [4], "www.example.com": []},
    "domain_name": {"www.example.com": [4]},
    "search": {"four": [4], "OTHER@example": [4], "www.example.com": []},
    "serial_number": {"0a1b": [4]},
    "certificate_id": {"5000001": [1], "5000002": [2]},
    "organization_id": {"117483": [1, 2, 3, 5]},
    "container_id": {"8": [4]},
    "product_name_id": {"client_premium": [4]},
    "metadata_id": {"11": [4]},
    "user_id": {"5": [4]},
    "email": {"other@example.com": [4]},
    "disable_renewal_notifications": {"1": [4]},
}
ALL = [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("query", "expected", "quirks"),
    [
        *[(f"filters[{name}]={value}", f, {}) for name, found in FILTERED.items() for value, f in found.items()],
        ("filters[origin]=certcentral&filters[status]=issued", [4], {}),
        ("status=pending&container_id=99", ALL, {}),
        ("sort=date_created", [3, 2, 4, 5, 1], {}),
        ("sort=-date_created", [1, 5, 2, 4, 3], {}),
        ("sort=-date_created,-order_id", [1, 5, 4, 2, 3], {}),
        ("sort=order_id", ALL, {}),
        *[(f"limit=2&offset={offset}", found, {}) for offset, found in ((0, [1, 2]), (3, [4, 5]), (5, []))],
        # Quirks
        ("filters[status]=needs_approval", [5], {}),
        ("filters[status]=needs_approval", ALL, {"unknown_status_filter": "ignored"}),
        ("filters[status]=needs_approval", None, {"unknown_status_filter": "refused"}),
        ("filters[origin]=migrated", ALL, {"ignored_filters": ("origin",)}),
        # At noon in UTC, it is still the day before 13 hours to the west. Order 5 was placed on 2026-06-13.
        ("filters[date_created]=2026-06-13", [5], {"utc_offset_hours": -6}),
        ("filters[date_created]=2026-06-12", [5], {"utc_offset_hours": -13}),
        ("filters[date_created]=<2026-06-12", [2, 3, 4], {"utc_offset_hours": -13}),
        ("filters[date_created]=2026-06-14", [5], {"utc_offset_hours": 13}),
        # Refused
        *[(f"filters[valid_till]={value}", None, {}) for value in ("soon", "<2026-13-31")],
        *[(query, None, {}) for query in ("limit=many", "offset=-1", "sort=colour", "filters[colour]=red")],
        *[(f"filters[{query}", None, {}) for query in ("is_renewed]=yes", "origin]=moon", "id][0]=4")],
    ],
)
def test_order_list_has_the_orders_that_match(query: str, expected: list[int] | None, quirks: dict[str, Any]) -> None:
    held = account(*LISTED, **quirks)
    pairs = [(name, value) for name, unused, value in (part.rpartition("=") for part in query.split("&"))]
    if expected is not None:
        assert ids(held, *pairs) == expected
    else:
        with pytest.raises(ApiError, match="400 invalid_parameter"):
            held.list_orders(pairs)


@pytest.mark.parametrize(
    ("quirks", "query", "expected"),
    [
        ({}, ("filters[id]", "99"), {"page": {"total": 0, "limit": 1000, "offset": 0}}),
        (
            {"orders_key_null": True},
            ("offset", "5"),
            {"orders": None, "page": {"total": 5, "limit": 1000, "offset": 5}},
        ),
        ({"page_limit_zero": True}, ("offset", "5"), {"page": {"total": 5, "limit": 0, "offset": 5}}),
        ({"page_total_offset": 7}, ("offset", "5"), {"page": {"total": 12, "limit": 1000, "offset": 5}}),
        ({"page_total_offset": -100}, ("offset", "5"), {"page": {"total": 0, "limit": 1000, "offset": 5}}),
    ],
)
def test_empty_page_has_no_orders(quirks: dict[str, Any], query: tuple[str, str], expected: dict[str, Any]) -> None:
    assert account(*LISTED, **quirks).list_orders([query]) == expected


def test_page_has_at_most_1000_rows() -> None:
    held = account()
    held.generate([{"count": 1499, "first_id": 1, "certificate": {"common_name": "h{n}", "dns_names": ["h{n}"]}}])
    assert held.generate([{"count": 1}]) == [1500]
    assert held.order_info(8)["certificate"]["common_name"] == "h7" and ids(held, ("filters[domain_name]", "h7")) == [8]
    for query, rows, offset in ((("limit", "5000"), 1000, 0), (("offset", "1000"), 500, 1000)):
        page = held.list_orders([query])
        assert (len(page["orders"]), page["page"]) == (rows, {"total": 1500, "limit": 1000, "offset": offset})


def test_rows_with_equal_keys_are_shuffled_in_each_response() -> None:
    def read(sort: str, seed: int) -> list[list[int]]:
        orders = ({"id": number, "created_days_ago": number % 2} for number in range(1, 21))
        held = account(*orders, shuffle_equal_keys=seed)
        return [ids(held, ("sort", sort)) for unused in range(3)]

    first = read("date_created", 1)
    assert first == read("date_created", 1), "the seed makes it repeatable"
    assert first != read("date_created", 2)
    assert len({*map(str, first)}) == len({*map(str, read("", 1))}) == 3
    assert all(sorted(shown[:10]) == list(range(1, 21, 2)) for shown in first), "the order of the keys is kept"
    assert len({*map(str, read("date_created,order_id", 1))}) == 1


def test_repeated_row_hides_no_order_from_a_client_that_counts_rows() -> None:
    held = account(*({"id": number} for number in range(1, 6)), repeat_row=True)
    pages = [ids(held, ("limit", "2"), ("offset", offset)) for offset in ("0", "2", "4")]
    assert pages == [[1, 2], [2, 3], [4, 5]]


CANCELED = ("filters[status]", "canceled")


def statuses(held: Account, *order_ids: int) -> list[str]:
    return [held.order_info(order_id)["status"] for order_id in order_ids]


def test_late_responses_last_for_seconds_but_changes_are_checked_at_once() -> None:
    clock = Clock()
    held = account({"id": 1, "status": "pending"}, clock=clock, read_lag_seconds=2.0, list_lag_seconds=5.0)
    put(held, "canceled", NOTE)
    with pytest.raises(ApiError, match="already canceled"):
        put(held, "canceled", NOTE)
    for clock.seconds, info in ((0.0, "pending"), (1.9, "pending"), (2.0, "canceled")):
        assert (statuses(held, 1), ids(held, CANCELED)) == ([info], []), clock.seconds
    clock.seconds = 5.0
    assert ids(held, CANCELED) == [1]


def test_new_and_removed_orders_are_late_until_the_account_is_settled() -> None:
    held = account({"id": 1}, read_lag_seconds=2.0, list_lag_seconds=2.0)
    held.add([{"id": 2}])
    held.remove(1)
    assert (ids(held), statuses(held, 1)) == ([1], ["issued"])
    with pytest.raises(ApiError):
        held.order_info(2)
    held.settle()
    assert (ids(held), statuses(held, 2)) == ([2], ["issued"])


# ---- status changes (section 7)


def changed(held: Account, **query: str) -> list[int]:
    """Return the IDs of the orders that changed their status."""
    found = held.status_changes(query.items())
    assert found == {} or found["orders"], "without a change, the response is {}"
    return [entry["order_id"] for entry in found.get("orders", ())]


def test_changed_order_is_listed_once_with_its_current_status() -> None:
    clock = Clock()
    held = account({"id": 1, "status": "pending"}, clock=clock)
    put(held, "canceled", NOTE)
    held.edit(1, status="rejected")
    entry = {"order_id": 1, "certificate_id": 5_000_001, "status": "rejected"}
    assert held.status_changes([("minutes", "10")]) == {"orders": [entry]}
    clock.seconds = 90.0
    assert changed(held, minutes="1", seconds="29") == []
    assert changed(held, minutes="1", seconds="30") == changed(held, seconds="90") == [1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        *[(query, None) for query in ({"minutes": "10080"}, {"minutes": "10079", "seconds": "60"})],
        *[(q, "time_frame_too_long") for q in ({"seconds": "604801"}, {"minutes": "10080", "seconds": "1"})],
        *[(query, "invalid_parameter") for query in ({}, {"minutes": "ten"}, {"minutes": "-1"})],
    ],
)
def test_span_is_at_most_seven_days(query: dict[str, str], code: str | None) -> None:
    if code is None:
        assert changed(account(), **query) == []
    else:
        with pytest.raises(ApiError, match=f"400 {code}"):
            changed(account(), **query)


def test_only_new_statuses_count_as_changes() -> None:
    marked = {"id": 2, "migrated": True, "valid_in_days": 5}
    held = account({"id": 1, "status_changed_seconds_ago": 30}, marked, {"id": 3})
    put(held, "renewed", order_id=2)
    held.edit(3, certificate={"common_name": "other.example.com"})
    assert changed(held, minutes="1") == [1], "marks and other fields do not count"
    held.add([{"id": 5}])
    held.edit(3, status="revoked")
    held.remove(1)
    assert changed(held, minutes="1", sort="-order_id") == [5, 3]
    assert changed(held, minutes="1", sort="order_id", limit="1", offset="1") == [5]
