# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds, and what order info and rows show of them (sections 4, 5 and 8 of the facts)."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests.simulator.account import ApiError
from ansible_collections.certops.certcentral.tests.simulator.quirks import Quirks, describe
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, account, ids, put, row

ISSUED_ONLY = {"serial_number", "valid_from", "valid_till", "days_remaining"}


@pytest.mark.parametrize("status", ["needs_approval", "pending", "waiting_pickup", "rejected", "canceled"])
def test_a_certificate_before_issuance(status: str) -> None:
    held = account({"id": 1, "status": status})
    info = held.order_info(1)
    assert not {"id", "thumbprint", *ISSUED_ONLY} & set(info["certificate"])
    assert "order_valid_till" not in info
    certificate = row(held)["certificate"]
    assert certificate["id"] == 5_000_001, "rows have it earlier than order info"
    assert not ISSUED_ONLY & set(certificate)


@pytest.mark.parametrize("status", ["issued", "expired", "revoked", "reissue_pending"])
def test_a_certificate_after_issuance(status: str) -> None:
    held = account({"id": 1, "status": status})
    certificate = held.order_info(1)["certificate"]
    assert {"id", "thumbprint", *ISSUED_ONLY} <= set(certificate)
    assert certificate["status"] == ("revoked" if status == "revoked" else "approved")
    assert {"id", *ISSUED_ONLY} - {"valid_from"} <= set(row(held)["certificate"])


def test_a_seed_stands_as_given() -> None:
    seed = {
        "id": 2**40,
        "organization": [],
        "is_multi_year_plan": "1",
        "renewed_order_id": None,
        "certificate": {"common_name": "a.example.com", "valid_till": "2026-07-01"},
        "created_days_ago": 10,
        "omit": ["container", "certificate.thumbprint"],
        "omit_in_rows": ["is_renewed", "certificate.id"],
        "migrated": True,
    }
    held = account(seed)
    info, listed = held.order_info(2**40), row(held, 2**40)
    assert info["organization"] == listed["organization"] == []
    assert info["is_multi_year_plan"] == listed["is_multi_year_plan"] == "1"
    assert info["renewed_order_id"] is None
    assert info["certificate"]["dns_names"] == ["a.example.com"]
    assert (info["certificate"]["valid_till"], info["certificate"]["days_remaining"]) == ("2026-07-01", 16)
    assert info["date_created"] == "2026-06-05T12:00:00+00:00"
    assert not {"container", "migrated", "omit", "omit_in_rows", "created_days_ago"} & set(info)
    assert "thumbprint" not in info["certificate"]
    assert "container" in listed
    assert "is_renewed" not in listed
    assert "id" not in listed["certificate"]
    held.orders[2**40]["organization"].append(1)
    assert seed["organization"] == [], "the caller's seed is not shared"


def test_an_order_ends_when_its_certificate_does_or_goes_on() -> None:
    held = account(
        {"id": 1, "valid_in_days": 20},
        {
            "id": 2,
            "valid_in_days": 20,
            "valid_from_days_ago": 179,
            "created_days_ago": 400,
            "order_valid_in_days": 700,
            "is_multi_year_plan": "1",
        },
    )
    assert held.order_info(1)["order_valid_till"] == held.order_info(1)["certificate"]["valid_till"] == "2026-07-05"
    info = held.order_info(2)
    assert (info["order_valid_till"], info["certificate"]["valid_till"]) == ("2028-05-15", "2026-07-05")
    assert (info["date_created"][:10], info["certificate"]["valid_from"]) == ("2025-05-11", "2025-12-18")
    assert info["is_multi_year_plan"] == "1"


def test_rows_are_not_richer_than_the_facts() -> None:
    held = account({"id": 1, "renewed_order_id": 7, "is_renewal": True, "renewal_of_order_id": 3, "omit": ["product"]})
    listed = row(held)
    assert set(listed["product"]) == {"name_id", "name", "type"}
    assert listed["product_name_id"] == listed["product"]["name_id"]
    assert set(listed["organization"]) == {"id", "name"}
    assert not {"renewed_order_id", "is_renewal", "renewal_of_order_id", "requests", "notes", "user"} & set(listed)
    assert not {"valid_from", "thumbprint", "status", "csr"} & set(listed["certificate"])
    assert "order_valid_till" not in listed
    assert listed["number_of_sans"] == 1


