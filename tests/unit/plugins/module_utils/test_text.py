# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users type as one entry of a list: it works, or it is refused."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.entries import clean_entry
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        ("a.example", "a.example"),
        (" a.example\n", "a.example"),
        ("\u00a0a.example\t", "a.example"),
        ("*.b\u00fccher.example", "*.b\u00fccher.example"),
        ("\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example", "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example"),
        ("ssl_plus.", "ssl_plus."),
    ],
)
def test_entry_loses_white_space_around_it(value: str, entry: str) -> None:
    assert clean_entry("exclude_names", value) == entry


def test_only_a_dns_name_loses_its_dot_at_the_end() -> None:
    assert clean_entry("exclude_names", " a.example. ", is_dns_name=True) == "a.example"


def test_only_a_dns_name_has_brackets() -> None:
    assert clean_entry("exclude_names", "[ab]?.example", is_dns_name=True) == "[ab]?.example"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *[(value, "is empty") for value in ("", " ", "\n")],
        *[(value, "is not text") for value in (None, ["a.example"], {"a": 1}, 5, True)],
        *[
            (value, "has white space, a comma or a quote in it")
            for value in (
                *("a.example, b.example", "a.example,b.example", "a.example b.example", "a.example\nb.example"),
                *('["a.example"]', "['a.example']", '"a.example"', "'a.example'", "\u201ca.example\u201d"),
            )
        ],
        *[
            (value, "has a semicolon or a bracket in it")
            for value in ("a;b", "[ssl_plus", "ssl_plus]", "{a}", "a\u3001b")
        ],
        *[(value, "has no letter and no digit") for value in ("-", "..", "@")],
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
