# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CertCentral account in memory: its orders, what may be done to them, and how they are listed. Knows no HTTP."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import itertools
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from .quirks import Quirks

Order = dict[str, Any]
Test = Callable[[Order], bool]

CHANGES = ("canceled", "renewed", "not_renewed")
RENEWAL_DAYS = 90
# The values that the listing's page documents for filters[status].
STATUS_FILTER_VALUES = frozenset(
    ("pending", "issued", "rejected", "revoked", "waiting_pickup", "reissue_pending", "canceled")
)
# Orders in these states have (had) a certificate with an id, a serial number and validity dates.
WITH_CERTIFICATE = frozenset(("issued", "expired", "revoked", "reissue_pending", "renewed"))
FIRST_REQUEST_STATUS = {
    "needs_approval": "submitted",
    "rejected": "rejected",
    "denied": "rejected",
    "pending": "pending",
}

# Keys of a seed that are instructions, and what stands in list rows only: none of it is shown in order info.
SEED_ONLY = ("valid_in_days", "created_days_ago")
NOT_IN_ORDER_INFO = frozenset(("migrated", "omit", "duplicates_count", "reissues_count", "has_duplicates"))
ROW_FIELDS = (
    "id",
    "status",
    "is_renewed",
    "date_created",
    "order_valid_till",
    "organization",
    "container",
    "product",
    "price",
    "validity_years",
    "disable_renewal_notifications",
    "has_duplicates",
    "duplicates_count",
    "reissues_count",
)
ROW_CERTIFICATE_FIELDS = (
    "id",
    "common_name",
    "dns_names",
    "valid_from",
    "valid_till",
    "days_remaining",
    "serial_number",
    "signature_hash",
)

DEFAULTS: dict[str, Any] = {
    "organization": {
        "id": 117483,
        "name": "Example Widgets Inc.",
        "is_active": True,
        "city": "Lehi",
        "state": "utah",
        "country": "us",
    },
    "container": {"id": 5, "name": "Example Division", "is_active": True},
    "product": {
        "name_id": "ssl_securesite_flex",
        "name": "Secure Site OV",
        "type": "ssl_certificate",
        "validation_type": "ov",
        "validation_name": "OV",
        "validation_description": "Normal Organization Validation",
    },
    "user": {"id": 153208, "firstname": "Sim", "lastname": "Ulated", "email": "certs@example.com"},
}

# ISO 8601, as the API writes it; a filter may hold a bare date as well.
DATE = re.compile(r"\d{4}-\d\d-\d\d")
FILTER = re.compile(r"filters\[(\w+)\](\[\d*\])?")


class ApiError(Exception):
    """A refusal in the API's words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        """The API's error shape."""
        return {"errors": [{"code": self.code, "message": self.message}]}


@dataclasses.dataclass
class Change:
    """A PUT that changed something: which one, what was sent, and the state before and after it."""

    sequence: int
    order_id: int
    status: str
    note: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    at: str


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(timezone.utc)


def timestamp(when: datetime) -> str:
    """A moment as the API writes it: 2018-10-16T20:05:28+00:00."""
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def parse_date(value: Any) -> date | None:
    """The date that a field holds, or None."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def valid_till(order: Order) -> date | None:
    """The day on which the order's certificate ends, or None before issuance."""
    certificate = order.get("certificate")
    return parse_date(certificate.get("valid_till")) if isinstance(certificate, dict) else None


def is_marked(order: Order) -> bool:
    """Whether the order is marked renewed."""
    return bool(order.get("is_renewed")) or order["status"] == "renewed"


# ---- seeds


