# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account of a bulk task: outcomes, counts and message."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._change.many_result import (
    Item,
    name_orders,
    to_result,
)
from ansible_collections.certops.certcentral.plugins.module_utils._change.outcome import Basis, Outcome, unsent
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState, Plan
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError, Reason, RequestError

TO_CANCEL = Plan("cancel_order", "canceled", None)


def an_item(number: int, status: str = "pending", **values: t.Any) -> Item:
    order = parse_order({"id": number, "status": status})
    return Item(DesiredState(number, "canceled", "n"), order, plan=TO_CANCEL, **values)


def changed(number: int, **values: t.Any) -> Item:
    item = an_item(number)
    assert item.order
    item.outcome = Outcome(item.desired, item.order, item.order, TO_CANCEL, changed=True, **values)
    return item


def unchanged(number: int) -> Item:
    item = an_item(number, "canceled")
    assert item.order
    item.outcome = unsent(item.desired, Basis(item.order, Plan("none", "canceled", None), 0.0))
    return item


def failed(number: int, reason: Reason = "rejected_by_api", **values: t.Any) -> Item:
    error = RequestError(reason, "no", subject=f"order {number}", order_id=number, **values)
    return an_item(number, error=error)


def result(*items: Item, error: CertCentralError | None = None, **how: bool) -> dict[str, t.Any]:
    return to_result(items, error, **{"check_mode": False, "diff": True, **how})


def test_the_parts_of_a_summary_add_up() -> None:
    done = result(changed(1), unchanged(2), failed(3), failed(4, "wrong_state"), an_item(5))
    assert done["summary"] == {"total": 5, "changed": 1, "unchanged": 1, "refused": 1, "failed": 1, "not_attempted": 1}
    assert [entry["outcome"] for entry in done["orders"]] == [
        *("changed", "unchanged", "failed", "refused", "not_attempted")
    ]
    assert done["msg"] == (
        "order 3: no; order 4: no (5 orders: 1 changed, 1 unchanged, 1 refused, 1 failed, 1 not attempted)"
    )
    assert (done["changed"], done["reason"], done["order_id"]) == (True, "rejected_by_api", None)


def test_nothing_was_given() -> None:
    assert result() == {
        "changed": False,
        "msg": "no orders were given: nothing to do",
        "orders": [],
        "summary": dict.fromkeys(("total", "changed", "unchanged", "refused", "failed", "not_attempted"), 0),
    }


def test_check_mode_says_would() -> None:
    assert result(changed(1), check_mode=True)["msg"] == "1 order: 1 would change"


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ([True, True], "2 changed"),
        ([None, None], "2 changed"),
        ([False, True], "2 changed (1 of them does not show yet)"),
        ([False, False], "2 changed (2 of them do not show yet)"),
    ],
)
def test_what_does_not_show_yet_is_counted(shown: list[bool | None], words: str) -> None:
    items = [changed(number, verified=verified) for number, verified in enumerate(shown, 1)]
    assert result(*items)["msg"] == f"2 orders: {words}"


def test_what_stopped_it_comes_first() -> None:
    done = result(failed(1), failed(2, "unauthorized", http_status=403))
    assert (done["reason"], done["http_status"]) == ("unauthorized", 403)
    assert done["msg"].startswith("order 2: no; order 1: no")


def test_one_order_that_failed_is_named() -> None:
    done = result(changed(1), failed(2))
    assert (done["order_id"], done["changed"]) == (2, True)


def test_what_is_no_order_s_own_failure() -> None:
    done = result(an_item(1), error=CertCentralError("too_many_changes", "too many"))
    assert (done["reason"], done["order_id"], done["changed"]) == ("too_many_changes", None, False)
    assert done["msg"] == "too many (1 order: 1 not attempted)"


def test_an_unknown_outcome_knows_no_state() -> None:
    item = failed(1, "unknown_outcome", changed=True)
    (entry,) = result(item)["orders"]
    assert (entry["outcome"], entry["changed"]) == ("failed", True)
    assert (entry["status"], entry["is_renewed"]) == (None, None)


def test_the_last_reading_counts() -> None:
    item = failed(1, "wrong_state")
    item.keep_order(parse_order({"id": 1, "status": "issued", "is_renewed": True}))
    (entry,) = result(item)["orders"]
    assert (entry["status"], entry["is_renewed"]) == ("issued", True)


def test_only_the_first_are_named() -> None:
    done = result(*[failed(number) for number in range(1, 9)])
    assert "order 5: no; and 3 more (8 orders" in done["msg"] and "order 6" not in done["msg"]
    assert name_orders([an_item(number) for number in range(1, 6)]) == "orders 1, 2, 3, 4, 5"
    assert name_orders([an_item(number) for number in range(1, 9)]) == "orders 1, 2, 3, 4, 5 and 3 more"
    assert name_orders([an_item(1)]) == "order 1"


def test_the_diff_covers_what_changes() -> None:
    done = result(changed(1), unchanged(2), changed(3))
    assert done["diff"] == {
        "before": {"orders": [{"order_id": 1, "status": "pending"}, {"order_id": 3, "status": "pending"}]},
        "after": {"orders": [{"order_id": 1, "status": "canceled"}, {"order_id": 3, "status": "canceled"}]},
    }
    assert "diff" not in result(changed(1), diff=False) and "diff" not in result(unchanged(2))
