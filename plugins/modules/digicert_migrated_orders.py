#!/usr/bin/python
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module that marks the migrated CertCentral orders that were renewed."""

DOCUMENTATION = r"""
module: digicert_migrated_orders
short_description: Mark migrated CertCentral orders that were renewed
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - An order that was migrated from the legacy console and then renewed by a new order in DigiCert CertCentral does not show as renewed.
    This module finds such orders and marks them as renewed. The note of each mark names the new order.
  - It considers migrated orders that are V(issued) or V(expired), that are not marked yet, and whose certificate expires within O(window) days
    or has expired. To find them, it reads the whole account.
  - A wrong mark hides a certificate that is about to expire, while a missing mark only means that somebody has to look at
    the order. So the module marks an order (V(mark)) only if its renewal is beyond doubt. It leaves all others for review (V(review)),
    with the reason and the orders to compare.
  - "An order is a I(candidate) for the renewal if it meets all of these conditions:"
  - It is not migrated. It was issued (it may have expired since, or have a pending reissue), and its certificate is not revoked.
  - It is for the same organization, and for the same product or one of the same type and validation type.
  - It covers all names of the old order. A wildcard covers one label.
  - It was placed after the old order. Its certificate expires later, and was not issued before the newest certificate of the old order.
  - "These rules lead from the candidates to a decision, in this order:"
  - If CertCentral records that a candidate renewed the order (C(renewed_order_id) or C(renewal_of_order_id)), and no record contradicts
    this, that candidate is the renewal (V(recorded)).
  - If the old order itself is valid for more than 31 days after its certificate, it needs a reissue and not a mark (V(order_goes_on)).
  - Candidates that renewed another order according to CertCentral's records do not count.
  - The candidate has to be placed at most 120 days before the old certificate expires, and at most 180 days after.
  - If some of the remaining candidates have exactly the names of the old order, only they count (V(same_names)). Otherwise, those that
    cover its names count (V(covers_names)).
  - Exactly one candidate has to remain. It must not also be a possible renewal of another migrated order, marked or not, whose
    certificate was valid at the same time (V(shared)).
  - The first decision is based on the order list, which lacks some fields, such as the validation type and the records. Before the module
    marks an order, it reads the details of both orders and decides again. It also reads the details of at most 1,000 orders
    that would otherwise be left for review, because the details may contain a record. An order is left for review (V(incomplete)) if a required field is
    still unknown.
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
      - A second run with the same options changes nothing, unless somebody has changed an order in the meantime.
options:
  window:
    description:
      - The number of days, from V(0) to V(90). An order is considered if its certificate expires within this number of days, or has
        expired. CertCentral does not accept the mark for other orders.
    type: int
    default: 90
  products:
    description:
      - Only orders of these products (C(product.name_id)). An empty list selects no order. By default, all are selected.
    type: list
    elements: str
  containers:
    description:
      - Only orders in these containers (C(container.id)). An empty list selects no order. By default, all are selected.
    type: list
    elements: int
  exclude_orders:
    description:
      - The IDs of orders to leave out. These orders are not candidates either, which is how you decide between several candidates.
  accept:
    description:
      - The reasons that are enough for a mark. Orders with another reason are left for review.
    type: list
    elements: str
    choices:
      - recorded
      - same_names
      - covers_names
    default:
      - recorded
      - same_names
  max_changes:
    description:
      - If more orders would be marked than this number, no order is marked, and the module fails with the reason V(too_many_changes). If the
        order list already leads to more marks, the module reads no order details, and RV(orders[].confirmed) is V(false). V(0) allows
        no mark. By default, there is no limit.
seealso:
  - module: certops.certcentral.digicert_stale_orders
  - module: certops.certcentral.digicert_order_statuses
  - name: The clean-ups
    description: How to plan, approve, carry out and undo a clean-up, and the meaning of each reason.
    link: https://github.com/certops/ansible-collection-certcentral/blob/main/docs/docsite/rst/guide_clean_ups.rst
"""

EXAMPLES = r"""
---
- name: Mark the orders that were renewed, at most 100
  certops.certcentral.digicert_migrated_orders:
    max_changes: 100
    exclude_names:
      - "*.lab.example.com"
    report_html: /srv/reports/marks.html
  delegate_to: localhost
  run_once: true

