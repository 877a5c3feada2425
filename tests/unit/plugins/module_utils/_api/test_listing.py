# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listings over an account that changes while it is read, and over replies that are none: complete, or it says so."""

from __future__ import annotations

import random
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.module_utils._api import pages
from ansible_collections.certops.certcentral.plugins.module_utils._api.listing import (
    list_orders,
    read_listed_mark,
    read_origin,
)
from ansible_collections.certops.certcentral.plugins.module_utils._api.pages import MAX_PASSES, Listing
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.tests.unit.support import KEY, ScriptedTransport, Sent

Row = t.Any


def a_row(number: int) -> dict[str, t.Any]:
    return {"id": number, "status": "issued", "is_renewed": False}


class Server:
    """An account of some orders, in pages of ``page_rows`` at most, with what a test makes of it before each page.

    :param before: called with the number of each request
    """

    def __init__(self, numbers: t.Iterable[int], page_rows: int = 1000) -> None:
        self.rows: list[Row] = [a_row(number) for number in numbers]
        self.page_rows = page_rows
        self.before: t.Callable[[int], None] = lambda number: None
        # Added to the total that each page names; None: it names none.
        self.total_error: int | None = 0
        # Replies that take the place of pages, by the number of the request.
        self.replies: dict[int, t.Any] = {}
        self.transport = ScriptedTransport(self._answer)
        self.client = Client(self.transport, KEY, retry_timeout=0, rate_limit_share=0)

    def _answer(self, sent: Sent) -> t.Any:
        number = len(self.transport.sent) - 1
        self.before(number)
        if number in self.replies:
            return self.replies[number]
        start, limit = int(sent.param("offset") or 0), int(sent.param("limit") or 0)
        rows = self.rows[start : start + min(limit, self.page_rows)]
        page: dict[str, t.Any] = {"limit": limit, "offset": start}
        if self.total_error is not None:
            page["total"] = len(self.rows) + self.total_error
        return {"orders": rows, "page": page} if rows else {"page": page}

    def leave(self, numbers: t.Iterable[int]) -> None:
        gone = set(numbers)
        self.rows = [row for row in self.rows if row["id"] not in gone]

    def list(self, limit: int | None = None) -> Listing[int]:
        return list_orders(self.client, [], lambda order: order.id, limit=limit)

    @property
    def offsets(self) -> t.Sequence[int]:
        return [int(sent.param("offset") or 0) for sent in self.transport.sent]


def check_complete(listing: Listing[int], numbers: t.Iterable[int]) -> None:
    assert sorted(listing.rows) == sorted(numbers)
    assert (listing.complete, listing.warnings) == (True, [])


# What it costs


@pytest.mark.parametrize(
    ("count", "offsets"),
    [
        (0, [0]),
        (1, [0, 0]),
        (999, [0, 998]),
        (1000, [0, 999]),
        (1001, [0, 999, 1000]),
        # Three pages, and the request that finds the end.
        (2300, [0, 999, 1998, 2299]),
    ],
)
def test_a_page_costs_a_request_and_one_finds_the_end(count: int, offsets: t.Sequence[int]) -> None:
    server = Server(range(1, count + 1))
    check_complete(server.list(), range(1, count + 1))
    assert server.offsets == offsets


def test_a_page_is_as_large_as_it_can_be_and_sorted() -> None:
    server = Server(range(1, 5))
    list_orders(server.client, [("filters[status]", "issued")], lambda order: order)
    assert server.transport.sent[0].params == [
        ("filters[status]", "issued"),
        ("sort", "date_created"),
        ("limit", "1000"),
        ("offset", "0"),
    ]
    list_orders(server.client, [], lambda order: order, sort="-date_created")
    assert server.transport.sent[-1].param("sort") == "-date_created"
    list_orders(server.client, [], lambda order: order, sort=None)
    assert server.transport.sent[-1].param("sort") is None


def test_a_server_with_small_pages() -> None:
    server = Server(range(1, 12), page_rows=3)
    check_complete(server.list(), range(1, 12))
    assert server.offsets == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize(("limit", "rows"), [(1, 1), (1000, 1000)])
def test_a_limit_up_to_a_page_costs_one_request(limit: int, rows: int) -> None:
    server = Server(range(1, 2301))
    listing = server.list(limit)
    assert listing.rows == list(range(1, rows + 1)) and listing.complete is False
    assert [sent.param("limit") for sent in server.transport.sent] == [str(limit)]


