"""Order details and rows have exactly the fields that docs/api.md lists, in the right forms (sections 4 and 5).

A field that no real response has could hide a bug of the collection.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.unit.simulator.support import account, put, row

PLACED = "2026-06-05T12:00:00+00:00"
PRODUCT = {"name_id": "ssl_securesite_flex", "name": "Secure Site OV", "type": "ssl_certificate"}
SHARED = {
    "id": 1,
    "status": "reissue_pending",
    "date_created": PLACED,
    "is_multi_year_plan": "1",
    "organization": {"id": 117483, "name": "Example Widgets Inc."},
    "container": {"id": 5, "name": "Example Division", "is_active": True},
}
CERTIFICATE = {
    "id": 5_000_001,
    "common_name": "order-1.example.com",
    "dns_names": ["order-1.example.com"],
    "valid_till": "2026-07-05",
    "days_remaining": 20,
    "serial_number": "07ADA4EAA22F1D49C01E52DDB7875B4B",
}
EMPTY: dict[str, Any] = {"auto_renew": 0, "auto_reissue": 0, "notes": [], "custom_fields": []}
INFO: dict[str, Any] = {
    **SHARED,
    "product": {**PRODUCT, "validation_type": "ov"},
    "certificate": {
        **CERTIFICATE,
        "date_created": PLACED,
        "valid_from": "2026-06-05",
        "thumbprint": "6B86B273FF34FCE19D6B804EFF5A3F5747ADA4EA",
        "status": "approved",
    },
    "order_valid_till": "2026-07-05",
    "user": {"id": 153208, "first_name": "Sim", "last_name": "Ulated", "email": "certs@example.com"},
    **EMPTY,
    "renewed_order_id": 7,
    "requests": [
        {"id": 10, "date": PLACED, "type": "new_request", "status": "approved", "comments": ""},
        {"id": 11, "date": "2026-06-15T12:00:00+00:00", "type": "reissue", "status": "pending", "comments": ""},
    ],
    "has_pending_request": True,
}
ROW: dict[str, Any] = {
    **SHARED,
    "product": PRODUCT,
    "product_name_id": "ssl_securesite_flex",
    "certificate": {**CERTIFICATE, "signature_hash": "sha256"},
    "is_renewed": False,
    "price": 399,
    "number_of_sans": 1,
    "order_validity": {"years": 1},
    "cert_validity": {"years": 1},
    "duplicates_count": 2,
    "has_duplicates": True,
    "reissues_count": 0,
    "has_reissues": False,
}
# The fields of a certificate, in order details and in rows, that exist from its issuance on.
ISSUED = {"id", "valid_from", "valid_till", "days_remaining", "serial_number", "thumbprint", "status"}
ROW_ISSUED = {"valid_till", "days_remaining", "serial_number"}
STRINGS = {"duplicates_count": "2", "has_duplicates": "1", "reissues_count": "0", "has_reissues": "0"}


@pytest.mark.parametrize(
    ("quirks", "info", "listed"),
    [
        ({}, INFO, ROW),
        ({"order_info_has_is_renewed": True}, {**INFO, "is_renewed": False}, ROW),
        ({"requests_are_ids": True}, {**INFO, "requests": [{"id": 10}, {"id": 11}]}, ROW),
        ({"rows_have_is_renewed": False}, INFO, {name: held for name, held in ROW.items() if name != "is_renewed"}),
        (
            {"rows_have_valid_from": True},
            INFO,
            {**ROW, "certificate": {**CERTIFICATE, "signature_hash": "sha256", "valid_from": "2026-06-05"}},
        ),
        ({"flag_form": "int"}, INFO, {**ROW, "has_duplicates": 1, "has_reissues": 0}),
        ({"flag_form": "string"}, INFO, {**ROW, **STRINGS}),
    ],
)
def test_views_have_exactly_these_fields(quirks: dict[str, Any], info: dict[str, Any], listed: dict[str, Any]) -> None:
    more = {"renewed_order_id": 7, "is_multi_year_plan": "1", "duplicates_count": 2, "migrated": True}
    held = account(
        {"id": 1, "status": "reissue_pending", "valid_in_days": 20, "created_days_ago": 10, **more}, **quirks
    )
    for shown, expected in ((held.order_info(1), info), (row(held), listed)):
        # In JSON, true differs from 1.
        assert json.loads(json.dumps(shown), parse_int=repr) == json.loads(json.dumps(expected), parse_int=repr)


# Whether an order with the status approved has a certificate is not known.
@pytest.mark.parametrize("status", [status for status in facts.STATUSES if status != "approved"])
def test_only_orders_that_were_issued_have_these_fields(status: str) -> None:
    held = account({"id": 1, "status": status})
    absent = status not in facts.STATUSES_ISSUED
    info = held.order_info(1)
    assert ("order_valid_till" not in info) == absent
    assert INFO["certificate"].keys() - info["certificate"].keys() == (ISSUED if absent else set())
    assert ROW["certificate"].keys() - row(held)["certificate"].keys() == (ROW_ISSUED if absent else set())


def test_mark_can_show_as_status() -> None:
    held = account({"id": 1, "migrated": True, "valid_in_days": 10}, renewed_as_status=True)
    put(held, "renewed")
    assert held.order_info(1)["status"] == row(held)["status"] == "renewed"
    put(held, "not_renewed")
    assert held.order_info(1)["status"] == "issued"


def test_fields_of_a_seed_are_shown_unchanged() -> None:
    seed = {
        "id": 1,
        "organization": [],
        "renewed_order_id": None,
        "certificate": {"common_name": "a.example.com", "valid_till": "2026-07-01"},
        "omit": ["container", "certificate.thumbprint"],
        "omit_in_rows": ["is_renewed", "certificate.id"],
    }
    held = account(seed)
    info, listed = held.order_info(1), row(held)
    assert info["organization"] == listed["organization"] == []
    assert info["renewed_order_id"] is None
    assert info["certificate"]["dns_names"] == ["a.example.com"]
    assert (info["certificate"]["valid_till"], info["certificate"]["days_remaining"]) == ("2026-07-01", 16)
    assert not {"container", "omit", "omit_in_rows"} & set(info) and "thumbprint" not in info["certificate"]
    assert "container" in listed and "is_renewed" not in listed and "id" not in listed["certificate"]
    held.orders[1]["organization"].append(1)
    assert seed["organization"] == [], "the account does not share the seed with the caller"
