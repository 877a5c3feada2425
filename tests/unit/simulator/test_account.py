# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account without HTTP: the rules of the status change, seeds, listing. Every case is a fact of the API."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests.simulator.account import Account, ApiError, Change
from ansible_collections.certops.certcentral.tests.simulator.limits import DOCUMENTED, RateLimits
from ansible_collections.certops.certcentral.tests.simulator.quirks import Quirks, describe

NOW = datetime(2026, 6, 15, 12, 0, 0, tzinfo=timezone.utc)
NOTE = "no longer needed"


def account(*orders: dict[str, Any], **quirks: object) -> Account:
    made = Account(Quirks(**quirks), lambda: NOW)  # type: ignore[arg-type]
    made.seed(orders)
    return made


def put(held: Account, status: object, note: object = None, order_id: int = 1) -> bool:
    return held.update_status(order_id, {"status": status, "note": note})


def refusal(held: Account, status: object, note: object = None, order_id: int = 1) -> ApiError:
    before = str(held.orders)
    with pytest.raises(ApiError) as caught:
        put(held, status, note, order_id)
    assert str(held.orders) == before, "a refused change leaves no trace"
    assert held.changes == []
    return caught.value


def ids(held: Account, *query: tuple[str, str]) -> list[int]:
    return [row["id"] for row in held.list_orders(query).get("orders") or []]


# ---- section 3


@pytest.mark.parametrize("status", ["pending", "waiting_pickup"])
def test_cancel_an_order(status: str) -> None:
    held = account({"id": 1, "status": status})
    assert put(held, "canceled", NOTE) is True
    assert held.order_info(1)["status"] == "canceled"
    state = {"status": status, "is_renewed": False}
    after = {"status": "canceled", "is_renewed": False}
    assert held.changes == [Change(1, 1, "canceled", NOTE, state, after, "2026-06-15T12:00:00+00:00")]


def test_cancel_of_a_pending_reissue_leaves_the_order_issued() -> None:
    held = account({"id": 1, "status": "reissue_pending"})
    assert [(entry["type"], entry["status"]) for entry in held.order_info(1)["requests"]] == [
        ("new_request", "approved"),
        ("reissue", "pending"),
    ]
    assert put(held, "canceled", NOTE) is True
    info = held.order_info(1)
    assert info["status"] == "issued"
    assert info["requests"][0]["status"] == "approved"
    assert info["requests"][1]["status"] == "rejected"
    assert info["requests"][1]["processor_comment"] == NOTE


@pytest.mark.parametrize(
    "status",
    ["needs_approval", "processing", "needs_csr", "issued", "expired", "rejected", "revoked", "approved", "denied"],
)
def test_no_other_state_can_be_canceled(status: str) -> None:
    error = refusal(account({"id": 1, "status": status}), "canceled", NOTE)
    assert error.status == 400
    assert set(error.body()["errors"][0]) == {"code", "message"}


@pytest.mark.parametrize("note", [None, "", "  \n", 7])
def test_a_cancel_needs_a_note(note: object) -> None:
    assert refusal(account({"id": 1, "status": "pending"}), "canceled", note).status == 400


@pytest.mark.parametrize("days", [90, 30, 0, -400])
def test_mark_within_90_days_or_expired(days: int) -> None:
    held = account({"id": 1, "migrated": True, "valid_in_days": days, "status": "expired" if days < 0 else "issued"})
    assert put(held, "renewed") is True
    assert held.order_info(1)["is_renewed"] is True
    assert held.order_info(1)["status"] == ("expired" if days < 0 else "issued")


@pytest.mark.parametrize(
    "seed",
    [
        {"migrated": True, "valid_in_days": 91},
        {"migrated": False, "valid_in_days": 30},
        {"migrated": True, "status": "pending"},
        {"migrated": True, "valid_in_days": 30, "is_renewed": True},
    ],
)
def test_mark_refused(seed: dict[str, Any]) -> None:
    assert refusal(account({"id": 1, **seed}), "renewed").status == 400


@pytest.mark.parametrize("seed", [{"is_renewed": True}, {"status": "renewed"}])
def test_unmark(seed: dict[str, Any]) -> None:
    held = account({"id": 1, **seed})
    assert put(held, "not_renewed", "to be renewed") is True
    info = held.order_info(1)
    assert (info["status"], info["is_renewed"]) == ("issued", False)


def test_unmark_needs_a_mark() -> None:
    assert refusal(account({"id": 1}), "not_renewed").status == 400


@pytest.mark.parametrize("body", [None, [], "canceled", {}, {"status": "Canceled"}, {"status": "cancelled"}])
def test_a_body_that_is_not_a_change(body: object) -> None:
    held = account({"id": 1, "status": "pending"})
    with pytest.raises(ApiError) as caught:
        held.update_status(1, body)
    assert caught.value.status == 400
    assert held.changes == []


def test_unknown_order() -> None:
    error = refusal(account(), "renewed", order_id=7)
    assert (error.status, error.code) == (404, "not_found|order")


