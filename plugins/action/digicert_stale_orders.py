# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of the module with the same name. It writes the reports, reads the approved plan, and runs the module."""

from __future__ import annotations

from ..plugin_utils._clean_up import CleanUpAction


class ActionModule(CleanUpAction):
    """The entry point of the action plugin."""

    MODULE = "certops.certcentral.digicert_stale_orders"
    ACT = "cancel"
