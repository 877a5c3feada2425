# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Searches in the order list: the requests for the options of digicert_order_info, and the check of each row against them."""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from .._errors import CertCentralError
from .._http.client import Client
from .._http.dates import check_clock
from .._text import sanitize
from .entries import clean_entry
from .listing import list_orders
from .order import Order, parse_date, parse_id
from .pages import CONCURRENCY, Listing
from .status_groups import KNOWN
from .statuses import EXPIRED, ISSUED
from .times import find_created

Params = list[tuple[str, str]]
# The filters of the order list, by the kind of their values.
FLAGS = ("is_renewed", "disable_renewal_notifications")
DATES = ("valid_till", "date_created")
DNS_NAMES = ("common_name", "domain_name")
IDS = ("id", "certificate_id", "organization_id", "container_id", "metadata_id", "user_id")
WORDS = (*DNS_NAMES, *IDS, "status", "origin", "serial_number", "product_name_id", "email", "search")
NAMES = sorted((*FLAGS, *DATES, *WORDS))
ONE_DAY = timedelta(days=1)
# The fields that orders can be sorted by, each with its value. The API only has to sort by the first one, which is documented.
SORTED_BY_API = "date_created"
SORT_KEYS: dict[str, t.Callable[[Order], t.Any]] = {
    SORTED_BY_API: find_created,
    "order_id": lambda order: order.id,
    "id": lambda order: order.id,
    "status": lambda order: order.status,
    "common_name": lambda order: order.common_name and order.common_name.lower(),
    "valid_till": lambda order: order.valid_till,
    "order_valid_till": lambda order: parse_date(order.raw.get("order_valid_till")),
}


@dataclass(frozen=True)
class Days:
    """The days after one date and before another, both exclusive."""

    after: date | None = None
    before: date | None = None

    def __and__(self, other: Days) -> Days:
        return Days(
            max(filter(None, (self.after, other.after)), default=None),
            min(filter(None, (self.before, other.before)), default=None),
        )

    def __contains__(self, day: date) -> bool:
        return not (self.after and day <= self.after) and not (self.before and day >= self.before)

    def value(self) -> str:
        """Return the value of the API's filter, which is a day wider on both sides.

        The API's day may not be the day in UTC. Each row is checked against the exact days.
        """
        after = self.after and self.after - ONE_DAY
        before = self.before and self.before + ONE_DAY
        if after and before:
            return f"{after}...{before}"
        return f">{after}" if after else f"<{before}"


class Query(t.NamedTuple):
    """A search for orders. Each filter has values, one of which has to match. A filter without values selects nothing.

    :param words: the values of filters that are not dates
    :param days: the days of filters that are dates
    :param created_until: the latest time at which an order may have been placed
    :param sort: fields of ``SORT_KEYS``, each with ``-`` before it for the reverse order
    :param depends_on_today: whether the result depends on today's date
    """

    words: dict[str, list[str]]
    days: dict[str, list[Days]]
    created_until: datetime | None = None
    sort: tuple[str, ...] = ()
    depends_on_today: bool = False

    @property
    def selects_nothing(self) -> bool:
        """Return whether a filter has no values, so that no order can match."""
        return not all([*self.words.values(), *self.days.values()])

    @property
    def unknown_statuses(self) -> list[str]:
        """Return the statuses in the filters that no order is known to have."""
        return [status for status in self.words.get("status", ()) if status not in KNOWN]

    def requests(self) -> t.Iterator[Params]:
        """Yield the parameters of each list to read. Each filter has one value, as the API documents it."""
        days = {name: [wanted.value() for wanted in values] for name, values in self.days.items()}
        if self.created_until and "date_created" not in days:
            days["date_created"] = [Days(before=self.created_until.date() + ONE_DAY).value()]
        filters = {**days, **self.words}
        for values in itertools.product(*filters.values()):
            yield [(f"filters[{name}]", value) for name, value in zip(filters, values)]

    def select(self, order: Order) -> Order | None:
        """Return an order if it matches, or None. Orders are checked because the API has been seen to ignore a filter.

        :raises CertCentralError: if the result depends on a date that cannot be read
        """
        wanted = self.words
        statuses = set(wanted.get("status", ()))
        # The API's filter for issued also returns orders that have expired since, which is correct.
        statuses |= {EXPIRED} if ISSUED in statuses else set()
        holds = (
            ("id" not in wanted or str(order.id) in wanted["id"])
            and ("status" not in wanted or order.status.lower() in statuses)
            and ("is_renewed" not in wanted or order.marked is None or str(int(order.marked)) in wanted["is_renewed"])
        )
        return order if holds and self._is_valid_till(order) and self._is_created(order) else None

    def _is_valid_till(self, order: Order) -> bool:
        if "valid_till" not in self.days:
            return True
        certificate = order.raw.get("certificate")
        if order.valid_till is None and isinstance(certificate, dict) and certificate.get("valid_till"):
            raise CertCentralError("unexpected_response", "its valid_till cannot be read")
        # A certificate that is not issued yet has no end date.
        return order.valid_till is not None and any(order.valid_till in days for days in self.days["valid_till"])

    def _is_created(self, order: Order) -> bool:
        if "date_created" not in self.days and not self.created_until:
            return True
        created = find_created(order)
        if created is None:
            raise CertCentralError("unexpected_response", "its date_created cannot be read")
        days = self.days.get("date_created", [Days()])
        return any(created.date() in wanted for wanted in days) and created <= (self.created_until or created)


