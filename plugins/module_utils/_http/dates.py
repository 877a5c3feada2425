# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates in HTTP headers."""

from __future__ import annotations

import email.utils
from datetime import datetime, timezone


def parse_http_date(value: str) -> datetime | None:
    """Return the time of an HTTP date in UTC, or None if the value is not an HTTP date.

    All three forms in section 5.6.7 of RFC 9110 are accepted. A date without a time zone is in UTC.
    """
    try:
        date = email.utils.parsedate_to_datetime(value)
        return date.replace(tzinfo=timezone.utc) if date.tzinfo is None else date.astimezone(timezone.utc)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
