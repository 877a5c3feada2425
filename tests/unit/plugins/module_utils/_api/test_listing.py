"""Lists of an account that changes while it is read, and responses that are not pages. Incomplete results say so."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone
from unittest import mock

import pytest
from hypothesis import given, settings

from ansible_collections.certops.certcentral.plugins.module_utils._api import listing, page, pages
from ansible_collections.certops.certcentral.plugins.module_utils._api.listing import list_orders
from ansible_collections.certops.certcentral.plugins.module_utils._api.pages import MAX_PASSES, Listing
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError, RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http import client as client_module
from ansible_collections.certops.certcentral.tests.unit.fault_injection import virtual_time
from ansible_collections.certops.certcentral.tests.unit.fault_injection.schedules import BYTES, Draw
from ansible_collections.certops.certcentral.tests.unit.support import KEY, ScriptedTransport, Sent, spread

Row = t.Any
NOW = datetime(2026, 11, 25, tzinfo=timezone.utc)


def a_row(number: int) -> dict[str, t.Any]:
    return {"id": number, "status": "issued", "is_renewed": False}


class Server:
    """An account in virtual time, with pages of at most ``size`` rows.

    :ivar excess: added to the total that each page tells; if it is None, pages tell no total
    :ivar before: called with the number of each request before it is answered
    :ivar latency: called with an offset; returns the seconds until that page arrives
    :ivar responses: responses in place of pages, by the number of the request
    """

    def __init__(self, ids: t.Iterable[int], size: int = 1000, excess: int | None = 0, retry_timeout: int = 0) -> None:
        self.rows: list[Row] = [a_row(number) for number in ids]
        self.size, self.excess = size, excess
        self.before: t.Callable[[int], None] = lambda number: None
        self.latency: t.Callable[[int], float] = lambda offset: 1.0
        self.responses: dict[int, t.Any] = {}
        self.transport = ScriptedTransport(self._answer)
        self.time = virtual_time.VirtualTime()
        self.time.restart(0)
        self.in_flight = self.most_in_flight = 0
        with mock.patch.object(client_module, "Clock", return_value=virtual_time.VirtualClock(self.time, lambda: NOW)):
            self.client = client_module.Client(self.transport, KEY, retry_timeout=retry_timeout, rate_limit_share=0)

    def _answer(self, sent: Sent) -> t.Any:
        number = len(self.transport.sent) - 1
        offset, limit = int(sent.param("offset") or 0), int(sent.param("limit") or 0)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            self.before(number)
            reply = self.responses[number] if number in self.responses else self.page(offset, limit)
            self.time.sleep(self.latency(offset))
        finally:
            self.in_flight -= 1
        return reply

    def page(self, start: int, limit: int) -> t.Any:
        """Return a page of the account as it is now."""
        rows = self.rows[start : start + min(limit, self.size)]
        page = {"limit": limit, "offset": start}
        if self.excess is not None:
            page["total"] = len(self.rows) + self.excess
        return {"orders": rows, "page": page} if rows else {"page": page}

    def leave(self, *numbers: int) -> None:
        self.rows = [row for row in self.rows if row["id"] not in numbers]

    def list(self, limit: int | None = None, concurrency: int = 1) -> Listing[int]:
        """Read the list. One page is read after the other, unless ``concurrency`` is given."""
        try:
            return list_orders(self.client, [], lambda order: order.id, limit=limit, concurrency=concurrency)
        finally:
            assert not self.time._waiters, "a request is still in flight"

    @property
    def offsets(self) -> t.Sequence[int]:
        return [int(sent.param("offset") or 0) for sent in self.transport.sent]

    @property
    def limits(self) -> t.Sequence[int]:
        return [int(sent.param("limit") or 0) for sent in self.transport.sent]


def check_complete(found: Listing[int], numbers: t.Iterable[int]) -> None:
    assert sorted(found.rows) == sorted(numbers)
    assert (found.complete, found.warnings) == (True, [])


@pytest.mark.parametrize(
    ("count", "size", "offsets"),
    [
        *((0, 1000, [0]), (1, 1000, [0, 0]), (999, 1000, [0, 998]), (1000, 1000, [0, 999])),
        *((1001, 1000, [0, 999, 1000]), (2300, 1000, [0, 999, 1998, 2299])),
        # A server that sends smaller pages than requested.
        (11, 3, [0, 2, 4, 6, 8, 10]),
    ],
)
@pytest.mark.parametrize("concurrency", [1, 3, 16])
def test_each_page_costs_one_request(count: int, size: int, offsets: t.Sequence[int], concurrency: int) -> None:
    server = Server(range(1, count + 1), size)
    check_complete(server.list(concurrency=concurrency), range(1, count + 1))
    assert sorted(server.offsets) == offsets


def test_pages_have_the_largest_size_and_are_sorted() -> None:
    server, filters = Server(range(1, 5)), [("filters[status]", "issued")]
    list_orders(server.client, filters, lambda order: order)
    assert server.transport.sent[0].params == [*filters, ("sort", "date_created"), ("limit", "1000"), ("offset", "0")]
    for sort in ("-date_created", None):
        list_orders(server.client, [], lambda order: order, sort=sort)
        assert server.transport.sent[-1].param("sort") == sort


def test_limit_counts_only_rows_that_are_kept() -> None:
    server = Server(range(1, 2301))
    found = list_orders(server.client, [], lambda order: order.id if order.id > 1500 else None, limit=2)
    assert (found.rows, server.offsets) == ([1501, 1502], [0, 1, 1000])


# All 5000 rows take six pages, and one request more finds the end.
@pytest.mark.parametrize(("limit", "count"), [(1, 1), (1000, 1), (1001, 2), (1999, 2), (2000, 3), (4000, 5), (9000, 7)])
def test_limit_reads_no_page_too_many(limit: int, count: int) -> None:
    server = Server(range(1, 5001))
    found = server.list(limit, concurrency=16)
    assert (found.rows, found.complete) == (list(range(1, min(limit, 5000) + 1)), limit == 9000)
    assert (len(server.offsets), server.limits[0]) == (count, min(limit, 1000))


def test_rows_that_leave_between_two_pages_take_no_others_with_them() -> None:
    server = Server(range(1, 2501))
    # The last of these rows was on the first page, which is out of date then.
    server.before = lambda number: server.leave(*range(1, 7), 2000) if number == 1 else None
    check_complete(server.list(), {*range(7, 2501)} - {2000})
    # The second page shows the move, and all pages are read again.
    assert server.offsets == [0, 999, 0, 999, 1998, 2492]


def test_rows_that_keep_moving_give_the_union_and_a_warning() -> None:
    server = Server(range(1, 2501))
    server.before = lambda number: server.leave(server.rows[0]["id"]) if number % 2 else None
    found = server.list()
    # The union of all passes has at least the rows that existed all the time. It has those that left as well.
    assert set(range(1, 1000)) <= set(found.rows) and len(server.rows) == 2500 - MAX_PASSES
    assert found.complete is False and f"each of the {MAX_PASSES} times" in found.warnings[0]
    assert server.offsets == [0, 999] * MAX_PASSES


@pytest.mark.parametrize("page", [{"total": 5}, {"total": 4}, {}])
def test_row_that_comes_twice_shows_that_rows_moved(page: dict[str, int]) -> None:
    server = Server(range(1, 6))
    server.responses[0] = {"orders": [a_row(number) for number in (1, 2, 1, 4, 5)], "page": page}
    check_complete(server.list(), range(1, 6))


def test_server_that_ignores_the_offset_gives_an_incomplete_list() -> None:
    server = Server(range(1, 4))
    server.responses = {number: {"orders": server.rows} for number in range(100)}
    found = server.list()
    assert (sorted(found.rows), found.complete, len(server.offsets)) == ([1, 2, 3], False, 2 * MAX_PASSES)


def test_server_with_one_row_on_a_page_gives_an_incomplete_list() -> None:
    """Regression: the list had only its first row, and was complete."""
    server = Server(range(1, 4), 1)
    found = server.list()
    assert (found.rows, found.complete, server.offsets) == ([1, 2], False, [0, 1] * MAX_PASSES)


def test_row_that_takes_the_place_of_a_single_row_is_not_missed() -> None:
    server = Server([1, 2], 1, excess=None)
    server.before = lambda number: server.leave(1) if number == 1 else None
    found = server.list()
    assert not found.complete or found.rows == [2]


def test_pages_are_requested_at_the_same_time_and_used_in_sequence() -> None:
    server, taken = Server(range(1, 8001)), [0]
    # Each page that is requested first arrives last.
    server.latency = lambda offset: 100.0 - offset / 999

    def check_offset(unused: int) -> None:
        # At most four pages are requested and not used yet, including this one.
        assert server.offsets[-1] <= taken[-1] - 1 + 3 * 999

    server.before = check_offset
    found = list_orders(server.client, [], lambda order: order.id, concurrency=4, on_rows=taken.append)
    assert (found.rows, found.complete, server.most_in_flight) == (list(range(1, 8001)), True, 4)
    assert sorted(server.offsets) == [0, 999, 1998, 2997, 3996, 4995, 5994, 6993, 7992, 7999]
    # Rows are counted after each page.
    assert taken == [0, 1000, 1999, 2998, 3997, 4996, 5995, 6994, 7993, 8000, 8000]


@pytest.mark.parametrize("excess", [None, -5000, 5000])
def test_pages_are_read_one_by_one_if_the_total_is_wrong(excess: int | None) -> None:
    server = Server(range(1, 4501), excess=excess)
    check_complete(server.list(concurrency=4), range(1, 4501))
    if excess == 5000:
        # This ends with a page that is shorter than the total implies.
        assert server.most_in_flight == 4 and len(server.offsets) <= 2 * (6 + 3)
    else:
        assert server.most_in_flight == 1 and len(server.offsets) == 6


def test_failure_of_a_page_that_is_no_longer_needed_does_not_matter() -> None:
    server = Server(range(1, 5001))

    def leave(number: int) -> None:
        if 0 < number < 4:
            server.leave(*range(1, 8))
            # The second page shows the move. The pages that were requested with it fail.
            server.responses[number] = {} if server.offsets[number] > 999 else server.page(999, 1000)

    server.before = leave
    check_complete(server.list(concurrency=3), range(8, 5001))
    assert len(server.offsets) == 1 + 3 + 6


def test_failure_of_a_page_ends_the_repeats_of_all_others() -> None:
    server = Server(range(1, 9001), retry_timeout=240)

    def fail(number: int) -> None:
        if number:
            server.responses[number] = 401 if server.offsets[number] == 999 else 503

    server.before = fail
    with pytest.raises(CertCentralError) as caught:
        server.list(concurrency=4)
    # Each of the others is already waiting for its first repeat, or has been repeated while the first one was in flight.
    assert caught.value.reason == "unauthorized" and len(server.offsets) <= 9


def times_out(sent: Sent, largest: int) -> None:
    if int(sent.param("limit") or 0) > largest:
        raise RequestError("unavailable", "it took too long", repeat=True, outcome_unknown=True, timed_out=True)


@pytest.mark.parametrize("retry_timeout", [0, 240])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_late_page_is_requested_with_half_as_many_rows(concurrency: int, retry_timeout: int) -> None:
    server = Server(range(1, 3001), retry_timeout=retry_timeout)
    server.before = lambda number: times_out(server.transport.sent[number], 400)
    check_complete(server.list(concurrency=concurrency), range(1, 3001))
    # The following pages have the size of the page that arrived. No request is repeated with its old size.
    assert server.limits == [1000, 500] + [250] * (len(server.limits) - 2)
    assert len(server.offsets) == 2 + 14 and len(set(server.offsets)) == 14


def test_page_that_never_arrives_names_timeout_and_does_not_prolong_retry_timeout() -> None:
    server = Server(range(1, 3001))
    server.before = lambda number: times_out(server.transport.sent[number], 0)
    with pytest.raises(CertCentralError) as caught:
        server.list()
    assert (caught.value.reason, server.limits) == ("unavailable", [1000, 500, 250, 125, 100])
    assert caught.value.message.startswith("a page of 100 orders did not arrive within timeout (it took too long): rai")

    server = Server(range(1, 3001), retry_timeout=240)

    def wait(number: int) -> None:
        server.time.sleep(30.0)
        times_out(server.transport.sent[number], 0)

    server.before = wait
    with pytest.raises(CertCentralError, match="the 240 s of retry_timeout are used up"):
        server.list()
    # The time began with the first failure. A request that began before its end may take as long as any other.
    assert server.time.now() - virtual_time.START <= 30 + 240 + 30
    assert server.limits[:6] == [1000, 500, 250, 125, 100, 100]


def play(data: bytes, *, reorder: bool) -> None:
    """Read a list while rows move, totals are wrong, and pages are late, fail or do not arrive."""
    draw = Draw(data)
    count = draw.number(24)
    concurrency, limit = 1 + draw.number(4), draw.pick((None, None, None, 1, 4, 9))
    moving = draw.number(3)
    server = Server(range(1, count + 1), draw.pick((6, 4, 3, 2, 1)), retry_timeout=30)
    server.time.restart(draw.number(99))
    # Rows in an arbitrary sequence can be counted, but not compared with their neighbors.
    # If each page has one row, nothing but the total shows that there are more.
    totals = (0, 0, 0, 2, 100) if server.size == 1 else (0, 0, 0, -3, 2, 100, None)
    server.excess = 0 if reorder else draw.pick(totals)
    failing = draw.rarely(3)
    always = set(range(1, count + 1))
    numbers = iter(range(100, 999))
    told = [0]

    def move() -> None:
        for unused in range(draw.pick((0, 0, 1, 2)) if moving else 0):
            place = draw.number(len(server.rows))
            if draw.number(1) and place < len(server.rows):
                always.discard(server.rows.pop(place)["id"])
            elif not reorder:
                server.rows.insert(place, a_row(next(numbers)))
        if reorder and moving:
            server.rows = draw.shuffled(server.rows)

    def before(number: int) -> None:
        sent = server.transport.sent[number]
        # Nothing is requested beyond the largest total, except for the page after the last rows, or after a single row.
        assert server.offsets[number] < max(*told, 2), "beyond the end"
        move()
        told.append(len(server.rows) + (server.excess or 0))
        told.append(min(len(server.rows), server.offsets[number] + server.size))
        if failing and draw.rarely():
            server.responses[number] = draw.pick((500, 500, 429, {"message": "x"}, 401, {"orders": [{"id": 9999}]}))
        if failing and draw.rarely():
            times_out(sent, draw.number(6))

    server.before = before
    server.latency = lambda offset: draw.pick((0.0, 1.0, 1.0, 3.0, 20.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "PAGE_ROWS", 6)
        patch.setattr(page, "MIN_PAGE_ROWS", 2)
        try:
            found = server.list(limit, concurrency)
        except CertCentralError:
            assert failing or not server.rows
            return
        assert server.most_in_flight <= concurrency
        assert len(found.rows) == len(set(found.rows)) <= (limit or 999)
        assert not found.complete or always <= set(found.rows)
        assert limit or found.complete is not bool(found.warnings)
        if not moving and not failing:
            check_as_if_read_one_by_one(server, found, limit)


def check_as_if_read_one_by_one(server: Server, found: Listing[int], limit: int | None) -> None:
    """If no row moves, the result does not depend on the number of parallel requests or on the times of their responses."""
    other = Server([row["id"] for row in server.rows], server.size, excess=server.excess)
    assert other.list(limit) == found
    assert set(other.offsets) <= set(server.offsets)
    if server.excess in (0, None):
        assert sorted(other.offsets) == sorted(server.offsets)


@settings(max_examples=10 * settings().max_examples)
@given(BYTES)
def test_no_row_that_existed_all_the_time_is_missing(data: bytes) -> None:
    play(data, reorder=False)


@settings(max_examples=5 * settings().max_examples)
@given(BYTES)
def test_rows_in_any_order_are_complete_only_with_all_of_them(data: bytes) -> None:
    play(data, reorder=True)


@pytest.mark.parametrize("excess", [5000, 1])
def test_same_rows_twice_prove_the_total_wrong(excess: int) -> None:
    server = Server(range(1, 1501), excess=excess)
    check_complete(server.list(), range(1, 1501))
    assert server.offsets == [0, 999, 1499] * 2


def test_other_rows_do_not_prove_the_total_wrong() -> None:
    server = Server(range(1, 11), excess=7)
    server.before = lambda number: server.rows.append(a_row(100 + number)) if number % 2 == 0 else None
    assert (server.list().complete, len(server.offsets)) == (False, 2 * MAX_PASSES)


ERRORS = {"errors": [{"code": "service_error", "message": "Something is wrong."}]}
NOT_PAGES: dict[str, list[t.Any]] = {
    "not a list of orders": [{}, {"data": [a_row(1)]}, {"orders": {"1": a_row(1)}}, {"orders": "none"}, {"page": [5]}],
    "service_error Something is wrong": [ERRORS, {**ERRORS, "orders": []}],
    "Try later": [{"message": "Try later"}],
    "not a JSON object": [[], "x"],
}
TOTALS = [{"page": {"total": total}} for total in (None, 0, -1, "3", True, 1.5)]


@pytest.mark.parametrize(
    ("number", "reply", "words"),
    [
        *((number, *row) for row in spread(NOT_PAGES) for number in (0, 1, 2)),
        (0, {"page": {"total": 1}}, "list of orders is empty, but its total is 1"),
        # This does not count as an order that does not exist.
        (0, 404, "no list of orders"),
    ],
)
def test_response_that_is_not_a_page_fails(number: int, reply: t.Any, words: str) -> None:
    server = Server(range(1, 1501))
    server.responses[number] = reply
    with pytest.raises(CertCentralError, match=words) as caught:
        server.list()
    assert (caught.value.reason, caught.value.http_status) == ("unexpected_response", 404 if reply == 404 else 200)
    assert len(server.offsets) == number + 1


@pytest.mark.parametrize(
    "reply", [{"orders": []}, {"orders": None}, {"page": {}}, {"orders": [], "errors": []}, *TOTALS]
)
def test_empty_page_is_an_empty_list(reply: t.Any) -> None:
    server = Server([])
    server.responses[0] = reply
    check_complete(server.list(), [])


def test_list_without_end_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_PAGES", 20)
    server = Server(range(1, 4), 3)
    server.before = lambda number: server.rows.extend(a_row(len(server.rows) + place) for place in (1, 2, 3))
    with pytest.raises(CertCentralError, match="does not end") as caught:
        server.list()
    assert caught.value.reason == "unexpected_response" and len(server.offsets) == 20


@pytest.mark.parametrize(
    ("row", "name"),
    [
        *((row, "order 2") for row in ({"id": 2}, {"id": "2", "status": 5})),
        *((row, "row 2") for row in ({"status": "issued"}, {"id": 0, "status": "issued"}, None, "2")),
    ],
)
def test_bad_row_is_left_out_and_named(row: Row, name: str) -> None:
    server = Server(range(1, 4))
    server.rows[1] = row
    words = "the list of orders has rows that cannot be read, which were left out: "
    assert server.list() == Listing([1, 3], False, [words + name])
    server.rows = [{"id": number} for number in range(1, 1500)] + [a_row(1500)]
    names = "order 1, order 2, order 3, order 4, order 5 and 1494 more"
    assert server.list() == Listing([1500], False, [words + names])
    server.rows = server.rows[:5]
    assert server.list().warnings == [words + "order 1, order 2, order 3, order 4, order 5"]


@pytest.mark.parametrize(
    ("before", "after", "is_move"),
    [(a_row(3), {**a_row(3), "status": "expired"}, False), (a_row(3), None, True), ("a", "b", True)],
)
def test_last_row_of_a_page_has_to_come_first_on_the_next(before: Row, after: Row, is_move: bool) -> None:
    server = Server(range(1, 6), 3)
    server.rows[2] = before
    server.before = lambda number: server.rows.__setitem__(2, after if number else before)
    server.list()
    assert server.offsets[:3] == [0, 2, 0 if is_move else 4]


def test_bad_row_at_the_end_of_a_page_is_not_a_move() -> None:
    server = Server(range(1, 12), 3)
    server.rows[2] = server.rows[4] = None
    found = server.list()
    assert sorted(found.rows) == [1, 2, 4, *range(6, 12)] and found.complete is False
    assert "row 3, row 5" in found.warnings[0]


def only(*rows: Row) -> Server:
    server = Server([])
    server.rows = list(rows)
    return server


@pytest.mark.parametrize(("rows", "migrated"), [([a_row(5)], True), ([], False)])
def test_order_is_migrated_if_the_filtered_list_contains_it(rows: list[Row], migrated: bool) -> None:
    server = only(*rows)
    assert listing.read_origin(server.client, 5) is migrated
    (sent,) = server.transport.sent
    assert (sent.param("filters[id]"), sent.param("filters[origin]")) == ("5", "migrated")
    assert sent.headers == {"Cache-Control": "no-cache"}


@pytest.mark.parametrize("numbers", [[5, 6], [6, 5], [6], [4, 5]])
def test_another_order_leaves_the_origin_unknown(numbers: t.Sequence[int]) -> None:
    with pytest.raises(CertCentralError, match="ignored the filters") as caught:
        listing.read_origin(only(*map(a_row, numbers)).client, 5)
    assert (caught.value.reason, caught.value.order_id) == ("unexpected_response", 5)


MARKED = {**a_row(5), "is_renewed": "1"}
MARKS: dict[bool | None, list[list[Row]]] = {
    True: [[MARKED], [a_row(6), MARKED], [{"id": 5, "status": "renewed"}]],
    False: [[a_row(5)]],
    None: [[], [a_row(6)], [{"id": 5, "status": "issued"}]],
}


@pytest.mark.parametrize(("rows", "marked"), spread(MARKS))
def test_mark_is_read_from_the_row_of_the_order(rows: list[Row], marked: bool | None) -> None:
    try:
        assert listing.read_listed_mark(only(*rows).client, 5) is marked is not None
    except CertCentralError as error:
        assert (error.order_id, marked) == (5, None)
        assert "neither order details nor the order list" in error.message
