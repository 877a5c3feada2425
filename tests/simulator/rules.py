# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be done to an order: the status change and the requests of the API, and changes by others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from .orders import Order, is_marked, issued_fields, request_entry, timestamp, valid_till, validity
from .quirks import Quirks

CHANGES = ("canceled", "renewed", "not_renewed")
RENEWAL_DAYS = 90
OPEN = ("pending", "submitted")


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


def bad_parameter(message: str) -> ApiError:
    """A query that the API does not understand. Source: ASSUMED."""
    return ApiError(400, "invalid_parameter", message)


def no_order() -> ApiError:
    """There is no such order. Source: section 3."""
    return ApiError(404, "not_found|order", "Order not found.")


# ---- update order status (section 3)


def change_status(order: Order, body: Any, today: date, quirks: Quirks) -> tuple[str, bool]:
    """Do to the order, in place, what a PUT of this body does.

    Returns the status that was asked for, and whether the order changed. ApiError if that is not allowed.
    """
    sent, note = body.get("status"), body.get("note")
    if sent == "CANCELED" and quirks.upper_case_canceled:
        sent = "canceled"
    if sent not in CHANGES:
        raise _invalid(quirks, "invalid_status", f"The status must be one of {', '.join(CHANGES)}.")
    if note is not None and not isinstance(note, str):
        raise _invalid(quirks, "invalid_note", "The note must be text.")
    if sent == "canceled":
        return sent, _cancel(order, note, quirks)
    if sent == "renewed":
        return sent, _mark(order, today, quirks)
    return sent, _unmark(order, today, quirks)


def _invalid(quirks: Quirks, code: str, message: str) -> ApiError:
    return ApiError(quirks.invalid_request_status, code, message)


def _refused(quirks: Quirks, message: str) -> ApiError:
    return ApiError(quirks.illegal_transition_status, "invalid_status_transition", message)


def _repeated(quirks: Quirks, message: str) -> bool:
    """A change that is already there is an error or nothing. Source: ASSUMED, either."""
    if quirks.repeat_change == "error":
        raise _refused(quirks, message)
    return False


def _cancel(order: Order, note: str | None, quirks: Quirks) -> bool:
    """Only the reissue of a reissue_pending order is canceled."""
    status = order["status"]
    needs_note = status != "reissue_pending" or quirks.reissue_cancel_needs_note
    if needs_note and not (note and note.strip()):
        raise _invalid(quirks, "missing_note", "A note is required to cancel an order.")
    if status == "canceled":
        return _repeated(quirks, "The order is already canceled.")
    if status in ("pending", "waiting_pickup"):
        order["status"] = "canceled"
        return True
    if status == "reissue_pending":
        order["status"] = "issued"
        settle_requests(order, "reissue", "rejected", note)
        return True
    raise _refused(quirks, f"An order with the status {status} cannot be canceled.")


def _mark(order: Order, today: date, quirks: Quirks) -> bool:
    """A migrated order whose certificate expires within 90 days, or has expired."""
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
    """An order that is marked renewed."""
    if not is_marked(order):
        return _repeated(quirks, "The order is not marked as renewed.")
    if order.get("renewed_order_id") and not quirks.unmark_renewed_by_order:
        raise _refused(quirks, "The order was renewed by another order.")
    order["is_renewed"] = False
    if order["status"] == "renewed":
        till = valid_till(order)
        order["status"] = "expired" if till is not None and till < today else "issued"
    return True


# ---- requests of an order (section 7)


def _requests(order: Order) -> list[Any]:
    return list(order.get("requests") or [])


def is_open(entry: Any, kind: str | None = None) -> bool:
    """Whether a request waits for an answer."""
    return isinstance(entry, Mapping) and entry.get("status") in OPEN and kind in (None, entry.get("type"))


def settle_requests(order: Order, kind: str, status: str, comment: str | None = None) -> None:
    """Answer the open requests of a type. The list is replaced, because a reply that is being written may hold it."""
    comments = {} if comment is None else {"processor_comment": comment}
    order["requests"] = [
        {**entry, "status": status, **comments} if is_open(entry, kind) else entry for entry in _requests(order)
    ]


def process_request(order: Order, request_id: int, body: Any) -> None:
    """Approve or reject a request, in place. What that makes of the order is ASSUMED."""
    entry = next(entry for entry in _requests(order) if isinstance(entry, Mapping) and entry.get("id") == request_id)
    sent, comment = body.get("status"), body.get("processor_comment")
    if sent not in ("approved", "rejected"):
        raise ApiError(400, "invalid_status", "The status must be approved or rejected.")
    if not is_open(entry):
        raise ApiError(400, "invalid_status_transition", "The request was processed before.")
    kind = str(entry.get("type"))
    settle_requests(order, kind, sent, comment)
    if sent == "rejected":
        order["status"] = {"new_request": "rejected", "reissue": "issued"}.get(kind, order["status"])
    elif order["status"] == "needs_approval":
        order["status"] = "pending"


# ---- changes by others: the CA, colleagues, the console


def edit(order: Order, fields: Mapping[str, Any], now: datetime) -> None:
    """Set fields, in place; those of ``certificate`` go into it. Requests and certificate follow a new status."""
    before = order["status"]
    for name, value in fields.items():
        if name == "certificate" and isinstance(value, Mapping) and isinstance(order.get(name), dict):
            order[name] = {**order[name], **value}
        else:
            order[name] = value
    follow = _FOLLOW.get(order["status"]) if order["status"] != before else None
    if follow is not None:
        follow(order, fields, now)


def _order_reissue(order: Order, fields: Mapping[str, Any], now: datetime) -> None:
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
        till = now.date() + timedelta(days=199)
        dates = validity(now.date(), till, now.date())
        order["certificate"] = {**certificate, **issued_fields(order["id"], "approved"), **dates}
        order.setdefault("order_valid_till", till.isoformat())


def _reject(order: Order, fields: Mapping[str, Any], now: datetime) -> None:
    if "requests" not in fields:
        settle_requests(order, "new_request", "rejected")


_FOLLOW: dict[str, Callable[[Order, Mapping[str, Any], datetime], None]] = {
    "reissue_pending": _order_reissue,
    "issued": _issue,
    "rejected": _reject,
}
