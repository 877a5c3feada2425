# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for changes by the status endpoint, by requests, and by others (docs/api.md, sections 3 and 7)."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.account import ApiError, Change
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, Clock, account, put, refusal, row


@pytest.mark.parametrize("status", facts.STATUSES_TO_CANCEL)
def test_order_that_is_not_issued_yet_can_be_canceled(status: str) -> None:
    clock = Clock()
    held = account({"id": 1, "status": status}, clock=clock)
    clock.seconds = 3.5
    assert put(held, "canceled", NOTE) is True
    assert held.order_info(1)["status"] == "canceled"
    state = {"status": status, "is_renewed": False}
    after = {"status": "canceled", "is_renewed": False}
    assert held.changes == [Change(1, 1, "canceled", NOTE, state, after, "2026-06-15T12:00:03+00:00", 3.5)]


def test_canceled_reissue_leaves_the_order_issued() -> None:
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
    "status", sorted({*facts.STATUSES} - {*facts.STATUSES_TO_CANCEL, facts.STATUS_WITH_REISSUE, "canceled"})
)
def test_order_with_another_status_cannot_be_canceled(status: str) -> None:
    error = refusal(account({"id": 1, "status": status}), "canceled", NOTE)
    assert error.status == 400
    assert set(error.body()["errors"][0]) == {"code", "message"}


@pytest.mark.parametrize("note", [None, "", "  \n", 7])
@pytest.mark.parametrize("status", ["pending", "reissue_pending"])
def test_cancellation_needs_a_note(status: str, note: object) -> None:
    assert refusal(account({"id": 1, "status": status}), "canceled", note).status == 400


@pytest.mark.parametrize(
    ("quirks", "left"),
    [
        ({}, [{"status": "approved"}]),
        ({"approved_reissue_request": "unchanged"}, [{"status": "approved"}]),
        ({"approved_reissue_request": "rejected"}, [{"status": "rejected", "processor_comment": NOTE}]),
        ({"approved_reissue_request": "gone"}, []),
    ],
)
def test_request_of_an_approved_reissue_ends_as_the_quirk_says(
    quirks: dict[str, Any], left: list[dict[str, Any]]
) -> None:
    held = account({"id": 1, "status": "reissue_pending"}, **quirks)
    held.update_request(11, {"status": "approved"})
    assert put(held, "canceled", NOTE) is True
    info = held.order_info(1)
    assert (info["status"], info["requests"][0]["status"]) == ("issued", "approved")
    shown = [{key: request.get(key) for key in left[0]} for request in info["requests"][1:]] if left else []
    assert (shown, len(info["requests"])) == (left, 1 + len(left))


def test_reissue_can_be_canceled_without_a_note_if_the_quirk_allows_it() -> None:
    held = account({"id": 1, "status": "reissue_pending"}, reissue_cancel_needs_note=False)
    assert put(held, "canceled") is True
    assert held.order_info(1)["requests"][1]["status"] == "rejected"
    assert refusal(account({"id": 1, "status": "pending"}, reissue_cancel_needs_note=False), "canceled").status == 400


@pytest.mark.parametrize("days", [facts.RENEWAL_DAYS, 30, 0, -400])
def test_order_within_the_window_or_expired_can_be_marked(days: int) -> None:
    held = account({"id": 1, "migrated": True, "valid_in_days": days, "status": "expired" if days < 0 else "issued"})
    assert put(held, "renewed") is True
    assert row(held)["is_renewed"] is True
    assert held.order_info(1)["status"] == ("expired" if days < 0 else "issued")


@pytest.mark.parametrize(
    "seed",
    [
        {"migrated": True, "valid_in_days": facts.RENEWAL_DAYS + 1},
        {"migrated": True, "valid_in_days": facts.RENEWAL_DAYS + 1, "order_valid_in_days": 30},
        {"migrated": False, "valid_in_days": 30},
        {"migrated": True, "status": "pending"},
        {"migrated": True, "valid_in_days": 30, "is_renewed": True},
    ],
)
def test_mark_is_rejected(seed: dict[str, Any]) -> None:
    assert refusal(account({"id": 1, **seed}), "renewed").status == 400


