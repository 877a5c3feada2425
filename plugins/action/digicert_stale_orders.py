# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side of the module with this name."""

from __future__ import annotations

from ..plugin_utils._clean_up import CleanUpAction


class ActionModule(CleanUpAction):
    """Cancels orders that have been pending too long, with reports and by an approved plan."""

    MODULE = "certops.certcentral.digicert_stale_orders"
    ACT = "cancel"
