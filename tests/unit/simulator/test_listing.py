# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listing: filters, sorting, pages (section 5 of the facts)."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests.simulator.account import ApiError
from ansible_collections.certops.certcentral.tests.unit.simulator.support import account, ids, put, refusal

LISTED = (
    {"id": 1, "status": "pending", "created_days_ago": 1, "certificate": {"common_name": "one.example.com"}},
    {"id": 2, "status": "issued", "created_days_ago": 30, "valid_in_days": 10, "migrated": True, "is_renewed": True},
    {"id": 3, "status": "expired", "created_days_ago": 400, "valid_in_days": -5, "migrated": True},
    {
        "id": 4,
        "status": "issued",
        "created_days_ago": 30,
        "valid_in_days": 300,
        "certificate": {"common_name": "four.example.com", "dns_names": ["four.example.com", "WWW.example.com"]},
        "custom_fields": [{"metadata_id": 11, "value": "x"}],
        "user": {"id": 5, "email": "other@example.com"},
        "organization": [],
        "container": {"id": 8},
        "product": {"name_id": "client_premium"},
        "disable_renewal_notifications": True,
    },
    {"id": 5, "status": "needs_approval", "created_days_ago": 2},
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"filters[id]": "4"}, [4]),
        ({"filters[id]": "99"}, []),
        ({"filters[status]": "issued"}, [2, 3, 4]),
        ({"filters[status]": "pending"}, [1]),
        ({"filters[status]": "expired"}, [3]),
        ({"filters[status][0]": "pending", "filters[status][1]": "issued"}, [1, 2, 3, 4]),
        ({"filters[is_renewed]": "1"}, [2]),
        ({"filters[is_renewed]": "0"}, [1, 3, 4, 5]),
        ({"filters[origin]": "migrated"}, [2, 3]),
        ({"filters[origin]": "certcentral", "filters[status]": "issued"}, [4]),
        ({"filters[valid_till]": "<2026-06-25"}, [3]),
        ({"filters[valid_till]": ">2026-06-10"}, [2, 4]),
        ({"filters[valid_till]": "2026-06-10...2026-06-25"}, [2, 3]),
        ({"filters[valid_till]": "2026-06-25"}, [2]),
        ({"filters[date_created]": "<2026-05-16"}, [3]),
        ({"filters[date_created]": ">2026-05-16"}, [1, 5]),
        ({"filters[date_created]": "2026-05-16...2026-06-13"}, [2, 4, 5]),
        ({"filters[date_created]": ">2026-05-16T11:59:59+00:00"}, [1, 2, 4, 5]),
        ({"filters[common_name]": "FOUR.example.com"}, [4]),
        ({"filters[common_name]": "www.example.com"}, []),
        ({"filters[domain_name]": "www.example.com"}, [4]),
        ({"filters[search]": "four"}, [4]),
        ({"filters[search]": "OTHER@example"}, [4]),
        ({"filters[search]": "www.example.com"}, []),
        ({"filters[certificate_id]": "5000001"}, [1]),
        ({"filters[certificate_id]": "5000002"}, [2]),
        ({"filters[organization_id]": "117483"}, [1, 2, 3, 5]),
        ({"filters[container_id]": "8"}, [4]),
        ({"filters[product_name_id]": "client_premium"}, [4]),
        ({"filters[metadata_id]": "11"}, [4]),
        ({"filters[user_id]": "5"}, [4]),
        ({"filters[email]": "other@example.com"}, [4]),
        ({"filters[disable_renewal_notifications]": "1"}, [4]),
        ({"sort": "date_created"}, [3, 2, 4, 5, 1]),
        ({"sort": "-date_created"}, [1, 5, 2, 4, 3]),
        ({"sort": "-date_created,-id"}, [1, 5, 4, 2, 3]),
        ({"sort": "order_id"}, [1, 2, 3, 4, 5]),
        ({"sort": "-order_id"}, [5, 4, 3, 2, 1]),
        ({"sort": "valid_till"}, [3, 2, 4, 1, 5]),
        ({"limit": "2"}, [1, 2]),
        ({"limit": "2", "offset": "3"}, [4, 5]),
        ({"limit": "2", "offset": "5"}, []),
    ],
)
def test_listing(query: dict[str, str], expected: list[int]) -> None:
    assert ids(account(*LISTED), *query.items()) == expected


def test_listing_by_serial_number() -> None:
    held = account(*LISTED)
    serial = held.order_info(3)["certificate"]["serial_number"]
    assert ids(held, ("filters[serial_number]", serial.lower())) == [3]