def complete(seed: Mapping[str, Any], order_id: int, now: datetime) -> Order:
    """An order as the account holds it: the seed, and realistic values for what it leaves out.

    Source of what is absent before issuance: order info and list rows (sections 4 and 5). What the seed gives stands
    as given, whatever it is. The nested defaults are shared between orders; see Account.seed.
    """
    status = seed.get("status", "issued")
    order: Order = {"id": order_id, "status": status, "migrated": False, "is_renewed": status == "renewed"}
    has_certificate = status in WITH_CERTIFICATE
    given = seed.get("certificate", {})
    certificate = dict(given) if isinstance(given, Mapping) else {}

    today = now.date()
    if "valid_in_days" in seed:
        till: date | None = today + timedelta(days=seed["valid_in_days"])
    elif "valid_till" in certificate:
        till = parse_date(certificate["valid_till"])
    else:
        till = today + timedelta(days=-10 if status == "expired" else 200) if has_certificate else None
    if "created_days_ago" in seed:
        created = now - timedelta(days=seed["created_days_ago"])
    elif till is not None:
        created = now - timedelta(days=max(0, 365 - (till - today).days))
    else:
        created = now - timedelta(days=1)

    name = certificate.get("common_name", f"order-{order_id}.example.com")
    defaults: dict[str, Any] = {"common_name": name, "dns_names": [name], "signature_hash": "sha256", "key_size": 2048}
    if has_certificate:
        digest = hashlib.sha256(str(order_id).encode()).hexdigest().upper()
        defaults.update(
            id=order_id + 5_000_000, thumbprint=digest[:40], serial_number="0" + digest[33:], status="approved"
        )
    if till is not None:
        defaults.update(
            valid_from=created.date().isoformat(), valid_till=till.isoformat(), days_remaining=(till - today).days
        )
        order["order_valid_till"] = certificate.get("valid_till", defaults["valid_till"])
    order["certificate"] = {**defaults, **certificate} if isinstance(given, Mapping) else given

    order["date_created"] = timestamp(created)
    order.update(DEFAULTS)
    order.update(validity_years=1, price=399, disable_renewal_notifications=False, auto_renew=0)
    order.update(has_duplicates=False, duplicates_count=0, reissues_count=0, notes=[], custom_fields=[])
    first_status = FIRST_REQUEST_STATUS.get(status, "approved")
    order["requests"] = [request_entry(order_id * 10, order["date_created"], "new_request", first_status)]
    if status == "reissue_pending":
        order["requests"].append(request_entry(order_id * 10 + 1, timestamp(now), "reissue", "pending"))
    order.update((key, value) for key, value in seed.items() if key not in SEED_ONLY and key != "certificate")
    return order


def request_entry(request_id: int, when: str, kind: str, status: str) -> dict[str, Any]:
    """One entry of an order's requests."""
    return {"id": request_id, "date": when, "type": kind, "status": status, "comments": ""}


def expand(spec: Mapping[str, Any], next_id: int) -> Iterable[dict[str, Any]]:
    """The seeds that a compact description stands for.

    ``count`` orders from ``first_id`` on (default: the next free id), each with the rest of the description as its
    seed; ``{n}`` and ``{id}`` in the certificate's names are replaced, and the lists under ``cycle`` are taken in turn.
    """
    template = dict(spec)
    count, first_id = int(template.pop("count")), int(template.pop("first_id", next_id))
    cycle = {key: list(values) for key, values in template.pop("cycle", {}).items()}

    def filled(value: Any, n: int) -> Any:
        if isinstance(value, str):
            return value.replace("{n}", str(n)).replace("{id}", str(first_id + n))
        return [filled(item, n) for item in value] if isinstance(value, list) else value

    for n in range(count):
        seed = {**template, **{key: values[n % len(values)] for key, values in cycle.items()}, "id": first_id + n}
        if isinstance(seed.get("certificate"), Mapping):
            seed["certificate"] = {key: filled(value, n) for key, value in seed["certificate"].items()}
        yield seed


# ---- the state machine (section 3)


def change_status(order: Order, sent: str, note: str | None, today: date, quirks: Quirks) -> bool:
    """Do to the order, in place, what a PUT of this status does. True if it changed, ApiError if that is not allowed."""
    if sent == "canceled":
        return _cancel(order, note, quirks)
    if sent == "renewed":
        return _mark(order, today, quirks)
    return _unmark(order, today, quirks)


def _refused(quirks: Quirks, message: str) -> ApiError:
    return ApiError(quirks.illegal_transition_status, "invalid_status_transition", message)


def _repeated(quirks: Quirks, message: str) -> bool:
    """A change that is already there is an error or nothing. Source: ASSUMED, either."""
    if quirks.repeat_change == "error":
        raise _refused(quirks, message)
    return False


def _is_open_reissue(entry: Mapping[str, Any]) -> bool:
    return entry.get("type") == "reissue" and entry.get("status") in ("pending", "submitted")


