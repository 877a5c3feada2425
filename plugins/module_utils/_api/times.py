# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times in orders, in all forms that the API may use."""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timedelta, timezone

from .order import DAY, Order

TIME = r"([01][0-9]|2[0-3])(:?)([0-5][0-9])(?:\6([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
OFFSET = r"[Zz]|([+-][0-9]{2})(?::?([0-5][0-9]))?"
TIME_PATTERN = re.compile(rf"{DAY}(?:[Tt ]{TIME} ?(?:{OFFSET})?)?")


def find_created(order: Order) -> datetime | None:
    """Return the time in UTC at which the order was placed; None if it cannot be read."""
    return parse_time(order.raw.get("date_created"))


def parse_time(value: t.Any) -> datetime | None:
    """Return the time of an ISO 8601 date and time, in UTC; None if the value is not such a date.

    A time without an offset is in UTC. A date without a time counts as the end of that day, so that no age is overestimated.
    """
    match = TIME_PATTERN.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return None
    year, unused_dash, month, day, hour, unused_colon, minute, second, fraction, hours, minutes = match.groups()
    time = f"{hour or '00'}:{minute or '00'}:{second or '00'}.{(fraction or '0').ljust(6, '0')[:6]}"
    try:
        moment = datetime.fromisoformat(f"{year}-{month}-{day}T{time}{hours or '+00'}:{minutes or '00'}")
        return moment.astimezone(timezone.utc) + timedelta(days=0 if hour else 1)
    except (ValueError, OverflowError):
        return None
