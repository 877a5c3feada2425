#!/usr/bin/python
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module that brings one CertCentral order into its desired state."""

DOCUMENTATION = r"""
module: digicert_order_status
short_description: Cancel a CertCentral order, or mark it renewed or not renewed
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Brings one certificate order of DigiCert CertCentral into the desired state.
  - Reads the order, decides whether a change is needed, and only then sends C(PUT /order/certificate/{order_id}/status).
    An order that is already in the desired state is not changed.
  - Changes that the rules of the API do not allow are refused before anything is sent, with a RV(ignore:reason) and a message
    that tells what to do.
  - If the response to a change is lost, the module reads the order to find out what happened. If the order does not tell, the
    module fails with the reason V(unknown_outcome).
  - If the API rejects a change, the module reads the order once more. If the order is in the desired state by then, because
    somebody else has changed it, the task succeeds with RV(ignore:changed=false).
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
  order_id:
    description:
      - The ID of the order, as CertCentral shows it.
    type: int
    required: true
  status:
    description:
      - The state that the order should be in.
      - V(canceled) cancels an order that is V(pending) or V(waiting_pickup). With O(cancel_scope=reissue), it cancels only the
        reissue of an order that is V(reissue_pending). An order that is V(needs_approval) cannot be canceled. Instead, an approver
        has to reject its request.
      - V(renewed) marks an order that was migrated from the legacy console as renewed, so that it is no longer listed among the
        orders that need to be renewed. Its certificate must expire within 90 days, or have expired.
      - V(not_renewed) removes the mark that V(renewed) sets.
    type: str
    required: true
    choices:
      - canceled
      - renewed
      - not_renewed
  note:
    description:
      - The reason for the change, which CertCentral stores with the order. It is sent unchanged.
      - Required with O(status=canceled), and must not be blank then.
    type: str
  cancel_scope:
    description:
      - "What to cancel: the order itself or only its pending reissue."
      - With V(order), an order that is V(reissue_pending) is refused, because the API would cancel only the reissue and leave the
        order issued.
      - With V(reissue), only a pending reissue is canceled. An order that has none is left unchanged, even if it is V(pending).
      - Ignored for other values of O(status).
    type: str
    choices:
      - order
      - reissue
    default: order
  common_name:
    description:
      - A guard against a wrong O(order_id). The module fails and changes nothing unless the order is for this common name.
      - The comparison ignores case, and treats the Unicode and C(xn--) forms of a name as equal.
    type: str
  check_rules:
    description:
      - Whether to refuse changes that the API would reject according to its documentation.
      - With V(false), the API decides. Even then, O(status=canceled) with O(cancel_scope=order) is refused in two cases. If the
        order is V(reissue_pending), the API would cancel only the reissue. If the order is V(issued), V(expired), V(revoked) or
        V(renewed), the effect is not documented.
    type: bool
    default: true
  verify_change:
    description:
      - Whether to read the order again after a change, at most four times (after 0, 1, 2 and 4 seconds), and to warn if the change
        is not visible yet.
    type: bool
    default: true
seealso:
  - module: certops.certcentral.digicert_order_statuses
  - module: certops.certcentral.digicert_order_info
  - name: When it fails
    description: The meaning of each reason, and what to do.
    link: https://github.com/certops/ansible-collection-certcentral/blob/main/docs/docsite/rst/guide_failures.rst
  - name: Update order status
    description: DigiCert's documentation of this request.
    link: https://dev.digicert.com/certcentral-apis/services-api/orders/update-order-status.html
"""

EXAMPLES = r"""
---
- name: Cancel a pending order
  certops.certcentral.digicert_order_status:
    order_id: 1234567
    status: canceled
    note: Ordered twice, see 1234568
    common_name: www.example.com
  delegate_to: localhost
  run_once: true

# Run this once, by hand. A playbook that runs every night would also
# cancel every later reissue of this order.
- name: Cancel only the pending reissue of an issued order
  certops.certcentral.digicert_order_status:
    order_id: 1234567
    status: canceled
    cancel_scope: reissue
    note: The new key never left the build host
  delegate_to: localhost
  run_once: true

