#!/usr/bin/python
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: digicert_stale_order_info
short_description: Find which CertCentral orders have been pending too long
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Finds orders of DigiCert CertCentral that were placed O(older_than) days ago or earlier and are still V(pending), and decides for each
    whether it can be canceled. It changes nothing.
  - Only orders that are V(pending) when they are read count, never those in V(waiting_pickup), V(needs_approval) or any other status.
  - An order is left to a person (V(review)) where the API does not say when it was placed, which name it is for, or what an exclusion
    needs to know.
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
  older_than:
    description:
      - How many days an order has to be pending, V(1) or more. A day is a whole period of 24 hours since the order was placed.
    type: int
    required: true
seealso:
  - name: The role certops.certcentral.cancel_stale
    description: Finds these orders, cancels them, and writes a report.
    link: https://github.com/certops/ansible-collection-certcentral/blob/main/docs/docsite/rst/guide_clean_ups.rst
  - module: certops.certcentral.digicert_order_statuses
"""

EXAMPLES = r"""
---
- name: Find what nobody asked for in two months
  certops.certcentral.digicert_stale_order_info:
    older_than: 60
    max_changes: 20
    exclude_names:
      - "*.lab.example.com"
  delegate_to: localhost
  run_once: true
  register: stale

- name: Show it
  ansible.builtin.debug:
    msg: "{{ stale.summary }}"

- name: Cancel it, which cannot be undone
  certops.certcentral.digicert_order_statuses:
    orders: "{{ stale.changes }}"
    note: Pending for two months
    max_changes: 20
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
changes:
  description: The orders to cancel, for O(certops.certcentral.digicert_order_statuses#module:orders), which takes the note beside them.
  returned: when the account could be read
  type: list
  elements: dict
  sample:
    - order_id: 1234567
      status: canceled
      common_name: www.example.com
orders:
  description:
    - The pending orders that are old enough, or may be, and what is decided on each. Those in RV(changes) come first, in the same order, then those for
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
      sample: pending
    valid_till:
      description: The last day of its certificate. This is V(null).
      returned: always
      type: str
    order_valid_till:
      description: The last day of the order itself, V(null) if not known.
      returned: always
      type: str
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
        - V(cancel) if it can be canceled, V(review) if a person has to look, V(skip) if the options leave it out.
      returned: always
      type: str
      sample: cancel
    reason:
      description:
        - Why, in one word. V(stale) if it has been pending too long, V(incomplete) if something that is needed is not known, V(excluded)
          if the options leave it out.
      returned: always
      type: str
      sample: stale
    explanation:
      description: The same as a sentence.
      returned: always
      type: str
      sample: it has been pending for 75 days
    candidates:
      description: Empty. Rows of RV(certops.certcentral.digicert_migrated_order_info#module:orders) have the same keys.
      returned: always
      type: list
      elements: dict
      sample: []
    confirmed:
      description: Whether order info was read for this decision. This is V(false), because rows of the listing say all that it takes.
      returned: always
      type: bool
      sample: false
counts:
  description:
    - How many orders are C(pending), C(not_old_enough) and C(stale), and of these, how many are to C(cancel), to C(review) and to C(skip).
  returned: when the account could be read
  type: dict
  sample: {pending: 60, not_old_enough: 40, stale: 20, cancel: 12, review: 3, skip: 5}
summary:
  description: The same for a person, in a bounded number of lines.
  returned: when the account could be read
  type: list
  elements: str
  sample: ["pending: 60, not old enough: 40, stale: 20, cancel: 12, review: 3, skip: 5"]
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
      sample: 2
    writes:
      description: PUT requests. This is V(0).
      returned: always
      type: int
      sample: 0
msg:
  description: One sentence for a person.
  returned: always
  type: str
  sample: "orders that are due: 20, to cancel: 12, for review: 3, left out by the options: 5"
reason:
  description:
    - Why the module failed. See RV(certops.certcentral.digicert_order_status#module:reason).
    - V(incomplete_listing) if orders moved while they were listed, or a row is no order.
  returned: failure
  type: str
  sample: too_many_changes
order_id:
  description: V(null), because no failure is about one order.
  returned: failure
  type: int
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
    from ..module_utils._module.stale_orders import run_module

    run_module()


if __name__ == "__main__":
    main()
