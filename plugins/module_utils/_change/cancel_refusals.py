# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reasons why an order cannot be canceled (docs/api.md, section 3). They are pure functions."""

from __future__ import annotations

from .._api.order import Order
from .._api.statuses import CANCELABLE, EVER_ISSUED, NEEDS_APPROVAL, REISSUE_PENDING
from .._text import sanitize
from .rules import DesiredState, refusal


def check_cancel(order: Order, desired: DesiredState) -> None:
    """Refuse to cancel an order that is in none of the usual statuses.

    :raises CertCentralError: unless the API may decide
    """
    if order.status == REISSUE_PENDING:
        raise refusal(
            order,
            "reissue_pending",
            "is reissue_pending, and the API would cancel only the reissue and leave the order issued: "
            "set cancel_scope to reissue if that is what you want",
        )
    if order.status == NEEDS_APPROVAL and desired.check_rules:
        raise refusal(
            order,
            "wrong_state",
            "is needs_approval and cannot be canceled: an approver has to reject the request first",
        )
    if desired.only_from and order.status not in desired.only_from:
        allowed = " or ".join(desired.only_from)
        raise refusal(
            order, "wrong_state", f"is {sanitize(order.status)}: it may be canceled only while it is {allowed}"
        )
    if order.status in EVER_ISSUED or (desired.check_rules and order.status not in CANCELABLE):
        raise refusal(
            order, "wrong_state", f"is {sanitize(order.status)}: only {' or '.join(CANCELABLE)} orders can be canceled"
        )
