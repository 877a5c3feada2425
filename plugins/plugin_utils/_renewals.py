# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What counts as the renewal of a migrated order, pure. The rules stand in the documentation of the filter find_renewals."""

from __future__ import annotations

import heapq
import re
import typing as t
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import date

from ..module_utils._errors import plain
from ..module_utils._orders import to_date, to_order, whole

# Reasons, as find_renewals documents them. These three stand for a renewal that was found.
SAME_NAMES = "same_names"
COVERS_NAMES = "covers_names"
RECORDED = "recorded"
# An order could be the renewal, but something is not known, or there are several.
SEVERAL = "several"
NO_ORGANIZATION = "no_organization"
INCOMPLETE = "incomplete"
UNKNOWN_NAMES = "unknown_names"
# An order has the names, but is not the renewal.
NOT_ISSUED = "not_issued"
BY_MIGRATED = "by_migrated"
OTHER_ORGANIZATION = "other_organization"
OTHER_PRODUCT = "other_product"
ENDS_NO_LATER = "ends_no_later"
ISSUED_NO_LATER = "issued_no_later"
FEWER_NAMES = "fewer_names"
NOT_RENEWED = "not_renewed"

# Candidates that are returned for one order, orders that are told of in one sentence, and names.
MOST = 20
TOLD = 3
# Orders with the same names that are looked at. So many that have not ended are a case for a person anyway.
CROWD = 100

A_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
LONGEST_NAME = 253

# Why an order is not the renewal, or may not be: a reason, and the rest of a sentence about that order.
Objection = tuple[str, str]


class Renewal(t.NamedTuple):
    """What renewed an order.

    :param renewed_by: the one order that did; None if that cannot be told
    :param reason: one of the constants above
    :param why: a sentence for a person
    :param candidates: the orders that the sentence is about, or would be if it had the room
    """

    order_id: int
    renewed_by: int | None
    reason: str
    why: str
    candidates: list[int]


@dataclass(frozen=True)
class Certificate:
    """What of an order decides. A fact that the API did not tell is None.

    :param names: as lower-case A-labels
    :param odd: a name that cannot be read, or what is wrong with the names; empty if nothing is
    :param organization: its ID; None also where the order has none
    """

    id: int
    status: str
    migrated: bool
    names: frozenset[str]
    odd: str
    organization: int | None
    product: str | None
    kind: str | None
    validation: str | None
    began: date | None
    ends: date | None
    renewed_by: int
    renews: int


class Index(t.NamedTuple):
    """All certificates, and the IDs of those that can renew another (alive) and those that cannot by their names."""

    certificates: dict[int, Certificate]
    alive: dict[str, set[int]]
    dead: dict[str, set[int]]


class OriginUnknown(ValueError):
    """An order is in both lists, so nobody knows which orders are migrated ones."""


def find_renewals(
    migrated: t.Iterable[t.Mapping[str, t.Any]],
    others: t.Iterable[t.Mapping[str, t.Any]],
    today: date,
    excluded: t.Container[int] = (),
) -> list[Renewal]:
    """What renewed each migrated order.

    :param migrated: orders as the API gives them, all of them migrated ones
    :param others: orders as the API gives them, none of them a migrated one
    :param today: the date in UTC
    :param excluded: IDs of orders that renewed nothing
    :raises OriginUnknown: an order is in both
    :raises CertCentralError: one is not an order
    """
    olds = _certificates(migrated, migrated=True)
    news = _certificates(others, migrated=False)
    both = sorted(olds.keys() & news.keys())
    if both:
        raise OriginUnknown(
            f"order {both[0]} is among the migrated orders and among the others as well "
            f"({len(both)} orders are): the API did not filter by origin, so it is not known which orders are migrated"
        )
    counted = {key: value for key, value in {**olds, **news}.items() if key not in excluded}
    alive = {key: value for key, value in counted.items() if not _is_dead(value, today)}
    index = Index(counted, _by_name(alive.values()), _by_name(counted[key] for key in counted.keys() - alive.keys()))
    return [_find(old, index, today) for old in olds.values()]


def covers(names: t.Container[str], name: str) -> bool:
    """Whether a certificate for ``names`` is good for ``name``. A wildcard stands for one label, never for another wildcard.

    All of them as :func:`to_a_labels` gives them.
    """
    return any(candidate in names for candidate in _covering(name))


def to_a_labels(name: t.Any) -> str | None:
    """A DNS name in lower-case A-labels, perhaps with ``*`` for its first label; None if it is none.

    No other mapping than to lower case: one that IDNA 2003 made and IDNA 2008 does not (``ß``) would join two domains.
    """
    if not isinstance(name, str):
        return None
    labels = []
    for number, label in enumerate(name.split(".")):
        if number or label != "*":
            label = _to_a_label(label)
            if not A_LABEL.fullmatch(label):
                return None
        labels.append(label)
    name = ".".join(labels)
    return name if len(name) <= LONGEST_NAME and name != "*" else None


