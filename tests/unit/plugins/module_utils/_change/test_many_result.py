"""The result of a task for many orders: outcomes, counts, message and diff."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._change import many_result
from ansible_collections.certops.certcentral.plugins.module_utils._change.many_result import OUTCOMES, Item, name_orders
from ansible_collections.certops.certcentral.plugins.module_utils._change.outcome import Basis, Outcome, unsent
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState, Plan
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError, Reason, RequestError

TO_CANCEL = Plan("cancel_order", "canceled", None)


def not_attempted(number: int, status: str = "pending", **values: t.Any) -> Item:
    order = parse_order({"id": number, "status": status})
    return Item(DesiredState(number, "canceled", "n"), order, plan=TO_CANCEL, **values)


def changed(number: int, **values: t.Any) -> Item:
    item = not_attempted(number)
    item.outcome = Outcome(item.desired, item.basis.order, item.basis.order, TO_CANCEL, changed=True, **values)
    return item


def unchanged(number: int) -> Item:
    item = not_attempted(number, "canceled")
    item.outcome = unsent(item.desired, Basis(item.basis.order, Plan("none", "canceled", None), 0.0))
    return item


def failed(number: int, reason: Reason = "rejected_by_api", **values: t.Any) -> Item:
    error = RequestError(reason, "no", subject=f"order {number}", order_id=number, http_status=403, **values)
    return not_attempted(number, error=error)


def result(*items: Item, error: CertCentralError | None = None, **how: bool) -> dict[str, t.Any]:
    return many_result.to_result(items, error, **{"check_mode": False, "diff": True, **how})


NO_FAILURE = (None, None)
FIVE = "order 1: no; order 2: no; order 3: no; order 4: no; order 5: no"


@pytest.mark.parametrize(
    ("items", "failure", "msg"),
    [
        ([], NO_FAILURE, "no orders were given: nothing to do"),
        (
            [changed(1), unchanged(2), failed(3), failed(4, "wrong_state"), not_attempted(5)],
            ("rejected_by_api", None),
            "order 3: no; order 4: no (5 orders: 1 changed, 1 unchanged, 1 refused, 1 failed, 1 not attempted)",
        ),
        # An error that every other request would have as well comes first.
        (
            [failed(1), failed(2, "unauthorized")],
            ("unauthorized", None),
            "order 2: no; order 1: no (2 orders: 2 failed)",
        ),
        ([changed(1), failed(2)], ("rejected_by_api", 2), "order 2: no (2 orders: 1 changed, 1 failed)"),
        ([failed(n) for n in range(1, 9)], ("rejected_by_api", None), f"{FIVE}; and 3 more (8 orders: 8 failed)"),
        *(
            ([changed(1, verified=first), changed(2, verified=second)], NO_FAILURE, f"2 orders: 2 changed{unseen}")
            for first, second, unseen in (
                *((True, True, ""), (None, None, ""), (False, True, " (1 of them does not show yet)")),
                (False, False, " (2 of them do not show yet)"),
            )
        ),
    ],
)
def test_message_counts_the_outcomes_and_names_the_first_errors(items: list[Item], failure: t.Any, msg: str) -> None:
    done = result(*items)
    assert (done.get("reason"), done.get("order_id"), done["msg"]) == (*failure, msg)
    assert done.get("http_status") == (None if failure == NO_FAILURE else 403)
    names = [item.outcome_name for item in items]
    assert [entry["outcome"] for entry in done["orders"]] == names
    assert done["summary"] == {"total": len(items), **{name: names.count(name) for name in OUTCOMES}}
    assert done["changed"] is ("changed" in names)


def test_message_tells_check_mode_and_an_error_that_is_not_about_one_order() -> None:
    assert result(changed(1), check_mode=True)["msg"] == "1 order: 1 would change"
    done = result(not_attempted(1), error=CertCentralError("too_many_changes", "too many"))
    assert (done["reason"], done["order_id"], done["changed"]) == ("too_many_changes", None, False)
    assert done["msg"] == "too many (1 order: 1 not attempted)"


def test_state_is_the_one_that_was_read_last_and_missing_if_the_outcome_is_unknown() -> None:
    refused, unknown = failed(1, "wrong_state"), failed(2, "unknown_outcome", changed=True)
    for item in (refused, unknown):
        item.keep_order(parse_order({"id": item.desired.order_id, "status": "issued", "is_renewed": True}))
    fields = ("outcome", "changed", "status", "is_renewed")
    states = [tuple(entry[field] for field in fields) for entry in result(refused, unknown)["orders"]]
    assert states == [("refused", False, "issued", True), ("failed", True, None, None)]


def test_first_five_orders_are_named() -> None:
    names = {1: "order 1", 5: "orders 1, 2, 3, 4, 5", 8: "orders 1, 2, 3, 4, 5 and 3 more"}
    assert {count: name_orders([not_attempted(n) for n in range(1, count + 1)]) for count in names} == names


def test_diff_covers_the_orders_that_change() -> None:
    before, after = (
        {"orders": [{"order_id": number, "status": status} for number in (1, 3)]} for status in ("pending", "canceled")
    )
    assert result(changed(1), unchanged(2), changed(3))["diff"] == {"before": before, "after": after}
    assert "diff" not in result(changed(1), diff=False) and "diff" not in result(unchanged(2))
