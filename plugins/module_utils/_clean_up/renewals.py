# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for renewals: a pure function decides on one migrated order.

:func:`decide` contains the whole table of docs/renewals.md.
"""

from __future__ import annotations

import typing as t
from datetime import date, timedelta

from .._api.names import covers, to_wildcard
from .._api.status_groups import CAN_BE_RENEWAL
from .._text import sanitize
from .candidates import (
    EARLIEST_DAYS,
    LATEST_DAYS,
    MAX_COMPARED,
    MISSES,
    days_off,
    judge,
    overlap,
    to_day,
)
from .facts import Facts
from .plan import INCOMPLETE, MARK, REVIEW, Decision

# Reasons that may lead to a mark.
RECORDED, SAME_NAMES, COVERS_NAMES = ACCEPTABLE = ("recorded", "same_names", "covers_names")
# Reasons of orders that have candidates and are not marked.
RECORDED_OTHERWISE, ORDER_GOES_ON, AMBIGUOUS, SHARED = ("recorded_otherwise", "order_goes_on", "ambiguous", "shared")
PLACED_TOO_EARLY, PLACED_TOO_LATE = ("placed_too_early", "placed_too_late")
FEWER_NAMES, NOT_RENEWED = ("fewer_names", "not_renewed")
# An order goes on if it is valid for longer than this after its certificate expires.
ORDER_SURPLUS = timedelta(days=31)
# The maximum numbers of candidates that are returned for one order, and of items that one sentence names.
MAX_CANDIDATES, MAX_NAMED = 10, 3


def decide(
    old: Facts,
    near: t.Sequence[Facts],
    rivals: t.Mapping[int, t.Sequence[Facts]],
    today: date,
    accept: t.Container[str],
    *,
    final: bool,
) -> Decision:
    """Return the decision on a migrated order.

    :param near: the orders that have all of its names, or if there are none, the orders that have some
    :param rivals: the migrated orders that each of these orders may have renewed, by ID
    :param today: the date in UTC
    :param accept: reasons that may lead to a mark
    :param final: whether the details of the orders were read. Until then, a mark is possible even if a required field is unknown
    """
    if old.names_problem:
        return Decision(REVIEW, INCOMPLETE, f"{old.names_problem}: look for its renewal yourself")
    covering = [new for new in near if covers(new.names, old.names)]
    judged = {new.id: judge(old, new) for new in covering}
    candidates = [new for new in covering if not judged[new.id][0]]
    if not candidates:
        return _find_miss(covering, judged) if covering else _find_partial(old, near)
    found = (
        _find_recorded(old, candidates)
        or _find_too_many(covering, candidates)
        or _find_longer_order(old, candidates, today)
        or _find_by_names(old, candidates, rivals)
    )
    if found.decision == MARK and found.reason not in accept:
        return found._replace(decision=REVIEW)
    unknown = judged[found.candidates[0].id][1] if found.decision == MARK and final else []
    if unknown:
        return Decision(REVIEW, INCOMPLETE, f"{found.explanation}, but {' and '.join(unknown)}", found.candidates)
    return found


def _find_too_many(covering: t.Sequence[Facts], candidates: t.Sequence[Facts]) -> Decision | None:
    """Return the decision if there are too many orders to compare, or None."""
    if sum(new.status in CAN_BE_RENEWAL for new in covering) <= MAX_COMPARED:
        return None
    return _review(AMBIGUOUS, f"more than {MAX_COMPARED} orders have all of its names", candidates)


def _find_recorded(old: Facts, candidates: t.Sequence[Facts]) -> Decision | None:
    """Return the decision by the API's records, or None if there is no record about the order."""
    claims = {new.id: new for new in candidates if new.renews == old.id}
    if old.renewed_by:
        named = {new.id: new for new in candidates if new.id == old.renewed_by and new.renews in (0, old.id)}
        if not named or claims.keys() - named.keys():
            other = f"order {old.renewed_by}" if old.renewed_by > 0 else "an invalid order ID"
            why = f"the API records that {other} renewed it, which is not a candidate or contradicts another record"
            return _review(RECORDED_OTHERWISE, why, candidates)
        claims = named
    if len(claims) > 1:
        return _review(
            AMBIGUOUS, f"the API records that several orders renewed it ({_list(claims)})", [*claims.values()]
        )
    new = next(iter(claims.values()), None)
    return Decision(MARK, RECORDED, f"the API records that order {new.id} renewed it", (new,)) if new else None


def _find_longer_order(old: Facts, candidates: t.Sequence[Facts], today: date) -> Decision | None:
    """Return the decision on an order that is valid long after its certificate, so that it needs a reissue."""
    if old.order_ends and old.ends and old.order_ends >= today and old.order_ends - old.ends > ORDER_SURPLUS:
        why = f"the order is valid until {old.order_ends}, but its certificate expires on {old.ends}: reissue the certificate"
        return _review(ORDER_GOES_ON, why, candidates)
    return None


