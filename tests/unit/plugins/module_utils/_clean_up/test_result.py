"""The result of a clean-up, which combines its plan with the outcomes of its changes."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.result import finish

Row = dict[str, t.Any]
CALLS = {"reads": 2, "writes": 1}
UNAVAILABLE: Row = {"reason": "unavailable", "http_status": 503, "errors": [], "order_id": None, "changed": False}


def planned(*decisions: str, **fields: t.Any) -> Row:
    """Return a plan with these decisions on orders 1, 2, and so on."""
    blank = {"outcome": None, "verified": None, "msg": None}
    rows = [{"order_id": number, "decision": decision, **blank} for number, decision in enumerate(decisions, 1)]
    return {"changed": False, "orders": rows, "counts": {"due": len(rows)}, "api_calls": CALLS, "msg": "", **fields}


def entry(order_id: int, outcome: str, verified: bool | None = True) -> Row:
    return {"order_id": order_id, "outcome": outcome, "verified": verified, "msg": f"order {order_id}: {outcome}"}


def changes(*entries: Row, **fields: t.Any) -> Row:
    return {"orders": list(entries), "changed": True, "api_calls": CALLS, "cause": None, **fields}


def outcomes(result: Row) -> list[str | None]:
    return [row["outcome"] for row in result["orders"]]


def failed(result: Row) -> tuple[str, int | None, str, bool]:
    assert result["failed"]
    return result["reason"], result["order_id"], result["msg"], result["changed"]


@pytest.mark.parametrize(
    ("decisions", "entries", "check_mode", "says"),
    [
        ([], [], False, "no order is due: nothing to do"),
        (["review"], [], False, "1 order: 1 for review"),
        (["cancel", "skip"], [entry(1, "changed", None)], True, "2 orders: 1 would be canceled, 1 left out"),
        (["cancel"], [entry(1, "changed", False)], False, "1 order: 1 canceled (1 of them does not show yet)"),
        (
            *(["cancel"] * 2, [entry(number, "changed", False) for number in (1, 2)], False),
            "2 orders: 2 canceled (2 of them do not show yet)",
        ),
    ],
)
def test_message_counts_due_orders(decisions: list[str], entries: list[Row], check_mode: bool, says: str) -> None:
    done = changes(*entries) if entries else None
    result = finish("cancel", planned(*decisions), done, check_mode=check_mode)
    assert (result["msg"], result["changed"], "failed" in result) == (says, bool(entries), False)
    assert result["api_calls"] == ({"reads": 4, "writes": 2} if entries else CALLS)


# The error that ended the changes comes first, and at most five sentences are shown.
FIRST_FOUR = "order 1: failed; order 2: failed; order 3: failed; order 4: failed"
TWO = [entry(1, "failed"), entry(2, "refused")]
EIGHT = [entry(number, "failed") for number in range(1, 9)]


@pytest.mark.parametrize(
    ("entries", "cause", "order_id", "msg"),
    [
        (TWO, None, None, "order 1: failed; order 2: refused (3 orders: 1 refused, 1 failed, 1 not attempted)"),
        (TWO[:1], None, 1, "order 1: failed (3 orders: 1 failed, 2 not attempted)"),
        (EIGHT, "the API is down", None, f"the API is down; {FIRST_FOUR}; and 4 more (8 orders: 8 failed)"),
    ],
)
def test_failed_changes_are_counted(entries: list[Row], cause: str | None, order_id: int | None, msg: str) -> None:
    done = changes(*entries, **{**UNAVAILABLE, "changed": True, "cause": cause})
    result = finish("cancel", planned(*["cancel"] * max(3, len(entries))), done, check_mode=False)
    assert failed(result) == ("unavailable", order_id, msg, True) and result["http_status"] == 503


def test_plan_or_changes_that_failed_attempt_nothing() -> None:
    plan = planned("mark", "review", **{**UNAVAILABLE, "reason": "too_many_changes", "msg": "2 orders would change"})
    result = finish("mark", plan, None, check_mode=True)
    msg = "2 orders would change (2 orders: 1 not attempted, 1 for review)"
    assert (outcomes(result), failed(result)) == (["not_attempted", None], ("too_many_changes", None, msg, False))
    result = finish("mark", planned("mark"), {**UNAVAILABLE, "msg": "the API is down"}, check_mode=False)
    msg = "the API is down (1 order: 1 not attempted)"
    assert (outcomes(result), failed(result)) == (["not_attempted"], ("unavailable", None, msg, False))


@pytest.mark.parametrize(
    "died", [{"msg": "MODULE FAILURE", "failed": True}, {"msg": "it broke", **UNAVAILABLE, "changed": True}]
)
def test_module_that_died_may_have_changed_any_order(died: Row) -> None:
    result = finish("mark", planned("mark", "review"), died, check_mode=False)
    reason, unused, msg, is_changed = failed(result)
    assert (outcomes(result), reason, is_changed) == ([None, None], "unknown_outcome", True)
    assert msg.startswith(died["msg"]) and {"http_status", "errors"} <= result.keys()
