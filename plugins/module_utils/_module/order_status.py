# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of digicert_order_status."""

from __future__ import annotations

import typing as t

from .._change.one import converge
from .._change.rules import (
    SCOPES,
    STATUSES,
    DesiredState,
    check_desired,
)
from .._http.client import Client
from .options import REFUSED, common_name, flag, number, text
from .run import Module, run

OPTIONS = {
    "order_id": number(1, required=True),
    "status": text(choices=list(STATUSES), required=True),
    "note": text(),
    "cancel_scope": text(choices=list(SCOPES), default="order"),
    "common_name": common_name(null=REFUSED),
    "check_rules": flag(True),
    "verify_change": flag(True),
}


def work(module: Module, client: Client) -> dict[str, t.Any]:
    """Bring one order into its desired state, and return the result of the module."""
    desired = DesiredState(**{option: module.params[option] for option in OPTIONS if option != "verify_change"})
    check_desired(desired)
    outcome = converge(client, desired, check_mode=module.check_mode, verify_change=module.params["verify_change"])
    for warning in outcome.warnings:
        module.warn(warning)
    result = {**outcome.result(), "order": outcome.last.raw}
    if module._diff and outcome.plan.sends:
        # Ansible compiles each import anew for every task, and most tasks show no diff.
        from .._change.diff import make_diff  # noqa: PLC0415

        result["diff"] = dict(zip(("before", "after"), make_diff(outcome)))
    return result


def run_module() -> None:
    """Run the module."""
    run(OPTIONS, work)
