#!/usr/bin/python
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module that lists the CertCentral orders whose status changed recently."""

DOCUMENTATION = r"""
module: digicert_order_change_info
short_description: List the CertCentral orders whose status changed recently
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Lists the certificate orders of DigiCert CertCentral whose status changed within the given number of seconds, up to seven
    days.
  - The API tells the present status of an order. It does not tell when the status changed, how often it changed, or what it was
    before. If the status changed and changed back, the order is returned as well.
  - In a job that runs regularly, look back further than to the previous run, so that no change is lost if a run is missed.
  - An API key that is restricted to View Only is sufficient.
  - Not affiliated with DigiCert.
extends_documentation_fragment:
  - certops.certcentral.certcentral
  - certops.certcentral.attributes
  - certops.certcentral.attributes.info
options:
  within_seconds:
    description:
      - The number of seconds to look back, from V(1) to V(604800), which is seven days.
      - The API looks back from the time of its response.
    type: int
    required: true
notes:
  - DigiCert does not document whether marking an order as renewed, or removing the mark, counts as a change of its status.
seealso:
  - module: certops.certcentral.digicert_order_info
  - module: certops.certcentral.digicert_order_statuses
  - name: Status change list
    description: DigiCert's documentation of the list of status changes.
    link: https://dev.digicert.com/certcentral-apis/services-api/orders/status-change-list.html
"""

EXAMPLES = r"""
---
- name: Find the changes of the last two days, so that none is lost if a nightly job misses a run
  certops.certcentral.digicert_order_change_info:
    within_seconds: 172800
  delegate_to: localhost
  run_once: true
  register: recent

- name: Read the orders that were rejected or canceled
  certops.certcentral.digicert_order_info:
    order_ids: "{{ recent.changes | selectattr('status', 'in', ['rejected', 'canceled']) | map(attribute='order_id') | unique }}"
  delegate_to: localhost
  run_once: true
  register: ended
"""

RETURN = r"""
changes:
  description: The orders whose status changed. An order with several certificates can have an entry for each certificate.
  returned: success
  type: list
  elements: dict
  contains:
    order_id:
      description: The ID of the order.
      returned: always
      type: int
      sample: 1234567
    certificate_id:
      description: The ID of the certificate, or V(null) if the API gave none.
      returned: always
      type: int
      sample: 7654321
    status:
      description: The present status.
      returned: always
      type: str
      sample: issued
complete:
  description:
    - Whether RV(changes) has all changes.
    - V(false) if an entry of the API's list could not be read, or if entries moved each time that the list was read. A warning gives
      the reason.
  returned: success
  type: bool
  sample: true
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
msg:
  description: A human-readable summary.
  returned: always
  type: str
  sample: 1 order changed its status in the last 3600 s
reason:
  description: Machine-readable reason of the failure. See RV(certops.certcentral.digicert_order_status#module:reason).
  returned: failure
  type: str
  sample: unauthorized
order_id:
  description: Always V(null), because the failure is not about one order.
  returned: failure
  type: int
  sample: null
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
    from ..module_utils._module.order_change_info import run_module

    run_module()


if __name__ == "__main__":
    main()
