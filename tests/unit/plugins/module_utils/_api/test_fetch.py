"""Many orders that are read with few requests: by pages or one by one, and with the list of migrated orders."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.fetch import MIGRATED, Fetcher
from ansible_collections.certops.certcentral.plugins.module_utils._api.order import Order
from ansible_collections.certops.certcentral.plugins.module_utils._change.filters import filters_after, filters_before
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import headers, seed
from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder

PENDING = [("filters[status]", "pending")]


def make(fake: FakeRecorder, keep_going: bool = False) -> Fetcher:
    """Return a fetcher for the account in memory."""
    key = fake.state.key
    client = Client(fake.connect(Settings(fake.url, key)), key, retry_timeout=0, rate_limit_share=0)
    return Fetcher(client, 1, lambda error: not keep_going)


def sent(api: State) -> list[str]:
    """Return the kind of each request: a list, the list with one ID, or order details."""
    return ["id" if "filters[id]" in dict(request["query"]) else request["kind"] for request in api.requests]


@pytest.mark.parametrize(
    ("size", "wanted", "kinds"),
    [
        # Few orders are read one by one.
        *((1000, range(count), ["info"] * count) for count in (1, 3)),
        *((1000, range(count), ["list"]) for count in (4, 100)),
        # Pages are read as long as they cost less than the orders. These are on the last pages. After the first page, nine are left.
        *((10, range(94, 100), ["list"] + ["info"] * 6), (10, range(80, 100), ["list"] * 10)),
    ],
)
def test_few_requests_are_sent(api: State, fake: FakeRecorder, size: int, wanted: range, kinds: list[str]) -> None:
    api.quirks.max_limit = size
    ids = seed(api, 100)
    fetcher, numbers = make(fake), [ids[place] for place in wanted]
    fetcher.fetch(numbers, [PENDING])
    assert [t.cast(Order, fetcher.fetched[number]).id for number in numbers] == numbers
    assert sent(api) == kinds and fetcher.fetched_at.keys() >= {*numbers}


def test_page_is_requested_with_one_value_for_a_filter_and_the_newest_first(api: State, fake: FakeRecorder) -> None:
    make(fake).fetch(seed(api, 10), [PENDING], fresh=True)
    (request,) = api.requests
    assert request["query"] == [*PENDING, ("sort", "-date_created"), ("limit", "1000"), ("offset", "0")]
    assert headers(request)["cache-control"] == "no-cache"


def origins(fetcher: Fetcher, numbers: t.Sequence[int]) -> list[bool | str | None]:
    """Return whether each order was migrated, or the reason why that is unknown."""
    fetcher.fetch(numbers, [MIGRATED])
    orders = [order for number in numbers if isinstance(order := fetcher.fetched[number], Order)]
    fetcher.load("migrated", orders)
    found = [fetcher.fetched[number] for number in numbers]
    return [order.migrated if isinstance(order, Order) else order.reason for order in found]


def test_list_that_proves_its_filter_tells_the_origin_of_many(api: State, fake: FakeRecorder) -> None:
    fetcher, ids, others = make(fake), seed(api, 20, first=1, migrated=True), seed(api, 2, first=30)
    assert origins(fetcher, ids[:10]) == [True] * 10
    # The second page leaves out the migrated orders.
    assert sent(api) == ["list", "list"]
    assert dict(api.requests[1]["query"])["filters[origin]"] == "certcentral"
    # The proof is requested once. The origin of an order that the list lacks is requested by its ID.
    assert origins(fetcher, [*ids[5:10], *others]) == [True] * 5 + [False] * 2
    assert sent(api)[2:] == ["list", "info", "info", "id", "id"]
    # Without a list, the origin of each order is requested by its ID.
    assert origins(make(fake), ids[:2]) == [True, True]
    assert sent(api)[7:] == ["info"] * 2 + ["id"] * 2


def test_list_that_ignores_its_filter_proves_nothing(api: State, fake: FakeRecorder) -> None:
    # The task names every order of the account.
    ids = seed(api, 10)
    api.quirks.ignored_filters = ("id", "origin")
    assert origins(make(fake, keep_going=True), ids) == ["unexpected_response"] * 10
    # If requested by its ID, each order looks like a migrated one. The API will reject the change.
    api.quirks.ignored_filters = ("origin",)
    assert origins(make(fake, keep_going=True), ids) == [True] * 10
    assert sent(api)[-10:] == ["id"] * 10


BY_STATUS = [f"status={status}" for status in (*facts.STATUSES_TO_CANCEL, "canceled")]


@pytest.mark.parametrize(
    ("desired", "before", "after"),
    [
        (DesiredState(1, "canceled", "n"), BY_STATUS, ["status=canceled"]),
        (DesiredState(2, "canceled", "n", "reissue"), ["status=reissue_pending"], []),
        (DesiredState(3, "renewed"), ["origin=migrated"], ["is_renewed=1"]),
        (DesiredState(4, "not_renewed"), ["origin=migrated"], ["origin=migrated"]),
        (None, [], []),
    ],
)
def test_filters_have_one_value_each(desired: DesiredState | None, before: list[str], after: list[str]) -> None:
    states = [desired] if desired else []
    for filters, expected in ((filters_before(states), before), (filters_after(states), after)):
        assert [f"{name[8:-1]}={value}" for ((name, value),) in filters] == expected
