# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON of responses: parsed within limits, and without the API key if a response contains it."""

from __future__ import annotations

import json
import math
import re
import typing as t

# Limit of values in a body, because each can take far more memory than its text. The largest page has about 200,000.
MAX_VALUES = 1_000_000
# Levels of nesting; an order has about five.
MAX_DEPTH = 50
# Digits of an integer. Python before 3.11 takes hours for millions of them, later versions refuse thousands.
MAX_DIGITS = 100
# A shorter key could be a part of anything. CertCentral's keys have 64 characters.
MIN_SECRET = 8
HIDDEN = "********"
LONE_SURROGATES = re.compile("[\ud800-\udfff]")
# Bytes that are not visible ASCII: whatever white space may stand between the characters of a key consists of these.
NOT_VISIBLE = bytes({*range(256)} - {*range(ord("!"), ord("~") + 1)})
ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|(.))")
# UTF-8 or an escape that may stand for a surrogate.
SURROGATE = re.compile(rb"\xed[\xa0-\xbf]")
ESCAPED_SURROGATE = re.compile(rb"\\u[Dd][89A-Fa-f]")
ESCAPED_SPACE = b"bfnrt"
# Escapes that are looked at one by one.
MAX_ESCAPES = 100_000
# What is left of a body when only its nesting matters.
NOT_NESTING = bytes({*range(256)} - {*b'[]{}"'})
STRING = re.compile(rb'"[^"]*"')


class Secret(t.NamedTuple):
    """An API key, as it is looked for in what the API wrote.

    :param pattern: finds the key in text, even if it is broken into lines
    :param visible: its characters as bytes, without spaces
    """

    pattern: re.Pattern[str]
    visible: bytes


def make_secret(api_key: str) -> Secret | None:
    """Return what finds a key, or None if the key is too short to be looked for."""
    if len(api_key) < MIN_SECRET:
        return None
    pattern = re.compile(r"\s*".join(map(re.escape, api_key)))
    return Secret(pattern, api_key.encode("utf-8").translate(None, NOT_VISIBLE))


def parse(body: bytes, secret: Secret | None) -> t.Any:
    """Return the JSON value in ``body``, or None if it is not JSON or exceeds a limit. NaN and infinity are not JSON."""
    if sum(map(body.count, b",[{")) > MAX_VALUES:
        return None
    try:
        value = json.loads(body, parse_constant=_refuse, parse_float=_finite, parse_int=_bounded)
    except (ValueError, RecursionError):
        return None
    # Redacting each value takes longer than parsing, and nearly no body needs it.
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

    It may be true for a body that stays as it is, but is never false for another one.
    """
    # UTF-16 and UTF-32, which json reads as well, need null bytes.
    if b"\0" in body or (b"\xed" in body and SURROGATE.search(body)) or _may_be_deep(body):
        return True
    escapes = body.count(b"\\")
    if escapes > MAX_ESCAPES or (escapes and ESCAPED_SURROGATE.search(body)):
        return True
    if secret is None:
        return False
    visible = body.translate(None, NOT_VISIBLE)
    if escapes:
        # In valid JSON a backslash always begins an escape.
        visible = ESCAPE.sub(_unescape, visible)
    return secret.visible in visible


def _unescape(escape: re.Match[bytes]) -> bytes:
    """Return the visible ASCII character that an escape stands for, or nothing."""
    code, char = escape.groups()
    if code is None:
        return b"" if char in ESCAPED_SPACE else bytes(char)
    number = int(code, 16)
    return bytes([number]) if ord("!") <= number <= ord("~") else b""


def _may_be_deep(body: bytes) -> bool:
    """Return whether a body may have more than ``MAX_DEPTH`` levels. It certainly has not if this is false."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    nesting = body.translate(None, NOT_NESTING).replace(b'""', b"")
    # Brackets within strings are not levels.
    nesting = STRING.sub(b"", nesting) if b'"' in nesting else nesting
    # Each round removes one or two levels from the inside.
    for unused in range(MAX_DEPTH // 2):
        if not nesting:
            return False
        nesting = nesting.replace(b"[]", b"").replace(b"{}", b"")
    return bool(nesting)


def redact(value: t.Any, secret: Secret | None, depth: int = 0) -> t.Any:
    """Return a JSON value that Ansible can pass on: without the key, and with Unicode text only.

    Whatever is nested more deeply than ``MAX_DEPTH`` becomes None.
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
