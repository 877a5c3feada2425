# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a clean-up as rows for results and reports, and as lines of text."""

from __future__ import annotations

import typing as t
from collections import Counter

from .._text import count_orders, sanitize
from .facts import Facts
from .plan import MARK, REVIEW, SKIP, CleanUp, Decision

# The maximum number of orders of each kind that the summary names, and of entries of exclusions.
MAX_SHOWN = 20
Row = dict[str, t.Any]


def make_rows(clean_up: CleanUp) -> list[Row]:
    """Return the orders that are due: first the orders to change, then those for review, then those that are left out."""
    kinds = (clean_up.act, REVIEW, SKIP)
    rows = [_make_row(clean_up, key, decision) for key, decision in clean_up.decisions.items()]
    rows.sort(key=lambda row: (kinds.index(row["decision"]), row["valid_till"] or "", row["order_id"]))
    return rows


def count(clean_up: CleanUp, rows: t.Iterable[Row]) -> dict[str, int]:
    """Return the numbers of orders that were considered, and the number of due orders for each decision."""
    decided = Counter(row["decision"] for row in rows)
    return {**clean_up.counts, **{kind: decided[kind] for kind in (clean_up.act, REVIEW, SKIP)}}


def make_changes(clean_up: CleanUp, rows: t.Iterable[Row]) -> list[Row]:
    """Return the orders to change in the order of the rows, each with its name as a guard, and with a note that names the renewal."""
    acted = set(clean_up.acted)
    return [_make_change(clean_up, row) for row in rows if row["order_id"] in acted]


def _make_change(clean_up: CleanUp, row: Row) -> Row:
    change = {"order_id": row["order_id"], "common_name": clean_up.orders[row["order_id"]].common_name}
    if clean_up.act == MARK:
        change["note"] = f"Renewed in CertCentral by order {row['candidates'][0]['order_id']}"
    return change


def _make_row(clean_up: CleanUp, order_id: int, decision: Decision) -> Row:
    """Return an order as results and reports show it. All texts are safe for a terminal."""
    order, outcome = clean_up.orders[order_id], clean_up.outcomes.get(order_id)
    return {
        **_describe(order),
        "organization": _clean(order.organization[1]),
        "status": sanitize(order.status),
        "is_renewed": order.marked,
        "decision": decision.decision,
        "reason": decision.reason,
        "explanation": decision.explanation,
        "candidates": [_describe(new) for new in decision.candidates],
        "confirmed": order_id in clean_up.confirmed,
        "outcome": outcome.outcome if outcome else None,
        "verified": None,
        "msg": outcome.msg if outcome else None,
    }


def _describe(order: Facts) -> Row:
    """Return the fields of an order that somebody compares with the fields of another order."""
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


def summarize(clean_up: CleanUp, rows: t.Sequence[Row], unused: t.Sequence[Row]) -> list[str]:
    """Return the plan in a bounded number of lines.

    :param unused: the exclusions that leave out nothing
    """
    lines = [", ".join(f"{name.replace('_', ' ')}: {number}" for name, number in count(clean_up, rows).items())]
    for kind in (clean_up.act, REVIEW):
        # Orders that can be compared with another order come first.
        chosen = sorted((row for row in rows if row["decision"] == kind), key=lambda row: not row["candidates"])
        reasons = [f"{number} {reason}" for reason, number in sorted(Counter(row["reason"] for row in chosen).items())]
        lines += [f"{kind}: {', '.join(reasons)}"] * bool(chosen)
        lines += [
            f"{kind} order {row['order_id']} ({sanitize(row['common_name'], 80)}): {row['explanation']}"
            for row in chosen[:MAX_SHOWN]
        ]
        lines += [f"and {len(chosen) - MAX_SHOWN} more to {kind}, which the report lists"] * (len(chosen) > MAX_SHOWN)
    if skipped := clean_up.not_looked_up:
        lines.append(f"no record was looked up for {count_orders(skipped)}, because there are too many for one run")
    return lines + describe_unused(unused)


def describe_unused(unused: t.Sequence[Row]) -> list[str]:
    """Return a line that names the exclusions that leave out nothing, if there are any."""
    named = [f"{sanitize(one['entry'], 80)} ({one['option']})" for one in unused[:MAX_SHOWN]]
    named += [f"and {len(unused) - MAX_SHOWN} more"] if len(unused) > MAX_SHOWN else []
    return [f"exclusions that leave out no due order: {', '.join(named)}"] if unused else []
