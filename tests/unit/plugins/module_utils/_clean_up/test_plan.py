# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the clean-ups decide beside the table of renewals, and what their rows look like."""

from __future__ import annotations

import json
import typing as t
from datetime import date, datetime, timedelta, timezone

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.names import is_match
from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up import rows
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import Facts, merge, to_facts
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.plan import (
    Plan,
    confirm_marks,
    plan_cancels,
    propose_marks,
)
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.rows import make_result

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
TODAY = NOW.date()
EXCLUDES: dict[str, t.Any] = {
    "exclude_orders": [],
    "exclude_names": [],
    "exclude_organizations": [],
    "exclude_containers": [],
}
MARKS = {"window": 90, "products": None, "containers": None, "accept": ["recorded", "same_names"], **EXCLUDES}
CANCELS = {"older_than": 30, **EXCLUDES}
CANDIDATE = {
    *("order_id", "common_name", "names", "date_created", "valid_till", "order_valid_till", "product", "container"),
}
KEYS = CANDIDATE | {
    *("organization", "status", "is_renewed", "decision", "reason", "explanation", "candidates", "confirmed"),
}
Row = dict[str, t.Any]


def raw_order(order_id: int, **fields: t.Any) -> Row:
    return {
        "id": order_id,
        "status": "issued",
        "is_renewed": False,
        "date_created": "2025-11-30T08:00:00+00:00",
        "certificate": {"common_name": "www.example.com", "dns_names": [], "valid_till": "2026-12-24"},
        "organization": {"id": 1, "name": "Example Widgets Inc."},
        "container": {"id": 5, "name": "Example Division"},
        "product": {"name_id": "ssl_plus", "name": "Standard SSL", "type": "ssl_certificate", "validation_type": "ov"},
        **fields,
    }


def facts(order_id: int, **fields: t.Any) -> Facts:
    return to_facts(parse_order(raw_order(order_id, **fields)))


RENEWAL: Row = {
    "date_created": "2026-11-20T08:00:00+00:00",
    "certificate": {"common_name": "www.example.com", "dns_names": [], "valid_till": "2027-11-20"},
}


def decisions(plan: Plan) -> dict[int, tuple[str, str]]:
    return {order_id: decision[:2] for order_id, decision in plan.decisions.items()}


# ---- marks


def mark(*fields: Row, options: Row | None = None) -> dict[int, tuple[str, str]]:
    """The decisions on migrated orders 1, 2, … with these fields, of which order 11 renewed the first."""
    olds = [facts(number, **one) for number, one in enumerate(fields, 1)]
    plan, account = propose_marks(olds, [facts(11, **RENEWAL)], {**MARKS, **(options or {})}, TODAY)
    confirm_marks(plan, account, {**MARKS, **(options or {})}, TODAY, lambda rows: {row.id: row for row in rows})
    return decisions(plan)


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
    olds = [
        facts(1),
        facts(2, is_renewed=True),
        facts(3, status="canceled"),
        facts(4, certificate={"common_name": "a.example", "dns_names": []}),
    ]
    plan, unused = propose_marks(olds, [], {**MARKS, "exclude_orders": [4]}, TODAY)
    assert make_result(plan)["counts"] == {
        "migrated": 4,
        "marked_already": 1,
        "not_due": 1,
        "due": 2,
        "mark": 0,
        "review": 1,
        "skip": 1,
    }


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
    others = [facts(11, **RENEWAL), facts(12, **{**RENEWAL, "certificate": wildcard})]
    reader = Reader(
        o1={**raw_order(1), "renewed_order_id": None},
        o11={"status": "canceled"},
        o12={"certificate": wildcard},
    )
    plan, account = propose_marks(olds, others, options, TODAY)
    assert decisions(plan) == {1: ("mark", "same_names")} and plan.confirmed == set()
    confirm_marks(plan, account, options, TODAY, reader)
    assert reader.asked == [[1, 11], [12]]
    assert decisions(plan) == {1: ("mark", "covers_names")} and plan.confirmed == {1}
    # What was read is what the rows show.
    assert make_result(plan)["orders"][0]["candidates"][0]["common_name"] == "*.example.com"


def test_nobody_is_read_where_nothing_is_proposed() -> None:
    plan, account = propose_marks([facts(1)], [], MARKS, TODAY)
    reader = Reader()
    confirm_marks(plan, account, MARKS, TODAY, reader)
    assert reader.asked == [] and plan.confirmed == set()


def test_exclusions_hold_for_what_order_info_says_as_well() -> None:
    options = {**MARKS, "exclude_containers": [9]}
    plan, account = propose_marks([facts(1)], [facts(11, **RENEWAL)], options, TODAY)
    confirm_marks(plan, account, options, TODAY, Reader(o1={**raw_order(1), "container": {"id": 9}}, o11=RENEWAL))
    assert decisions(plan) == {1: ("skip", "excluded")} and plan.confirmed == {1}


