"""The tests' own copy of the facts in docs/api.md.

The simulator, the tables and the accounts of the tests use these facts. This file must not import anything from ``plugins``. An
error in the collection's copy is only found if the two copies are independent.
"""

from __future__ import annotations

# Section 1: hosts
BASE_PATH = "/services/v2"
REGION_URLS = {"us": f"https://www.digicert.com{BASE_PATH}", "eu": f"https://certcentral.digicert.eu{BASE_PATH}"}
DEFAULT_REGION = "us"

# Section 2: rate limits, as pairs of requests and seconds
RATE_LIMITS = ((100, 5.0), (1000, 180.0))

# Section 3: the changes that Update order status allows
RENEWAL_DAYS = 90
# The modules allow one more day, because the API's clock may be a day ahead of the clock of their host.
GRACE_DAYS = 1
STATUSES_TO_CANCEL = ("pending", "waiting_pickup")
STATUS_WITH_REISSUE = "reissue_pending"

# Section 5: the order list
MAX_PAGE_ROWS = 1000
STATUS_FILTER_VALUES = (
    *("pending", "issued", "rejected", "revoked"),
    *("waiting_pickup", "reissue_pending", "canceled"),
)

# Section 6: statuses, grouped by whether an order with this status has or had a certificate. For "approved" and for unknown
# statuses, this depends on the dates of the order.
STATUSES_BEFORE_ISSUANCE = ("needs_approval", "pending", "waiting_pickup", "processing", "needs_csr")
STATUSES_NEVER_ISSUED = ("canceled", "rejected", "denied")
STATUSES_ISSUED = ("issued", "reissue_pending", "expired", "revoked", "renewed")
STATUSES = (*STATUSES_BEFORE_ISSUANCE, *STATUSES_ISSUED, *STATUSES_NEVER_ISSUED, "approved")
FINAL_STATUSES = ("canceled", "rejected", "revoked")

# Section 7: the longest span of status-changes
MAX_CHANGES_SECONDS = 7 * 24 * 3600

# Section 8: the maximum lifetime of a public TLS certificate, in days
CERTIFICATE_DAYS = 199

# docs/renewals.md: the maximum number of days between placing a renewal and the expiry of the old certificate, before and after it
PLACED_BEFORE_DAYS = 120
PLACED_AFTER_DAYS = 180
