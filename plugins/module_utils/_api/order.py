# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders as the API returns them, with IDs, flags and dates in all forms that it may use."""

from __future__ import annotations

import re
import typing as t
from datetime import date

from .._errors import CertCentralError

MAX_ID_DIGITS = 19
# The API may send a flag as a bool, a number or a string.
FLAGS = {"true": True, "1": True, "false": False, "0": False}
# The common forms of ISO 8601, extended and basic. How many of them datetime.fromisoformat accepts depends on Python's version.
DAY = r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})"
DATE_PATTERN = re.compile(rf"{DAY}(?:[Tt ].*)?", re.DOTALL)


class Order(t.NamedTuple):
    """An order as it was read.

    :param is_renewed: the API's flag; None if the API left it out, which does not mean false
    :param migrated: whether the order was migrated from the legacy console; None if that was not read
    :param valid_till: the last day of the certificate; None before the certificate is issued
    :param renewed_order_id: the ID of the order that renewed this one; 0 if there is none, None if the value cannot be read
    :param reissues: the ``(id, status)`` of each reissue request
    :param listed: whether the order is a row of the order list, which leaves out renewals and requests
    :param raw: the order as the API sent it
    """

    id: int
    status: str
    is_renewed: bool | None
    migrated: bool | None
    valid_till: date | None
    renewed_order_id: int | None
    common_name: str | None
    reissues: tuple[tuple[int, str], ...]
    listed: bool
    raw: dict[str, t.Any]

    @property
    def marked(self) -> bool | None:
        """Return whether the order is marked renewed, by its flag or its status; None if unknown."""
        return True if self.status == "renewed" else self.is_renewed


def parse_order(raw: t.Any, *, listed: bool = False) -> Order:
    """Return an order, parsed from its details or from a row of the order list. Only ``id`` and ``status`` are required.

    :raises CertCentralError: ``unexpected_response``
    """
    order_id = parse_id(raw.get("id")) if isinstance(raw, dict) else 0
    if not order_id or not isinstance(raw.get("status"), str) or not raw["status"]:
        raise CertCentralError(
            "unexpected_response", "the API's response is not an order", "check what api_url leads to", http_status=200
        )
    certificate = raw["certificate"] if isinstance(raw.get("certificate"), dict) else {}
    common_name = certificate.get("common_name")
    requests = raw.get("requests")
    return Order(
        id=order_id,
        status=raw["status"],
        is_renewed=FLAGS.get(str(raw.get("is_renewed")).lower()),
        migrated=None,
        valid_till=parse_date(certificate.get("valid_till")),
        renewed_order_id=_parse_other_id(raw.get("renewed_order_id")),
        common_name=common_name if isinstance(common_name, str) else None,
        reissues=tuple(
            (parse_id(request.get("id")), str(request.get("status")))
            for request in (requests if isinstance(requests, list) else ())
            if isinstance(request, dict) and request.get("type") == "reissue"
        ),
        listed=listed,
        raw=raw,
    )


def parse_id(value: t.Any) -> int:
    """Return an ID, which the API may send as a string; 0 if the value is not a number above 0."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_ID_DIGITS:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _parse_other_id(value: t.Any) -> int | None:
    """Return the ID of another order; 0 if the API gives none, None if the value cannot be read."""
    return parse_id(value) or (0 if not value or value == "0" else None)


def parse_date(value: t.Any) -> date | None:
    """Return the day of an ISO 8601 date, with or without a time; None if the value is not such a date."""
    match = DATE_PATTERN.fullmatch(value) if isinstance(value, str) else None
    try:
        return date(int(match[1]), int(match[3]), int(match[4])) if match else None
    except ValueError:
        return None
