# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a task for many orders: the outcome of each order, the counts and the message."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass

from .._api.order import Order
from .._errors import FATAL_REASONS, CertCentralError, Reason
from .._text import count_orders
from .outcome import Basis, Outcome
from .rules import DesiredState, Plan

CHANGED = "changed"
UNCHANGED = "unchanged"
REFUSED = "refused"
FAILED = "failed"
NOT_ATTEMPTED = "not_attempted"
OUTCOMES = (CHANGED, UNCHANGED, REFUSED, FAILED, NOT_ATTEMPTED)
# Reasons why the rules refuse a change, before anything is sent.
REFUSAL_REASONS: tuple[Reason, ...] = (
    "reissue_pending",
    "wrong_state",
    "not_migrated",
    "outside_renewal_window",
    "renewed_by_order",
    "common_name_mismatch",
)
# The maximum number of orders that a message names.
MAX_NAMED = 5


@dataclass
class Item:
    """An order in a task for many orders. If it has neither an outcome nor an error, it was not attempted.

    :param order: the order as it was last read; None if it was not read
    :param read_at: the time when the order was requested, in seconds on the client's clock
    :param plan: the change that the order needs; None if this was not decided
    """

    desired: DesiredState
    order: Order | None = None
    read_at: float = 0.0
    plan: Plan | None = None
    outcome: Outcome | None = None
    error: CertCentralError | None = None

    @property
    def sends(self) -> bool:
        """Return whether a change has to be sent."""
        return self.plan is not None and self.plan.sends and self.error is None

    @property
    def basis(self) -> Basis:
        """Return the order, plan and read time that the change of this order is based on."""
        return Basis(t.cast(Order, self.order), t.cast(Plan, self.plan), self.read_at)

    @property
    def outcome_name(self) -> str:
        """Return the value of ``outcome`` in the module's result."""
        if self.error:
            return REFUSED if self.error.reason in REFUSAL_REASONS else FAILED
        if self.outcome:
            return CHANGED if self.outcome.changed else UNCHANGED
        return NOT_ATTEMPTED

    def keep_order(self, order: Order) -> None:
        """Keep an order that was read again."""
        self.order = order

    def result(self) -> dict[str, t.Any]:
        """Return the entry of this order in the module's ``orders``."""
        result: dict[str, t.Any] = {
            "order_id": self.desired.order_id,
            "outcome": self.outcome_name,
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
            if self.error.reason == "unknown_outcome":
                result.update(status=None, is_renewed=None)
        return result


def to_result(
    items: t.Sequence[Item], error: CertCentralError | None, *, check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """Return the module's result, which has a ``reason`` if the task failed.

    :param error: the error that ended the task, if it is not about one order
    """
    orders = [item.result() for item in items]
    counts = Counter(entry["outcome"] for entry in orders)
    summary = {"total": len(orders), **{name: counts[name] for name in OUTCOMES}}
    unverified = sum(item.outcome is not None and item.outcome.verified is False for item in items)
    result: dict[str, t.Any] = {
        "changed": any(entry["changed"] for entry in orders),
        "msg": _count(summary, unverified, check_mode),
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
    result.update(orders=orders, summary=summary)
    changes = [item.outcome for item in items if item.outcome and item.outcome.changed]
    if diff and changes:
        # Ansible compiles each import anew for every task, and most tasks show no diff.
        from .diff import make_diff  # noqa: PLC0415

        before, after = zip(*map(make_diff, changes))
        result["diff"] = {"before": {"orders": [*before]}, "after": {"orders": [*after]}}
    return result


def _count(summary: t.Mapping[str, int], unverified: int, check_mode: bool) -> str:
    """Return the number of orders with each outcome, in words."""
    words = {CHANGED: "would change" if check_mode else "changed", NOT_ATTEMPTED: "not attempted"}
    parts = [f"{summary[name]} {words.get(name, name)}" for name in OUTCOMES if summary[name]]
    if unverified:
        parts[0] += f" ({unverified} of them {'does' if unverified == 1 else 'do'} not show yet)"
    return f"{count_orders(summary['total'])}: {', '.join(parts)}" if parts else "no orders were given: nothing to do"


def _name_errors(error: CertCentralError | None, wrong: t.Sequence[Item]) -> str:
    """Return the messages of the first errors, and the number of further ones."""
    messages = [error.message] if error else []
    messages += [item.error.message for item in wrong[: MAX_NAMED - len(messages)] if item.error]
    more = len(wrong) + bool(error) - len(messages)
    return "; ".join([*messages, *([f"and {more} more"] if more else [])])


def name_orders(items: t.Sequence[Item]) -> str:
    """Return the IDs of the first orders, and the number of further ones."""
    names = ", ".join(str(item.desired.order_id) for item in items[:MAX_NAMED])
    more = f" and {len(items) - MAX_NAMED} more" if len(items) > MAX_NAMED else ""
    return f"order{'' if len(items) == 1 else 's'} {names}{more}"
