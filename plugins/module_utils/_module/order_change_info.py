# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of digicert_order_change_info."""

from __future__ import annotations

import typing as t

from .._api.status_changes import MAX_SECONDS, read_changes
from .._http.client import Client
from .calls import api_calls
from .options import number
from .run import Module, run

OPTIONS = {"within_seconds": number(1, MAX_SECONDS, required=True)}


def work(module: Module, client: Client) -> dict[str, t.Any]:
    """Read the status changes, and return the result of the module."""
    seconds = module.params["within_seconds"]
    changes = read_changes(client, seconds)
    for warning in changes.warnings:
        module.warn(warning)
    count = len({change.order_id for change in changes.rows})
    changed = "1 order changed its status" if count == 1 else f"{count or 'no'} orders changed their status"
    return {
        "changed": False,
        "changes": [change._asdict() for change in changes.rows],
        "complete": changes.complete,
        "api_calls": api_calls(client),
        "msg": f"{changed} in the last {seconds} s",
    }


def run_module() -> None:
    """Run the module."""
    run(OPTIONS, work)
