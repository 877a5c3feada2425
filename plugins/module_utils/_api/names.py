# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS names: their spellings, the names that a certificate covers, and shell patterns.

A name can be spelled with U-labels (``bücher.example``) or with A-labels (``xn--bcher-kva.example``). Names are only mapped to
lower case and to the composed form of Unicode (NFC). Other mappings treat two different domains as one, as IDNA 2003 does with
``ß`` and ``ss``.
"""

from __future__ import annotations

import re
import typing as t
import unicodedata
from fnmatch import fnmatchcase

A_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
MAX_NAME_LENGTH = 253
MAX_LABEL_LENGTH = 63


def same_name(name: str, other: str) -> bool:
    """Return whether two names differ at most in case, in the spelling of their labels, and in a dot at the end.

    The names need not be DNS names. The common names of other kinds of certificates are compared as text.
    """
    return _to_comparable(name) == _to_comparable(other)


def _to_comparable(name: str) -> str:
    lower = _to_lower(name.strip())
    lower = lower[:-1] if lower.endswith(".") else lower
    return ".".join(_to_a_label(label) or label for label in lower.split("."))


def is_match(name: str, pattern: str) -> bool:
    """Return whether a shell pattern matches a name, in any spelling of both.

    This can match too much, but patterns are used for exclusions, and a match too many is better than a match too few.
    """
    return any(fnmatchcase(spelling, wanted) for spelling in _spellings(name) for wanted in _spellings(pattern))


def _spellings(name: str) -> set[str]:
    """Return the spellings of a name or pattern in lower case: as it is, with A-labels, and with U-labels."""
    lower = _to_lower(name)
    return {lower, to_a_labels(lower) or lower, ".".join(map(_to_u_label, lower.split(".")))}


def _to_u_label(label: str) -> str:
    try:
        return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except ValueError:
        return label


def to_a_labels(name: str) -> str | None:
    """Return a DNS name in lower-case A-labels, or None if it is not a DNS name. Its first label may be ``*``."""
    first, *others = _to_lower(name).split(".")
    labels = [first if first == "*" else _to_a_label(first), *map(_to_a_label, others)]
    if not others or not all(A_LABEL.fullmatch(label) for label in labels[first == "*" :]):
        return None
    name = ".".join(labels)
    return name if len(name) <= MAX_NAME_LENGTH else None


def _to_lower(text: str) -> str:
    # Convert each character by itself. In a whole word, Python lowers a final sigma to another letter, which is another domain.
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", "".join(map(str.lower, text)))


def _to_a_label(label: str) -> str:
    """Return the A-label of a lower-case label, or an empty string if it has none. An ASCII label is returned unchanged."""
    if label.isascii():
        return label
    if len(label) > MAX_LABEL_LENGTH:
        return ""
    try:
        # Few names need this library, so most tasks do not import it. It is installed together with requests.
        import idna  # noqa: PLC0415

        return idna.alabel(label).decode("ascii")
    except (ImportError, UnicodeError):
        return ""


def covers(held: t.Container[str], names: t.Iterable[str]) -> bool:
    """Return whether a certificate for the names in ``held`` covers all of ``names``.

    A wildcard covers exactly one label. It does not cover another wildcard.
    """
    return all(name in held or to_wildcard(name) in held for name in names)


def to_wildcard(name: str) -> str:
    """Return the wildcard name that covers a name. A wildcard is returned unchanged."""
    return f"*.{name.partition('.')[2]}"
