# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which facts are kept of an order, and how names are compared."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.module_utils._api.names import covers, to_a_labels
from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import (
    NAMES_UNKNOWN,
    Facts,
    merge,
    to_facts,
)

ROW: dict[str, t.Any] = {
    "id": 11,
    "status": "issued",
    "is_renewed": False,
    "date_created": "2025-11-22T20:00:00-07:00",
    "order_valid_till": "2027-11-30",
    "organization": {"id": 117483, "name": "Example Widgets Inc."},
    "container": {"id": 5, "name": "Example Division"},
    "product": {"name_id": "ssl_plus", "name": "Standard SSL", "type": "ssl_certificate"},
    "certificate": {
        "common_name": "WWW.Example.com",
        "dns_names": ["www.example.com", "example.com"],
        "valid_till": "2026-11-30",
    },
}


def facts(raw: dict[str, t.Any], **fields: t.Any) -> Facts:
    return to_facts(parse_order({**raw, **fields}))


def test_the_facts_of_a_row() -> None:
    assert facts(ROW) == Facts(
        id=11,
        status="issued",
        marked=False,
        common_name="WWW.Example.com",
        given=("WWW.Example.com", "www.example.com", "example.com"),
        names=frozenset({"www.example.com", "example.com"}),
        names_problem="",
        organization=(117483, "Example Widgets Inc."),
        product=("ssl_plus", "Standard SSL"),
        family=("ssl_certificate", None),
        container=(5, "Example Division"),
        # An offset counts.
        placed=datetime(2025, 11, 23, 3, tzinfo=timezone.utc),
        began=None,
        ends=date(2026, 11, 30),
        order_ends=date(2027, 11, 30),
        certificate_status=None,
        renewed_by=0,
        renews=0,
    )


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"organization": []}, "organization", (0, None)),
        ({"organization": None}, "organization", (None, None)),
        ({"organization": {"id": "7"}}, "organization", (7, None)),
        ({"organization": {"id": True, "name": 5}}, "organization", (None, None)),
        ({"product": "ssl_plus"}, "product", (None, None)),
        ({"date_created": "soon"}, "placed", None),
        ({"renewed_order_id": "9"}, "renewed_by", 9),
        ({"renewed_order_id": None}, "renewed_by", 0),
        # What is no ID is not the same as none.
        ({"renewed_order_id": "x"}, "renewed_by", -1),
        ({"renewal_of_order_id": "9"}, "renews", 9),
        ({"renewal_of_order_id": "x"}, "renews", 0),
        ({"certificate": {"common_name": "a.example", "dns_names": []}}, "names_problem", ""),
        ({"certificate": {"common_name": "a.example"}}, "names_problem", NAMES_UNKNOWN),
        ({"certificate": {"dns_names": ["a.example"]}}, "names_problem", NAMES_UNKNOWN),
        ({"certificate": {"common_name": "a.example", "dns_names": [5]}}, "names_problem", NAMES_UNKNOWN),
        (
            {"certificate": {"common_name": "two words", "dns_names": []}},
            "names_problem",
            "two words is not a DNS name",
        ),
        ({"certificate": []}, "names_problem", NAMES_UNKNOWN),
    ],
)
def test_what_the_api_may_send(fields: dict[str, t.Any], name: str, value: t.Any) -> None:
    assert getattr(facts(ROW, **fields), name) == value


def test_order_info_goes_before_the_row_and_what_it_leaves_out_stays() -> None:
    row = facts(ROW)
    info = facts({"id": 11, "status": "expired", "certificate": {"valid_till": "2026-12-01"}, "renewed_order_id": 12})
    assert merge(row, info) == row._replace(status="expired", ends=date(2026, 12, 1), renewed_by=12)
    product = {"name_id": "ssl_plus", "type": "ssl_certificate", "validation_type": "ov"}
    info = facts({**ROW, "certificate": {"common_name": "a.example", "dns_names": []}, "product": product})
    assert (merge(row, info).names, merge(row, info).family[1]) == (frozenset({"a.example"}), "ov")


# ---- names


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("www.example.com", "www.example.com"),
        ("WWW.Example.COM", "www.example.com"),
        ("*.Example.com", "*.example.com"),
        ("_acme.example.com", "_acme.example.com"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("B\u00dcCHER.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("\u4f8b\u3048.\u30c6\u30b9\u30c8", "xn--r8jz45g.xn--zckzah"),
        # IDNA 2003 would make strasse.example of it, which is somebody else's.
        ("stra\u00dfe.example", "xn--strae-oqa.example"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_names(name: str, labels: str) -> None:
    assert to_a_labels(name) == labels


@pytest.mark.parametrize(
    "name",
    [
        # A word alone is the common name of another kind of certificate.
        *("localhost", "Example", "*"),
        *("", ".", "a.", ".a", "a..b", "*.", "a.*.example", "w*.example", "**.example", "two words.example"),
        *("-a.example", "a-.example", "a@example.com", "a/b.example", "::1", "{{ 7 * 7 }}", "a.example\n"),
        *("a.example\x00", "\U0001f680.example", "\ud83d.example", "a\u3002example", "x" * 64 + ".example"),
        *("\u00fc" * 64 + ".example", ".".join(["abcdefghi"] * 26)),
    ],
)
def test_what_is_no_name(name: str) -> None:
    assert to_a_labels(name) is None


@pytest.mark.parametrize(
    ("held", "name", "covered"),
    [
        ("www.example.com", "www.example.com", True),
        ("www.example.com", "example.com", False),
        ("*.example.com", "www.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.www.example.com", False),
        ("*.example.com", "*.example.com", True),
        ("*.example.com", "*.www.example.com", False),
        ("*.com", "*.example.com", False),
        ("www.example.com", "*.example.com", False),
        ("*.example.com", "xn--bcher-kva.example.com", True),
        ("*.example.com", "wwwexample.com", False),
    ],
)
def test_covers(held: str, name: str, covered: bool) -> None:
    assert covers({held}, [name]) is covered


@given(
    st.lists(st.sampled_from(("a", "b", "www", "*")), min_size=1, max_size=4), st.sampled_from(("example", "a.example"))
)
def test_a_wildcard_covers_one_label(labels: list[str], domain: str) -> None:
    name = ".".join([*labels, domain])
    assert covers({f"*.{domain}"}, [name]) == (len(labels) == 1)


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_none(text: str) -> None:
    labels = to_a_labels(text)
    if labels is not None:
        assert labels.isascii() and labels == labels.lower() and to_a_labels(labels) == labels
        assert to_a_labels(text.upper()) in (labels, None) or not text.isascii()
