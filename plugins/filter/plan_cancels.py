# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: plan_cancels
short_description: Plan which pending DigiCert CertCentral orders to cancel
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Made for the playbook C(certops.certcentral.cancel_stale_pending_orders), whose variables it checks and whose decisions it makes.
  - Not affiliated with DigiCert.
positional: pending
options:
  _input:
    description:
      - The variables of the playbook that are set.
    type: dict
    required: true
  pending:
    description:
      - All pending orders. If not given, only the variables are checked.
    type: list
    elements: dict
    default: []
  check_mode:
    description:
      - What the report says about the run.
    type: bool
    default: false
"""

EXAMPLES = r"""
---
- name: Plan
  ansible.builtin.debug:
    msg: "{{ settings | certops.certcentral.plan_cancels(pending.orders) }}"
  vars:
    settings:
      cancel_stale_days: 60
      cancel_stale_note: Nobody asked for it in two months
      cancel_stale_max_changes: 20
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
from ..plugin_utils._clean_up import plan_cancels as plan


def plan_cancels(given: t.Any, pending: t.Any = (), check_mode: bool = False) -> Plan:
    """The plan."""
    return plan(given, pending, now=datetime.now(timezone.utc), check_mode=bool(check_mode))


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file, by name."""
        return {"plan_cancels": plan_cancels}
