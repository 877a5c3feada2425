# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a clean-up: rows, counts and a summary."""

from __future__ import annotations

import typing as t
from collections import Counter

from .._api.statuses import CANCELED, RENEWED
from .._text import sanitize
from .facts import Facts
from .plan import CANCEL, SKIP, Plan
from .renewals import REVIEW, Decision

# Orders of each kind that the summary names.
MAX_SHOWN = 20


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
