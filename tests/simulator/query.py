# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters, sorting and spans of time in a query (sections 5 and 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from .orders import Order, certificate_id, get, parse_date, timestamp
from .quirks import Quirks
from .rules import ApiError, bad_parameter
from .views import shown_status

Test = Callable[[Order], bool]

# The values that the listing's page documents for filters[status].
STATUS_FILTER_VALUES = frozenset(
    ("pending", "issued", "rejected", "revoked", "waiting_pickup", "reissue_pending", "canceled")
)
# ISO 8601, as the API writes it; a filter may hold a bare date as well.
DATE = re.compile(r"\d{4}-\d\d-\d\d")
FILTER = re.compile(r"filters\[(\w+)\](\[\d*\])?")

# Mountain Daylight Time, which the page of status-changes names for all dates of the filter.
MDT = timezone(timedelta(hours=-6), "MDT")
LONGEST_SPAN = timedelta(days=7)


# ---- filters of the listing


def _names(order: Order) -> list[str]:
    names = get(order, "certificate", "dns_names")
    return [str(name).lower() for name in [get(order, "certificate", "common_name"), *(names or [])] if name]


def _metadata_ids(order: Order) -> list[str]:
    return [str(field.get("metadata_id")) for field in order.get("custom_fields") or []]


def _searched(order: Order) -> str:
    """What filters[search] looks at: e-mail and common name. DOC."""
    return f"{get(order, 'user', 'email')}\n{get(order, 'certificate', 'common_name')}".lower()


# What a filter that compares for equality looks at.
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
# Those that the facts name, and the others (ASSUMED).
SORTS: dict[str, Callable[[Order], Any]] = {"date_created": DATES["date_created"], "order_id": EQUAL["id"]}
OTHER_SORTS: dict[str, Callable[[Order], Any]] = {
    "id": EQUAL["id"],
    "status": lambda order: order["status"],
    "common_name": EQUAL["common_name"],
    "valid_till": DATES["valid_till"],
    "order_valid_till": lambda order: order.get("order_valid_till"),
}


def make_test(name: str, values: list[str], quirks: Quirks) -> Test | None:
    """What an order must be to pass ``filters[name]`` with any of these values. None: the filter is ignored."""
    if name in EQUAL:
        field, wanted = EQUAL[name], {value.lower() for value in values}
        return lambda order: str(field(order)).lower() in wanted
    if name in FLAGS:
        flag = FLAGS[name]
        if not set(values) <= {"0", "1"}:
            raise bad_parameter(f"filters[{name}] is 1 or 0.")
        return lambda order: ("1" if flag(order) in (True, 1, "1") else "0") in values
    if name in DATES:
        tests = [_date_test(name, value, quirks) for value in values]
        return tests[0] if len(tests) == 1 else lambda order: any(test(order) for test in tests)
    if name == "status":
        return _status_test(values, quirks)
    if name == "origin":
        if not set(values) <= {"certcentral", "migrated"}:
            raise bad_parameter("filters[origin] is certcentral or migrated.")
        return lambda order: ("migrated" if order["migrated"] else "certcentral") in values
    lowered = [value.lower() for value in values]
    if name == "domain_name":
        return lambda order: any(value in _names(order) for value in lowered)
    if name == "metadata_id":
        return lambda order: any(value in _metadata_ids(order) for value in values)
    if name == "search":
        return lambda order: any(value in _searched(order) for value in lowered)
    if quirks.unknown_filter == "refused":
        raise bad_parameter(f"filters[{name}] is not a filter.")
    return None


def _status_test(values: list[str], quirks: Quirks) -> Test | None:
    """The filter issued also returns orders that have expired since."""
    wanted = set(values)
    if not wanted <= STATUS_FILTER_VALUES:
        if quirks.unknown_status_filter == "refused":
            raise bad_parameter("filters[status] has an unknown value.")
        if quirks.unknown_status_filter == "ignored":
            wanted &= STATUS_FILTER_VALUES
            if not wanted:
                return None
    if "issued" in wanted:
        wanted.add("expired")
    if quirks.renewed_as_status:
        return lambda order: shown_status(order, quirks) in wanted
    return lambda order: order["status"] in wanted


def _local(moment: Any, hours: int) -> Any:
    """A moment of an order in another time zone, in the same form."""
    try:
        return timestamp(datetime.fromisoformat(str(moment)) + timedelta(hours=hours))
    except ValueError:
        return moment


