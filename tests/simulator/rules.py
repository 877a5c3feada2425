# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for changes of an order: by the status endpoint, by requests, by the CA, and by other people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from .. import facts
from .orders import Order, is_marked, issued_fields, request_entry, timestamp, valid_till, validity
from .quirks import Quirks

CHANGES = ("canceled", "renewed", "not_renewed")
# The statuses of a request that was neither approved nor rejected.
OPEN = ("pending", "submitted")


class ApiError(Exception):
    """A response of the API that rejects a request."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        """Return the error in the API's form (docs/api.md, section 1)."""
        return {"errors": [{"code": self.code, "message": self.message}]}


def bad_parameter(message: str) -> ApiError:
    """Return the error for a query that the API does not understand. Its code is not published (docs/api.md, section 5)."""
    return ApiError(400, "invalid_parameter", message)


def no_order() -> ApiError:
    """Return the error for an unknown order (docs/api.md, section 3)."""
    return ApiError(404, "not_found|order", "Order not found.")


# ---- the status endpoint (docs/api.md, section 3)


def change_status(order: Order, body: Any, today: date, quirks: Quirks) -> tuple[str, bool]:
    """Change the order in place, as a PUT with this body does, or raise an ApiError.

    :param today: the date by the API's clock
    :return: the requested status, and whether the order changed
    """
    sent, note = body.get("status"), body.get("note")
    if sent == "CANCELED" and quirks.upper_case_canceled:
        sent = "canceled"
    if sent not in CHANGES:
        raise ApiError(400, "invalid_status", f"The status must be one of {', '.join(CHANGES)}.")
    if note is not None and not isinstance(note, str):
        raise ApiError(400, "invalid_note", "The note must be text.")
    if sent == "canceled":
        return sent, _cancel(order, note, quirks)
    if sent == "renewed":
        return sent, _mark(order, today, quirks)
    return sent, _unmark(order, today, quirks)


def _rejected(quirks: Quirks, message: str) -> ApiError:
    return ApiError(quirks.illegal_transition_status, "invalid_status_transition", message)


def _repeated(quirks: Quirks, message: str) -> bool:
    if quirks.repeat_change == "error":
        raise _rejected(quirks, message)
    return False


def _cancel(order: Order, note: str | None, quirks: Quirks) -> bool:
    """Cancel the order. If it has a pending reissue, cancel only the reissue."""
    status = order["status"]
    has_reissue = status == facts.STATUS_WITH_REISSUE
    if not (note and note.strip()) and (quirks.reissue_cancel_needs_note or not has_reissue):
        raise ApiError(400, "missing_note", "A note is required to cancel an order.")
    if status == "canceled":
        return _repeated(quirks, "The order is already canceled.")
    if has_reissue:
        order["status"] = "issued"
        _end_reissue(order, note, quirks)
        return True
    if status not in facts.STATUSES_TO_CANCEL:
        raise _rejected(quirks, f"An order with the status {status} cannot be canceled.")
    order["status"] = "canceled"
    return True


def _end_reissue(order: Order, note: str | None, quirks: Quirks) -> None:
    """Update the request of a canceled reissue. If the reissue was approved before, a quirk decides what happens."""
    held = _requests(order)
    if any(is_open(entry, "reissue") for entry in held):
        settle_requests(order, "reissue", "rejected", note)
        return
    reissues = [place for place, entry in enumerate(held) if _is_approved_reissue(entry)]
    if not reissues or quirks.approved_reissue_request == "unchanged":
        return
    entry = held.pop(reissues[-1])
    if quirks.approved_reissue_request == "rejected":
        held.insert(reissues[-1], {**entry, "status": "rejected", "processor_comment": note or ""})
    order["requests"] = held


def _is_approved_reissue(entry: Any) -> bool:
    return isinstance(entry, Mapping) and (entry.get("type"), entry.get("status")) == ("reissue", "approved")


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


# ---- requests of an order (docs/api.md, section 7)


def _requests(order: Order) -> list[Any]:
    return list(order.get("requests") or [])


