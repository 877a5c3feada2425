# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How one order ended, and what is reported of it. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._api.order import Order
from .._api.statuses import CANCELED
from .._text import sanitize
from .rules import DesiredState, Plan, describe


class Fetched(t.NamedTuple):
    """An order, the plan for it, and when it was asked for, by the client's clock."""

    order: Order
    plan: Plan
    at: float


@dataclass(frozen=True)
class Outcome:
    """How one order ended.

    :param before: the order that was planned on
    :param last: the order as it was read last
    :param changed: whether it was changed, or would be in check mode
    :param verified: whether a reading after the change shows it; None if none was made
    """

    desired: DesiredState
    before: Order
    last: Order
    plan: Plan
    changed: bool
    verified: bool | None = None
    planned: bool = False
    reconciled: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def msg(self) -> str:
        """One sentence for a person."""
        tense = "would" if self.planned else "accepted" if self.verified is False else "done"
        text = describe(self.before, self.desired, self.plan, tense=tense)
        if tense == "accepted":
            seen = "no reading was made since" if self.last is self.before else f"it still reads {self.seen}"
            text += f", but {seen}"
        return text + ("; the reply was lost, but a later reading shows it" if self.reconciled else "")

    @property
    def seen(self) -> str:
        """What the last reading shows of the state that should have changed."""
        if self.desired.status == CANCELED:
            return sanitize(self.last.status)
        return f"is_renewed {str(self.last.marked).lower()}"

    def result(self) -> dict[str, t.Any]:
        """The keys that a module returns for one order."""
        return {
            "changed": self.changed,
            "order_id": self.before.id,
            "operation": self.plan.operation,
            "status": self.plan.status if self.plan.sends else self.last.status,
            "is_renewed": self.plan.is_renewed if self.plan.sends else self.last.marked,
            "verified": self.verified,
            "msg": self.msg,
        }

    def diff(self) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
        """What changes: before and after."""
        before: tuple[str, t.Any] = ("status", self.before.status)
        after: tuple[str, t.Any] = ("status", self.plan.status)
        if not self.plan.operation.startswith("cancel"):
            before, after = ("is_renewed", self.before.marked), ("is_renewed", self.plan.is_renewed)
        return dict([("order_id", self.before.id), before]), dict([("order_id", self.before.id), after])


def unsent(desired: DesiredState, fetched: Fetched) -> Outcome:
    """The outcome of an order to which nothing was sent: it is planned, or there is nothing to do."""
    order, planned = fetched.order, fetched.plan
    return Outcome(desired, order, order, planned, planned.sends, planned=planned.sends)
