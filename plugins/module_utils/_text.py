# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts for messages: foreign text made safe to print, and counts in words."""

from __future__ import annotations

import typing as t


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
