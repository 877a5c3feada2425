# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of the module with the same name. It stops the module when Ansible is stopped, and shows its progress."""

from __future__ import annotations

from ..plugin_utils._watch import WatchedAction


class ActionModule(WatchedAction):
    """The entry point of the action plugin."""
