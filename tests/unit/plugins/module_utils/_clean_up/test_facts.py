"""The facts about an order that are kept, from its row and from its details."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, timezone

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up import facts as module
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import NAMES_UNKNOWN, Facts, merge
from ansible_collections.certops.certcentral.tests.unit.orders import raw_order

# Rows have neither the records nor the type of validation.
ROW = raw_order(11, order_valid_till="2027-11-30", date_created="2025-11-22T20:00:00-07:00")
ROW["certificate"] = {
    **ROW["certificate"],
    "common_name": "WWW.Example.com",
    "dns_names": ["www.example.com", "a.example"],
}
del ROW["product"]["validation_type"]


def facts(raw: dict[str, t.Any], **fields: t.Any) -> Facts:
    return module.to_facts(parse_order({**raw, **fields}))


def test_row_has_all_facts_but_the_records() -> None:
    assert facts(ROW) == Facts(
        id=11,
        status="issued",
        marked=False,
        common_name="WWW.Example.com",
        given=("WWW.Example.com", "www.example.com", "a.example"),
        names=frozenset({"www.example.com", "a.example"}),
        names_problem="",
        organization=(1, "Example Widgets Inc."),
        product=("ssl_plus", "Standard SSL"),
        family=("ssl_certificate", None),
        container=(5, "Example Division"),
        # An offset is taken into account.
        placed=datetime(2025, 11, 23, 3, tzinfo=timezone.utc),
        began=None,
        ends=date(2026, 12, 24),
        order_ends=date(2027, 11, 30),
        certificate_status=None,
        renewed_by=0,
        renews=0,
    )


A: dict[str, t.Any] = {"common_name": "a.example"}


@pytest.mark.parametrize(
    ("field", "value", "fact", "expected"),
    [
        *(("organization", [], "organization", (0, None)), ("organization", None, "organization", (None, None))),
        ("organization", {"id": "7"}, "organization", (7, None)),
        ("organization", {"id": True, "name": 5}, "organization", (None, None)),
        *(("product", "ssl_plus", "product", (None, None)), ("date_created", "soon", "placed", None)),
        # A value that is not an ID is not the same as none.
        *(("renewed_order_id", value, "renewed_by", number) for value, number in (("9", 9), (None, 0), ("x", -1))),
        *(("renewal_of_order_id", value, "renews", number) for value, number in (("9", 9), ("x", 0))),
        ("certificate", {**A, "dns_names": []}, "names_problem", ""),
        *(("certificate", {**A, **more}, "names_problem", NAMES_UNKNOWN) for more in ({}, {"dns_names": [5]})),
        ("certificate", [], "names_problem", NAMES_UNKNOWN),
        ("certificate", {"dns_names": ["a.example"]}, "names_problem", NAMES_UNKNOWN),
        ("certificate", {"common_name": "a b", "dns_names": []}, "names_problem", "a b is not a DNS name"),
    ],
)
def test_field_that_is_not_as_documented_is_unknown(field: str, value: t.Any, fact: str, expected: t.Any) -> None:
    assert getattr(facts(ROW, **{field: value}), fact) == expected


def test_details_take_precedence_over_the_row() -> None:
    row = facts(ROW)
    info = facts({"id": 11, "status": "expired", "certificate": {"valid_till": "2026-12-01"}, "renewed_order_id": 12})
    assert merge(row, info) == row._replace(status="expired", ends=date(2026, 12, 1), renewed_by=12)
    product = {"name_id": "ssl_plus", "type": "ssl_certificate", "validation_type": "ov"}
    info = facts({**ROW, "certificate": {**A, "dns_names": []}, "product": product})
    assert (merge(row, info).names, merge(row, info).family[1]) == (frozenset({"a.example"}), "ov")
