# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS names, and shell patterns for DNS names."""

from __future__ import annotations

import re
import unicodedata

from .options import invalid, show

MAX_NAME_LENGTH = 253
# A set of characters in a shell pattern.
BRACKETED = re.compile(r"\[!?[^\[\]!]+\]")
ASCII_LABEL = re.compile("[A-Za-z0-9_-]+")
# The punctuation that IDNA allows in labels.
MARKS_IN_LABELS = "-_\u00b7\u0375\u05f3\u05f4\u30fb"


def check_name_pattern(name: str, pattern: str) -> None:
    """Refuse a shell pattern that matches no DNS name. As an exclusion, it would leave out nothing.

    :raises CertCentralError: ``invalid_option``
    """
    # Each wildcard counts as one letter.
    letters = BRACKETED.sub("x", pattern).replace("?", "x")
    labels = letters.replace("*", "x").split(".")
    if not all(map(_can_be_label, labels)) or len(letters.replace("*", "")) > MAX_NAME_LENGTH:
        raise invalid(
            f"{name} has the entry {show(pattern)}, which matches no DNS name",
            "write DNS names such as www.example.com, or shell patterns such as *.example.com, without a scheme, a port or "
            "a path",
        )


def _can_be_label(label: str) -> bool:
    """Return whether a text can be a label of a DNS name, in any spelling."""
    if label.isascii():
        return bool(ASCII_LABEL.fullmatch(label))
    return not any(unicodedata.category(char)[0] == "P" and char not in MARKS_IN_LABELS for char in label)
