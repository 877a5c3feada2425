"""The rules for changes by the status endpoint and by others (docs/api.md, section 3)."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.account import ApiError, Change
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, account, put, refusal, row

Seed = dict[str, Any]
Sent = tuple[Any, ...]
CANCEL: Sent = ("canceled", NOTE)
MARK: Sent = ("renewed",)
UNMARK: Sent = ("not_renewed",)
MIGRATED: Seed = {"migrated": True, "valid_in_days": 30}
TOO_EARLY: Seed = {"migrated": True, "valid_in_days": facts.RENEWAL_DAYS + 1}
RENEWED_BY_9: Seed = {"is_renewed": True, "renewed_order_id": 9}
REISSUE: Seed = {"status": "reissue_pending"}
NOT_TO_CANCEL = sorted({*facts.STATUSES} - {*facts.STATUSES_TO_CANCEL, facts.STATUS_WITH_REISSUE})


@pytest.mark.parametrize(
    ("seed", "sent", "status"),
    [
        *[({"status": status}, CANCEL, "canceled") for status in facts.STATUSES_TO_CANCEL],
        (REISSUE, CANCEL, "issued"),
        *[({**MIGRATED, "valid_in_days": days}, MARK, "issued") for days in (facts.RENEWAL_DAYS, 0)],
        ({**MIGRATED, "valid_in_days": -400, "status": "expired"}, MARK, "expired"),
        *[(seed, UNMARK, "issued") for seed in ({"is_renewed": True}, {"status": "renewed"}, RENEWED_BY_9)],
    ],
)
def test_documented_change_is_made(seed: Seed, sent: Sent, status: str) -> None:
    held = account({"id": 1, **seed})
    assert put(held, *sent) is True
    shown = row(held)
    assert (held.order_info(1)["status"], shown["status"], shown["is_renewed"]) == (status, status, sent is MARK)
    assert held.changes == [Change(1, *sent, *([] if sent is CANCEL else [None]))]


@pytest.mark.parametrize(
    ("seed", "sent"),
    [
        *[({"status": status}, CANCEL) for status in NOT_TO_CANCEL],
        *[({"status": s}, ("canceled", note)) for s in ("pending", "reissue_pending") for note in (None, "  \n", 7)],
        *[(seed, MARK) for seed in (TOO_EARLY, {**TOO_EARLY, "order_valid_in_days": 30}, {"valid_in_days": 30})],
        *[(seed, MARK) for seed in ({"migrated": True, "status": "pending"}, {**MIGRATED, "is_renewed": True})],
        ({}, UNMARK),
        *[({"status": "pending"}, (status, NOTE)) for status in (None, "CANCELED", "cancelled")],
    ],
)
def test_any_other_change_is_rejected(seed: Seed, sent: Sent) -> None:
    assert refusal(account({"id": 1, **seed}), *sent).status == 400


@pytest.mark.parametrize("body", [None, [], "canceled", {}])
def test_body_that_is_not_a_change_is_rejected(body: object) -> None:
    held = account({"id": 1, "status": "pending"})
    with pytest.raises(ApiError, match="400"):
        held.update_status(1, body)
    assert held.changes == []


@pytest.mark.parametrize(
    ("quirks", "seed", "sent", "outcome"),
    [
        ({"illegal_transition_status": 409}, {}, CANCEL, 409),
        ({"unmark_renewed_by_order": False}, RENEWED_BY_9, UNMARK, 400),
        # A change that was made before is an error, unless it has no effect.
        *[
            ({"repeat_change": "noop"}, seed, sent, None)
            for seed, sent in (({"status": "canceled"}, CANCEL), ({"is_renewed": True}, MARK), ({}, UNMARK))
        ],
    ],
)
def test_quirk_decides_about_a_change(quirks: Seed, seed: Seed, sent: Sent, outcome: int | None) -> None:
    held = account({"id": 1, **seed}, **quirks)
    if outcome:
        assert refusal(held, *sent).status == outcome
    else:
        assert put(held, *sent) is False
        assert held.changes == []


@pytest.mark.parametrize("quirk", ["unchanged", "rejected", "gone"])
@pytest.mark.parametrize("before", ["pending", "approved"])
def test_request_of_a_canceled_reissue_is_rejected_or_ends_as_the_quirk_says(before: str, quirk: str) -> None:
    held = account({"id": 1, **REISSUE}, approved_reissue_request=quirk)
    first, reissue = held.order_info(1)["requests"]
    held.edit(1, requests=[first, {**reissue, "status": before}])
    put(held, *CANCEL)
    ends = {
        "unchanged": [{**reissue, "status": "approved"}],
        "rejected": [{**reissue, "status": "rejected", "processor_comment": NOTE}],
        "gone": [],
    }
    assert held.order_info(1)["requests"] == [first, *ends["rejected" if before == "pending" else quirk]]


# ---- changes by others


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
    held = account({"id": 1, "status": "pending"})
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
    assert held.add([{"id": 5, "status": "pending"}]) == [5]
    assert held.order_info(5)["date_created"] == "2026-06-15T12:00:00+00:00"
    held.remove(1)
    error = refusal(held, *MARK)
    assert (error.status, error.code) == (404, "not_found|order")
    with pytest.raises(ApiError):
        held.order_info(1)
    for change in (held.edit, held.remove):
        with pytest.raises(KeyError, match="no order 1"):
            change(1)
