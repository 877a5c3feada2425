"""An order in the account, made from a seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from .. import facts

Order = dict[str, Any]

WITHOUT_CERTIFICATE = frozenset((*facts.STATUSES_BEFORE_ISSUANCE, *facts.STATUSES_NEVER_ISSUED))
# The status of the request that placed an order, by the status of the order. For all other orders, it is approved.
FIRST_REQUEST = {"needs_approval": "submitted", "rejected": "rejected", "denied": "rejected", "pending": "pending"}
# Keys of a seed from which fields of the order are calculated. The order does not keep these keys.
SEED_ONLY = {
    *("valid_in_days", "valid_from_days_ago", "created_days_ago"),
    *("order_valid_in_days", "status_changed_seconds_ago"),
}
PRODUCT = {
    "name_id": "ssl_securesite_flex",
    "name": "Secure Site OV",
    "type": "ssl_certificate",
    "validation_type": "ov",
}
DEFAULTS: dict[str, Any] = {
    "organization": {"id": 117483, "name": "Example Widgets Inc."},
    "container": {"id": 5, "name": "Example Division", "is_active": True},
    "product": PRODUCT,
    "user": {"id": 153208, "first_name": "Sim", "last_name": "Ulated", "email": "certs@example.com"},
}


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(timezone.utc)


def timestamp(when: datetime) -> str:
    """Return a time in the API's form, for example 2018-10-16T20:05:28+00:00."""
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def parse_date(value: Any) -> date | None:
    """Return the date in a field, or None if the field contains no date."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def get(order: Order, outer: str, inner: str) -> Any:
    """Return a field of an object in the order, or None if the object or the field is missing."""
    value = order.get(outer)
    return value.get(inner) if isinstance(value, dict) else None


def valid_till(order: Order) -> date | None:
    """Return the day on which the order's certificate expires, or None before it is issued."""
    return parse_date(get(order, "certificate", "valid_till"))


def is_marked(order: Order) -> bool:
    """Return whether the order is marked renewed."""
    return bool(order.get("is_renewed")) or order["status"] == "renewed"


def certificate_id(order: Order) -> int:
    """Return the ID of the order's certificate, which it has even before it is issued (docs/api.md, section 5)."""
    held = get(order, "certificate", "id")
    return held if isinstance(held, int) else order["id"] + 5_000_000


def is_issued(order: Order) -> bool:
    """Return whether the order has or had a certificate. If the status is unknown, this depends on the dates."""
    status = order["status"]
    return status in facts.STATUSES_ISSUED or (status not in WITHOUT_CERTIFICATE and valid_till(order) is not None)


def _certificate_end(seed: Mapping[str, Any], given: Mapping[str, Any], today: date) -> date | None:
    status = seed.get("status", "issued")
    if "valid_in_days" in seed:
        return today + timedelta(days=seed["valid_in_days"])
    if "valid_till" in given:
        return parse_date(given["valid_till"])
    if status in facts.STATUSES_ISSUED:
        return today + timedelta(days=-10 if status == "expired" else 200)
    return None


def _creation(seed: Mapping[str, Any], till: date | None, now: datetime) -> datetime:
    if "created_days_ago" in seed:
        return now - timedelta(days=seed["created_days_ago"])
    if till is not None:
        return now - timedelta(days=max(0, 365 - (till - now.date()).days))
    return now - timedelta(days=1)


def issued_fields(order_id: int, status: str) -> Order:
    """Return the fields of a certificate that was issued, except for its dates."""
    digest = hashlib.sha256(str(order_id).encode()).hexdigest().upper()
    return {"thumbprint": digest[:40], "serial_number": "0" + digest[33:], "status": status}


def validity(begin: date, till: date, today: date) -> Order:
    """Return the fields of a certificate that depend on its dates."""
    return {"valid_from": begin.isoformat(), "valid_till": till.isoformat(), "days_remaining": (till - today).days}


def complete(seed: Mapping[str, Any], order_id: int, now: datetime) -> Order:
    """Return the order for a seed, with realistic values for all fields that the seed leaves out.

    Fields of the seed are kept unchanged, even if the API would never send them. The nested defaults are shared between orders.
    """
    status = seed.get("status", "issued")
    order: Order = {"id": order_id, "status": status, "migrated": False, "is_renewed": status == "renewed"}
    given = seed.get("certificate", {})
    own = dict(given) if isinstance(given, Mapping) else {}
    today = now.date()
    till = _certificate_end(seed, own, today)
    created = _creation(seed, till, now)
    begin = today - timedelta(days=seed["valid_from_days_ago"]) if "valid_from_days_ago" in seed else created.date()
    name = own.get("common_name", f"order-{order_id}.example.com")
    certificate: Order = {"id": order_id + 5_000_000, "common_name": name, "dns_names": [name]}
    certificate.update(signature_hash="sha256", date_created=timestamp(created))
    if till is not None:
        certificate.update(validity(begin, till, today))
    if status not in WITHOUT_CERTIFICATE:
        certificate.update(issued_fields(order_id, "revoked" if status == "revoked" else "approved"))
    order["certificate"] = {**certificate, **own} if isinstance(given, Mapping) else given
    if "order_valid_in_days" in seed:
        order["order_valid_till"] = (today + timedelta(days=seed["order_valid_in_days"])).isoformat()
    elif till is not None:
        order["order_valid_till"] = own.get("valid_till", till.isoformat())
    order["date_created"] = timestamp(created)
    order.update(DEFAULTS)
    order.update(price=399, disable_renewal_notifications=False, auto_renew=0, auto_reissue=0)
    order.update(duplicates_count=0, reissues_count=0, notes=[], custom_fields=[])
    first = FIRST_REQUEST.get(status, "approved")
    order["requests"] = [request_entry(order_id * 10, order["date_created"], "new_request", first)]
    if status == "reissue_pending":
        order["requests"].append(request_entry(order_id * 10 + 1, timestamp(now), "reissue", "pending"))
    order.update((key, value) for key, value in seed.items() if key not in SEED_ONLY and key != "certificate")
    return order


def request_entry(request_id: int, when: str, kind: str, status: str) -> Order:
    """Return an entry for the requests of an order."""
    return {"id": request_id, "date": when, "type": kind, "status": status, "comments": ""}


def expand(spec: Mapping[str, Any], next_id: int) -> Iterable[Order]:
    """Return the seeds for a compact description of many orders.

    There are ``count`` orders. Their IDs begin with ``first_id`` (default: the next free ID). The rest of the description is the
    seed of each order. ``{n}`` in the certificate's names is replaced by the number of the order.
    """
    template = dict(spec)
    count, first_id = int(template.pop("count")), int(template.pop("first_id", next_id))
    certificate = json.dumps(template.get("certificate", {}), default=str)
    for n in range(count):
        yield {**template, "id": first_id + n, "certificate": json.loads(certificate.replace("{n}", str(n)))}
