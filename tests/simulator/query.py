# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters, sort keys and spans of time in a query (docs/api.md, sections 5 and 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from .. import facts
from .orders import Order, certificate_id, get, parse_date, timestamp
from .quirks import Quirks
from .rules import ApiError, bad_parameter
from .views import shown_status

Test = Callable[[Order], bool]

# The beginning of a date. A time can follow.
DATE = re.compile(r"\d{4}-\d\d-\d\d")
FILTER = re.compile(r"filters\[(\w+)\](\[\d*\])?")

# Mountain Daylight Time, which status-changes uses for the dates of its filter.
MDT = timezone(timedelta(hours=-6), "MDT")
LONGEST_SPAN = timedelta(seconds=facts.MAX_CHANGES_SECONDS)


# ---- filters of the order list


def _names(order: Order) -> list[str]:
    names = get(order, "certificate", "dns_names")
    return [str(name).lower() for name in [get(order, "certificate", "common_name"), *(names or [])] if name]


def _metadata_ids(order: Order) -> list[str]:
    return [str(field.get("metadata_id")) for field in order.get("custom_fields") or []]


def _searched(order: Order) -> str:
    """Return the text in which filters[search] looks: the e-mail address and the common name."""
    return f"{get(order, 'user', 'email')}\n{get(order, 'certificate', 'common_name')}".lower()


# The values that filters compare for equality.
EQUAL: dict[str, Callable[[Order], Any]] = {
    "id": lambda order: order["id"],
    "serial_number": lambda order: get(order, "certificate", "serial_number"),
    "certificate_id": certificate_id,
    "common_name": lambda order: get(order, "certificate", "common_name"),
    "organization_id": lambda order: get(order, "organization", "id"),
    "container_id": lambda order: get(order, "container", "id"),
    "product_name_id": lambda order: get(order, "product", "name_id"),
    "user_id": lambda order: get(order, "user", "id"),
    "email": lambda order: get(order, "user", "email"),
}
FLAGS: dict[str, Callable[[Order], Any]] = {
    "is_renewed": lambda order: order.get("is_renewed"),
    "disable_renewal_notifications": lambda order: order.get("disable_renewal_notifications"),
}
DATES: dict[str, Callable[[Order], Any]] = {
    "valid_till": lambda order: get(order, "certificate", "valid_till"),
    "date_created": lambda order: order.get("date_created"),
}
# Only the first two sort keys are documented, or known to be sent by clients.
SORTS: dict[str, Callable[[Order], Any]] = {
    "date_created": DATES["date_created"],
    "order_id": EQUAL["id"],
    "id": EQUAL["id"],
    "status": lambda order: order["status"],
    "common_name": EQUAL["common_name"],
    "valid_till": DATES["valid_till"],
    "order_valid_till": lambda order: order.get("order_valid_till"),
}


def make_test(name: str, values: list[str], quirks: Quirks) -> Test | None:
    """Return the test of an order for ``filters[name]``, or None if the API ignores these values.

    :param values: one value, or for the status several values, of which the order must have one
    """
    value = values[-1]
    if name == "status":
        return _status_test(values, quirks)
    if name in EQUAL:
        field = EQUAL[name]
        return lambda order: str(field(order)).lower() == value.lower()
    if name in FLAGS:
        flag = FLAGS[name]
        if value not in ("0", "1"):
            raise bad_parameter(f"filters[{name}] must be 1 or 0.")
        return lambda order: ("1" if flag(order) in (True, 1, "1") else "0") == value
    if name in DATES:
        return _date_test(name, value, quirks)
    if name == "origin":
        if value not in ("certcentral", "migrated"):
            raise bad_parameter("filters[origin] must be certcentral or migrated.")
        return lambda order: order["migrated"] is (value == "migrated")
    if name == "domain_name":
        return lambda order: value.lower() in _names(order)
    if name == "metadata_id":
        return lambda order: value in _metadata_ids(order)
    if name == "search":
        return lambda order: value.lower() in _searched(order)
    raise bad_parameter(f"filters[{name}] is not a filter.")


def _status_test(values: list[str], quirks: Quirks) -> Test | None:
    """Return the test for statuses. The filter ``issued`` also matches orders that have expired since."""
    wanted = set(values)
    if not wanted <= set(facts.STATUS_FILTER_VALUES):
        if quirks.unknown_status_filter == "refused":
            raise bad_parameter("filters[status] has an unknown value.")
        if quirks.unknown_status_filter == "ignored":
            wanted &= set(facts.STATUS_FILTER_VALUES)
            if not wanted:
                return None
    if "issued" in wanted:
        wanted.add("expired")
    if quirks.renewed_as_status:
        return lambda order: shown_status(order, quirks) in wanted
    return lambda order: order["status"] in wanted


def _local(moment: Any, hours: int) -> Any:
    """Return a time of an order in another time zone, in the API's form."""
    try:
        return timestamp(datetime.fromisoformat(str(moment)) + timedelta(hours=hours))
    except ValueError:
        return moment


