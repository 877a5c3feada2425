# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the options that both clean-up modules have."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of the clean-up modules."""

    DOCUMENTATION = r"""
options:
  exclude_orders:
    description:
      - The IDs of orders to leave out.
    type: list
    elements: int
    default: []
  exclude_names:
    description:
      - Shell patterns. An order is left out if one of its names matches one of the patterns.
      - V(*) matches dots as well. Matching ignores case and treats the two spellings of an international name as equal, for example
        V(bücher.example) and V(xn--bcher-kva.example).
    type: list
    elements: str
    default: []
  exclude_organizations:
    description:
      - The IDs of organizations whose orders are left out.
    type: list
    elements: int
    default: []
  exclude_containers:
    description:
      - The IDs of containers whose orders are left out.
    type: list
    elements: int
    default: []
  max_changes:
    description:
      - If more orders would change than this number, no order is changed, and the module fails with the reason V(too_many_changes).
        V(0) allows no change. By default, there is no limit.
    type: int
  keep_going:
    description:
      - With V(false), nothing is changed if any order is refused or cannot be read, and a failure during the changes stops the rest.
      - With V(true), the module changes as many orders as possible, and still fails at the end if any order failed. The reasons
        V(unauthorized), V(blocked), V(tls), V(rate_limited) and V(clock_skew) always stop it.
    type: bool
    default: false
  verify_change:
    description:
      - Whether to read the orders again after the changes, at most four times (after 0, 1, 2 and 4 seconds), and to warn if some changes
        are not visible yet.
    type: bool
    default: true
  concurrency:
    description:
      - The maximum number of requests in flight at the same time, from V(1) to V(16). This does not change the rate limit.
    type: int
    default: 4
  report_json:
    description:
      - A file on the controller for the report as JSON. It contains RV(orders), the options, the account and the outcome of the run.
      - A relative path starts from the folder in which Ansible was started. The folder of the file has to exist. The file is replaced in
        one step and gets the mode C(0640).
      - If the file cannot be written, the task fails before it reads anything. Before the first change, the report contains the plan and
        says that the run has not finished. At the end, it contains the outcomes, even after a failure, and in check mode as well.
      - Reports are refused if the task uses C(async), because nothing would write them.
    type: path
  report_html:
    description:
      - A file on the controller for the report as a web page, which needs no other file and no network. In all other
        respects, it is like O(report_json).
    type: path
  approved_plan:
    description:
      - The path, on the controller, of a report that this module wrote to O(report_json) in check mode for the same account. The module
        changes only orders that this plan changes. Any other file is refused.
      - The module reads the account and decides again. An order that is not in the plan is not changed (V(skip), V(not_approved)). An order of
        the plan that is decided differently now, or now has a different renewal, is refused with the reason V(differs_from_plan), unless it is
        already in the desired state. One refused order stops the run unless O(keep_going=true).
      - Orders may be deleted from the file. Adding an order has no effect, because the module makes its own decisions.
    type: path
notes:
  - If Ansible runs on the same host, the progress of a long run is shown every five seconds, in the terminal and in AWX.
"""