- name: Write a plan, which somebody reviews
  certops.certcentral.digicert_migrated_orders:
    max_changes: 100
    report_json: /srv/reports/marks-plan.json
    report_html: /srv/reports/marks-plan.html
  check_mode: true
  delegate_to: localhost
  run_once: true

- name: Carry out the approved plan, and nothing else
  certops.certcentral.digicert_migrated_orders:
    max_changes: 100
    approved_plan: /srv/reports/marks-plan.json
    report_json: /srv/reports/marks.json
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
changed:
  description: Whether any order was marked renewed, or would be in check mode, even if the module failed.
  returned: always
  type: bool
  sample: true
orders:
  description:
    - The migrated orders that are due, with the decision on each. The orders to mark come first, then the orders for review, then the
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
        - V(mark) if the renewal is beyond doubt, V(review) if somebody has to review it, V(skip) if the order is left out.
      returned: always
      type: str
      choices: [mark, review, skip]
      sample: mark
    reason:
      description:
        - "Machine-readable reason of the decision. These reasons may lead to a mark: V(recorded), V(same_names), V(covers_names)."
        - "These reasons rule out a mark even if there are candidates: V(recorded_otherwise) if CertCentral's records contradict it,
          V(order_goes_on) if the old order needs a reissue, V(placed_too_early) and V(placed_too_late) if no candidate was placed in
          time, V(ambiguous) if several candidates remain, V(shared) if the only candidate may be the renewal of another order, V(incomplete)
          if a required field is not known."
        - "These reasons say why an order that has all names is not a candidate: V(not_issued), V(other_organization), V(other_product),
          V(ends_no_later), V(placed_earlier)."
        - V(fewer_names) if an order has some of the names, V(not_renewed) if no later order has any of them.
        - V(other_status) if the order is neither issued nor expired, V(excluded) if the options leave it out, V(marked_already) if
          somebody marked it in the meantime, V(not_approved) if the approved plan does not change it, V(not_due) if the approved plan
          changes it but it is not due now.
      returned: always
      type: str
      sample: same_names
    explanation:
      description: Human-readable reason of the decision.
      returned: always
      type: str
      sample: order 2345678 has the same names and expires on 2027-06-30
    candidates:
      description:
        - The orders to compare this order with, at most ten. If one of them is the renewal, it is the first.
      returned: always
      type: list
      elements: dict
      contains:
        order_id:
          description: The ID of the candidate order.
          returned: always
          type: int
          sample: 2345678
        common_name:
          description: The common name of its certificate.
          returned: always
          type: str
          sample: www.example.com
        names:
          description: All names of its certificate.
          returned: always
          type: list
          elements: str
          sample: [www.example.com, example.com]
        date_created:
          description: When the candidate order was placed, in UTC.
          returned: always
          type: str
          sample: "2026-06-30T08:00:00+00:00"
        valid_till:
          description: The last day of its certificate.
          returned: always
          type: str
          sample: "2027-06-30"
        order_valid_till:
          description: The last day of the candidate order itself.
          returned: always
          type: str
          sample: "2027-06-30"
        product:
          description: The name of its product.
          returned: always
          type: str
          sample: Secure Site OV
        container:
          description: The name of its container.
          returned: always
          type: str
          sample: Example Division
    confirmed:
      description: Whether the details of the orders were read for this decision. If not, it is based on the order list.
      returned: always
      type: bool
      sample: true
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
    - The number of orders that are C(migrated), C(marked_already), C(not_due) (their certificates expire later, or they have no
      certificate that can be renewed) and C(due).
    - The number of due orders with each decision, C(mark), C(review) and C(skip). With O(approved_plan), also the number of skipped
      orders that are C(approved_not_due).
    - The number of orders to mark with each outcome.
  returned: if the account could be read
  type: dict
  sample: {migrated: 1500, marked_already: 1200, not_due: 200, due: 100, mark: 80, review: 15, skip: 5, changed: 80}
summary:
  description: The plan as text, in a limited number of lines.
  returned: if the account could be read
  type: list
  elements: str
  sample: ["review: 15 incomplete"]
unused_exclusions:
  description: The entries of exclusions that neither left out a due order nor ruled out a candidate.
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
  sample: "100 orders: 80 marked renewed, 15 for review, 5 left out"
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
    from ..module_utils._module.migrated_orders import run_module

    run_module()


if __name__ == "__main__":
    main()
