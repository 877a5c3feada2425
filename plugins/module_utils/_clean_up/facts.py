# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of orders that a clean-up keeps. The rest of each row is dropped, because an account can have many orders."""

from __future__ import annotations

import functools
import typing as t
from datetime import date, datetime

from .._api.names import to_a_labels
from .._api.order import Order, parse_date, parse_id
from .._api.times import find_created
from .._text import sanitize

NAMES_UNKNOWN = "not all of its names are known"
# The maximum number of different values that are kept, so that equal values are kept only once.
MAX_SHARED = 10_000
T = t.TypeVar("T")
# An ID and a name, each None if the API does not tell it.
Label = tuple[t.Any, t.Optional[str]]


class Facts(t.NamedTuple):
    """The fields of an order that decisions and reports use. A value is None if the API does not tell it.

    :param given: all names as the API gives them
    :param names: the names that can be compared, as lower-case A-labels
    :param names_problem: why the names cannot all be compared, or an empty string
    :param organization: ID and name; the ID is 0 if the order has no organization
    :param product: ``name_id`` and name
    :param family: type and validation type of the product
    :param placed: when the order was placed, in UTC
    :param began: first day of the newest certificate, which each reissue moves
    :param ends: last day of the certificate
    :param order_ends: last day of the order itself
    :param renewed_by: the order that renewed it by the API's record, 0 if there is none, -1 if the record is not an order ID
    :param renews: the order that it renewed by the API's record, 0 if there is none
    """

    id: int
    status: str
    marked: bool | None
    common_name: str | None
    given: tuple[str, ...]
    names: frozenset[str]
    names_problem: str
    organization: Label
    product: Label
    family: tuple[str | None, str | None]
    container: Label
    placed: datetime | None
    began: date | None
    ends: date | None
    order_ends: date | None
    certificate_status: str | None
    renewed_by: int
    renews: int


def to_facts(order: Order) -> Facts:
    """Return the fields that are kept of an order. It can be a row of the order list or have all details."""
    raw = order.raw
    certificate, product = _dict(raw.get("certificate")), _dict(raw.get("product"))
    names = _find_names(certificate)
    problem = next((f"{sanitize(name, 80)} is not a DNS name" for name, label in names.items() if not label), "")
    return Facts(
        id=order.id,
        status=_share(order.status),
        marked=order.marked,
        common_name=order.common_name,
        given=tuple(names),
        names=frozenset(filter(None, names.values())),
        names_problem=problem if _are_known(certificate) else NAMES_UNKNOWN,
        organization=(0, None) if raw.get("organization") == [] else _label(raw.get("organization")),
        product=_share((_text(product.get("name_id")), _text(product.get("name")))),
        family=_share((_text(product.get("type")), _text(product.get("validation_type")))),
        container=_label(raw.get("container")),
        placed=find_created(order),
        began=_share(parse_date(certificate.get("valid_from"))),
        ends=_share(order.valid_till),
        order_ends=_share(parse_date(raw.get("order_valid_till"))),
        certificate_status=_share(_text(certificate.get("status"))),
        renewed_by=-1 if order.renewed_order_id is None else order.renewed_order_id,
        renews=parse_id(raw.get("renewal_of_order_id")),
    )


def has_name(order: Order, names: t.Collection[str]) -> bool:
    """Return whether an order has one of these names, which are lower-case A-labels. This costs less than all its facts."""
    return any(label in names for label in _find_names(_dict(order.raw.get("certificate"))).values())


def _find_names(certificate: dict[str, t.Any]) -> dict[str, str | None]:
    """Return the names of a certificate as the API gives them, each with its lower-case A-labels, or None if it is not a DNS name."""
    additional = certificate.get("dns_names")
    given = [certificate.get("common_name"), *(additional if isinstance(additional, list) else ())]
    labels = {name: to_a_labels(name) for name in given if isinstance(name, str) and name}
    # If both texts are equal, keep only one of them, to save memory.
    return {name: name if label == name else label for name, label in labels.items()}


def _are_known(certificate: dict[str, t.Any]) -> bool:
    """Return whether the API tells all names. If dns_names is an empty list, the common name is the only name."""
    additional = certificate.get("dns_names")
    return isinstance(additional, list) and all(map(_text, (certificate.get("common_name"), *additional)))


@functools.lru_cache(MAX_SHARED)
def _share(value: T) -> T:
    """Return the first of all equal values, so that equal values of many orders take the memory of one."""
    return value


def merge(row: Facts, details: Facts) -> Facts:
    """Return the fields of an order from its details, and from its row where the details do not have them."""
    merged = Facts._make(old if new in (None, (None, None)) else new for old, new in zip(row, details))
    if details.names_problem == NAMES_UNKNOWN:
        return merged._replace(given=row.given, names=row.names, names_problem=row.names_problem)
    return merged


def _dict(value: t.Any) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}


def _text(value: t.Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _label(value: t.Any) -> Label:
    label: Label = (parse_id(_dict(value).get("id")) or None, _text(_dict(value).get("name")))
    return t.cast(Label, _share(label))
