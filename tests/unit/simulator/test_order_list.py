"""The order list and the list of status changes: filters, sort keys and pages (docs/api.md, sections 5 and 7)."""

from __future__ import annotations

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.account import Account, ApiError
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, Clock, account, ids, put, refusal

LISTED = (
    {"id": 1, "status": "pending", "created_days_ago": 1, "certificate": {"common_name": "one.example.com"}},
    {"id": 2, "status": "issued", "created_days_ago": 30, "valid_in_days": 10, "migrated": True, "is_renewed": True},
    {"id": 3, "status": "expired", "created_days_ago": 400, "valid_in_days": -5, "migrated": True},
    {
        "id": 4,
        "status": "issued",
        "created_days_ago": 30,
        "valid_in_days": 300,
        "certificate": {
            "common_name": "four.example.com",
            "dns_names": ["four.example.com", "WWW.example.com"],
            "serial_number": "0A1B",
        },
        "custom_fields": [{"metadata_id": 11, "value": "x"}],
        "user": {"id": 5, "email": "other@example.com"},
        "organization": [],
        "container": {"id": 8},
        "product": {"name_id": "client_premium"},
        "disable_renewal_notifications": True,
    },
    {"id": 5, "status": "needs_approval", "created_days_ago": 2},
)
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
SORTED = {
    "date_created": [3, 2, 4, 5, 1],
    "-date_created": [1, 5, 2, 4, 3],
    "-date_created,-order_id": [1, 5, 4, 2, 3],
    "order_id": [1, 2, 3, 4, 5],
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        *[({f"filters[{name}]": value}, found) for name, values in FILTERED.items() for value, found in values.items()],
        ({"filters[origin]": "certcentral", "filters[status]": "issued"}, [4]),
        ({"status": "pending", "container_id": "99"}, [1, 2, 3, 4, 5]),
        *[({"sort": keys}, found) for keys, found in SORTED.items()],
        *[({"limit": "2", "offset": offset}, found) for offset, found in (("0", [1, 2]), ("3", [4, 5]), ("5", []))],
    ],
)
def test_order_list_has_the_orders_that_match(query: dict[str, str], expected: list[int]) -> None:
    assert ids(account(*LISTED), *query.items()) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", "many"), ("offset", "-1"), ("sort", "colour"), ("filters[colour]", "red")),
        *(("filters[valid_till]", "soon"), ("filters[valid_till]", "<2026-13-31"), ("filters[is_renewed]", "yes")),
        *(("filters[origin]", "moon"), ("filters[id][0]", "4")),
    ],
)
def test_wrong_parameter_is_refused(name: str, value: str) -> None:
    with pytest.raises(ApiError, match="400"):
        account(*LISTED).list_orders([(name, value)])


def test_without_a_match_orders_is_absent_or_null() -> None:
    held = account(*LISTED)
    assert held.list_orders([("filters[id]", "99")]) == {"page": {"total": 0, "limit": 1000, "offset": 0}}
    held.quirks.orders_key_null = True
    assert held.list_orders([("filters[id]", "99")])["orders"] is None


def test_page_has_at_most_1000_rows() -> None:
    held = account()
    held.generate([{"count": 1500, "first_id": 1}])
    for query, rows, offset in ((("limit", "5000"), 1000, 0), (("offset", "1000"), 500, 1000)):
        page = held.list_orders([query])
        assert (len(page["orders"]), page["page"]) == (rows, {"total": 1500, "limit": 1000, "offset": offset})


def test_page_limit_and_total_can_be_wrong() -> None:
    held = account(*LISTED, page_limit_zero=True, page_total_offset=7)
    assert held.list_orders([("limit", "2")])["page"] == {"total": 12, "limit": 0, "offset": 0}
    held.quirks.page_total_offset = -100
    assert held.list_orders([])["page"]["total"] == 0


def test_day_of_the_api_can_differ_from_utc() -> None:
    # At noon in UTC, it is still the day before 13 hours to the west.
    for hours, created in ((0, "2026-06-15"), (-6, "2026-06-15"), (-13, "2026-06-14"), (13, "2026-06-16")):
        held = account({"id": 1, "created_days_ago": 0}, utc_offset_hours=hours)
        assert ids(held, ("filters[date_created]", created)) == [1], hours
        assert ids(held, ("filters[date_created]", f"<{created}")) == [], hours
    ends_in = {"id": 1, "migrated": True, "valid_in_days": facts.RENEWAL_DAYS + 1}
    assert put(account(ends_in, utc_offset_hours=13), "renewed") is True
    assert refusal(account(ends_in, utc_offset_hours=-13), "renewed").status == 400


def test_unknown_status_filter_can_work_or_be_ignored_or_be_refused() -> None:
    query = (("filters[status]", "needs_approval"),)
    assert ids(account(*LISTED), *query) == [5]
    assert len(ids(account(*LISTED, unknown_status_filter="ignored"), *query)) == 5
    with pytest.raises(ApiError):
        ids(account(*LISTED, unknown_status_filter="refused"), *query)


def test_filter_can_be_ignored() -> None:
    assert len(ids(account(*LISTED, ignored_filters=("origin",)), ("filters[origin]", "migrated"))) == 5


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
    for query, found in (
        ({"minutes": "1", "seconds": "29"}, []),
        ({"minutes": "1", "seconds": "30"}, [1]),
        ({"seconds": "90"}, [1]),
    ):
        assert changed(held, **query) == found, query


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"minutes": "10080"}, None),
        ({"minutes": "10079", "seconds": "60"}, None),
        ({"seconds": "604801"}, "time_frame_too_long"),
        ({"minutes": "10080", "seconds": "1"}, "time_frame_too_long"),
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
    held = account(
        {"id": 1, "status_changed_seconds_ago": 30}, {"id": 2, "migrated": True, "valid_in_days": 5}, {"id": 3}
    )
    put(held, "renewed", order_id=2)
    held.edit(3, certificate={"common_name": "other.example.com"})
    assert changed(held, minutes="1") == [1], "marks and other fields do not count"
    held.add([{"id": 5}])
    held.edit(3, status="revoked")
    held.remove(1)
    assert changed(held, minutes="1", sort="-order_id") == [5, 3]
    assert changed(held, minutes="1", sort="order_id", limit="1", offset="1") == [5]
