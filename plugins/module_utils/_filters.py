# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The filters of List orders: what is asked of the API, and the check of each row against it. Pure."""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass
from datetime import date, timedelta

from ._errors import INVALID_OPTION, CertCentralError, plain
from ._orders import Order, to_date

Params = list[tuple[str, str]]
# For each filter the values that one listing is asked for.
Choice = dict[str, list[str]]

# List orders, by the kind of value.
FLAGS = ("is_renewed", "disable_renewal_notifications")
DATES = ("valid_till", "date_created")
WORDS = (
    *("id", "status", "origin", "common_name", "domain_name", "serial_number", "certificate_id", "organization_id"),
    *("container_id", "product_name_id", "metadata_id", "user_id", "email", "search"),
)
NAMES = sorted((*FLAGS, *DATES, *WORDS))
# Rows are checked against these, for a server was seen to ignore a filter. The others have to be trusted.
CHECKED = ("id", "status", "is_renewed", *DATES)
# Values in one filter, so that the URL stays below 8 kB.
MOST = 150


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
        """As the API takes it. Whether it includes the ends is not known; the check of the rows is exact."""
        if self.after and self.before:
            return f"{self.after}...{self.before}"
        return f">{self.after}" if self.after else f"<{self.before}"


class Query(t.NamedTuple):
    """What is wanted: for each filter the values of which one has to hold. An empty one selects nothing."""

    words: dict[str, list[str]]
    days: dict[str, list[Days]]

    @property
    def selects_nothing(self) -> bool:
        return not all([*self.words.values(), *self.days.values()])

    def choices(self, *, several: bool) -> t.Iterator[Choice]:
        """The values of each listing that is needed.

        What several values in one filter do is ASSUMED, so they are used only where the rows are checked.

        :param several: whether that works; else there is a listing for each value
        """
        filters: list[list[tuple[str, list[str]]]] = []
        for name, days in self.days.items():
            filters.append([(name, [day.value()]) for day in days])
        for name, values in self.words.items():
            size = MOST if several and name in CHECKED else 1
            filters.append([(name, values[start : start + size]) for start in range(0, len(values), size)])
        for chosen in itertools.product(*filters):
            yield dict(chosen)

    def lacking(self, orders: t.Iterable[Order]) -> list[Choice]:
        """The values that no order has, each in a choice of its own, where several were asked for at once."""
        orders = list(orders)
        choices = []
        for name, values in self.words.items():
            if name in CHECKED and len(values) > 1:
                held = {_value(order, name) for order in orders}
                for value in values:
                    if value not in held:
                        rest = Query({**self.words, name: [value]}, self.days)
                        choices += list(rest.choices(several=False))
        return choices

    def ignored(self, orders: t.Iterable[Order]) -> bool:
        """Whether rows came that a filter of several values should have kept away."""
        several = {name: values for name, values in self.words.items() if name in CHECKED and len(values) > 1}
        return any(not Query({name: values}, {}).holds(order) for name, values in several.items() for order in orders)

    @staticmethod
    def request(choice: Choice) -> Params:
        """The listing's parameters for a choice."""
        params: Params = []
        for name, values in choice.items():
            if len(values) == 1:
                params.append((f"filters[{name}]", values[0]))
            else:
                params += [(f"filters[{name}][{number}]", value) for number, value in enumerate(values)]
        return params

    @property
    def has_several(self) -> bool:
        """Whether some filter that is checked has several values."""
        return any(len(values) > 1 for name, values in self.words.items() if name in CHECKED)

    def holds(self, order: Order) -> bool:
        """Whether a row is what was asked for, as far as that can be seen."""
        wanted = self.words
        statuses = set(wanted.get("status", ()))
        # The API's filter issued rightly returns orders that have expired since.
        statuses |= {"expired"} if "issued" in statuses else set()
        return (
            ("id" not in wanted or str(order.id) in wanted["id"])
            and ("status" not in wanted or order.status in statuses)
            and ("is_renewed" not in wanted or order.marked is None or str(int(order.marked)) in wanted["is_renewed"])
            and self._on_days("valid_till", order.valid_till)
            and self._on_days("date_created", to_date(order.raw.get("date_created")))
        )

    def _on_days(self, name: str, day: date | None) -> bool:
        return name not in self.days or any(day in days for days in self.days[name])


def make_query(
    filters: t.Mapping[str, t.Any] | None, expires_within: int | None, older_than: int | None, today: date
) -> Query:
    """What the options ask for.

    :param expires_within: days from today in which the certificate ends; those that have ended are included
    :param older_than: days since the order was created
    :raises CertCentralError: ``invalid_option``
    """
    words: dict[str, list[str]] = {}
    days: dict[str, list[Days]] = {}
    for name, value in (filters or {}).items():
        if name not in NAMES:
            raise _bad(f"{plain(name)} is not a filter", f"there are {', '.join(NAMES)}")
        if value is None:
            raise _bad(f"filter {name} has no value", "give it one, or leave it out")
        values = value if isinstance(value, list) else [value]
        if name in DATES:
            days[name] = [_days(name, item) for item in values]
        else:
            words[name] = list(dict.fromkeys(_word(name, item) for item in values))
    try:
        if expires_within is not None:
            ends = Days(before=today + timedelta(days=expires_within + 1))
            days["valid_till"] = [ends & other for other in days.get("valid_till", [Days()])]
        if older_than is not None:
            began = Days(before=today - timedelta(days=older_than))
            days["date_created"] = [began & other for other in days.get("date_created", [Days()])]
    except OverflowError:
        raise _bad("expires_within or older_than is beyond all dates", "give a number of days") from None
    return Query(words, days)


def _value(order: Order, name: str) -> str:
    """What an order has where the filter of this name looks."""
    return {"id": str(order.id), "status": order.status, "is_renewed": str(int(bool(order.marked)))}[name]


def _word(name: str, value: t.Any) -> str:
    """One value, as the API takes it."""
    if name in FLAGS:
        flag = {"true": "1", "1": "1", "yes": "1", "false": "0", "0": "0", "no": "0"}.get(str(value).lower())
        if flag is None:
            raise _bad(f"filter {name} is {plain(value)}", "it has to be true or false")
        return flag
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        raise _bad(f"filter {name} has the value {plain(value)!r}", "it has to be text or a number, or a list of them")
    if name == "id" and not (str(value).isascii() and str(value).isdigit() and int(value)):
        raise _bad(f"filter id is {plain(value)}", "an order ID is a whole number above 0")
    return str(value)


def _days(name: str, value: t.Any) -> Days:
    """A date, or the range of a dict."""
    if not isinstance(value, dict):
        day = _day(name, value)
        return Days(day - timedelta(days=1), day + timedelta(days=1))
    if not value or set(value) - {"before", "after"}:
        raise _bad(f"filter {name} is not a range", "it takes before and after, each a date")
    bounds = {bound: _day(name, day) for bound, day in value.items() if day is not None}
    if not bounds:
        raise _bad(f"filter {name} is a range without an end", "give it before or after")
    return Days(**bounds)


def _day(name: str, value: t.Any) -> date:
    day = to_date(value) if isinstance(value, str) and len(value) == 10 else None
    if day is None or not date(1900, 1, 1) <= day <= date(9000, 1, 1):
        raise _bad(f"filter {name} has the value {plain(value)!r}", "it has to be a date like 2026-12-31")
    return day


def _bad(what: str, advice: str) -> CertCentralError:
    return CertCentralError(INVALID_OPTION, what, advice)