def _to_a_label(label: str) -> str:
    """One label; something that is no A-label if it cannot be one."""
    if label.isascii():
        return label.lower()
    label = unicodedata.normalize("NFC", label.lower())
    if not all(char in "-\u00b7" or unicodedata.category(char)[0] in "LMN" for char in label):
        return ""
    return "xn--" + label.encode("punycode").decode("ascii")


def _covering(name: str) -> list[str]:
    """The names, of which any one covers this one. For a wildcard both are the wildcard itself."""
    dot, rest = name.partition(".")[1:]
    return [name, f"*.{rest}"] if dot else [name]


def _certificates(orders: t.Iterable[t.Mapping[str, t.Any]], *, migrated: bool) -> dict[int, Certificate]:
    found: dict[int, Certificate] = {}
    for raw in orders:
        certificate = _certificate(raw, migrated=migrated)
        found.setdefault(certificate.id, certificate)
    return found


def _certificate(raw: t.Mapping[str, t.Any], *, migrated: bool) -> Certificate:
    order = to_order(raw, listed=True)
    certificate, product, organization = (_dict(raw.get(name)) for name in ("certificate", "product", "organization"))
    # List orders calls dns_names the additional names: an empty list means none, a missing one that they are not known.
    additional = certificate.get("dns_names")
    given = [certificate.get("common_name"), *(additional if isinstance(additional, list) else [None])]
    names = [to_a_labels(name) for name in given]
    odd = [name for name, label in zip(given, names) if label is None]
    return Certificate(
        id=order.id,
        status=order.status,
        migrated=migrated,
        names=frozenset(filter(None, names)),
        odd=""
        if not odd
        else "not all of its names are known"
        if None in odd
        else f"{plain(odd[0], 80)} is no DNS name",
        organization=whole(organization.get("id")) or None,
        product=_word(product.get("name_id")),
        kind=_word(product.get("type")),
        validation=_word(product.get("validation_type")),
        began=to_date(certificate.get("valid_from")),
        ends=order.valid_till,
        renewed_by=order.renewed_order_id or 0,
        renews=whole(raw.get("renewal_of_order_id")),
    )


def _dict(value: t.Any) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}


def _word(value: t.Any) -> str | None:
    return value.lower() if isinstance(value, str) and value else None


def _by_name(certificates: t.Iterable[Certificate]) -> dict[str, set[int]]:
    """The IDs of certificates by each of their names."""
    by_name: dict[str, set[int]] = {}
    for certificate in certificates:
        for name in certificate.names:
            by_name.setdefault(name, set()).add(certificate.id)
    return by_name


def _holding(by_name: t.Mapping[str, set[int]], name: str) -> set[int]:
    """Those that cover a name."""
    return set().union(*(by_name.get(path, ()) for path in _covering(name)))


def _newest(old: Certificate, by_name: t.Mapping[str, set[int]]) -> list[int]:
    """The newest that cover all names of an order, without itself; one more than CROWD at most."""
    ids = set.intersection(*(_holding(by_name, name) for name in old.names))
    return heapq.nlargest(CROWD + 1, ids - {old.id})


def _find(old: Certificate, index: Index, today: date) -> Renewal:
    """What renewed one order."""
    if old.odd:
        return Renewal(old.id, None, UNKNOWN_NAMES, f"{old.odd}: look for its renewal yourself", [])
    ids = _newest(old, index.alive)
    if len(ids) > CROWD:
        why = f"more than {CROWD} orders have all of its names: look for its renewal yourself"
        return Renewal(old.id, None, SEVERAL, why, ids[:MOST])
    doubts: dict[int, list[Objection]] = {}
    misses: list[tuple[Certificate, list[Objection]]] = []
    possible = []
    for new in (index.certificates[key] for key in [*ids, *_newest(old, index.dead)]):
        against, unsure = judge(old, new, today)
        if not against:
            possible.append(new)
            doubts[new.id] = unsure
        elif not _precedes(new, old):
            misses.append((new, against))
    if not possible:
        return _missed(old, misses) if misses else _missing(old, index, today)

    recorded = [new.id for new in possible if new.id == old.renewed_by or new.renews == old.id]
    if len(recorded) == 1:
        return Renewal(old.id, recorded[0], RECORDED, f"order {recorded[0]} renewed it, as the API says", recorded)
    # One with the same names is the renewal, however many others (a wildcard for the whole domain) happen to cover them.
    same = [new for new in possible if new.names == old.names and not new.odd]
    picked = same or possible
    how, words = (SAME_NAMES, "the same names") if same else (COVERS_NAMES, "all of its names")
    ids = [new.id for new in picked]
    if len(ids) > 1:
        why = (
            f"{len(ids)} orders have {words} ({_listed(ids)}): exclude those that did not renew it, or mark it yourself"
        )
        return Renewal(old.id, None, SEVERAL, why, ids[:MOST])
    if doubts[ids[0]]:
        unknown = " and ".join(doubt for reason, doubt in doubts[ids[0]])
        why = f"order {ids[0]} has {words}, but {unknown}: compare the two yourself"
        return Renewal(old.id, None, doubts[ids[0]][0][0], why, ids)
    return Renewal(old.id, ids[0], how, f"order {ids[0]} has {words} and ends on {picked[0].ends}", ids)


