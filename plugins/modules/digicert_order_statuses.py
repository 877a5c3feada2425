#!/usr/bin/python
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: digicert_order_statuses
short_description: Cancel many CertCentral orders, or mark them renewed or not renewed
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Brings many certificate orders of DigiCert CertCentral into their desired states, in one task.
  - Reads all orders first, with few requests, then decides on all of them, and only then sends the first change. Each order is
    treated as by M(certops.certcentral.digicert_order_status).
  - Returns the outcome of every order in RV(orders) and RV(summary), even if the task fails halfway.
  - Not affiliated with DigiCert.
extends_documentation_fragment:
  - certops.certcentral.certcentral
  - certops.certcentral.attributes
attributes:
  check_mode:
    support: full
    details:
      - Makes the same decisions and returns the same result as a real run, but only sends GET requests.
      - With O(check_rules=false), it tells what would be sent, not what the API would respond.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - In some accounts, an order can no longer be read after it was canceled. A second run then fails with the reason
        V(not_found).
options:
  orders:
    description:
      - The orders, each with its desired state.
      - Either this or O(order_ids) is required. An empty list selects nothing and sends nothing.
      - Identical entries count once. Conflicting entries for the same order are refused.
    type: list
    elements: dict
    suboptions:
      order_id:
        description:
          - The ID of the order, as CertCentral shows it.
        type: int
        required: true
      status:
        description:
          - The desired state of this order. Defaults to the task's O(status).
        type: str
        choices:
          - canceled
          - renewed
          - not_renewed
      note:
        description:
          - The reason for changing this order. Defaults to the task's O(note).
        type: str
      cancel_scope:
        description:
          - What V(canceled) cancels for this order. Defaults to the task's O(cancel_scope).
        type: str
        choices:
          - order
          - reissue
      common_name:
        description:
          - A guard against a mistyped order ID. This order is refused unless it is for this common name. Upper and lower case are
            equal, and so are the Unicode and C(xn--) forms of a name.
        type: str
  order_ids:
    description:
      - The IDs of orders that share O(status), O(note) and O(cancel_scope).
      - Either this or O(orders) is required. An empty list selects nothing and sends nothing.
    type: list
    elements: int
  status:
    description:
      - The desired state of all orders for which O(orders) does not set one.
      - See O(certops.certcentral.digicert_order_status#module:status) for the meaning of each state.
    type: str
    choices:
      - canceled
      - renewed
      - not_renewed
  note:
    description:
      - The reason for the changes, which CertCentral keeps with each order. It is sent unchanged.
      - Required to cancel, where it must not be blank.
    type: str
  cancel_scope:
    description:
      - "What to cancel: the V(order) itself or only its pending V(reissue)."
    type: str
    choices:
      - order
      - reissue
    default: order
  check_rules:
    description:
      - Whether to refuse changes that, according to its documentation, the API would reject. See
        O(certops.certcentral.digicert_order_status#module:check_rules).
    type: bool
    default: true
  verify_change:
    description:
      - Whether to read the orders again after the changes, at most four times (after 0, 1, 2 and 4 seconds), and to warn if some
        changes are not visible yet.
    type: bool
    default: true
  max_changes:
    description:
      - If more orders would change than this number, nothing is sent, and the module fails with the reason V(too_many_changes), even
        in check mode and with O(keep_going=true). If it is not given, any number of orders can change.
      - Orders that are already in their desired state, and refused ones, do not count. V(0) allows no change.
    type: int
  keep_going:
    description:
      - With V(false), nothing is sent if any order is refused or cannot be read, and a failure during the changes stops the rest.
        Changes that were made before stay, and are in RV(orders).
      - With V(true), the module processes as many orders as possible, and still fails at the end if any order failed. The reasons
        V(unauthorized), V(blocked), V(tls), V(rate_limited) and V(clock_skew) always stop it.
    type: bool
    default: false
  concurrency:
    description:
      - The number of requests in flight at the same time, 1 to 16. This does not change the rate limit.
    type: int
    default: 4
notes:
  - If Ansible runs on the same host, a long run shows its progress every five seconds, in the terminal and in AWX. It also
    writes it to the log of that host (syslog or journal).
seealso:
  - module: certops.certcentral.digicert_order_status
  - module: certops.certcentral.digicert_order_info
  - name: Many orders, and the API's limits
    description: How to limit the changes, read the result and estimate the time.
    link: https://github.com/certops/ansible-collection-certcentral/blob/main/docs/docsite/rst/guide_many_orders.rst
  - name: When it fails
    description: What each reason means, and what to do.
    link: https://github.com/certops/ansible-collection-certcentral/blob/main/docs/docsite/rst/guide_failures.rst
"""

EXAMPLES = r"""
---
- name: Cancel two pending orders
  certops.certcentral.digicert_order_statuses:
    order_ids:
      - 1234567
      - 1234568
    status: canceled
    note: The service was shut down
  delegate_to: localhost
  run_once: true

- name: Bring several orders into different states, with at most ten changes
  certops.certcentral.digicert_order_statuses:
    orders:
      - order_id: 1234567
        note: Renewed by order 2345678
      - order_id: 1234568
        note: Renewed by order 2345679
        common_name: www.example.com
      - order_id: 1234569
        status: not_renewed
    status: renewed
    max_changes: 10
  delegate_to: localhost
  run_once: true

- name: Find orders that have been pending for longer than a month
  certops.certcentral.digicert_order_info:
    filters:
      status: pending
    older_than: 30
  delegate_to: localhost
  run_once: true
  register: stale

- name: Cancel as many of them as possible
  certops.certcentral.digicert_order_statuses:
    order_ids: "{{ stale.orders | map(attribute='id') | list }}"
    status: canceled
    note: Pending for longer than a month
    max_changes: 50
    keep_going: true
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
changed:
  description:
    - Whether any order was changed, or would be in check mode, even if the module failed.
    - If an order has the reason V(unknown_outcome), this means that it may have been changed.
  returned: always
  type: bool
  sample: true
orders:
  description: The outcome of each order, in the order given.
  returned: always, unless an option was refused
  type: list
  elements: dict
  contains:
    order_id:
      description: The ID of the order.
      returned: always
      type: int
      sample: 1234567
    outcome:
      description:
        - V(changed) if it was changed, or would be in check mode.
        - V(unchanged) if it is already in the desired state.
        - V(refused) if the change was refused before anything was sent.
        - V(failed) if the order could not be read or changed.
        - V(not_attempted) if the task ended before this order was changed.
      returned: always
      type: str
      choices:
        - changed
        - unchanged
        - refused
        - failed
        - not_attempted
      sample: changed
    changed:
      description: Whether it was changed, or would be in check mode. With the reason V(unknown_outcome), whether it may have been.
      returned: always
      type: bool
      sample: true
    operation:
      description: The change that was made, would be made in check mode, or was planned. V(null) if nothing was decided.
      returned: always
      type: str
      choices:
        - none
        - cancel_order
        - cancel_reissue
        - mark_renewed
        - mark_not_renewed
      sample: cancel_order
    status:
      description:
        - The status in which the task leaves the order. If nothing was changed, it is the status that was last read.
        - V(null) if it is unknown.
      returned: always
      type: str
      sample: canceled
    is_renewed:
      description: Whether the task leaves the order marked renewed. V(null) if it is unknown.
      returned: always
      type: bool
      sample: false
    verified:
      description:
        - Whether the order was read in the desired state after the change. V(false) if the change is not visible yet, or if the
          order could not be read.
        - V(null) if nothing was sent, or with O(verify_change=false).
      returned: always
      type: bool
      sample: true
    reason:
      description: Machine-readable reason why it was refused or failed, as in RV(reason). Otherwise V(null).
      returned: always
      type: str
    msg:
      description: A human-readable summary.
      returned: always
      type: str
      sample: order 1234567 was pending and is canceled now
    http_status:
      description: The HTTP status of the response that caused its failure, or V(null).
      returned: always
      type: int
    errors:
      description: The API's list of errors for it.
      returned: always
      type: list
      elements: dict
summary:
  description: The number of orders with each outcome.
  returned: always, unless an option was refused
  type: dict
  sample:
    total: 4
    changed: 1
    unchanged: 3
    refused: 0
    failed: 0
    not_attempted: 0
api_calls:
  description: How many requests were sent.
  returned: always, unless an option was refused
  type: dict
  contains:
    reads:
      description: GET requests.
      returned: always
      type: int
      sample: 2
    writes:
      description: PUT requests.
      returned: always
      type: int
      sample: 1
msg:
  description: The number of orders with each outcome. After a failure, also the messages of the first orders that went wrong.
  returned: always
  type: str
  sample: "4 orders: 1 changed, 3 unchanged"
reason:
  description:
    - Machine-readable reason of the failure. If several orders went wrong, it is the reason that stopped the task, or that of the first
      order.
    - V(too_many_changes) if more orders would change than O(max_changes) allows. Nothing was sent then.
    - V(unavailable) also if a signal interrupted the task. RV(orders) and RV(summary) tell what was done.
    - See RV(certops.certcentral.digicert_order_status#module:reason) for the others.
  returned: failure
  type: str
  sample: wrong_state
order_id:
  description: The ID of the order that went wrong. V(null) unless it is exactly one.
  returned: failure
  type: int
  sample: 1234567
http_status:
  description: The HTTP status of the response that caused the failure, or V(null).
  returned: failure
  type: int
  sample: 400
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
    check_python()
    from ..module_utils._module.order_statuses import run_module

    run_module()


if __name__ == "__main__":
    main()
