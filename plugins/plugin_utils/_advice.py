# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The groups of a report: where an order belongs, what the group is called, and what a person does about it."""

from __future__ import annotations

import typing as t

# The words of reports.
MARK, CANCEL, REVIEW, SKIP = DECISIONS = ("mark", "cancel", "review", "skip")
CHANGED, UNCHANGED, REFUSED, FAILED, NOT_ATTEMPTED = OUTCOMES = (
    *("changed", "unchanged", "refused", "failed", "not_attempted"),
)
DONE = {MARK: "marked renewed", CANCEL: "canceled"}

# Stages: what a person has to look at, what was changed (or would be), and what stays as it is.
ATTENTION, ACTED, LEFT = STAGES = ("attention", "acted", "left")
# Kinds of groups that are neither a decision, an outcome nor a stage.
UNKNOWN, NOT_SHOWN = "unknown", "not_shown"

# The kinds of groups in the order of the page: stage, title, and what a person does.
# {done} is what happens to orders, {would} is empty but for check mode.
KINDS = {
    FAILED: (ATTENTION, "failed", "Read the message of each order, correct the cause, and run the playbook again."),
    REFUSED: (
        ATTENTION,
        "{would}refused",
        "Read the message of each order. Exclude the order, or change what the message names, and run the playbook again.",
    ),
    NOT_ATTEMPTED: (
        ATTENTION,
        "not attempted",
        "Nothing was sent for these orders. Correct what stopped the run, and run the playbook again.",
    ),
    UNKNOWN: (
        ATTENTION,
        "with an unknown outcome",
        "The run ended early, and some of these orders may be {done}. Run the playbook again: it changes only what differs.",
    ),
    NOT_SHOWN: (
        ATTENTION,
        "accepted but not showing yet",
        "The API accepted the change, but the order still reads as before. Run the playbook again in a few minutes. "
        "If the change still does not show, look at the order in CertCentral.",
    ),
    REVIEW: (ATTENTION, "for review", ""),
    ACTED: (ACTED, "{would}{done}", "Nothing to do."),
    UNCHANGED: (LEFT, "no change needed", "Nothing to do: these orders are in the desired state already."),
    SKIP: (LEFT, "skipped", "Nothing to do, unless an option leaves out more than it should."),
}
# Kinds with a group for each reason.
BY_REASON = (REVIEW, ACTED, SKIP)
BEFORE_A_RUN = "Check some of them. Exclude what should stay as it is, then run the playbook without check mode."

OTHER_REASON = "Read the explanation of each order, and decide by hand."
BY_HAND = "mark the old order with digicert_order_status"
# Title, and what to do if a person has to look. The reasons are those of the two modules that decide.
REASONS: dict[str, tuple[str, str]] = {
    "recorded": (
        "CertCentral records the renewal",
        f"Check the record. Then add recorded to mark_renewed_accept, or {BY_HAND}.",
    ),
    "same_names": (
        "one later order has the same names",
        f"Check that the later order replaces the old one. Then add same_names to mark_renewed_accept, or {BY_HAND}.",
    ),
    "covers_names": (
        "one later order covers the names",
        "The later order has a wildcard or more names. Check that its certificate is installed where the old one is. "
        f"Then add covers_names to mark_renewed_accept, or {BY_HAND}.",
    ),
    "recorded_otherwise": (
        "CertCentral records another renewal",
        f"Open the orders in CertCentral and follow the record. If it is right, {BY_HAND}.",
    ),
    "order_goes_on": (
        "the order itself goes on",
        "Reissue the certificate within the order. Do not mark the order: it is valid long after its certificate ends.",
    ),
    "placed_too_early": (
        "the later order was placed too early",
        "The later order was placed long before the old certificate ends, so both may be in use. "
        f"If it does replace the old one, {BY_HAND}.",
    ),
    "placed_too_late": (
        "the later order was placed too late",
        "The later order was placed long after the old certificate ended, so it may renew another order. "
        f"If it does replace the old one, {BY_HAND}.",
    ),
    "ambiguous": (
        "several orders could be the renewal",
        "Compare the candidates. Exclude those that are not the renewal, and run the playbook again: it marks the old order "
        "if one candidate with the same names is left.",
    ),
    "shared": (
        "one later order for several old ones",
        "Find out which server has the new certificate. "
        "Mark that server's old order with digicert_order_status, and renew the others if they are still in use.",
    ),
    "not_issued": (
        "the later order has no valid certificate",
        "Finish the later order in CertCentral, or replace it if it was rejected, canceled or revoked. "
        "Then run the playbook again.",
    ),
    "other_organization": (
        "the later order is for another organization",
        f"Check whether the organization was renamed or merged. If the later order replaces the old one, {BY_HAND}.",
    ),
    "other_product": (
        "the later order is for another product",
        f"Check whether the product was changed on purpose. If the later order replaces the old one, {BY_HAND}.",
    ),
    "ends_no_later": (
        "the other order does not end later",
        "Renew the certificate: the other order with these names ends no later than the old one.",
    ),
    "placed_earlier": (
        "the other order was placed earlier",
        "Renew the certificate if it is still in use: the other order with these names is older.",
    ),
    "incomplete": (
        "a fact is missing",
        "Each explanation names what the API does not say. Look it up in CertCentral, and decide by hand.",
    ),
    "fewer_names": (
        "the other order lacks names",
        "Compare the names. Renew the certificate with all names that are still in use, or reissue the other order with them.",
    ),
    "not_renewed": (
        "no renewal found",
        "Renew the certificate if it is still in use. If it is not, exclude the order.",
    ),
    "other_status": ("unexpected status", "Open the order in CertCentral, and decide by hand."),
    "stale": ("pending too long", "Open the order in CertCentral, and decide by hand."),
    "excluded": ("left out by the options", OTHER_REASON),
    "marked_already": ("marked in the meantime", OTHER_REASON),
}


def describe(kind: str, reason: str, done: str, check_mode: bool) -> dict[str, t.Any]:
    """The stage and the title of a group, and what to do about it."""
    stage, title, advice = KINDS[kind]
    title = title.format(done=done, would="would be " if check_mode else "")
    if kind in BY_REASON:
        name, what_to_do = REASONS.get(reason) or (reason.replace("_", " "), OTHER_REASON)
        title, advice = f"{title}: {name}", advice or what_to_do
    advice = BEFORE_A_RUN if kind == ACTED and check_mode else advice.replace("{done}", done)
    return {"stage": stage, "title": title[:1].upper() + title[1:], "advice": advice}
