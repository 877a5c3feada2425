# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many orders at the cost of few requests: pages or one by one, and what a listing of migrated orders proves."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api import fetch
from ansible_collections.certops.certcentral.plugins.module_utils._api.fetch import MIGRATED, Fetcher
from ansible_collections.certops.certcentral.plugins.module_utils._api.order import Order
from ansible_collections.certops.certcentral.plugins.module_utils._change.filters import filters_after, filters_before
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.unit.support import KEY, Clock, ScriptedTransport, Sent

PENDING = [("filters[status]", "pending")]


class Server:
    """Orders by id, which the listing has as well unless they are hidden from it.

    :ivar works: the filters that are looked at
    """

    def __init__(self, count: int, page_rows: int = 1000) -> None:
        self.migrated = set(range(1, count + 1))
        self.others: set[int] = set()
        self.hidden: set[int] = set()
        self.works = {"id", "origin"}
        self.page_rows = page_rows
        self.failing: dict[str, int] = {}
        self.transport = ScriptedTransport(self._answer)

    def _answer(self, sent: Sent) -> t.Any:
        name = sent.path.rpartition("/")[2]
        kind = "list" if name == "certificate" else "info"
        if kind in self.failing:
            return self.failing[kind]
        orders = {number: {"id": number, "status": "pending"} for number in sorted(self.migrated | self.others)}
        if kind == "info":
            return orders.get(int(name), 404)
        rows = [order for number, order in orders.items() if number not in self.hidden]
        asked = sent.param("filters[id]")
        if asked and "id" in self.works:
            rows = [row for row in rows if row["id"] == int(asked)]
        origin = sent.param("filters[origin]")
        if origin and "origin" in self.works:
            rows = [row for row in rows if (row["id"] in self.migrated) is (origin == "migrated")]
        start, limit = int(sent.param("offset") or 0), int(sent.param("limit") or 0)
        page = rows[start : start + min(limit, self.page_rows)]
        return {"orders": page, "page": {"total": len(rows)}}

    def fetcher(self, concurrency: int = 1, keep_going: bool = False) -> Fetcher:
        client = Client(self.transport, KEY, retry_timeout=0, rate_limit_share=0)
        return Fetcher(client, concurrency, lambda error: not keep_going)

    @property
    def kinds(self) -> list[str]:
        """A letter for each request: a page of the listing, order info, or the listing of one id."""
        letters = []
        for sent in self.transport.sent:
            is_info = not sent.path.endswith("/certificate")
            letters.append("info" if is_info else "id" if sent.param("filters[id]") else "page")
        return letters


def check_all(fetcher: Fetcher, numbers: t.Iterable[int]) -> None:
    for number in numbers:
        order = fetcher.fetched[number]
        assert isinstance(order, Order) and order.id == number and number in fetcher.fetched_at


@pytest.mark.parametrize(("wanted", "kinds"), [(1, ["info"]), (3, ["info"] * 3), (4, ["page"]), (500, ["page"])])
def test_many_orders_are_read_by_pages_and_few_one_by_one(clock: Clock, wanted: int, kinds: list[str]) -> None:
    server = Server(500)
    fetcher = server.fetcher()
    fetcher.fetch(range(1, wanted + 1), [PENDING])
    check_all(fetcher, range(1, wanted + 1))
    assert server.kinds == kinds


def test_page_is_requested_with_one_value_for_a_filter_and_the_newest_first(clock: Clock) -> None:
    server = Server(10)
    server.fetcher().fetch(range(1, 11), [PENDING], fresh=True)
    (sent,) = server.transport.sent
    assert sent.params == [*PENDING, ("sort", "-date_created"), ("limit", "1000"), ("offset", "0")]
    assert sent.headers == {"Cache-Control": "no-cache"}


# In both cases the orders are on the last pages. After the first page, nine are left.
@pytest.mark.parametrize(("wanted", "kinds"), [(6, ["page"] + ["info"] * 6), (20, ["page"] * 10)])
def test_pages_are_read_as_long_as_they_cost_less_than_the_orders(clock: Clock, wanted: int, kinds: list[str]) -> None:
    server = Server(100, page_rows=10)
    fetcher = server.fetcher()
    fetcher.fetch(range(101 - wanted, 101), [PENDING])
    check_all(fetcher, range(101 - wanted, 101))
    assert server.kinds == kinds


def test_what_no_page_has_is_read_one_by_one(clock: Clock) -> None:
    server = Server(20)
    server.hidden = {3, 4, 5, 6, 7}
    fetcher = server.fetcher()
    fetcher.fetch([*range(1, 11)], [PENDING, MIGRATED])
    check_all(fetcher, range(1, 11))
    assert server.kinds == ["page", "page"] + ["info"] * 5


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("keep_going", [True, False])
def test_order_that_cannot_be_read_ends_it_unless_it_keeps_going(
    clock: Clock, keep_going: bool, concurrency: int
) -> None:
    server = Server(6)
    fetcher = server.fetcher(concurrency, keep_going)
    if keep_going:
        fetcher.fetch([1, 2, 99, 3])
        check_all(fetcher, [1, 2, 3])
    else:
        with pytest.raises(CertCentralError) as caught:
            fetcher.fetch([99, *range(1, 7)])
        assert caught.value.reason == "not_found" and len(server.kinds) <= concurrency + 1
    error = fetcher.fetched[99]
    assert isinstance(error, CertCentralError) and error.order_id == 99


