# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Code that the two clean-up modules share: options, reading the account, planning and changing.

An action plugin that writes reports passes the value ``stage``. In the stage ``plan``, a module only plans. In the stage ``change``, it only
carries out ``changes``. Without a stage, it does both.
"""

from __future__ import annotations

import typing as t

from .._api.listing import list_orders
from .._api.order import Order
from .._api.statuses import CANCELED, PENDING, RENEWED
from .._change.many import Bulk
from .._change.many import Options as BulkOptions
from .._change.many_read import Known
from .._change.many_result import to_result
from .._change.rules import DesiredState, check_desired
from .._clean_up.facts import Facts
from .._clean_up.plan import CANCEL, MARK, Approval, CleanUp, Options
from .._clean_up.result import finish
from .._clean_up.rows import count, make_changes, make_rows, summarize
from .._errors import CertCentralError
from .._http.client import Client
from .._http.settings import make_base_url
from .._text import count_orders
from .calls import api_calls
from .lists import CONCURRENCY, MAX_CHANGES, numbers, texts
from .options import REFUSED, flag, text
from .progress import watched
from .run import Module

# Options that the action plugin of a clean-up handles and does not pass on.
CONTROLLER_OPTIONS = {
    "report_json": text(type="path"),
    "report_html": text(type="path"),
    # If the path of the plan comes out as null, that must not mean that every order may change.
    "approved_plan": text(type="path", null=REFUSED),
}
CLEAN_UP_OPTIONS = {
    **CONTROLLER_OPTIONS,
    "exclude_orders": numbers(default=[]),
    "exclude_names": texts(is_dns_name=True, default=[]),
    "exclude_organizations": numbers(default=[]),
    "exclude_containers": numbers(default=[]),
    "max_changes": MAX_CHANGES,
    "keep_going": flag(False),
    "verify_change": flag(True),
    "concurrency": CONCURRENCY,
}
Found = tuple[CleanUp, list[dict[str, t.Any]], Known]
STATUS = {MARK: RENEWED, CANCEL: CANCELED}
# The maximum number of orders that a message names.
MAX_NAMED = 5


class Progress:
    """The progress of reading the account.

    :ivar details: returns the number of orders whose details were read
    """

    def __init__(self) -> None:
        self.details: t.Callable[[], int] = lambda: 0
        self._rows: dict[tuple[str, str], int] = {}

    def see(self, name: str, value: str, rows: int) -> None:
        """Remember how many rows of the order list with one filter were read."""
        self._rows[name, value] = rows

    def __str__(self) -> str:
        details = self.details()
        listed = count_orders(sum(self._rows.values()))
        return f"{listed} listed" + (f", details of {details} read" if details else "")


def check_controller(module: Module) -> None:
    """Refuse options that only the action plugin can handle, if it did not run.

    :raises CertCentralError: ``invalid_option``
    """
    for name in CONTROLLER_OPTIONS:
        if module.params[name] is not None:
            raise CertCentralError(
                "invalid_option",
                f"{name} was not handled on the controller",
                "call the module by its full name, so that its action plugin runs",
            )


def list_all(
    module: Module,
    client: Client,
    progress: Progress,
    name: str,
    value: str,
    keep: t.Callable[[Order], Facts | None],
) -> list[Facts]:
    """Return what ``keep`` returns for the orders that match one filter.

    :raises CertCentralError: ``incomplete_listing`` if an order may be missing, or what reading the list raises
    """
    listing = list_orders(
        client,
        [(f"filters[{name}]", value)],
        keep,
        concurrency=module.params["concurrency"],
        on_rows=lambda rows: progress.see(name, value, rows),
    )
    for warning in listing.warnings:
        module.warn(warning)
    if not listing.complete:
        raise CertCentralError(
            "incomplete_listing",
            f"the list of orders whose {name} is {value} is not complete",
            "no decision was made: run it again, at a time with fewer changes if it happens again",
        )
    return listing.rows


def read_approved(module: Module) -> dict[int, Approval] | None:
    """Return the approved plan that the action plugin passes on, or None if there is none.

    :raises CertCentralError: ``invalid_option`` if the plan is for another account
    """
    plan = module.controller.get("approved")
    if plan is None:
        return None
    account = get_account(module)
    if plan["account"] != account:
        raise CertCentralError(
            "invalid_option",
            f"the approved plan is for the account at {plan['account']}, and this one is at {account}",
            "plan again for this account, or check region and api_url",
        )
    return {int(key): Approval(*approval) for key, approval in plan["orders"].items()}


def is_too_much(clean_up: CleanUp, options: Options) -> bool:
    """Return whether more orders would change than ``max_changes`` allows."""
    return options["max_changes"] is not None and len(clean_up.acted) > options["max_changes"]


def plan(module: Module, client: Client, clean_up: CleanUp, unused: t.Sequence[dict[str, t.Any]]) -> dict[str, t.Any]:
    """Return the plan as a result. It has a ``reason`` if nothing may be changed.

    :param unused: the exclusions that leave out nothing
    """
    rows = make_rows(clean_up)
    failure = _find_failure(clean_up, module.params)
    result: dict[str, t.Any] = {
        "changed": False,
        "orders": rows,
        "counts": count(clean_up, rows),
        "summary": summarize(clean_up, rows, unused),
        "unused_exclusions": list(unused),
        "api_calls": api_calls(client),
        "msg": "",
    }
    return {**result, **failure.result()} if failure else result


def _find_failure(clean_up: CleanUp, options: Options) -> CertCentralError | None:
    """Return the reason why nothing may be changed, if there is one."""
    refused = [(key, outcome.msg) for key, outcome in clean_up.outcomes.items() if outcome.outcome == "refused"]
    if refused and not options["keep_going"]:
        named = [msg for unused, msg in refused[:MAX_NAMED]]
        named += [f"and {len(refused) - MAX_NAMED} more"] if len(refused) > MAX_NAMED else []
        order_id = refused[0][0] if len(refused) == 1 else None
        return CertCentralError("differs_from_plan", "; ".join(named), order_id=order_id)
    if is_too_much(clean_up, options):
        return CertCentralError(
            "too_many_changes",
            f"{count_orders(len(clean_up.acted))} would change, and max_changes allows {options['max_changes']}",
            "look at the orders, then exclude some or raise max_changes",
        )
    return None


def change(
    module: Module, client: Client, act: str, changes: t.Sequence[dict[str, t.Any]], known: Known | None = None
) -> dict[str, t.Any]:
    """Carry out these changes and no others, and return an entry for each in ``orders``.

    :param known: orders that were read just before
    :raises CertCentralError: ``invalid_option`` if a change is not possible at all
    """
    options = module.params
    states = [
        DesiredState(
            order_id=one["order_id"],
            status=STATUS[act],
            note=one.get("note", options.get("note")),
            common_name=one["common_name"],
            only_from=(PENDING,) if act == CANCEL else (),
        )
        for one in changes
    ]
    for state in states:
        check_desired(state)
    how = BulkOptions(
        check_mode=module.check_mode,
        verify_change=options["verify_change"],
        max_changes=options["max_changes"],
        keep_going=options["keep_going"],
        concurrency=options["concurrency"],
    )
    bulk = Bulk(client, states, how, module.log, known or {})
    with watched(module, client, bulk.progress):
        bulk.run()
    for warning in bulk.warnings:
        module.warn(warning)
    result = to_result(bulk.items, bulk.error, check_mode=module.check_mode, diff=module._diff)
    return {**result, "cause": bulk.error.message if bulk.error else None, "api_calls": api_calls(client)}


def run_stages(
    module: Module,
    client: Client,
    act: str,
    own_options: t.Iterable[str],
    decide: t.Callable[[], Found],
) -> dict[str, t.Any]:
    """Plan and change, or do the part that the action plugin asks for.

    :param own_options: names of the module's own options
    :param decide: returns the decisions, the exclusions that leave out nothing, and the orders to change as far as they were read
    """
    check_controller(module)
    stage = module.controller.get("stage")
    if stage == "change":
        return change(module, client, act, module.controller["changes"])
    clean_up, unused, known = decide()
    planned = plan(module, client, clean_up, unused)
    changes = [] if "reason" in planned else make_changes(clean_up, planned["orders"])
    shown = [*(name for name in own_options if name not in CONTROLLER_OPTIONS), "rate_limit_share"]
    options = {name: module.params[name] for name in shown}
    # The action plugin uses these values and removes them from the result.
    told = {"controller": {"account": get_account(module), "options": options, "changes": changes}}
    told = told if module.controller else {}
    if stage == "plan":
        return {**planned, **told}
    # In check mode nothing is sent, so it does not matter how long ago the orders were read.
    changed = change(module, client, act, changes, known if module.check_mode else {}) if changes else None
    # All requests of this process are counted together.
    result = finish(act, {**planned, "api_calls": {}}, changed, check_mode=module.check_mode)
    return {**result, **told, "api_calls": api_calls(client)}


def get_account(module: Module) -> str:
    """Return the base URL of the account."""
    return make_base_url(module.params["region"], module.params["api_url"])