@pytest.mark.parametrize("seed", [{"is_renewed": True}, {"status": "renewed"}])
def test_mark_is_removed(seed: dict[str, Any]) -> None:
    held = account({"id": 1, **seed})
    assert put(held, "not_renewed", "to be renewed") is True
    assert (row(held)["status"], row(held)["is_renewed"]) == ("issued", False)


def test_unmarked_order_has_no_mark_to_remove() -> None:
    assert refusal(account({"id": 1}), "not_renewed").status == 400


@pytest.mark.parametrize(
    "body", [None, [], "canceled", {}, {"status": "Canceled"}, {"status": "CANCELED"}, {"status": "cancelled"}]
)
def test_body_that_is_not_a_change_is_rejected(body: object) -> None:
    held = account({"id": 1, "status": "pending"})
    with pytest.raises(ApiError) as caught:
        held.update_status(1, body)
    assert caught.value.status == 400
    assert held.changes == []


def test_upper_case_canceled_is_accepted_if_the_quirk_allows_it() -> None:
    held = account({"id": 1, "status": "pending"}, upper_case_canceled=True)
    assert put(held, "CANCELED", NOTE) is True
    assert (held.order_info(1)["status"], held.changes[0].status) == ("canceled", "canceled")
    for other in ("RENEWED", "Canceled"):
        assert refusal(account({"id": 1}, upper_case_canceled=True), other, NOTE).status == 400


def test_unknown_order_is_not_found() -> None:
    error = refusal(account(), "renewed", order_id=7)
    assert (error.status, error.code) == (404, "not_found|order")


def test_repeated_change_is_an_error_or_has_no_effect() -> None:
    seeds: list[dict[str, Any]] = [{"id": 1, "status": "canceled"}, {"id": 2, "is_renewed": True}, {"id": 3}]
    for status, order_id in [("canceled", 1), ("renewed", 2), ("not_renewed", 3)]:
        refusal(account(*seeds), status, NOTE, order_id)
        held = account(*seeds, repeat_change="noop")
        assert put(held, status, NOTE, order_id) is False
        assert held.changes == []


def test_http_status_of_an_illegal_change_is_that_of_the_quirk() -> None:
    assert refusal(account({"id": 1}, illegal_transition_status=409), "canceled", NOTE).status == 409


def test_mark_of_a_renewed_order_stays_if_the_quirk_says_so() -> None:
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
def test_request_is_approved_or_rejected_once(before: str, request_id: int, sent: str, after: str) -> None:
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
def test_wrong_answer_to_a_request_is_rejected(request_id: int, body: object, status: int) -> None:
    with pytest.raises(ApiError) as caught:
        account({"id": 1, "status": "needs_approval"}).update_request(request_id, body)
    assert caught.value.status == status


# ---- changes by others


def test_each_reissue_has_a_request_of_its_own() -> None:
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


def test_issued_order_gets_a_certificate() -> None:
    held = account({"id": 1, "status": "pending"})
    assert "id" not in held.order_info(1)["certificate"]
    held.edit(1, status="issued", certificate={"signature_hash": "sha384"})
    info = held.order_info(1)
    assert (info["requests"][0]["status"], info["has_pending_request"]) == ("approved", False)
    assert {"id", "serial_number", "thumbprint", "valid_from", "valid_till"} <= set(info["certificate"])
    assert row(held)["certificate"]["signature_hash"] == "sha384"
    assert held.changes == []


def test_pending_reissue_blocks_a_revocation() -> None:
    held = account({"id": 1, "status": "reissue_pending"})
    with pytest.raises(ValueError, match="order 1 has a pending reissue"):
        held.edit(1, status="revoked")
    assert held.order_info(1)["status"] == "reissue_pending"
    held.edit(1, status="revoked", requests=[])
    assert held.order_info(1)["status"] == "revoked"


def test_orders_are_added_and_removed() -> None:
    held = account({"id": 1})
    assert held.add([{"id": 5, "status": "pending"}]) == [5]
    assert held.order_info(5)["date_created"] == "2026-06-15T12:00:00+00:00"
    held.remove(1)
    with pytest.raises(ApiError):
        held.order_info(1)
    for change in (held.edit, held.remove):
        with pytest.raises(KeyError, match="no order 1"):
            change(1)
