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
  - Makes sure that each of many certificate orders of DigiCert CertCentral is in its desired state, in one task.
  - Reads all orders first, at the cost of few requests, then decides on all of them, and only then sends the first change.
    It does with each order what M(certops.certcentral.digicert_order_status) does.
  - Accounts for every order in RV(orders) and RV(summary), also if it fails halfway.
  - Not affiliated with DigiCert.
extends_documentation_fragment:
  - certops.certcentral.certcentral
  - certops.certcentral.attributes
attributes:
  check_mode:
    support: full
    details:
      - Reads and decides as for real, refuses the same, returns the same, and sends nothing but GET requests.
      - With O(check_rules=false) it says what would be sent, not what the API would answer.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - Some accounts cannot read an order any more after it was canceled. There a second run fails with the reason
        V(not_found).
options:
  orders:
    description:
      - The orders, each with the state that it should be in.
      - Either this or O(order_ids) is needed. An empty list selects nothing and sends nothing.
      - Entries that are alike in all their values count once. The same order with different values is refused.
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
          - The state that this order should be in. If not given, O(status).
        type: str
        choices:
          - canceled
          - renewed
          - not_renewed
      note:
        description:
          - Why this order is changed. If not given, O(note).
        type: str
      cancel_scope:
        description:
          - What V(canceled) is about for this order. If not given, O(cancel_scope).
        type: str
        choices:
          - order
          - reissue
      common_name:
        description:
          - A guard against a mistyped order ID. Nothing is done with this order unless its certificate is for this common
            name, in upper or lower case.
        type: str
  order_ids:
    description:
      - The IDs of orders that share O(status), O(note) and O(cancel_scope).
      - Either this or O(orders) is needed. An empty list selects nothing and sends nothing.
    type: list
    elements: int
  status:
    description:
      - The state of all orders that do not have a state of their own.
      - See M(certops.certcentral.digicert_order_status) for what each means.
    type: str
    choices:
      - canceled
      - renewed
      - not_renewed
  note:
    description:
      - Why the orders are changed, kept with each order. Sent as it is.
      - Needed to cancel, and then it must not be blank.
    type: str
  cancel_scope:
    description:
      - What V(canceled) is about, the V(order) itself or only its pending V(reissue).
    type: str
    choices:
      - order
      - reissue
    default: order
  check_rules:
    description:
      - Refuse what the documented rules say that the API will refuse. See
        O(certops.certcentral.digicert_order_status#module:check_rules).
    type: bool
    default: true
  verify_change:
    description:
      - After the changes read the orders again, at most four times (after 0, 1, 2 and 4 seconds), and warn if some do not
        show yet.
    type: bool
    default: true
  max_changes:
    description:
      - If more orders than this would change, nothing is sent, and the module fails with the reason V(too_many_changes),
        in check mode and with O(keep_going=true) as well. If not given, any number may change.
      - Orders that are in their state already, or are refused, do not count. V(0) allows no change.
    type: int
  keep_going:
    description:
      - With V(false), nothing at all is sent if one order is refused or cannot be read, and a failure on the way stops what
        is left. What was changed until then stays changed, and is in RV(orders).
      - With V(true), all that can be done is done, and the module still fails at the end if any order failed.
        The reasons V(unauthorized), V(blocked), V(tls) and V(rate_limited) always stop it.
    type: bool
    default: false
  concurrency:
    description:
      - How many requests are under way at once, 1 to 16. O(rate_limit_share) holds whatever this is.
    type: int
    default: 4
notes:
  - A long run shows how far it is every five seconds, in the terminal and in AWX, if Ansible runs on the same host. It also
    writes this to the log of that host (syslog or journal).
seealso:
  - module: certops.certcentral.digicert_order_status
  - module: certops.certcentral.digicert_order_info
  - name: Many orders, and the API's limits
    description: How much may change at once, what the task tells, and how long it takes.
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

- name: Bring several orders into states of their own, ten changes at most
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

- name: Find what is pending for longer than a month
  certops.certcentral.digicert_order_info:
    filters:
      status: pending
    older_than: 30
  delegate_to: localhost
  run_once: true
  register: stale

- name: Cancel what was found, as far as that goes
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
    - Whether any order was changed, or would be in check mode. Also on failure.
    - With the reason V(unknown_outcome) of an order it means that this order may have been changed.
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
      description: The order.
      returned: always
      type: int
      sample: 1234567
    outcome:
      description:
        - V(changed) if it was changed, or would be in check mode.
        - V(unchanged) if it is in the desired state already.
        - V(refused) if the rules refuse the change, before anything was sent.
        - V(failed) if something went wrong with this order.
        - V(not_attempted) if the task ended before its turn.
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
      description: What was done, would be done in check mode, or was to be done. V(null) if that was not decided.
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
      description: The status that the order ends in. If nothing was changed, the one that was read last. V(null) if it is not known.
      returned: always
      type: str
      sample: canceled
    is_renewed:
      description: Whether the order ends up marked as renewed, V(null) if it is not known.
      returned: always
      type: bool
      sample: false
    verified:
      description: Whether a reading after the change shows it. V(null) if nothing was sent, or O(verify_change) is off.
      returned: always
      type: bool
      sample: true
    reason:
      description: Why it was refused or failed, as in RV(reason). Else V(null).
      returned: always
      type: str
    msg:
      description: One sentence for a person.
      returned: always
      type: str
      sample: order 1234567 was pending and is canceled now
    http_status:
      description: The HTTP status of the reply behind its failure, or V(null).
      returned: always
      type: int
    errors:
      description: The API's own list of errors for it.
      returned: always
      type: list
      elements: dict
summary:
  description: How many orders had each outcome.
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
  description: The counts, and on failure the first orders that went wrong.
  returned: always
  type: str
  sample: "of 4 orders: 1 changed, 3 need no change"
reason:
  description:
    - Why the module failed. If several orders went wrong, the reason of what stopped it, or of the first of them.
    - V(too_many_changes) if more orders than O(max_changes) would change. Nothing was sent then.
    - V(unavailable) also if a signal interrupted the task. RV(orders) and RV(summary) say what was done.
    - See RV(certops.certcentral.digicert_order_status#module:reason) for the others.
  returned: failure
  type: str
  sample: wrong_state
order_id:
  description: The order that went wrong, V(null) if it is not exactly one.
  returned: failure
  type: int
  sample: 1234567
http_status:
  description: The HTTP status of the reply behind the failure, or V(null).
  returned: failure
  type: int
  sample: 400
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
    from ..module_utils._module.order_statuses import run_module

    run_module()


if __name__ == "__main__":
    main()
