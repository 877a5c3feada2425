# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What the two clean-ups decide on each order that is due, and the rows of their reports. Pure, but for :func:`list_all`."""

from __future__ import annotations

import itertools
import typing as t
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase

from ._client import Client
from ._errors import INCOMPLETE_LISTING, INVALID_OPTION, TOO_MANY_CHANGES, CertCentralError, sanitize
from ._facts import NAMES_UNKNOWN, Facts, to_a_labels
from ._listing import list_orders
from ._module import Module, api_calls, check_number
from ._orders import Order, count_orders
from ._renewals import (
    DEAD_STATUSES,
    INCOMPLETE,
    ISSUED_STATUSES,
    MARK,
    REVIEW,
    Account,
    Decision,
    decide,
    find_near,
    make_account,
)
from ._rules import CANCELED, RENEWED

COMMON_OPTIONS: dict[str, t.Any] = {
    "exclude_orders": {"type": "list", "elements": "int", "default": []},
    "exclude_names": {"type": "list", "elements": "str", "default": []},
    "exclude_organizations": {"type": "list", "elements": "int", "default": []},
    "exclude_containers": {"type": "list", "elements": "int", "default": []},
    "max_changes": {"type": "int"},
}

CANCEL, SKIP = "cancel", "skip"
EXCLUDED, OTHER_STATUS, STALE = "excluded", "other_status", "stale"

# Orders of each kind that the summary names.
MAX_SHOWN = 20
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
    open_ = [old for old in migrated if not old.marked and old.status not in DEAD_STATUSES]
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
            status not in ISSUED_STATUSES,
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


def is_match(name: str, pattern: str) -> bool:
    """Whether a shell pattern is for a name, as U-labels or A-labels: rather one exclusion too many."""
    return any(fnmatchcase(spelling, wanted) for spelling in _spellings(name) for wanted in _spellings(pattern))


def _spellings(name: str) -> set[str]:
    """A name or a pattern in lower case, with all labels as A-labels, and with all as U-labels."""
    lower = unicodedata.normalize("NFC", name.lower())
    return {lower, to_a_labels(lower) or lower, ".".join(map(_to_u_label, lower.split(".")))}


def _to_u_label(label: str) -> str:
    try:
        return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except ValueError:
        return label


def make_result(plan: Plan) -> dict[str, t.Any]:
    """What both modules return: first the orders to change, in the order of ``changes``, then those for review."""
    kinds = (plan.act, REVIEW, SKIP)
    rows = [_make_row(plan.orders[key], decision, key in plan.confirmed) for key, decision in plan.decisions.items()]
    rows.sort(key=lambda row: (kinds.index(row["decision"]), row["valid_till"] or "", row["order_id"]))
    decided = Counter(row["decision"] for row in rows)
    counts = {**plan.counts, **{kind: decided[kind] for kind in kinds}}
    return {
        "changed": False,
        "changes": [_make_change(plan.orders[row["order_id"]], row) for row in rows if row["decision"] == plan.act],
        "orders": rows,
        "counts": counts,
        "summary": _summarize(kinds[:2], counts, rows),
        "msg": f"orders that are due: {len(rows)}, to {plan.act}: {decided[plan.act]}, for review: {decided[REVIEW]}, "
        f"left out by the options: {decided[SKIP]}",
    }


