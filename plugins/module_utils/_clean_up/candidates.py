# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders that may have renewed a migrated order, and the conditions for a candidate.

The rules are in docs/renewals.md.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from .._api.names import covers, to_wildcard
from .._api.status_groups import CAN_BE_RENEWAL, NOT_RENEWABLE
from .._text import sanitize
from .facts import Facts

# Reasons why an order that has all names is not a candidate, beginning with the one that is nearest to a renewal.
MISSES = ("not_issued", "other_organization", "other_product", "ends_no_later", "placed_earlier")
# A renewal is placed at most this number of days before the old certificate expires, and after.
EARLIEST_DAYS, LATEST_DAYS = 120, 180
# If two certificates are valid at the same time for more days than this, one did not replace the other.
OVERLAP_DAYS = 120
# The maximum number of orders that are compared with one order.
MAX_COMPARED = 100


class Account(t.NamedTuple):
    """The orders that may be renewals.

    :param orders: by ID
    :param by_name: IDs of the orders that have a name, by name
    :param rivals: the migrated orders, marked or not, that an order may have renewed, by the ID of that order
    :param covering: results of searches for orders that cover some names, so that each search is made once
    """

    orders: dict[int, Facts]
    by_name: dict[str, list[int]]
    rivals: dict[int, list[Facts]]
    covering: dict[frozenset[str], list[Facts]]


def make_account(migrated: t.Iterable[Facts], others: t.Iterable[Facts], excluded: t.Container[int]) -> Account:
    """Return the orders that may be renewals, and the migrated orders that each of them may have renewed.

    :param others: the orders that are not migrated
    :param excluded: IDs of orders that are not a renewal
    """
    account = Account({facts.id: facts for facts in others if facts.id not in excluded}, {}, {}, {})
    for order_id in sorted(account.orders):
        for name in account.orders[order_id].names:
            account.by_name.setdefault(name, []).append(order_id)
    for old in sorted(migrated, key=lambda facts: facts.id):
        # Marked orders count, too. If somebody marked the order of one of two servers, the other order is still in doubt.
        if old.names and old.status not in NOT_RENEWABLE:
            for new in _possibly_left(old, _find_covering(old, account)):
                account.rivals.setdefault(new.id, []).append(old)
    return account


def find_near(old: Facts, account: Account) -> list[Facts]:
    """Return the orders that have all names of an order, or if there are none, the orders that have some of its names."""
    if old.names_problem:
        return []
    near = _find_covering(old, account) or _find_sharing(old, account)
    # If there are more orders than are compared, the API's record may name one of the others.
    recorded = account.orders.get(old.renewed_by)
    return near if recorded is None or recorded in near else [*near, recorded]


def _find_covering(old: Facts, account: Account) -> list[Facts]:
    """Return orders that cover all names of an order, sorted by ID.

    There are at most ``MAX_COMPARED + 1`` of them, so that the caller can tell that there are too many. Orders that were issued
    and newer orders are preferred.
    """
    if old.names not in account.covering:
        rarest = min((_holders(name, account) for name in old.names), key=len)
        found = [account.orders[order_id] for order_id in rarest if covers(account.orders[order_id].names, old.names)]
        found.sort(key=lambda new: (new.status not in CAN_BE_RENEWAL, -new.id))
        account.covering[old.names] = sorted(found[: MAX_COMPARED + 1], key=lambda new: new.id)
    return account.covering[old.names]


def _find_sharing(old: Facts, account: Account) -> list[Facts]:
    """Return the orders that share the most names with an order. For each name, only the newest orders are considered."""
    shared = Counter(order_id for name in old.names for order_id in _holders(name, account)[-MAX_COMPARED:])
    most = sorted(shared, key=lambda order_id: (-shared[order_id], -order_id))
    return [account.orders[order_id] for order_id in most[:MAX_COMPARED]]


def _holders(name: str, account: Account) -> list[int]:
    """Return the IDs of the orders that cover a name."""
    exact, wildcard = account.by_name.get(name, []), account.by_name.get(to_wildcard(name), [])
    return sorted({*exact, *wildcard}) if exact and wildcard else exact or wildcard


