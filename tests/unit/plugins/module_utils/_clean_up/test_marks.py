# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The migrated orders that are due, and which orders are read to confirm what rows propose."""

from __future__ import annotations

import typing as t
from datetime import date

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._clean_up import marks
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import Facts, merge
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.marks import confirm_marks, propose_marks
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.plan import CleanUp
from ansible_collections.certops.certcentral.tests.unit.orders import (
    MARKS,
    RENEWAL,
    TODAY,
    Row,
    decisions,
    facts,
    named,
    raw_order,
    renewal,
)


def mark(*fields: Row, options: Row | None = None) -> dict[int, tuple[str, str]]:
    """The decisions on migrated orders 1, 2, … with these fields, of which order 11 renewed the first."""
    olds = [facts(number, **one) for number, one in enumerate(fields, 1)]
    clean_up, account = propose_marks(olds, [renewal(11)], {**MARKS, **(options or {})}, TODAY)
    confirm_marks(clean_up, account, {**MARKS, **(options or {})}, TODAY, lambda rows: {row.id: row for row in rows})
    return decisions(clean_up)


@pytest.mark.parametrize(
    ("fields", "decision"),
    [
        ({}, ("mark", "same_names")),
        ({"status": "expired"}, ("mark", "same_names")),
        ({"status": "reissue_pending"}, ("review", "other_status")),
        ({"status": "brand_new_status"}, ("review", "other_status")),
        ({"is_renewed": None}, ("review", "incomplete")),
        ({"is_renewed": "perhaps"}, ("review", "incomplete")),
        ({"is_renewed": "1"}, None),
        ({"status": "renewed"}, None),
        *(({"status": value}, None) for value in ("canceled", "revoked", "rejected", "pending", "denied", "needs_csr")),
    ],
)
def test_what_is_due(fields: Row, decision: tuple[str, str] | None) -> None:
    assert mark(fields).get(1) == decision


@pytest.mark.parametrize(
    ("end", "decision"),
    [
        (date(2027, 2, 22), ("mark", "same_names")),
        (date(2027, 2, 23), None),
        (date(2020, 1, 1), ("review", "placed_too_late")),
        (None, ("review", "incomplete")),
    ],
)
def test_the_window(end: date | None, decision: tuple[str, str] | None) -> None:
    certificate: Row = {"common_name": "www.example.com", "dns_names": []}
    certificate["valid_till"] = end.isoformat() if end else None
    assert mark({"certificate": certificate, "date_created": "2019-01-01T00:00:00+00:00"}).get(1) == decision


def test_a_revoked_certificate_is_not_marked() -> None:
    certificate = {**raw_order(1)["certificate"], "status": "revoked"}
    assert mark({"certificate": certificate}) == {1: ("review", "other_status")}


def test_counts_add_up() -> None:
    olds = [facts(1), facts(2, is_renewed=True), facts(3, status="canceled"), facts(4, **named("a.example"))]
    clean_up, unused = propose_marks(olds, [], {**MARKS, "exclude_orders": [4]}, TODAY)
    assert clean_up.counts == {"migrated": 4, "marked_already": 1, "not_due": 1, "due": 2}
    assert decisions(clean_up) == {1: ("review", "not_renewed"), 4: ("skip", "excluded")}


class Reader:
    """Order info for :func:`confirm_marks`, which notes what was asked for."""

    def __init__(self, **info: Row) -> None:
        self.info = {int(name[1:]): value for name, value in info.items()}
        self.asked: list[list[int]] = []

    def __call__(self, rows: t.Sequence[Facts]) -> dict[int, Facts]:
        self.asked.append([row.id for row in rows])
        return {row.id: merge(row, facts(row.id, **{**RENEWAL, **self.info[row.id]})) for row in rows}


def test_who_is_read() -> None:
    """The pair first, and whoever is left after that. Never one twice."""
    olds, options = [facts(1)], {**MARKS, "accept": ["same_names", "covers_names"]}
    wildcard = {**RENEWAL["certificate"], "common_name": "*.example.com"}
    others = [renewal(11), facts(12, **{**RENEWAL, "certificate": wildcard})]
    reader = Reader(
        o1={**raw_order(1), "renewed_order_id": None},
        o11={"status": "canceled"},
        o12={"certificate": wildcard},
    )
    clean_up, account = propose_marks(olds, others, options, TODAY)
    assert decisions(clean_up) == {1: ("mark", "same_names")} and clean_up.confirmed == set()
    confirm_marks(clean_up, account, options, TODAY, reader)
    assert reader.asked == [[1, 11], [12]]
    assert decisions(clean_up) == {1: ("mark", "covers_names")} and clean_up.confirmed == {1}


