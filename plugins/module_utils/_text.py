# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts: foreign text made safe to print, counts in words, and what users type as one entry of a list."""

from __future__ import annotations

import typing as t
import unicodedata

from ._errors import INVALID_OPTION, CertCentralError

QUOTES = "\"'`\u2018\u2019\u201c\u201d"
# Between values that somebody typed as one. The last three are those of East Asian keyboards.
SEPARATORS = ";\u3001\uff0c\uff1b"
BRACKETS = "[]{}"
# Some scripts need these two formatting characters inside of words.
JOINERS = "\u200c\u200d"


def sanitize(text: t.Any, limit: int = 300) -> str:
    """What somebody else wrote, fit for a message: one line, no control or formatting characters, cut to ``limit``.

    Ansible prints ``msg`` raw, so an escape code in it would reach the terminal.
    """
    words = " ".join(str(text)[: limit * 4].split())
    words = "".join(char if char.isprintable() else "?" for char in words)
    return words if len(words) <= limit else words[: limit - 3] + "..."


def count_orders(number: int) -> str:
    """How many orders, in words that fit one as well."""
    return f"{number} order{'' if number == 1 else 's'}"


def clean_entry(name: str, value: t.Any, *, is_dns_name: bool = False) -> str:
    """Return one entry of a list of texts without the white space around it, or refuse one that could never match.

    :param name: the option, for messages
    :param is_dns_name: also remove a dot at the end, and allow brackets, as patterns have them
    :raises CertCentralError: ``invalid_option``
    """
    if not isinstance(value, str):
        raise _bad_entry(name, value, "is not text")
    entry = value.strip()
    entry = entry[:-1] if is_dns_name and entry.endswith(".") else entry
    if not entry:
        raise _bad_entry(name, value, "is empty")
    for char in entry:
        if char.isspace() or char in "," + QUOTES:
            raise _bad_entry(name, value, "has white space, a comma or a quote in it")
        if unicodedata.category(char) in ("Cc", "Cf") and char not in JOINERS:
            raise _bad_entry(name, value, "has an invisible character in it")
    if not set(entry).isdisjoint(SEPARATORS if is_dns_name else SEPARATORS + BRACKETS):
        raise _bad_entry(name, value, "has a semicolon or a bracket in it")
    if not any(char.isalnum() or char in "*?" for char in entry):
        raise _bad_entry(name, value, "has no letter and no digit")
    return entry


def _bad_entry(name: str, value: t.Any, what: str) -> CertCentralError:
    return CertCentralError(
        INVALID_OPTION,
        f"{name} has the entry {sanitize(repr(value), 80)}, which {what}",
        "write one value in each entry of the list, without quotes",
    )
