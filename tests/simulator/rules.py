"""The rules for changes of an order: by the status endpoint, by the CA, and by other people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from .. import facts
from .orders import Order, is_marked, issued_fields, request_entry, timestamp, valid_till, validity
from .quirks import Quirks

CHANGES = ("canceled", "renewed", "not_renewed")
# The statuses of a request that was neither approved nor rejected.
OPEN = ("pending", "submitted")


class ApiError(Exception):
    """A response of the API that rejects a request, with the error in the API's form (docs/api.md, section 1)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code = status, code
        self.body = {"errors": [{"code": code, "message": message}]}


def bad_parameter(message: str) -> ApiError:
    """Return the error for a query that the API does not understand. Its code is not published (docs/api.md, section 5)."""
    return ApiError(400, "invalid_parameter", message)


def no_order() -> ApiError:
    """Return the error for an unknown order (docs/api.md, section 3)."""
    return ApiError(404, "not_found|order", "Order not found.")


# ---- the status endpoint (docs/api.md, section 3)


def change_status(order: Order, body: Any, today: date, quirks: Quirks) -> bool:
    """Change the order in place, as a PUT with this body does, or raise an ApiError. Return whether the order changed.

    :param today: the date by the API's clock
    """
    sent, note = body.get("status"), body.get("note")
    if sent not in CHANGES:
        raise ApiError(400, "invalid_status", f"The status must be one of {', '.join(CHANGES)}.")
    if note is not None and not isinstance(note, str):
        raise ApiError(400, "invalid_note", "The note must be text.")
    if sent == "canceled":
        return _cancel(order, note, quirks)
    return _mark(order, today, quirks) if sent == "renewed" else _unmark(order, today, quirks)


def _rejected(quirks: Quirks, message: str) -> ApiError:
    return ApiError(quirks.illegal_transition_status, "invalid_status_transition", message)


def _repeated(quirks: Quirks, message: str) -> bool:
    if quirks.repeat_change == "error":
        raise _rejected(quirks, message)
    return False


def _cancel(order: Order, note: str | None, quirks: Quirks) -> bool:
    """Cancel the order. If it has a pending reissue, cancel only the reissue."""
    status = order["status"]
    if not (note and note.strip()):
        raise ApiError(400, "missing_note", "A note is required to cancel an order.")
    if status == "canceled":
        return _repeated(quirks, "The order is already canceled.")
    if status == facts.STATUS_WITH_REISSUE:
        order["status"] = "issued"
        _end_reissue(order, note, quirks)
        return True
    if status not in facts.STATUSES_TO_CANCEL:
        raise _rejected(quirks, f"An order with the status {status} cannot be canceled.")
    order["status"] = "canceled"
    return True


def _end_reissue(order: Order, note: str, quirks: Quirks) -> None:
    """Update the request of a canceled reissue. If the reissue was approved before, a quirk decides what happens."""
    held = list(order.get("requests") or [])
    if any(is_open(entry, "reissue") for entry in held):
        settle_requests(order, "reissue", "rejected", note)
        return
    approved = {"type": "reissue", "status": "approved"}.items()
    places = [place for place, entry in enumerate(held) if isinstance(entry, Mapping) and approved <= entry.items()]
    if not places or quirks.approved_reissue_request == "unchanged":
        return
    entry = held.pop(places[-1])
    if quirks.approved_reissue_request == "rejected":
        held.insert(places[-1], {**entry, "status": "rejected", "processor_comment": note})
    order["requests"] = held


def _mark(order: Order, today: date, quirks: Quirks) -> bool:
    """Mark a migrated order whose certificate expires within the renewal window or has expired."""
    if is_marked(order):
        return _repeated(quirks, "The order is already marked as renewed.")
    if not order["migrated"]:
        raise _rejected(quirks, "Only migrated orders can be marked as renewed.")
    till = valid_till(order)
    if till is None or (till - today).days > facts.RENEWAL_DAYS:
        raise _rejected(quirks, f"The certificate does not expire within {facts.RENEWAL_DAYS} days.")
    order["is_renewed"] = True
    return True


def _unmark(order: Order, today: date, quirks: Quirks) -> bool:
    """Remove the mark from an order that has one."""
    if not is_marked(order):
        return _repeated(quirks, "The order is not marked as renewed.")
    if order.get("renewed_order_id") and not quirks.unmark_renewed_by_order:
        raise _rejected(quirks, "The order was renewed by another order.")
    order["is_renewed"] = False
    if order["status"] == "renewed":
        till = valid_till(order)
        order["status"] = "expired" if till is not None and till < today else "issued"
    return True


# ---- requests of an order (docs/api.md, section 4)


def is_open(entry: Any, kind: str | None = None) -> bool:
    """Return whether a request was neither approved nor rejected."""
    return isinstance(entry, Mapping) and entry.get("status") in OPEN and kind in (None, entry.get("type"))


def settle_requests(order: Order, kind: str, status: str, comment: str | None = None) -> None:
    """Approve or reject the open requests of a type, in a new list, because a response that is being written may use the old one."""
    comments = {} if comment is None else {"processor_comment": comment}
    order["requests"] = [
        {**entry, "status": status, **comments} if is_open(entry, kind) else entry
        for entry in order.get("requests") or []
    ]


# ---- changes by others: the CA, or other people in the console


def edit(order: Order, fields: Mapping[str, Any], now: datetime) -> None:
    """Set fields of an order, in place, as the CA or other people would.

    Fields of ``certificate`` are merged into the certificate. If the status changes, the certificate is adapted, and so are the
    requests unless the fields include them. A pending reissue blocks a revocation, unless the requests tell how it ended.
    """
    before = order["status"]
    is_revocation = (before, fields.get("status")) == (facts.STATUS_WITH_REISSUE, "revoked")
    if is_revocation and "requests" not in fields:
        raise ValueError(f"order {order['id']} has a pending reissue, which blocks a revocation")
    merges = isinstance(fields.get("certificate"), Mapping) and isinstance(order.get("certificate"), dict)
    order.update(fields, **({"certificate": {**order["certificate"], **fields["certificate"]}} if merges else {}))
    if order["status"] != before:
        if "requests" not in fields:
            _adapt_requests(order, now)
        if order["status"] == "issued":
            _issue_certificate(order, now)


def _adapt_requests(order: Order, now: datetime) -> None:
    """Adapt the requests of an order to its new status."""
    held = list(order.get("requests") or [])
    if order["status"] == "issued":
        for kind in ("new_request", "reissue"):
            settle_requests(order, kind, "approved")
    elif order["status"] == "rejected":
        settle_requests(order, "new_request", "rejected")
    elif order["status"] == facts.STATUS_WITH_REISSUE and not any(is_open(entry, "reissue") for entry in held):
        new_id = max([order["id"] * 10, *(entry["id"] for entry in held if isinstance(entry, dict))]) + 1
        order["requests"] = [*held, request_entry(new_id, timestamp(now), "reissue", "pending")]


def _issue_certificate(order: Order, now: datetime) -> None:
    certificate = order.get("certificate")
    if isinstance(certificate, dict) and "valid_till" not in certificate:
        till = now.date() + timedelta(days=facts.CERTIFICATE_DAYS)
        dates = validity(now.date(), till, now.date())
        order["certificate"] = {**certificate, **issued_fields(order["id"], "approved"), **dates}
        order.setdefault("order_valid_till", till.isoformat())
