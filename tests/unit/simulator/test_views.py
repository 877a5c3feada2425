# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds, and what order details and rows show of them (docs/api.md, sections 4, 5 and 8). See also test_contract.py."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests.simulator.account import ApiError
from ansible_collections.certops.certcentral.tests.simulator.quirks import Quirks, describe
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, account, ids, put, row


def test_fields_of_a_seed_are_shown_unchanged() -> None:
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
    assert seed["organization"] == [], "the account does not share the seed with the caller"


def test_order_ends_with_its_certificate_unless_the_seed_says_otherwise() -> None:
    ends = {"valid_in_days": 20, "valid_from_days_ago": 179, "created_days_ago": 400, "order_valid_in_days": 700}
    held = account({"id": 1, "valid_in_days": 20}, {"id": 2, **ends, "is_multi_year_plan": "1"})
    assert held.order_info(1)["order_valid_till"] == held.order_info(1)["certificate"]["valid_till"] == "2026-07-05"
    info = held.order_info(2)
    assert (info["order_valid_till"], info["certificate"]["valid_till"]) == ("2028-05-15", "2026-07-05")
    assert (info["date_created"][:10], info["certificate"]["valid_from"]) == ("2025-05-11", "2025-12-18")
    assert info["is_multi_year_plan"] == "1"


def test_compact_description_makes_many_orders() -> None:
    held = account()
    made = held.generate(
        [{"count": 5, "first_id": 10, "certificate": {"common_name": "h{n}-{id}"}, "cycle": {"valid_in_days": [1, 2]}}]
    )
    assert made == [10, 11, 12, 13, 14]
    assert [held.order_info(order_id)["certificate"]["days_remaining"] for order_id in made] == [1, 2, 1, 2, 1]
    assert held.order_info(12)["certificate"]["common_name"] == "h2-12"
    assert held.generate([{"count": 1}]) == [15]


# ---- quirks


def test_canceled_order_can_be_unreadable() -> None:
    held = account({"id": 1, "status": "pending"}, {"id": 2}, canceled_order_readable=False)
    put(held, "canceled", NOTE)
    with pytest.raises(ApiError) as caught:
        held.order_info(1)
    assert (caught.value.code, ids(held)) == ("not_found|order", [2])


def test_mark_can_show_as_status() -> None:
    held = account({"id": 1, "migrated": True, "valid_in_days": 10}, renewed_as_status=True)
    put(held, "renewed")
    assert held.order_info(1)["status"] == "renewed"
    assert row(held)["status"] == "renewed"
    put(held, "not_renewed")
    assert held.order_info(1)["status"] == "issued"


@pytest.mark.parametrize(("form", "shown"), [("bool", (True, 2)), ("int", (1, 2)), ("string", ("1", "2"))])
def test_flags_and_counts_have_the_form_of_the_quirk(form: str, shown: tuple[Any, Any]) -> None:
    listed = row(account({"id": 1, "duplicates_count": 2}, flag_form=form))
    assert (listed["has_duplicates"], listed["duplicates_count"]) == shown
    assert type(listed["has_duplicates"]) is type(shown[0])


def test_unknown_quirks_and_wrong_values_are_refused() -> None:
    quirks = Quirks()
    wrong: tuple[tuple[str, Any], ...] = (
        ("red_lag", 1),
        ("read_lag", "1"),
        ("read_lag", True),
        ("repeat_change", "maybe"),
    )
    for name, value in wrong:
        with pytest.raises(ValueError, match=name):
            setattr(quirks, name, value)
    with pytest.raises(ValueError, match="no such quirk"):
        quirks.update({"read_lag": 5, "other": 1})
    assert quirks == Quirks()
    assert all(name in describe() for name in quirks.as_dict())
