"""The fields of an order that the API sends: order details and rows of the order list (docs/api.md, sections 4 and 5).

No view contains a field that docs/api.md does not list. Otherwise, code could pass its tests only because of a field that real
responses do not have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .orders import Order, certificate_id, get, is_issued, is_marked
from .quirks import Quirks
from .rules import is_open

# Fields of an order that only rows show, or that the API never shows.
NOT_IN_ORDER_INFO = frozenset(
    ("migrated", "omit", "omit_in_rows", "price", "duplicates_count", "reissues_count", "disable_renewal_notifications")
)
ROW_FIELDS = ("id", "status", "date_created", "price", "is_multi_year_plan")
ROW_OBJECTS = {
    "organization": ("id", "name"),
    "container": ("id", "name", "is_active"),
    "product": ("name_id", "name", "type"),
}
ROW_CERTIFICATE_FIELDS = ("common_name", "dns_names", "signature_hash")
ROW_ISSUED_FIELDS = ("valid_till", "days_remaining", "serial_number")
FLAG_FORMS: dict[str, Callable[[int], Any]] = {
    "bool": lambda flag: flag,
    "int": int,
    "string": lambda flag: f"{flag:d}",
}


def shown_status(order: Order, quirks: Quirks) -> Any:
    """Return the status that the API shows for the order."""
    shows_mark = quirks.renewed_as_status and is_marked(order) and order["status"] in ("issued", "expired")
    return "renewed" if shows_mark else order["status"]


def _without(shown: Order, names: Any) -> Order:
    """Return the view without the given fields. ``certificate.valid_till`` names a field of an object."""
    for name in names or ():
        outer, dot, inner = name.partition(".")
        if not dot:
            shown.pop(outer, None)
        elif isinstance(shown.get(outer), dict):
            shown[outer] = {key: value for key, value in shown[outer].items() if key != inner}
    return shown


def _pick(value: Any, names: tuple[str, ...]) -> Any:
    return {name: value[name] for name in names if name in value} if isinstance(value, dict) else value


def info_view(order: Order, quirks: Quirks) -> Order:
    """Return the details of an order."""
    info = {key: value for key, value in order.items() if key not in NOT_IN_ORDER_INFO}
    info["status"] = shown_status(order, quirks)
    if not quirks.order_info_has_is_renewed:
        info.pop("is_renewed", None)
    requests = order.get("requests")
    if isinstance(requests, list):
        info.setdefault("has_pending_request", any(is_open(entry) for entry in requests))
        if quirks.requests_are_ids:
            info["requests"] = [_pick(entry, ("id",)) for entry in requests]
    certificate = order.get("certificate")
    if isinstance(certificate, dict):
        # Before the certificate is issued, rows have its ID, but order details do not.
        hidden = ("signature_hash",) if is_issued(order) else ("signature_hash", "id")
        info["certificate"] = {name: value for name, value in certificate.items() if name not in hidden}
    return _without(info, order.get("omit"))


def _row_counts(order: Order, form: str) -> Order:
    counts: Order = {}
    for name, flag in (("duplicates_count", "has_duplicates"), ("reissues_count", "has_reissues")):
        count = order.get(name) or 0
        counts[name], counts[flag] = FLAG_FORMS[form](count), FLAG_FORMS[form](bool(count))
    return counts


def _row_certificate(order: Order, quirks: Quirks) -> Any:
    certificate = order.get("certificate")
    if not isinstance(certificate, dict):
        return certificate
    issued = (*ROW_ISSUED_FIELDS, *(("valid_from",) if quirks.rows_have_valid_from else ()))
    names = (*ROW_CERTIFICATE_FIELDS, *(issued if is_issued(order) else ()))
    return {"id": certificate_id(order), **_pick(certificate, names)}


def row_view(order: Order, quirks: Quirks) -> Order:
    """Return the row of an order in the order list."""
    row: Order = _pick(order, ROW_FIELDS)
    row["status"] = shown_status(order, quirks)
    if quirks.rows_have_is_renewed:
        row["is_renewed"] = order.get("is_renewed", False)
    row.update((name, _pick(order[name], names)) for name, names in ROW_OBJECTS.items() if name in order)
    row["certificate"] = _row_certificate(order, quirks)
    if get(order, "product", "name_id") is not None:
        row["product_name_id"] = get(order, "product", "name_id")
    row["number_of_sans"] = len(get(order, "certificate", "dns_names") or ())
    row["order_validity"] = row["cert_validity"] = {"years": 1}
    row.update(_row_counts(order, quirks.flag_form))
    return _without(row, order.get("omit_in_rows"))


def change_view(order: Order, quirks: Quirks) -> Order:
    """Return an entry of the list of status changes."""
    return {"order_id": order["id"], "certificate_id": certificate_id(order), "status": shown_status(order, quirks)}
