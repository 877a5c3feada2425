# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as the renewal of a migrated order. Pure: facts about orders go in, one decision comes out.

:func:`decide` is the whole table, which the documentation of digicert_migrated_order_info has in words.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from datetime import date, timedelta

from .._api.names import covers, to_wildcard
from .._api.statuses import NOT_RENEWABLE, WITH_CERTIFICATE
from .._text import sanitize
from .facts import Facts

MARK, REVIEW = "mark", "review"
# Reasons that may lead to a mark.
RECORDED, SAME_NAMES, COVERS_NAMES = ACCEPTABLE = ("recorded", "same_names", "covers_names")
# There are candidates, and something speaks against a mark.
RECORDED_OTHERWISE, ORDER_GOES_ON, AMBIGUOUS, SHARED = ("recorded_otherwise", "order_goes_on", "ambiguous", "shared")
PLACED_TOO_EARLY, PLACED_TOO_LATE = ("placed_too_early", "placed_too_late")
# An order has all names and is no candidate. What comes first here comes nearest to a renewal.
MISSES = ("not_issued", "other_organization", "other_product", "ends_no_later", "placed_earlier")
INCOMPLETE, FEWER_NAMES, NOT_RENEWED = ("incomplete", "fewer_names", "not_renewed")
# Days before the old certificate ends, and after, in which its renewal is placed.
EARLIEST_DAYS, LATEST_DAYS = 120, 180
# Certificates that ran at the same time for more days than this are two, and not one after the other.
OVERLAP_DAYS = 120
# An order that is valid for more days than this after its certificate goes on.
ORDER_SURPLUS = timedelta(days=31)
# Orders that are compared with one order, orders that are returned for one, and what one sentence names.
MAX_COMPARED, MAX_CANDIDATES, MAX_NAMED = 100, 10, 3


class Decision(t.NamedTuple):
    """What to do with one order, why, and the orders that this is about, the renewal first."""

    decision: str
    reason: str
    explanation: str
    candidates: tuple[Facts, ...] = ()


class Account(t.NamedTuple):
    """The orders that may be renewals.

    :param orders: by their IDs
    :param by_name: the IDs of those that have a name
    :param rivals: the unmarked migrated orders that an order may have renewed, by its ID
    :param covering: what was found for names, so that it is looked for once
    """

    orders: dict[int, Facts]
    by_name: dict[str, list[int]]
    rivals: dict[int, list[Facts]]
    covering: dict[frozenset[str], list[Facts]]


# ---- who is compared with whom


def make_account(migrated: t.Iterable[Facts], others: t.Iterable[Facts], excluded: t.Container[int]) -> Account:
    """The orders that may be renewals, and of which migrated ones.

    :param excluded: IDs of orders that are no renewal
    """
    account = Account({facts.id: facts for facts in others if facts.id not in excluded}, {}, {}, {})
    for order_id in sorted(account.orders):
        for name in account.orders[order_id].names:
            account.by_name.setdefault(name, []).append(order_id)
    for old in sorted(migrated, key=lambda facts: facts.id):
        if not (old.marked or old.odd or old.status in NOT_RENEWABLE):
            for new in _possibly_left(old, _find_covering(old, account)):
                account.rivals.setdefault(new.id, []).append(old)
    return account


def find_near(old: Facts, account: Account) -> list[Facts]:
    """The orders that have all names of an order; if there are none, those that have some."""
    return [] if old.odd else _find_covering(old, account) or _find_sharing(old, account)


def _find_covering(old: Facts, account: Account) -> list[Facts]:
    """One more than can be compared at most: the issued ones first, then the newest."""
    if old.names not in account.covering:
        rarest = min((_holders(name, account) for name in old.names), key=len)
        found = [account.orders[order_id] for order_id in rarest if covers(account.orders[order_id].names, old.names)]
        found.sort(key=lambda new: (new.status not in WITH_CERTIFICATE, -new.id))
        account.covering[old.names] = sorted(found[: MAX_COMPARED + 1], key=lambda new: new.id)
    return account.covering[old.names]


def _find_sharing(old: Facts, account: Account) -> list[Facts]:
    """Those that have most of the names; for each name, the newest are looked at."""
    shared = Counter(order_id for name in old.names for order_id in _holders(name, account)[-MAX_COMPARED:])
    most = sorted(shared, key=lambda order_id: (-shared[order_id], -order_id))
    return [account.orders[order_id] for order_id in most[:MAX_COMPARED]]


def _holders(name: str, account: Account) -> list[int]:
    """The IDs of the orders that cover a name."""
    exact, wildcard = account.by_name.get(name, []), account.by_name.get(to_wildcard(name), [])
    return sorted({*exact, *wildcard}) if exact and wildcard else exact or wildcard