def _make_change(order: Facts, row: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """An entry of the option ``orders`` of digicert_order_statuses."""
    change = {"order_id": order.id, "common_name": order.common_name}
    if row["decision"] == CANCEL:
        return {**change, "status": CANCELED}
    return {**change, "status": RENEWED, "note": f"Renewed in CertCentral by order {row['candidates'][0]['order_id']}"}


def _make_row(order: Facts, decision: Decision, confirmed: bool) -> dict[str, t.Any]:
    """An order as reports have it. All texts are fit for a terminal."""
    return {
        **_describe(order),
        "organization": _clean(order.organization[1]),
        "status": sanitize(order.status),
        "is_renewed": order.marked,
        "decision": decision.decision,
        "reason": decision.reason,
        "explanation": decision.explanation,
        "candidates": [_describe(new) for new in decision.candidates],
        "confirmed": confirmed,
    }


def _describe(order: Facts) -> dict[str, t.Any]:
    """What a person compares of two orders."""
    return {
        "order_id": order.id,
        "common_name": _clean(order.common_name),
        "names": list(dict.fromkeys(sanitize(name) for name in order.given)),
        "date_created": order.placed.isoformat() if order.placed else None,
        "valid_till": _clean(order.ends),
        "order_valid_till": _clean(order.order_ends),
        "product": _clean(order.product[1] or order.product[0]),
        "container": _clean(order.container[1] or order.container[0]),
    }


def _clean(value: t.Any) -> str | None:
    return sanitize(value) if value else None


def _summarize(kinds: t.Sequence[str], counts: t.Mapping[str, int], rows: t.Sequence[dict[str, t.Any]]) -> list[str]:
    """The plan in a bounded number of lines."""
    lines = [", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in counts.items())]
    for kind in kinds:
        # First those that a person can compare with another order.
        chosen = sorted((row for row in rows if row["decision"] == kind), key=lambda row: not row["candidates"])
        reasons = [f"{count} {reason}" for reason, count in sorted(Counter(row["reason"] for row in chosen).items())]
        lines += [f"{kind}: {', '.join(reasons)}"] * bool(chosen)
        lines += [
            f"{kind} order {row['order_id']} ({sanitize(row['common_name'], 80)}): {row['explanation']}"
            for row in chosen[:MAX_SHOWN]
        ]
        lines += [f"and {len(chosen) - MAX_SHOWN} more to {kind}: the report has them all"] * (len(chosen) > MAX_SHOWN)
    return lines


def check_options(options: Options) -> None:
    """Refuse what the argument check cannot.

    :raises CertCentralError: ``invalid_option``
    """
    check_number("max_changes", options["max_changes"], 0)
    for name in ("containers", "exclude_containers", "exclude_orders", "exclude_organizations"):
        for value in options.get(name) or ():
            check_number(f"an entry of {name}", value, 1)
    if not all(pattern.strip() for pattern in options["exclude_names"]):
        raise CertCentralError(
            INVALID_OPTION, "exclude_names has an empty entry", "remove it, or write what it should be"
        )


def list_all(
    module: Module, client: Client, name: str, value: str, keep: t.Callable[[Order], Facts | None]
) -> list[Facts]:
    """What to keep of all orders behind one filter.

    :raises CertCentralError: ``incomplete_listing`` if some may be missing, or what the listing raises
    """
    listing = list_orders(client, [(f"filters[{name}]", value)], keep)
    for warning in listing.warnings:
        module.warn(warning)
    if not listing.complete:
        raise CertCentralError(
            INCOMPLETE_LISTING,
            f"the listing of orders whose {name} is {value} is not complete",
            "nothing was decided; run it again, in a quiet hour if it stays so",
        )
    return listing.rows


def is_too_much(plan: Plan, options: Options) -> bool:
    """Whether more orders would change than ``max_changes`` allows."""
    return options["max_changes"] is not None and len(plan.acted) > options["max_changes"]


def finish(module: Module, client: Client, plan: Plan) -> dict[str, t.Any]:
    """The result of a module."""
    result = {**make_result(plan), "check_mode": module.check_mode, "api_calls": api_calls(client)}
    if is_too_much(plan, module.params):
        error = CertCentralError(
            TOO_MANY_CHANGES,
            f"{count_orders(len(plan.acted))} would change, and max_changes allows {module.params['max_changes']}",
            "look at the orders, then exclude some or raise max_changes",
        )
        result.update(error.result(), changes=[])
    return result