def _possibly_left(old: Facts, covering: t.Sequence[Facts]) -> list[Facts]:
    """Return the orders that may turn out to be the only renewal of an order, once its details are known."""
    if old.renewed_by:
        return [new for new in covering if new.id == old.renewed_by]
    judged = {new.id: judge(old, new) for new in covering}
    timely = [new for new in covering if not judged[new.id][0] and new.renews in (0, old.id) and not days_off(old, new)]
    if old.names_problem:  # it is not known which of them has exactly its names
        return timely
    sure = [new for new in timely if not judged[new.id][1]]
    # An order that only covers the names never competes with one that has exactly these names.
    return [
        new
        for new in timely
        if not any(other.id != new.id and (other.names == old.names or new.names != old.names) for other in sure)
    ]


def judge(old: Facts, new: Facts) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the conditions for a candidate that an order does not meet, and those that are not known.

    :param new: an order that has all names of the old one
    :return: the unmet conditions, each as a reason and the rest of a sentence about the new order; and the unknown conditions,
        each as part of a sentence
    """
    issued = new.status in CAN_BE_RENEWAL and new.certificate_status != "revoked"
    status = "has a revoked certificate" if new.status in CAN_BE_RENEWAL else f"is {sanitize(new.status, 80)}"
    organizations = old.organization[0] or None, new.organization[0] or None
    conditions: tuple[tuple[bool | None, str, str], ...] = (
        (issued, status, ""),
        (
            _is_same(*organizations),
            "is for another organization",
            "the API does not tell whether both are for the same organization",
        ),
        (
            is_same_family(old, new),
            "is for another kind of product",
            "the API does not tell whether both products belong to the same family",
        ),
        (
            _is_later(old.ends, new.ends),
            f"does not expire later ({new.ends})",
            "the API does not tell whether its certificate expires later",
        ),
        (
            _is_later(old.placed, new.placed),
            f"was not placed later ({to_day(new)})",
            "the API does not tell whether it was placed later",
        ),
    )
    against = [(reason, words) for reason, (holds, words, unused) in zip(MISSES, conditions) if holds is False]
    unknown = [words for holds, unused, words in conditions if holds is None]
    # Each reissue moves this date. So a later date proves nothing, but an earlier one rules out a renewal.
    if _is_later(old.began, new.began) is False:
        against.append((MISSES[-1], f"has a certificate that was not issued later ({new.began})"))
    return against, [*unknown, new.names_problem] if new.names_problem else unknown


def is_same_family(old: Facts, new: Facts) -> bool | None:
    """Return whether two products are the same or have the same type and validation type; None if that is not known."""
    family = {_is_same(*pair) for pair in zip(old.family, new.family)}
    if _is_same(old.product[0], new.product[0]) or family == {True}:
        return True
    return False if False in family else None


def _is_same(before: t.Any, after: t.Any) -> bool | None:
    return None if before is None or after is None else str(before).lower() == str(after).lower()


def _is_later(before: t.Any, after: t.Any) -> bool | None:
    return None if before is None or after is None else after > before


def days_off(old: Facts, new: Facts) -> int:
    """Return by how many days an order was placed too early (below 0) or too late (above 0) to be a renewal.

    The result is 0 if it was placed in time, or if the dates are not known.
    """
    days = (new.placed.date() - old.ends).days if new.placed and old.ends else 0
    return min(0, days + EARLIEST_DAYS) or max(0, days - LATEST_DAYS)


def overlap(one: Facts, other: Facts) -> bool:
    """Return whether both certificates were valid at the same time for more than ``OVERLAP_DAYS``, or may have been if a date is unknown."""
    if one.placed and other.placed and one.ends and other.ends:
        return (min(one.ends, other.ends) - max(one.placed, other.placed).date()).days > OVERLAP_DAYS
    return True


def to_day(order: Facts) -> str:
    """Return the day on which an order was placed."""
    return str(order.placed)[:10]
