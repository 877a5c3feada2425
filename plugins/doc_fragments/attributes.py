# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the attributes that all modules have."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of all modules."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: In check mode, the module reports what would change, and changes nothing.
  diff_mode:
    description: In diff mode, the module shows what changes, or what would change in check mode.
  idempotent:
    description: A second run with the same options changes nothing, unless somebody else changed the order in the meantime.
  action_group:
    description: Takes defaults from C(group/certops.certcentral.certcentral) in C(module_defaults).
    support: full
    membership:
      - certops.certcentral.certcentral
"""

    # Modules that only read.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - The module changes nothing, and does the same in check mode.
  diff_mode:
    support: N/A
    details:
      - Changes nothing.
  idempotent:
    support: full
    details:
      - Changes nothing.
"""
