# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the status change (section 3 of the facts), requests, and changes by others. Every case is a fact."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests.simulator.account import ApiError, Change
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, Clock, account, put, refusal, row


@pytest.mark.parametrize("status", ["pending", "waiting_pickup"])
def test_cancel_an_order(status: str) -> None:
    clock = Clock()
    held = account({"id": 1, "status": status}, clock=clock)
    clock.seconds = 3.5
    assert put(held, "canceled", NOTE) is True
    assert held.order_info(1)["status"] == "canceled"
    state = {"status": status, "is_renewed": False}
    after = {"status": "canceled", "is_renewed": False}
    assert held.changes == [Change(1, 1, "canceled", NOTE, state, after, "2026-06-15T12:00:03+00:00", 3.5)]


def test_cancel_of_a_pending_reissue_leaves_the_order_issued() -> None:
    held = account({"id": 1, "status": "reissue_pending"})
    assert [(entry["type"], entry["status"]) for entry in held.order_info(1)["requests"]] == [
        ("new_request", "approved"),
        ("reissue", "pending"),
    ]
    assert put(held, "canceled", NOTE) is True
    info = held.order_info(1)
    assert info["status"] == "issued"
    assert info["requests"][0]["status"] == "approved"
    assert info["requests"][1]["status"] == "rejected"
    assert info["requests"][1]["processor_comment"] == NOTE


@pytest.mark.parametrize(
    "status",
    ["needs_approval", "processing", "needs_csr", "issued", "expired", "rejected", "revoked", "approved", "denied"],
)
def test_no_other_state_can_be_canceled(status: str) -> None:
    error = refusal(account({"id": 1, "status": status}), "canceled", NOTE)
    assert error.status == 400
    assert set(error.body()["errors"][0]) == {"code", "message"}


@pytest.mark.parametrize("note", [None, "", "  \n", 7])
@pytest.mark.parametrize("status", ["pending", "reissue_pending"])
def test_a_cancel_needs_a_note(status: str, note: object) -> None:
    assert refusal(account({"id": 1, "status": status}), "canceled", note).status == 400


def test_quirk_reissue_cancel_needs_note() -> None:
    held = account({"id": 1, "status": "reissue_pending"}, reissue_cancel_needs_note=False)
    assert put(held, "canceled") is True
    assert held.order_info(1)["requests"][1]["status"] == "rejected"
    assert refusal(account({"id": 1, "status": "pending"}, reissue_cancel_needs_note=False), "canceled").status == 400


@pytest.mark.parametrize("days", [90, 30, 0, -400])
def test_mark_within_90_days_or_expired(days: int) -> None:
    held = account({"id": 1, "migrated": True, "valid_in_days": days, "status": "expired" if days < 0 else "issued"})
    assert put(held, "renewed") is True
    assert row(held)["is_renewed"] is True
    assert held.order_info(1)["status"] == ("expired" if days < 0 else "issued")


@pytest.mark.parametrize(
    "seed",
    [
        {"migrated": True, "valid_in_days": 91},
        {"migrated": True, "valid_in_days": 91, "order_valid_in_days": 30},
        {"migrated": False, "valid_in_days": 30},
        {"migrated": True, "status": "pending"},
        {"migrated": True, "valid_in_days": 30, "is_renewed": True},
    ],
)
def test_mark_refused(seed: dict[str, Any]) -> None:
    assert refusal(account({"id": 1, **seed}), "renewed").status == 400


@pytest.mark.parametrize("seed", [{"is_renewed": True}, {"status": "renewed"}])
def test_unmark(seed: dict[str, Any]) -> None:
    held = account({"id": 1, **seed})
    assert put(held, "not_renewed", "to be renewed") is True
    assert (row(held)["status"], row(held)["is_renewed"]) == ("issued", False)


def test_unmark_needs_a_mark() -> None:
    assert refusal(account({"id": 1}), "not_renewed").status == 400


@pytest.mark.parametrize(
    "body", [None, [], "canceled", {}, {"status": "Canceled"}, {"status": "CANCELED"}, {"status": "cancelled"}]
)
def test_a_body_that_is_not_a_change(body: object) -> None:
    held = account({"id": 1, "status": "pending"})
    with pytest.raises(ApiError) as caught:
        held.update_status(1, body)
    assert caught.value.status == 400
    assert held.changes == []


