# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Migrated orders that were renewed, and what to do with each."""

from __future__ import annotations

import typing as t

from .._api.fetch import Fetcher
from .._api.names import to_wildcard
from .._api.order import Order
from .._api.statuses import RENEWAL_WINDOW_DAYS
from .._clean_up.facts import Facts, merge, to_facts
from .._clean_up.plan import confirm_marks, propose_marks
from .._clean_up.renewals import (
    ACCEPTABLE,
    RECORDED,
    SAME_NAMES,
)
from .._errors import (
    NOT_FOUND,
    REJECTED_BY_API,
    UNEXPECTED_RESPONSE,
    CertCentralError,
)
from .._http.client import Client
from .clean_up import (
    CLEAN_UP_OPTIONS,
    finish,
    is_too_much,
    list_all,
)
from .lists import numbers, texts
from .options import CONCURRENCY, number
from .run import Module, run

OPTIONS = {
    **CLEAN_UP_OPTIONS,
    "window": number(0, RENEWAL_WINDOW_DAYS, default=RENEWAL_WINDOW_DAYS),
    "products": texts(),
    "containers": numbers(),
    "accept": texts(choices=list(ACCEPTABLE), default=[RECORDED, SAME_NAMES]),
    "concurrency": CONCURRENCY,
}
# Failures that are about one order, which is left to a person then.
OF_ONE_ORDER = (NOT_FOUND, REJECTED_BY_API, UNEXPECTED_RESPONSE)


def list_others(module: Module, client: Client, migrated: t.Sequence[Facts]) -> list[Facts]:
    """Of all orders that are not migrated, those that share a name with one that is.

    :raises CertCentralError: the API did not filter by origin, or what the listing raises
    """
    ids = {facts.id for facts in migrated}
    own = {name for facts in migrated if not facts.marked for name in facts.names}
    names = own.union(map(to_wildcard, own))

    def keep(order: Order) -> Facts | None:
        facts = to_facts(order)
        return facts if facts.id in ids or not names.isdisjoint(facts.names) else None

    others = list_all(module, client, "origin", "certcentral", keep)
    both = sorted(ids.intersection(facts.id for facts in others))
    if both:
        raise CertCentralError(
            UNEXPECTED_RESPONSE,
            f"order {both[0]} is listed as migrated and as not migrated ({len(both)} orders are)",
            "the API did not filter by origin, so nothing was decided",
            http_status=200,
        )
    return others


def read_some(fetcher: Fetcher, rows: t.Sequence[Facts]) -> dict[int, Facts]:
    """What order info adds to the rows of some orders. One that cannot be read has names that cannot be compared.

    :raises CertCentralError: a failure that is not about one order
    """
    fetcher.fetch([row.id for row in rows])
    infos = [fetcher.fetched[row.id] for row in rows]
    return {
        row.id: merge(row, to_facts(info)) if isinstance(info, Order) else row._replace(odd=info.message)
        for row, info in zip(rows, infos)
    }


def work(module: Module, client: Client) -> dict[str, t.Any]:
    options, day = module.params, client.clock.today()
    migrated = list_all(module, client, "origin", "migrated", to_facts)
    plan, account = propose_marks(migrated, list_others(module, client, migrated), options, day)
    if not is_too_much(plan, options):
        fetcher = Fetcher(client, options["concurrency"], lambda error: error.reason not in OF_ONE_ORDER)
        confirm_marks(plan, account, options, day, lambda rows: read_some(fetcher, rows))
    return finish(module, client, plan)


def run_module() -> None:
    """Run the module."""
    run(OPTIONS, work)
