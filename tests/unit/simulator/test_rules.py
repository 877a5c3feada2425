"""Changes by the status endpoint and by others (docs/api.md, section 3)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.account import ApiError, Change
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, account, put, row

Seed = dict[str, Any]
Sent = tuple[Any, ...]
CANCEL, MARK, UNMARK = ("canceled", NOTE), ("renewed", None), ("not_renewed", None)
PENDING: Seed = {"status": "pending"}
REISSUE: Seed = {"status": "reissue_pending"}
MARKED: Seed = {"is_renewed": True}
RENEWED: Seed = {**MARKED, "renewed_order_id": 9}
TOO_EARLY: Seed = {"migrated": True, "valid_in_days": facts.RENEWAL_DAYS + 1}
NOT_TO_CANCEL = sorted({*facts.STATUSES} - {*facts.STATUSES_TO_CANCEL, facts.STATUS_WITH_REISSUE})
NOOP: Seed = {"repeat_change": "noop"}


def ends(days: int) -> Seed:
    """Return a migrated order whose certificate ends in this number of days."""
    return {"migrated": True, "valid_in_days": days}


@pytest.mark.parametrize(
    ("seed", "sent", "outcome", "quirks"),
    [
        # The change is made, and the order has this status.
        *[({"status": status}, CANCEL, "canceled", {}) for status in facts.STATUSES_TO_CANCEL],
        (REISSUE, CANCEL, "issued", {}),
        *[(ends(days), MARK, "issued", {}) for days in (facts.RENEWAL_DAYS, 0)],
        ({**ends(-400), "status": "expired"}, MARK, "expired", {}),
        *[(seed, UNMARK, "issued", {}) for seed in (MARKED, RENEWED, {"status": "renewed"})],
        (TOO_EARLY, MARK, "issued", {"utc_offset_hours": 13}),
        *[
            (ends(30), MARK, "renewed", {"renewed_as_status": True}),
            (MARKED, UNMARK, "issued", {"renewed_as_status": True}),
        ],
        # The response is an error with this status, and nothing changes.
        *[({"status": status}, CANCEL, 400, {}) for status in NOT_TO_CANCEL],
        *[(seed, ("canceled", note), 400, {}) for seed in (PENDING, REISSUE) for note in (None, "  \n", 7)],
        *[(seed, MARK, 400, {}) for seed in (TOO_EARLY, {**TOO_EARLY, "order_valid_in_days": 30})],
        *[(seed, MARK, 400, {}) for seed in ({"valid_in_days": 30}, {**PENDING, "migrated": True})],
        *[(seed, sent, 400, {}) for seed, sent in (({**ends(30), **MARKED}, MARK), ({}, UNMARK))],
        *[(PENDING, (status, NOTE), 400, {}) for status in (None, "CANCELED", "cancelled")],
        (ends(facts.RENEWAL_DAYS), MARK, 400, {"utc_offset_hours": -13}),
        ({}, CANCEL, 409, {"illegal_transition_status": 409}),
        (RENEWED, UNMARK, 400, {"unmark_renewed_by_order": False}),
        # The change is accepted, but has no effect.
        *[({"status": "canceled"}, CANCEL, None, NOOP), (MARKED, MARK, None, NOOP), ({}, UNMARK, None, NOOP)],
    ],
)
def test_change_is_made_or_rejected_or_without_effect(
    seed: Seed, sent: Sent, outcome: str | int | None, quirks: Seed
) -> None:
    held = account({"id": 1, **seed}, **quirks)
    before = copy.deepcopy(held.orders)
    try:
        found = held.order_info(1)["status"] if put(held, *sent) else None
    except ApiError as error:
        found = error.status
    assert found == outcome
    if isinstance(outcome, str):
        assert (row(held)["status"], row(held)["is_renewed"]) == (outcome, sent is MARK)
        assert held.changes == [Change(1, *sent)]
    else:
        assert (held.orders, held.changes) == (before, [])


@pytest.mark.parametrize("quirk", ["unchanged", "rejected", "gone"])
@pytest.mark.parametrize("before", ["pending", "approved"])
def test_request_of_a_canceled_reissue_is_rejected_or_ends_as_the_quirk_says(before: str, quirk: str) -> None:
    held = account({"id": 1, **REISSUE}, approved_reissue_request=quirk)
    first, reissue = held.order_info(1)["requests"]
    held.edit(1, requests=[first, {**reissue, "status": before}])
    put(held, *CANCEL)
    rejected = {**reissue, "status": "rejected", "processor_comment": NOTE}
    left = {"unchanged": [{**reissue, "status": "approved"}], "rejected": [rejected], "gone": []}
    assert held.order_info(1)["requests"] == [first, *left["rejected" if before == "pending" else quirk]]


def test_each_reissue_has_a_request_of_its_own() -> None:
    held = account({"id": 1})
    held.edit(1, status="reissue_pending")
    put(held, *CANCEL)
    held.edit(1, status="reissue_pending")
    shown = [(entry["id"], entry["status"]) for entry in held.order_info(1)["requests"]]
    assert shown == [(10, "approved"), (11, "rejected"), (12, "pending")]
    held.edit(1, status="issued")
    assert held.order_info(1)["requests"][2]["status"] == "approved"


@pytest.mark.parametrize(("status", "request_status"), [("issued", "approved"), ("rejected", "rejected")])
def test_status_of_a_pending_order_settles_its_request_and_its_certificate(status: str, request_status: str) -> None:
    held = account({"id": 1, **PENDING})
    assert "id" not in held.order_info(1)["certificate"]
    held.edit(1, status=status, certificate={"signature_hash": "sha384"})
    info = held.order_info(1)
    assert (info["requests"][0]["status"], info["has_pending_request"]) == (request_status, False)
    fields = {"id", "serial_number", "thumbprint", "valid_from", "valid_till"}
    assert fields & set(info["certificate"]) == (fields if status == "issued" else set())
    assert row(held)["certificate"]["signature_hash"] == "sha384"
    assert held.changes == []


def test_pending_reissue_blocks_a_revocation() -> None:
    held = account({"id": 1, **REISSUE})
    with pytest.raises(ValueError, match="order 1 has a pending reissue"):
        held.edit(1, status="revoked")
    assert held.order_info(1)["status"] == "reissue_pending"
    held.edit(1, status="revoked", requests=[])
    assert held.order_info(1)["status"] == "revoked"


def test_orders_are_added_and_removed() -> None:
    held = account({"id": 1})
    assert held.add([{"id": 5, **PENDING}]) == [5]
    assert held.order_info(5)["date_created"] == "2026-06-15T12:00:00+00:00"
    held.remove(1)
    for request in (held.order_info, lambda order_id: put(held, *CANCEL, order_id=order_id)):
        with pytest.raises(ApiError, match=r"404 not_found\|order"):
            request(1)
    for change in (held.edit, held.remove):
        with pytest.raises(KeyError, match="1"):
            change(1)
