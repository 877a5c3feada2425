# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which orders have been pending too long, in this process, against the simulator."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.certops.certcentral.plugins.modules import digicert_stale_orders
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import run_main

Row = dict[str, t.Any]
NOTE = "Nobody needs it"


def run(sim: Simulator, **options: t.Any) -> Row:
    """Plan with a key that may only read. The simulator sees only requests for lists. The orders to change are in ``changes``."""
    options = {"api_url": sim.url, "api_key": sim.view_only_key, "older_than": 30, "note": NOTE, **options}
    result = run_main(digicert_stale_orders.main, {"_controller": {"stage": "plan"}, **options})
    assert result.get("changed", False) is False
    assert {(request["method"], request["path"].rsplit("/", 1)[1]) for request in sim.requests} <= {
        ("GET", "certificate")
    }
    if "failed" not in result:
        assert result["api_calls"] == {"reads": len(sim.requests), "writes": 0}
    if "orders" in result:
        result["changes"] = result["controller"]["changes"]
    return result


def pending(order_id: int, **fields: t.Any) -> Row:
    return {"id": order_id, "status": "pending", "created_days_ago": 40, **fields}


def decisions(result: Row) -> dict[int, tuple[str, str]]:
    assert "failed" not in result, result["msg"]
    return {row["order_id"]: (row["decision"], row["reason"]) for row in result["orders"]}


def test_an_account(sim: Simulator) -> None:
    sim.seed(
        [
            pending(1),
            pending(2, created_days_ago=400, organization=[]),
            pending(3, created_days_ago=29),
            pending(4, date_created=None),
            pending(5, certificate={"common_name": "a.lab.example"}),
            *(
                pending(number, status=status)
                for number, status in enumerate(
                    ("waiting_pickup", "reissue_pending", "issued", "processing", "needs_approval", "PENDING"), 11
                )
            ),
        ]
    )
    result = run(sim, exclude_names=["*.lab.example"])
    assert decisions(result) == {
        1: ("cancel", "stale"),
        2: ("cancel", "stale"),
        4: ("review", "incomplete"),
        5: ("skip", "excluded"),
    }
    assert result["changes"] == [
        {"order_id": number, "common_name": f"order-{number}.example.com"} for number in (1, 2)
    ]
    assert result["counts"] == {
        "pending": 5,
        "not_old_enough": 1,
        "due": 4,
        "cancel": 2,
        "review": 1,
        "skip": 1,
    }
    assert [row["candidates"] for row in result["orders"]] == [[]] * 4


def test_a_server_that_ignores_the_status(sim: Simulator) -> None:
    sim.seed([pending(1), pending(2, status="waiting_pickup"), pending(3, status="issued")])
    sim.quirks.ignored_filters = ("status",)
    result = run(sim)
    assert decisions(result) == {1: ("cancel", "stale")} and result["counts"]["pending"] == 1


def test_an_offset_counts(sim: Simulator) -> None:
    # The day before yesterday in the time zone that the API wrote, yesterday by the clock.
    created = (datetime.now(timezone.utc) - timedelta(hours=20)).astimezone(timezone(timedelta(hours=-11)))
    sim.seed([pending(1, date_created=created.isoformat(timespec="seconds"))])
    assert decisions(run(sim, older_than=1)) == {}
    sim.clear_log()
    created -= timedelta(hours=5)
    sim.seed([pending(1, date_created=created.isoformat(timespec="seconds"))])
    assert decisions(run(sim, older_than=1)) == {1: ("cancel", "stale")}


def test_more_than_are_allowed(sim: Simulator) -> None:
    sim.seed([pending(1), pending(2)])
    assert run(sim, max_changes=2)["counts"]["cancel"] == 2
    sim.clear_log()
    result = run(sim, max_changes=1)
    assert result["failed"] and result["reason"] == "too_many_changes" and result["changes"] == []
    assert [row["decision"] for row in result["orders"]] == ["cancel", "cancel"]
    assert result["msg"].startswith("2 orders would change, and max_changes allows 1")


@pytest.mark.parametrize("body", [{}, {"errors": [{"code": "x", "message": "Not now"}]}, {"data": []}])
def test_what_is_no_listing(sim: Simulator, body: Row) -> None:
    sim.seed([pending(1)])
    sim.fault("status", on="list", status=200, body=body, times=None)
    result = run(sim)
    assert result["failed"] and result["reason"] == "unexpected_response" and "orders" not in result


def test_an_incomplete_listing(sim: Simulator) -> None:
    sim.seed([pending(1)])
    sim.fault("status", on="list", status=200, body={"orders": [{"id": "x"}], "page": {"total": 1}}, times=None)
    result = run(sim)
    assert result["failed"] and result["reason"] == "incomplete_listing" and "row 1" in str(result["warnings"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"older_than": 0}, "older_than is 0: it has to be a whole number, 1 to 36500"),
        ({"older_than": -1}, "older_than is -1"),
        ({"older_than": 10**9}, "older_than is 1000000000"),
        ({"older_than": True}, "older_than is True"),
        ({"max_changes": -1}, "max_changes is -1"),
        ({"max_changes": ""}, "max_changes is empty"),
        ({"exclude_names": [""]}, "exclude_names has the entry '', which is empty"),
        *(({name: None}, f"{name} is null") for name in ("exclude_orders", "exclude_names", "exclude_containers")),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(sim: Simulator, options: Row, words: str) -> None:
    result = run(sim, **options)
    assert result["failed"] and result["reason"] == "invalid_option" and words in result["msg"]
    assert sim.requests == []


def test_days_are_needed(sim: Simulator) -> None:
    result = run_main(digicert_stale_orders.main, {"api_url": sim.url, "api_key": sim.view_only_key})
    assert result["failed"] and "older_than" in result["msg"] and sim.requests == []
