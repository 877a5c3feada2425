# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module digicert_migrated_orders, which reads the account and marks the migrated orders that were renewed."""

from __future__ import annotations

import typing as t

from .._api.fetch import Fetcher
from .._api.names import to_wildcard
from .._api.order import Order
from .._api.statuses import RENEWAL_WINDOW_DAYS
from .._change.many_read import Known
from .._clean_up.approval import compare, find_missing
from .._clean_up.exclusions import find_unused
from .._clean_up.facts import Facts, has_name, merge, to_facts
from .._clean_up.marks import confirm_marks, propose_marks
from .._clean_up.plan import MARK, CleanUp
from .._clean_up.renewals import ACCEPTABLE, RECORDED, SAME_NAMES
from .._errors import CertCentralError
from .._http.client import Client
from .._http.dates import check_clock
from .clean_up import CLEAN_UP_OPTIONS, Found, Progress, is_too_much, list_all, read_approved, run_stages
from .lists import numbers, texts
from .options import number
from .progress import watched
from .rows import RowModule
from .run import Module, run

OPTIONS = {
    **CLEAN_UP_OPTIONS,
    "window": number(0, RENEWAL_WINDOW_DAYS, default=RENEWAL_WINDOW_DAYS),
    "products": texts(),
    "containers": numbers(),
    "accept": texts(choices=list(ACCEPTABLE), default=[RECORDED, SAME_NAMES]),
}
# Failures that concern only one order, which is then left for review.
OF_ONE_ORDER = ("not_found", "rejected_by_api", "unexpected_response")


def list_others(module: Module, client: Client, progress: Progress, migrated: t.Sequence[Facts]) -> list[Facts]:
    """Return the orders that are not migrated and share a name with one that is.

    :raises CertCentralError: ``unexpected_response`` if the API did not filter by origin, or what reading the list raises
    """
    ids = {facts.id for facts in migrated}
    own = {name for facts in migrated for name in facts.names}
    names = own.union(map(to_wildcard, own))

    def keep(order: Order) -> Facts | None:
        return to_facts(order) if order.id in ids or has_name(order, names) else None

    others = list_all(module, client, progress, "origin", "certcentral", keep)
    both = sorted(ids.intersection(facts.id for facts in others))
    if both:
        raise CertCentralError(
            "unexpected_response",
            f"order {both[0]} is listed as migrated and as not migrated ({len(both)} orders in total)",
            "the API did not filter by origin, so no decision was made",
            http_status=200,
        )
    return others


def read_details(fetcher: Fetcher, rows: t.Sequence[Facts]) -> dict[int, Facts]:
    """Return orders with their details. If an order cannot be read, its names count as not comparable.

    :raises CertCentralError: if a failure concerns more than one order
    """
    fetcher.fetch([row.id for row in rows])
    read = [fetcher.fetched[row.id] for row in rows]
    return {
        row.id: merge(row, to_facts(order)) if isinstance(order, Order) else row._replace(names_problem=order.message)
        for row, order in zip(rows, read)
    }


def decide(module: Module, client: Client) -> Found:
    """Read the account, and return the decisions on its migrated orders."""
    options, progress = module.params, Progress()
    approved = read_approved(module)
    fetcher = Fetcher(client, options["concurrency"], lambda error: error.reason not in OF_ONE_ORDER)
    progress.details = lambda: len(fetcher.fetched)
    with watched(module, client, lambda: str(progress)):
        migrated = list_all(module, client, progress, "origin", "migrated", to_facts)
        others = list_others(module, client, progress, migrated)
        check_clock(client)
        today = client.clock.today()
        clean_up, account = propose_marks(migrated, others, options, today, approved)
        if not is_too_much(clean_up, options):
            confirm_marks(clean_up, account, options, today, lambda rows: read_details(fetcher, rows))
            known = {facts.id: facts for facts in migrated}
            compare(clean_up, {order_id: known.get(order_id) for order_id in find_missing(clean_up)})
    # An exclusion that rules out a candidate is in use as well.
    unused = find_unused(clean_up.orders.values(), options, {facts.id for facts in others})
    return clean_up, unused, find_known(clean_up, fetcher)


def find_known(clean_up: CleanUp, fetcher: Fetcher) -> Known:
    """Return the orders to mark as they were just read, with the origin and the mark from the order list."""
    return {
        key: (order._replace(migrated=True, is_renewed=clean_up.orders[key].marked), fetcher.fetched_at[key])
        for key in clean_up.acted
        if isinstance(order := fetcher.fetched.get(key), Order)
    }


def work(module: Module, client: Client) -> dict[str, t.Any]:
    """Return the result of the module."""
    return run_stages(module, client, MARK, OPTIONS, lambda: decide(module, client))


def run_module() -> None:
    """Run the module."""
    run(OPTIONS, work, RowModule)