def _possibly_left(old: Facts, covering: t.Sequence[Facts]) -> list[Facts]:
    """The orders that may turn out to be the one left for an order, once all is known of the others."""
    if old.renewed_by:
        return [new for new in covering if new.id == old.renewed_by]
    judged = {new.id: judge(old, new) for new in covering}
    timely = [
        new for new in covering if not judged[new.id][0] and new.renews in (0, old.id) and not _days_off(old, new)
    ]
    sure = [new for new in timely if not judged[new.id][1]]
    # One that merely covers the names is never in the way of one that has exactly these.
    return [
        new
        for new in timely
        if not any(other.id != new.id and (other.names == old.names or new.names != old.names) for other in sure)
    ]


# ---- the table


def judge(old: Facts, new: Facts) -> tuple[list[tuple[str, str]], list[str]]:
    """What keeps an order that has all names of another from being a candidate, and what is not known.

    :return: reasons, each with the rest of a sentence about the order; and parts of a sentence about both
    """
    issued = new.status in WITH_CERTIFICATE and new.certificate_status != "revoked"
    status = "has a revoked certificate" if new.status in WITH_CERTIFICATE else f"is {sanitize(new.status, 80)}"
    organizations = old.organization[0] or None, new.organization[0] or None
    conditions: tuple[tuple[bool | None, str, str], ...] = (
        (issued, status, ""),
        (
            _is_same(*organizations),
            "is for another organization",
            "the API does not say whether both are for one organization",
        ),
        (
            is_same_family(old, new),
            "is for another kind of product",
            "the API does not say whether both products are of one family",
        ),
        (
            _is_later(old.ends, new.ends),
            f"ends no later ({new.ends})",
            "the API does not say whether its certificate ends later",
        ),
        (
            _is_later(old.placed, new.placed),
            f"was placed no later ({_day(new)})",
            "the API does not say whether it was placed later",
        ),
    )
    against = [(reason, words) for reason, (holds, words, unused) in zip(MISSES, conditions) if holds is False]
    unknown = [words for holds, unused, words in conditions if holds is None]
    # It moves with each reissue, so it proves nothing, but it can speak against a renewal.
    if _is_later(old.began, new.began) is False:
        against.append((MISSES[-1], f"has a certificate that was issued no later ({new.began})"))
    return against, [*unknown, new.odd] if new.odd else unknown


def is_same_family(old: Facts, new: Facts) -> bool | None:
    """Whether two products are of one family: the same product, or the same type and validation. None: not known."""
    family = {_is_same(*pair) for pair in zip(old.family, new.family)}
    if _is_same(old.product[0], new.product[0]) or family == {True}:
        return True
    return False if False in family else None


def _is_same(before: t.Any, after: t.Any) -> bool | None:
    return None if before is None or after is None else str(before).lower() == str(after).lower()


def _is_later(before: t.Any, after: t.Any) -> bool | None:
    return None if before is None or after is None else after > before


def decide(
    old: Facts,
    near: t.Sequence[Facts],
    rivals: t.Mapping[int, t.Sequence[Facts]],
    today: date,
    accept: t.Container[str],
    *,
    final: bool,
) -> Decision:
    """What to do with a migrated order: the table.

    :param near: the orders that have all of its names; if there are none, those that have some
    :param rivals: the migrated orders that each of them may have renewed
    :param final: whether all was read that the API has to say; until then what is not known is not held against a mark
    """
    if old.odd:
        return Decision(REVIEW, INCOMPLETE, f"{old.odd}: look for its renewal yourself")
    covering = [new for new in near if covers(new.names, old.names)]
    judged = {new.id: judge(old, new) for new in covering}
    candidates = [new for new in covering if not judged[new.id][0]]
    if not candidates:
        return _find_miss(covering, judged) if covering else _find_partial(old, near)
    if sum(new.status in WITH_CERTIFICATE for new in covering) > MAX_COMPARED:
        return Decision(REVIEW, AMBIGUOUS, f"more than {MAX_COMPARED} orders have all of its names")
    found = (
        _find_recorded(old, candidates)
        or _find_longer_order(old, candidates, today)
        or _find_by_names(old, candidates, rivals)
    )
    if found.decision == MARK and found.reason not in accept:
        return found._replace(decision=REVIEW)
    unknown = judged[found.candidates[0].id][1] if found.decision == MARK and final else []
    if unknown:
        return Decision(REVIEW, INCOMPLETE, f"{found.explanation}, but {' and '.join(unknown)}", found.candidates)
    return found


def _find_recorded(old: Facts, candidates: t.Sequence[Facts]) -> Decision | None:
    """What the API's records say, if they say anything about this order."""
    claims = {new.id: new for new in candidates if new.renews == old.id}
    if old.renewed_by:
        named = {new.id: new for new in candidates if new.id == old.renewed_by and new.renews in (0, old.id)}
        if not named or claims.keys() - named.keys():
            other = f"order {old.renewed_by}" if old.renewed_by > 0 else "something that is no order"
            why = f"the API records that {other} renewed it, which is no candidate, or another record contradicts this"
            return _review(RECORDED_OTHERWISE, why, candidates)
        claims = named
    if len(claims) > 1:
        return _review(
            AMBIGUOUS, f"the API records that several orders renewed it ({_list(claims)})", [*claims.values()]
        )
    new = next(iter(claims.values()), None)
    return Decision(MARK, RECORDED, f"the API records that order {new.id} renewed it", (new,)) if new else None


