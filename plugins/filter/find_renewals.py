# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: find_renewals
short_description: Find what renewed DigiCert CertCentral orders that were migrated
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - An order that was migrated from the legacy console and then renewed in CertCentral does not show as renewed by itself.
    This filter finds, for each migrated order, the one order that renewed it, or says why that cannot be told.
  - "An order renewed another one if all of this holds:"
  - "It is V(issued), and its certificate has not ended. It is not a migrated one."
  - It belongs to the same organization, by its ID. Where one of the two has none, a person has to look.
  - Its product is of the same family. That is the same product (C(product.name_id)), or a product of the same type and the same
    validation (C(product.type) and C(product.validation_type)). Where the API does not tell, a person has to look.
  - Its names, C(common_name) and C(dns_names), cover all names of the other one. Names are compared as lower-case A-labels. A
    wildcard covers exactly one label, and is covered only by the same wildcard.
  - Its certificate ends later (C(valid_till)), and was issued later (C(valid_from)). Where the API does not tell, a person has to
    look.
  - If several orders meet that, those with exactly the same names go before those that merely cover them, for a certificate for a
    whole domain happens to cover every other. If several are left, a person has to look.
  - What order info, unlike the listing, tells of renewals (C(renewed_order_id) and C(renewal_of_order_id)) settles which of
    several it was.
  - A certificate that covers the names need not be where the old one is. Look at the plan before you act on it.
  - Not affiliated with DigiCert.
positional: others
options:
  _input:
    description:
      - The migrated orders, as M(certops.certcentral.digicert_order_info) returns them for the filter C(origin=migrated). Give all
        of them, so that a migrated order with the same names can be told of.
    type: list
    elements: dict
    required: true
  others:
    description:
      - All orders that were not migrated, as M(certops.certcentral.digicert_order_info) returns them for the filter
        C(origin=certcentral).
      - If an order is in both lists the API has ignored the filter, and this filter fails.
    type: list
    elements: dict
    required: true
  exclude:
    description:
      - IDs of orders that did not renew anything. This is how to decide between several.
    type: list
    elements: int
    default: []
notes:
  - What an order's names say was written by somebody else. Names that cannot be read leave their order for a person.
seealso:
  - module: certops.certcentral.digicert_order_info
  - module: certops.certcentral.digicert_order_statuses
"""

EXAMPLES = r"""
---
- name: Read the migrated orders
  certops.certcentral.digicert_order_info:
    filters:
      origin: migrated
  delegate_to: localhost
  run_once: true
  register: migrated

- name: Read the others
  certops.certcentral.digicert_order_info:
    filters:
      origin: certcentral
  delegate_to: localhost
  run_once: true
  register: others

- name: Show what cannot be told
  ansible.builtin.debug:
    msg: "{{ migrated.orders | certops.certcentral.find_renewals(others.orders) | selectattr('renewed_by', 'none') }}"
"""

RETURN = r"""
_value:
  description: What was found, for each order that was given.
  type: list
  elements: dict
  contains:
    order_id:
      description: The migrated order.
      type: int
      sample: 1234567
    renewed_by:
      description: The order that renewed it, V(null) if that cannot be told.
      type: int
      sample: 2345678
    reason:
      description:
        - "How it was renewed: V(same_names) and V(covers_names) as above, V(recorded) if the API says so."
        - "Or what leaves it for a person, although an order could be its renewal: V(several), V(no_organization) or V(incomplete)
          if something is not known."
        - "Or why the order that has its names is not its renewal: V(not_issued), V(by_migrated), V(other_organization),
          V(other_product), V(ends_no_later), V(issued_no_later)."
        - "V(fewer_names) if an order has some of its names, V(unknown_names) if its own names cannot be read, V(not_renewed) if no
          order has them."
      type: str
      choices:
        - same_names
        - covers_names
        - recorded
        - several
        - no_organization
        - incomplete
        - not_issued
        - by_migrated
        - other_organization
        - other_product
        - ends_no_later
        - issued_no_later
        - fewer_names
        - unknown_names
        - not_renewed
      sample: same_names
    why:
      description: The same as a sentence for a person.
      type: str
      sample: order 2345678 has the same names and ends on 2027-06-30
    candidates:
      description: The orders that the sentence is about, 20 at most.
      type: list
      elements: int
      sample:
        - 2345678
"""

import typing as t
from datetime import datetime, timezone

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import CertCentralError
from ..plugin_utils._renewals import OriginUnknown
from ..plugin_utils._renewals import find_renewals as find


def find_renewals(orders: t.Any, others: t.Any, exclude: t.Any = ()) -> list[dict[str, t.Any]]:
    """What renewed each of the migrated orders.

    :raises AnsibleFilterError: these are no two lists of orders that have nothing in common
    """
    for value in (orders, others, exclude):
        if not isinstance(value, (list, tuple)):
            raise AnsibleFilterError("certops.certcentral.find_renewals takes lists")
    try:
        found = find(orders, others, datetime.now(timezone.utc).date(), frozenset(exclude))
    except (CertCentralError, OriginUnknown, TypeError) as error:
        raise AnsibleFilterError(f"certops.certcentral.find_renewals: {error}") from error
    return [renewal._asdict() for renewal in found]


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file, by name."""
        return {"find_renewals": find_renewals}
