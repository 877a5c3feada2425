"""The documentation of the return values that several modules share. generate.py writes it into their RETURN blocks.

Ansible has no doc fragments for return values, so each module needs the whole text.
"""

from __future__ import annotations

# The values of every failure.
FAILURE = """\
http_status:
  description: The HTTP status of the response that caused the failure, or V(null).
  returned: failure
  type: int
  sample: 403
errors:
  description: The API's list of errors, empty if there is none.
  returned: failure
  type: list
  elements: dict
  contains:
    code:
      description: The API's error code.
      returned: always
      type: str
      sample: access_denied|access_denied_invalid_key
    message:
      description: The API's error message.
      returned: always
      type: str
      sample: Access denied due to access_denied_invalid_key.
"""

# The values of the modules that only read.
INFO = """\
api_calls:
  description: The number of requests that were sent.
  returned: success
  type: dict
  contains:
    reads:
      description: GET requests.
      returned: always
      type: int
      sample: 2
    writes:
      description: PUT requests. Always V(0).
      returned: always
      type: int
      sample: 0
reason:
  description: Machine-readable reason of the failure. See RV(certops.certcentral.digicert_order_status#module:reason).
  returned: failure
  type: str
  sample: unauthorized
"""

# The values of the two clean-ups.
CLEAN_UP = """\
summary:
  description: The plan as text, in a limited number of lines.
  returned: if the account could be read
  type: list
  elements: str
  sample: ["review: 15 incomplete"]
report_json:
  description: The full path of the report.
  returned: if O(report_json) is set
  type: str
  sample: /srv/reports/report.json
report_html:
  description: The full path of the report.
  returned: if O(report_html) is set
  type: str
  sample: /srv/reports/report.html
api_calls:
  description: The number of requests that were sent.
  returned: if the account could be read
  type: dict
  contains:
    reads:
      description: GET requests.
      returned: always
      type: int
      sample: 200
    writes:
      description: PUT requests.
      returned: always
      type: int
      sample: 80
reason:
  description:
    - Machine-readable reason of the failure. See RV(certops.certcentral.digicert_order_status#module:reason).
    - V(incomplete_listing) if rows moved while the order list was read, or if a row is not an order. Decisions that depend on the
      absence of an order would not be safe.
    - V(differs_from_plan) if the decision on an order of O(approved_plan) is different now.
  returned: failure
  type: str
  sample: too_many_changes
order_id:
  description: The ID of the order that failed. V(null) unless exactly one order failed.
  returned: failure
  type: int
  sample: 1234567
"""

# The values of each entry of orders in the result of a clean-up.
CLEAN_UP_ROW = """\
order_id:
  description: The ID of the order.
  returned: always
  type: int
  sample: 1234567
common_name:
  description: The common name of its certificate, V(null) if unknown.
  returned: always
  type: str
  sample: www.example.com
names:
  description: All names of its certificate.
  returned: always
  type: list
  elements: str
  sample: [www.example.com, example.com]
organization:
  description: The name of its organization, V(null) if it has none.
  returned: always
  type: str
  sample: Example Widgets Inc.
product:
  description: The name of its product, V(null) if unknown.
  returned: always
  type: str
  sample: Standard SSL
container:
  description: The name of its container, V(null) if unknown.
  returned: always
  type: str
  sample: Example Division
status:
  description: Its status when the decision was made.
  returned: always
  type: str
  sample: pending
valid_till:
  description: The last day of its certificate, V(null) if there is none or if it is unknown.
  returned: always
  type: str
  sample: "2026-12-31"
order_valid_till:
  description: The last day of the order itself, V(null) if unknown.
  returned: always
  type: str
  sample: "2026-12-31"
date_created:
  description: When the order was placed, in UTC, V(null) if unknown.
  returned: always
  type: str
  sample: "2025-12-31T08:00:00+00:00"
is_renewed:
  description: Whether the order was marked renewed when the decision was made, V(null) if unknown.
  returned: always
  type: bool
  sample: false
outcome:
  description:
    - The outcome of the change, as in RV(certops.certcentral.digicert_order_statuses#module:orders[].outcome).
    - V(null) if the decision does not change the order, or if the run ended before the outcome was known.
  returned: always
  type: str
  choices: [changed, unchanged, refused, failed, not_attempted]
  sample: changed
verified:
  description:
    - Whether the order was in the desired state when it was read after the change. V(false) if the change is not visible yet, or if
      the order could not be read.
    - V(null) if nothing was sent, or with O(verify_change=false).
  returned: always
  type: bool
  sample: true
msg:
  description: A human-readable summary of the outcome, V(null) if there is none.
  returned: always
  type: str
  sample: order 1234567 was not attempted
"""
