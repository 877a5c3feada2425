# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side of the module with this name."""

from __future__ import annotations

from ..plugin_utils._clean_up import CleanUpAction


class ActionModule(CleanUpAction):
    """Marks migrated orders that were renewed, with reports and by an approved plan."""

    MODULE = "certops.certcentral.digicert_migrated_orders"
    ACT = "mark"