def test_nobody_is_read_where_nothing_is_proposed() -> None:
    clean_up, account = propose_marks([facts(1)], [], MARKS, TODAY)
    reader = Reader()
    confirm_marks(clean_up, account, MARKS, TODAY, reader)
    assert reader.asked == [] and clean_up.confirmed == set()


def test_exclusions_hold_for_what_order_info_says_as_well() -> None:
    options = {**MARKS, "exclude_containers": [9]}
    clean_up, account = propose_marks([facts(1)], [renewal(11)], options, TODAY)
    confirm_marks(clean_up, account, options, TODAY, Reader(o1={**raw_order(1), "container": {"id": 9}}, o11=RENEWAL))
    assert decisions(clean_up) == {1: ("skip", "excluded")} and clean_up.confirmed == {1}


# ---- records that are looked up


def crowd(count: int) -> tuple[list[Facts], list[Facts]]:
    """Return migrated orders with two candidates each. The certificates of those with greater IDs end sooner."""
    olds = [
        facts(number, **named(f"{number}.example", valid_till=f"2026-12-{28 - number * 20 // count:02}"))
        for number in range(1, count + 1)
    ]
    return olds, [renewal(at * 10000 + old.id, f"{old.id}.example") for at in (1, 2) for old in olds]


class Rows:
    """Order details that say no more than the rows do, and a record of what was read."""

    def __init__(self, **records: int) -> None:
        self.asked: list[int] = []
        self.renewed_by = {int(name[1:]): value for name, value in records.items()}

    def __call__(self, rows: t.Sequence[Facts]) -> dict[int, Facts]:
        self.asked += [row.id for row in rows]
        return {row.id: row._replace(renewed_by=self.renewed_by.get(row.id, 0)) for row in rows}


def confirm(olds: list[Facts], others: list[Facts], reader: Rows) -> CleanUp:
    clean_up, account = propose_marks(olds, others, MARKS, TODAY)
    confirm_marks(clean_up, account, MARKS, TODAY, reader)
    assert len(set(reader.asked)) == len(reader.asked)
    return clean_up


def test_record_of_the_order_itself_is_read_first() -> None:
    olds, others = crowd(1)
    reader = Rows(o1=20001)
    assert decisions(confirm(olds, others, reader)) == {1: ("mark", "recorded")}
    assert reader.asked == [1, 20001]
    reader = Rows()
    clean_up = confirm(olds, others, reader)
    assert decisions(clean_up) == {1: ("review", "ambiguous")} and clean_up.confirmed == {1}
    assert reader.asked == [1, 10001, 20001]


def test_records_of_at_most_ten_candidates_are_read() -> None:
    others = [renewal(number) for number in range(100, 130)]
    reader = Rows()
    assert decisions(confirm([facts(1)], others, reader)) == {1: ("review", "ambiguous")}
    assert len(reader.asked) == 11


def test_certificates_that_end_soonest_are_looked_up_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "MAX_LOOK_UPS", 10)
    monkeypatch.setattr(marks, "LOOK_UP_BATCH", 2)
    olds, others = crowd(5)
    reader = Rows()
    clean_up = confirm(olds, others, reader)
    # Three orders cost three readings each, and what is left of the ten is not enough for the fourth one.
    assert clean_up.confirmed == {5, 4, 3} and clean_up.not_looked_up == 2
    assert {1, 10001, 20001}.isdisjoint(reader.asked) and len(reader.asked) <= 10


def test_at_most_a_thousand_orders_are_read_to_look_up_records() -> None:
    olds, others = crowd(400)
    reader = Rows()
    clean_up = confirm(olds, others, reader)
    assert 900 < len(reader.asked) <= 1000
    assert len(clean_up.confirmed) + clean_up.not_looked_up == 400
    assert min(clean_up.confirmed) > 400 - len(clean_up.confirmed) - 20


def test_orders_that_are_read_to_confirm_marks_do_not_count() -> None:
    olds, others = crowd(1)
    pairs = [facts(number, **named(f"pair{number}.example")) for number in range(2, 1200)]
    renewals = [renewal(number + 50000, f"pair{number}.example") for number in range(2, 1200)]
    clean_up = confirm([*olds, *pairs], [*others, *renewals], Rows())
    assert len(clean_up.confirmed) == 1199 and clean_up.not_looked_up == 0
