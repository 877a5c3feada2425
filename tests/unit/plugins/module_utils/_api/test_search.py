"""The query of digicert_order_info: its requests, the check of each row, and the combination of several lists."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import Order, parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._api.search import (
    Query,
    make_query,
    search,
    sort_orders,
)
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.tests.unit import support
from ansible_collections.certops.certcentral.tests.unit.support import KEY, ScriptedTransport, Sent, spread

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.utc)


def an_order(**fields: t.Any) -> Order:
    return parse_order({"id": 5, "status": "issued", **fields}, listed=True)


def query(filters: t.Any = None, expires_within: t.Any = None, older_than: t.Any = None, sort: t.Any = None) -> Query:
    return make_query(filters, expires_within, older_than, sort, NOW)


def requested(filters: t.Any, **days: int) -> list[str]:
    """Return the filters of each request."""
    return [" ".join(f"{name[8:-1]}={value}" for name, value in params) for params in query(filters, **days).requests()]


def holds(order: Order, filters: t.Any = None, **days: int | None) -> bool:
    return query(filters, **days).select(order) is not None


@pytest.mark.parametrize(
    ("filters", "requests"),
    [
        *((None, [""]), ({}, [""]), ({"id": "007"}, ["id=7"]), ({"id": [5, "5", "05"]}, ["id=5"])),
        *(({"is_renewed": value}, ["is_renewed=1"]) for value in ("yes", " Yes ")),
        ({"is_renewed": [True, False, 0]}, ["is_renewed=1", "is_renewed=0"]),
        ({"search": [" Jane  Doe ", "jane"]}, ["search=Jane Doe", "search=jane"]),
        # One list for each value, as documented.
        ({"status": ["a", "b"], "origin": ["x", "y"]}, [f"status={s} origin={o}" for s in "ab" for o in "xy"]),
        ({"status": ["Pending", " ISSUED\n", "pending"]}, ["status=pending", "status=issued"]),
        *(
            ({"domain_name": " a.example. "}, ["domain_name=a.example"]),
            ({"container_id": [7, " 7 "]}, ["container_id=7"]),
        ),
        ({"product_name_id": "ssl_plus."}, ["product_name_id=ssl_plus."]),
        # The range is one day wider than requested, because the API's day may not begin at midnight in UTC.
        ({"valid_till": "2026-12-31"}, ["valid_till=2026-12-29...2027-01-02"]),
        ({"valid_till": {"after": "2026-12-31"}}, ["valid_till=>2026-12-30"]),
        ({"date_created": {"before": "2026-12-31"}}, ["date_created=<2027-01-01"]),
        (
            {"valid_till": [{"after": "2026-01-01", "before": "2026-02-01"}, "2026-03-01"]},
            ["valid_till=2025-12-31...2026-02-02", "valid_till=2026-02-27...2026-03-03"],
        ),
    ],
)
def test_each_value_is_a_request_with_one_value_for_each_filter(filters: t.Any, requests: list[str]) -> None:
    assert requested(filters) == requests


def test_days_are_counted_from_today() -> None:
    assert requested(None, expires_within=10) == ["valid_till=<2026-12-07"]
    assert requested(None, older_than=10) == ["date_created=<2026-11-17"]
    long = {"valid_till": {"after": "2026-11-01", "before": "2027-11-01"}}
    assert requested(long, expires_within=10) == ["valid_till=2026-10-31...2026-12-07"]


@pytest.mark.parametrize(
    ("filters", "fields", "expected"),
    [
        *(({"id": "007"}, {"id": number}, number == 7) for number in (7, 70)),
        # The API's filter for issued also returns orders that have expired since, which is correct.
        *(({"status": "issued"}, {"status": status}, status == "expired") for status in ("expired", "pending")),
        *(({"status": status}, {"status": "issued"}, False) for status in ("pending", "expired")),
        # A row that leaves out the field is accepted.
        *(({"is_renewed": True}, fields, True) for fields in ({}, {"is_renewed": "1"})),
        ({"is_renewed": True}, {"is_renewed": False}, False),
        ({"is_renewed": False}, {"status": "renewed"}, False),
        *(
            ({"valid_till": value}, {"certificate": {"valid_till": end}}, end == value)
            for value in ("2026-12-31", {"before": "2026-12-31"}, {"after": "2026-12-31"})
            for end in ("2026-12-31", None)
        ),
        ({"valid_till": "2026-12-31"}, {"certificate": {"valid_till": "2026-12-30"}}, False),
        # Because of the offset, this is the 23rd in UTC.
        *(
            ({"date_created": f"2026-11-{number}"}, {"date_created": "2026-11-22T20:00:00-07:00"}, number == 23)
            for number in (21, 22, 23)
        ),
        # The other filters are left to the API.
        ({"common_name": "a.example.com"}, {"certificate": {"common_name": "b.example.com"}}, True),
    ],
)
def test_rows_are_checked_against_the_filters(filters: t.Any, fields: dict[str, t.Any], expected: bool) -> None:
    assert holds(an_order(**fields), filters) is expected


@pytest.mark.parametrize("seconds", [-1, 0, 1])
@pytest.mark.parametrize("days", [0, 1, 30])
def test_older_than_means_whole_periods_of_24_hours(days: int, seconds: int) -> None:
    placed = (NOW - timedelta(days=days, seconds=seconds)).astimezone(timezone(timedelta(hours=-7)))
    assert holds(an_order(date_created=placed.isoformat()), older_than=days) is (seconds >= 0)


@pytest.mark.parametrize(
    ("filters", "fields"),
    [
        *((None, {}), (None, {"date_created": "soon"})),
        ({"date_created": "2026-11-24"}, {"date_created": 5}),
        ({"valid_till": "2026-12-31"}, {"certificate": {"valid_till": "soon"}}),
    ],
)
def test_unreadable_date_makes_a_bad_row_only_if_it_matters(filters: t.Any, fields: dict[str, t.Any]) -> None:
    older_than = None if filters else 0
    with pytest.raises(CertCentralError, match="cannot be read"):
        holds(an_order(**fields), filters, older_than=older_than)
    assert holds(an_order(**fields))
    # Another filter leaves out the row anyway.
    assert not holds(an_order(**fields), {**(filters or {}), "status": "pending"}, older_than=older_than)


def test_expires_within_includes_expired_certificates() -> None:
    for ends, expected in (("2001-01-01", True), ("2026-11-25", True), ("2026-11-26", False), (None, False)):
        assert holds(an_order(certificate={"valid_till": ends}), expires_within=0) is expected


# test_text.py has every wrong entry.
WRONG_FILTERS: dict[str, list[t.Any]] = {
    "state is not a filter": [{"state": "pending"}],
    "5 is not a filter": [{5: "pending"}],
    "filter status has no value": [{"status": None}],
    "filter status has the entry None, which is not a string": [{"status": ["pending", None]}],
    "filter status has the entry ['pending'], which is not a string": [{"status": [["pending"]]}],
    "filter status has the entry ' ', which is empty": [{"status": " "}],
    "filter search has the entry": [{"search": value} for value in (" ", 1.5, "a\nb", "a, b", '"a b"', ["a b", ""])],
    "filter common_name has the entry 'a.example b.example', which has": [{"common_name": "a.example b.example"}],
    "filter domain_name has the entry '.', which is empty": [{"domain_name": "."}],
    **{f"filter id is {number}": [{"id": value}] for value, number in (("x", "x"), (0, 0))},
    "filter is_renewed is ": [{"is_renewed": "perhaps"}, {"is_renewed": ""}],
    **{f"filter valid_till has the value {day!r}": [{"valid_till": day}] for day in ("soon", "0001-01-01")},
    "filter valid_till has the value '31.12.2026'": [{"valid_till": {"before": "31.12.2026"}}],
    "filter valid_till is not a range": [{"valid_till": {}}, {"valid_till": {"until": "2026-12-31"}}],
    "filter valid_till has a bound without a date": [{"valid_till": {"after": "2026-12-31", "before": None}}],
}


@pytest.mark.parametrize(("filters", "words"), spread(WRONG_FILTERS))
def test_message_about_a_wrong_filter_names_the_entry(filters: t.Any, words: str) -> None:
    with pytest.raises(CertCentralError) as caught:
        query(filters)
    assert caught.value.reason == "invalid_option" and caught.value.message.startswith(words)


@pytest.mark.parametrize("days", [{"expires_within": 10**9}, {"older_than": 10**9}, {"expires_within": 10**30}])
def test_days_beyond_all_dates_are_refused(days: dict[str, int]) -> None:
    with pytest.raises(CertCentralError, match="out of range"):
        query(**days)


@pytest.mark.parametrize("sort", ["price", "-", "", "date_created,", "date created", "--id", "-order_id,name"])
def test_field_that_cannot_be_sorted_by_is_refused(sort: str) -> None:
    with pytest.raises(CertCentralError, match="orders cannot be sorted by") as caught:
        query(sort=sort)
    assert caught.value.reason == "invalid_option" and "date_created, order_id" in caught.value.message


Lists = t.Mapping[str, t.Sequence[int]]


def find(lists: Lists, sort: str | None = None, limit: int | None = None) -> tuple[list[int], bool, list[str | None]]:
    """Return the found IDs, whether they are complete, and by what each request sorts.

    The account has the given IDs of orders for each status, and can sort only by date_created.
    """

    def answer(sent: Sent) -> t.Any:
        status = sent.param("filters[status]") or ""
        ids = sorted(lists[status], reverse=True) if sent.param("sort") == "-date_created" else lists[status]
        rows = [{"id": n, "status": status, "date_created": f"2026-01-{n:02}T00:00:00Z"} for n in ids]
        start, limit = int(sent.param("offset") or 0), int(sent.param("limit") or 0)
        return {"orders": rows[start : start + limit], "page": {"total": len(rows)}}

    transport = ScriptedTransport(answer)
    client = Client(transport, KEY, rate_limit_share=0)
    found = search(client, query({"status": list(lists)}, sort=sort), limit=limit)
    return [order.id for order in found.rows], found.complete, [sent.param("sort") for sent in transport.sent]


@pytest.mark.parametrize(
    ("second", "limit", "found"),
    [([2, 3], None, ([1, 2, 3], True, 4)), ([4], 2, ([1, 2], False, 1)), ([4], 0, ([], False, 0))],
)
def test_order_counts_once_and_a_limit_ends_several_lists(second: list[int], limit: int | None, found: t.Any) -> None:
    ids, complete, sent = find({"pending": [1, 2], "issued": second}, limit=limit)
    assert (ids, complete, len(sent)) == found


@pytest.mark.parametrize(
    ("sort", "limit", "ids"),
    [
        # Regression: the sort was not applied to two lists, and a limit returned the wrong order.
        *(("-order_id", 1, [5]), ("-id", 3, [5, 4, 3]), ("order_id", None, [1, 2, 3, 4, 5])),
        *(("-date_created", 2, [5, 4]), ("status,-order_id", 4, [4, 3, 5, 2])),
    ],
)
def test_sort_works_the_same_with_one_list_and_with_several(sort: str, limit: int | None, ids: list[int]) -> None:
    several = find({"pending": [1, 5, 2], "issued": [3, 4]}, sort, limit)
    assert several[:2] == (ids, limit is None)
    if not sort.startswith("status"):
        assert find({"pending": [1, 4, 5, 2, 3]}, sort, limit)[:2] == several[:2]


@pytest.mark.parametrize(
    ("sort", "sent", "first"),
    [
        *((None, [None], 1), ("-date_created", ["-date_created"], 3)),
        *((sort, ["date_created"] * 2, first) for sort, first in (("order_id", 1), ("-order_id", 3))),
    ],
)
def test_limit_needs_one_request_if_the_api_can_sort(sort: str | None, sent: list[str | None], first: int) -> None:
    assert find({"pending": [1, 2, 3]}, sort, 1) == ([first], False, sent)


@pytest.mark.parametrize(("days", "skewed"), [({"expires_within": 5}, True), ({"older_than": 5}, True), ({}, False)])
def test_only_a_query_that_depends_on_today_checks_the_clock(days: dict[str, int], skewed: bool) -> None:
    response = support.make_response(
        200, {"orders": [], "page": {"total": 0}}, {"Date": "Wed, 25 Nov 2020 12:00:00 GMT"}
    )
    transport = ScriptedTransport(lambda sent: response)
    try:
        assert search(Client(transport, KEY), query(**days)).complete and not skewed
    except CertCentralError as error:
        assert (error.reason, skewed, len(transport.sent)) == ("clock_skew", True, 1)


CERTIFICATES = [{"common_name": name, "valid_till": f"{year}-01-01"} for name, year in (("a", 2027), ("B", 2026))]
FIELDS: list[dict[str, t.Any]] = [
    {"certificate": CERTIFICATES[0], "date_created": "2026-01-01T23:00:00-07:00"},
    {"certificate": CERTIFICATES[1], "date_created": "2026-01-02T01:00:00+00:00"},
    {"certificate": {"common_name": "A"}, "order_valid_till": "2027-01-01"},
    {"certificate": {"common_name": "b"}, "order_valid_till": "soon", "status": "expired"},
]


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        *(
            ([], [1, 2, 3, 4]),
            (["id"], [1, 2, 3, 4]),
            (["-order_id"], [4, 3, 2, 1]),
            (["common_name", "-id"], [3, 1, 4, 2]),
        ),
        # Orders without a value come last, even in reverse. Times are compared, not their texts.
        *((["valid_till"], [2, 1, 3, 4]), (["-valid_till"], [1, 2, 3, 4]), (["date_created"], [2, 1, 3, 4])),
        (["order_valid_till", "-status"], [3, 1, 2, 4]),
    ],
)
def test_orders_are_sorted_by_each_field_in_both_directions(sort: list[str], ids: list[int]) -> None:
    orders = [parse_order({"id": number, "status": "issued", **fields}) for number, fields in enumerate(FIELDS, 1)]
    assert [order.id for order in sort_orders(orders, sort)] == ids