def _find_longer_order(old: Facts, candidates: t.Sequence[Facts], today: date) -> Decision | None:
    """Whether the order itself goes on, so that it needs a reissue and no renewal."""
    if old.order_ends and old.ends and old.order_ends >= today and old.order_ends - old.ends > ORDER_SURPLUS:
        why = f"the order itself goes on until {old.order_ends}, its certificate ends on {old.ends}: reissue it"
        return _review(ORDER_GOES_ON, why, candidates)
    return None


def _find_by_names(old: Facts, candidates: t.Sequence[Facts], rivals: t.Mapping[int, t.Sequence[Facts]]) -> Decision:
    """Which of the candidates is left by record, time and names."""
    free = [new for new in candidates if new.renews in (0, old.id)]
    if not free:
        ids = _list(new.id for new in candidates)
        return _review(RECORDED_OTHERWISE, f"the API records that {ids} renewed other orders", candidates)
    timely = [new for new in free if not _days_off(old, new)]
    if not timely:
        return _find_nearest(old, free)
    same = [new for new in timely if new.names == old.names]
    reason, words = (SAME_NAMES, "the same names") if same else (COVERS_NAMES, "all of its names")
    new, *more = same or timely
    if more:
        ids = _list(other.id for other in (new, *more))
        return _review(AMBIGUOUS, f"{len(more) + 1} orders have {words} ({ids})", (new, *more))
    why = f"order {new.id} has {words} and ends on {new.ends}"
    others = [other.id for other in rivals.get(new.id, ()) if other.id != old.id and _overlap(old, other)]
    if same and others:
        why = f"{why}, but this one ran at the same time as {_list(others)}, which it may have renewed as well"
        return _review(SHARED, why, [new])
    return Decision(MARK, reason, why, (new,))


def _find_nearest(old: Facts, candidates: t.Sequence[Facts]) -> Decision:
    """That no candidate was placed in time, and which came nearest."""
    nearest = min(candidates, key=lambda new: (abs(_days_off(old, new)), new.id))
    late = _days_off(old, nearest) > 0
    limit = f"more than {LATEST_DAYS} days after" if late else f"more than {EARLIEST_DAYS} days before"
    why = f"order {nearest.id} was placed on {_day(nearest)}, {limit} the end of this one's certificate ({old.ends})"
    return _review(PLACED_TOO_LATE if late else PLACED_TOO_EARLY, why, [nearest])


def _find_miss(
    covering: t.Sequence[Facts], judged: t.Mapping[int, tuple[list[tuple[str, str]], list[str]]]
) -> Decision:
    """Why orders that have all of its names are no candidates: what came nearest to one first."""
    misses = [(new, judged[new.id][0]) for new in covering]
    misses.sort(key=lambda miss: (len(miss[1]), MISSES.index(miss[1][0][0]), -miss[0].id))
    named = [
        f"order {new.id} has all of its names, but {' and '.join(words for unused, words in against)}"
        for new, against in misses[:MAX_NAMED]
    ]
    named += [f"and {len(misses) - MAX_NAMED} more"] if len(misses) > MAX_NAMED else []
    return _review(misses[0][1][0][0], "; ".join(named), [new for new, unused in misses])


def _find_partial(old: Facts, sharing: t.Sequence[Facts]) -> Decision:
    """That no order has all of its names, and which has the most."""
    partial = [new for new in sharing if not judge(old, new)[0]]
    if not partial:
        return Decision(REVIEW, NOT_RENEWED, "no later order has its names")
    lacking = sorted(name for name in old.names if not covers(partial[0].names, [name]))
    count = f"{len(old.names) - len(lacking)} of its {len(old.names)} names"
    return _review(FEWER_NAMES, f"order {partial[0].id} has only {count}, and lacks {_list(lacking)}", partial)


def _review(reason: str, why: str, candidates: t.Sequence[Facts]) -> Decision:
    return Decision(REVIEW, reason, why, tuple(candidates[:MAX_CANDIDATES]))


def _days_off(old: Facts, new: Facts) -> int:
    """How many days an order was placed too early (below 0) or too late to be a renewal; 0: in time, or not known."""
    days = (new.placed.date() - old.ends).days if new.placed and old.ends else 0
    return min(0, days + EARLIEST_DAYS) or max(0, days - LATEST_DAYS)


def _overlap(one: Facts, other: Facts) -> bool:
    """Whether both certificates ran at the same time for long. What is not known does not set them apart."""
    if one.placed and other.placed and one.ends and other.ends:
        return (min(one.ends, other.ends) - max(one.placed, other.placed).date()).days > OVERLAP_DAYS
    return True


def _day(order: Facts) -> str:
    return str(order.placed)[:10]


def _list(items: t.Iterable[t.Any]) -> str:
    """The first of them, for a sentence."""
    texts = [sanitize(item, 80) for item in items]
    return ", ".join(texts[:MAX_NAMED]) + (f" and {len(texts) - MAX_NAMED} more" if len(texts) > MAX_NAMED else "")