def _is_dead(certificate: Certificate, today: date) -> bool:
    """Whether it renews nothing, whatever it is compared with."""
    return bool(_judge_alone(certificate, today))


def _judge_alone(new: Certificate, today: date) -> list[Objection]:
    """What speaks against an order as the renewal of any other."""
    against: list[Objection] = []
    if new.migrated:
        against.append((BY_MIGRATED, "is a migrated order itself"))
    # The API's filter issued returns expired ones too, and a listing may be older than the day.
    if new.status != "issued":
        against.append((NOT_ISSUED, f"is {plain(new.status, 80)}"))
    elif new.ends is not None and new.ends < today:
        against.append((NOT_ISSUED, f"ended on {new.ends}"))
    return against


def judge(old: Certificate, new: Certificate, today: date) -> tuple[list[Objection], list[Objection]]:
    """What speaks against an order that covers all names of another as its renewal, and what is not known."""
    against = _judge_alone(new, today)
    unsure: list[Objection] = []
    if old.organization is None or new.organization is None:
        unsure.append((NO_ORGANIZATION, f"{_which(old.organization, new)} has no organization"))
    elif old.organization != new.organization:
        against.append((OTHER_ORGANIZATION, "is of another organization"))
    family = same_family(old, new)
    if family is None:
        unsure.append((INCOMPLETE, "the API does not tell whether the products are of one family"))
    elif not family:
        against.append((OTHER_PRODUCT, "is of another product family"))
    if old.ends is None or new.ends is None:
        unsure.append((INCOMPLETE, f"the API does not tell when {_which(old.ends, new)} ends"))
    elif new.ends <= old.ends:
        against.append((ENDS_NO_LATER, f"ends no later ({new.ends})"))
    if old.began is None or new.began is None:
        unsure.append((INCOMPLETE, f"the API does not tell when {_which(old.began, new)} was issued (valid_from)"))
    elif new.began <= old.began:
        against.append((ISSUED_NO_LATER, f"was issued no later ({new.began})"))
    return against, unsure


def _which(of_old: t.Any, new: Certificate) -> str:
    return "this one" if of_old is None else f"order {new.id}"


def same_family(old: Certificate, new: Certificate) -> bool | None:
    """Whether two products are of one family: the same product, or the same type and validation. None: it is not known."""
    if old.product and old.product == new.product:
        return True
    known = True
    for one, other in ((old.kind, new.kind), (old.validation, new.validation)):
        if one is None or other is None:
            known = False
        elif one != other:
            return False
    return True if known else None


def _precedes(new: Certificate, old: Certificate) -> bool:
    """Whether it is what the other one followed, about which nobody has to be told."""
    return bool(new.began and old.began and new.ends and old.ends and new.began <= old.began and new.ends <= old.ends)


def _missed(old: Certificate, misses: list[tuple[Certificate, list[Objection]]]) -> Renewal:
    """Why orders that have all of its names did not renew an order: what came nearest to it first."""
    misses.sort(key=lambda miss: (len(miss[1]), -miss[0].id))
    told = "; ".join(
        f"order {new.id} has all of its names, but {' and '.join(words for reason, words in against)}"
        for new, against in misses[:TOLD]
    )
    more = f"; and {len(misses) - TOLD} more" if len(misses) > TOLD else ""
    return Renewal(old.id, None, misses[0][1][0][0], told + more, [new.id for new, against in misses[:MOST]])


def _missing(old: Certificate, index: Index, today: date) -> Renewal:
    """That no order has all of its names, and which has the most."""
    shared = Counter(key for wanted in old.names for key in _holding(index.alive, wanted) if key != old.id)
    most = heapq.nsmallest(CROWD, shared, key=lambda key: (-shared[key], -key))
    near = [key for key in most if not judge(old, index.certificates[key], today)[0]]
    if not near:
        why = "no later order has its names: renew it, unless it is not needed any more"
        return Renewal(old.id, None, NOT_RENEWED, why, [])
    held = index.certificates[near[0]].names
    lacking = sorted(name for name in old.names if not covers(held, name))
    why = f"order {near[0]} has only {shared[near[0]]} of its {len(old.names)} names, and lacks {_listed(lacking)}"
    return Renewal(old.id, None, FEWER_NAMES, why, near[:MOST])


def _listed(items: t.Sequence[t.Any]) -> str:
    """The first of them, for a sentence."""
    told = ", ".join(plain(item, 80) for item in items[:TOLD])
    return f"{told} and {len(items) - TOLD} more" if len(items) > TOLD else told
