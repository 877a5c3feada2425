"""The migrated orders that are due, and the orders that are read to confirm proposals."""

from __future__ import annotations

import typing as t
from datetime import date

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up import marks
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import Facts, merge, to_facts
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.plan import CleanUp
from ansible_collections.certops.certcentral.tests.unit.orders import (
    MARKS,
    TODAY,
    Row,
    decisions,
    facts,
    named,
    renewal,
)


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
    options = {**MARKS, **options}
    clean_up, account = marks.propose_marks(olds, others, options, TODAY)
    marks.confirm_marks(clean_up, account, options, TODAY, reader)
    assert len(set(reader.read)) == len(reader.read)
    return clean_up


def mark(**fields: t.Any) -> tuple[str, str] | None:
    """Return the decision on a migrated order with these fields, which order 11 renewed. None means that it is not due."""
    return decisions(confirm([facts(1, **fields)], [renewal(11)], Reader())).get(1)


@pytest.mark.parametrize(
    ("fields", "decision"),
    [
        ({}, ("mark", "same_names")),
        ({"status": "expired"}, ("mark", "same_names")),
        *(({"status": value}, ("review", "other_status")) for value in ("reissue_pending", "brand_new_status")),
        (named("www.example.com", status="revoked"), ("review", "other_status")),
        *(({"is_renewed": value}, ("review", "incomplete")) for value in (None, "perhaps")),
        ({"is_renewed": "1"}, None),
        *(({"status": value}, None) for value in ("renewed", "canceled", "revoked", "rejected")),
        *(({"status": value}, None) for value in ("pending", "denied", "needs_csr")),
    ],
)
def test_only_unmarked_orders_with_a_certificate_are_due(fields: Row, decision: tuple[str, str] | None) -> None:
    assert mark(**fields) == decision


@pytest.mark.parametrize(
    ("end", "decision"),
    [
        (date(2027, 2, 22), ("mark", "same_names")),
        (date(2027, 2, 23), None),
        (date(2020, 1, 1), ("review", "placed_too_late")),
        (None, ("review", "incomplete")),
    ],
)
def test_certificate_of_an_order_that_is_due_expires_within_the_window(
    end: date | None, decision: tuple[str, str] | None
) -> None:
    till = end.isoformat() if end else None
    assert mark(**named("www.example.com", valid_till=till), date_created="2019-01-01T00:00:00+00:00") == decision


def test_counts_add_up() -> None:
    olds = [facts(1), facts(2, is_renewed=True), facts(3, status="canceled"), facts(4, **named("a.example"))]
    clean_up, unused = marks.propose_marks(olds, [], {**MARKS, "exclude_orders": [4]}, TODAY)
    assert clean_up.counts == {"migrated": 4, "marked_already": 1, "not_due": 1, "due": 2}
    assert decisions(clean_up) == {1: ("review", "not_renewed"), 4: ("skip", "excluded")}


def test_pair_is_read_first_and_then_the_remaining_candidate() -> None:
    reader = Reader({11: {"status": "canceled"}})
    others = [renewal(11), renewal(12, "*.example.com")]
    clean_up = confirm([facts(1)], others, reader, accept=["same_names", "covers_names"])
    assert reader.read == [1, 11, 12]
    assert decisions(clean_up) == {1: ("mark", "covers_names")} and clean_up.confirmed == {1}


def test_no_order_is_read_if_nothing_is_proposed() -> None:
    reader = Reader()
    assert confirm([facts(1)], [], reader).confirmed == set() and reader.read == []


def test_exclusions_apply_to_details_too() -> None:
    clean_up = confirm([facts(1)], [renewal(11)], Reader({1: {"container": {"id": 9}}}), exclude_containers=[9])
    assert decisions(clean_up) == {1: ("skip", "excluded")} and clean_up.confirmed == {1}


def crowd(count: int) -> tuple[list[Facts], list[Facts]]:
    """Return migrated orders with two candidates each. The greater the ID of an order, the sooner its certificate expires."""
    olds = [
        facts(number, **named(f"{number}.example", valid_till=f"2026-12-{28 - number * 20 // count:02}"))
        for number in range(1, count + 1)
    ]
    return olds, [renewal(at * 10000 + old.id, f"{old.id}.example") for at in (1, 2) for old in olds]


def test_record_of_the_order_itself_is_read_first() -> None:
    reader = Reader({1: {"renewed_order_id": 20001}})
    assert decisions(confirm(*crowd(1), reader)) == {1: ("mark", "recorded")}
    assert reader.read == [1, 20001]
    reader = Reader()
    clean_up = confirm(*crowd(1), reader)
    assert decisions(clean_up) == {1: ("review", "ambiguous")} and clean_up.confirmed == {1}
    assert reader.read == [1, 10001, 20001]


def test_records_of_at_most_ten_candidates_are_read() -> None:
    reader = Reader()
    clean_up = confirm([facts(1)], [renewal(number) for number in range(100, 130)], reader)
    assert decisions(clean_up) == {1: ("review", "ambiguous")} and len(reader.read) == 11


def test_records_are_looked_up_first_for_certificates_that_expire_soonest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "MAX_LOOK_UPS", 10)
    monkeypatch.setattr(marks, "LOOK_UP_BATCH", 2)
    reader = Reader()
    clean_up = confirm(*crowd(5), reader)
    # Three orders need three reads each, and the one that is left of ten is not enough for the fourth order.
    assert clean_up.confirmed == {5, 4, 3} and clean_up.not_looked_up == 2
    assert {1, 10001, 20001}.isdisjoint(reader.read) and len(reader.read) <= 10


def test_at_most_a_thousand_orders_are_read_to_look_up_records() -> None:
    reader = Reader()
    clean_up = confirm(*crowd(400), reader)
    assert 900 < len(reader.read) <= 1000
    assert len(clean_up.confirmed) + clean_up.not_looked_up == 400
    assert min(clean_up.confirmed) > 400 - len(clean_up.confirmed) - 20


def test_orders_that_are_read_to_confirm_marks_do_not_count() -> None:
    olds, others = crowd(1)
    pairs = [facts(number, **named(f"pair{number}.example")) for number in range(2, 1200)]
    renewals = [renewal(number + 50000, f"pair{number}.example") for number in range(2, 1200)]
    clean_up = confirm([*olds, *pairs], [*others, *renewals], Reader())
    assert len(clean_up.confirmed) == 1199 and clean_up.not_looked_up == 0
