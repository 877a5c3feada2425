# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON of replies: what is taken for none, and what is left of a key in it."""

from __future__ import annotations

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._http.safe_json import (
    MAX_DEPTH,
    MAX_VALUES,
    make_secret,
    parse,
    redact,
)

SECRET = "ABCDEFGH12345678"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{",
        b'{"id": NaN}',
        b'{"id": Infinity}',
        b'{"id": -Infinity}',
        b'{"id": 1e999}',
        b'{"id": ' + b"9" * 101 + b"}",
        b'{"id": -' + b"9" * 1_000_000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"id": "\xff\xfe"}',
        b"\xff\xfe\x00",
        b'"\x1b[2J"',
        b"[" + b"0," * MAX_VALUES + b"0]",
    ],
)
def test_what_is_no_json(body: bytes) -> None:
    assert parse(body, None) is None


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"id": 18446744073709551615}', {"id": 18446744073709551615}),
        (b"9" * 100, int("9" * 100)),
        (b"1.5", 1.5),
        (b'[true, null, "x"]', [True, None, "x"]),
        ('"東京"'.encode(), "東京"),
        (b'"\\ud83d and \\udc80"', "\ufffd and \ufffd"),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_values(body: bytes, value: object) -> None:
    assert parse(body, None) == value


def test_values_that_are_nested_too_deeply_are_left_out() -> None:
    depth = 0
    value = parse(b"[" * 600 + b"]" * 600, None)
    while value is not None:
        (value,) = value
        depth += 1
    assert depth == MAX_DEPTH


@pytest.mark.parametrize(
    "text", [SECRET, f"x{SECRET}y", "ABCDEFGH\r\n  12345678", "ABCD EFGH\t1234\u00a05678", f"{SECRET}{SECRET}"]
)
def test_a_key_is_hidden_however_it_is_broken_into_lines(text: str) -> None:
    hidden = redact({"a": [text], text: {"b": text}}, make_secret(SECRET))
    assert "ABCD" not in str(hidden) and "********" in hidden["a"][0]


def test_too_short_a_key_could_be_a_part_of_anything() -> None:
    assert make_secret("ABCDEFG") is None and make_secret("ABCDEFGH") is not None
    assert redact("ABCDEFG", None) == "ABCDEFG"


def test_a_key_with_signs_is_no_pattern() -> None:
    assert redact("a.b*c(d)e abbbc", make_secret("a.b*c(d)e")) == "******** abbbc"
