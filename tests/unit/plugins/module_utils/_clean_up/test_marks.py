"""The migrated orders that are due, and the orders that are read to confirm proposals."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up import marks
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import Facts, merge, to_facts
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.plan import CleanUp
from ansible_collections.certops.certcentral.tests.unit import orders
from ansible_collections.certops.certcentral.tests.unit.orders import TODAY, Row, decisions, facts, named, renewal
from ansible_collections.certops.certcentral.tests.unit.support import spread


class Reader:
    """Order details that say no more than rows do, except for the given fields, and the IDs of the orders that were read."""

    def __init__(self, details: dict[int, Row] | None = None) -> None:
        self.read: list[int] = []
        self._details = details or {}

    def __call__(self, rows: t.Sequence[Facts]) -> dict[int, Facts]:
        self.read += [row.id for row in rows]
        raw = {row.id: {"id": row.id, "status": row.status, **self._details.get(row.id, {})} for row in rows}
        return {row.id: merge(row, to_facts(parse_order(raw[row.id]))) for row in rows}


def confirm(olds: list[Facts], others: list[Facts], reader: Reader, **options: t.Any) -> CleanUp:
    options = {**orders.MARKS, **options}
    clean_up, account = marks.propose_marks(olds, others, options, TODAY)
    marks.confirm_marks(clean_up, account, options, TODAY, reader)
    assert len(set(reader.read)) == len(reader.read)
    return clean_up


# Fields of a migrated order that order 11 renewed, for each decision. None means that it is not due.
NOT_DUE = ("renewed", "canceled", "revoked", "rejected", "pending", "denied", "needs_csr")
DUE: dict[tuple[str, str] | None, list[Row]] = {
    None: [{"is_renewed": "1"}, named("a.example", valid_till="2027-02-23"), *({"status": one} for one in NOT_DUE)],
    ("mark", "same_names"): [{}, {"status": "expired"}, named("www.example.com", valid_till="2027-02-22")],
    ("review", "other_status"): [
        *({"status": one} for one in ("reissue_pending", "brand_new_status")),
        named("www.example.com", status="revoked"),
    ],
    ("review", "incomplete"): [
        *({"is_renewed": one} for one in (None, "perhaps")),
        named("www.example.com", valid_till=None),
    ],
    ("review", "placed_too_late"): [named("www.example.com", valid_till="2020-01-01")],
}


@pytest.mark.parametrize(("fields", "decision"), spread(DUE))
def test_unmarked_order_whose_certificate_expires_soon_is_due(fields: Row, decision: tuple[str, str] | None) -> None:
    order = facts(1, **{"date_created": "2019-01-01T00:00:00+00:00", **fields})
    assert decisions(confirm([order], [renewal(11)], Reader())).get(1) == decision


def test_counts_add_up() -> None:
    olds = [facts(1), facts(2, is_renewed=True), facts(3, status="canceled"), facts(4, **named("a.example"))]
    clean_up, unused = marks.propose_marks(olds, [], {**orders.MARKS, "exclude_orders": [4]}, TODAY)
    assert clean_up.counts == {"migrated": 4, "marked_already": 1, "not_due": 1, "due": 2}
    assert decisions(clean_up) == {1: ("review", "not_renewed"), 4: ("skip", "excluded")}


def test_records_of_at_most_ten_candidates_are_read() -> None:
    reader = Reader()
    clean_up = confirm([facts(1)], [renewal(number) for number in range(100, 130)], reader)
    assert (reader.read, decisions(clean_up)) == ([1, *range(100, 110)], {1: ("review", "ambiguous")})
    # The record of the order itself is read first.
    reader = Reader({1: {"renewed_order_id": 12}})
    clean_up = confirm([facts(1)], [renewal(11), renewal(12)], reader)
    assert (reader.read, decisions(clean_up), clean_up.confirmed) == ([1, 12], {1: ("mark", "recorded")}, {1})


def test_nothing_is_read_if_nothing_is_proposed() -> None:
    reader = Reader()
    assert confirm([facts(1)], [], reader).confirmed == set() and reader.read == []


def crowd(count: int) -> tuple[list[Facts], list[Facts]]:
    """Return migrated orders with two candidates each. The greater the ID of an order, the sooner its certificate expires."""
    olds = [
        facts(number, **named(f"{number}.example", valid_till=f"2026-12-{28 - number * 20 // count:02}"))
        for number in range(1, count + 1)
    ]
    return olds, [renewal(at * 10000 + old.id, f"{old.id}.example") for at in (1, 2) for old in olds]


def test_records_are_looked_up_first_for_certificates_that_expire_soonest(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader()
    clean_up = confirm(*crowd(400), reader)
    assert 900 < len(reader.read) <= 1000
    assert len(clean_up.confirmed) + clean_up.not_looked_up == 400
    assert min(clean_up.confirmed) > 400 - len(clean_up.confirmed) - 20
    monkeypatch.setattr(marks, "MAX_LOOK_UPS", 10)
    monkeypatch.setattr(marks, "LOOK_UP_BATCH", 2)
    reader = Reader()
    clean_up = confirm(*crowd(5), reader)
    # Three orders need three reads each, and the one that is left of ten is not enough for the fourth order.
    assert clean_up.confirmed == {5, 4, 3} and clean_up.not_looked_up == 2
    assert {1, 10001, 20001}.isdisjoint(reader.read) and len(reader.read) <= 10


def test_orders_that_are_read_to_confirm_marks_do_not_count() -> None:
    olds, others = crowd(1)
    pairs = [facts(number, **named(f"pair{number}.example")) for number in range(2, 1200)]
    renewals = [renewal(number + 50000, f"pair{number}.example") for number in range(2, 1200)]
    clean_up = confirm([*olds, *pairs], [*others, *renewals], Reader())
    assert len(clean_up.confirmed) == 1199 and clean_up.not_looked_up == 0
