# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every status that an order can have, in groups. The source is docs/api.md, sections 3 and 6."""

from __future__ import annotations

from .statuses import CANCELABLE, CANCELED, EXPIRED, ISSUED, NEEDS_APPROVAL, REISSUE_PENDING, RENEWED, REVOKED

# Orders with these statuses have a certificate that can be renewed.
WITH_CERTIFICATE = (ISSUED, EXPIRED)
# Orders with these statuses were issued and can be a renewal, even while their certificate is about to be issued again.
CAN_BE_RENEWAL = (*WITH_CERTIFICATE, REISSUE_PENDING)
# Orders with these statuses wait for their first certificate.
NOT_YET_ISSUED = (NEEDS_APPROVAL, *CANCELABLE, "processing", "needs_csr", "approved")
# Orders with these statuses have no certificate that can be renewed.
NOT_RENEWABLE = (*NOT_YET_ISSUED, CANCELED, "rejected", REVOKED, "denied")

# Every status that an order is known to have.
KNOWN = tuple(sorted({*NOT_RENEWABLE, *WITH_CERTIFICATE, REISSUE_PENDING, RENEWED}))
