"""The JSON in responses: values that are not accepted, and the removal of the key."""

from __future__ import annotations

import json
import random
import re
import typing as t
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.module_utils._http import redaction, safe_json
from ansible_collections.certops.certcentral.plugins.module_utils._http.redaction import make_secret, redact
from ansible_collections.certops.certcentral.plugins.module_utils._http.safe_json import MAX_DEPTH, MAX_VALUES, parse

SECRET = "ABCDEFGH12345678"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"{", b'{"id": "\xff\xfe"}', b"\xff\xfe\x00", b'"\x1b[2J"'),
        *(b'{"id": %s}' % number for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 101)),
        b'{"id": -' + b"9" * 1_000_000 + b"}",
        *(b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"0," * MAX_VALUES + b"0]"),
    ],
)
def test_body_that_is_not_safe_json_is_refused(body: bytes) -> None:
    assert parse(body, SECRET) is None


@pytest.mark.parametrize(
    ("body", "value"),
    [
        *((b'{"id": 18446744073709551615}', {"id": 18446744073709551615}), (b"9" * 100, int("9" * 100)), (b"1.5", 1.5)),
        *((b'[true, null, "x"]', [True, None, "x"]), ('"東京"'.encode(), "東京"), (b'{"a": 1, "a": 2}', {"a": 2})),
        (b'"\\ud83d and \\udc80"', "\ufffd and \ufffd"),
    ],
)
def test_json_is_parsed(body: bytes, value: object) -> None:
    assert parse(body, SECRET) == value


def test_values_that_are_nested_too_deeply_are_left_out() -> None:
    depth = 0
    value = parse(b"[" * 600 + b"]" * 600, SECRET)
    while value is not None:
        (value,) = value
        depth += 1
    assert depth == MAX_DEPTH


@pytest.mark.parametrize(
    "text", [SECRET, f"x{SECRET}y", "ABCDEFGH\r\n  12345678", "ABCD EFGH\t1234\u00a05678", f"{SECRET}{SECRET}"]
)
def test_key_is_hidden_even_if_it_is_broken_into_lines(text: str) -> None:
    hidden = redact({"a": [text], text: {"b": text}}, make_secret(SECRET))
    assert "ABCD" not in str(hidden) and "********" in hidden["a"][0]


def test_short_key_is_not_hidden_and_special_characters_are_not_a_pattern() -> None:
    assert make_secret("ABCDEFG") is None and make_secret("ABCDEFGH") is not None
    assert redact("ABCDEFG", None) == "ABCDEFG"
    assert redact("a.b*c(d)e abbbc", make_secret("a.b*c(d)e")) == "******** abbbc"


# The body of a response, and the key that was sent.
Body = tuple[bytes, str]
KEYS = [
    *(SECRET, "12345678", 'a"b\\c/d"e', "[[[[]]]]", "{}{}{}{}"),
    *("one two 3", "uuuu0000", "\\nr\\tn\\\\", "\\\\\\\\\\\\\\\\", "nnrrttbb"),
]
SPACES = [" ", "\n", "\r\n", "\t", "\x0b", "\x1c", "\x85", "\xa0", "\u2028", "\u2000", "\u3000", ""]
PARTS = [
    *(*SPACES, *'"\\/[]{},:u', "\\u0041", "\x00", "\x7f"),
    *("\ud800", "\udfff", "\ud7ff", "\ue000", "한", "\U0001f600", "plain"),
]


