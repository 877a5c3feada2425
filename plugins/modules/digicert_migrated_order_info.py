#!/usr/bin/python
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: digicert_migrated_order_info
short_description: Find which migrated CertCentral orders were renewed, and by what
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - An order that was migrated from the legacy console and then renewed by a new order in DigiCert CertCentral does not show as renewed.
    This module finds such orders, and decides for each whether it can be marked renewed. It changes nothing.
  - It looks at migrated orders that are V(issued) or V(expired), are not marked yet, and whose certificate ends within O(window) days
    or has ended. It reads the whole account for that, page by page.
  - A wrong mark hides a certificate that is about to end, while a missing one costs a person a look. So it decides V(mark) only where
    nothing is left to doubt, and V(review) everywhere else, with the reason, the orders that it is about, and what speaks against a mark.
  - "An order is a I(candidate), which may be the renewal, if all of this is true: it is not migrated; it was issued, even if it has
    expired since, and its certificate is not revoked; it is for the same organization; it is for the same product, or for one of the
    same type and validation; it covers all names of the old order, where a wildcard covers one label; it was placed after the old
    order, its certificate ends later, and it was not issued before the old one was last reissued."
  - "An order is marked if one candidate is left by these rules, in this order. If CertCentral records that a candidate renewed the order
    (C(renewed_order_id) or C(renewal_of_order_id)), and no record contradicts this, that is the renewal (V(recorded)). If the old order
    itself is valid for more than 31 days after its certificate, it needs a reissue and no mark (V(order_goes_on)). Candidates that
    renewed another order, by CertCentral's record, do not count. The candidate has to be placed at most 120 days before the old
    certificate ended, and at most 180 days after. If some of those have exactly the names of the old order, only they count
    (V(same_names)); else those that merely cover them (V(covers_names)). There has to be one, and it must not be the one for another
    migrated order as well, whose certificate ran at the same time (V(shared))."
  - The rows of the listing propose, and order info confirms. Rows do not say everything, the validation of a product for one. What they
    leave out is not held against a candidate. Then the module reads order info of both orders of each pair, and decides again. What is
    still unknown is for a person (V(incomplete)).
  - An API key that is restricted to View Only is enough.
  - Not affiliated with DigiCert.
extends_documentation_fragment:
  - certops.certcentral.certcentral
  - certops.certcentral.clean_up
  - certops.certcentral.attributes
attributes:
  check_mode:
    support: full
    details:
      - Changes nothing, and does the same in check mode.
  diff_mode:
    support: N/A
    details:
      - Changes nothing.
  idempotent:
    support: full
    details:
      - Changes nothing.
options:
  window:
    description:
      - An order is looked at if its certificate ends within this many days, from V(0) to V(90), or has ended. CertCentral takes the mark
        for no other order.
    type: int
    default: 90
  products:
    description:
      - Only orders of these products (C(product.name_id)). An empty list means none. If not given, all.
    type: list
    elements: str
  containers:
    description:
      - Only orders in these containers (C(container.id)). An empty list means none. If not given, all.
    type: list
    elements: int
  exclude_orders:
    description:
      - IDs of orders that are left out, and that are no candidate either. So a person decides between several.
  accept:
    description:
      - Which reasons are enough for a mark. Orders with a reason that is left out are for a person.
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
      - If more orders would be marked than this, the module fails with the reason V(too_many_changes), before it reads order info. It
        returns the orders as the rows propose them (RV(orders[].confirmed) is false), and no changes. V(0) allows none. If not
        given, there is no limit.
  concurrency:
    description:
      - How many orders are read at the same time, from V(1) to V(16).
    type: int
    default: 4
seealso:
  - name: The role certops.certcentral.mark_renewed
    description: Finds these orders, marks them, and writes a report.
    link: https://github.com/certops/ansible-collection-certcentral/blob/main/docs/docsite/rst/guide_clean_ups.rst
  - module: certops.certcentral.digicert_order_statuses
"""

EXAMPLES = r"""
---
- name: Find what was renewed
  certops.certcentral.digicert_migrated_order_info:
    max_changes: 100
    exclude_names:
      - "*.lab.example.com"
  delegate_to: localhost
  run_once: true
  register: renewed

- name: Show it
  ansible.builtin.debug:
    msg: "{{ renewed.summary }}"