def _date_test(name: str, value: str, quirks: Quirks) -> Test:
    """``2026-12-31``, ``<2026-12-31``, ``>2026-12-31`` or ``A...B`` (both ends included)."""
    field = DATES[name]
    # A plus sign in a query that was not escaped arrives as a space.
    low, dots, high = value.replace(" ", "+").partition("...")
    sign = low[:1] if low[:1] in ("<", ">") and not dots else ""
    bounds = [low[len(sign) :], high] if dots else [low[len(sign) :]]
    if not all(DATE.match(bound) and parse_date(bound) for bound in bounds):
        raise bad_parameter(f"filters[{name}] is a date, <date, >date or date...date.")
    lower, upper = bounds[0], bounds[-1]
    hours = quirks.utc_offset_hours if name == "date_created" else 0

    def test(order: Order) -> bool:
        held = _local(field(order), hours) if hours else field(order)
        if not held:
            return False
        # A bare date is about the whole day.
        first, last = str(held)[: len(lower)], str(held)[: len(upper)]
        if sign == "<":
            return first < lower
        if sign == ">":
            return first > lower
        return lower <= first and last <= upper

    return test


def parse_filters(query: Iterable[tuple[str, str]], quirks: Quirks) -> dict[str, list[str]]:
    """The filters of a query, without those that this server ignores.

    Several values: ``filters[status][0]=a&filters[status][1]=b``. Only those of status are known to work.
    """
    filters: dict[str, list[str]] = {}
    several = set()
    for key, value in query:
        match = FILTER.fullmatch(key)
        if not match:
            continue
        name, index = match.groups()
        if index is None:
            filters[name] = [value]
        else:
            several.add(name)
            filters.setdefault(name, []).append(value)
    ways = {"status": quirks.multi_value_status, "id": quirks.multi_value_id}
    for name in several:
        how = ways.get(name, quirks.multi_value_filters)
        if how == "refused":
            raise bad_parameter(f"filters[{name}] takes one value.")
        if how == "ignored":
            del filters[name]
    return {name: values for name, values in filters.items() if name not in quirks.ignored_filters}


# ---- sorting and paging


def sort_orders(orders: list[Order], sort: str, quirks: Quirks) -> list[Order]:
    """Orders by ``name,-name…``; what has no value stands last. Without a sort: as they were seeded."""
    for name in reversed(sort.split(",") if sort else []):
        field = SORTS.get(name.lstrip("-"))
        if field is None and quirks.other_sorts == "works":
            field = OTHER_SORTS.get(name.lstrip("-"))
        if field is None:
            if quirks.other_sorts == "ignored":
                continue
            raise bad_parameter(f"Cannot sort by {name}.")
        held = [order for order in orders if field(order) is not None]
        empty = [order for order in orders if field(order) is None]
        held.sort(key=field, reverse=name.startswith("-"))
        orders = held + empty
    return orders


def number(query: Mapping[str, str], name: str, default: int) -> int:
    """A number of the query, at least 0."""
    value = query.get(name, "")
    if value and not value.isdecimal():
        raise bad_parameter(f"{name} is a number.")
    return int(value) if value else default


# ---- the span of status-changes


def parse_span(query: Iterable[tuple[str, str]], now: datetime, quirks: Quirks) -> tuple[datetime, datetime]:
    """From when until before when, in UTC. Source: section 7."""
    options = dict(query)
    filters = parse_filters(options.items(), quirks)
    span = filters.pop("status_last_updated", None)
    if filters and quirks.unknown_filter == "refused":
        raise bad_parameter(f"{', '.join(filters)}: not a filter.")
    if span is not None:
        return _parse_range(span[-1])
    if not {"minutes", "seconds"} & set(options):
        raise bad_parameter("minutes, seconds or filters[status_last_updated] is required.")
    seconds = 60 * number(options, "minutes", 0) + number(options, "seconds", 0)
    length = timedelta(seconds=min(seconds, 10**9))
    _check_length(length)
    # What changes while the request is on its way is in it.
    return now - length, now + timedelta(days=1)


def _check_length(length: timedelta) -> None:
    if length > LONGEST_SPAN:
        raise ApiError(400, "time_frame_too_long", "The time frame must not exceed 7 days.")


def _parse_range(value: str) -> tuple[datetime, datetime]:
    low, dots, high = value.replace(" ", "+").partition("...")
    if not dots:
        raise bad_parameter("filters[status_last_updated] is date...date.")
    begin, unused = _parse_moment(low)
    end, length = _parse_moment(high)
    _check_length(end + (length if length > timedelta(seconds=1) else timedelta()) - begin)
    return begin, end + length


def _parse_moment(text: str) -> tuple[datetime, timedelta]:
    """A day or a second in MDT, and how long it lasts. Four digits of the year with a time are ASSUMED."""
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
