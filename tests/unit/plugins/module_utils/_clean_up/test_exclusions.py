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
    names = [("exclude_names", name) for name in ("b.example", "*.typo.example")]
    assert unused == [("exclude_orders", 99), *names, ("exclude_organizations", 2), ("exclude_containers", 6)]
    # An entry is in use even if another entry leaves out the same order.
    assert find_unused([facts(1)], {**EXCLUDES, "exclude_orders": [1], "exclude_names": ["www.*"]}) == []
    # If no order is due, all entries are unused.
    assert (len(find_unused([], ALL)), find_unused([], EXCLUDES)) == (11, [])
