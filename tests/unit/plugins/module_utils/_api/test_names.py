"""DNS names: equal spellings, valid names, and the names and patterns that cover or match a name."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.module_utils._api import names
from ansible_collections.certops.certcentral.plugins.module_utils._api.names import same_name, to_a_labels
from ansible_collections.certops.certcentral.tests.unit.support import spread

EQUAL = [
    *(("www.example.com", other) for other in ("WWW.Example.COM", "www.example.com.", " www.example.com\n")),
    *(("b\u00fccher.example", other) for other in ("xn--bcher-kva.example", "bu\u0308cher.example")),
    ("B\u00dcCHER.example.", "XN--BCHER-KVA.EXAMPLE"),
    *((f"{first}.b\u00fccher.example", f"{first}.xn--bcher-kva.example") for first in ("*", "_acme")),
    ("a_b.example", "A_B.example"),
    ("stra\u00dfe.example", "xn--strae-oqa.example"),
    # A capital sigma has the same lower-case letter in every position.
    ("\u03a3\u0391\u03a3.example", "\u03c3\u03b1\u03c3.example"),
    # Names that IDNA refuses, and names that are not DNS names, are compared as text.
    *(("\U0001f680.example", "\U0001f680.EXAMPLE."), ("\u00fc_b.example", "\u00dc_B.example")),
    *(("Jane Doe", "jane doe"), ("Example, Inc.", "example, inc.")),
]
DIFFERENT = [
    *(("www.example.com", other) for other in ("example.com", "*.example.com", "www.example.com..", "")),
    ("stra\u00dfe.example", "strasse.example"),
    ("\u03c3\u03b1\u03c2.example", "\u03c3\u03b1\u03c3.example"),
    *(("b\u00fccher.example", "bucher.example"), ("a_b.example", "a-b.example"), ("\uff41.example", "a.example")),
    *(("\U0001f680.example", "xn--158h.example"), ("a\u3002example", "a.example")),
    ("\u00fc" * 64 + ".example", "\u00fc" * 65 + ".example"),
]


@pytest.mark.parametrize(("pair", "expected"), spread({True: EQUAL, False: DIFFERENT}))
def test_only_spellings_of_one_name_are_equal(pair: tuple[str, str], expected: bool) -> None:
    assert [same_name(*pair), same_name(*reversed(pair))] == [expected] * 2


NOT_DNS_NAMES = [
    # A single word is the common name of another kind of certificate.
    *("localhost", "Example", "*", "", ".", "a.", ".a", "a..b", "*.", "a.*.example", "w*.example", "**.example"),
    *("two words.example", "-a.example", "a-.example", "a@example.com", "a/b.example", "::1", "{{ 7 * 7 }}"),
    *("a.example\n", "a.example\x00", "\ud83d.example", "a\u3002example", "x" * 64 + ".example"),
    *("\u00fc" * 64 + ".example", ".".join(["abcdefghi"] * 26)),
    # IDNA refuses these labels.
    *(f"{x}.example" for x in ("\U0001f680", "a\u00b7b", "1\u05d0", "-\u00fc", "\u2177", "\u0640", "\u00fc" * 60)),
]
LABELS: dict[str | None, list[str]] = {
    None: NOT_DNS_NAMES,
    "www.example.com": ["WWW.Example.COM"],
    **{name: [name] for name in ("*.example.com", "_acme.example.com", "192.0.2.1")},
    "xn--bcher-kva.example": [f"{x}.example" for x in ("b\u00fccher", "B\u00dcCHER", "bu\u0308cher", "XN--BCHER-KVA")],
    "xn--r8jz45g.xn--zckzah": ["\u4f8b\u3048.\u30c6\u30b9\u30c8"],
    # IDNA 2003 would turn this into strasse.example, which belongs to somebody else.
    "xn--strae-oqa.example": ["stra\u00dfe.example"],
}


@pytest.mark.parametrize(("name", "labels"), spread(LABELS))
def test_only_a_dns_name_has_a_labels(name: str, labels: str | None) -> None:
    assert to_a_labels(name) == labels


@given(st.text(max_size=80))
def test_a_labels_stay_unchanged(text: str) -> None:
    labels = to_a_labels(text)
    if labels is not None:
        assert labels.isascii() and labels == labels.lower() and to_a_labels(labels) == labels
        assert to_a_labels(text.upper()) in (labels, None) or not text.isascii()


def test_only_names_with_other_letters_need_idna(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "idna", None)
    assert to_a_labels("xn--bcher-kva.Example") == "xn--bcher-kva.example"
    assert to_a_labels("b\u00fccher.example") is None
    assert same_name("B\u00dccher.example", "b\u00fccher.example")


@pytest.mark.parametrize(
    ("held", "name", "covered"),
    [
        *(("www.example.com", name, name[0] == "w") for name in ("www.example.com", "example.com", "*.example.com")),
        *(("*.example.com", name, True) for name in ("www.example.com", "*.example.com", "xn--bcher-kva.example.com")),
        *(("*.example.com", name, False) for name in ("example.com", "*.www.example.com", "a.b.example.com")),
        *(("*.example.com", "wwwexample.com", False), ("*.com", "*.example.com", False)),
    ],
)
def test_wildcard_covers_one_label(held: str, name: str, covered: bool) -> None:
    assert names.covers({held}, [name]) is covered


@pytest.mark.parametrize(
    ("pattern", "name", "hit"),
    [
        *(("*.example", name, True) for name in ("a.b.example", "*.example")),
        ("*.B\u00fccher.example", "www.xn--bcher-kva.example", True),
        ("b\u00fc*.example", "XN--BCHER-KVA.example", True),
        *((pattern, "b\u00fccher.example", True) for pattern in ("xn--bcher-kva.example", "bu\u0308cher.example")),
        *((pattern, "ab.example", True) for pattern in ("*", "a?.example", "[ab]b.example")),
        *(("two*", "two words", True), ("example", "a.example", False), ("a.example", "b.a.example", False)),
    ],
)
def test_pattern_matches_every_spelling(pattern: str, name: str, hit: bool) -> None:
    assert names.is_match(name, pattern) is hit