def _find_by_names(old: Facts, candidates: t.Sequence[Facts], rivals: t.Mapping[int, t.Sequence[Facts]]) -> Decision:
    """Return the decision by the candidates that remain after records, dates and names were compared."""
    free = [new for new in candidates if new.renews in (0, old.id)]
    if not free:
        ids = _list(new.id for new in candidates)
        return _review(
            RECORDED_OTHERWISE, f"the API records that the candidates ({ids}) renewed other orders", candidates
        )
    timely = [new for new in free if not days_off(old, new)]
    if not timely:
        return _find_nearest(old, free)
    same = [new for new in timely if new.names == old.names]
    reason, words = (SAME_NAMES, "the same names") if same else (COVERS_NAMES, "all of its names")
    new, *more = same or timely
    if more:
        ids = _list(other.id for other in (new, *more))
        return _review(AMBIGUOUS, f"{len(more) + 1} orders have {words} ({ids})", (new, *more))
    ending = f" and expires on {new.ends}" if new.ends else ""
    why = f"order {new.id} has {words}{ending}{'' if same else _list_differences(old, new)}"
    others = [other.id for other in rivals.get(new.id, ()) if other.id != old.id and overlap(old, other)]
    if same and others:
        rival = (
            "another order ({}), whose certificate was"
            if len(others) == 1
            else "other orders ({}), whose certificates were"
        )
        why = f"{why}, but it may have renewed {rival.format(_list(others))} valid at the same time"
        return _review(SHARED, why, [new])
    return Decision(MARK, reason, why, (new,))


def _find_nearest(old: Facts, candidates: t.Sequence[Facts]) -> Decision:
    """Return the decision if no candidate was placed in time, with the nearest one."""
    nearest = min(candidates, key=lambda new: (abs(days_off(old, new)), new.id))
    late = days_off(old, nearest) > 0
    limit = f"more than {LATEST_DAYS} days after" if late else f"more than {EARLIEST_DAYS} days before"
    why = f"order {nearest.id} was placed on {to_day(nearest)}, {limit} the expiry of this order's certificate ({old.ends})"
    return _review(PLACED_TOO_LATE if late else PLACED_TOO_EARLY, why, [nearest])


def _find_miss(
    covering: t.Sequence[Facts], judged: t.Mapping[int, tuple[list[tuple[str, str]], list[str]]]
) -> Decision:
    """Return the decision if no order that has all names is a candidate, with the nearest orders first."""
    misses = [(new, judged[new.id][0]) for new in covering]
    misses.sort(key=lambda miss: (len(miss[1]), MISSES.index(miss[1][0][0]), -miss[0].id))
    named = [
        f"order {new.id} has all of its names, but {' and '.join(words for unused, words in against)}"
        for new, against in misses[:MAX_NAMED]
    ]
    named += [f"and {len(misses) - MAX_NAMED} more"] if len(misses) > MAX_NAMED else []
    return _review(misses[0][1][0][0], "; ".join(named), [new for new, unused in misses])


def _find_partial(old: Facts, sharing: t.Sequence[Facts]) -> Decision:
    """Return the decision if no order has all names, with the orders that share the most names first."""
    partial = [new for new in sharing if not judge(old, new)[0]]
    if not partial:
        return Decision(REVIEW, NOT_RENEWED, "no later order has its names")
    lacking = sorted(name for name in old.names if not covers(partial[0].names, [name]))
    count = f"{len(old.names) - len(lacking)} of its {len(old.names)} names"
    return _review(FEWER_NAMES, f"order {partial[0].id} has only {count}, and lacks {_list(lacking)}", partial)


def _review(reason: str, why: str, candidates: t.Sequence[Facts]) -> Decision:
    return Decision(REVIEW, reason, why, tuple(candidates[:MAX_CANDIDATES]))


def _list_differences(old: Facts, new: Facts) -> str:
    """Return how the names of an order differ from those that it covers, as the end of a sentence."""
    by_wildcard = sorted(old.names - new.names)
    added = sorted(new.names - old.names - {*map(to_wildcard, by_wildcard)})
    parts = [f"covers {_list(by_wildcard)} only by a wildcard"] if by_wildcard else []
    parts += [f"also has {_list(added)}"] if added else []
    return f", but it {' and '.join(parts)}"


def _list(items: t.Iterable[t.Any]) -> str:
    """Return the first items, and the number of the others."""
    texts = [sanitize(item, 80) for item in items]
    return ", ".join(texts[:MAX_NAMED]) + (f" and {len(texts) - MAX_NAMED} more" if len(texts) > MAX_NAMED else "")