@pytest.mark.parametrize(
    "query",
    [
        ("limit", "many"),
        ("offset", "-1"),
        ("sort", "colour"),
        ("filters[valid_till]", "soon"),
        ("filters[valid_till]", "<2026-13-31"),
        ("filters[is_renewed]", "yes"),
        ("filters[origin]", "moon"),
        ("filters[colour]", "red"),
    ],
)
def test_listing_refuses(query: tuple[str, str]) -> None:
    with pytest.raises(ApiError) as caught:
        account(*LISTED).list_orders([query])
    assert caught.value.status == 400


def test_no_match_means_no_orders_key() -> None:
    held = account(*LISTED)
    assert held.list_orders([("filters[id]", "99")]) == {"page": {"total": 0, "limit": 1000, "offset": 0}}
    held.quirks.orders_key_null = True
    assert held.list_orders([("filters[id]", "99")])["orders"] is None


def test_pages() -> None:
    held = account()
    held.generate([{"count": 2500, "first_id": 1}])
    first = held.list_orders([("limit", "5000")])
    assert (len(first["orders"]), first["page"]) == (1000, {"total": 2500, "limit": 1000, "offset": 0})
    last = held.list_orders([("offset", "2000")])
    assert (len(last["orders"]), last["page"]) == (500, {"total": 2500, "limit": 1000, "offset": 2000})


def test_quirks_of_pages() -> None:
    held = account(*LISTED, page_limit_zero=True, page_total_offset=7)
    assert held.list_orders([("limit", "2")])["page"] == {"total": 12, "limit": 0, "offset": 0}
    held.quirks.page_total_offset = -100
    assert held.list_orders([])["page"]["total"] == 0


def test_quirk_repeat_row_shows_every_row_to_who_counts_rows() -> None:
    held = account(*LISTED, repeat_row=True)
    seen: list[int] = []
    while True:
        page = ids(held, ("limit", "2"), ("offset", str(len(seen))))
        if not page:
            break
        seen += page
    assert seen == [1, 2, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("quirk", "name", "values", "found"),
    [
        ("multi_value_status", "status", ("pending", "revoked"), [1]),
        ("multi_value_id", "id", ("4", "2", "99"), [4, 2]),
        ("multi_value_filters", "container_id", ("8", "9"), [4]),
    ],
)
def test_quirks_of_several_values(quirk: str, name: str, values: tuple[str, ...], found: list[int]) -> None:
    query = [(f"filters[{name}][{number}]", value) for number, value in enumerate(values)]

    def listed(how: str, *asked: tuple[str, str]) -> list[int]:
        quirks: dict[str, Any] = {quirk: how}
        return ids(account(*LISTED, **quirks), *asked)

    assert listed("works", *query) == found
    assert len(listed("ignored", *query)) == 5
    with pytest.raises(ApiError):
        listed("refused", *query)
    assert len(listed("refused", (f"filters[{name}]", values[0]))) == 1


def test_only_several_statuses_are_known_to_work() -> None:
    quirks = account().quirks
    assert (quirks.multi_value_status, quirks.multi_value_id, quirks.multi_value_filters) == (
        "works",
        "refused",
        "refused",
    )


def test_quirk_utc_offset_hours() -> None:
    # Noon in UTC is the day before, twelve hours and a bit to the west.
    for hours, created in ((0, "2026-06-15"), (-6, "2026-06-15"), (-13, "2026-06-14"), (13, "2026-06-16")):
        held = account({"id": 1, "created_days_ago": 0}, utc_offset_hours=hours)
        assert ids(held, ("filters[date_created]", created)) == [1], hours
        assert ids(held, ("filters[date_created]", f"<{created}")) == [], hours
    ends_in = {"id": 1, "migrated": True, "valid_in_days": 91}
    assert put(account(ends_in, utc_offset_hours=13), "renewed") is True
    assert refusal(account(ends_in, utc_offset_hours=-13), "renewed").status == 400


def test_quirk_other_sorts() -> None:
    query = ("sort", "-valid_till,-order_id")
    assert ids(account(*LISTED), query) == [4, 2, 3, 5, 1]
    assert ids(account(*LISTED, other_sorts="ignored"), query) == [5, 4, 3, 2, 1]
    with pytest.raises(ApiError):
        ids(account(*LISTED, other_sorts="refused"), query)
    assert ids(account(*LISTED, other_sorts="refused"), ("sort", "-date_created,order_id")) == [1, 5, 2, 4, 3]


def test_quirk_unknown_status_filter() -> None:
    query = (("filters[status]", "needs_approval"),)
    assert ids(account(*LISTED), *query) == [5]
    assert len(ids(account(*LISTED, unknown_status_filter="ignored"), *query)) == 5
    with pytest.raises(ApiError):
        ids(account(*LISTED, unknown_status_filter="refused"), *query)


def test_quirks_of_ignored_filters() -> None:
    assert len(ids(account(*LISTED, ignored_filters=["origin"]), ("filters[origin]", "migrated"))) == 5
    assert len(ids(account(*LISTED, unknown_filter="ignored"), ("filters[colour]", "red"))) == 5
