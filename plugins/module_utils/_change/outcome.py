# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of one order, and what modules return for it: the result, the message and the diff."""

from __future__ import annotations

import typing as t

from .._api.order import Order
from .._api.statuses import CANCELED, RENEWED
from .._errors import CertCentralError
from .._text import sanitize
from .rules import DesiredState, Plan


class Basis(t.NamedTuple):
    """The order, plan and read time that a change is based on.

    :param at: the time when the order was requested, in seconds on the client's clock
    """

    order: Order
    plan: Plan
    at: float


class Outcome(t.NamedTuple):
    """The outcome of one order that did not fail.

    :param before: the order that the plan was made for
    :param last: the order as it was last read
    :param changed: whether the order was changed, or would be changed in check mode
    :param verified: whether the order was in the desired state when it was read after the change; None if it was not read
    :param would: whether the change was not sent because of check mode
    :param was_lost: whether the response to the change was lost, and the order showed the change when it was read
    :param unreadable: the error if the order could not be read after the change, otherwise None
    """

    desired: DesiredState
    before: Order
    last: Order
    plan: Plan
    changed: bool
    verified: bool | None = None
    would: bool = False
    was_lost: bool = False
    unreadable: CertCentralError | None = None

    @property
    def msg(self) -> str:
        """Return a human-readable summary in one sentence."""
        order_id, was = self.before.id, sanitize(self.before.status)
        if not self.plan.sends:
            return f"order {order_id} {self._describe_state(was)}: nothing to do"
        would, done, accepted = SENTENCES[self.plan.operation]
        if self.would:
            return f"order {order_id} {would.format(was=was)}"
        if self.verified is False:
            # Ansible compiles each import anew for every task, and most changes are visible at once.
            from .unseen import describe_reading  # noqa: PLC0415

            return f"the API accepted {accepted.format(order_id=order_id)}, but {describe_reading(self)}"
        seen = "; the response was lost, but the order shows the change" if self.was_lost else ""
        return f"order {order_id} {done.format(was=was)}{seen}"

    def _describe_state(self, was: str) -> str:
        """Return the state that makes a change unnecessary, in words."""
        if self.desired.status != CANCELED:
            return f"({was}) is {'already' if self.desired.status == RENEWED else 'not'} marked renewed"
        return (
            f"is {was} and has no pending reissue" if self.desired.cancel_scope == "reissue" else "is canceled already"
        )

    @property
    def warnings(self) -> list[str]:
        """Return the warning if the change could not be verified, otherwise an empty list."""
        why = f" ({self.unreadable.what})" if self.unreadable else ""
        return [f"{self.msg}{why}: check the order in CertCentral"] if self.verified is False else []

    def result(self) -> dict[str, t.Any]:
        """Return the keys that modules return for one order."""
        return {
            "changed": self.changed,
            "order_id": self.before.id,
            "operation": self.plan.operation,
            "status": self.plan.status if self.plan.sends else self.last.status,
            "is_renewed": self.plan.is_renewed if self.plan.sends else self.last.marked,
            "verified": self.verified,
            "msg": self.msg,
        }


# For each operation, the message in check mode, the message after the change, and the name of the change in a message that it
# was accepted but is not visible.
SENTENCES = {
    "cancel_order": ("is {was} and would be canceled", "was {was} and is canceled now", "canceling order {order_id}"),
    "cancel_reissue": (
        "is {was} and would be issued again, without the reissue",
        "was {was} and is issued again, without the reissue",
        "canceling the reissue of order {order_id}",
    ),
    "mark_renewed": (
        "({was}) would be marked renewed",
        "({was}) is marked renewed now",
        "marking order {order_id} renewed",
    ),
    "mark_not_renewed": (
        "({was}) would no longer be marked renewed",
        "({was}) is no longer marked renewed",
        "removing the mark of order {order_id}",
    ),
}


def unsent(desired: DesiredState, basis: Basis) -> Outcome:
    """Return the outcome of an order for which nothing was sent, because of check mode or because no change is needed."""
    sends = basis.plan.sends
    return Outcome(desired, basis.order, basis.order, basis.plan, changed=sends, would=sends)
