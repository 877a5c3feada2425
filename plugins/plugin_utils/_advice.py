# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The groups of a report, and the advice for each. The guide to the clean-ups has the same texts."""

from __future__ import annotations

import typing as t

# The words of reports.
MARK, CANCEL, REVIEW, SKIP = DECISIONS = ("mark", "cancel", "review", "skip")
CHANGED, UNCHANGED, REFUSED, FAILED, NOT_ATTEMPTED = OUTCOMES = (
    *("changed", "unchanged", "refused", "failed", "not_attempted"),
)
DONE = {MARK: "marked renewed", CANCEL: "canceled"}

# Stages: orders that somebody has to look at, orders that were changed (or would be), and orders that stay as they are.
ATTENTION, ACTED, LEFT = STAGES = ("attention", "acted", "left")
# Kinds of groups that are not a decision, an outcome or a stage.
UNKNOWN, NOT_SHOWN = "unknown", "not_shown"

# The kinds of groups in the order of the page: stage, title and advice.
# {done} is "marked renewed" or "canceled", and {would} is "would be " in check mode and empty otherwise.
KINDS = {
    FAILED: (ATTENTION, "failed", "Read the message of each order, correct the cause, and run the clean-up again."),
    REFUSED: (
        ATTENTION,
        "{would}refused",
        "Read the message of each order. Correct its cause or exclude the order, and run the clean-up again.",
    ),
    NOT_ATTEMPTED: (
        ATTENTION,
        "not attempted",
        "Nothing was sent for these orders. Correct what stopped the run, and run the clean-up again.",
    ),
    UNKNOWN: (
        ATTENTION,
        "with an unknown outcome",
        "The run has not finished, and some of these orders may be {done}. Run the clean-up again: it changes only the remaining orders.",
    ),
    NOT_SHOWN: (
        ATTENTION,
        "accepted but not showing yet",
        "The API accepted the change, but the order still looks as before. Run the clean-up again in a few minutes. "
        "If the change still does not show, look at the order in CertCentral.",
    ),
    REVIEW: (ATTENTION, "for review", ""),
    ACTED: (ACTED, "{would}{done}", "Nothing to do."),
    UNCHANGED: (LEFT, "{done} already", "Nothing to do: these orders are in the desired state already."),
    SKIP: (LEFT, "left out", ""),
}
# Kinds with a group for each reason.
BY_REASON = (REVIEW, ACTED, SKIP)
BEFORE_A_RUN = (
    "Check some of these orders. Exclude those that should not change, then run the clean-up without check mode."
)

OTHER_REASON = "Read the explanation of each order, and decide by hand."
BY_HAND = "mark the old order with digicert_order_status"


class Reason(t.NamedTuple):
    """A finding, and the advice to whoever reviews it. ``{prefix}`` stands for the beginning of option names in a role."""

    found: str
    advice: str


