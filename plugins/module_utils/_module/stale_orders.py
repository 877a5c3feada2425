# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders that have been pending too long."""

from __future__ import annotations

import typing as t

from .._api.order import Order
from .._api.statuses import PENDING
from .._clean_up.facts import Facts, to_facts
from .._clean_up.plan import plan_cancels
from .._http.client import Client
from .clean_up import (
    CLEAN_UP_OPTIONS,
    finish,
    list_all,
)
from .options import number
from .run import Module, run

# A hundred years.
MAX_DAYS = 36500
OPTIONS = {**CLEAN_UP_OPTIONS, "older_than": number(1, MAX_DAYS, required=True)}


def keep(order: Order) -> Facts | None:
    """The facts of a pending order. The API's filter may return others."""
    return to_facts(order) if order.status == PENDING else None


def work(module: Module, client: Client) -> dict[str, t.Any]:
    options = module.params
    pending = list_all(module, client, "status", PENDING, keep)
    return finish(module, client, plan_cancels(pending, options, client.clock.utc_now()))


def run_module() -> None:
    """Run the module."""
    run(OPTIONS, work)