def search(client: Client, query: Query, *, limit: int | None = None, concurrency: int = CONCURRENCY) -> Listing[Order]:
    """Return the orders that a query selects, each once, from all pages of the order list. An empty query selects all.

    :param limit: the maximum number of orders to return
    :param concurrency: the maximum number of requests in flight
    :raises CertCentralError: if a list cannot be read; ``clock_skew`` if the query depends on today and the clock is wrong
    """
    found = Listing[Order]([], limit != 0 or query.selects_nothing, [])
    if query.selects_nothing or limit == 0:
        return found

    def on_rows(unused_number: int) -> None:
        if query.depends_on_today:
            check_clock(client)

    by_api = all(field.lstrip("-") == SORTED_BY_API for field in query.sort)
    sort = None if not query.sort else query.sort[0] if by_api else SORTED_BY_API
    orders: dict[int, Order] = {}
    for params in query.requests():
        if limit and len(orders) >= limit and not sort:
            found.complete = False
            break
        # If the API does not sort by these fields, every row has to be read to find the first ones.
        most = limit if by_api else None
        listing = list_orders(
            client, params, query.select, sort=sort, limit=most, concurrency=concurrency, on_rows=on_rows
        )
        for order in listing.rows:
            orders.setdefault(order.id, order)
        found.complete = found.complete and listing.complete
        found.warnings += [warning for warning in listing.warnings if warning not in found.warnings]
    rows = sort_orders(list(orders.values()), query.sort)
    found.rows = rows[:limit]
    found.complete = found.complete and len(found.rows) == len(rows)
    return found


def sort_orders(orders: list[Order], sort: t.Sequence[str]) -> list[Order]:
    """Return the orders sorted by the given fields. Orders without a value come last, even in the reverse order."""
    for field in reversed(sort):
        value = SORT_KEYS[field.lstrip("-")]
        held = [order for order in orders if value(order) is not None]
        held.sort(key=value, reverse=field.startswith("-"))
        orders = held + [order for order in orders if value(order) is None]
    return orders


def make_query(
    filters: t.Mapping[str, t.Any] | None,
    expires_within: int | None,
    older_than: int | None,
    sort: str | None,
    now: datetime,
) -> Query:
    """Return the query for the module's options.

    :param expires_within: the days from today within which the certificate expires. Expired certificates are included
    :param older_than: the whole periods of 24 hours since the order was placed
    :param now: the present time in UTC
    :raises CertCentralError: ``invalid_option``
    """
    words: dict[str, list[str]] = {}
    days: dict[str, list[Days]] = {}
    for name, value in (filters or {}).items():
        if name not in NAMES:
            raise _invalid(f"{sanitize(name)} is not a filter", f"valid filters are {', '.join(NAMES)}")
        if value is None:
            raise _invalid(f"filter {name} has no value", "set a value, or leave the filter out")
        values = value if isinstance(value, list) else [value]
        if name in DATES:
            days[name] = [_to_days(name, item) for item in values]
        else:
            words[name] = list(dict.fromkeys(_to_word(name, item) for item in values))
    try:
        if expires_within is not None:
            ends = Days(before=now.astimezone(timezone.utc).date() + timedelta(days=expires_within + 1))
            days["valid_till"] = [ends & other for other in days.get("valid_till", [Days()])]
        created_until = None if older_than is None else now - timedelta(days=older_than)
    except OverflowError:
        raise _invalid("expires_within or older_than is out of range", "give a smaller number of days") from None
    depends_on_today = expires_within is not None or older_than is not None
    return Query(words, days, created_until, _to_sort(sort), depends_on_today)


def _to_sort(sort: str | None) -> tuple[str, ...]:
    fields = [] if sort is None else [field.strip() for field in sort.split(",")]
    for field in fields:
        if field[field.startswith("-") :] not in SORT_KEYS:
            raise _invalid(f"orders cannot be sorted by {sanitize(field)!r}", f"sort by {', '.join(SORT_KEYS)}")
    return tuple(fields)


def _to_word(name: str, value: t.Any) -> str:
    """Return the value of a filter in the API's form."""
    if name in FLAGS:
        flag = {"true": "1", "1": "1", "yes": "1", "false": "0", "0": "0", "no": "0"}.get(str(value).strip().lower())
        if flag is None:
            raise _invalid(f"filter {name} is {sanitize(value)}", "it has to be true or false")
        return flag
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if name == "search" and isinstance(text, str) and text.strip():
        # Only this filter can match several words.
        return " ".join(clean_entry("filter search", word) for word in text.split(" ") if word)
    word = clean_entry(f"filter {name}", text, is_dns_name=name in DNS_NAMES)
    if name in IDS:
        if not parse_id(word):
            raise _invalid(f"filter {name} is {sanitize(value)}", "an ID is a whole number above 0")
        return str(parse_id(word))
    return word.lower() if name == "status" else word


def _to_days(name: str, value: t.Any) -> Days:
    """Return the days of a date filter, whose value is a date or a dictionary with a range."""
    if not isinstance(value, dict):
        day = _to_day(name, value)
        return Days(day - ONE_DAY, day + ONE_DAY)
    if not value or set(value) - {"before", "after"}:
        raise _invalid(f"filter {name} is not a range", "expected a mapping with before and/or after, each a date")
    bounds = {bound: _to_day(name, day) for bound, day in value.items() if day is not None}
    if len(bounds) < len(value):
        raise _invalid(
            f"filter {name} has a bound without a date", "set both before and after to a date, or leave one out"
        )
    return Days(**bounds)


def _to_day(name: str, value: t.Any) -> date:
    text = value.strip() if isinstance(value, str) else ""
    day = parse_date(text) if len(text) == len("2026-12-31") else None
    if day is None or not date(1900, 1, 1) <= day <= date(9000, 1, 1):
        raise _invalid(f"filter {name} has the value {sanitize(value)!r}", "it has to be a date like 2026-12-31")
    return day


def _invalid(what: str, advice: str) -> CertCentralError:
    return CertCentralError("invalid_option", what, advice)
