# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of List orders: what is asked of the API, and the check of each row against it."""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from .._errors import INVALID_OPTION, CertCentralError
from .._http.client import Client
from .._text import sanitize
from .listing import list_orders
from .order import Order, parse_date, parse_id
from .pages import Listing

Params = list[tuple[str, str]]
# List orders, by the kind of value.
FLAGS = ("is_renewed", "disable_renewal_notifications")
DATES = ("valid_till", "date_created")
WORDS = (
    *("id", "status", "origin", "common_name", "domain_name", "serial_number", "certificate_id", "organization_id"),
    *("container_id", "product_name_id", "metadata_id", "user_id", "email", "search"),
)
NAMES = sorted((*FLAGS, *DATES, *WORDS))
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """Dates that are wanted: after one and before another, neither included."""

    after: date | None = None
    before: date | None = None

    def __and__(self, other: Days) -> Days:
        return Days(
            max(filter(None, (self.after, other.after)), default=None),
            min(filter(None, (self.before, other.before)), default=None),
        )

    def __contains__(self, day: date | None) -> bool:
        return day is not None and not (self.after and day <= self.after) and not (self.before and day >= self.before)

    def value(self) -> str:
        """As the API takes it: a day wider, because its day may not be UTC's. The check of the rows is exact."""
        after = self.after and self.after - ONE_DAY
        before = self.before and self.before + ONE_DAY
        if after and before:
            return f"{after}...{before}"
        return f">{after}" if after else f"<{before}"


class Query(t.NamedTuple):
    """What is wanted: for each filter the values of which one has to hold. An empty one selects nothing.

    :param created_until: the latest moment at which an order may have been placed
    """

    words: dict[str, list[str]]
    days: dict[str, list[Days]]
    created_until: datetime | None = None

    @property
    def selects_nothing(self) -> bool:
        return not all([*self.words.values(), *self.days.values()])

    def requests(self) -> t.Iterator[Params]:
        """The parameters of each listing that is needed: one value for each filter, as documented."""
        days = {name: [wanted.value() for wanted in values] for name, values in self.days.items()}
        if self.created_until and "date_created" not in days:
            days["date_created"] = [Days(before=self.created_until.date() + ONE_DAY).value()]
        filters = {**days, **self.words}
        for values in itertools.product(*filters.values()):
            yield [(f"filters[{name}]", value) for name, value in zip(filters, values)]

    def holds(self, order: Order) -> bool:
        """Whether a row is what was asked for, as far as that can be seen: the server was seen to ignore a filter."""
        wanted = self.words
        statuses = set(wanted.get("status", ()))
        # The API's filter issued rightly returns orders that have expired since.
        statuses |= {"expired"} if "issued" in statuses else set()
        created = order.created
        return (
            ("id" not in wanted or str(order.id) in wanted["id"])
            and ("status" not in wanted or order.status in statuses)
            and ("is_renewed" not in wanted or order.marked is None or str(int(order.marked)) in wanted["is_renewed"])
            and self._on_days("valid_till", order.valid_till)
            and self._on_days("date_created", created and created.date())
            and (not self.created_until or (created is not None and created <= self.created_until))
        )

    def _on_days(self, name: str, day: date | None) -> bool:
        return name not in self.days or any(day in days for days in self.days[name])


def search(client: Client, query: Query, *, sort: str | None = None, limit: int | None = None) -> Listing[Order]:
    """The orders that a query selects, from all pages of the listing, each once. An empty query selects all.

    :param sort: as the API takes it
    :param limit: orders to return at most
    :raises CertCentralError: if the listing cannot be read
    """
    found = Listing[Order]([], limit != 0 or query.selects_nothing, [])
    if query.selects_nothing or limit == 0:
        return found
    requests = list(query.requests())
    orders: dict[int, Order] = {}
    for params in requests:
        if limit and len(orders) >= limit and not sort:
            found.complete = False
            break
        listing = list_orders(
            client, params, lambda order: order if query.holds(order) else None, sort=sort, limit=limit
        )
        for order in listing.rows:
            orders.setdefault(order.id, order)
        found.complete = found.complete and listing.complete
        found.warnings += [warning for warning in listing.warnings if warning not in found.warnings]
    rows = list(orders.values())
    if sort and len(requests) > 1:
        rows = sort_orders(rows, sort)
    found.rows = rows[:limit]
    found.complete = found.complete and len(found.rows) == len(rows)
    return found


