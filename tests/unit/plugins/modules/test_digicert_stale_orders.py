"""The decisions on pending orders, in this process, against the simulator. test_cancels.py has the rules."""

from __future__ import annotations

import typing as t

from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import decisions, details, plan, run_cancels


def pending(order_id: int, **fields: t.Any) -> dict[str, t.Any]:
    return {"id": order_id, "status": "pending", "created_days_ago": 40, **fields}


def test_only_pending_orders_that_are_old_enough_are_canceled(api: State) -> None:
    others = ("waiting_pickup", "reissue_pending", "issued", "processing", "needs_approval", "PENDING")
    api.seed(
        [
            *(pending(1), pending(2, created_days_ago=400, organization=[]), pending(3, created_days_ago=29)),
            *(pending(4, date_created=None), pending(5, certificate={"common_name": "a.lab.example"})),
            *(pending(number, status=status) for number, status in enumerate(others, 11)),
        ]
    )
    result = plan(run_cancels, api, exclude_names=["*.lab.example"])
    is_stale = dict.fromkeys((1, 2), ("cancel", "stale"))
    assert decisions(result) == {**is_stale, 4: ("review", "incomplete"), 5: ("skip", "excluded")}
    assert result["changes"] == [{"order_id": key, "common_name": f"order-{key}.example.com"} for key in is_stale]
    assert result["counts"] == {"pending": 5, "not_old_enough": 1, "due": 4, "cancel": 2, "review": 1, "skip": 1}
    assert [row["candidates"] for row in result["orders"]] == [[]] * 4 and details(api) == []


def test_server_that_ignores_the_status_has_no_other_order_canceled(api: State) -> None:
    api.seed([pending(1), pending(2, status="waiting_pickup"), pending(3, status="issued")])
    api.quirks.ignored_filters = ("status",)
    result = plan(run_cancels, api)
    assert decisions(result) == {1: ("cancel", "stale")} and result["counts"]["pending"] == 1
