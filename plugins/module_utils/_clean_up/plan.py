# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a clean-up: one decision for each order that is due."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .facts import Facts

MARK, CANCEL, REVIEW, SKIP = DECISIONS = ("mark", "cancel", "review", "skip")
INCOMPLETE = "incomplete"
Options = t.Mapping[str, t.Any]


class Decision(t.NamedTuple):
    """A decision on one order, with its reason and the orders to compare this order with. If there is a renewal, it is the first."""

    decision: str
    reason: str
    explanation: str
    candidates: tuple[Facts, ...] = ()


class Approval(t.NamedTuple):
    """The decision on one order in an approved plan.

    :param renewal: ID of the order that renewed it, or 0
    """

    decision: str
    renewal: int = 0
    reason: str = ""


class Outcome(t.NamedTuple):
    """The outcome of an order that is known before any change is sent."""

    outcome: str
    msg: str


@dataclass
class CleanUp:
    """The decisions of a clean-up.

    :param act: the decision that changes an order, ``mark`` or ``cancel``
    :param counts: numbers of orders that were considered, by name
    :param orders: the orders that are due, by ID
    :param decisions: the decision on each of them
    :param approved: the approved plan, or None if everything may change
    :param confirmed: IDs of orders whose decision is based on their details
    :param outcomes: outcomes that are known already, by order ID
    :param not_looked_up: number of orders for which no record was looked up, because there were too many
    """

    act: str
    counts: dict[str, int]
    orders: dict[int, Facts]
    decisions: dict[int, Decision]
    approved: t.Mapping[int, Approval] | None = None
    confirmed: set[int] = field(default_factory=set)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    not_looked_up: int = 0

    @property
    def acted(self) -> list[int]:
        """Return the IDs of the orders to change."""
        return [key for key, made in self.decisions.items() if made.decision == self.act and key not in self.outcomes]

    def may_change(self, order_id: int) -> bool:
        """Return whether the approved plan changes an order. Without an approved plan, every order may change."""
        if self.approved is None:
            return True
        return order_id in self.approved and self.approved[order_id].decision == self.act