# ---- quirks


def test_quirk_repeat_change() -> None:
    seeds: list[dict[str, Any]] = [{"id": 1, "status": "canceled"}, {"id": 2, "is_renewed": True}, {"id": 3}]
    wishes = [("canceled", 1), ("renewed", 2), ("not_renewed", 3)]
    for status, order_id in wishes:
        refusal(account(*seeds), status, NOTE, order_id)
        held = account(*seeds, repeat_change="noop")
        assert put(held, status, NOTE, order_id) is False
        assert held.changes == []


def test_quirks_of_statuses() -> None:
    held = account({"id": 1}, illegal_transition_status=409, invalid_request_status=422)
    assert refusal(held, "canceled", NOTE).status == 409
    assert refusal(held, "canceled").status == 422
    assert refusal(held, "gone").status == 422


def test_quirk_canceled_order_readable() -> None:
    held = account({"id": 1, "status": "pending"}, {"id": 2}, canceled_order_readable=False)
    put(held, "canceled", NOTE)
    with pytest.raises(ApiError) as caught:
        held.order_info(1)
    assert caught.value.code == "not_found|order"
    assert ids(held) == [2]


def test_quirk_order_info_has_is_renewed() -> None:
    held = account({"id": 1, "is_renewed": True}, order_info_has_is_renewed=False)
    assert "is_renewed" not in held.order_info(1)
    assert held.list_orders([])["orders"][0]["is_renewed"] is True


def test_quirk_renewed_as_status() -> None:
    held = account({"id": 1, "migrated": True, "valid_in_days": 10}, renewed_as_status=True)
    put(held, "renewed")
    assert held.order_info(1)["status"] == "renewed"
    assert held.list_orders([])["orders"][0]["status"] == "renewed"
    put(held, "not_renewed")
    assert held.order_info(1)["status"] == "issued"


def test_quirk_unmark_really_renewed() -> None:
    seed = {"id": 1, "is_renewed": True, "renewed_order_id": 9}
    assert put(account(seed), "not_renewed") is True
    assert refusal(account(seed, unmark_renewed_by_order=False), "not_renewed").status == 400


def test_quirk_lags() -> None:
    held = account({"id": 1, "status": "pending"}, {"id": 2}, read_lag=2, list_lag=1)
    put(held, "canceled", NOTE)
    assert [held.order_info(1)["status"] for unused in range(4)] == ["pending", "pending", "canceled", "canceled"]
    assert held.order_info(2)["status"] == "issued"
    assert ids(held, ("filters[id]", "2")) == [2], "a listing without the order does not count"
    assert ids(held, ("filters[status]", "canceled")) == []
    assert ids(held, ("filters[status]", "canceled")) == [1]


def test_stale_readings() -> None:
    held = account({"id": 1, "status": "pending"})
    put(held, "canceled", NOTE)
    assert held.order_info(1, stale=True)["status"] == "pending"
    assert held.list_orders([], stale=True)["orders"][0]["status"] == "pending"
    assert held.order_info(1)["status"] == "canceled"


def test_quirks_refuse_what_they_do_not_know() -> None:
    quirks = Quirks()
    for name, value in (("red_lag", 1), ("read_lag", "1"), ("read_lag", True), ("multi_value_id", "maybe")):
        with pytest.raises(ValueError, match=name):
            setattr(quirks, name, value)
    with pytest.raises(ValueError, match="no such quirk"):
        quirks.update({"read_lag": 5, "other": 1})
    assert quirks == Quirks()
    assert all(name in describe() for name in quirks.as_dict())


# ---- seeds and views


def test_a_certificate_before_issuance_has_no_id_and_no_dates() -> None:
    held = account({"id": 1, "status": "pending"}, {"id": 2, "status": "rejected"}, {"id": 3})
    for order_id in (1, 2):
        info = held.order_info(order_id)
        assert not {"id", "serial_number", "valid_from", "valid_till", "days_remaining"} & set(info["certificate"])
        assert "order_valid_till" not in info
    certificate = held.order_info(3)["certificate"]
    assert {"id", "serial_number", "thumbprint", "valid_from", "valid_till", "days_remaining"} <= set(certificate)


def test_a_seed_stands_as_given() -> None:
    seed = {
        "id": 2**40,
        "organization": [],
        "is_multi_year_plan": "1",
        "renewed_order_id": None,
        "certificate": {"common_name": "a.example.com", "valid_till": "2026-07-01"},
        "created_days_ago": 10,
        "omit": ["container", "certificate.thumbprint"],
        "migrated": True,
    }
    held = account(seed)
    info = held.order_info(2**40)
    assert info["organization"] == []
    assert (info["is_multi_year_plan"], info["renewed_order_id"]) == ("1", None)
    assert info["certificate"]["dns_names"] == ["a.example.com"]
    assert (info["certificate"]["valid_till"], info["certificate"]["days_remaining"]) == ("2026-07-01", 16)
    assert info["date_created"] == "2026-06-05T12:00:00+00:00"
    assert not {"container", "migrated", "omit", "created_days_ago", "valid_in_days"} & set(info)
    assert "thumbprint" not in info["certificate"]
    held.orders[2**40]["organization"].append(1)
    assert seed["organization"] == [], "the caller's seed is not shared"


