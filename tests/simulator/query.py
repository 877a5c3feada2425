"""Filters, sort keys and spans of time in a query (docs/api.md, sections 5 and 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from .. import facts
from .orders import Order, certificate_id, get, parse_date, timestamp
from .quirks import Quirks
from .rules import ApiError, bad_parameter
from .views import shown_status

Test = Callable[[Order], bool]

# The beginning of a date. A time can follow.
DATE = re.compile(r"\d{4}-\d\d-\d\d")
FILTER = re.compile(r"filters\[(.*)\]")


def _names(order: Order) -> list[str]:
    names = get(order, "certificate", "dns_names")
    return [str(name).lower() for name in [get(order, "certificate", "common_name"), *(names or [])] if name]


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
# The texts in which filters look for a value.
IN: dict[str, Callable[[Order], Any]] = {
    "domain_name": _names,
    "metadata_id": lambda order: [str(field.get("metadata_id")) for field in order.get("custom_fields") or []],
    "search": lambda order: f"{get(order, 'user', 'email')}\n{get(order, 'certificate', 'common_name')}".lower(),
}
# Filters with only two values. The second one applies to orders for which the function returns true.
TWO_VALUES: dict[str, tuple[str, str, Callable[[Order], Any]]] = {
    "is_renewed": ("0", "1", lambda order: order.get("is_renewed")),
    "disable_renewal_notifications": ("0", "1", lambda order: order.get("disable_renewal_notifications")),
    "origin": ("certcentral", "migrated", lambda order: order["migrated"]),
}
DATES: dict[str, Callable[[Order], Any]] = {
    "valid_till": lambda order: get(order, "certificate", "valid_till"),
    "date_created": lambda order: order.get("date_created"),
}
SORTS: dict[str, Callable[[Order], Any]] = {"date_created": DATES["date_created"], "order_id": EQUAL["id"]}


def make_test(name: str, value: str, quirks: Quirks) -> Test | None:
    """Return the test of an order for ``filters[name]=value``, or None if the API ignores this value."""
    if name == "status":
        return _status_test(value, quirks)
    if name in EQUAL:
        field = EQUAL[name]
        return lambda order: str(field(order)).lower() == value.lower()
    if name in IN:
        texts = IN[name]
        return lambda order: value.lower() in texts(order)
    if name in TWO_VALUES:
        no, yes, flag = TWO_VALUES[name]
        if value not in (no, yes):
            raise bad_parameter(f"filters[{name}] must be {yes} or {no}.")
        return lambda order: (yes if flag(order) else no) == value
    if name in DATES:
        return _date_test(name, value, quirks)
    raise bad_parameter(f"filters[{name}] is not a filter.")


def _status_test(value: str, quirks: Quirks) -> Test | None:
    """Return the test for a status. The filter ``issued`` also matches orders that have expired since."""
    if value not in facts.STATUS_FILTER_VALUES:
        if quirks.unknown_status_filter == "refused":
            raise bad_parameter("filters[status] has an unknown value.")
        if quirks.unknown_status_filter == "ignored":
            return None
    wanted = ("issued", "expired") if value == "issued" else (value,)
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
    lower = low[len(sign) :]
    upper = high if dots else lower
    if not all(DATE.match(bound) and parse_date(bound) for bound in (lower, upper)):
        raise bad_parameter(f"filters[{name}] must be a date, <date, >date or date...date.")
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


def parse_filters(query: Iterable[tuple[str, str]], quirks: Quirks) -> dict[str, str]:
    """Return the filters in a query, without the filters that this server ignores."""
    found = ((FILTER.fullmatch(key), value) for key, value in query)
    filters = {match.group(1): value for match, value in found if match}
    return {name: value for name, value in filters.items() if name not in quirks.ignored_filters}


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


def number(query: Mapping[str, str], name: str) -> int:
    """Return a number of the query, which is at least 0 and defaults to 0."""
    value = query.get(name, "")
    if value and not value.isdecimal():
        raise bad_parameter(f"{name} must be a number.")
    return int(value or 0)


def parse_span(options: Mapping[str, str]) -> timedelta:
    """Return the span of status-changes (docs/api.md, section 7)."""
    if not {"minutes", "seconds"} & set(options):
        raise bad_parameter("minutes or seconds is required.")
    seconds = 60 * number(options, "minutes") + number(options, "seconds")
    if seconds > facts.MAX_CHANGES_SECONDS:
        days = facts.MAX_CHANGES_SECONDS // 86400
        raise ApiError(400, "time_frame_too_long", f"The time frame must not exceed {days} days.")
    return timedelta(seconds=seconds)
