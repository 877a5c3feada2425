# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders as the API gives them: IDs, flags and dates in every form in which they may come."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from .._errors import INVALID_OPTION, UNEXPECTED_RESPONSE, CertCentralError


def check_order_id(order_id: int) -> None:
    """Refuse what cannot be the ID of an order. Python and Ansible's argument check accept a bool as an int.

    :raises CertCentralError: ``invalid_option``
    """
    if isinstance(order_id, bool) or order_id < 1:
        raise CertCentralError(INVALID_OPTION, f"order_id is {order_id}: it has to be a whole number above 0")


MAX_ID_DIGITS = 19
# The common forms of ISO 8601, extended or basic. Which of them datetime.fromisoformat reads depends on the version of Python.
DAY = r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})"
TIME = r"([01][0-9]|2[0-3])(:?)([0-5][0-9])(?:\6([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
OFFSET = r"[Zz]|([+-][0-9]{2})(?::?([0-5][0-9]))?"
DATE_PATTERN = re.compile(rf"{DAY}(?:[Tt ].*)?", re.DOTALL)
TIME_PATTERN = re.compile(rf"{DAY}(?:[Tt ]{TIME} ?(?:{OFFSET})?)?")


@dataclass(frozen=True)
class Order:
    """An order as it was read.

    :param is_renewed: the flag as the API gave it; None if the API left it out, which is not the same as false
    :param migrated: whether the order was migrated from the legacy console; None if that was not read
    :param valid_till: last day of the certificate; None before issuance
    :param renewed_order_id: the order that renewed this one, 0 if there is none; None if the value is not the ID of an order
    :param reissues: the ``(id, status)`` of its reissue requests
    :param listed: whether it is a row of the order list, which leaves out renewals and requests
    :param raw: the response or the row itself
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
        """Whether the order is marked renewed, by its flag or by its status; None if it is not known."""
        return True if self.status == "renewed" else self.is_renewed

    @property
    def created(self) -> datetime | None:
        """The time in UTC at which the order was placed; None if it cannot be read."""
        return parse_time(self.raw.get("date_created"))


def parse_order(raw: t.Any, *, listed: bool = False) -> Order:
    """Return an order from its details or from a row of the order list. Only ``id`` and ``status`` are required.

    :raises CertCentralError: ``unexpected_response``
    """
    order_id = parse_id(raw.get("id")) if isinstance(raw, dict) else 0
    if not order_id or not isinstance(raw.get("status"), str) or not raw["status"]:
        raise CertCentralError(
            UNEXPECTED_RESPONSE, "the API's response is not an order", "check what api_url leads to", http_status=200
        )
    certificate = raw.get("certificate")
    if not isinstance(certificate, dict):
        certificate = {}
    common_name = certificate.get("common_name")
    requests = raw.get("requests")
    return Order(
        id=order_id,
        status=raw["status"],
        is_renewed=_parse_flag(raw.get("is_renewed")),
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
    """Return a number above 0, which may come as text; 0 if it is anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_ID_DIGITS:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _parse_other_id(value: t.Any) -> int | None:
    """Return the ID of another order, or 0 if there is none; None if the value is neither."""
    return parse_id(value) or (0 if not value or value == "0" else None)


def _parse_flag(value: t.Any) -> bool | None:
    """Return a flag, which may come as a bool, a number or text; None if it is anything else."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())


def parse_date(value: t.Any) -> date | None:
    """Return the day of an ISO 8601 date, whatever time of day follows; None if it is not one."""
    match = DATE_PATTERN.fullmatch(value) if isinstance(value, str) else None
    try:
        return date(int(match[1]), int(match[3]), int(match[4])) if match else None
    except ValueError:
        return None


def parse_time(value: t.Any) -> datetime | None:
    """Return the time in UTC that an ISO 8601 date and time stand for; None if it is not one.

    Without an offset, it is in UTC. A date without a time counts as the end of that day, so that an age is never overestimated.
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
