# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statuses of orders that decide on changes, and the renewal window. The source is docs/api.md, sections 3 and 6."""

from __future__ import annotations

NEEDS_APPROVAL = "needs_approval"
PENDING = "pending"
ISSUED = "issued"
REISSUE_PENDING = "reissue_pending"
EXPIRED = "expired"
REVOKED = "revoked"
CANCELED = "canceled"
RENEWED = "renewed"
# No order has this status. It can only be sent, to remove the mark that RENEWED sets.
NOT_RENEWED = "not_renewed"

# Orders with these statuses can be canceled.
CANCELABLE = (PENDING, "waiting_pickup")
# Orders with these statuses have or had a certificate. It is not documented what happens if they are canceled.
EVER_ISSUED = (ISSUED, EXPIRED, REVOKED, RENEWED)

# An order can be marked renewed from this number of days before its certificate expires.
RENEWAL_WINDOW_DAYS = 90
# This number of days is allowed in addition, because the API's date may not be the date in UTC.
GRACE_DAYS = 1
