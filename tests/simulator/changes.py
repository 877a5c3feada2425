# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log of the changes that requests made. Tests read it, and no response depends on it."""

from __future__ import annotations

import dataclasses
from typing import Any

from .orders import Order


@dataclasses.dataclass
class Change:
    """A PUT that changed an order, with the values that were sent, and with the state of the order before and after it.

    ``at`` is the date, ``time`` is in seconds on the simulator's clock, and ``request`` is the number of the request in the log.
    """

    sequence: int
    order_id: int
    status: str
    note: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    at: str
    time: float = 0.0
    request: int | None = None


def state_of(order: Order) -> dict[str, Any]:
    """Return the status and the mark of an order."""
    return {"status": order["status"], "is_renewed": bool(order.get("is_renewed"))}
