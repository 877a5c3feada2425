"""Approved plans, and the errors about files that are not approved plans."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.plugin_utils._plan_file import read_plan

MODULE = "certops.certcentral.digicert_migrated_orders"
ROWS: list[dict[str, t.Any]] = [
    {"order_id": 1, "decision": "mark", "reason": "same_names", "candidates": [{"order_id": 11}]},
    {"order_id": 2, "decision": "review", "reason": "ambiguous", "candidates": []},
    {"order_id": 3, "decision": "skip", "reason": "excluded", "candidates": []},
]
PLAN: dict[str, t.Any] = {
    "format": 1,
    "module": MODULE,
    "account": "https://www.digicert.com/services/v2",
    "check_mode": True,
    "generated": "2026-11-24T09:08:07Z",
    "finished": True,
    "failed": False,
    "orders": ROWS,
}


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


def test_reviewer_may_delete_orders(tmp_path: Path) -> None:
    assert list(read_plan(write(tmp_path, {**PLAN, "orders": ROWS[1:]}), MODULE).orders) == ["2", "3"]
    assert read_plan(write(tmp_path, {**PLAN, "orders": []}), MODULE).orders == {}


WHOLE = json.dumps(PLAN).encode()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"", "is not JSON, or is truncated"),
        (WHOLE[:-1], "is not JSON, or is truncated"),
        (WHOLE[: len(WHOLE) // 2], "is not JSON, or is truncated"),
        (b"[" * 100_000, "is not JSON, or is truncated"),
        (b"\xff\xfe", "is not JSON, or is truncated"),
        ([], "is not the report of a clean-up"),
        ({"orders": []}, "is not the report of a clean-up"),
        ({**PLAN, "format": 2}, "has the format 2, and this version of the collection reads 1: plan again"),
        *[({**PLAN, "format": value}, f"has the format {value!r}") for value in (True, "1")],
        (
            {**PLAN, "module": "certops.certcentral.digicert_stale_orders"},
            f"is a report of certops.certcentral.digicert_stale_orders, not of {MODULE}",
        ),
        ({**PLAN, "check_mode": False}, "is the report of a run, not a plan"),
        ({**PLAN, "check_mode": "true"}, "is the report of a run, not a plan"),
        ({**PLAN, "finished": False}, "is the report of a plan that failed"),
        ({**PLAN, "failed": True}, "is the report of a plan that failed"),
        ({**PLAN, "account": None}, "lacks the account, the time or the orders"),
        ({**PLAN, "orders": {}}, "lacks the account, the time or the orders"),
        ({**PLAN, "orders": [5]}, "has an entry 1 of orders that is not a row of a plan"),
        ({**PLAN, "orders": [*ROWS, {"order_id": True, "decision": "mark"}]}, "has an entry 4 of orders"),
        *[
            ({**PLAN, "orders": [{**ROWS[0], "order_id": value}]}, "has an entry 1 of orders")
            for value in ("1", 10**30)
        ],
        ({**PLAN, "orders": [{**ROWS[0], "decision": "delete"}]}, "has an entry 1 of orders"),
        ({**PLAN, "orders": [{**ROWS[0], "candidates": []}]}, "has an entry 1 of orders"),
        ({**PLAN, "orders": [{**ROWS[0], "candidates": [{"order_id": 0}]}]}, "has an entry 1 of orders"),
        ({**PLAN, "orders": [*ROWS, ROWS[1]]}, "has order 2 twice"),
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
