# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a clean-up, which combines its plan with the outcomes of its changes.

Modules and action plugins use it. A run with reports executes a module twice, once to plan and once to change.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from .._text import count_orders
from .plan import CANCEL, MARK, REVIEW, SKIP
from .rows import Row

Result = dict[str, t.Any]
FAILURE_KEYS = ("reason", "http_status", "errors", "order_id")
OUTCOMES = CHANGED, UNCHANGED, REFUSED, FAILED, NOT_ATTEMPTED = (
    *("changed", "unchanged", "refused", "failed", "not_attempted"),
)
# The kind of an order to change that has no outcome yet.
OPEN = "open"
DONE = {MARK: "marked renewed", CANCEL: "canceled"}
# Keys that the result takes over from the changes.
PASSED_ON = ("diff", "exception", "unreachable")
# The maximum number of orders that a message names.
MAX_NAMED = 5


def finish(act: str, planned: Result, changed: Result | None, *, check_mode: bool) -> Result:
    """Return the result of a clean-up.

    :param act: the decision that changes an order
    :param planned: the result of planning
    :param changed: the result of changing, with an entry for each order in ``orders``; None if nothing was to be changed
    """
    result = {**planned, "api_calls": _add_calls(planned, changed or {})}
    if changed is not None and "orders" not in changed and not (changed.get("reason") and not changed["changed"]):
        # The module ended without a list of orders, so any of them may have been changed.
        changed = {"http_status": None, "errors": [], "order_id": None, **changed, "changed": True}
        changed["reason"] = "unknown_outcome"
    changed = changed or {}
    entries = {entry["order_id"]: entry for entry in changed.get("orders") or ()}
    never = (
        NOT_ATTEMPTED if changed.get("reason", "unknown_outcome") != "unknown_outcome" or "reason" in planned else None
    )
    rows = [_add_outcome(row, entries.get(row["order_id"]), never) for row in planned["orders"]]
    counted = Counter(row["outcome"] for row in rows)
    result.update(changed=bool(changed.get("changed")), orders=rows)
    result["counts"] = {**planned["counts"], **{name: counted[name] for name in OUTCOMES}}
    result.update({name: changed[name] for name in PASSED_ON if name in changed})
    result["msg"] = describe(act, rows, check_mode=check_mode)
    failure = _find_failure(planned, changed, rows)
    if failure:
        result.update({name: failure[name] for name in FAILURE_KEYS if name in failure}, failed=True)
        result["msg"] = f"{failure['msg']} ({result['msg']})"
    return result


def _add_calls(*results: Result) -> dict[str, int]:
    calls = [result.get("api_calls") or {} for result in results]
    return {name: sum(call.get(name, 0) for call in calls) for name in ("reads", "writes")}


def _add_outcome(row: Row, entry: Row | None, never: str | None) -> Row:
    """Return a row with the outcome of its change, if it was to be changed."""
    if entry:
        return {**row, **{name: entry[name] for name in ("outcome", "verified", "msg")}}
    is_open = row["decision"] not in (REVIEW, SKIP) and row["outcome"] is None
    return {**row, "outcome": never} if is_open else row


def _find_failure(planned: Result, changed: Result, rows: t.Sequence[Row]) -> Result | None:
    """Return the keys of the failure with a message that names the first orders, or None if nothing failed."""
    wrong = [row for row in rows if row["outcome"] in (REFUSED, FAILED)]
    if "reason" in planned:
        return planned
    if not (wrong or "reason" in changed):
        return None
    # The message of the changes counts only the orders to change, and this message counts all orders that are due.
    cause = changed.get("cause") if "orders" in changed else changed.get("msg")
    said = [str(cause)] if cause else []
    named = wrong[: MAX_NAMED - len(said)]
    said += [str(row["msg"]) for row in named]
    said += [f"and {len(wrong) - len(named)} more"] if len(wrong) > len(named) else []
    failure = (
        dict(changed) if "reason" in changed else {"reason": "differs_from_plan", "http_status": None, "errors": []}
    )
    failure["order_id"] = wrong[0]["order_id"] if len(wrong) == 1 and not cause else None
    return {**failure, "msg": "; ".join(said)}


def describe(act: str, rows: t.Sequence[Row], *, check_mode: bool) -> str:
    """Return a sentence with the numbers of orders for each outcome."""
    if not rows:
        return "no order is due: nothing to do"
    done, would = DONE[act], "would be " if check_mode else ""
    counted = Counter(row["outcome"] or (row["decision"] if row["decision"] != act else OPEN) for row in rows)
    unseen = sum(row["outcome"] == CHANGED and row["verified"] is False for row in rows)
    words = {
        CHANGED: f"{would}{done}"
        + (f" ({unseen} of them {'does' if unseen == 1 else 'do'} not show yet)" if unseen else ""),
        OPEN: f"to be {done}",
        UNCHANGED: f"{done} already",
        REFUSED: f"{would}refused",
        FAILED: "failed",
        NOT_ATTEMPTED: "not attempted",
        REVIEW: "for review",
        SKIP: "left out",
    }
    return f"{count_orders(len(rows))}: {', '.join(f'{counted[name]} {text}' for name, text in words.items() if counted[name])}"
