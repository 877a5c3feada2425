#!/usr/bin/python
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module that brings many CertCentral orders into their desired states."""

DOCUMENTATION = r"""
module: digicert_order_statuses
short_description: Cancel many CertCentral orders, or mark them renewed or not renewed
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Brings many certificate orders of DigiCert CertCentral into their desired states, in one task.
  - Reads all orders first, with few requests, then decides on all of them, and only then sends the first change. The same rules
    apply to each order as in M(certops.certcentral.digicert_order_status).
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
          - Whether V(canceled) cancels this order itself or only its pending reissue. Defaults to the task's O(cancel_scope).
        type: str
        choices:
          - order
          - reissue
      common_name:
        description:
          - A guard against a wrong order ID. This order is refused unless it is for this common name. The comparison ignores case,
            and treats the Unicode and C(xn--) forms of a name as equal.
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
      - The reason for the changes, which CertCentral stores with each order. It is sent unchanged.
      - Required for V(canceled), and must not be blank then.
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
      - Whether to refuse changes that the API would reject according to its documentation. See
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
        in check mode and with O(keep_going=true). By default, the number of changes is not limited. V(0) allows no change.
      - Refused orders, and orders that are already in their desired state, do not count.
    type: int
  keep_going:
    description:
      - With V(false), nothing is sent if any order is refused or cannot be read, and a failure during the changes stops the rest.
        Changes that were made before that are not undone. RV(orders) tells which orders were changed.
      - With V(true), the module processes as many orders as possible, and still fails at the end if any order failed. The reasons
        V(unauthorized), V(blocked), V(tls), V(rate_limited) and V(clock_skew) always stop it.
    type: bool
    default: false
  concurrency:
    description:
      - The maximum number of requests in flight at the same time, from 1 to 16. This does not change the rate limit.
    type: int
    default: 4
notes:
  - If Ansible runs on the same host, the progress of a long run is shown every five seconds, in the terminal and in AWX. In any
    case, the module writes it to the log of its host (syslog or journal).
seealso:
  - module: certops.certcentral.digicert_order_status
  - module: certops.certcentral.digicert_order_info
  - name: Many orders, and the API's limits
    description: How to limit the changes, read the result and estimate the time.
    link: https://github.com/certops/ansible-collection-certcentral/blob/main/docs/docsite/rst/guide_many_orders.rst
  - name: When it fails
    description: The meaning of each reason, and what to do.
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
    - Whether any order was changed, or would be changed in check mode, even if the module failed.
    - If an order has the reason V(unknown_outcome), this means that it may have been changed.
  returned: always
  type: bool
  sample: true
orders:
  description: The outcome of each order, in the sequence in which the orders were given.
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
        - V(changed) if the order was changed, or would be changed in check mode.
        - V(unchanged) if the order is already in the desired state.
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
      description: Whether the order was changed, or would be changed in check mode. With the reason V(unknown_outcome), it is V(true)
        and means that the order may have been changed.
      returned: always
      type: bool
      sample: true
    operation:
      description: The change that was made or planned. V(null) if the task ended before it was planned.
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
        - The status in which the task leaves the order. If nothing was changed, it is the status when the order was last read.
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
        - Whether the order was in the desired state when it was read after the change. V(false) if the change is not visible yet, or
          if the order could not be read.
        - V(null) if nothing was sent, or with O(verify_change=false).
      returned: always
      type: bool
      sample: true
    reason:
      description: Machine-readable reason of the refusal or failure, as in RV(reason). V(null) if there was none.
      returned: always
      type: str
    msg:
      description: A human-readable summary.
      returned: always
      type: str
      sample: order 1234567 was pending and is canceled now
    http_status:
      description: The HTTP status of the response that caused the failure of this order, or V(null).
      returned: always
      type: int
    errors:
      description: The API's list of errors for this order, empty if there is none.
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
  description: The number of requests that were sent.
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
  description: The number of orders with each outcome. After a failure, also the messages of the first orders that failed.
  returned: always
  type: str
  sample: "4 orders: 1 changed, 3 unchanged"
reason:
  description:
    - Machine-readable reason of the failure. If several orders failed, it is the reason that stopped the task, or the reason of the
      first of these orders.
    - V(too_many_changes) if more orders would change than O(max_changes) allows, so that nothing was sent.
    - V(unavailable) if the API could not be reached, or if the task was stopped. RV(orders) and RV(summary) tell what was done.
    - See RV(certops.certcentral.digicert_order_status#module:reason) for the others.
  returned: failure
  type: str
  sample: wrong_state
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
    from ..module_utils._module.order_statuses import run_module

    run_module()


if __name__ == "__main__":
    main()