def _cancel(order: Order, note: str | None, quirks: Quirks) -> bool:
    """Source: Update order status. Only the reissue of a reissue_pending order is canceled."""
    status = order["status"]
    if status == "canceled":
        return _repeated(quirks, "The order is already canceled.")
    if status in ("pending", "waiting_pickup"):
        order["status"] = "canceled"
        return True
    if status == "reissue_pending":
        order["status"] = "issued"
        # Replaced, not edited: a reply that is being written may hold the old list.
        order["requests"] = [
            {**entry, "status": "rejected", "processor_comment": note} if _is_open_reissue(entry) else entry
            for entry in order.get("requests") or []
        ]
        return True
    raise _refused(quirks, f"An order with the status {status} cannot be canceled.")


def _mark(order: Order, today: date, quirks: Quirks) -> bool:
    """Source: Update order status. A migrated order whose certificate expires within 90 days, or has expired."""
    if is_marked(order):
        return _repeated(quirks, "The order is already marked as renewed.")
    if not order["migrated"]:
        raise _refused(quirks, "Only migrated orders can be marked as renewed.")
    till = valid_till(order)
    if till is None or (till - today).days > RENEWAL_DAYS:
        raise _refused(quirks, f"The certificate does not expire within {RENEWAL_DAYS} days.")
    order["is_renewed"] = True
    return True


def _unmark(order: Order, today: date, quirks: Quirks) -> bool:
    """Source: Update order status. An order that is marked renewed."""
    if not is_marked(order):
        return _repeated(quirks, "The order is not marked as renewed.")
    if order.get("renewed_order_id") and not quirks.unmark_renewed_by_order:
        raise _refused(quirks, "The order was renewed by another order.")
    order["is_renewed"] = False
    if order["status"] == "renewed":
        till = valid_till(order)
        order["status"] = "expired" if till is not None and till < today else "issued"
    return True


# ---- how orders are shown (sections 4 and 5)


def shown_status(order: Order, quirks: Quirks) -> Any:
    """The status as the API shows it."""
    shows_mark = quirks.renewed_as_status and is_marked(order) and order["status"] in ("issued", "expired")
    return "renewed" if shows_mark else order["status"]


def info_view(order: Order, quirks: Quirks) -> dict[str, Any]:
    """Order info. Fields under ``omit`` are left out (``certificate.valid_till`` reaches into an object)."""
    info = {key: value for key, value in order.items() if key not in NOT_IN_ORDER_INFO}
    info["status"] = shown_status(order, quirks)
    if not quirks.order_info_has_is_renewed:
        info.pop("is_renewed", None)
    for name in order.get("omit", ()):
        outer, dot, inner = name.partition(".")
        if not dot:
            info.pop(outer, None)
        elif isinstance(info.get(outer), dict):
            info[outer] = {key: value for key, value in info[outer].items() if key != inner}
    return info


def row_view(order: Order, quirks: Quirks) -> dict[str, Any]:
    """A row of the listing: fewer fields, and is_renewed always."""
    row = {key: order[key] for key in ROW_FIELDS if key in order}
    row["status"] = shown_status(order, quirks)
    row["is_renewed"] = order.get("is_renewed", False)
    certificate = order.get("certificate")
    if isinstance(certificate, dict):
        certificate = {key: certificate[key] for key in ROW_CERTIFICATE_FIELDS if key in certificate}
    row["certificate"] = certificate
    return row


# ---- filters (section 5)


def _get(order: Order, outer: str, inner: str) -> Any:
    value = order.get(outer)
    return value.get(inner) if isinstance(value, dict) else None


def _names(order: Order) -> list[str]:
    names = _get(order, "certificate", "dns_names")
    return [str(name).lower() for name in [_get(order, "certificate", "common_name"), *(names or [])] if name]


def _metadata_ids(order: Order) -> list[str]:
    return [str(field.get("metadata_id")) for field in order.get("custom_fields") or []]


