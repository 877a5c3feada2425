# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders that the options leave out, and exclusions that leave out nothing."""

from __future__ import annotations

import itertools
import typing as t

from .._api.names import is_match
from .._text import sanitize
from .facts import NAMES_UNKNOWN, Facts
from .plan import INCOMPLETE, REVIEW, SKIP, Decision, Options

EXCLUDED = "excluded"
EXCLUSIONS = ("exclude_orders", "exclude_names", "exclude_organizations", "exclude_containers")


def find_exclusion(order: Facts, options: Options) -> Decision | None:
    """Return the decision on an order that the options leave out, or may leave out because the API does not tell enough."""
    if order.id in options["exclude_orders"]:
        return Decision(SKIP, EXCLUDED, "its ID is in exclude_orders")
    # An empty list of products or containers leaves out all orders, and an empty exclusion leaves out none.
    wanted = [("products", "product", order.product[0]), ("containers", "container", order.container[0])]
    unwanted = [
        ("exclude_containers", "container", order.container[0]),
        ("exclude_organizations", "organization", order.organization[0]),
    ]
    checks = [(*check, False) for check in wanted if options.get(check[0]) is not None]
    checks += [(*check, True) for check in unwanted if options[check[0]]]
    for option, kind, value, excludes in checks:
        if value is not None and (value in options[option]) == excludes:
            verb = "is" if excludes else "is not"
            return Decision(SKIP, EXCLUDED, f"its {kind} ({sanitize(value, 80)}) {verb} in {option}")
    for name, pattern in itertools.product(order.given, options["exclude_names"]):
        if is_match(name, pattern):
            why = f"its name {sanitize(name, 80)} matches {sanitize(pattern, 80)} in exclude_names"
            return Decision(SKIP, EXCLUDED, why)
    doubts = [f"whether its {kind} is in {option}" for option, kind, value, unused in checks if value is None]
    if order.names_problem == NAMES_UNKNOWN and options["exclude_names"]:
        doubts.append("all of its names, which exclude_names may match")
    return Decision(REVIEW, INCOMPLETE, f"the API does not tell {' and '.join(doubts)}") if doubts else None


def find_unused(due: t.Iterable[Facts], options: Options, ruled_out: t.Container[int] = ()) -> list[dict[str, t.Any]]:
    """Return the entries of exclusions that leave out none of the orders.

    :param due: the orders that are due
    :param ruled_out: IDs of orders that were ruled out as renewals, so that their entries are in use as well
    """
    unused = [(option, entry) for option in EXCLUSIONS for entry in dict.fromkeys(options[option])]
    unused = [(option, entry) for option, entry in unused if option != "exclude_orders" or entry not in ruled_out]
    for order in due:
        if not unused:
            break
        unused = [(option, entry) for option, entry in unused if not _leaves_out(option, entry, order)]
    return [{"option": option, "entry": entry} for option, entry in unused]


def _leaves_out(option: str, entry: t.Any, order: Facts) -> bool:
    if option == "exclude_names":
        return any(is_match(name, entry) for name in order.given)
    values = {
        "exclude_orders": order.id,
        "exclude_organizations": order.organization[0],
        "exclude_containers": order.container[0],
    }
    return bool(values[option] == entry)