# ---- cancels


def cancel(options: Row | None = None, **fields: t.Any) -> tuple[str, str] | None:
    order = facts(1, **{"status": "pending", "date_created": "2026-10-01T00:00:00+00:00", **fields})
    return decisions(plan_cancels([order], {**CANCELS, **(options or {})}, NOW)).get(1)


@pytest.mark.parametrize(
    ("created", "stale"),
    [
        ("2026-10-25T11:59:59+00:00", True),
        ("2026-10-25T12:00:00+00:00", True),
        ("2026-10-25T12:00:01+00:00", False),
        # 30 calendar days ago, and not yet 30 times 24 hours.
        ("2026-10-25T23:59:59+00:00", False),
        ("2026-10-25T00:00:00+00:00", True),
        # An offset counts: this is the 26th in UTC, and that the 24th.
        ("2026-10-25T20:00:00-07:00", False),
        ("2026-10-25T04:59:00-07:00", True),
        ("2026-10-25T21:00:00+09:00", True),
        ("2026-12-01T00:00:00+00:00", False),
    ],
)
def test_days_are_whole_periods_of_24_hours(created: str, stale: bool) -> None:
    assert cancel(date_created=created) == (("cancel", "stale") if stale else None)


@pytest.mark.parametrize(
    ("fields", "options", "decision"),
    [
        ({}, {}, ("cancel", "stale")),
        *(({"date_created": value}, {}, ("review", "incomplete")) for value in (None, "", "soon", 5, "2026-13-01")),
        ({"certificate": {"common_name": None}}, {}, ("review", "incomplete")),
        ({"certificate": []}, {}, ("review", "incomplete")),
        ({"organization": []}, {"exclude_organizations": [1]}, ("cancel", "stale")),
        ({"organization": None}, {"exclude_organizations": [1]}, ("review", "incomplete")),
        ({"organization": {"id": "1"}}, {"exclude_organizations": [1]}, ("skip", "excluded")),
        ({"container": None}, {"exclude_containers": [1]}, ("review", "incomplete")),
        ({"container": {"id": "1"}}, {"exclude_containers": [1]}, ("skip", "excluded")),
        # What is known leaves it out, whatever else is not.
        (
            {"container": None, "organization": {"id": 1}},
            {"exclude_containers": [1], "exclude_organizations": [1]},
            ("skip", "excluded"),
        ),
        ({"container": None}, {"exclude_containers": [1], "exclude_orders": [1]}, ("skip", "excluded")),
        ({"date_created": None}, {"exclude_orders": [1]}, ("skip", "excluded")),
        *(
            ({"certificate": {"common_name": "a.example", "dns_names": value}}, {"exclude_names": ["*.org"]}, decision)
            for value, decision in (
                (None, ("review", "incomplete")),
                ([5], ("review", "incomplete")),
                ([], ("cancel", "stale")),
                (["two words"], ("cancel", "stale")),
                (["a.example.org", 5], ("skip", "excluded")),
            )
        ),
        ({"certificate": {"common_name": "a.example"}}, {}, ("cancel", "stale")),
    ],
)
def test_what_is_canceled(fields: Row, options: Row, decision: tuple[str, str]) -> None:
    assert cancel(options, **fields) == decision


@pytest.mark.parametrize(
    ("pattern", "name", "hit"),
    [
        ("*.example", "a.b.example", True),
        ("*.B\u00fccher.example", "www.xn--bcher-kva.example", True),
        ("b\u00fc*.example", "XN--BCHER-KVA.example", True),
        ("xn--bcher-kva.example", "b\u00fccher.example", True),
        ("bu\u0308cher.example", "b\u00fccher.example", True),
        ("*", "a.example", True),
        ("*.example", "*.example", True),
        ("a?.example", "ab.example", True),
        ("[ab].example", "b.example", True),
        ("two*", "two words", True),
        ("example", "a.example", False),
        ("a.example", "b.a.example", False),
    ],
)
def test_patterns(pattern: str, name: str, hit: bool) -> None:
    assert is_match(name, pattern) is hit


# ---- rows


def test_rows() -> None:
    plan, unused = propose_marks([facts(1, order_valid_till="2026-12-31")], [facts(11, **RENEWAL)], MARKS, TODAY)
    [row] = make_result(plan)["orders"]
    assert row.keys() == KEYS and row["candidates"][0].keys() == CANDIDATE
    assert row == {
        "order_id": 1,
        "common_name": "www.example.com",
        "names": ["www.example.com"],
        "organization": "Example Widgets Inc.",
        "product": "Standard SSL",
        "container": "Example Division",
        "status": "issued",
        "valid_till": "2026-12-24",
        "order_valid_till": "2026-12-31",
        "date_created": "2025-11-30T08:00:00+00:00",
        "is_renewed": False,
        "decision": "mark",
        "reason": "same_names",
        "explanation": "order 11 has the same names and ends on 2027-11-20",
        "candidates": row["candidates"],
        "confirmed": False,
    }


