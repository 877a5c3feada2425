# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the two clean-up modules share: options, listing the account, and the result."""

from __future__ import annotations

import typing as t

from .._api.listing import list_orders
from .._api.order import Order
from .._clean_up.facts import Facts
from .._clean_up.plan import Options, Plan
from .._clean_up.rows import make_result
from .._errors import INCOMPLETE_LISTING, TOO_MANY_CHANGES, CertCentralError
from .._http.client import Client
from .._text import count_orders
from .lists import numbers, texts
from .options import MAX_CHANGES
from .run import Module, api_calls

CLEAN_UP_OPTIONS = {
    "exclude_orders": numbers(default=[]),
    "exclude_names": texts(is_dns_name=True, default=[]),
    "exclude_organizations": numbers(default=[]),
    "exclude_containers": numbers(default=[]),
    "max_changes": MAX_CHANGES,
}


def list_all(
    module: Module, client: Client, name: str, value: str, keep: t.Callable[[Order], Facts | None]
) -> list[Facts]:
    """What to keep of all orders behind one filter.

    :raises CertCentralError: ``incomplete_listing`` if some may be missing, or what the listing raises
    """
    listing = list_orders(client, [(f"filters[{name}]", value)], keep)
    for warning in listing.warnings:
        module.warn(warning)
    if not listing.complete:
        raise CertCentralError(
            INCOMPLETE_LISTING,
            f"the listing of orders whose {name} is {value} is not complete",
            "nothing was decided; run it again, in a quiet hour if it stays so",
        )
    return listing.rows


def is_too_much(plan: Plan, options: Options) -> bool:
    """Whether more orders would change than ``max_changes`` allows."""
    return options["max_changes"] is not None and len(plan.acted) > options["max_changes"]


def finish(module: Module, client: Client, plan: Plan) -> dict[str, t.Any]:
    """The result of a module."""
    result = {**make_result(plan), "check_mode": module.check_mode, "api_calls": api_calls(client)}
    if is_too_much(plan, module.params):
        error = CertCentralError(
            TOO_MANY_CHANGES,
            f"{count_orders(len(plan.acted))} would change, and max_changes allows {module.params['max_changes']}",
            "look at the orders, then exclude some or raise max_changes",
        )
        result.update(error.result(), changes=[])
    return result
