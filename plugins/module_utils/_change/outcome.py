# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of one order, and the result, sentence and diff that modules return for it. No input or output."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._api.order import Order
from .._api.statuses import CANCELED, RENEWED
from .._errors import NOT_FOUND, CertCentralError
from .._text import sanitize
from .rules import DesiredState, Plan


class Basis(t.NamedTuple):
    """The order, plan and read time that a change is based on.

    :param at: seconds on the client's clock when the order was requested
    """

    order: Order
    plan: Plan
    at: float


@dataclass(frozen=True)
class Outcome:
    """The outcome of one order that did not fail.

    :param before: the order that the plan was made for
    :param last: the order as it was last read
    :param changed: whether it was changed, or would be in check mode
    :param verified: whether it was read in the desired state after the change; None if nobody looked
    :param would: whether the change was not sent, because of check mode
    :param was_lost: whether the response to the change was lost, and reading the order showed it
    :param unreadable: why the order could not be read after the change, if it could not
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
        """A human-readable summary in one sentence."""
        order_id, was = self.before.id, sanitize(self.before.status)
        if not self.plan.sends:
            return f"order {order_id} {self._describe_state(was)}: nothing to do"
        texts = SENTENCES[self.plan.operation]
        if self.would:
            return f"order {order_id} {texts.would.format(was=was)}"
        if self.verified is False:
            return f"the API accepted {texts.accepted.format(order_id=order_id)}, but {self._describe_reading()}"
        seen = "; the response was lost, but the order shows the change" if self.was_lost else ""
        return f"order {order_id} {texts.done.format(was=was)}{seen}"

    def _describe_state(self, was: str) -> str:
        """Return what makes a change unnecessary."""
        if self.desired.status != CANCELED:
            return f"({was}) is {'already' if self.desired.status == RENEWED else 'not'} marked renewed"
        return (
            f"is {was} and has no pending reissue" if self.desired.cancel_scope == "reissue" else "is canceled already"
        )

    def _describe_reading(self) -> str:
        """Return what the order showed when it was last read after an accepted change."""
        if self.unreadable:
            return "it can no longer be read" if self.unreadable.reason == NOT_FOUND else "it could not be read since"
        if self.last is self.before:
            return "it was not read since"
        return describe_unchanged(self.desired, self.before, self.last)

    @property
    def warnings(self) -> list[str]:
        """What a person should know, besides the summary, if the change is not visible."""
        if self.verified is not False:
            return []
        why = f" ({self.unreadable.what})" if self.unreadable else ""
        return [f"{self.msg}{why}: check the order in CertCentral"]

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

    def diff(self) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
        """Return the order before and after the change, as far as the change concerns it."""
        before: tuple[str, t.Any] = ("status", self.before.status)
        after: tuple[str, t.Any] = ("status", self.plan.status)
        if not self.plan.operation.startswith("cancel"):
            before, after = ("is_renewed", self.before.marked), ("is_renewed", self.plan.is_renewed)
        return dict([("order_id", self.before.id), before]), dict([("order_id", self.before.id), after])


class Sentences(t.NamedTuple):
    """The texts for one operation: in check mode, after the change, and if it was accepted but is not visible."""

    would: str
    done: str
    accepted: str


SENTENCES = {
    "cancel_order": Sentences(
        "is {was} and would be canceled", "was {was} and is canceled now", "canceling order {order_id}"
    ),
    "cancel_reissue": Sentences(
        "is {was} and would be issued again, without the reissue",
        "was {was} and is issued again, without the reissue",
        "canceling the reissue of order {order_id}",
    ),
    "mark_renewed": Sentences(
        "({was}) would be marked renewed", "({was}) is marked renewed now", "marking order {order_id} renewed"
    ),
    "mark_not_renewed": Sentences(
        "({was}) would no longer be marked renewed",
        "({was}) is no longer marked renewed",
        "removing the mark of order {order_id}",
    ),
}


def describe_unchanged(desired: DesiredState, before: Order, last: Order) -> str:
    """Return how an order that was read again is not in the desired state."""
    if desired.status == CANCELED:
        still = "still " if last.status == before.status else ""
        return f"its status is {still}{sanitize(last.status)}"
    return f"it is still {'marked' if last.marked else 'not marked'} renewed"


def unsent(desired: DesiredState, basis: Basis) -> Outcome:
    """Return the outcome of an order to which nothing was sent: because of check mode, or because nothing has to be done."""
    sends = basis.plan.sends
    return Outcome(desired, basis.order, basis.order, basis.plan, changed=sends, would=sends)
