# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders as the API gives them, and the endpoints of one order: read it, send a status."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from .._errors import INVALID_OPTION, UNEXPECTED_RESPONSE, CertCentralError


def check_order_id(order_id: int) -> None:
    """Refuse what cannot be the ID of an order. A bool passes for an int in Python, and in Ansible's argument check.

    :raises CertCentralError: ``invalid_option``
    """
    if isinstance(order_id, bool) or order_id < 1:
        raise CertCentralError(INVALID_OPTION, f"order_id is {order_id}: it has to be a whole number above 0")


MAX_ID_DIGITS = 19
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Order:
    """An order as it was fetched.

    :param is_renewed: the flag as it was read; None where the reply leaves it out, which is not the same as false
    :param migrated: whether it came from the legacy console; None as long as the listing was not asked
    :param valid_till: last day of the certificate; None before issuance
    :param renewed_order_id: the order that renewed this one, 0 if there is none; None if what was read is no order's ID
    :param reissues: the ``(id, status)`` of its reissue requests
    :param listed: whether it is a row of the listing, which leaves out renewals and requests
    :param raw: what the API gave
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
        """Whether it carries the mark *renewed*: by its flag, or by a status as the console shows it. None: not known."""
        return True if self.status == "renewed" else self.is_renewed

    @property
    def created(self) -> datetime | None:
        """When it was placed, in UTC."""
        return parse_time(self.raw.get("date_created"))


def parse_order(raw: t.Any, *, listed: bool = False) -> Order:
    """An order of order info or of the listing. Every field but ``id`` and ``status`` can be missing.

    :raises CertCentralError: ``unexpected_response``
    """
    order_id = parse_id(raw.get("id")) if isinstance(raw, dict) else 0
    if not order_id or not isinstance(raw.get("status"), str) or not raw["status"]:
        raise CertCentralError(
            UNEXPECTED_RESPONSE, "the API's reply is not an order", "check what api_url leads to", http_status=200
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
    """A number above 0 that may come as text; else 0."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_ID_DIGITS:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _parse_other_id(value: t.Any) -> int | None:
    """The ID of another order; 0 where there is none. None if it is neither."""
    return parse_id(value) or (0 if not value or value == "0" else None)


def _parse_flag(value: t.Any) -> bool | None:
    """A flag, which may come as bool, number or text. None if it says neither."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())


def parse_date(value: t.Any) -> date | None:
    """``YYYY-MM-DD``, whatever time of day follows; None if it is anything else."""
    # Python 3.11 and later take other forms as well.
    if not isinstance(value, str) or not DAY.match(value):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def parse_time(value: t.Any) -> datetime | None:
    """A moment in UTC, with its offset counted; None if it is none.

    One without an offset is UTC. A mere date is its end, so that nothing counts as older than it is.
    """
    if not isinstance(value, str):
        return None
    text = value[:-1] + "+00:00" if value.endswith("Z") else value
    try:
        moment = datetime.fromisoformat(text)
        if len(value) == len("YYYY-MM-DD"):
            moment += timedelta(days=1)
        return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        return None