def write(value: t.Any, way: random.Random) -> str:
    """Write a value as JSON, with random white space, and with a random encoding of each character."""
    share = way.choice([0.0, 0.1, 1.0])

    def escape(match: re.Match[str]) -> str:
        (char,) = json.loads(f'"{match[0]}"')
        if ord(char) >= 0x10000 or way.random() >= share:
            return match[0]
        return way.choice([f"\\u{ord(char):04x}", f"\\u{ord(char):04X}", "\\/" if char == "/" else match[0]])

    def escape_string(match: re.Match[str]) -> str:
        return re.sub(r"\\u....|\\.|[^\"]", escape, match[0], flags=re.DOTALL)

    text = json.dumps(value, ensure_ascii=False, indent=way.choice([None, None, 0, 1]))
    return re.sub(r'"(\\.|[^"\\])*"', escape_string, text, flags=re.DOTALL)


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    key = draw(st.sampled_from(KEYS))
    broken = st.lists(st.sampled_from(SPACES), min_size=len(key), max_size=len(key)).map(
        lambda spaces: "".join(map("".join, zip(key, spaces)))
    )
    nearly = st.sampled_from([key, key[1:], key[:-1], key[::-1]])
    part = st.one_of(st.sampled_from(PARTS), broken, nearly, st.text(max_size=3))
    texts = st.lists(part, max_size=4).map("".join)
    plain = st.one_of(texts, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
    value = draw(
        st.recursive(plain, lambda inner: st.one_of(st.lists(inner), st.dictionaries(texts, inner)), max_leaves=8)
    )
    for kind in draw(st.lists(st.booleans(), max_size=3)) * draw(st.sampled_from([1, 1, 16, 17, 25, 26, 51])):
        value = [value] if kind else {draw(st.sampled_from(["a", "]]]", "{"])): value}
    text = write(value, random.Random(draw(st.integers(0, 2**32))))
    encoding = draw(st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"]))
    return text.encode(encoding, "surrogatepass"), key


SPACED = [space.join(SECRET) for space in ("", " ", "\\r\\n", "\u2028")]


@given(bodies())
@example((b"[" * 51 + b"]" * 51, SECRET))
@example((b"[" * 50 + b"]" * 50, SECRET))
@example((b'["\\\\","' + b"[" * 60 + b'"]', SECRET))
@example((b'["]]]]]]",' * 60 + b"0" + b"]" * 60, SECRET))
@example((f'"{SPACED[0]}"'.encode(), SECRET))
@example((f'"{SPACED[1]}"'.encode(), SECRET))
@example((f'"{SPACED[2]}"'.encode(), SECRET))
@example((f'"{SPACED[3]}"'.encode(), SECRET))
@example((f'"{SPACED[3]}"'.encode("utf-16"), SECRET))
@example((b'"a\\\\nrb12345"', r"a\nrb12345"))
@example((b'"\xed\xa0\x80"', SECRET))
@example((b'"\\ud800"', SECRET))
@example((b'"\\uDC00"', SECRET))
def test_short_way_changes_nothing(body: Body) -> None:
    """If a body contains neither the key nor anything that could hide it, its values are not visited."""
    found = parse(*body)
    with mock.patch.object(safe_json, "_is_plain", return_value=False):
        checked = parse(*body)
        with mock.patch.object(redaction, "_may_change", return_value=True):
            expected = parse(*body)
    # The values are compared as JSON, because True is equal to 1 and 1.0.
    assert json.dumps(found) == json.dumps(checked) == json.dumps(expected)


@pytest.mark.parametrize(
    "extra",
    [
        *("", "https:\\/\\/example.com", "Z\\u00fcrich\\n", "東京"),
        *("see [1] and {2}", 'say \\"]]]\\" \\\\', SECRET[1:], "uD800"),
    ],
)
def test_ordinary_bodies_take_the_short_way(extra: str) -> None:
    row = '{"id": 7, "certificate": {"dns_names": ["a.example"]}, "note": "' + extra + '"}'
    body = ('{"orders": [' + ", ".join([row] * 100) + "]}").encode()
    with mock.patch.object(redaction, "redact", side_effect=AssertionError("it took the long way")):
        assert len(parse(body, SECRET)["orders"]) == 100


def test_usual_order_is_not_even_looked_at_closely() -> None:
    certificate = {"dns_names": ["a.example"] * 10, "csr": "-----BEGIN\r\nMIIB\n\t-----END"}
    body = json.dumps({"id": 7, "certificate": certificate, "note": "東京"}, ensure_ascii=False)
    with mock.patch.object(redaction, "redact_body", side_effect=AssertionError("it took the long way")):
        assert parse(body.encode(), SECRET)["id"] == 7