# What a filter that compares for equality looks at.
EQUAL: dict[str, Callable[[Order], Any]] = {
    "id": lambda order: order["id"],
    "serial_number": lambda order: _get(order, "certificate", "serial_number"),
    "certificate_id": lambda order: _get(order, "certificate", "id"),
    "common_name": lambda order: _get(order, "certificate", "common_name"),
    "organization_id": lambda order: _get(order, "organization", "id"),
    "container_id": lambda order: _get(order, "container", "id"),
    "product_name_id": lambda order: _get(order, "product", "name_id"),
    "user_id": lambda order: _get(order, "user", "id"),
    "email": lambda order: _get(order, "user", "email"),
}
FLAGS: dict[str, Callable[[Order], Any]] = {
    "is_renewed": lambda order: order.get("is_renewed"),
    "disable_renewal_notifications": lambda order: order.get("disable_renewal_notifications"),
}
DATES: dict[str, Callable[[Order], Any]] = {
    "valid_till": lambda order: _get(order, "certificate", "valid_till"),
    "date_created": lambda order: order.get("date_created"),
}
OTHER = ("status", "origin", "domain_name", "metadata_id", "search")
SORTS: dict[str, Callable[[Order], Any]] = {
    "id": EQUAL["id"],
    "status": lambda order: order["status"],
    "common_name": EQUAL["common_name"],
    "order_valid_till": lambda order: order.get("order_valid_till"),
    **DATES,
}


def bad_parameter(message: str) -> ApiError:
    """A query that the API does not understand. Source: ASSUMED."""
    return ApiError(400, "invalid_parameter", message)


def make_test(name: str, values: list[str], quirks: Quirks) -> Test | None:
    """What an order must be to pass ``filters[name]`` with any of these values. None: the filter is ignored."""
    if name in EQUAL:
        get, wanted = EQUAL[name], {value.lower() for value in values}
        return lambda order: str(get(order)).lower() in wanted
    if name in FLAGS:
        flag = FLAGS[name]
        if not set(values) <= {"0", "1"}:
            raise bad_parameter(f"filters[{name}] is 1 or 0.")
        return lambda order: ("1" if flag(order) in (True, 1, "1") else "0") in values
    if name in DATES:
        tests = [_date_test(name, value) for value in values]
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
        return lambda order: any(value in " ".join([str(order["id"]), *_names(order)]) for value in lowered)
    if quirks.unknown_filter == "refused":
        raise bad_parameter(f"filters[{name}] is not a filter.")
    return None


def _status_test(values: list[str], quirks: Quirks) -> Test | None:
    """Source: List orders; the filter issued also returns orders that have expired since."""
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


def _date_test(name: str, value: str) -> Test:
    """``2026-12-31``, ``<2026-12-31``, ``>2026-12-31`` or ``A...B`` (both ends included)."""
    get = DATES[name]
    # A plus sign in a query that was not escaped arrives as a space.
    low, dots, high = value.replace(" ", "+").partition("...")
    sign = low[:1] if low[:1] in ("<", ">") and not dots else ""
    bounds = [low[len(sign) :], high] if dots else [low[len(sign) :]]
    if not all(DATE.match(bound) and parse_date(bound) for bound in bounds):
        raise bad_parameter(f"filters[{name}] is a date, <date, >date or date...date.")
    lower, upper = bounds[0], bounds[-1]

    def test(order: Order) -> bool:
        held = get(order)
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


def sort_orders(orders: list[Order], sort: str) -> list[Order]:
    """Orders by ``name,-name…``; what has no value stands last. Without a sort: as they were seeded."""
    for name in reversed(sort.split(",")):
        get = SORTS.get(name.lstrip("-"))
        if get is None:
            raise bad_parameter(f"Cannot sort by {name}.")
        held = [order for order in orders if get(order) is not None]
        empty = [order for order in orders if get(order) is None]
        held.sort(key=get, reverse=name.startswith("-"))
        orders = held + empty
    return orders