- name: Mark a migrated order as renewed
  certops.certcentral.digicert_order_status:
    order_id: 1234567
    status: renewed
    note: Renewed by order 2345678
  delegate_to: localhost
  run_once: true

- name: Remove the mark
  certops.certcentral.digicert_order_status:
    order_id: 1234567
    status: not_renewed
  delegate_to: localhost
  run_once: true

- name: Show what would change, without changing anything
  certops.certcentral.digicert_order_status:
    order_id: 1234567
    status: canceled
    note: No longer needed
  check_mode: true
  diff: true
  delegate_to: localhost
  run_once: true
  register: plan

- name: A play with an API key from a vault
  hosts: localhost
  gather_facts: false
  vars_files:
    - vault.yml
  module_defaults:
    group/certops.certcentral.certcentral:
      api_key: "{{ vault_digicert_api_key }}"
      region: eu
  tasks:
    - name: Cancel an order that nobody needs any longer
      certops.certcentral.digicert_order_status:
        order_id: 1234567
        status: canceled
        note: The service was shut down
"""

RETURN = r"""
changed:
  description:
    - Whether the order was changed, or would be changed in check mode.
    - It is V(true) if the API accepted the change, or if the response was lost and the order was in the desired state when it was
      read later.
    - With the reason V(unknown_outcome), it is V(true) and means that the order may have been changed. For all other failures, it is
      V(false).
  returned: always
  type: bool
  sample: true
order_id:
  description: The ID of the order.
  returned: always
  type: int
  sample: 1234567
operation:
  description: The change that was made, or would be made in check mode.
  returned: success
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
    - The status in which the task leaves the order. If something changes, it is the planned status.
    - V(null) if the task removes a mark that was the status of the order, because it is unknown which status follows.
  returned: success
  type: str
  sample: canceled
is_renewed:
  description:
    - Whether the task leaves the order marked renewed. If something changes, it is the planned value.
    - V(null) if the task did not need to read it.
  returned: success
  type: bool
  sample: false
verified:
  description:
    - Whether the order was in the desired state when it was read after the change. V(false) if the change is not visible yet, or if
      the order could not be read.
    - V(null) if nothing was sent, or with O(verify_change=false).
  returned: success
  type: bool
  sample: true
msg:
  description:
    - A human-readable summary.
    - If RV(verified) is V(false), it says that the API accepted the change, and either gives the present state of the order or says
      that the order can no longer be read.
  returned: always
  type: str
  sample: order 1234567 was pending and is canceled now
order:
  description: The order as it was last read, unchanged from the API's response.
  returned: success
  type: dict
  sample:
    id: 1234567
    status: canceled
    certificate:
      common_name: www.example.com
reason:
  description:
    - Machine-readable reason of the failure.
    - V(reissue_pending), V(wrong_state), V(not_migrated), V(outside_renewal_window), V(renewed_by_order) or V(common_name_mismatch)
      if the change was refused before anything was sent.
    - V(not_found) if the account has no such order.
    - V(unauthorized) if the API rejected the key, or if the key lacks the permission.
    - V(blocked) if something in front of the API rejected the request.
    - V(rejected_by_api) if the API rejected the request. RV(msg) quotes the API.
    - V(rate_limited) if the API still asked for fewer requests when O(retry_timeout) ran out.
    - V(unavailable) if the API still could not be reached when O(retry_timeout) ran out, or if the task was stopped before it sent
      anything.
    - V(tls) if the API's certificate was not accepted.
    - V(clock_skew) if the clock of the host differs from the API's by more than a day, and the change depends on the date.
    - V(unknown_outcome) if the response to the change was lost and the order does not tell what happened.
    - V(unexpected_response) if the API is not documented to respond like this.
    - V(invalid_option) if the value of an option is refused.
  returned: failure
  type: str
  sample: wrong_state
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
    from ..module_utils._module.order_status import run_module

    run_module()


if __name__ == "__main__":
    main()