def test_quirk_upper_case_canceled() -> None:
    held = account({"id": 1, "status": "pending"}, upper_case_canceled=True)
    assert put(held, "CANCELED", NOTE) is True
    assert (held.order_info(1)["status"], held.changes[0].status) == ("canceled", "canceled")
    for other in ("RENEWED", "Canceled"):
        assert refusal(account({"id": 1}, upper_case_canceled=True), other, NOTE).status == 400


def test_unknown_order() -> None:
    error = refusal(account(), "renewed", order_id=7)
    assert (error.status, error.code) == (404, "not_found|order")


def test_quirk_repeat_change() -> None:
    seeds: list[dict[str, Any]] = [{"id": 1, "status": "canceled"}, {"id": 2, "is_renewed": True}, {"id": 3}]
    for status, order_id in [("canceled", 1), ("renewed", 2), ("not_renewed", 3)]:
        refusal(account(*seeds), status, NOTE, order_id)
        held = account(*seeds, repeat_change="noop")
        assert put(held, status, NOTE, order_id) is False
        assert held.changes == []


def test_quirks_of_statuses() -> None:
    held = account({"id": 1}, illegal_transition_status=409, invalid_request_status=422)
    assert refusal(held, "canceled", NOTE).status == 409
    assert refusal(held, "canceled").status == 422
    assert refusal(held, "gone").status == 422


def test_quirk_unmark_renewed_by_order() -> None:
    seed = {"id": 1, "is_renewed": True, "renewed_order_id": 9}
    assert put(account(seed), "not_renewed") is True
    assert refusal(account(seed, unmark_renewed_by_order=False), "not_renewed").status == 400


# ---- requests (section 7)


@pytest.mark.parametrize(
    ("before", "request_id", "sent", "after"),
    [
        ("needs_approval", 10, "approved", "pending"),
        ("needs_approval", 10, "rejected", "rejected"),
        ("pending", 10, "rejected", "rejected"),
        ("reissue_pending", 11, "rejected", "issued"),
        ("reissue_pending", 11, "approved", "reissue_pending"),
    ],
)
def test_a_request_is_processed(before: str, request_id: int, sent: str, after: str) -> None:
    held = account({"id": 1, "status": before})
    held.update_request(request_id, {"status": sent, "processor_comment": NOTE})
    info = held.order_info(1)
    assert info["status"] == after
    assert (info["requests"][-1]["status"], info["requests"][-1]["processor_comment"]) == (sent, NOTE)
    assert held.changes == [], "changes are those of the status route"
    with pytest.raises(ApiError) as caught:
        held.update_request(request_id, {"status": sent})
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("request_id", "body", "status"), [(99, {"status": "approved"}, 404), (10, {"status": "maybe"}, 400), (10, [], 400)]
)
def test_a_request_is_refused(request_id: int, body: object, status: int) -> None:
    with pytest.raises(ApiError) as caught:
        account({"id": 1, "status": "needs_approval"}).update_request(request_id, body)
    assert caught.value.status == status


# ---- changes by others


def test_somebody_orders_a_reissue_again_and_again() -> None:
    held = account({"id": 1})
    held.edit(1, status="reissue_pending")
    put(held, "canceled", NOTE)
    held.edit(1, status="reissue_pending")
    info = held.order_info(1)
    assert [(entry["id"], entry["status"]) for entry in info["requests"]] == [
        (10, "approved"),
        (11, "rejected"),
        (12, "pending"),
    ]
    held.edit(1, status="issued")
    assert held.order_info(1)["requests"][2]["status"] == "approved"


def test_the_ca_issues_an_order() -> None:
    held = account({"id": 1, "status": "pending"})
    assert "id" not in held.order_info(1)["certificate"]
    held.edit(1, status="issued", certificate={"signature_hash": "sha384"})
    info = held.order_info(1)
    assert (info["requests"][0]["status"], info["has_pending_request"]) == ("approved", False)
    assert {"id", "serial_number", "thumbprint", "valid_from", "valid_till"} <= set(info["certificate"])
    assert row(held)["certificate"]["signature_hash"] == "sha384"
    assert held.changes == []


def test_orders_come_and_go() -> None:
    held = account({"id": 1})
    assert held.add([{"id": 5, "status": "pending"}]) == [5]
    assert held.order_info(5)["date_created"] == "2026-06-15T12:00:00+00:00"
    held.remove(1)
    with pytest.raises(ApiError):
        held.order_info(1)
    for change in (held.edit, held.remove):
        with pytest.raises(KeyError, match="no order 1"):
            change(1)
