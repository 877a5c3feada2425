"""Order details and rows have exactly the fields that docs/api.md lists, in the right forms (sections 4 and 5).

A field that no real response has could hide a bug of the collection.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.unit.simulator.support import account, row

INFO = json.loads("""{
    "id": 1, "status": "reissue_pending", "date_created": "2026-06-05T12:00:00+00:00", "is_multi_year_plan": "1",
    "organization": {"id": 117483, "name": "Example Widgets Inc."},
    "container": {"id": 5, "name": "Example Division", "is_active": true},
    "product": {"name_id": "ssl_securesite_flex", "name": "Secure Site OV", "type": "ssl_certificate",
        "validation_type": "ov"},
    "certificate": {"id": 5000001, "common_name": "order-1.example.com", "dns_names": ["order-1.example.com"],
        "date_created": "2026-06-05T12:00:00+00:00", "valid_from": "2026-06-05", "valid_till": "2026-07-05",
        "days_remaining": 20, "serial_number": "07ADA4EAA22F1D49C01E52DDB7875B4B",
        "thumbprint": "6B86B273FF34FCE19D6B804EFF5A3F5747ADA4EA", "status": "approved"},
    "order_valid_till": "2026-07-05", "auto_renew": 0, "auto_reissue": 0, "notes": [], "custom_fields": [],
    "user": {"id": 153208, "first_name": "Sim", "last_name": "Ulated", "email": "certs@example.com"},
    "renewed_order_id": 7,
    "requests": [
        {"id": 10, "date": "2026-06-05T12:00:00+00:00", "type": "new_request", "status": "approved", "comments": ""},
        {"id": 11, "date": "2026-06-15T12:00:00+00:00", "type": "reissue", "status": "pending", "comments": ""}],
    "has_pending_request": true
}""")
ROW = json.loads("""{
    "id": 1, "status": "reissue_pending", "date_created": "2026-06-05T12:00:00+00:00", "is_multi_year_plan": "1",
    "organization": {"id": 117483, "name": "Example Widgets Inc."},
    "container": {"id": 5, "name": "Example Division", "is_active": true},
    "product": {"name_id": "ssl_securesite_flex", "name": "Secure Site OV", "type": "ssl_certificate"},
    "product_name_id": "ssl_securesite_flex",
    "certificate": {"id": 5000001, "common_name": "order-1.example.com", "dns_names": ["order-1.example.com"],
        "valid_till": "2026-07-05", "days_remaining": 20, "serial_number": "07ADA4EAA22F1D49C01E52DDB7875B4B",
        "signature_hash": "sha256"},
    "is_renewed": false, "price": 399, "number_of_sans": 1, "order_validity": {"years": 1}, "cert_validity": {"years": 1},
    "duplicates_count": 2, "has_duplicates": true, "reissues_count": 0, "has_reissues": false
}""")
STRINGS = {"duplicates_count": "2", "has_duplicates": "1", "reissues_count": "0", "has_reissues": "0"}
# The fields of a certificate, in order details and in rows, that exist from its issuance on.
ISSUED = {"id", "valid_from", "valid_till", "days_remaining", "serial_number", "thumbprint", "status"}
ROW_ISSUED = {"valid_till", "days_remaining", "serial_number"}


@pytest.mark.parametrize(
    ("quirks", "info", "listed"),
    [
        ({}, INFO, ROW),
        ({"order_info_has_is_renewed": True}, {**INFO, "is_renewed": False}, ROW),
        ({"requests_are_ids": True}, {**INFO, "requests": [{"id": 10}, {"id": 11}]}, ROW),
        ({"rows_have_is_renewed": False}, INFO, {name: held for name, held in ROW.items() if name != "is_renewed"}),
        (
            *({"rows_have_valid_from": True}, INFO),
            {**ROW, "certificate": {**ROW["certificate"], "valid_from": "2026-06-05"}},
        ),
        ({"flag_form": "int"}, INFO, {**ROW, "has_duplicates": 1, "has_reissues": 0}),
        ({"flag_form": "string"}, INFO, {**ROW, **STRINGS}),
    ],
)
def test_views_have_exactly_these_fields(quirks: dict[str, Any], info: dict[str, Any], listed: dict[str, Any]) -> None:
    more = {"renewed_order_id": 7, "is_multi_year_plan": "1", "duplicates_count": 2, "migrated": True}
    seed = {"id": 1, "status": "reissue_pending", "valid_in_days": 20, "created_days_ago": 10, **more}
    held = account(seed, **quirks)
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


def test_order_ends_with_its_certificate_unless_the_seed_says_otherwise() -> None:
    dates = {"valid_in_days": 20, "valid_from_days_ago": 179, "created_days_ago": 400, "order_valid_in_days": 700}
    held = account({"id": 1, "valid_in_days": 20}, {"id": 2, **dates})
    assert held.order_info(1)["order_valid_till"] == held.order_info(1)["certificate"]["valid_till"] == "2026-07-05"
    info = held.order_info(2)
    assert (info["order_valid_till"], info["certificate"]["valid_till"]) == ("2028-05-15", "2026-07-05")
    assert (info["date_created"][:10], info["certificate"]["valid_from"]) == ("2025-05-11", "2025-12-18")


def test_fields_of_a_seed_are_shown_unchanged_or_left_out() -> None:
    hidden = {"omit": ["container", "certificate.thumbprint"], "omit_in_rows": ["is_renewed", "certificate.id"]}
    given = {"common_name": "a.example.com", "valid_till": "2026-07-01"}
    seed = {"id": 1, "organization": [], "renewed_order_id": None, "certificate": given, **hidden}
    held = account(seed)
    info, listed = held.order_info(1), row(held)
    assert {"organization": [], "renewed_order_id": None}.items() <= info.items()
    assert {**given, "dns_names": ["a.example.com"], "days_remaining": 16}.items() <= info["certificate"].items()
    assert not {"container", "omit", "omit_in_rows"} & info.keys() and "thumbprint" not in info["certificate"]
    assert listed["organization"] == [] and "container" in listed
    assert "is_renewed" not in listed and "id" not in listed["certificate"]
    held.orders[1]["organization"].append(1)
    assert seed["organization"] == [], "the account does not share the seed with the caller"
