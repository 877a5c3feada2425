# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates in HTTP headers."""

from __future__ import annotations

import email.utils
from datetime import datetime, timezone


def parse_http_date(value: str) -> datetime | None:
    """Return the time that an HTTP date stands for, or None if it is not one.

    All three forms of RFC 9110 (5.6.7) are read. Each is in UTC, even if it does not say so.
    """
    try:
        date = email.utils.parsedate_to_datetime(value)
        return date.replace(tzinfo=timezone.utc) if date.tzinfo is None else date.astimezone(timezone.utc)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
