# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates in HTTP headers."""

from __future__ import annotations

import email.utils
import typing as t
from datetime import datetime, timedelta, timezone

from .._errors import CertCentralError

if t.TYPE_CHECKING:
    from .client import Client

# The largest difference between the host's clock and the API's at which decisions may depend on today's date.
MAX_CLOCK_SKEW = timedelta(days=1)


def parse_http_date(value: str) -> datetime | None:
    """Return the time of an HTTP date in UTC, or None if the value is not an HTTP date.

    All three forms in section 5.6.7 of RFC 9110 are accepted. A date without a time zone is in UTC.
    """
    try:
        date = email.utils.parsedate_to_datetime(value)
        return date.replace(tzinfo=timezone.utc) if date.tzinfo is None else date.astimezone(timezone.utc)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def check_clock(client: Client) -> None:
    """Compare the host's clock with the ``Date`` header of the newest response, before a decision that depends on today.

    If the header is missing or is not a date, the clock is accepted.

    :raises CertCentralError: ``clock_skew`` if they differ by more than a day
    """
    header, here = client.dated
    there = parse_http_date(header)
    if there is not None and abs(here - there) > MAX_CLOCK_SKEW:
        raise CertCentralError(
            "clock_skew",
            f"the clock of this host says {here:%Y-%m-%d %H:%M} UTC, but the API's clock says {there:%Y-%m-%d %H:%M} UTC",
            "set the clock of the host that runs this",
        )
