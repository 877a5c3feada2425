"""Approved plans, and the errors about files that are not approved plans."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.plugin_utils._plan_file import read_plan

MODULE = "certops.certcentral.digicert_migrated_orders"
MARK: dict[str, t.Any] = {"order_id": 1, "decision": "mark", "reason": "same_names", "candidates": [{"order_id": 11}]}
REVIEW = {"order_id": 2, "decision": "review", "reason": "ambiguous", "candidates": []}
SKIP = {"order_id": 3, "decision": "skip", "reason": "excluded", "candidates": []}
PLAN: dict[str, t.Any] = {
    "format": 1,
    "module": MODULE,
    "account": "https://www.digicert.com/services/v2",
    "check_mode": True,
    "generated": "2026-11-24T09:08:07Z",
    "finished": True,
    "failed": False,
    "orders": [MARK, REVIEW, SKIP],
}
WHOLE = json.dumps(PLAN).encode()


def write(folder: Path, value: t.Any) -> str:
    path = folder / "plan.json"
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return str(path)


def test_plan_is_read_with_its_approved_orders(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path, PLAN), MODULE)
    assert plan.account == PLAN["account"] and plan.generated == PLAN["generated"] and len(plan.sha256) == 64
    assert plan.orders == {
        "1": ["mark", 11, "same_names"],
        "2": ["review", 0, "ambiguous"],
        "3": ["skip", 0, "excluded"],
    }


@pytest.mark.parametrize("left", [[REVIEW, SKIP], []])
def test_reviewer_may_delete_orders(tmp_path: Path, left: list[dict[str, t.Any]]) -> None:
    plan = read_plan(write(tmp_path, {**PLAN, "orders": left}), MODULE)
    assert list(plan.orders) == [str(row["order_id"]) for row in left]


def plan(**fields: t.Any) -> dict[str, t.Any]:
    return {**PLAN, **fields}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        *[
            (data, "is not JSON, or is truncated")
            for data in (b"", WHOLE[:-1], WHOLE[: len(WHOLE) // 2], b"[" * 100_000, b"\xff\xfe")
        ],
        ([], "is not the report of a clean-up"),
        ({"orders": []}, "is not the report of a clean-up"),
        (plan(format=2), "has the format 2, and this version of the collection reads 1: plan again"),
        *[(plan(format=value), f"has the format {value!r}") for value in (True, "1")],
        (plan(module="a.b.c"), f"is a report of a.b.c, not of {MODULE}"),
        *[(plan(check_mode=value), "is the report of a run, not a plan") for value in (False, "true")],
        (plan(finished=False), "is the report of a plan that failed"),
        (plan(failed=True), "is the report of a plan that failed"),
        (plan(account=None), "lacks the account, the time or the orders"),
        (plan(orders={}), "lacks the account, the time or the orders"),
        (plan(orders=[MARK, REVIEW, {**SKIP, "order_id": True}]), "has an entry 3 of orders"),
        *[
            (plan(orders=[row]), "has an entry 1 of orders that is not a row of a plan")
            for row in (
                *(5, {**MARK, "order_id": "1"}, {**MARK, "order_id": 10**30}, {**MARK, "decision": "delete"}),
                *({**MARK, "candidates": []}, {**MARK, "candidates": [{"order_id": 0}]}),
            )
        ],
        (plan(orders=[MARK, REVIEW, REVIEW]), "has order 2 twice"),
    ],
)
def test_file_that_is_not_a_finished_plan_of_the_module_is_refused(tmp_path: Path, value: t.Any, says: str) -> None:
    path = write(tmp_path, value)
    with pytest.raises(CertCentralError) as caught:
        read_plan(path, MODULE)
    assert caught.value.reason == "invalid_option"
    assert caught.value.message.startswith(f"approved_plan: {path} {says}"), caught.value.message


@pytest.mark.parametrize("path", ["nowhere.json", ".", "/dev/null"])
def test_missing_file_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(CertCentralError, match="does not exist or is not a file"):
        read_plan(str(tmp_path / path), MODULE)