def sort_orders(orders: list[Order], sort: str) -> list[Order]:
    """Orders as the API would sort them, where they come from several listings. What has no value comes last."""
    for field in reversed([field.strip() for field in sort.split(",") if field.strip("- ")]):
        name = field.lstrip("-")
        values: dict[int, t.Any] = {}
        for order in orders:
            certificate = order.raw.get("certificate")
            value = order.raw.get(name, certificate.get(name) if isinstance(certificate, dict) else None)
            if isinstance(value, (int, str)):
                values[order.id] = (0, value, "") if isinstance(value, int) else (1, 0, value)
        held = [order for order in orders if order.id in values]
        held.sort(key=lambda order: values[order.id], reverse=field.startswith("-"))
        orders = held + [order for order in orders if order.id not in values]
    return orders


def make_query(
    filters: t.Mapping[str, t.Any] | None, expires_within: int | None, older_than: int | None, now: datetime
) -> Query:
    """What the options ask for.

    :param expires_within: days from today in which the certificate ends; those that have ended are included
    :param older_than: whole periods of 24 hours since the order was placed
    :param now: the time in UTC
    :raises CertCentralError: ``invalid_option``
    """
    words: dict[str, list[str]] = {}
    days: dict[str, list[Days]] = {}
    for name, value in (filters or {}).items():
        if name not in NAMES:
            raise _invalid(f"{sanitize(name)} is not a filter", f"there are {', '.join(NAMES)}")
        if value is None:
            raise _invalid(f"filter {name} has no value", "give it one, or leave it out")
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
        raise _invalid("expires_within or older_than is beyond all dates", "give a number of days") from None
    return Query(words, days, created_until)


def _to_word(name: str, value: t.Any) -> str:
    """One value, as the API takes it."""
    if name in FLAGS:
        flag = {"true": "1", "1": "1", "yes": "1", "false": "0", "0": "0", "no": "0"}.get(str(value).lower())
        if flag is None:
            raise _invalid(f"filter {name} is {sanitize(value)}", "it has to be true or false")
        return flag
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        raise _invalid(
            f"filter {name} has the value {sanitize(value)!r}", "it has to be text or a number, or a list of them"
        )
    if name == "id":
        if not parse_id(value):
            raise _invalid(f"filter id is {sanitize(value)}", "an order ID is a whole number above 0")
        return str(parse_id(value))
    return str(value)


def _to_days(name: str, value: t.Any) -> Days:
    """A date, or the range of a dict."""
    if not isinstance(value, dict):
        day = _to_day(name, value)
        return Days(day - ONE_DAY, day + ONE_DAY)
    if not value or set(value) - {"before", "after"}:
        raise _invalid(f"filter {name} is not a range", "it takes before and after, each a date")
    bounds = {bound: _to_day(name, day) for bound, day in value.items() if day is not None}
    if len(bounds) < len(value):
        raise _invalid(f"filter {name} has an end without a date", "give before and after a date, or leave one out")
    return Days(**bounds)


def _to_day(name: str, value: t.Any) -> date:
    day = parse_date(value) if isinstance(value, str) and len(value) == 10 else None
    if day is None or not date(1900, 1, 1) <= day <= date(9000, 1, 1):
        raise _invalid(f"filter {name} has the value {sanitize(value)!r}", "it has to be a date like 2026-12-31")
    return day


def _invalid(what: str, advice: str) -> CertCentralError:
    return CertCentralError(INVALID_OPTION, what, advice)
