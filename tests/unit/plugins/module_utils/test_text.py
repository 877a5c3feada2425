"""Texts: entries of lists that users type, and texts from others that are made safe to print."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.entries import clean_entry
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.module_utils._text import sanitize
from ansible_collections.certops.certcentral.tests.unit.support import spread

ENTRIES = {
    ("a.example", False): ["a.example", " a.example\n", "\u00a0a.example\t"],
    **{
        (name, False): [name]
        for name in ("*.b\u00fccher.example", "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example")
    },
    # Only from a DNS name is the dot at the end removed, and only a pattern for DNS names may have brackets.
    ("ssl_plus.", False): [" ssl_plus."],
    ("a.example", True): [" a.example. "],
    ("[ab]?.example", True): ["[ab]?.example"],
}
WRONG_ENTRIES: dict[str, list[t.Any]] = {
    "is empty": ["", " ", "\n"],
    "is not a string": [None, ["a.example"], {"a": 1}, 5, True],
    "has white space, a comma or a quote in it": [
        *("a.example, b.example", "a.example,b.example", "a.example b.example", "a.example\nb.example"),
        *('["a.example"]', "['a.example']", '"a.example"', "'a.example'", "\u201ca.example\u201d"),
    ],
    "has a semicolon or a bracket in it": ["a;b", "[ssl", "ssl]", "{a}", "a\u3001b"],
    "contains neither a letter nor a digit": ["-", "..", "@"],
    "has an invisible character in it": ["\ufeffa.example", "a.exam\u200bple", "a\x00b"],
}


@pytest.mark.parametrize(("value", "expected"), spread(ENTRIES))
def test_entry_loses_white_space_around_it(value: str, expected: tuple[str, bool]) -> None:
    entry, is_dns_name = expected
    assert clean_entry("exclude_names", value, is_dns_name=is_dns_name) == entry


@pytest.mark.parametrize(("value", "words"), [*spread(WRONG_ENTRIES), (".", "is empty")])
def test_entry_that_can_never_match_is_refused_by_name(value: t.Any, words: str) -> None:
    with pytest.raises(CertCentralError) as caught:
        # A single dot is an empty DNS name.
        clean_entry("exclude_names", value, is_dns_name=value == ".")
    assert caught.value.reason == "invalid_option"
    assert caught.value.message.startswith("exclude_names has the entry ") and words in caught.value.message


@pytest.mark.parametrize(
    ("text", "limit", "harmless"),
    [
        *((" a\n\tb \x1b[31m\u202e ", 300, "a b ?[31m?"), ("\x9b2J\x00\x7f", 300, "?2J??")),
        *((text, 300, text) for text in ("Zürich 東京", "x" * 300)),
        *((7, 300, "7"), (" " * 5000 + "x", 300, "")),
        *(("x" * 1000, limit, "x" * (limit - 3) + "...") for limit in (300, 10)),
    ],
)
def test_text_from_others_is_made_safe_to_print(text: object, limit: int, harmless: str) -> None:
    assert sanitize(text, limit) == harmless
