# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The endpoints of orders: read one, list, send a status. Replies that are not orders are refused here."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, replace
from datetime import date

from ._client import Client, Patience
from ._errors import NOT_FOUND, UNEXPECTED_RESPONSE, CertCentralError, RequestFailed

PATH = "/order/certificate"
# Most rows of one page (List orders).
PAGE = 1000
# Most pages of one listing, for one that brings new orders for ever would never end.
MAX_PAGES = 1000
NOT_CHANGED = "was not changed"


@dataclass(frozen=True)
class Order:
    """One reading of an order.

    :param is_renewed: the flag as it was read; None where the reply leaves it out, which is not the same as false
    :param migrated: whether it came from the legacy console; None as long as the listing was not asked
    :param valid_till: last day of the certificate; None before issuance
    :param renewed_order_id: the order that renewed this one, 0 if there is none; None if what was read is no order's ID
    :param reissues: the ``(id, status)`` of its reissue requests
    :param listed: whether it is a row of the listing, which leaves out renewals and requests
    :param raw: what the API gave
    """

    id: int
    status: str
    is_renewed: bool | None
    migrated: bool | None
    valid_till: date | None
    renewed_order_id: int | None
    common_name: str | None
    reissues: tuple[tuple[int, str], ...]
    listed: bool
    raw: dict[str, t.Any]

    @property
    def marked(self) -> bool | None:
        """Whether it carries the mark *renewed*: by its flag, or by a status as the console shows it. None: not known."""
        return True if self.status == "renewed" else self.is_renewed


def read_order(client: Client, order_id: int, patience: Patience | None = None) -> Order:
    """Order info (one request).

    :raises CertCentralError: ``not_found``, ``unexpected_response`` or what the transport raises
    """
    with _about(order_id, "could not be read"):
        order = to_order(client.get(f"{PATH}/{order_id}", patience=patience))
        if order.id != order_id:
            raise CertCentralError(
                UNEXPECTED_RESPONSE,
                f"the API's reply is about order {order.id}",
                "check what api_url leads to",
                http_status=200,
            )
        return order


def with_mark(client: Client, order: Order, patience: Patience | None = None) -> Order:
    """The order with its flag ``is_renewed`` from the listing (one request), for order info may leave it out.

    :raises CertCentralError: ``unexpected_response`` if the listing does not settle it
    """
    with _about(order.id, "could not be read"):
        rows = _list_by_id(client, order.id, (), patience)
        for listed in rows:
            if listed.id == order.id and listed.marked is not None:
                return replace(order, is_renewed=listed.marked)
        raise CertCentralError(
            UNEXPECTED_RESPONSE,
            "neither order info nor the listing tells whether it is marked renewed, so nothing was sent",
            http_status=200,
        )


def with_origin(client: Client, order: Order, patience: Patience | None = None) -> Order:
    """The order with ``migrated`` set (one request): nothing in order info tells, the list filter ``origin`` does.

    :raises CertCentralError: ``unexpected_response`` if the server ignored the filter
    """
    with _about(order.id, "could not be read"):
        rows = _list_by_id(client, order.id, [("filters[origin]", "migrated")], patience)
        found = {listed.id for listed in rows}
        if found - {order.id}:
            raise CertCentralError(
                UNEXPECTED_RESPONSE,
                "the listing ignored its filters, so it is not known whether the order is a migrated one",
                http_status=200,
            )
        return replace(order, migrated=bool(found))


def send_status(
    client: Client, order_id: int, status: str, note: str | None, patience: Patience, check: t.Callable[[], None]
) -> None:
    """Update order status, once (``PUT /order/certificate/{order_id}/status``).

    :param check: called right before it goes; what it raises stops it
    :raises RequestFailed: what the transport raises; ``lost`` says whether it may have had its effect
    """
    body = {"status": status} if note is None else {"status": status, "note": note}
    with _about(order_id, NOT_CHANGED):
        client.put(f"{PATH}/{order_id}/status", body, patience, check)


