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
  - Turns the plan or the result of a clean-up into one HTML page for a change ticket. The page says what to do about each group of
    orders, shows in which weeks the certificates end, and lists each order beside the orders that may have renewed it.
  - The page is one file and needs no network. Its own script searches, filters and sorts, and collects the IDs of orders to exclude. The page
    is complete without the script, and on paper. A content security policy allows this one script and nothing else.
  - Names in orders are untrusted. The page escapes all that it shows, replaces control and direction characters with question marks,
    and keeps a template in a name as text.
  - "These orders need attention: those whose O(_input.orders[].decision) is V(review); those whose O(_input.orders[].outcome) is V(failed),
    V(refused) or V(not_attempted); those whose change was accepted and does not show yet (O(_input.orders[].verified) is false); and, after a run,
    those that should have changed and have no outcome."
options:
  _input:
    description: The report. Options that are not required may be null.
    type: dict
    required: true
    suboptions:
      playbook:
        description: The full name of the playbook or role.
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
        description:
          - The settings of the run, by name. Any JSON values.
          - If the name of one ends with C(exclude_orders), the page has a line with this name for each order that a person may want to exclude.
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
        description: Numbers by name, in the order of the page. The page leaves out zeros.
        type: dict
        required: true
      orders:
        description: The orders, as RV(certops.certcentral.digicert_migrated_order_info#module:orders) has them, with what came of each.
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
          organization:
            description: The name of its organization.
            type: str
          product:
            description: The name of its product.
            type: str
          container:
            description: The name of its container.
            type: str
          status:
            description: The status of the order, as it was read.
            type: str
            required: true
          valid_till:
            description: The last day of the certificate, in the form V(2026-12-31).
            type: str
          order_valid_till:
            description: The last day of the order itself, which may be later.
            type: str
          date_created:
            description: When the order was placed. The page shows the date in UTC.
            type: str
          is_renewed:
            description: Whether the order was marked renewed when it was read.
            type: bool
          decision:
            description:
              - V(mark) to mark the order renewed, V(cancel) to cancel it, V(review) if a person has to look, V(skip) if the options leave it out.
            type: str
            choices:
              - mark
              - cancel
              - review
              - skip
            required: true
          reason:
            description: Why, in one word. The page groups the orders by it.
            type: str
            required: true
          explanation:
            description: Why, as a sentence.
            type: str
            required: true
          candidates:
            description: The orders that may have renewed it. The page shows the first ten.
            type: list
            elements: dict
            suboptions:
              order_id:
                description: The ID of the candidate.
                type: int
                required: true
              common_name:
                description: The common name of its certificate.
                type: str
              names:
                description: The DNS names of its certificate. The page shows which of them differ.
                type: list
                elements: str
              product:
                description: The name of its product.
                type: str
              container:
                description: The name of its container.
                type: str
              valid_till:
                description: The last day of its certificate.
                type: str
              order_valid_till:
                description: The last day of the candidate itself.
                type: str
              date_created:
                description: When it was placed.
                type: str
          confirmed:
            description: Whether order info was read for the decision. A mark without it is shown as not confirmed.
            type: bool
          outcome:
            description: What came of it, in the words of RV(certops.certcentral.digicert_order_statuses#module:orders[].outcome).
            type: str
            choices:
              - changed
              - unchanged
              - refused
              - failed
              - not_attempted
          verified:
            description: Whether a later reading shows the change. False means that the API accepted the change, and it does not show yet.
            type: bool
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
        exclude_orders: []
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
          reason: stale
          explanation: It has been pending for 45 days
          outcome: changed
          verified: true
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