def test_an_odd_row_is_read_by_itself(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(6)
    answer = server._answer

    def odd(sent: Sent) -> t.Any:
        reply = answer(sent)
        if isinstance(reply, dict) and "orders" in reply:
            reply["orders"] = [{**row, "status": None} if row["id"] == 3 else row for row in reply["orders"]]
        return reply

    server.transport = ScriptedTransport(odd)
    fetcher = server.fetcher()
    fetcher.fetch(range(1, 7), [PENDING])
    check_all(fetcher, range(1, 7))
    assert server.kinds == ["page", "info"]


# Where an order came from


def origins(fetcher: Fetcher, numbers: t.Sequence[int]) -> list[bool | str | None]:
    """Return whether each order was migrated, or the reason why that is unknown."""
    fetcher.fetch(numbers, [MIGRATED])
    orders = [order for number in numbers if isinstance(order := fetcher.fetched[number], Order)]
    fetcher.load("migrated", orders)
    found = [fetcher.fetched[number] for number in numbers]
    return [order.migrated if isinstance(order, Order) else order.reason for order in found]


def test_list_that_proves_its_filter_tells_the_origin_of_many(clock: Clock) -> None:
    server = Server(20)
    server.others = {30, 31}
    assert origins(server.fetcher(), [*range(1, 11)]) == [True] * 10
    # The second page leaves the migrated ones out.
    assert server.kinds == ["page"] * 2
    assert server.transport.sent[1].param("filters[origin]") == "certcentral"


def test_origin_of_an_order_that_the_list_lacks_is_asked_for(clock: Clock) -> None:
    server = Server(10)
    server.others = {30, 31}
    assert origins(server.fetcher(), [*range(1, 6), 30, 31]) == [True] * 5 + [False] * 2
    assert server.kinds == ["page", "info", "info", "page", "id", "id"]


def test_list_that_ignores_its_filter_proves_nothing(clock: Clock) -> None:
    server = Server(0)
    server.others = set(range(1, 11))
    server.works = set()
    # The task names every order of the account.
    assert origins(server.fetcher(keep_going=True), [*range(1, 11)]) == ["unexpected_response"] * 10
    server.works = {"id"}
    # By itself, each looks like a migrated one: the API will refuse it.
    assert origins(server.fetcher(keep_going=True), [*range(1, 11)]) == [True] * 10
    assert server.kinds[-10:] == ["id"] * 10


def test_the_proof_is_asked_for_once(clock: Clock) -> None:
    server = Server(20)
    fetcher = server.fetcher()
    origins(fetcher, [*range(1, 11)])
    origins(fetcher, [*range(5, 15)])
    assert server.kinds == ["page"] * 3


def test_few_are_asked_for_one_by_one(clock: Clock) -> None:
    server = Server(20)
    assert origins(server.fetcher(), [1, 2]) == [True, True]
    assert server.kinds == ["info"] * 2 + ["id"] * 2


# Filters


CANCEL = DesiredState(1, "canceled", "n")
REISSUE = DesiredState(2, "canceled", "n", "reissue")
MARK, UNMARK = DesiredState(3, "renewed"), DesiredState(4, "not_renewed")


def named(filters: list[t.Any]) -> list[str]:
    return [f"{name[8:-1]}={value}" for params in filters for name, value in params]


STATUSES = [f"status={status}" for status in (*facts.STATUSES_TO_CANCEL, "canceled")]


@pytest.mark.parametrize(
    ("states", "before", "after"),
    [
        ([CANCEL], STATUSES, ["status=canceled"]),
        ([REISSUE], ["status=reissue_pending"], []),
        ([MARK], ["origin=migrated"], ["is_renewed=1"]),
        ([UNMARK], ["origin=migrated"], ["origin=migrated"]),
        ([], [], []),
    ],
)
def test_filters_have_one_value_each(states: list[DesiredState], before: list[str], after: list[str]) -> None:
    assert (named(filters_before(states)), named(filters_after(states))) == (before, after)
    assert all(len(params) == 1 for params in [*filters_before(states), *filters_after(states)])


@pytest.mark.parametrize(
    ("total", "offset", "rows", "hits", "wanted", "expected"),
    [
        (None, 1000, 1000, 5, 10, True),
        (None, 1000, 1000, 0, 10, False),
        (1000, 1000, 1000, 5, 10, False),
        (5000, 1000, 1000, 0, 5, True),
        (5000, 1000, 1000, 0, 4, False),
        (900, 1000, 1000, 5, 10, False),
    ],
)
def test_whether_more_pages_are_worth_it(
    total: int | None, offset: int, rows: int, hits: int, wanted: int, expected: bool
) -> None:
    assert fetch._is_worth_more(total, offset, rows, hits, wanted) is expected