def is_open(entry: Any, kind: str | None = None) -> bool:
    """Return whether a request was neither approved nor rejected."""
    return isinstance(entry, Mapping) and entry.get("status") in OPEN and kind in (None, entry.get("type"))


def settle_requests(order: Order, kind: str, status: str, comment: str | None = None) -> None:
    """Approve or reject the open requests of a type.

    The list is replaced instead of changed, because a response that is being written may still use it.
    """
    comments = {} if comment is None else {"processor_comment": comment}
    order["requests"] = [
        {**entry, "status": status, **comments} if is_open(entry, kind) else entry for entry in _requests(order)
    ]


def process_request(order: Order, request_id: int, body: Any) -> None:
    """Approve or reject a request, in place. Its effect on the order is not published (docs/api.md, section 7)."""
    entry = next(entry for entry in _requests(order) if isinstance(entry, Mapping) and entry.get("id") == request_id)
    sent, comment = body.get("status"), body.get("processor_comment")
    if sent not in ("approved", "rejected"):
        raise ApiError(400, "invalid_status", "The status must be approved or rejected.")
    if not is_open(entry):
        raise ApiError(400, "invalid_status_transition", "The request was approved or rejected before.")
    kind = str(entry.get("type"))
    settle_requests(order, kind, sent, comment)
    if sent == "rejected":
        order["status"] = {"new_request": "rejected", "reissue": "issued"}.get(kind, order["status"])
    elif order["status"] == "needs_approval":
        order["status"] = "pending"


# ---- changes by others: the CA, or other people in the console


def edit(order: Order, fields: Mapping[str, Any], now: datetime) -> None:
    """Set fields of an order, in place, as the CA or other people would.

    Fields of ``certificate`` are merged into the certificate. If the status changes, the requests and the certificate are adapted.

    While a reissue is pending, a revocation raises a ValueError, because the API does not allow it (docs/api.md, section 3). It is
    possible if the fields include requests, which tell how the reissue ended before the revocation.
    """
    before = order["status"]
    is_revocation = (before, fields.get("status")) == (facts.STATUS_WITH_REISSUE, "revoked")
    if is_revocation and "requests" not in fields:
        raise ValueError(f"order {order['id']} has a pending reissue, which blocks a revocation")
    for name, value in fields.items():
        if name == "certificate" and isinstance(value, Mapping) and isinstance(order.get(name), dict):
            order[name] = {**order[name], **value}
        else:
            order[name] = value
    follow = _FOLLOW.get(order["status"]) if order["status"] != before else None
    if follow is not None:
        follow(order, fields, now)


def _place_reissue(order: Order, fields: Mapping[str, Any], now: datetime) -> None:
    if "requests" in fields or any(is_open(entry, "reissue") for entry in _requests(order)):
        return
    held = _requests(order)
    new_id = max([order["id"] * 10, *(entry["id"] for entry in held if isinstance(entry, dict))]) + 1
    order["requests"] = [*held, request_entry(new_id, timestamp(now), "reissue", "pending")]


def _issue(order: Order, fields: Mapping[str, Any], now: datetime) -> None:
    if "requests" not in fields:
        for kind in ("new_request", "reissue"):
            settle_requests(order, kind, "approved")
    certificate = order.get("certificate")
    if isinstance(certificate, dict) and "valid_till" not in certificate:
        till = now.date() + timedelta(days=facts.CERTIFICATE_DAYS)
        dates = validity(now.date(), till, now.date())
        order["certificate"] = {**certificate, **issued_fields(order["id"], "approved"), **dates}
        order.setdefault("order_valid_till", till.isoformat())


def _reject(order: Order, fields: Mapping[str, Any], now: datetime) -> None:
    if "requests" not in fields:
        settle_requests(order, "new_request", "rejected")


# The functions that adapt requests and the certificate to a new status.
_FOLLOW: dict[str, Callable[[Order, Mapping[str, Any], datetime], None]] = {
    facts.STATUS_WITH_REISSUE: _place_reissue,
    "issued": _issue,
    "rejected": _reject,
}