def _date_test(name: str, value: str, quirks: Quirks) -> Test:
    """Return the test for ``2026-12-31``, ``<2026-12-31``, ``>2026-12-31``, or the range ``A...B``, which includes A and B."""
    field = DATES[name]
    # A plus sign that was not escaped in the query arrives as a space.
    low, dots, high = value.replace(" ", "+").partition("...")
    sign = low[:1] if low[:1] in ("<", ">") and not dots else ""
    bounds = [low[len(sign) :], high] if dots else [low[len(sign) :]]
    if not all(DATE.match(bound) and parse_date(bound) for bound in bounds):
        raise bad_parameter(f"filters[{name}] must be a date, <date, >date or date...date.")
    lower, upper = bounds[0], bounds[-1]
    hours = quirks.utc_offset_hours if name == "date_created" else 0

    def test(order: Order) -> bool:
        held = _local(field(order), hours) if hours else field(order)
        if not held:
            return False
        # A date without a time means the whole day.
        first, last = str(held)[: len(lower)], str(held)[: len(upper)]
        if sign == "<":
            return first < lower
        if sign == ">":
            return first > lower
        return lower <= first and last <= upper

    return test


def parse_filters(query: Iterable[tuple[str, str]], quirks: Quirks) -> dict[str, list[str]]:
    """Return the values of the filters in a query, without the filters that this server ignores.

    Several values have the form ``filters[status][0]=a&filters[status][1]=b``. They are only known to work for the status. For all
    other filters, they are rejected.
    """
    filters: dict[str, list[str]] = {}
    for key, value in query:
        match = FILTER.fullmatch(key)
        if not match:
            continue
        name, index = match.groups()
        if index is None:
            filters[name] = [value]
        else:
            filters.setdefault(name, []).append(value)
    for name, values in filters.items():
        if len(values) > 1 and name != "status":
            raise bad_parameter(f"filters[{name}] takes one value.")
    return {name: values for name, values in filters.items() if name not in quirks.ignored_filters}


# ---- sorting and paging


def sort_orders(orders: list[Order], sort: str) -> list[Order]:
    """Return orders sorted by ``name,-name...``. Orders without a value come last. Without a name, the sequence is kept."""
    for name in reversed(sort.split(",") if sort else []):
        field = SORTS.get(name.lstrip("-"))
        if field is None:
            raise bad_parameter(f"Cannot sort by {name}.")
        held = [order for order in orders if field(order) is not None]
        empty = [order for order in orders if field(order) is None]
        held.sort(key=field, reverse=name.startswith("-"))
        orders = held + empty
    return orders


def number(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a number of the query, which is at least 0."""
    value = query.get(name, "")
    if value and not value.isdecimal():
        raise bad_parameter(f"{name} must be a number.")
    return int(value) if value else default


# ---- the span of status-changes


def parse_span(query: Iterable[tuple[str, str]], now: datetime, quirks: Quirks) -> tuple[datetime, datetime]:
    """Return the start (inclusive) and the end (exclusive) of the span, in UTC (docs/api.md, section 7)."""
    options = dict(query)
    filters = parse_filters(options.items(), quirks)
    span = filters.pop("status_last_updated", None)
    if filters:
        raise bad_parameter(f"{', '.join(filters)}: not a filter.")
    if span is not None:
        return _parse_range(span[-1])
    if not {"minutes", "seconds"} & set(options):
        raise bad_parameter("minutes, seconds or filters[status_last_updated] is required.")
    seconds = 60 * number(options, "minutes", 0) + number(options, "seconds", 0)
    length = timedelta(seconds=min(seconds, 10**9))
    _check_length(length)
    # The span includes changes that happen while the request is on its way.
    return now - length, now + timedelta(days=1)


def _check_length(length: timedelta) -> None:
    if length > LONGEST_SPAN:
        raise ApiError(400, "time_frame_too_long", f"The time frame must not exceed {LONGEST_SPAN.days} days.")


def _parse_range(value: str) -> tuple[datetime, datetime]:
    low, dots, high = value.replace(" ", "+").partition("...")
    if not dots:
        raise bad_parameter("filters[status_last_updated] must be date...date.")
    begin, unused = _parse_moment(low)
    end, length = _parse_moment(high)
    _check_length(end + (length if length > timedelta(seconds=1) else timedelta()) - begin)
    return begin, end + length


def _parse_moment(text: str) -> tuple[datetime, timedelta]:
    """Return the start of a day or of a second in MDT, and its length.

    It is ASSUMED that a date with a time can have a year with four digits (docs/api.md, section 7).
    """
    forms = (
        ("%Y-%m-%d", timedelta(days=1)),
        ("%y-%m-%d+%H:%M:%S", timedelta(seconds=1)),
        ("%Y-%m-%d+%H:%M:%S", timedelta(seconds=1)),
    )
    for form, length in forms:
        try:
            return datetime.strptime(text, form).replace(tzinfo=MDT).astimezone(timezone.utc), length
        except ValueError:
            continue
    raise bad_parameter("filters[status_last_updated]: a date is yyyy-MM-dd or yy-mm-dd+HH:mm:ss.")
