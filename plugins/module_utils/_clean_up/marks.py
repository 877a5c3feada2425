# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions on the migrated orders that are due.

The rows of the order list lead to proposals, which the details of the orders have to confirm (docs/renewals.md).
"""

from __future__ import annotations

import typing as t
from datetime import date, timedelta

from .._api.status_groups import NOT_RENEWABLE, WITH_CERTIFICATE
from .._text import sanitize
from .approval import hold_back
from .candidates import Account, find_near, judge, make_account
from .exclusions import find_exclusion
from .facts import Facts
from .plan import INCOMPLETE, MARK, REVIEW, SKIP, Approval, CleanUp, Decision, Options
from .renewals import (
    ACCEPTABLE,
    AMBIGUOUS,
    MAX_CANDIDATES,
    ORDER_GOES_ON,
    PLACED_TOO_EARLY,
    PLACED_TOO_LATE,
    SHARED,
    decide,
)

MARKED_ALREADY, OTHER_STATUS = "marked_already", "other_status"
# The reasons of reviews that a record can turn into marks, so that it is looked up.
LOOKED_UP = (*ACCEPTABLE, AMBIGUOUS, SHARED, PLACED_TOO_EARLY, PLACED_TOO_LATE, ORDER_GOES_ON)
# The maximum number of orders that a run reads to look up records, and the number of orders that are looked up together.
MAX_LOOK_UPS, LOOK_UP_BATCH = 1000, 100
# Reads the details of some orders, and returns them together with the fields of their rows.
Read = t.Callable[[t.Sequence[Facts]], t.Mapping[int, Facts]]


def propose_marks(
    migrated: t.Sequence[Facts],
    others: t.Iterable[Facts],
    options: Options,
    today: date,
    approved: t.Mapping[int, Approval] | None = None,
) -> tuple[CleanUp, Account]:
    """Return decisions on the migrated orders that are based only on rows, and the orders that may be renewals.

    :param migrated: all migrated orders
    :param others: the orders that are not migrated, at least all that share a name with a migrated one
    :param options: the options of digicert_migrated_orders
    :param approved: the approved plan
    """
    account = make_account(migrated, others, options["exclude_orders"])
    last = today + timedelta(days=options["window"])
    marked = [old for old in migrated if old.marked]
    open_ = [old for old in migrated if not old.marked and old.status not in NOT_RENEWABLE]
    due = {old.id: old for old in open_ if old.ends is None or old.ends <= last}
    decisions = {old.id: _decide(old, account, {}, options, today) for old in due.values()}
    counts = {"migrated": len(migrated), "marked_already": len(marked)}
    counts.update(not_due=len(migrated) - len(marked) - len(due), due=len(due))
    clean_up = CleanUp(MARK, counts, due, decisions, approved)
    hold_back(clean_up)
    return clean_up, account


def confirm_marks(clean_up: CleanUp, account: Account, options: Options, today: date, read: Read) -> None:
    """Decide again with the details of both orders of each proposed pair, and of orders for review that may have a record.

    Each order is read once. Details that were read for one order have no effect on the decision on another.
    """
    confirmation = _Confirmation(clean_up, account, options, today, read)
    confirmation.settle(clean_up.acted)
    confirmation.look_up()
    clean_up.confirmed.update(confirmation.read_for.keys() - confirmation.skipped)
    clean_up.not_looked_up = len(confirmation.skipped)


class _Confirmation:
    """The details of orders that were read so far.

    :ivar read_for: IDs of the orders that were read for a decision, by the ID of the order that it is about
    :ivar skipped: IDs of orders whose records were not looked up, because there are too many
    """

    def __init__(self, clean_up: CleanUp, account: Account, options: Options, today: date, read: Read) -> None:
        self.read_for: dict[int, set[int]] = {}
        self.skipped: set[int] = set()
        self._clean_up = clean_up
        self._rows = {**account.orders, **clean_up.orders}
        self._known: dict[int, Facts] = {}
        self._account, self._options, self._today, self._read = account, options, today, read

    def settle(self, order_ids: t.Sequence[int]) -> None:
        """Decide on these orders until each decision is based on orders that were read for it."""
        while order_ids:
            wanted = {order_id: {order_id, self._candidates(order_id)[0].id} for order_id in order_ids}
            self._decide(wanted)
            # Now another order may be the only remaining candidate, or the one that the API records.
            order_ids = [order_id for order_id in order_ids if self._is_unread(order_id)]

    def look_up(self) -> None:
        """Look up records for the orders that are left for review, beginning with the certificates that expire first."""
        decisions, orders = self._clean_up.decisions, self._clean_up.orders
        waiting = [order_id for order_id, decision in decisions.items() if self._wants_record(order_id, decision)]
        waiting.sort(key=lambda order_id: (orders[order_id].ends or date.max, order_id))
        left = MAX_LOOK_UPS
        for start in range(0, len(waiting), LOOK_UP_BATCH):
            batch = waiting[start : start + LOOK_UP_BATCH]
            for choose in (lambda order_id: {order_id}, self._others):
                wanted, cost = self._afford(batch, choose, left)
                left -= cost
                self.skipped.update(batch[len(wanted) :])
                batch = batch[: len(wanted)]
                self._decide(wanted)
            self.settle([order_id for order_id in batch if self._is_unread(order_id)])

    def _wants_record(self, order_id: int, decision: Decision) -> bool:
        is_open = decision.decision == REVIEW and decision.reason in LOOKED_UP and decision.candidates
        return bool(is_open) and self._clean_up.may_change(order_id)

    def _afford(
        self, order_ids: t.Sequence[int], choose: t.Callable[[int], set[int]], left: int
    ) -> tuple[dict[int, set[int]], int]:
        """Return the orders to read for as many of the given orders as the limit allows, and how many of them are new.

        :param left: the number of orders that may still be read
        """
        wanted: dict[int, set[int]] = {}
        new: set[int] = set()
        for order_id in order_ids:
            chosen = choose(order_id)
            more = chosen - self._known.keys() - new
            if len(new) + len(more) > left:
                break
            new |= more
            wanted[order_id] = chosen
        return wanted, len(new)

    def _others(self, order_id: int) -> set[int]:
        """Return the candidates whose records may name an order, unless the record of the order itself is known."""
        old = self._clean_up.orders[order_id]
        if old.renewed_by or not self._wants_record(order_id, self._clean_up.decisions[order_id]):
            return set()
        named = [new.id for new in self._candidates(order_id)]
        named += [new.id for new in find_near(old, self._account) if not judge(old, new)[0]]
        return set(list(dict.fromkeys(named))[:MAX_CANDIDATES])

    def _candidates(self, order_id: int) -> tuple[Facts, ...]:
        return self._clean_up.decisions[order_id].candidates

    def _decide(self, wanted: t.Mapping[int, set[int]]) -> None:
        """Read orders, and decide again on those for which they were read."""
        for order_id, chosen in wanted.items():
            self.read_for.setdefault(order_id, set()).update(chosen)
        unknown = {number for order_id in wanted for number in self.read_for[order_id]} - self._known.keys()
        if unknown:
            self._known.update(self._read([self._rows[number] for number in sorted(unknown)]))
        for order_id in wanted:
            own = {number: self._known[number] for number in self.read_for[order_id]}
            self._clean_up.orders[order_id] = own[order_id]
            self._clean_up.decisions[order_id] = _decide(own[order_id], self._account, own, self._options, self._today)

    def _is_unread(self, order_id: int) -> bool:
        """Return whether the decision on an order is based on a candidate of which only the row is known."""
        decision = self._clean_up.decisions[order_id]
        counts = decision.decision == MARK or decision.reason == INCOMPLETE
        return counts and bool(decision.candidates) and decision.candidates[0].id not in self.read_for[order_id]


def _decide(old: Facts, account: Account, read: t.Mapping[int, Facts], options: Options, today: date) -> Decision:
    """Return the decision on a migrated order that is due.

    :param read: the details that were read for it, empty if only rows are known
    """
    first = find_exclusion(old, options) or _find_obstacle(old, final=bool(read))
    near = [read.get(new.id, new) for new in find_near(old, account)]
    return first or decide(old, near, account.rivals, today, options["accept"], final=bool(read))


def _find_obstacle(order: Facts, *, final: bool) -> Decision | None:
    """Return the decision on a migrated order that does not depend on its candidates, if there is one."""
    status = sanitize(order.status, 80) if order.certificate_status != "revoked" else "revoked"
    obstacles = (
        (order.marked, Decision(SKIP, MARKED_ALREADY, "it was marked after the order list was read")),
        (order.ends is None, Decision(REVIEW, INCOMPLETE, "the API does not tell when its certificate expires")),
        (
            order.marked is None and final,
            Decision(REVIEW, INCOMPLETE, "the API does not tell whether it is marked already"),
        ),
        (
            status not in WITH_CERTIFICATE,
            Decision(REVIEW, OTHER_STATUS, f"it is {status}: only issued and expired orders are marked"),
        ),
    )
    return next((decision for holds, decision in obstacles if holds), None)
