# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of lists of strings, as users type them, which are cleaned or refused."""

from __future__ import annotations

import typing as t
import unicodedata

from .._errors import CertCentralError
from .._text import sanitize

QUOTES = "\"'`\u2018\u2019\u201c\u201d"
# Characters that separate values which somebody typed as one entry. The last three are on East Asian keyboards.
SEPARATORS = ";\u3001\uff0c\uff1b"
BRACKETS = "[]{}"
# Some scripts need these two formatting characters inside of words.
JOINERS = "\u200c\u200d"


def clean_entry(name: str, value: t.Any, *, is_dns_name: bool = False) -> str:
    """Return an entry of a list of strings without the white space around it. Refuse an entry that could never match.

    :param name: the name of the option, for messages
    :param is_dns_name: whether to remove a dot at the end as well, and to allow brackets, which shell patterns can have
    :raises CertCentralError: ``invalid_option``
    """
    if not isinstance(value, str):
        raise _bad_entry(name, value, "is not a string")
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
        raise _bad_entry(name, value, "contains neither a letter nor a digit")
    return entry


def _bad_entry(name: str, value: t.Any, what: str) -> CertCentralError:
    return CertCentralError(
        "invalid_option",
        f"{name} has the entry {sanitize(repr(value), 80)}, which {what}",
        "write one value in each entry of the list, without quotes",
    )
