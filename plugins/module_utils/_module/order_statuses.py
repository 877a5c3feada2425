# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of digicert_order_statuses."""

from __future__ import annotations

import typing as t

from .._change.many import Bulk, Options
from .._change.many_result import to_result
from .._change.rules import (
    SCOPES,
    STATUSES,
    DesiredState,
    check_desired,
)
from .._errors import CertCentralError
from .._http.client import Client
from .calls import api_calls
from .faults import join_faults
from .lists import CONCURRENCY, MAX_CHANGES, entries, numbers
from .options import REFUSED, common_name, flag, number, text
from .progress import watched
from .run import Module, run

STATE = {
    "status": text(choices=list(STATUSES)),
    "note": text(),
    "cancel_scope": text(choices=list(SCOPES)),
}
OPTIONS = {
    **STATE,
    "orders": entries({"order_id": number(1, required=True), **STATE, "common_name": common_name(null=REFUSED)}),
    "order_ids": numbers(),
    "cancel_scope": text(choices=list(SCOPES), default="order"),
    "check_rules": flag(True),
    "verify_change": flag(True),
    "max_changes": MAX_CHANGES,
    "keep_going": flag(False),
    "concurrency": CONCURRENCY,
}


def desired_states(options: t.Mapping[str, t.Any]) -> list[DesiredState]:
    """Return the desired state of each order in the options.

    :raises CertCentralError: ``invalid_option``, for all orders with wrong options at once
    """
    orders = options["orders"]
    if orders is None:
        orders = [{"order_id": order_id} for order_id in options["order_ids"]]
    found: dict[int, DesiredState] = {}
    faults = []
    for order in orders:
        try:
            desired = _desired_state(order, options)
            if found.setdefault(desired.order_id, desired) != desired:
                raise CertCentralError(
                    "invalid_option",
                    f"order {desired.order_id} is given twice with different values",
                    "keep only one of the entries",
                    order_id=desired.order_id,
                )
        except CertCentralError as fault:
            faults.append(fault)
    if faults:
        raise join_faults(faults)
    return list(found.values())


def _desired_state(order: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]) -> DesiredState:
    values = {option: options[option] if order.get(option) is None else order[option] for option in STATE}
    if values["status"] is None:
        raise CertCentralError(
            "invalid_option",
            f"order {order['order_id']} has no status",
            "set it for this order, or for all of them",
            order_id=order["order_id"],
        )
    desired = DesiredState(
        order_id=order["order_id"],
        common_name=order.get("common_name"),
        check_rules=options["check_rules"],
        **values,
    )
    check_desired(desired)
    return desired


def work(module: Module, client: Client) -> dict[str, t.Any]:
    """Bring the orders into their desired states, and return the result of the module."""
    options = module.params
    how = Options(
        check_mode=module.check_mode,
        verify_change=options["verify_change"],
        max_changes=options["max_changes"],
        keep_going=options["keep_going"],
        concurrency=options["concurrency"],
    )
    bulk = Bulk(client, desired_states(options), how, module.log)
    with watched(module, client, bulk.progress):
        bulk.run()
    for warning in bulk.warnings:
        module.warn(warning)
    result = to_result(bulk.items, bulk.error, check_mode=module.check_mode, diff=module._diff)
    return {**result, "api_calls": api_calls(client)}


def run_module() -> None:
    """Run the module."""
    run(OPTIONS, work, required_one_of=[("orders", "order_ids")], mutually_exclusive=[("orders", "order_ids")])
