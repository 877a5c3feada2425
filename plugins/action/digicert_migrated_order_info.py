# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module of this name, watched."""

from __future__ import annotations

from ..plugin_utils._watch import WatchedAction


class ActionModule(WatchedAction):
    """What Ansible looks for."""