- name: Mark what leaves no doubt
  certops.certcentral.digicert_order_statuses:
    orders: "{{ renewed.changes }}"
    max_changes: 100
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
changes:
  description: The orders to mark, for O(certops.certcentral.digicert_order_statuses#module:orders). The note names the renewal.
  returned: when the account could be read
  type: list
  elements: dict
  sample:
    - order_id: 1234567
      status: renewed
      note: Renewed in CertCentral by order 2345678
      common_name: www.example.com
orders:
  description:
    - The migrated orders that are due, and what is decided on each. Those in RV(changes) come first, in the same order, then those for
      review, then those that the options leave out.
    - What other people wrote into an order is made harmless for a terminal, and cut to a sane length.
  returned: when the account could be read
  type: list
  elements: dict
  contains:
    order_id:
      description: The order.
      returned: always
      type: int
      sample: 1234567
    common_name:
      description: The common name of its certificate, V(null) if not known.
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
      description: The name of its product, V(null) if not known.
      returned: always
      type: str
      sample: Standard SSL
    container:
      description: The name of its container, V(null) if not known.
      returned: always
      type: str
      sample: Example Division
    status:
      description: Its status.
      returned: always
      type: str
      sample: issued
    valid_till:
      description: The last day of its certificate, V(null) if not known.
      returned: always
      type: str
      sample: "2026-12-31"
    order_valid_till:
      description: The last day of the order itself, V(null) if not known.
      returned: always
      type: str
      sample: "2026-12-31"
    date_created:
      description: When it was placed, in UTC, V(null) if not known.
      returned: always
      type: str
      sample: "2025-12-31T08:00:00+00:00"
    is_renewed:
      description: Whether it is marked, V(null) if not known.
      returned: always
      type: bool
      sample: false
    decision:
      description:
        - V(mark) if it leaves no doubt that the order was renewed, V(review) if a person has to look, V(skip) if the options leave it out.
      returned: always
      type: str
      sample: mark
    reason:
      description:
        - "Why, in one word. These three may lead to a mark: V(recorded), V(same_names), V(covers_names)."
        - "These say what speaks against a mark, although there are candidates: V(recorded_otherwise) if CertCentral's records contradict,
          V(order_goes_on) if the old order needs a reissue, V(placed_too_early) and V(placed_too_late) if no candidate was placed in
          time, V(ambiguous) if several are left, V(shared) if the one left is the one of another order too, V(incomplete) if something
          that is needed is not known."
        - "These say why an order that has all names is no candidate: V(not_issued), V(other_organization), V(other_product),
          V(ends_no_later), V(placed_earlier)."
        - V(fewer_names) if an order has some of the names, V(not_renewed) if no later order has any.
        - V(other_status) if the order is neither issued nor expired, V(excluded) if the options leave it out, V(marked_already) if
          somebody marked it in between.
      returned: always
      type: str
      sample: same_names
    explanation:
      description: The same as a sentence.
      returned: always
      type: str
      sample: order 2345678 has the same names and ends on 2027-06-30
    candidates:
      description:
        - The orders that the explanation is about, the renewal first, ten at most, with what a person compares.
      returned: always
      type: list
      elements: dict
      contains:
        order_id:
          description: The candidate.
          returned: always
          type: int
          sample: 2345678
        common_name:
          description: As above.
          returned: always
          type: str
          sample: www.example.com
        names:
          description: As above.
          returned: always
          type: list
          elements: str
          sample: [www.example.com, example.com]
        date_created:
          description: As above.
          returned: always
          type: str
          sample: "2026-06-30T08:00:00+00:00"
        valid_till:
          description: As above.
          returned: always
          type: str
          sample: "2027-06-30"
        order_valid_till:
          description: As above.
          returned: always
          type: str
          sample: "2027-06-30"
        product:
          description: As above.
          returned: always
          type: str
          sample: Secure Site OV
        container:
          description: As above.
          returned: always
          type: str
          sample: Example Division
    confirmed:
      description: Whether order info was read for this decision. If not, it rests on rows of the listing alone.
      returned: always
      type: bool
      sample: true
counts:
  description:
    - How many orders are C(migrated), C(marked_already), C(not_due) (they end later, or were never issued or are gone) and C(due), and
      of these, how many are to C(mark), to C(review) and to C(skip).
  returned: when the account could be read
  type: dict
  sample: {migrated: 1500, marked_already: 1200, not_due: 200, due: 100, mark: 80, review: 15, skip: 5}
summary:
  description: The same for a person, in a bounded number of lines.
  returned: when the account could be read
  type: list
  elements: str
  sample: ["migrated: 1500, marked already: 1200, not due: 200, due: 100, mark: 80, review: 15, skip: 5"]
check_mode:
  description: Whether the task runs in check mode, by the command line or by itself, for a report.
  returned: when the account could be read
  type: bool
  sample: false
api_calls:
  description: How many requests were sent.
  returned: when the account could be read
  type: dict
  contains:
    reads:
      description: GET requests.
      returned: always
      type: int
      sample: 200
    writes:
      description: PUT requests. This is V(0).
      returned: always
      type: int
      sample: 0
msg:
  description: One sentence for a person.
  returned: always
  type: str
  sample: "orders that are due: 100, to mark: 80, for review: 15, left out by the options: 5"
reason:
  description:
    - Why the module failed. See RV(certops.certcentral.digicert_order_status#module:reason).
    - V(incomplete_listing) if orders moved while the account was listed, or a row is no order. What is decided by the absence of an
      order would not be safe then.
  returned: failure
  type: str
  sample: too_many_changes
order_id:
  description: The order that could not be read, V(null) if the failure is not about one.
  returned: failure
  type: int
  sample: 1234567
http_status:
  description: The HTTP status of the reply behind the failure, or V(null).
  returned: failure
  type: int
  sample: 403
errors:
  description: The API's own list of errors, empty if it gave none.
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
    check_python()
    from ..module_utils._module.migrated_orders import run_module

    run_module()


if __name__ == "__main__":
    main()