def test_order_info_is_not_richer_than_the_facts() -> None:
    info = account({"id": 1, "disable_renewal_notifications": True, "has_duplicates": True}).order_info(1)
    assert "is_renewed" not in info
    assert {"validation_type", "validation_name", "validation_description"} <= set(info["product"])
    assert {"first_name", "last_name"} <= set(info["user"])
    assert not {"price", "product_name_id", "has_duplicates", "disable_renewal_notifications"} & set(info)
    assert (info["auto_renew"], info["auto_reissue"], info["has_pending_request"]) == (0, 0, False)


def test_generate_many() -> None:
    held = account()
    made = held.generate(
        [{"count": 5, "first_id": 10, "certificate": {"common_name": "h{n}-{id}"}, "cycle": {"valid_in_days": [1, 2]}}]
    )
    assert made == [10, 11, 12, 13, 14]
    assert [held.order_info(order_id)["certificate"]["days_remaining"] for order_id in made] == [1, 2, 1, 2, 1]
    assert held.order_info(12)["certificate"]["common_name"] == "h2-12"
    assert held.generate([{"count": 1}]) == [15]


# ---- quirks


def test_quirk_canceled_order_readable() -> None:
    held = account({"id": 1, "status": "pending"}, {"id": 2}, canceled_order_readable=False)
    put(held, "canceled", NOTE)
    with pytest.raises(ApiError) as caught:
        held.order_info(1)
    assert caught.value.code == "not_found|order"
    assert ids(held) == [2]


def test_quirks_of_is_renewed() -> None:
    held = account({"id": 1, "is_renewed": True}, order_info_has_is_renewed=True, rows_have_is_renewed=False)
    assert held.order_info(1)["is_renewed"] is True
    assert "is_renewed" not in row(held)


def test_quirk_renewed_as_status() -> None:
    held = account({"id": 1, "migrated": True, "valid_in_days": 10}, renewed_as_status=True)
    put(held, "renewed")
    assert held.order_info(1)["status"] == "renewed"
    assert row(held)["status"] == "renewed"
    put(held, "not_renewed")
    assert held.order_info(1)["status"] == "issued"


def test_quirks_of_what_one_source_has_in_rows() -> None:
    orders: list[dict[str, Any]] = [{"id": 1}, {"id": 2, "status": "revoked"}, {"id": 3, "status": "pending"}]
    held = account(*orders, rows_have_valid_from=True, rows_have_order_valid_till=True)
    assert [("valid_from" in row(held, number)["certificate"]) for number in (1, 2, 3)] == [True, True, False]
    assert [("order_valid_till" in row(held, number)) for number in (1, 2, 3)] == [True, False, False]


def test_quirk_requests_are_ids() -> None:
    held = account({"id": 1, "status": "reissue_pending"}, requests_are_ids=True)
    assert held.order_info(1)["requests"] == [{"id": 10}, {"id": 11}]
    assert held.order_info(1)["has_pending_request"] is True


@pytest.mark.parametrize(("form", "shown"), [("bool", (True, 2)), ("int", (1, 2)), ("string", ("1", "2"))])
def test_quirk_flag_form(form: str, shown: tuple[Any, Any]) -> None:
    listed = row(account({"id": 1, "duplicates_count": 2}, flag_form=form))
    assert (listed["has_duplicates"], listed["duplicates_count"]) == shown
    assert type(listed["has_duplicates"]) is type(shown[0])


def test_quirks_refuse_what_they_do_not_know() -> None:
    quirks = Quirks()
    wrong = (
        ("red_lag", 1),
        ("read_lag", "1"),
        ("read_lag", True),
        ("read_lag_seconds", "1"),
        ("multi_value_id", "maybe"),
    )
    for name, value in wrong:
        with pytest.raises(ValueError, match=name):
            setattr(quirks, name, value)
    with pytest.raises(ValueError, match="no such quirk"):
        quirks.update({"read_lag": 5, "other": 1})
    assert quirks == Quirks()
    assert all(name in describe() for name in quirks.as_dict())