# The reasons of both modules, in the order of the guide. "make generate" writes those for review into the guide.
REASONS = {
    "recorded": Reason(
        "CertCentral records the renewal",
        f"Check the record. Then add recorded to {{prefix}}accept, or {BY_HAND}.",
    ),
    "same_names": Reason(
        "one later order has the same names",
        f"Check that the later order replaces the old one. Then add same_names to {{prefix}}accept, or {BY_HAND}.",
    ),
    "covers_names": Reason(
        "one later order covers all names, with more names or a wildcard",
        "Check that its certificate is installed where the old one was. "
        f"Then add covers_names to {{prefix}}accept for all such orders, or {BY_HAND}.",
    ),
    "ambiguous": Reason(
        "several orders could be the renewal",
        "Compare the candidates. Add those that are not the renewal to {prefix}exclude_orders, and run the clean-up again: it marks the "
        "old order if one candidate with the same names is left.",
    ),
    "shared": Reason(
        "one later order could be the renewal of several old ones",
        "Find out which server has the new certificate. Mark that server's old order with digicert_order_status, and renew the others if "
        "they are still in use.",
    ),
    "recorded_otherwise": Reason(
        "CertCentral records another renewal",
        f"Open the orders in CertCentral and follow the record. If it is right, {BY_HAND}. Otherwise, renew the old order.",
    ),
    "order_goes_on": Reason(
        "the order itself is valid for more than 31 days after its certificate",
        "Reissue the certificate within the order. Do not mark the order.",
    ),
    "placed_too_early": Reason(
        "the later order was placed more than 120 days before the old certificate expires",
        f"Both orders may be in use. If the later order does replace the old one, {BY_HAND}.",
    ),
    "placed_too_late": Reason(
        "the later order was placed more than 180 days after the old certificate expired",
        f"It may renew another order, or be for a new service. If it does replace the old one, {BY_HAND}.",
    ),
    "not_issued": Reason(
        "the later order has no valid certificate",
        "If the later order can still be issued, complete it and run the clean-up again. If it was rejected, canceled or revoked, it is "
        "not a renewal: renew the old order if it is still in use.",
    ),
    "other_organization": Reason(
        "the later order is for another organization",
        f"Check whether the organization was renamed or merged. If the later order replaces the old one, {BY_HAND}.",
    ),
    "other_product": Reason(
        "the later order is for another kind of product",
        f"Check whether the product was changed on purpose. If the later order replaces the old one, {BY_HAND}.",
    ),
    "ends_no_later": Reason(
        "the other certificate does not expire later",
        "The other order is not a renewal. Renew the old order if it is still in use.",
    ),
    "placed_earlier": Reason(
        "the other order was placed earlier, or its certificate was issued earlier",
        f"The other order is not a renewal. Renew the old order if it is still in use. If the other order took over, {BY_HAND}.",
    ),
    "fewer_names": Reason(
        "the other order lacks some of its names",
        f"If the missing names are no longer in use, {BY_HAND}. Otherwise, renew the old order with all its names.",
    ),
    "not_renewed": Reason(
        "no later order has its names",
        "Renew the old order if it is still in use. Otherwise, add it to {prefix}exclude_orders.",
    ),
    "incomplete": Reason(
        "a required fact is missing",
        "Each explanation names what the API leaves out. Look it up in CertCentral, and decide by hand.",
    ),
    "other_status": Reason(
        "the status is unexpected, or the certificate was revoked",
        "Open the order in CertCentral, and decide by hand.",
    ),
    "stale": Reason("pending too long", "Open the order in CertCentral, and decide by hand."),
    "excluded": Reason("the options leave it out", "Nothing to do, unless an option leaves out too many orders."),
    "marked_already": Reason("marked in the meantime", "Nothing to do."),
    "not_approved": Reason(
        "the approved plan does not change it",
        "Nothing to do in this run. The next plan can include it.",
    ),
    "not_due": Reason("in the approved plan, but not due now", "Read the explanation of each order."),
}
# Reasons of orders that nobody has to review.
NOT_REVIEWED = ("stale", "excluded", "marked_already", "not_approved", "not_due")


def describe(kind: str, reason: str, done: str, prefix: str, check_mode: bool) -> dict[str, t.Any]:
    """Return the stage, the title and the advice of a group.

    :param done: ``marked renewed`` or ``canceled``
    :param prefix: the beginning of option names in a role
    """
    stage, title, advice = KINDS[kind]
    title = title.format(done=done, would="would be " if check_mode else "")
    if kind in BY_REASON:
        found, what_to_do = REASONS.get(reason) or (reason.replace("_", " "), OTHER_REASON)
        title, advice = f"{title}: {found}", advice or what_to_do.format(prefix=prefix)
    advice = BEFORE_A_RUN if kind == ACTED and check_mode else advice.replace("{done}", done)
    return {"stage": stage, "title": title[:1].upper() + title[1:], "advice": advice}
