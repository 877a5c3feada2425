# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON of replies: parsed within bounds, and without the key should it be in there."""

from __future__ import annotations

import json
import math
import re
import typing as t

# Values in a JSON value, because each can take far more room than its text. The largest listing page has some 200,000.
MAX_VALUES = 1_000_000
# Levels of a JSON value; an order has some five.
MAX_DEPTH = 50
# Digits of a whole number. Python before 3.11 takes hours for millions of them, later ones refuse thousands.
MAX_DIGITS = 100
# A key that is shorter could be a part of anything. CertCentral's have 64 characters.
MIN_SECRET = 8
LONE_SURROGATES = re.compile("[\ud800-\udfff]")
Secret = t.Optional["re.Pattern[str]"]


def make_secret(api_key: str) -> Secret:
    """Finds the key in what the API wrote, also where it is broken into lines. None if it is too short for that."""
    return re.compile(r"\s*".join(map(re.escape, api_key))) if len(api_key) >= MIN_SECRET else None


def parse(body: bytes, secret: Secret) -> t.Any:
    """The JSON value in ``body``; None if there is none, or an absurd one. NaN and infinite numbers are not JSON."""
    if sum(map(body.count, b",[{")) > MAX_VALUES:
        return None
    try:
        value = json.loads(body, parse_constant=_refuse, parse_float=_finite, parse_int=_bounded)
    except (ValueError, RecursionError):
        return None
    return redact(value, secret)


def _refuse(text: str) -> t.NoReturn:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _bounded(text: str) -> int:
    return int(text) if len(text) <= MAX_DIGITS else _refuse(text)


def redact(value: t.Any, secret: Secret, depth: int = 0) -> t.Any:
    """A JSON value that Ansible can pass on: without ``secret``, and with nothing in it that is not Unicode text.

    None if it is nested too deeply.
    """
    if isinstance(value, str):
        if secret:
            value = secret.sub("********", value)
        return value if value.isascii() else LONE_SURROGATES.sub("\ufffd", value)
    if not isinstance(value, (dict, list)):
        return value
    if depth == MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [redact(item, secret, depth + 1) for item in value]
    return {redact(name, secret): redact(item, secret, depth + 1) for name, item in value.items()}
