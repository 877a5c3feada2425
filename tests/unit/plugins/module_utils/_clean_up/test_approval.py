"""An approved plan. Only its orders are changed, and only in the approved way."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.approval import compare, find_missing
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.cancels import plan_cancels
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import Facts
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.marks import confirm_marks, propose_marks
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.plan import Approval, CleanUp
from ansible_collections.certops.certcentral.tests.unit import orders
from ansible_collections.certops.certcentral.tests.unit.orders import decisions, facts, named, renewal

MARK, CANCEL = Approval("mark", 11), Approval("cancel")
NOT_APPROVED = ("skip", "not_approved")


def marks(approved: dict[int, Approval], olds: list[Facts], *others: Facts) -> CleanUp:
    """Return the decisions on migrated orders with this approved plan. Order details say no more than rows do."""
    clean_up, account = propose_marks(olds, others or [renewal(11)], orders.MARKS, orders.TODAY, approved)
    confirm_marks(clean_up, account, orders.MARKS, orders.TODAY, lambda rows: {row.id: row for row in rows})
    known = {old.id: old for old in olds}
    compare(clean_up, {order_id: known.get(order_id) for order_id in find_missing(clean_up)})
    return clean_up


@pytest.mark.parametrize(
    ("approved", "decision"),
    [
        ({1: MARK}, ("mark", "same_names")),
        ({}, NOT_APPROVED),
        # Rows propose a mark that the details of both orders did not confirm.
        ({1: Approval("review", 0, "other_product")}, ("review", "other_product")),
        ({1: Approval("skip", 0, "excluded")}, NOT_APPROVED),
        # This is a plan of the other clean-up.
        ({1: CANCEL}, NOT_APPROVED),
    ],
)
def test_order_is_only_changed_if_the_plan_changes_it(approved: dict[int, Approval], decision: t.Any) -> None:
    other = facts(2, **named("other.example"))
    clean_up = marks(approved, [facts(1), other], renewal(11), renewal(12, "other.example"))
    assert decisions(clean_up) == {1: decision, 2: NOT_APPROVED}
    changed = [1] if approved.get(1) == MARK else []
    assert clean_up.acted == changed and clean_up.confirmed == {*changed} and clean_up.outcomes == {}
    # A person sees what the next plan may say.
    assert "(proposed: mark, same_names: " in clean_up.decisions[2].explanation
    assert [new.id for new in clean_up.decisions[2].candidates] == [12]


@pytest.mark.parametrize(
    ("others", "now"),
    [
        ([renewal(12)], "is now mark, renewed by order 12"),
        ([renewal(11), renewal(12)], "is now review (ambiguous)"),
        ([renewal(11, "*.example.com")], "is now review (covers_names)"),
    ],
)
def test_approved_order_that_is_decided_differently_is_refused(others: list[Facts], now: str) -> None:
    clean_up = marks({1: MARK}, [facts(1)], *others)
    assert clean_up.acted == [] and clean_up.outcomes[1].outcome == "refused"
    assert clean_up.outcomes[1].msg == (
        f"order 1 differs from the approved plan: it was mark, renewed by order 11, and {now}: "
        "plan again, or delete the order from the plan"
    )


@pytest.mark.parametrize(
    ("olds", "outcome"),
    [
        *(([facts(1, **fields)], "unchanged") for fields in ({"is_renewed": True}, {"status": "renewed"})),
        *(([], "refused"), ([facts(1, status="revoked")], "refused")),
        ([facts(1, **named("a.example", valid_till="2028-01-01"))], "refused"),
    ],
)
def test_approved_order_that_is_no_longer_due_is_refused_unless_it_is_marked(olds: list[Facts], outcome: str) -> None:
    clean_up = marks({1: MARK}, olds)
    assert (clean_up.acted, clean_up.outcomes[1].outcome, clean_up.counts["approved_not_due"]) == ([], outcome, 1)
    assert outcome == "refused" or clean_up.outcomes[1].msg == "order 1 is marked renewed already"
    assert decisions(clean_up) == {1: ("skip", "not_due")}


@pytest.mark.parametrize(
    ("order", "outcome", "says"),
    [
        (facts(1, status="canceled"), "unchanged", "it is canceled already"),
        *((facts(1, status=now), "refused", f"it is {now} now") for now in ("waiting_pickup", "issued")),
        (None, "refused", "it is no longer in the account, or it cannot be read"),
    ],
)
def test_approved_order_that_is_not_pending_is_not_canceled(order: Facts | None, outcome: str, says: str) -> None:
    clean_up = plan_cancels([], orders.CANCELS, orders.NOW, {1: CANCEL})
    assert find_missing(clean_up) == [1]
    compare(clean_up, {1: order})
    assert (clean_up.acted, clean_up.outcomes[1].outcome) == ([], outcome)
    assert clean_up.decisions[1].explanation == says
