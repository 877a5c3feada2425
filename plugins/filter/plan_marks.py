# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: plan_marks
short_description: Plan which migrated DigiCert CertCentral orders to mark renewed
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Made for the playbook C(certops.certcentral.mark_renewed_migrated_orders), whose variables it checks and whose decisions it makes.
    To find renewals in a playbook of your own, use P(certops.certcentral.find_renewals#filter).
  - Not affiliated with DigiCert.
positional: migrated, others
options:
  _input:
    description:
      - The variables of the playbook that are set.
    type: dict
    required: true
  migrated:
    description:
      - All migrated orders. If not given, only the variables are checked.
    type: list
    elements: dict
    default: []
  others:
    description:
      - All other orders.
    type: list
    elements: dict
    default: []
  check_mode:
    description:
      - What the report says about the run.
    type: bool
    default: false
seealso:
  - plugin: certops.certcentral.find_renewals
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Plan
  ansible.builtin.debug:
    msg: "{{ {'mark_renewed_window': 30} | certops.certcentral.plan_marks(migrated.orders, others.orders) }}"
"""

RETURN = r"""
_value:
  description: The plan.
  type: dict
  contains:
    problem:
      description: Why nothing must be done, V(null) if there is no such reason.
      type: str
    changes:
      description: For O(certops.certcentral.digicert_order_statuses#module:orders).
      type: list
      elements: dict
    report:
      description: Everything that was decided and why, for P(certops.certcentral.add_outcomes#filter).
      type: dict
    summary:
      description: Lines for a person.
      type: list
      elements: str
"""

import typing as t
from datetime import datetime, timezone

from ..plugin_utils._clean_up import Plan
from ..plugin_utils._clean_up import plan_marks as plan


def plan_marks(given: t.Any, migrated: t.Any = (), others: t.Any = (), check_mode: bool = False) -> Plan:
    """The plan."""
    return plan(given, migrated, others, now=datetime.now(timezone.utc), check_mode=bool(check_mode))


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file, by name."""
        return {"plan_marks": plan_marks}
