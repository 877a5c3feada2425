#!/usr/bin/python
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module that reads CertCentral orders."""

DOCUMENTATION = r"""
module: digicert_order_info
short_description: Read CertCentral orders
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Reads certificate orders of DigiCert CertCentral, by their IDs or by the filters of the API's order list, from all of its pages.
  - Without IDs and filters, reads all orders. An empty list of IDs or values selects nothing and sends nothing, so that a list that
    came out empty never means all orders.
  - An API key that is restricted to View Only is sufficient.
  - Not affiliated with DigiCert.
extends_documentation_fragment:
  - certops.certcentral.certcentral
  - certops.certcentral.attributes
  - certops.certcentral.attributes.info
options:
  order_ids:
    description:
      - The IDs of the orders to read. An empty list selects nothing.
      - Cannot be combined with O(filters), O(expires_within), O(older_than) and O(sort).
    type: list
    elements: int
  filters:
    description:
      - Filters, with their names in the API. An order has to match all of them.
      - "These are V(id), V(status), V(is_renewed), V(origin), V(valid_till), V(date_created), V(common_name),
        V(domain_name), V(serial_number), V(certificate_id), V(organization_id), V(container_id), V(product_name_id),
        V(metadata_id), V(user_id), V(email), V(disable_renewal_notifications) and V(search)."
      - If the value is a list, an order has to match any of its entries. The order list is read once for each entry. An empty list
        selects nothing.
      - V(is_renewed) and V(disable_renewal_notifications) take a boolean.
      - V(valid_till) and V(date_created) take a date, or a range as a dictionary with C(before), C(after), or both. Both bounds
        are exclusive.
      - White space around a value is removed, and so is a dot at the end of a DNS name. A value with white space, commas or quotes
        inside is refused, except for spaces in V(search).
      - The case of V(status) is ignored. A status that no order is known to have causes a warning.
      - With the V(status) V(issued), the API also returns orders that have expired since.
      - The module checks each order against V(id), V(status), V(is_renewed), V(valid_till) and V(date_created), in case the API
        ignores a filter. It relies on the API for the other filters.
    type: dict
  expires_within:
    description:
      - Return only orders whose certificate expires within this number of days, or has expired.
      - If the API's clock and the clock of the host that runs the module differ by more than a day, the module fails.
    type: int
  older_than:
    description:
      - Return only orders that were placed at least this number of days ago. A day is a period of 24 hours.
      - If the API's clock and the clock of the host that runs the module differ by more than a day, the module fails.
    type: int
  sort:
    description:
      - The field to sort the orders by, or several fields with commas between them. A C(-) before a field reverses the sort.
      - "The fields are V(date_created), V(order_id), V(status), V(common_name), V(valid_till) and V(order_valid_till). Orders
        without a value come last."
      - The API can only sort by V(date_created). If the orders are sorted by another field, O(limit) does not save requests.
    type: str
  limit:
    description:
      - The maximum number of orders to return.
    type: int
  details:
    description:
      - Whether to return the details of each order, which takes one request for each order. With V(false), the module returns the
        rows of the order list, which have fewer fields.
      - Defaults to V(true) with O(order_ids), and otherwise to V(false).
    type: bool
  concurrency:
    description:
      - The maximum number of requests in flight at the same time, from 1 to 16. This does not change the rate limit.
    type: int
    default: 4
seealso:
  - module: certops.certcentral.digicert_order_statuses
  - module: certops.certcentral.digicert_order_status
  - name: List orders
    description: DigiCert's documentation of the order list.
    link: https://dev.digicert.com/certcentral-apis/services-api/orders/list-orders.html
"""

EXAMPLES = r"""
---
- name: Read one order
  certops.certcentral.digicert_order_info:
    order_ids:
      - 1234567
  delegate_to: localhost
  run_once: true
  register: order

- name: Find orders whose certificates expire within 30 days and that are not renewed yet
  certops.certcentral.digicert_order_info:
    filters:
      status: issued
      is_renewed: false
    expires_within: 30
    sort: date_created
  delegate_to: localhost
  run_once: true
  register: due

- name: Find the orders for two names that were placed in 2026
  certops.certcentral.digicert_order_info:
    filters:
      common_name:
        - www.example.com
        - shop.example.com
      date_created:
        after: "2025-12-31"
        before: "2027-01-01"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
orders:
  description: The orders, as the API returned them.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 1234567
      status: issued
      is_renewed: false
      certificate:
        common_name: www.example.com
        valid_till: "2027-01-31"
complete:
  description:
    - Whether RV(orders) has all orders that were asked for.
    - V(false) if O(limit) left out orders, if a row of the order list could not be read, if the details of a listed order do not
      exist, or if rows moved each time that the list was read. Unless O(limit) is the cause, a warning gives the reason.
  returned: success
  type: bool
  sample: true
total:
  description: The number of orders that are returned.
  returned: success
  type: int
  sample: 1
missing:
  description: The IDs in O(order_ids) that do not exist.
  returned: success
  type: list
  elements: int
  sample: []
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
  sample: 1 order found
reason:
  description: Machine-readable reason of the failure. See RV(certops.certcentral.digicert_order_status#module:reason).
  returned: failure
  type: str
  sample: unauthorized
order_id:
  description: The ID of the order that could not be read, or V(null) if the failure is not about one order.
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
    from ..module_utils._module.order_info import run_module

    run_module()


if __name__ == "__main__":
    main()
