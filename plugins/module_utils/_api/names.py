# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS names: their spellings, what a certificate covers, and shell patterns."""

from __future__ import annotations

import re
import typing as t
import unicodedata
from fnmatch import fnmatchcase


def is_match(name: str, pattern: str) -> bool:
    """Whether a shell pattern is for a name, as U-labels or A-labels: rather one exclusion too many."""
    return any(fnmatchcase(spelling, wanted) for spelling in _spellings(name) for wanted in _spellings(pattern))


def _spellings(name: str) -> set[str]:
    """A name or a pattern in lower case, with all labels as A-labels, and with all as U-labels."""
    lower = unicodedata.normalize("NFC", name.lower())
    return {lower, to_a_labels(lower) or lower, ".".join(map(_to_u_label, lower.split(".")))}


def _to_u_label(label: str) -> str:
    try:
        return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except ValueError:
        return label


A_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
MAX_NAME_LENGTH = 253


def to_a_labels(name: str) -> str | None:
    """A DNS name in lower-case A-labels, perhaps with ``*`` for its first label; None if it is none.

    No other mapping than to lower case: one that IDNA 2003 made and IDNA 2008 does not (``ß``) would join two domains.
    """
    first, *others = name.split(".")
    labels = [first if first == "*" else _to_a_label(first), *map(_to_a_label, others)]
    if not others or not all(A_LABEL.fullmatch(label) for label in labels[first == "*" :]):
        return None
    name = ".".join(labels)
    return name if len(name) <= MAX_NAME_LENGTH else None


def _to_a_label(label: str) -> str:
    """One label; something that is no A-label if it cannot be one."""
    if label.isascii():
        return label.lower()
    label = unicodedata.normalize("NFC", label.lower())
    if not all(char in "-\u00b7" or unicodedata.category(char)[0] in "LMN" for char in label):
        return ""
    return "xn--" + label.encode("punycode").decode("ascii")


def covers(held: t.Container[str], names: t.Iterable[str]) -> bool:
    """Whether a certificate for some names is good for others. A wildcard covers one label, never another wildcard."""
    return all(name in held or to_wildcard(name) in held for name in names)


def to_wildcard(name: str) -> str:
    """The wildcard that covers a name; for a wildcard this is itself."""
    return f"*.{name.partition('.')[2]}"
