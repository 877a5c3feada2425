# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: report_html
short_description: Show what was decided on orders, and what came of it, as an HTML page
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - Turns the plan or the result of a clean-up into one HTML page for a change ticket, with the counts, a chart of the weeks in
    which the certificates end, and a table of the orders, those that need a person first.
  - The page needs nothing else, neither a network nor a script, and can be printed. It shows at once whether it is a plan
    (check mode) or a result, and whether it went well.
  - Names in orders are untrusted. All that the page shows is escaped, control and direction characters become question marks,
    and a template in a name stays text.
  - For a person are the orders whose O(_input.orders[].decision) is V(person), those whose O(_input.orders[].outcome) is
    V(refused), V(failed) or V(not_attempted), and after a run also those to be changed of which no outcome is known.
options:
  _input:
    description: The report. Options that are not required may be null.
    type: dict
    required: true
    suboptions:
      playbook:
        description: The full name of the playbook.
        type: str
        required: true
      title:
        description: What the page is about.
        type: str
        required: true
      check_mode:
        description: Whether this is a plan and nothing was changed.
        type: bool
        required: true
      generated:
        description: When, in UTC, in the form V(2026-12-31T23:59:59Z).
        type: str
        required: true
      settings:
        description: What the playbook was told, by name. Any JSON values.
        type: dict
        required: true
      ok:
        description: Whether it went well.
        type: bool
        required: true
      msg:
        description: How it went, in a sentence.
        type: str
        required: true
      counts:
        description: Numbers by name, in the order in which they are shown.
        type: dict
        required: true
      orders:
        description: The orders that were looked at.
        type: list
        elements: dict
        required: true
        suboptions:
          order_id:
            description: The ID of the order.
            type: int
            required: true
          common_name:
            description: The common name of its certificate.
            type: str
          names:
            description: The DNS names of its certificate. The page shows the first ten.
            type: list
            elements: str
            required: true
          organization:
            description: The organization's name.
            type: str
          product:
            description: The product's name.
            type: str
          container:
            description: The container's name.
            type: str
          status:
            description: The order's status, as it was read.
            type: str
            required: true
          valid_till:
            description: When the certificate ends, in the form V(2026-12-31).
            type: str
          date_created:
            description: When the order was made. The page shows the date.
            type: str
          is_renewed:
            description: Whether the order was marked renewed when it was read.
            type: bool
          decision:
            description: Whether to mark the order renewed, to cancel it, to leave it as it is, or to have a person look at it.
            type: str
            choices:
              - mark
              - cancel
              - person
              - leave
            required: true
          reason:
            description: Why, as a short code.
            type: str
            required: true
          why:
            description: Why, as a sentence.
            type: str
            required: true
          candidates:
            description: The IDs of the orders that may have renewed it. The page shows the first ten.
            type: list
            elements: int
            required: true
          outcome:
            description: What came of it, in the words of RV(certops.certcentral.digicert_order_statuses#module:results[].outcome).
            type: str
            choices:
              - changed
              - unchanged
              - refused
              - failed
              - not_attempted
          msg:
            description: What came of it, as a sentence.
            type: str
"""

EXAMPLES = r"""
- name: Write the page for the change ticket
  ansible.builtin.copy:
    content: "{{ report | certops.certcentral.report_html }}"
    dest: /tmp/report.html
    mode: "0600"
  vars:
    report:
      playbook: example.ops.cancel_test_orders
      title: Cancel the orders of the test domain
      check_mode: "{{ ansible_check_mode }}"
      generated: "{{ now(utc=true).strftime('%Y-%m-%dT%H:%M:%SZ') }}"
      settings:
        older_than: 30
      ok: true
      msg: One order was canceled
      counts:
        canceled: 1
      orders:
        - order_id: 1234567
          common_name: www.example.com
          names:
            - www.example.com
          status: pending
          decision: cancel
          reason: older_than
          why: It has been pending for 45 days
          candidates: []
          outcome: changed
          msg: order 1234567 was pending and is canceled now
"""

RETURN = r"""
_value:
  description: The page, HTML in UTF-8.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ..plugin_utils._report import ReportError, render


def report_html(report: t.Any) -> str:
    """The page.

    :raises AnsibleFilterError: the report is not of the documented form
    """
    try:
        return render(report)
    except ReportError as error:
        raise AnsibleFilterError(f"certops.certcentral.report_html: {error}") from error


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filters of this file, by name."""
        return {"report_html": report_html}
