"""Texts: entries of lists that users type, and texts from others that are made safe to print."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.entries import clean_entry
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.module_utils._text import sanitize


@pytest.mark.parametrize(
    ("value", "is_dns_name", "entry"),
    [
        *[(value, False, "a.example") for value in ("a.example", " a.example\n", "\u00a0a.example\t")],
        *[
            (value, False, value)
            for value in ("*.b\u00fccher.example", "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example")
        ],
        # Only from a DNS name is the dot at the end removed, and only a pattern for DNS names may have brackets.
        *((" ssl_plus.", False, "ssl_plus."), (" a.example. ", True, "a.example")),
        ("[ab]?.example", True, "[ab]?.example"),
    ],
)
def test_entry_loses_white_space_around_it(value: str, is_dns_name: bool, entry: str) -> None:
    assert clean_entry("exclude_names", value, is_dns_name=is_dns_name) == entry


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *[(value, "is empty") for value in ("", " ", "\n")],
        *[(value, "is not a string") for value in (None, ["a.example"], {"a": 1}, 5, True)],
        *[
            (value, "has white space, a comma or a quote in it")
            for value in (
                *("a.example, b.example", "a.example,b.example", "a.example b.example", "a.example\nb.example"),
                *('["a.example"]', "['a.example']", '"a.example"', "'a.example'", "\u201ca.example\u201d"),
            )
        ],
        *[(value, "has a semicolon or a bracket in it") for value in ("a;b", "[ssl", "ssl]", "{a}", "a\u3001b")],
        *[(value, "contains neither a letter nor a digit") for value in ("-", "..", "@")],
        *[(value, "has an invisible character in it") for value in ("\ufeffa.example", "a.exam\u200bple", "a\x00b")],
    ],
)
def test_entry_that_can_never_match_is_refused_by_name(value: t.Any, words: str) -> None:
    with pytest.raises(CertCentralError) as caught:
        clean_entry("exclude_names", value)
    assert caught.value.reason == "invalid_option"
    assert caught.value.message.startswith("exclude_names has the entry ") and words in caught.value.message


def test_lone_dot_is_an_empty_name() -> None:
    with pytest.raises(CertCentralError, match="is empty"):
        clean_entry("filter domain_name", ".", is_dns_name=True)


@pytest.mark.parametrize(
    ("text", "limit", "harmless"),
    [
        (" a\n\tb \x1b[31m\u202e ", 300, "a b ?[31m?"),
        ("\x9b2J\x00\x7f", 300, "?2J??"),
        *((text, 300, text) for text in ("Zürich 東京", "x" * 300)),
        (7, 300, "7"),
        ("x" * 1000, 300, "x" * 297 + "..."),
        ("x" * 50, 10, "x" * 7 + "..."),
        (" " * 5000 + "x", 300, ""),
    ],
)
def test_text_from_others_is_made_safe_to_print(text: object, limit: int, harmless: str) -> None:
    assert sanitize(text, limit) == harmless
