"""Rows, changes and the summary of a plan. test_clean_up_changes.py has their usual contents."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.certops.certcentral.plugins.module_utils._clean_up import rows as shown
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.cancels import plan_cancels
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import Facts
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.marks import propose_marks
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.plan import CleanUp
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.rows import MAX_SHOWN, make_rows, summarize
from ansible_collections.certops.certcentral.tests.unit import orders
from ansible_collections.certops.certcentral.tests.unit.orders import Row, facts, named, renewal


def propose(olds: list[Facts], others: list[Facts], **options: t.Any) -> CleanUp:
    return propose_marks(olds, others, {**orders.MARKS, **options}, orders.TODAY)[0]


def changes(clean_up: CleanUp) -> list[Row]:
    return shown.make_changes(clean_up, make_rows(clean_up))


ODD: list[t.Any] = ["\u001b[31m\n", "\ud800", "\u202e", {"a": 1}, None, 5, [], "x" * 5000, "{{ 7 * 7 }}"]


def odd_order(order_id: int, value: t.Any) -> Facts:
    other = {"name": value, "id": 5}
    return facts(order_id, **named(value, dns_names=[value]), product=value, container=other, organization=other)


def test_rows_and_summary_are_printable_whatever_the_api_sends() -> None:
    olds, others = ([odd_order(number, value) for number, value in enumerate(ODD, first)] for first in (1, 101))
    pending = [order._replace(placed=None) for order in olds]
    for clean_up in (propose(olds, others), plan_cancels(pending, orders.CANCELS, orders.NOW)):
        rows = make_rows(clean_up)
        assert len(rows) == len(ODD)
        json.dumps(rows, ensure_ascii=False).encode()
        texts = [str(value) for row in rows for value in row.values()]
        summary = summarize(clean_up, rows, [{"option": "exclude_names", "entry": value} for value in ODD])
        assert all(text.isprintable() and len(text) < 1000 for text in [*texts, *summary])
        assert all(isinstance(name, str) for row in rows for name in row["names"])


def test_summary_is_bounded_and_names_comparable_orders_first() -> None:
    olds = [facts(number, **named(f"{number}.example")) for number in range(1, 4 * MAX_SHOWN + 1)]
    others = [
        renewal(number + 1000, f"{number}.example", organization={"id": 1 if number % 2 else 2})
        for number in range(1, 2 * MAX_SHOWN + 1)
    ]
    clean_up = propose(olds, others)
    clean_up.not_looked_up = 3
    unused = [{"option": "exclude_names", "entry": f"{number}.test"} for number in range(MAX_SHOWN + 1)]
    summary = summarize(clean_up, make_rows(clean_up), unused)
    assert summary[:3] == [
        "migrated: 80, marked already: 0, not due: 0, due: 80, mark: 20, review: 60, skip: 0",
        "mark: 20 same_names",
        "mark order 1 (1.example): order 1001 has the same names and expires on 2027-11-20",
    ]
    assert summary[22] == "review: 40 not_renewed, 20 other_organization"
    assert all("is for another organization" in line for line in summary[23:43])
    names = ", ".join(f"{number}.test (exclude_names)" for number in range(MAX_SHOWN))
    assert summary[43:] == [
        "and 40 more to review, which the report lists",
        "no record was looked up for 3 orders, because there are too many for one run",
        f"exclusions that leave out no due order: {names}, and 1 more",
    ]


def test_rows_are_sorted_by_decision_and_by_the_end_of_the_certificate() -> None:
    ends = ("2026-12-03", "2026-12-02", "2026-12-01", "2026-12-04")
    olds = [facts(number, **named(f"{number}.example", valid_till=end)) for number, end in enumerate(ends, 1)]
    clean_up = propose(olds, [renewal(11, "1.example"), renewal(12, "2.example")], exclude_orders=[3])
    assert [row["order_id"] for row in make_rows(clean_up)] == [2, 1, 4, 3]
    assert [change["order_id"] for change in changes(clean_up)] == [2, 1]
