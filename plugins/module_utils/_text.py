# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts from others, which are made safe to print, and numbers of orders in words."""

from __future__ import annotations

import typing as t


def sanitize(text: t.Any, limit: int = 300) -> str:
    """Return text from elsewhere as one line, with control and formatting characters replaced, cut to ``limit`` characters.

    Ansible prints ``msg`` unchanged, so an escape code in it would reach the terminal.
    """
    words = " ".join(str(text)[: limit * 4].split())
    words = "".join(char if char.isprintable() else "?" for char in words)
    return words if len(words) <= limit else words[: limit - 3] + "..."


def count_orders(number: int) -> str:
    """Return a number of orders in words: "1 order", "2 orders"."""
    return f"{number} order{'' if number == 1 else 's'}"
