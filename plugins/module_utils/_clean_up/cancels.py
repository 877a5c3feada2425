# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decisions on the orders that have been pending too long."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta

from .approval import hold_back
from .exclusions import find_exclusion
from .facts import Facts
from .plan import CANCEL, INCOMPLETE, REVIEW, Approval, CleanUp, Decision, Options

STALE = "stale"


def plan_cancels(
    pending: t.Sequence[Facts],
    options: Options,
    now: datetime,
    approved: t.Mapping[int, Approval] | None = None,
) -> CleanUp:
    """Return the decisions on the pending orders that were placed long enough ago.

    :param pending: all pending orders
    :param options: the options of digicert_stale_orders
    :param now: the time in UTC
    :param approved: the approved plan
    """
    newest = now - timedelta(days=options["older_than"])
    due = {order.id: order for order in pending if order.placed is None or order.placed <= newest}
    decisions = {order.id: _decide(order, options, now) for order in due.values()}
    counts = {"pending": len(pending), "not_old_enough": len(pending) - len(due), "due": len(due)}
    clean_up = CleanUp(CANCEL, counts, due, decisions, approved)
    hold_back(clean_up)
    return clean_up


def _decide(order: Facts, options: Options, now: datetime) -> Decision:
    """Return the decision on a pending order that was placed long enough ago, or whose date is not known."""
    if order.placed and (order.common_name or "").strip():
        decision = Decision(CANCEL, STALE, f"it was placed {(now - order.placed).days} days ago and is still pending")
    else:
        unknown = "its common name" if order.placed else "when it was placed"
        decision = Decision(REVIEW, INCOMPLETE, f"the API does not tell {unknown}")
    return find_exclusion(order, options) or decision