def test_a_limit_counts_what_is_kept() -> None:
    server = Server(range(1, 2301))
    listing = list_orders(server.client, [], lambda order: order.id if order.id > 1500 else None, limit=2)
    assert (listing.rows, len(server.offsets)) == ([1501, 1502], 3)


def test_a_row_that_is_not_kept_is_dropped() -> None:
    server = Server(range(1, 5))
    listing = list_orders(server.client, [], lambda order: {"id": order.id} if order.id % 2 else None)
    assert (listing.rows, listing.complete) == ([{"id": 1}, {"id": 3}], True)


# Rows that move


def test_rows_that_leave_between_two_pages_take_no_others_with_them() -> None:
    server = Server(range(1, 2501))
    # Seven orders leave the filtered listing while its second page is on the way.
    server.before = lambda number: server.leave(range(1, 8)) if number == 1 else None
    check_complete(server.list(), range(8, 2501))
    # It notices with the page itself, and reads it all once more.
    assert server.offsets == [0, 999, 0, 999, 1998, 2492]


def test_rows_that_enter_between_two_pages() -> None:
    server = Server(range(1, 2501))

    def enter(number: int) -> None:
        if number == 2:
            server.rows = [a_row(5000), *server.rows]

    server.before = enter
    check_complete(server.list(), [*range(1, 2501), 5000])


def test_rows_of_a_pass_that_was_given_up_are_stale() -> None:
    server = Server(range(1, 2501))
    server.before = lambda number: server.leave([3, 2000]) if number == 1 else None
    listing = server.list()
    assert not {3, 2000} & set(listing.rows)
    check_complete(listing, set(range(1, 2501)) - {3, 2000})


def test_the_last_page_that_vanishes_is_a_move() -> None:
    server = Server(range(1, 1002))
    server.before = lambda number: server.leave(range(1, 600)) if number == 1 else None
    check_complete(server.list(), range(600, 1002))


def test_rows_that_keep_moving() -> None:
    server = Server(range(1, 2501))
    left: list[int] = []

    def leave(number: int) -> None:
        if number % 2:
            left.append(server.rows[0]["id"])
            server.leave(left)

    server.before = leave
    listing = server.list()
    # The union of all passes has at least what was there all the time.
    assert set(range(1, 1000)) <= set(listing.rows)
    assert len(left) == MAX_PASSES and set(left) <= set(listing.rows)
    assert listing.complete is False and f"{MAX_PASSES} times" in listing.warnings[0]
    assert server.offsets == [0, 999] * MAX_PASSES


def shuffled(server: Server, until: int | None = None) -> None:
    """Equal sort keys: the rows come in another order in each reply."""
    order = random.Random(5)
    server.before = lambda number: order.shuffle(server.rows) if until is None or number < until else None


def test_equal_sort_keys_are_no_complete_listing() -> None:
    server = Server(range(1, 2501))
    shuffled(server)
    listing = server.list()
    # Seen: 1,779 of 2,500 rows, returned as all.
    assert listing.complete is False and len(listing.warnings) == 1
    assert len(listing.rows) == len(set(listing.rows)) > 1000
    assert len(server.offsets) <= 3 * MAX_PASSES


def test_equal_sort_keys_on_one_page_are_complete() -> None:
    server = Server(range(1, 900))
    # The second request begins with the last row of the first, or it does not: then it is read again.
    shuffled(server, until=2)
    check_complete(server.list(), range(1, 900))


def test_a_listing_that_shrinks_and_is_reordered_between_two_pages_is_read_again() -> None:
    server = Server(range(1, 1002))

    def leave_and_reorder(number: int) -> None:
        if number == 1:
            # The last row, which no page has shown, trades places with one that the first page has.
            server.leave([1])
            last, known = server.rows[-1], server.rows[3]
            server.rows[-1], server.rows[3] = known, last

    server.before = leave_and_reorder
    check_complete(server.list(), range(2, 1002))


@pytest.mark.parametrize("page", [{"total": 5}, {"total": 4}, {}])
def test_a_row_that_comes_twice_shows_that_rows_moved(page: dict[str, int]) -> None:
    server = Server(range(1, 6))
    server.replies[0] = {"orders": [a_row(number) for number in (1, 2, 1, 4, 5)], "page": page}
    check_complete(server.list(), range(1, 6))


def test_a_server_that_ignores_the_offset() -> None:
    server = Server(range(1, 4))
    page = {"orders": [a_row(number) for number in range(1, 4)]}
    server.replies = dict.fromkeys(range(100), page)
    listing = server.list()
    assert sorted(listing.rows) == [1, 2, 3] and listing.complete is False
    assert len(server.offsets) == 2 * MAX_PASSES


