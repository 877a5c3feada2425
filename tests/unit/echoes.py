"""Responses that repeat the API key, and checks that no part of it appears afterwards."""

from __future__ import annotations

import re
import typing as t

Echo = t.Callable[[str], dict[str, t.Any]]


def escaped(key: str) -> str:
    """Return the key as JSON may encode it."""
    return "".join(f"\\u{ord(char):04x}" for char in key)


def break_lines(key: str, width: int = 20) -> str:
    """Return the key as it appears if long lines are wrapped."""
    return "\r\n  ".join(key[start : start + width] for start in range(0, len(key), width))


ECHOES: list[Echo] = [
    lambda key: {"body": {"errors": [{"code": "c", "message": f"The key {key} is bad"}]}},
    lambda key: {"body": {"errors": [{"code": key, "message": "m", key: 1}]}},
    # If this long message were cut, a part of the key would be left.
    lambda key: {"body": {"errors": [{"code": "c", "message": "x" * 250 + " " + key}]}},
    lambda key: {"body": {"errors": [{"code": "c", "message": "x" * 970 + key}]}},
    lambda key: {"body": {"errors": {"code": [key], "description": {"a": key}}}},
    lambda key: {"body": {"errors": [{"code": "c", "message": "The key " + break_lines(key)}]}},
    lambda key: {"body": '{"errors": [{"code": "c", "message": "The key ' + escaped(key) + '"}]}'},
    lambda key: {"body": f"The key {key} is bad"},
    lambda key: {"body": "x" * 990 + key},
    lambda key: {"body": f"The key\n{break_lines(key)}\nis bad"},
    lambda key: {"body": f"<html>{key}</html>"},
    lambda key: {"headers": {"X-Key": key, key: "x", "WWW-Authenticate": f"Key {key}", "Retry-After": key}},
    lambda key: {"location": f"https://127.0.0.1:1/?key={key}"},
]


def check_hidden(key: str, *texts: t.Any) -> None:
    """Check that no text contains the key, or half of it, even if it is wrapped."""
    for text in map(str, texts):
        joined = re.sub(r"(\\+[rnt]|\s)+", "", text)
        assert key[: len(key) // 2] not in joined and key[len(key) // 2 :] not in joined
