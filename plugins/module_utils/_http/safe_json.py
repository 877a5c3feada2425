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
# The maximum number of digits in an integer. Python before 3.11 takes hours to read an integer with millions of digits, and later versions
# refuse one with thousands of digits.
MAX_DIGITS = 100
# Bytes that are not visible ASCII. All white space that can be between the characters of a key consists of these.
NOT_VISIBLE = bytes({*range(256)} - {*range(ord("!"), ord("~") + 1)})
# The escapes that ordinary bodies contain, for example in a CSR.
ESCAPED_SPACE = re.compile(rb"\\[nrt]")


def parse(body: bytes, api_key: str) -> t.Any:
    """Return the JSON value in ``body``, or None if it is not JSON (NaN and infinity are not), or if it exceeds a limit."""
    if sum(map(body.count, b",[{")) > MAX_VALUES:
        return None
    try:
        value = json.loads(body, parse_constant=_refuse, parse_float=_finite, parse_int=_bounded)
    except (ValueError, RecursionError):
        return None
    if _is_plain(body, api_key):
        return value
    # Ansible compiles each import anew for every task, and the body of a single order is plain.
    from .redaction import redact_body  # noqa: PLC0415

    return redact_body(value, body, api_key)


def _is_plain(body: bytes, api_key: str) -> bool:
    """Return whether a body certainly has no key, no surrogate, no more than ``MAX_DEPTH`` levels and only usual escapes.

    The json library also reads UTF-16 and UTF-32, in which null bytes occur. The bytes of a surrogate begin with 0xed.
    """
    # If there is any other escape, its backslash is left.
    text = ESCAPED_SPACE.sub(b"", body)
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH or any(map(text.count, (b"\\", b"\0", b"\xed"))):
        return False
    return visible(api_key) not in text.translate(None, NOT_VISIBLE)


def visible(api_key: str) -> bytes:
    """Return the characters of a key as bytes, without spaces."""
    return api_key.encode("utf-8").translate(None, NOT_VISIBLE)


def _refuse(text: str) -> t.NoReturn:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _bounded(text: str) -> int:
    return int(text) if len(text) <= MAX_DIGITS else _refuse(text)
