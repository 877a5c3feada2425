# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module digicert_stale_orders, which cancels orders that have been pending too long."""

from __future__ import annotations

import typing as t

from .._api.fetch import Fetcher
from .._api.order import Order
from .._api.statuses import CANCELED, PENDING
from .._clean_up.approval import compare, find_missing
from .._clean_up.cancels import plan_cancels
from .._clean_up.exclusions import find_unused
from .._clean_up.facts import Facts, to_facts
from .._clean_up.plan import CANCEL
from .._errors import CertCentralError
from .._http.client import Client
from .._http.dates import check_clock
from .clean_up import CLEAN_UP_OPTIONS, Found, Progress, list_all, read_approved, run_stages
from .options import number, text
from .progress import watched
from .rows import RowModule
from .run import Module, run

# 100 years.
MAX_DAYS = 36500
OPTIONS = {
    **CLEAN_UP_OPTIONS,
    "older_than": number(1, MAX_DAYS, required=True),
    "note": text(required=True),
}
# Failures that concern only one order.
OF_ONE_ORDER = ("not_found", "rejected_by_api", "unexpected_response")


def keep(order: Order) -> Facts | None:
    """Return the fields that are kept of a pending order, or None for another order that the API's filter lets through."""
    return to_facts(order) if order.status == PENDING else None


def read_missing(client: Client, order_ids: t.Sequence[int], concurrency: int) -> dict[int, Facts | None]:
    """Return the approved orders that are not due, by ID; None for an order that cannot be read.

    :raises CertCentralError: if a failure concerns more than one order
    """
    fetcher = Fetcher(client, concurrency, lambda error: error.reason not in OF_ONE_ORDER)
    fetcher.fetch(order_ids, [[("filters[status]", CANCELED)]])
    found = {order_id: fetcher.fetched[order_id] for order_id in order_ids}
    return {order_id: to_facts(read) if isinstance(read, Order) else None for order_id, read in found.items()}


def decide(module: Module, client: Client) -> Found:
    """Read the pending orders, and return the decisions on them and the exclusions that leave out nothing."""
    options, progress = module.params, Progress()
    approved = read_approved(module)
    with watched(module, client, lambda: str(progress)):
        pending = list_all(module, client, progress, "status", PENDING, keep)
        check_clock(client)
        clean_up = plan_cancels(pending, options, client.clock.utc_now(), approved)
        compare(clean_up, read_missing(client, find_missing(clean_up), options["concurrency"]))
    return clean_up, find_unused(clean_up.orders.values(), options), {}


def work(module: Module, client: Client) -> dict[str, t.Any]:
    """Return the result of the module."""
    if not module.params["note"].strip():
        raise CertCentralError("invalid_option", "note is blank", "set it to the reason for canceling the orders")
    return run_stages(module, client, CANCEL, OPTIONS, lambda: decide(module, client))


def run_module() -> None:
    """Run the module."""
    run(OPTIONS, work, RowModule)