def test_the_changes_of_both() -> None:
    plan, unused = propose_marks([facts(1)], [facts(11, **RENEWAL)], MARKS, TODAY)
    assert make_result(plan)["changes"] == [
        {
            "order_id": 1,
            "status": "renewed",
            "note": "Renewed in CertCentral by order 11",
            "common_name": "www.example.com",
        }
    ]
    order = facts(1, status="pending", date_created="2026-09-10T12:00:00+00:00")
    result = make_result(plan_cancels([order], CANCELS, NOW))
    assert result["changes"] == [{"order_id": 1, "status": "canceled", "common_name": "www.example.com"}]
    assert result["orders"][0]["explanation"] == "it has been pending for 75 days"


ODD: list[t.Any] = ["\u001b[31m\n", "\ud800", "\u202e", {"a": 1}, None, 5, [], "x" * 5000, "{{ 7 * 7 }}"]


def test_whatever_is_written_in_an_order_the_rows_are_plain() -> None:
    others: t.Any = [{"name": value, "id": 5} for value in ODD]
    fields = [
        {"certificate": {"common_name": value, "dns_names": [value], "valid_till": "2026-12-24"}, "product": value}
        for value in ODD
    ]
    olds = [
        facts(number, **one, container=other, organization=other)
        for number, (one, other) in enumerate(zip(fields, others), 1)
    ]
    pending = [order._replace(placed=None) for order in olds]
    marks = propose_marks(olds, [order._replace(id=order.id + 100) for order in olds], MARKS, TODAY)[0]
    for plan in (marks, plan_cancels(pending, CANCELS, NOW)):
        result = make_result(plan)
        assert len(result["orders"]) == len(ODD)
        json.dumps(result["orders"], ensure_ascii=False).encode()
        texts = [str(value) for row in result["orders"] for value in row.values()]
        assert all(text.isprintable() and len(text) < 1000 for text in [*texts, *result["summary"]])
        assert all(isinstance(name, str) for row in result["orders"] for name in row["names"])


def test_the_summary_is_bounded_and_has_the_comparable_ones_first() -> None:
    pairs = 2 * rows.MAX_SHOWN
    olds = [
        facts(
            number,
            certificate={"common_name": f"{number}.example", "dns_names": [], "valid_till": "2026-12-24"},
        )
        for number in range(1, 2 * pairs + 1)
    ]
    others = [
        facts(
            number + 1000,
            **{**RENEWAL, "certificate": {**RENEWAL["certificate"], "common_name": f"{number}.example"}},
            organization={"id": 1 if number % 2 else 2},
        )
        for number in range(1, pairs + 1)
    ]
    summary = make_result(propose_marks(olds, others, MARKS, TODAY)[0])["summary"]
    assert summary[0] == ("migrated: 80, marked already: 0, not due: 0, due: 80, mark: 20, review: 60, skip: 0")
    assert summary[1] == "mark: 20 same_names"
    assert summary[2] == "mark order 1 (1.example): order 1001 has the same names and ends on 2027-11-20"
    assert summary[22] == "review: 40 not_renewed, 20 other_organization"
    assert all("is for another organization" in line for line in summary[23:43])
    assert summary[43:] == ["and 40 more to review: the report has them all"]


def test_rows_come_by_what_becomes_of_them_and_by_their_end() -> None:
    def order(number: int, end: str) -> Facts:
        return facts(number, certificate={"common_name": f"{number}.example", "dns_names": [], "valid_till": end})

    olds = [order(1, "2026-12-03"), order(2, "2026-12-02"), order(3, "2026-12-01"), order(4, "2026-12-04")]
    renewals = [
        facts(number + 10, **{**RENEWAL, "certificate": {**RENEWAL["certificate"], "common_name": f"{number}.example"}})
        for number in (1, 2)
    ]
    result = make_result(propose_marks(olds, renewals, {**MARKS, "exclude_orders": [3]}, TODAY)[0])
    assert [row["order_id"] for row in result["orders"]] == [2, 1, 4, 3]
    assert [change["order_id"] for change in result["changes"]] == [2, 1]


def test_a_day_more_of_age() -> None:
    order = facts(1, status="pending", date_created=(NOW - timedelta(days=31, hours=23)).isoformat())
    assert plan_cancels([order], CANCELS, NOW).decisions[1].explanation == "it has been pending for 31 days"