@given(st.data())
def test_nothing_that_was_there_all_the_time_is_missing(data: st.DataObject) -> None:
    """Whatever leaves and enters, in a listing that says that it is complete."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "PAGE_ROWS", 4)
        server = Server(range(1, data.draw(st.integers(0, 16)) + 1))
        always = {row["id"] for row in server.rows}
        numbers = iter(range(100, 200))

        def move(unused: int) -> None:
            for leaves in data.draw(st.lists(st.booleans(), max_size=2)):
                if leaves and server.rows:
                    always.discard(server.rows.pop(data.draw(st.integers(0, len(server.rows) - 1)))["id"])
                elif not leaves:
                    server.rows.insert(data.draw(st.integers(0, len(server.rows))), a_row(next(numbers)))

        server.before = move
        try:
            listing = server.list()
        except CertCentralError:
            return
    assert len(listing.rows) == len(set(listing.rows))
    assert not listing.complete or always <= set(listing.rows)
    assert listing.complete is not bool(listing.warnings)


@given(st.integers(0, 12), st.sets(st.integers(1, 12), max_size=4), st.integers(0, 2**32))
def test_rows_in_any_order_are_complete_only_with_all_of_them(count: int, leaving: set[int], seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "PAGE_ROWS", 4)
        server = Server(range(1, count + 1))
        order = random.Random(seed)
        leaves = order.sample(sorted(leaving), len(leaving))

        def move(unused: int) -> None:
            order.shuffle(server.rows)
            if leaves and order.random() < 0.5:
                server.leave([leaves.pop()])

        server.before = move
        try:
            listing = server.list()
        except CertCentralError:
            return
    assert not listing.complete or set(range(1, count + 1)) - leaving <= set(listing.rows)


# Totals that are wrong


@pytest.mark.parametrize("total_error", [5000, 1])
def test_the_same_rows_twice_settle_that_the_total_is_wrong(total_error: int) -> None:
    server = Server(range(1, 1501))
    server.total_error = total_error
    check_complete(server.list(), range(1, 1501))
    assert server.offsets == [0, 999, 1499] * 2


@pytest.mark.parametrize("total_error", [-5000, -1, None])
def test_a_total_that_is_too_small_settles_nothing(total_error: int | None) -> None:
    server = Server(range(1, 1501))
    server.total_error = total_error
    check_complete(server.list(), range(1, 1501))
    assert server.offsets == [0, 999, 1499]


def test_other_rows_settle_no_total() -> None:
    server = Server(range(1, 11))
    server.total_error = 7
    server.before = lambda number: server.rows.append(a_row(100 + number)) if number % 2 == 0 else None
    assert server.list().complete is False
    assert len(server.offsets) == 2 * MAX_PASSES


# Replies that are no page


ERRORS = {"errors": [{"code": "service_error", "message": "Something is wrong."}]}
NO_PAGES: list[tuple[t.Any, str]] = [
    ({}, "not a listing"),
    (ERRORS, "service_error Something is wrong"),
    ({**ERRORS, "orders": []}, "service_error Something is wrong"),
    ({"message": "Try later"}, "Try later"),
    ({"data": [a_row(1)]}, "not a listing"),
    ({"orders": {"1": a_row(1)}}, "not a listing"),
    ({"orders": "none"}, "not a listing"),
    ({"page": [5]}, "not a listing"),
    ([], "not a JSON object"),
    ("x", "not a JSON object"),
]


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize(("reply", "words"), NO_PAGES)
def test_what_is_no_page_ends_no_listing(reply: t.Any, words: str, number: int) -> None:
    server = Server(range(1, 1501))
    server.replies[number] = reply
    with pytest.raises(CertCentralError, match=words) as caught:
        server.list()
    assert caught.value.reason == "unexpected_response"
    assert len(server.offsets) == number + 1


@pytest.mark.parametrize("reply", [{"orders": []}, {"orders": None}, {"page": {}}, {"orders": [], "errors": []}])
def test_an_empty_page(reply: t.Any) -> None:
    server = Server([])
    server.replies[0] = reply
    check_complete(server.list(), [])


def test_a_first_page_without_the_rows_that_it_counts() -> None:
    server = Server(range(1, 6))
    server.replies[0] = {"page": {"total": 5}}
    with pytest.raises(CertCentralError, match="says that it has 5 orders, and holds none"):
        server.list()


def test_a_listing_that_is_not_found_says_nothing_of_an_order() -> None:
    server = Server([])
    server.replies[0] = 404
    with pytest.raises(CertCentralError, match="no listing of orders") as caught:
        server.list()
    assert (caught.value.reason, caught.value.http_status) == ("unexpected_response", 404)


def test_a_listing_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_PAGES", 20)
    server = Server(range(1, 4), page_rows=3)

    def grow(number: int) -> None:
        server.rows.extend(a_row(len(server.rows) + place) for place in range(1, 4))

    server.before = grow
    with pytest.raises(CertCentralError, match="does not end") as caught:
        server.list()
    assert caught.value.reason == "unexpected_response" and len(server.offsets) == 20


# Odd rows


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"id": 2}, "order 2"),
        ({"id": "2", "status": 5}, "order 2"),
        ({"status": "issued"}, "row 2"),
        ({"id": 0, "status": "issued"}, "row 2"),
        (None, "row 2"),
        ("2", "row 2"),
    ],
)
def test_one_odd_row_fails_no_listing(row: Row, name: str) -> None:
    server = Server(range(1, 4))
    server.rows[1] = row
    listing = server.list()
    assert (listing.rows, listing.complete) == ([1, 3], False)
    assert listing.warnings == [f"the listing has rows that are no orders, which were left out: {name}"]


def test_many_odd_rows_are_named_in_short() -> None:
    server = Server(range(1, 1501))
    server.rows = [{"id": row["id"]} for row in server.rows[:-1]] + server.rows[-1:]
    listing = server.list()
    assert listing.rows == [1500]
    assert listing.warnings[0].endswith("order 1, order 2, order 3, order 4, order 5 and 1494 more")


def test_odd_rows_at_the_end_of_a_page_move_nothing() -> None:
    server = Server(range(1, 12), page_rows=3)
    server.rows[2] = server.rows[4] = None
    listing = server.list()
    assert sorted(listing.rows) == [1, 2, 4, *range(6, 12)] and listing.complete is False
    assert "row 3, row 5" in listing.warnings[0]


# One order in the listing


@pytest.mark.parametrize(
    ("reply", "migrated"),
    [
        ({"orders": [a_row(5)], "page": {"total": 1}}, True),
        ({"page": {"total": 0}}, False),
        ({"orders": None}, False),
    ],
)
def test_origin(reply: t.Any, migrated: bool) -> None:
    server = Server([])
    server.replies[0] = reply
    assert read_origin(server.client, 5) is migrated
    (sent,) = server.transport.sent
    assert (sent.param("filters[id]"), sent.param("filters[origin]")) == ("5", "migrated")
    assert sent.headers == {"Cache-Control": "no-cache"}


@pytest.mark.parametrize("numbers", [[5, 6], [6, 5], [6], [4, 5]])
def test_any_other_order_leaves_the_origin_unknown(numbers: t.Sequence[int]) -> None:
    server = Server(numbers)
    with pytest.raises(CertCentralError, match="ignored its filters") as caught:
        read_origin(server.client, 5)
    assert (caught.value.reason, caught.value.order_id) == ("unexpected_response", 5)


@pytest.mark.parametrize(("reply", "unused"), NO_PAGES)
def test_no_page_is_no_origin(reply: t.Any, unused: str) -> None:
    server = Server([])
    server.replies[0] = reply
    with pytest.raises(CertCentralError) as caught:
        read_origin(server.client, 5)
    assert (caught.value.reason, caught.value.order_id) == ("unexpected_response", 5)


@pytest.mark.parametrize(
    ("rows", "marked"),
    [
        ([a_row(5)], False),
        ([{**a_row(5), "is_renewed": "1"}], True),
        ([{"id": 5, "status": "renewed"}], True),
        ([a_row(6), {**a_row(5), "is_renewed": True}], True),
    ],
)
def test_mark(rows: t.Sequence[Row], marked: bool) -> None:
    server = Server([])
    server.rows = list(rows)
    assert read_listed_mark(server.client, 5) is marked


@pytest.mark.parametrize("rows", [[], [a_row(6)], [{"id": 5, "status": "issued"}]])
def test_a_mark_that_nothing_settles(rows: t.Sequence[Row]) -> None:
    server = Server([])
    server.rows = list(rows)
    with pytest.raises(CertCentralError, match="neither order info nor the listing") as caught:
        read_listed_mark(server.client, 5)
    assert caught.value.order_id == 5