def parse_filters(query: Iterable[tuple[str, str]], quirks: Quirks) -> dict[str, list[str]]:
    """The filters of a query, without those that this server ignores.

    Several values: ``filters[status][0]=a&filters[status][1]=b``; whether they work is ASSUMED (quirks).
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
    for name in several:
        how = quirks.multi_value_id if name == "id" else quirks.multi_value_filters
        if how == "refused":
            raise bad_parameter(f"filters[{name}] takes one value.")
        if how == "ignored":
            del filters[name]
    return {name: values for name, values in filters.items() if name not in quirks.ignored_filters}


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, "")
    if value and not value.isdecimal():
        raise bad_parameter(f"{name} is a number.")
    return int(value) if value else default


class Account:
    """Orders by id, and the endpoints' answers as plain data. ``now`` gives the time (UTC). Safe between threads."""

    def __init__(self, quirks: Quirks | None = None, now: Callable[[], datetime] = utc_now) -> None:
        self.quirks = quirks if quirks is not None else Quirks()
        self.now = now
        self.lock = threading.RLock()
        self.orders: dict[int, Order] = {}
        self.changes: list[Change] = []
        # What an order was before its last change, and how many more readings and listings still show it so.
        self._before: dict[int, Order] = {}
        self._info_lag: dict[int, int] = {}
        self._list_lag: dict[int, int] = {}
        self._note_ids = itertools.count(1)

    def clear(self) -> None:
        """Forget all orders and changes."""
        with self.lock:
            for held in (self.orders, self._before, self._info_lag, self._list_lag):
                held.clear()
            self.changes.clear()

    def settle(self) -> None:
        """Let no reading lag behind any more."""
        with self.lock:
            for held in (self._before, self._info_lag, self._list_lag):
                held.clear()

    def next_id(self) -> int:
        """An id that no order has."""
        return max(self.orders, default=100_000_000) + 1

    def seed(self, seeds: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add orders, or replace those with the same id. Returns their ids."""
        ids: list[int] = []
        with self.lock:
            for seed in seeds:
                own = copy.deepcopy({**DEFAULTS, **seed})
                ids.append(self._add(own))
        return ids

    def generate(self, specs: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add many orders, each described as in ``expand``. They share what is alike, to hold 100,000 in memory."""
        ids: list[int] = []
        with self.lock:
            for spec in specs:
                ids.extend(self._add(seed) for seed in expand(spec, self.next_id()))
        return ids

    def _add(self, seed: Mapping[str, Any]) -> int:
        order_id = int(seed["id"]) if "id" in seed else self.next_id()
        self.orders[order_id] = complete(seed, order_id, self.now())
        for held in (self._before, self._info_lag, self._list_lag):
            held.pop(order_id, None)
        return order_id

    def _hidden(self, order: Order) -> bool:
        return order["status"] == "canceled" and not self.quirks.canceled_order_readable

    def find(self, order_id: int) -> Order:
        """The live order, or 404."""
        order = self.orders.get(order_id)
        if order is None or self._hidden(order):
            raise ApiError(404, "not_found|order", "Order not found.")
        return order

    def order_info(self, order_id: int, stale: bool = False) -> dict[str, Any]:
        """Order info; ``stale``: as it was before its last change."""
        with self.lock:
            lag = self._info_lag.get(order_id, 0)
            if lag:
                self._info_lag[order_id] = lag - 1
            if (lag or stale) and order_id in self._before:
                order = self._before[order_id]
            else:
                order = self.find(order_id)
            return info_view(order, self.quirks)

    def list_orders(self, query: Iterable[tuple[str, str]], stale: bool = False) -> dict[str, Any]:
        """The listing for a decoded query (pairs); ``stale``: with every order as it was before its last change."""
        pairs = list(query)
        options = dict(pairs)
        quirks = self.quirks
        limit = min(_number(options, "limit", 0) or quirks.max_limit, quirks.max_limit)
        offset = _number(options, "offset", 0)
        with self.lock:
            filters = parse_filters(pairs, quirks)
            made = [make_test(name, values, quirks) for name, values in filters.items()]
            tests = [test for test in made if test is not None]
            orders = self._candidates(filters)
            if stale or self._list_lag:
                orders = self._as_listed(orders, tests, stale)
            if not quirks.canceled_order_readable:
                orders = [order for order in orders if not self._hidden(order)]
            for test in tests:
                orders = [order for order in orders if test(order)]
            if options.get("sort"):
                orders = sort_orders(orders, options["sort"])
            total = len(orders)
            start = offset
            if quirks.repeat_row and offset:
                start, total = offset - 1, total + 1
            rows = [row_view(order, quirks) for order in orders[start : start + limit]]
        reply: dict[str, Any] = {}
        if rows or quirks.orders_key_null:
            reply["orders"] = rows or None
        shown_limit = 0 if quirks.page_limit_zero else limit
        reply["page"] = {"total": max(0, total + quirks.page_total_offset), "limit": shown_limit, "offset": offset}
        return reply

    def _candidates(self, filters: Mapping[str, list[str]]) -> list[Order]:
        """The orders that the filters are tried on: those that the index gives where ids are asked for."""
        if "id" not in filters:
            return list(self.orders.values())
        ids = dict.fromkeys(int(value) for value in filters["id"] if value.isdecimal())
        return [self.orders[order_id] for order_id in ids if order_id in self.orders]

    def _as_listed(self, orders: list[Order], tests: list[Test], stale: bool) -> list[Order]:
        """The same orders, those that lag behind as they were before."""
        shown = []
        for order in orders:
            order_id = order["id"]
            before = self._before.get(order_id)
            lag = self._list_lag.get(order_id, 0)
            if before is not None and (lag or stale):
                if lag and any(all(test(state) for test in tests) for state in (before, order)):
                    self._list_lag[order_id] = lag - 1
                order = before
            shown.append(order)
        self._list_lag = {order_id: lag for order_id, lag in self._list_lag.items() if lag}
        return shown

    def update_status(self, order_id: int, body: Any) -> bool:
        """Do what a PUT of this body does; True if it changed the order. Refused: ApiError."""
        if not isinstance(body, dict):
            raise ApiError(400, "bad_request_format", "The request body is not a JSON object.")
        sent, note = body.get("status"), body.get("note")
        with self.lock:
            order = self.find(order_id)
            invalid = self.quirks.invalid_request_status
            if sent not in CHANGES:
                raise ApiError(invalid, "invalid_status", f"The status must be one of {', '.join(CHANGES)}.")
            if note is not None and not isinstance(note, str):
                raise ApiError(invalid, "invalid_note", "The note must be text.")
            if sent == "canceled" and not (note and note.strip()):
                raise ApiError(invalid, "missing_note", "A note is required to cancel an order.")
            before = copy.deepcopy(order)
            if not change_status(order, sent, note, self.now().date(), self.quirks):
                return False
            self._remember(before, order, sent, note)
            return True

    def _remember(self, before: Order, order: Order, sent: str, note: str | None) -> None:
        order_id = order["id"]
        self._before[order_id] = before
        self._info_lag[order_id] = self.quirks.read_lag
        if self.quirks.list_lag:
            self._list_lag[order_id] = self.quirks.list_lag
        states = [{"status": state["status"], "is_renewed": bool(state.get("is_renewed"))} for state in (before, order)]
        self.changes.append(
            Change(len(self.changes) + 1, order_id, sent, note, states[0], states[1], timestamp(self.now()))
        )

    def status_changes(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Orders whose status changed lately, ``{}`` when none did. Source: section 7."""
        for name, most, factor in (("minutes", 10080, 60), ("seconds", 604800, 1)):
            if name in query:
                number = _number(query, name, 0)
                if number > most:
                    raise bad_parameter(f"{name} is at most {most}.")
                since = timestamp(self.now() - timedelta(seconds=number * factor))
                break
        else:
            raise bad_parameter("minutes or seconds is required.")
        with self.lock:
            changed = {
                change.order_id: {
                    "order_id": change.order_id,
                    "certificate_id": _get(self.orders[change.order_id], "certificate", "id"),
                    "status": shown_status(self.orders[change.order_id], self.quirks),
                }
                for change in self.changes
                if change.at >= since and change.order_id in self.orders
            }
        return {"orders": list(changed.values())} if changed else {}

    def notes(self, order_id: int) -> dict[str, Any]:
        """The notes of an order."""
        with self.lock:
            return {"notes": list(self.find(order_id).get("notes") or [])}

    def add_note(self, order_id: int, body: Any) -> dict[str, Any]:
        """Add a note; returns it."""
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str) or not text:
            raise ApiError(400, "bad_request_format", "A note has a text.")
        with self.lock:
            order = self.find(order_id)
            note = {
                "id": next(self._note_ids),
                "date_created": timestamp(self.now()),
                "text": text,
                "user": dict(DEFAULTS["user"]),
            }
            order["notes"] = [*(order.get("notes") or []), note]
            return note
