# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides what a clean-up does with each order that is due."""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from .._api.names import is_match
from .._api.statuses import NOT_RENEWABLE, WITH_CERTIFICATE
from .._text import sanitize
from .facts import NAMES_UNKNOWN, Facts
from .renewals import INCOMPLETE, MARK, REVIEW, Account, Decision, decide, find_near, make_account

CANCEL, SKIP = "cancel", "skip"
EXCLUDED, OTHER_STATUS, STALE = "excluded", "other_status", "stale"
Options = t.Mapping[str, t.Any]
# Adds what order info says to what the rows of some orders said.
Read = t.Callable[[t.Sequence[Facts]], t.Mapping[int, Facts]]


@dataclass
class Plan:
    """What is decided so far.

    :param act: the decision that changes an order, ``mark`` or ``cancel``
    :param counts: of the orders that were looked at
    :param orders: those that are due, by their IDs
    :param decisions: on each of these
    :param confirmed: those for which order info was read
    """

    act: str
    counts: dict[str, int]
    orders: dict[int, Facts]
    decisions: dict[int, Decision]
    confirmed: set[int] = field(default_factory=set)

    @property
    def acted(self) -> list[int]:
        """The orders that leave no doubt."""
        return [order_id for order_id, decision in self.decisions.items() if decision.decision == self.act]


def propose_marks(
    migrated: t.Sequence[Facts], others: t.Iterable[Facts], options: Options, today: date
) -> tuple[Plan, Account]:
    """Which migrated orders were renewed, as far as the rows of the listing go.

    :param migrated: all migrated orders
    :param others: of all other orders at least those that share a name with one
    :param options: of digicert_migrated_order_info
    """
    account = make_account(migrated, others, options["exclude_orders"])
    last = today + timedelta(days=options["window"])
    marked = [old for old in migrated if old.marked]
    open_ = [old for old in migrated if not old.marked and old.status not in NOT_RENEWABLE]
    due = {old.id: old for old in open_ if old.ends is None or old.ends <= last}
    decisions = {old.id: _decide_mark(old, account, {}, options, today) for old in due.values()}
    counts = {"migrated": len(migrated), "marked_already": len(marked)}
    counts.update(not_due=len(migrated) - len(marked) - len(due), due=len(due))
    return Plan(MARK, counts, due, decisions), account


def confirm_marks(plan: Plan, account: Account, options: Options, today: date, read: Read) -> None:
    """Have order info confirm what the rows propose. Both orders of each pair are read, and each order once."""
    known: dict[int, Facts] = {}
    # What is read for one order decides on no other, so that no order makes a mark of another one.
    pairs: dict[int, set[int]] = {order_id: {order_id} for order_id in plan.acted}
    waiting = plan.acted
    while waiting:
        for order_id in waiting:
            pairs[order_id].add(plan.decisions[order_id].candidates[0].id)
        wanted = {number for order_id in waiting for number in pairs[order_id]} - known.keys()
        known.update(read([plan.orders.get(number) or account.orders[number] for number in sorted(wanted)]))
        for order_id in waiting:
            own = {number: known[number] for number in pairs[order_id]}
            plan.orders[order_id] = own[order_id]
            plan.decisions[order_id] = _decide_mark(own[order_id], account, own, options, today)
        # Another order may be the one left now, or the one that the API records.
        waiting = [key for key in pairs if _is_unread(plan.decisions[key], pairs[key])]
    plan.confirmed.update(pairs)


def _is_unread(decision: Decision, read: set[int]) -> bool:
    """Whether a decision rests on an order of which only the row is known."""
    rests = decision.decision == MARK or decision.reason == INCOMPLETE
    return rests and bool(decision.candidates) and decision.candidates[0].id not in read


def _decide_mark(old: Facts, account: Account, read: t.Mapping[int, Facts], options: Options, today: date) -> Decision:
    """The decision on a migrated order that is due.

    :param read: what was read for it; nothing: only rows are known
    """
    first = find_exclusion(old, options) or _find_obstacle(old, final=bool(read))
    near = [read.get(new.id, new) for new in find_near(old, account)]
    return first or decide(old, near, account.rivals, today, options["accept"], final=bool(read))


def _find_obstacle(order: Facts, *, final: bool) -> Decision | None:
    """What settles a migrated order before anybody asks what renewed it."""
    status = sanitize(order.status, 80) if order.certificate_status != "revoked" else "revoked"
    obstacles = (
        (order.marked, Decision(SKIP, "marked_already", "it was marked after the listing was read")),
        (order.ends is None, Decision(REVIEW, INCOMPLETE, "the API does not say when its certificate ends")),
        (
            order.marked is None and final,
            Decision(REVIEW, INCOMPLETE, "the API does not say whether it is marked already"),
        ),
        (
            status not in WITH_CERTIFICATE,
            Decision(REVIEW, OTHER_STATUS, f"it is {status}: only issued and expired orders are marked"),
        ),
    )
    return next((decision for holds, decision in obstacles if holds), None)


def plan_cancels(pending: t.Sequence[Facts], options: Options, now: datetime) -> Plan:
    """Which pending orders are to be canceled.

    :param pending: all pending orders
    :param options: of digicert_stale_order_info
    """
    newest = now - timedelta(days=options["older_than"])
    due = {order.id: order for order in pending if order.placed is None or order.placed <= newest}
    decisions = {order.id: _decide_cancel(order, options, now) for order in due.values()}
    counts = {"pending": len(pending), "not_old_enough": len(pending) - len(due), "stale": len(due)}
    return Plan(CANCEL, counts, due, decisions)


def _decide_cancel(order: Facts, options: Options, now: datetime) -> Decision:
    """The decision on a pending order that is old enough, or may be."""
    if order.placed and order.common_name:
        decision = Decision(CANCEL, STALE, f"it has been pending for {(now - order.placed).days} days")
    else:
        unknown = "which name it is for" if order.placed else "when it was placed"
        decision = Decision(REVIEW, INCOMPLETE, f"the API does not say {unknown}")
    return find_exclusion(order, options) or decision


def find_exclusion(order: Facts, options: Options) -> Decision | None:
    """Whether the options leave an order out. A person has to look where the API does not say."""
    if order.id in options["exclude_orders"]:
        return Decision(SKIP, EXCLUDED, "exclude_orders holds its ID")
    # An empty list of what is wanted leaves out all orders, an empty exclusion none.
    wanted = [("products", "product", order.product[0]), ("containers", "container", order.container[0])]
    unwanted = [
        ("exclude_containers", "container", order.container[0]),
        ("exclude_organizations", "organization", order.organization[0]),
    ]
    checks = [(*check, False) for check in wanted if options.get(check[0]) is not None]
    checks += [(*check, True) for check in unwanted if options[check[0]]]
    for option, kind, value, excludes in checks:
        if value is not None and (value in options[option]) == excludes:
            verb = "holds" if excludes else "does not hold"
            return Decision(SKIP, EXCLUDED, f"{option} {verb} its {kind} ({sanitize(value, 80)})")
    for name, pattern in itertools.product(order.given, options["exclude_names"]):
        if is_match(name, pattern):
            return Decision(SKIP, EXCLUDED, f"exclude_names holds {sanitize(pattern, 80)} ({sanitize(name, 80)})")
    doubts = [f"whether {option} holds its {kind}" for option, kind, value, unused in checks if value is None]
    doubts += ["all of its names, which exclude_names may hold"] * (
        order.odd == NAMES_UNKNOWN and bool(options["exclude_names"])
    )
    return Decision(REVIEW, INCOMPLETE, f"the API does not say {' and '.join(doubts)}") if doubts else None
