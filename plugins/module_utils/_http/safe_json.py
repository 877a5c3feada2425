# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON in responses: it is parsed within limits, and the API key is removed if a response contains it."""

from __future__ import annotations

import json
import math
import re
import typing as t

# The maximum number of values in a body. Each can take far more memory than its text. The largest page has about 200,000.
MAX_VALUES = 1_000_000
# The maximum number of nested levels. An order has about five.
MAX_DEPTH = 50
# The maximum number of digits in an integer. Python before 3.11 takes hours to read millions; later versions refuse thousands.
MAX_DIGITS = 100
# A shorter key could occur in any text by chance. CertCentral's keys have 64 characters.
MIN_SECRET = 8
HIDDEN = "********"
LONE_SURROGATES = re.compile("[\ud800-\udfff]")
# Bytes that are not visible ASCII. All white space that can be between the characters of a key consists of these.
NOT_VISIBLE = bytes({*range(256)} - {*range(ord("!"), ord("~") + 1)})
ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|(.))")
# A surrogate, in UTF-8 or as an escape.
SURROGATE = re.compile(rb"\xed[\xa0-\xbf]")
ESCAPED_SURROGATE = re.compile(rb"\\u[Dd][89A-Fa-f]")
ESCAPED_SPACE = b"bfnrt"
# A body with more escapes than this is redacted without a closer look.
MAX_ESCAPES = 100_000
# All bytes except those that nesting depends on.
NOT_NESTING = bytes({*range(256)} - {*b'[]{}"'})
STRING = re.compile(rb'"[^"]*"')


class Secret(t.NamedTuple):
    """An API key, prepared for searching the API's responses.

    :param pattern: finds the key in text, even if it is broken into lines
    :param visible: the key's characters as bytes, without spaces
    """

    pattern: re.Pattern[str]
    visible: bytes


def make_secret(api_key: str) -> Secret | None:
    """Return a key prepared for searching, or None if the key is too short."""
    if len(api_key) < MIN_SECRET:
        return None
    pattern = re.compile(r"\s*".join(map(re.escape, api_key)))
    return Secret(pattern, api_key.encode("utf-8").translate(None, NOT_VISIBLE))


def parse(body: bytes, secret: Secret | None) -> t.Any:
    """Return the JSON value in ``body``, or None if it is not JSON (NaN and infinity are not), or if it exceeds a limit."""
    if sum(map(body.count, b",[{")) > MAX_VALUES:
        return None
    try:
        value = json.loads(body, parse_constant=_refuse, parse_float=_finite, parse_int=_bounded)
    except (ValueError, RecursionError):
        return None
    # Redacting each value takes longer than parsing, and hardly any body needs it.
    return redact(value, secret) if _may_change(body, secret) else value


def _refuse(text: str) -> t.NoReturn:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _bounded(text: str) -> int:
    return int(text) if len(text) <= MAX_DIGITS else _refuse(text)


def _may_change(body: bytes, secret: Secret | None) -> bool:
    """Return whether :func:`redact` may change anything in a body that is valid JSON.

    The result may be true for a body that stays as it is, but it is never false for a body that would change.
    """
    # The json library also reads UTF-16 and UTF-32, in which null bytes occur.
    if b"\0" in body or (b"\xed" in body and SURROGATE.search(body)) or _may_be_deep(body):
        return True
    escapes = body.count(b"\\")
    if escapes > MAX_ESCAPES or (escapes and ESCAPED_SURROGATE.search(body)):
        return True
    if secret is None:
        return False
    visible = body.translate(None, NOT_VISIBLE)
    if escapes:
        # In valid JSON, a backslash always begins an escape.
        visible = ESCAPE.sub(_unescape, visible)
    return secret.visible in visible


def _unescape(escape: re.Match[bytes]) -> bytes:
    """Return the visible ASCII character of an escape, or nothing if it is another character."""
    code, char = escape.groups()
    if code is None:
        return b"" if char in ESCAPED_SPACE else bytes(char)
    number = int(code, 16)
    return bytes([number]) if ord("!") <= number <= ord("~") else b""


def _may_be_deep(body: bytes) -> bool:
    """Return whether a body may have more than ``MAX_DEPTH`` levels. If the result is false, it certainly has not."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    nesting = body.translate(None, NOT_NESTING).replace(b'""', b"")
    # Brackets in strings are not levels.
    nesting = STRING.sub(b"", nesting) if b'"' in nesting else nesting
    # Each round removes one or two levels from the inside.
    for unused in range(MAX_DEPTH // 2):
        if not nesting:
            return False
        nesting = nesting.replace(b"[]", b"").replace(b"{}", b"")
    return bool(nesting)


def redact(value: t.Any, secret: Secret | None, depth: int = 0) -> t.Any:
    """Return a JSON value that Ansible can pass on: without the key, and only with valid Unicode text.

    Values that are nested more deeply than ``MAX_DEPTH`` become None.
    """
    if isinstance(value, str):
        if secret:
            value = secret.pattern.sub(HIDDEN, value)
        return value if value.isascii() else LONE_SURROGATES.sub("\ufffd", value)
    if not isinstance(value, (dict, list)):
        return value
    if depth == MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [redact(item, secret, depth + 1) for item in value]
    return {redact(name, secret): redact(item, secret, depth + 1) for name, item in value.items()}
