# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of the modules that decide what to clean up."""

    DOCUMENTATION = r"""
options:
  exclude_orders:
    description:
      - IDs of orders to leave out.
    type: list
    elements: int
    default: []
  exclude_names:
    description:
      - Shell patterns. An order is left out if one of its names matches one of them.
      - V(*) matches dots as well. Upper and lower case are the same, and so are the two spellings of an international name,
        V(bücher.example) and V(xn--bcher-kva.example).
    type: list
    elements: str
    default: []
  exclude_organizations:
    description:
      - IDs of organizations whose orders are left out.
    type: list
    elements: int
    default: []
  exclude_containers:
    description:
      - IDs of containers whose orders are left out.
    type: list
    elements: int
    default: []
  max_changes:
    description:
      - If there are more orders to change than this, the module fails with the reason V(too_many_changes), returns the orders all the
        same, and returns no changes. V(0) allows none. If not given, there is no limit.
    type: int
"""
