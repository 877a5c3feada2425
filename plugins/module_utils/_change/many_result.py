# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account of a bulk task: what became of each order, the counts, and the message. Pure."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass

from .._api.order import Order
from .._errors import FATAL_REASONS, REFUSAL_REASONS, UNKNOWN_OUTCOME, CertCentralError
from .._text import count_orders
from .outcome import Fetched, Outcome
from .rules import DesiredState, Plan

CHANGED = "changed"
UNCHANGED = "unchanged"
REFUSED = "refused"
FAILED = "failed"
NOT_ATTEMPTED = "not_attempted"
OUTCOMES = (CHANGED, UNCHANGED, REFUSED, FAILED, NOT_ATTEMPTED)
# Orders that are named in a message.
MAX_NAMED = 5


@dataclass
class Item:
    """One order on its way. What is not known yet is None; an item without outcome and error was not attempted."""

    desired: DesiredState
    order: Order | None = None
    fetched_at: float = 0.0
    plan: Plan | None = None
    outcome: Outcome | None = None
    error: CertCentralError | None = None

    @property
    def sends(self) -> bool:
        """Whether a change is to be sent."""
        return self.plan is not None and self.plan.sends and self.error is None

    @property
    def fetched(self) -> Fetched:
        """What a change of it rests on."""
        return Fetched(t.cast(Order, self.order), t.cast(Plan, self.plan), self.fetched_at)

    @property
    def ended(self) -> str:
        """Its outcome, as the module reports it."""
        if self.error:
            return REFUSED if self.error.reason in REFUSAL_REASONS else FAILED
        if self.outcome:
            return CHANGED if self.outcome.changed else UNCHANGED
        return NOT_ATTEMPTED

    def see(self, order: Order) -> None:
        """Take the order as it was read last."""
        self.order = order

    def result(self) -> dict[str, t.Any]:
        """Its entry in the module's ``results``."""
        result: dict[str, t.Any] = {
            "order_id": self.desired.order_id,
            "outcome": self.ended,
            "changed": False,
            "operation": self.plan.operation if self.plan else None,
            "status": self.order.status if self.order else None,
            "is_renewed": self.order.marked if self.order else None,
            "verified": None,
            "reason": None,
            "msg": f"order {self.desired.order_id} was not attempted",
            "http_status": None,
            "errors": [],
        }
        if self.outcome:
            result.update(self.outcome.result())
        if self.error:
            result.update(self.error.result(), order_id=self.desired.order_id)
            if self.error.reason == UNKNOWN_OUTCOME:
                result.update(status=None, is_renewed=None)
        return result


def to_result(
    items: t.Sequence[Item], error: CertCentralError | None, *, check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """The module's result. It has failed if there is a ``reason`` in it.

    :param error: what ended the task, if it is no order's own failure
    """
    results = [item.result() for item in items]
    counts = Counter(result["outcome"] for result in results)
    summary = {"total": len(results), **{outcome: counts[outcome] for outcome in OUTCOMES}}
    unseen = sum(item.outcome is not None and item.outcome.verified is False for item in items)
    result: dict[str, t.Any] = {
        "changed": any(entry["changed"] for entry in results),
        "msg": _count(summary, unseen, check_mode),
    }
    wrong = [item for item in items if item.error]
    wrong.sort(key=lambda item: bool(item.error and item.error.reason not in FATAL_REASONS))
    first = error or (wrong[0].error if wrong else None)
    if first:
        several = error is not None or len(wrong) > 1
        result = {
            **first.result(),
            "changed": result["changed"],
            "order_id": None if several else first.order_id,
            "msg": f"{_name_errors(error, wrong)} ({result['msg']})",
        }
    result.update(results=results, summary=summary)
    pairs = [item.outcome.diff() for item in items if item.outcome and item.outcome.changed]
    if diff and pairs:
        before, after = ([pair[side] for pair in pairs] for side in (0, 1))
        result["diff"] = {"before": {"orders": before}, "after": {"orders": after}}
    return result


def _count(summary: t.Mapping[str, int], unseen: int, check_mode: bool) -> str:
    words = {
        CHANGED: "would change" if check_mode else "changed",
        UNCHANGED: "need no change",
        REFUSED: "refused",
        FAILED: "failed",
        NOT_ATTEMPTED: "not attempted",
    }
    parts = [f"{summary[name]} {words[name]}" for name in OUTCOMES if summary[name]]
    if unseen:
        parts[0] += f" ({unseen} of them {'does' if unseen == 1 else 'do'} not show yet)"
    return (
        f"of {count_orders(summary['total'])}: {', '.join(parts)}" if parts else "no orders were given: nothing to do"
    )


def _name_errors(error: CertCentralError | None, wrong: t.Sequence[Item]) -> str:
    """What went wrong, the first orders by name."""
    messages = [error.message] if error else []
    messages += [item.error.message for item in wrong[: MAX_NAMED - len(messages)] if item.error]
    more = len(wrong) + bool(error) - len(messages)
    return "; ".join([*messages, *([f"and {more} more"] if more else [])])


def name_orders(items: t.Sequence[Item]) -> str:
    """The IDs of some orders, the first by name."""
    names = ", ".join(str(item.desired.order_id) for item in items[:MAX_NAMED])
    return f"{names} and {len(items) - MAX_NAMED} more" if len(items) > MAX_NAMED else names
