# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The differences that changes make, as Ansible shows them with ``--diff``."""

from __future__ import annotations

import typing as t

from .outcome import Outcome


def make_diff(outcome: Outcome) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """Return the values that a change concerns, before and after it."""
    cancels = outcome.plan.operation.startswith("cancel")
    name, before = ("status", outcome.before.status) if cancels else ("is_renewed", outcome.before.marked)
    after = getattr(outcome.plan, name)
    return {"order_id": outcome.before.id, name: before}, {"order_id": outcome.before.id, name: after}
