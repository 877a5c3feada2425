# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The spellings of names: which are equal, and which belong to two domains. test_facts.py and test_plan.py have more."""

from __future__ import annotations

import sys

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.names import same_name, to_a_labels


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("www.example.com", "WWW.Example.COM"),
        ("www.example.com", "www.example.com."),
        ("www.example.com", " www.example.com\n"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("B\u00dcCHER.example.", "XN--BCHER-KVA.EXAMPLE"),
        ("bu\u0308cher.example", "b\u00fccher.example"),
        ("*.b\u00fccher.example", "*.xn--bcher-kva.example"),
        ("_acme.b\u00fccher.example", "_acme.xn--bcher-kva.example"),
        ("a_b.example", "A_B.example"),
        ("stra\u00dfe.example", "xn--strae-oqa.example"),
        # A capital sigma has one lower-case letter wherever it stands.
        ("\u03a3\u0391\u03a3.example", "\u03c3\u03b1\u03c3.example"),
        # Names that IDNA refuses, and names that are not DNS names, are compared as text.
        ("\U0001f680.example", "\U0001f680.EXAMPLE."),
        ("\u00fc_b.example", "\u00dc_B.example"),
        ("Jane Doe", "jane doe"),
        ("Example, Inc.", "example, inc."),
    ],
)
def test_spellings_of_one_name_are_equal(name: str, other: str) -> None:
    assert [same_name(*names) for names in ((name, other), (other, name))] == [True, True]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("www.example.com", "example.com"),
        ("*.example.com", "www.example.com"),
        ("www.example.com", "www.example.com.."),
        ("stra\u00dfe.example", "strasse.example"),
        ("\u03c3\u03b1\u03c2.example", "\u03c3\u03b1\u03c3.example"),
        ("b\u00fccher.example", "bucher.example"),
        ("a_b.example", "a-b.example"),
        ("\uff41.example", "a.example"),
        ("\U0001f680.example", "xn--158h.example"),
        ("a\u3002example", "a.example"),
        ("\u00fc" * 64 + ".example", "\u00fc" * 65 + ".example"),
        ("", "www.example.com"),
    ],
)
def test_two_names_are_not_equal(name: str, other: str) -> None:
    assert [same_name(*names) for names in ((name, other), (other, name))] == [False, False]


@pytest.mark.parametrize("label", ["a\u00b7b", "1\u05d0", "-\u00fc", "\u2177", "\u0640", "\u00fc" * 60])
def test_label_that_idna_refuses_is_not_a_dns_name(label: str) -> None:
    assert to_a_labels(f"{label}.example") is None


def test_only_names_with_other_letters_need_idna(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "idna", None)
    assert to_a_labels("xn--bcher-kva.Example") == "xn--bcher-kva.example"
    assert to_a_labels("b\u00fccher.example") is None
    assert same_name("B\u00dccher.example", "b\u00fccher.example")
