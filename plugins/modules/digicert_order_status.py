#!/usr/bin/python
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: digicert_order_status
short_description: Cancel a CertCentral order, or mark it renewed or not renewed
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Makes sure that one certificate order of DigiCert CertCentral is in the desired state.
  - Reads the order, decides whether a change is needed, and only then sends C(PUT /order/certificate/{order_id}/status).
    An order that is in the desired state already is left alone.
  - What cannot be done by the rules of the API is refused before anything is sent, with a RV(ignore:reason) and a sentence
    that says what to do.
  - If the reply to a change is lost, the order is read again to find out what happened. If that cannot be found out, the
    module fails with the reason V(unknown_outcome) and says so.
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
  order_id:
    description:
      - The ID of the order, as CertCentral shows it.
    type: int
    required: true
  status:
    description:
      - The state that the order should be in.
      - V(canceled) cancels an order that is V(pending) or V(waiting_pickup), or, with O(cancel_scope=reissue), only the
        reissue of an order that is V(reissue_pending).
      - V(renewed) marks an order that was migrated from the legacy console as renewed, so that it leaves the
        orders that need to be renewed. Its certificate has to end within 90 days, or to have ended.
      - V(not_renewed) takes this mark back.
    type: str
    required: true
    choices:
      - canceled
      - renewed
      - not_renewed
  note:
    description:
      - Why the order is changed, kept with the order. Sent as it is.
      - Needed with O(status=canceled), and then it must not be blank.
    type: str
  cancel_scope:
    description:
      - What O(status=canceled) is about.
      - V(order) is the order itself. An order that is V(reissue_pending) is refused then, because the API would cancel
        the reissue and leave the order issued.
      - V(reissue) is the pending reissue of the order alone. An order without one is left alone, also if it is V(pending).
      - Of no meaning for the other values of O(status).
    type: str
    choices:
      - order
      - reissue
    default: order
  common_name:
    description:
      - A guard against a mistyped O(order_id). Nothing is done unless the certificate of the order is for this common name,
        in upper or lower case.
    type: str
  check_rules:
    description:
      - Refuse what the documented rules say that the API will refuse.
      - With V(false) the API decides. Two things are never sent all the same, because they do something else than what
        was declared, or are not documented at all. These are O(status=canceled) for an order that is V(reissue_pending) with
        O(cancel_scope=order), and for one that is
        V(issued), V(expired), V(revoked) or V(renewed).
    type: bool
    default: true
  verify_change:
    description:
      - After a change read the order again, at most four times (after 0, 1, 2 and 4 seconds), and warn if the change does
        not show yet.
    type: bool
    default: true
seealso:
  - module: certops.certcentral.digicert_order_statuses
  - module: certops.certcentral.digicert_order_info
  - name: When it fails
    description: What each reason means, and what to do.
    link: https://github.com/certops/ansible-collection-certcentral/blob/main/docs/docsite/rst/guide_failures.rst
  - name: Update order status
    description: The API's own page.
    link: https://dev.digicert.com/en/certcentral-apis/services-api/orders/update-order-status.html
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

- name: Take the mark back
  certops.certcentral.digicert_order_status:
    order_id: 1234567
    status: not_renewed
  delegate_to: localhost
  run_once: true

- name: Say what would be done, and do nothing
  certops.certcentral.digicert_order_status:
    order_id: 1234567
    status: canceled
    note: No longer needed
  check_mode: true
  diff: true
  delegate_to: localhost
  run_once: true
  register: plan

- name: One play with the key from a vault
  hosts: localhost
  gather_facts: false
  vars_files:
    - vault.yml
  module_defaults:
    group/certops.certcentral.certcentral:
      api_key: "{{ vault_digicert_api_key }}"
      region: eu
  tasks:
    - name: Cancel an order that nobody needs any more
      certops.certcentral.digicert_order_status:
        order_id: 1234567
        status: canceled
        note: The service was shut down
"""

RETURN = r"""
changed:
  description:
    - Whether the order was changed, or would be in check mode.
    - It is V(true) if the API accepted the change, or if its reply was lost and a later reading shows the desired state.
    - With the reason V(unknown_outcome) it means that the order may have been changed. On any other failure it is V(false).
  returned: always
  type: bool
  sample: true
order_id:
  description: The order.
  returned: always
  type: int
  sample: 1234567
operation:
  description: What was done, or would be done in check mode.
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
    - The status that the order ends in. It is the planned one if something changes.
    - V(null) if the mark that is taken back was the status itself, because nothing says which one is behind it.
  returned: success
  type: str
  sample: canceled
is_renewed:
  description:
    - Whether the order ends up marked as renewed. It is the planned value if something changes.
    - V(null) if it was not needed and not read.
  returned: success
  type: bool
  sample: false
verified:
  description:
    - Whether a reading after the change shows it. V(false) if it does not show yet.
    - V(null) if nothing was sent, or O(verify_change) is off.
  returned: success
  type: bool
  sample: true
msg:
  description: One sentence for a person.
  returned: always
  type: str
  sample: order 1234567 was pending and is canceled now
order:
  description: The last reading of the order, as the API gave it.
  returned: success
  type: dict
  sample:
    id: 1234567
    status: canceled
    certificate:
      common_name: www.example.com
reason:
  description:
    - Why the module failed.
    - V(reissue_pending), V(wrong_state), V(not_migrated), V(outside_renewal_window), V(renewed_by_order) and V(common_name_mismatch)
      are refusals by the rules, before anything was sent.
    - V(not_found) if the account has no such order.
    - V(unauthorized) if the API did not accept the key, or the key may not do this.
    - V(rejected_by_api) if the API refused it. RV(msg) has its own words.
    - V(rate_limited) and V(unavailable) if the API went on asking for fewer requests, or could not be reached, until
      O(retry_timeout) ran out. V(unavailable) also if a signal interrupted the task before it sent anything.
    - V(tls) if the API's certificate was not accepted.
    - V(unknown_outcome) if the reply to the change was lost and no reading shows what it did.
    - V(unexpected_response) if what answered does not behave like the API.
    - V(invalid_option) if an option cannot be used as it is.
  returned: failure
  type: str
  sample: wrong_state
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
    from ..module_utils._module.order_status import run_module

    run_module()


if __name__ == "__main__":
    main()