def to_order(raw: t.Any, *, listed: bool = False) -> Order:
    """An order of order info or of the listing. Every field but ``id`` and ``status`` can be missing.

    :raises CertCentralError: ``unexpected_response``
    """
    order_id = whole(raw.get("id")) if isinstance(raw, dict) else 0
    if not order_id or not isinstance(raw.get("status"), str) or not raw["status"]:
        raise CertCentralError(
            UNEXPECTED_RESPONSE, "the API's reply is not an order", "check what api_url leads to", http_status=200
        )
    certificate = raw.get("certificate")
    if not isinstance(certificate, dict):
        certificate = {}
    common_name = certificate.get("common_name")
    requests = raw.get("requests")
    return Order(
        id=order_id,
        status=raw["status"],
        is_renewed=_flag(raw.get("is_renewed")),
        migrated=None,
        valid_till=to_date(certificate.get("valid_till")),
        renewed_order_id=_other_order(raw.get("renewed_order_id")),
        common_name=common_name if isinstance(common_name, str) else None,
        reissues=tuple(
            (whole(request.get("id")), str(request.get("status")))
            for request in (requests if isinstance(requests, list) else ())
            if isinstance(request, dict) and request.get("type") == "reissue"
        ),
        listed=listed,
        raw=raw,
    )


def id_filters(order_ids: t.Sequence[int]) -> list[tuple[str, str]]:
    """The list filter for one or several ids. That several work is ASSUMED: see :mod:`_reading`."""
    if len(order_ids) == 1:
        return [("filters[id]", str(order_ids[0]))]
    return [(f"filters[id][{number}]", str(order_id)) for number, order_id in enumerate(order_ids)]


def list_page(client: Client, params: t.Sequence[tuple[str, str]], patience: Patience | None = None) -> list[Order]:
    """One page of the listing (one request). Without a match the API leaves ``orders`` out, or gives null.

    :param params: filters, ``sort``, ``limit`` and ``offset`` as the API takes them
    :raises CertCentralError: ``unexpected_response`` or what the transport raises
    """
    try:
        rows = client.get(PATH, params, patience).get("orders")
    except CertCentralError as error:
        # The listing itself was not found, which says nothing about any order.
        if error.reason == NOT_FOUND:
            error.reason = UNEXPECTED_RESPONSE
            error.what, error.advice = "the API has no listing of orders", "check api_url"
        raise
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise CertCentralError(UNEXPECTED_RESPONSE, "the API's listing of orders is not a list", http_status=200)
    return [to_order(row, listed=True) for row in rows]


def list_orders(client: Client, params: t.Sequence[tuple[str, str]], first: int = PAGE) -> t.Iterator[list[Order]]:
    """All pages of the listing, each order once (one request a page, and one that finds the end).

    The end is a page that brings nothing new. What the API says of its pages is not looked at, for it was seen to be wrong.

    :param params: filters and ``sort`` as the API takes them
    :param first: rows of the first page, should these be enough
    :raises CertCentralError: ``unexpected_response`` or what the transport raises
    """
    seen: set[int] = set()
    offset = 0
    size = first
    for unused in range(MAX_PAGES):
        rows = list_page(client, [*params, ("limit", str(size)), ("offset", str(offset))])
        fresh = [order for order in rows if order.id not in seen]
        if not fresh:
            return
        seen.update(order.id for order in fresh)
        offset += len(rows)
        size = PAGE
        yield fresh
    raise CertCentralError(
        UNEXPECTED_RESPONSE,
        f"the API's listing of orders does not end, {MAX_PAGES} pages were read",
        "narrow it by filters, or set limit",
        http_status=200,
    )


def _list_by_id(
    client: Client, order_id: int, filters: t.Sequence[tuple[str, str]], patience: Patience | None
) -> list[Order]:
    """The rows for one id; two at most, which is enough to see that a filter was ignored."""
    return list_page(client, [*id_filters([order_id]), *filters, ("limit", "2")], patience)


@contextlib.contextmanager
def _about(order_id: int, what: str) -> t.Iterator[None]:
    """Say in every error which order it is about, and what could not be done."""
    try:
        yield
    except CertCentralError as error:
        lost = isinstance(error, RequestFailed) and error.lost and what == NOT_CHANGED
        error.about = f"order {order_id} {'may have been changed or not' if lost else what}"
        error.order_id = order_id
        raise


def whole(value: t.Any) -> int:
    """A number above 0 that may come as text; else 0."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _other_order(value: t.Any) -> int | None:
    """The ID of another order; 0 where there is none. None if it is neither."""
    return whole(value) or (0 if not value or value == "0" else None)


def _flag(value: t.Any) -> bool | None:
    """A flag, which may come as bool, number or text. None if it says neither."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())


def to_date(value: t.Any) -> date | None:
    """``YYYY-MM-DD``, whatever time of day stands behind it; None if it is anything else."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
