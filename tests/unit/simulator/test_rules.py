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

Seed = dict[str, Any]
Sent = tuple[Any, ...]
CANCEL: Sent = ("canceled", NOTE)
MARK: Sent = ("renewed",)
UNMARK: Sent = ("not_renewed",)
MIGRATED: Seed = {"migrated": True, "valid_in_days": 30}
TOO_EARLY: Seed = {"migrated": True, "valid_in_days": facts.RENEWAL_DAYS + 1}
RENEWED_BY_9: Seed = {"is_renewed": True, "renewed_order_id": 9}
NOT_TO_CANCEL = sorted({*facts.STATUSES} - {*facts.STATUSES_TO_CANCEL, facts.STATUS_WITH_REISSUE})


@pytest.mark.parametrize(
    ("seed", "sent", "status"),
    [
        *[({"status": status}, CANCEL, "canceled") for status in facts.STATUSES_TO_CANCEL],
        ({"status": "reissue_pending"}, CANCEL, "issued"),
        *[({**MIGRATED, "valid_in_days": days}, MARK, "issued") for days in (facts.RENEWAL_DAYS, 30, 0)],
        ({**MIGRATED, "valid_in_days": -400, "status": "expired"}, MARK, "expired"),
        *[(seed, UNMARK, "issued") for seed in ({"is_renewed": True}, {"status": "renewed"}, RENEWED_BY_9)],
    ],
)
def test_documented_change_is_made(seed: Seed, sent: Sent, status: str) -> None:
    held = account({"id": 1, **seed})
    assert put(held, *sent) is True
    assert (held.order_info(1)["status"], row(held)["status"], row(held)["is_renewed"]) == (
        status,
        status,
        sent is MARK,
    )


@pytest.mark.parametrize(
    ("seed", "sent"),
    [
        *[({"status": status}, CANCEL) for status in NOT_TO_CANCEL],
        *[({"status": s}, ("canceled", note)) for s in ("pending", "reissue_pending") for note in (None, "  \n", 7)],
        *[(seed, MARK) for seed in (TOO_EARLY, {**TOO_EARLY, "order_valid_in_days": 30}, {"valid_in_days": 30})],
        *[(seed, MARK) for seed in ({"migrated": True, "status": "pending"}, {**MIGRATED, "is_renewed": True})],
        ({}, UNMARK),
        *[({"status": "pending"}, (status, NOTE)) for status in (None, "Canceled", "CANCELED", "cancelled")],
    ],
)
def test_any_other_change_is_rejected(seed: Seed, sent: Sent) -> None:
    error = refusal(account({"id": 1, **seed}), *sent)
    assert error.status == 400
    assert set(error.body()["errors"][0]) == {"code", "message"}


@pytest.mark.parametrize(
    ("quirks", "seed", "sent", "outcome"),
    [
        ({"reissue_cancel_needs_note": False}, {"status": "reissue_pending"}, ("canceled",), True),
        ({"reissue_cancel_needs_note": False}, {"status": "pending"}, ("canceled",), 400),
        ({"upper_case_canceled": True}, {"status": "pending"}, ("CANCELED", NOTE), True),
        ({"upper_case_canceled": True}, {"status": "pending"}, ("Canceled", NOTE), 400),
        ({"illegal_transition_status": 409}, {}, CANCEL, 409),
        ({"unmark_renewed_by_order": False}, RENEWED_BY_9, UNMARK, 400),
        # A change that was made before is an error, unless it has no effect.
        ({"repeat_change": "noop"}, {"status": "canceled"}, CANCEL, False),
        ({"repeat_change": "noop"}, {"is_renewed": True}, MARK, False),
        ({"repeat_change": "noop"}, {}, UNMARK, False),
    ],
)
def test_quirk_decides_about_a_change(quirks: Seed, seed: Seed, sent: Sent, outcome: bool | int) -> None:
    held = account({"id": 1, **seed}, **quirks)
    if outcome in (True, False):
        assert put(held, *sent) is outcome
        assert len(held.changes) == outcome
    else:
        assert refusal(held, *sent).status == outcome


def test_change_is_noted_with_its_time() -> None:
    clock = Clock()
    held = account({"id": 1, "status": "pending"}, clock=clock)
    clock.seconds = 3.5
    put(held, *CANCEL)
    before, after = ({"status": status, "is_renewed": False} for status in ("pending", "canceled"))
    assert held.changes == [Change(1, 1, "canceled", NOTE, before, after, "2026-06-15T12:00:03+00:00", 3.5)]


def test_request_of_a_canceled_reissue_is_rejected() -> None:
    held = account({"id": 1, "status": "reissue_pending"})
    put(held, *CANCEL)
    shown = [
        (entry["type"], entry["status"], entry.get("processor_comment")) for entry in held.order_info(1)["requests"]
    ]
    assert shown[0][:2] == ("new_request", "approved") and shown[1] == ("reissue", "rejected", NOTE)


@pytest.mark.parametrize(("quirk", "left"), [("unchanged", ["approved"]), ("rejected", ["rejected"]), ("gone", [])])
def test_request_of_an_approved_reissue_ends_as_the_quirk_says(quirk: str, left: list[str]) -> None:
    held = account({"id": 1, "status": "reissue_pending"}, approved_reissue_request=quirk)
    held.update_request(11, {"status": "approved"})
    put(held, *CANCEL)
    info = held.order_info(1)
    assert (info["status"], [request["status"] for request in info["requests"]]) == ("issued", ["approved", *left])


@pytest.mark.parametrize("body", [None, [], "canceled", {}])
def test_body_that_is_not_a_change_is_rejected(body: object) -> None:
    held = account({"id": 1, "status": "pending"})
    with pytest.raises(ApiError) as caught:
        held.update_status(1, body)
    assert (caught.value.status, held.changes) == (400, [])


def test_unknown_order_is_not_found() -> None:
    error = refusal(account(), "renewed", order_id=7)
    assert (error.status, error.code) == (404, "not_found|order")


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
    found = [(entry["id"], entry["status"]) for entry in info["requests"]]
    assert found == [(10, "approved"), (11, "rejected"), (12, "pending")]
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
