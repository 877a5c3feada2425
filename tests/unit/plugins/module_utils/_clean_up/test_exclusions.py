"""Exclusions that leave out no due order. test_cancels.py has the orders that are left out."""

from __future__ import annotations

import typing as t

from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.exclusions import find_unused
from ansible_collections.certops.certcentral.tests.unit.orders import EXCLUDES, facts, named

ALL: dict[str, t.Any] = {
    "exclude_orders": [1, 99, 11],
    "exclude_names": ["*.A.example", "b.example", "B\u00fccher.example", "*.typo.example"],
    "exclude_organizations": [1, 2],
    "exclude_containers": [5, 6],
}


def test_exclusions_that_leave_out_nothing_are_named() -> None:
    due = [facts(1, **named("www.a.example")), facts(2, **named("xn--bcher-kva.example"))]
    unused = [(one["option"], one["entry"]) for one in find_unused(due, ALL, {11})]
    assert unused == [
        ("exclude_orders", 99),
        ("exclude_names", "b.example"),
        ("exclude_names", "*.typo.example"),
        ("exclude_organizations", 2),
        ("exclude_containers", 6),
    ]


def test_entry_that_only_matches_an_order_that_another_entry_leaves_out_is_in_use() -> None:
    assert find_unused([facts(1)], {**EXCLUDES, "exclude_orders": [1], "exclude_names": ["www.*"]}) == []


def test_all_exclusions_are_unused_if_no_order_is_due() -> None:
    assert len(find_unused([], ALL)) == 11
    assert find_unused([], EXCLUDES) == []
