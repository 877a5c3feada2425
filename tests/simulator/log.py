# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log of a simulator that somebody runs by hand: one line for each request."""

from __future__ import annotations

import contextlib
import sys
from datetime import datetime

from .state import Record


def line(record: Record, now: datetime) -> str:
    """Return the line for a request whose response is ready.

    For example: ``12:00:01 PUT /services/v2/order/certificate/1234567/status -> 204, the order was changed``. The line has no
    headers, so it does not show the key. Unprintable characters are escaped.
    """
    query = "&".join(f"{name}={value}" for name, value in record["query"])
    target = record["path"] + (f"?{query}" if query else "")
    response = "no response" if record["status"] is None else str(record["status"])
    notes = ["the order was changed"] if record["effective"] else []
    if record["fault"]:
        notes.append(f"fault {record['fault']}")
    text = f"{now:%H:%M:%S} {record['method']} {target} -> {', '.join([response, *notes])}"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def write(record: Record) -> None:
    """Write the line for a request to standard error. If standard error is closed, the line is lost."""
    with contextlib.suppress(OSError, ValueError):
        print(line(record, datetime.now().astimezone()), file=sys.stderr, flush=True)
