# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The removal of the API key, of invalid text and of deeply nested values from JSON, in the few responses that have them."""

from __future__ import annotations

import re
import typing as t

from .safe_json import MAX_DEPTH, NOT_VISIBLE, visible

# A shorter key could occur in any text by chance. CertCentral's keys have 64 characters.
MIN_SECRET = 8
HIDDEN = "********"
LONE_SURROGATES = re.compile("[\ud800-\udfff]")
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


def make_secret(api_key: str) -> re.Pattern[str] | None:
    """Return a pattern that finds a key in text, even if it is broken into lines; None if the key is too short."""
    return re.compile(r"\s*".join(map(re.escape, api_key))) if len(api_key) >= MIN_SECRET else None


def redact_body(value: t.Any, body: bytes, api_key: str) -> t.Any:
    """Return the JSON value of a body without the key, and only with valid Unicode text, as :func:`redact` does."""
    # Redacting each value takes longer than parsing, and hardly any body needs it.
    return redact(value, make_secret(api_key)) if _may_change(body, api_key) else value


def _may_change(body: bytes, api_key: str) -> bool:
    """Return whether :func:`redact` may change anything in a body that is valid JSON.

    The result may be true for a body that stays as it is, but it is never false for a body that would change.
    """
    # The json library also reads UTF-16 and UTF-32, in which null bytes occur.
    if b"\0" in body or (b"\xed" in body and SURROGATE.search(body)) or _may_be_deep(body):
        return True
    escapes = body.count(b"\\")
    if escapes > MAX_ESCAPES or (escapes and ESCAPED_SURROGATE.search(body)):
        return True
    if len(api_key) < MIN_SECRET:
        return False
    text = body.translate(None, NOT_VISIBLE)
    if escapes:
        # In valid JSON, a backslash always begins an escape.
        text = ESCAPE.sub(_unescape, text)
    return visible(api_key) in text


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


def redact(value: t.Any, secret: re.Pattern[str] | None, depth: int = 0) -> t.Any:
    """Return a JSON value that Ansible can pass on: without the key, and only with valid Unicode text.

    Values that are nested more deeply than ``MAX_DEPTH`` become None.

    :param secret: finds the key
    """
    if isinstance(value, str):
        if secret:
            value = secret.sub(HIDDEN, value)
        return value if value.isascii() else LONE_SURROGATES.sub("\ufffd", value)
    if not isinstance(value, (dict, list)):
        return value
    if depth == MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [redact(item, secret, depth + 1) for item in value]
    return {redact(name, secret): redact(item, secret, depth + 1) for name, item in value.items()}
