# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verification of many changes. The orders are read together, at most four times, until all changes are visible."""

from __future__ import annotations

import typing as t

from .._api.fetch import Fetcher
from .._api.order import Order
from .._bugs import describe_bug, format_trace
from .._errors import FATAL_REASONS, CertCentralError
from .._http.client import Client
from .filters import filters_after
from .many_result import Item, name_orders
from .outcome import Outcome
from .reading import wait_to_look
from .rules import satisfies


def verify_all(client: Client, fetcher: Fetcher, items: t.Sequence[Item], log: t.Callable[[str], None]) -> list[str]:
    """Read orders after accepted changes, and store in their outcomes whether the changes are visible.

    The task cannot fail here, because the API has accepted the changes.

    :return: warnings about changes that could not be verified
    """
    # If one order cannot be read, the changes of the others are still verified.
    fetcher.stops = lambda error: error.reason in FATAL_REASONS
    for item in items:
        _update(item, verified=False)
    rest = list(items)
    warnings = []

    try:
        for unused in wait_to_look(client):
            rest = _look(fetcher, rest)
            # Do not look for orders again that cannot be read: they will not be readable a few seconds later either.
            if not any(isinstance(fetcher.fetched.get(item.desired.order_id), Order) for item in rest):
                break
    except CertCentralError as error:
        warnings.append(f"the API accepted the changes, but they could not be verified: {error.what}")
    except Exception as error:  # noqa: BLE001
        # This is a bug, but the results of the changes must not be lost because of it.
        log(format_trace(error))
        warnings.append(f"the API accepted the changes, but they could not be verified: {describe_bug(error)}")
    return warnings + describe_unverified(items)


def describe_unverified(items: t.Sequence[Item]) -> list[str]:
    """Return the warnings about changes that could not be verified, one for each reason."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        outcome = item.outcome
        if outcome is None or outcome.verified is not False:
            continue
        if outcome.unreadable and outcome.unreadable.reason == "not_found":
            words = "can no longer be read"
        elif outcome.unreadable or outcome.last is outcome.before:
            words = "could not be read since"
        else:
            words = "are not visible yet"
        groups.setdefault(words, []).append(item)
    whose = {"are not visible yet": "they"}
    return [
        f"the API accepted the changes to {name_orders(group)}, but {whose.get(words, 'these orders')} {words}"
        for words, group in groups.items()
    ]


def _look(fetcher: Fetcher, items: list[Item]) -> list[Item]:
    """Read changed orders, and return those whose change is not visible."""
    states = [item.desired for item in items]
    fetcher.fetch([state.order_id for state in states], filters_after(states), fresh=True)
    for field, listed in (("order_info", True), ("is_renewed", False)):
        unclear = [order for item in items if (order := _find_unclear(fetcher, item))]
        fetcher.load(field, [order for order in unclear if order.listed is listed], fresh=True)
    for item in items:
        last = fetcher.fetched.get(item.desired.order_id)
        if isinstance(last, Order):
            _update(item, last=last, verified=bool(satisfies(last, item.desired)), unreadable=None)
        elif last is not None:
            _update(item, unreadable=last)
    return [item for item in items if item.outcome and not item.outcome.verified]


def _find_unclear(fetcher: Fetcher, item: Item) -> Order | None:
    """Return the order of an item, if it was read and does not tell whether it is in the desired state."""
    order = fetcher.fetched.get(item.desired.order_id)
    return order if isinstance(order, Order) and satisfies(order, item.desired) is None else None


def _update(item: Item, **values: t.Any) -> None:
    item.outcome = t.cast(Outcome, item.outcome)._replace(**values)
