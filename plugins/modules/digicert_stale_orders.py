#!/usr/bin/python
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module that cancels CertCentral orders that have been pending too long."""

DOCUMENTATION = r"""
module: digicert_stale_orders
short_description: Cancel CertCentral orders that have been pending too long
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Finds orders of DigiCert CertCentral that were placed O(older_than) days ago or earlier and are still V(pending), and cancels them. A
    cancellation cannot be undone, so run the module in check mode first.
  - An order is canceled only if it is V(pending) each time it is read, and never if it is V(waiting_pickup), V(needs_approval) or has
    any other status.
  - An order is left for review (V(review)) if the API does not tell when it was placed, what its common name is, or whether an exclusion
    applies to it.
  - In check mode, an API key that is restricted to View Only is enough.
  - Not affiliated with DigiCert.
extends_documentation_fragment:
  - certops.certcentral.certcentral
  - certops.certcentral.clean_up
  - certops.certcentral.attributes
attributes:
  check_mode:
    support: full
    details:
      - Makes the same decisions and returns the same result as a real run, but only sends GET requests.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - A second run with the same options changes nothing, unless more orders have become old enough in the meantime.
options:
  older_than:
    description:
      - An order is canceled if it was placed at least this number of days ago. The minimum is V(1). A day is a period of 24 hours.
    type: int
    required: true
  note:
    description:
      - The reason for the cancellation, which CertCentral stores with each order. It must not be blank.
    type: str
    required: true
seealso:
  - module: certops.certcentral.digicert_migrated_orders
  - module: certops.certcentral.digicert_order_statuses
  - name: The clean-ups
    description: How to plan, approve and carry out a clean-up, and the meaning of each reason.
    link: https://github.com/certops/ansible-collection-certcentral/blob/main/docs/docsite/rst/guide_clean_ups.rst
"""

EXAMPLES = r"""
---
- name: Cancel orders that have been pending for two months, at most 20
  certops.certcentral.digicert_stale_orders:
    older_than: 60
    note: Pending for two months
    max_changes: 20
    exclude_names:
      - "*.lab.example.com"
    report_html: /srv/reports/cancellations.html
  delegate_to: localhost
  run_once: true

- name: Write a plan, which somebody reviews
  certops.certcentral.digicert_stale_orders:
    older_than: 60
    note: Pending for two months
    max_changes: 20
    report_json: /srv/reports/cancellations-plan.json
  check_mode: true
  delegate_to: localhost
  run_once: true

- name: Carry out the approved plan, and nothing else
  certops.certcentral.digicert_stale_orders:
    older_than: 60
    note: Pending for two months
    max_changes: 20
    approved_plan: /srv/reports/cancellations-plan.json
    report_json: /srv/reports/cancellations.json
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
changed:
  description: Whether any order was canceled, or would be in check mode, even if the module failed.
  returned: always
  type: bool
  sample: true
orders:
  description:
    - The pending orders that are due, with the decision on each. The orders to cancel come first, then the orders for review, then the
      orders that the options leave out.
    - Control characters are replaced, and long texts are truncated.
  returned: if the account could be read
  type: list
  elements: dict
  contains:
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
    decision:
      description:
        - V(cancel) if the order is to be canceled, V(review) if somebody has to review it, V(skip) if it is left out.
      returned: always
      type: str
      choices: [cancel, review, skip]
      sample: cancel
    reason:
      description:
        - Machine-readable reason of the decision. V(stale) if the order has been pending too long, V(incomplete) if a required field is not
          known, V(excluded) if the options leave it out, V(not_approved) if the approved plan does not cancel it, V(not_due) if the
          approved plan cancels it but it is not due now.
      returned: always
      type: str
      sample: stale
    explanation:
      description: Human-readable reason of the decision.
      returned: always
      type: str
      sample: it was placed 75 days ago and is still pending
    candidates:
      description: Always an empty list. RV(certops.certcentral.digicert_migrated_orders#module:orders) has the same keys.
      returned: always
      type: list
      elements: dict
      sample: []
    confirmed:
      description: Whether order details were read for this decision. Always V(false), because the order list has all required fields.
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
counts:
  description:
    - The number of orders that are C(pending), C(not_old_enough) and C(due).
    - The number of due orders with each decision, C(cancel), C(review) and C(skip). With O(approved_plan), also the number of skipped
      orders that are C(approved_not_due).
    - The number of orders to cancel with each outcome.
  returned: if the account could be read
  type: dict
  sample: {pending: 140, not_old_enough: 40, due: 100, cancel: 80, review: 15, skip: 5, changed: 80}
summary:
  description: The plan as text, in a limited number of lines.
  returned: if the account could be read
  type: list
  elements: str
  sample: ["review: 15 incomplete"]
unused_exclusions:
  description: The entries of exclusions that left out no due order.
  returned: if the account could be read
  type: list
  elements: dict
  contains:
    option:
      description: The name of the option.
      returned: always
      type: str
      sample: exclude_names
    entry:
      description: The entry, which is a string or a number.
      returned: always
      type: raw
      sample: "*.lab.example.org"
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
msg:
  description: A human-readable summary. It ends with the paths of the reports.
  returned: always
  type: str
  sample: "100 orders: 80 canceled, 15 for review, 5 left out"
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

from ..module_utils._module.python import check_python


def main():  # type: () -> None
    """Run the module, unless this Python is too old."""
    check_python()
    from ..module_utils._module.stale_orders import run_module

    run_module()


if __name__ == "__main__":
    main()
