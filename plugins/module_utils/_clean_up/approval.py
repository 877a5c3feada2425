# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The approved plan. Only its orders are changed, and only in the way that was approved."""

from __future__ import annotations

import typing as t

from .._api.order import parse_order
from .._api.statuses import CANCELED
from .._text import sanitize
from .facts import Facts, to_facts
from .plan import MARK, REVIEW, SKIP, Approval, CleanUp, Decision, Outcome

NOT_APPROVED, NOT_DUE = "not_approved", "not_due"
UNCHANGED, REFUSED = "unchanged", "refused"


def hold_back(clean_up: CleanUp) -> None:
    """Skip the orders that the approved plan does not contain or does not change."""
    if clean_up.approved is None:
        return
    for order_id, decision in clean_up.decisions.items():
        if order_id not in clean_up.approved:
            proposed = f"{decision.decision}, {decision.reason}: {decision.explanation}"
            why = f"the approved plan does not contain it (proposed: {proposed})"
            clean_up.decisions[order_id] = Decision(SKIP, NOT_APPROVED, why, decision.candidates)
        elif decision.decision == clean_up.act and not clean_up.may_change(order_id):
            before = clean_up.approved[order_id]
            # The proposal is based only on rows and is not confirmed, so the finding in the plan counts.
            found = (REVIEW, before.reason) if before.decision == REVIEW else (SKIP, NOT_APPROVED)
            why = f"the approved plan does not change it ({before.decision})"
            clean_up.decisions[order_id] = Decision(*found, why, decision.candidates)


def find_missing(clean_up: CleanUp) -> list[int]:
    """Return the IDs of the approved orders that are not due now."""
    approved = clean_up.approved or {}
    return sorted(key for key in approved if clean_up.may_change(key) and key not in clean_up.orders)


def compare(clean_up: CleanUp, missing: t.Mapping[int, Facts | None]) -> None:
    """Refuse the approved orders whose decision or renewal is different now, unless they are in the desired state.

    :param missing: the approved orders that are not due now, by ID; None for an order that cannot be read
    """
    if clean_up.approved is None:
        return
    for order_id, facts in missing.items():
        clean_up.orders[order_id] = facts or to_facts(parse_order({"id": order_id, "status": "unknown"}))
        clean_up.decisions[order_id] = Decision(SKIP, NOT_DUE, _explain(clean_up, facts))
    if missing:
        clean_up.counts["approved_not_due"] = len(missing)
    is_mark = clean_up.act == MARK
    for order_id, approval in clean_up.approved.items():
        if approval.decision != clean_up.act:
            continue
        order, now = clean_up.orders[order_id], clean_up.decisions[order_id]
        if order.marked if is_mark else order.status == CANCELED:
            text = f"order {order_id} is {'marked renewed' if is_mark else 'canceled'} already"
            clean_up.outcomes[order_id] = Outcome(UNCHANGED, text)
        elif (now.decision, _renewal(now) if is_mark else 0) != approval[:2]:
            clean_up.outcomes[order_id] = Outcome(REFUSED, _tell(order_id, approval, now))


def _explain(clean_up: CleanUp, facts: Facts | None) -> str:
    """Return why an approved order is not due."""
    if facts is None:
        return "it is no longer in the account, or it cannot be read"
    if clean_up.act == MARK:
        return "it is marked already" if facts.marked else "it is not among the migrated orders that are due"
    return "it is canceled already" if facts.status == CANCELED else f"it is {sanitize(facts.status, 80)} now"


def _renewal(decision: Decision) -> int:
    return decision.candidates[0].id if decision.candidates else 0


def _tell(order_id: int, approval: Approval, now: Decision) -> str:
    """Return a sentence about an order that is decided differently than in the approved plan."""
    approved = f"{approval.decision}, renewed by order {approval.renewal}" if approval.renewal else approval.decision
    renewal = f", renewed by order {_renewal(now)}" if now.decision == MARK else f" ({now.reason})"
    return (
        f"order {order_id} differs from the approved plan: it was {approved}, and is now {now.decision}{renewal}: "
        "plan again, or delete the order from the plan"
    )