def test_rows_differ_from_order_info() -> None:
    row = account({"id": 1, "omit": ["is_renewed"]}).list_orders([])["orders"][0]
    assert row["is_renewed"] is False
    assert {"duplicates_count", "reissues_count", "price"} <= set(row)
    assert not {"requests", "notes", "migrated", "omit", "user"} & set(row)
    assert "thumbprint" not in row["certificate"]


def test_generate_many() -> None:
    held = account()
    made = held.generate(
        [{"count": 5, "first_id": 10, "certificate": {"common_name": "h{n}-{id}"}, "cycle": {"valid_in_days": [1, 2]}}]
    )
    assert made == [10, 11, 12, 13, 14]
    assert [held.order_info(order_id)["certificate"]["days_remaining"] for order_id in made] == [1, 2, 1, 2, 1]
    assert held.order_info(12)["certificate"]["common_name"] == "h2-12"
    assert held.generate([{"count": 1}]) == [15]


# ---- section 5

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
        ({"filters[id][0]": "4", "filters[id][1]": "2", "filters[id][2]": "99"}, [4, 2]),
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


@pytest.mark.parametrize("name", ["id", "status"])
def test_quirk_multi_values(name: str) -> None:
    quirk = "multi_value_id" if name == "id" else "multi_value_filters"
    value = "4" if name == "id" else "pending"
    query = ((f"filters[{name}][0]", value), (f"filters[{name}][1]", value))
    assert len(ids(account(*LISTED), *query)) == 1
    assert len(ids(account(*LISTED, **{quirk: "ignored"}), *query)) == 5
    with pytest.raises(ApiError):
        ids(account(*LISTED, **{quirk: "refused"}), *query)
    assert len(ids(account(*LISTED, **{quirk: "refused"}), (f"filters[{name}]", value))) == 1


def test_quirk_unknown_status_filter() -> None:
    query = (("filters[status]", "needs_approval"),)
    assert ids(account(*LISTED), *query) == [5]
    assert len(ids(account(*LISTED, unknown_status_filter="ignored"), *query)) == 5
    with pytest.raises(ApiError):
        ids(account(*LISTED, unknown_status_filter="refused"), *query)


def test_quirks_of_ignored_filters() -> None:
    assert len(ids(account(*LISTED, ignored_filters=["origin"]), ("filters[origin]", "migrated"))) == 5
    assert len(ids(account(*LISTED, unknown_filter="ignored"), ("filters[colour]", "red"))) == 5


# ---- section 7


def test_status_changes() -> None:
    held = account({"id": 1, "status": "pending"})
    assert held.status_changes({"minutes": "10"}) == {}
    put(held, "canceled", NOTE)
    changed = {"orders": [{"order_id": 1, "certificate_id": None, "status": "canceled"}]}
    assert held.status_changes({"minutes": "10"}) == changed
    held.now = lambda: NOW + timedelta(minutes=11)
    assert held.status_changes({"minutes": "10"}) == {}
    assert held.status_changes({"seconds": "660"}) == changed
    for query in ({}, {"minutes": "10081"}, {"seconds": "604801"}):
        with pytest.raises(ApiError):
            held.status_changes(query)


# ---- section 2


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_short_window_rolls() -> None:
    clock = Clock()
    held = RateLimits(DOCUMENTED, clock)
    for number in range(100):
        clock.now = number * 0.01
        assert held.allow("key", refused_count=False)
    assert not held.allow("key", refused_count=False)
    assert held.allow("other", refused_count=False), "each key has its own windows"
    clock.now = 4.999
    assert not held.allow("key", refused_count=False)
    clock.now = 5.0
    assert held.allow("key", refused_count=False), "the first request has left the window"
    assert not held.allow("key", refused_count=False), "only one has"


def test_long_window_rolls() -> None:
    clock = Clock()
    held = RateLimits(DOCUMENTED, clock)
    for burst in range(10):
        clock.now = burst * 6.0
        assert all(held.allow("key", refused_count=False) for unused in range(100))
    clock.now = 179.0
    assert not held.allow("key", refused_count=False)
    clock.now = 180.0
    assert held.allow("key", refused_count=False)


def test_refused_requests_may_count() -> None:
    clock = Clock()
    held = RateLimits([(1, 5)], clock)
    assert held.allow("key", refused_count=True)
    clock.now = 4.0
    assert not held.allow("key", refused_count=True)
    clock.now = 6.0
    assert not held.allow("key", refused_count=True), "the refused one is still in the window"
    clock.now = 11.0
    assert held.allow("key", refused_count=True)
