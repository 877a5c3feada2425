# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: add_outcomes
short_description: The report of a clean-up playbook with what came of its plan
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Adds what M(certops.certcentral.digicert_order_statuses) did with each order, also if it failed halfway, to the report of
    P(certops.certcentral.plan_marks#filter) or P(certops.certcentral.plan_cancels#filter).
  - Not affiliated with DigiCert.
positional: result
options:
  _input:
    description:
      - The report of a plan.
    type: dict
    required: true
  result:
    description:
      - The result of the task that made the changes, or of the task that failed before it.
    type: dict
    required: true
"""

EXAMPLES = r"""
---
- name: Show the report
  ansible.builtin.debug:
    msg: "{{ plan.report | certops.certcentral.add_outcomes(result) }}"
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
  contains:
    playbook:
      description: The playbook.
      type: str
    title:
      description: What it does.
      type: str
    check_mode:
      description: Whether it only told what it would do.
      type: bool
    generated:
      description: When the plan was made, in UTC.
      type: str
      sample: "2026-11-24T08:00:00Z"
    settings:
      description: Its variables, with their defaults.
      type: dict
    ok:
      description: Whether it did all of what it had planned.
      type: bool
    msg:
      description: One sentence about the changes, or what went wrong.
      type: str
    counts:
      description: How many orders were read, what was decided on them, and what came of it.
      type: dict
    orders:
      description: The orders that it is about.
      type: list
      elements: dict
      contains:
        order_id:
          description: The order.
          type: int
        common_name:
          description: The common name of its certificate, or V(null).
          type: str
        names:
          description: All names of its certificate.
          type: list
          elements: str
        organization:
          description: The name of its organization, or V(null).
          type: str
        product:
          description: The name of its product, or V(null).
          type: str
        container:
          description: The name of its container, or V(null).
          type: str
        status:
          description: The status in which it was found.
          type: str
        valid_till:
          description: The day on which its certificate ends, or V(null).
          type: str
        date_created:
          description: When it was created, or V(null).
          type: str
        is_renewed:
          description: Whether it was found marked as renewed, V(null) if that is not known.
          type: bool
        decision:
          description:
            - V(mark) or V(cancel) if it was to be changed, V(person) if a person has to look at it, V(leave) if the variables leave
              it out.
          type: str
          choices:
            - mark
            - cancel
            - person
            - leave
        reason:
          description:
            - Why, in one word. V(excluded) if the variables leave it out, V(stale) if it is pending for too long, V(incomplete) if
              the API does not tell what is needed, V(other_status) if it is neither issued nor expired. The others are those of
              RV(certops.certcentral.find_renewals#filter:_value[].reason).
          type: str
        why:
          description: The same as a sentence for a person.
          type: str
        candidates:
          description: The orders that the sentence is about, 20 at most.
          type: list
          elements: int
        outcome:
          description:
            - What came of it, as in RV(certops.certcentral.digicert_order_statuses#module:results[].outcome). V(null) if it was not
              to be changed, or if that is not known.
          type: str
        msg:
          description: The same as a sentence for a person, or V(null).
          type: str
"""

import typing as t

from ..plugin_utils._clean_up import add_outcomes


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file, by name."""
        return {"add_outcomes": add_outcomes}
