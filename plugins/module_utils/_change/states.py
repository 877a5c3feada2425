# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Desired states: what the options of a task ask for, checked for all orders at once."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._api.order import check_order_id
from .._api.statuses import CANCELED, NOT_RENEWED, RENEWED
from .._errors import INVALID_OPTION, CertCentralError

STATUSES = (CANCELED, RENEWED, NOT_RENEWED)
SCOPES = ("order", "reissue")
# The options that each order can have for itself, and that otherwise default to the task's.
SHARED_OPTIONS = ("status", "note", "cancel_scope")


@dataclass(frozen=True)
class DesiredState:
    """The state that an order should be in. The fields are the options with the same names."""

    order_id: int
    status: str
    note: str | None = None
    cancel_scope: str = "order"
    common_name: str | None = None
    check_rules: bool = True


def check_desired(*states: DesiredState) -> None:
    """Refuse states that no order can be in, and name all of them.

    :raises CertCentralError: ``invalid_option``
    """
    _refuse((state.order_id, fault) for state in states for fault in _find_faults(state))


def make_states(
    entries: t.Iterable[t.Mapping[str, t.Any]], shared: t.Mapping[str, t.Any], *, check_rules: bool
) -> list[DesiredState]:
    """Return the desired state of each order, once. Two identical entries count as one.

    :param entries: ``order_id``, perhaps ``common_name``, and the ``SHARED_OPTIONS`` that differ from the task's
    :param shared: the task's own ``SHARED_OPTIONS``
    :raises CertCentralError: ``invalid_option``, with every faulty entry
    """
    states: dict[int, DesiredState] = {}
    faults: list[tuple[int, str]] = []
    for entry in entries:
        values = {name: shared[name] if entry.get(name) is None else entry[name] for name in SHARED_OPTIONS}
        state = DesiredState(
            entry["order_id"], common_name=entry.get("common_name"), check_rules=check_rules, **values
        )
        if state.status is None:
            faults.append((state.order_id, "it has no status: set status for this order or for the task"))
        elif states.setdefault(state.order_id, state) != state:
            faults.append((state.order_id, "it is given twice with different values: keep the entry that you mean"))
        else:
            faults += [(state.order_id, fault) for fault in _find_faults(state)]
    _refuse(dict.fromkeys(faults))
    return list(states.values())


def _find_faults(state: DesiredState) -> t.Iterator[str]:
    try:
        check_order_id(state.order_id)
    except CertCentralError as error:
        yield error.what
    if state.status == CANCELED and not (state.note or "").strip():
        yield "a note is required to cancel: set note to the reason"
    if state.common_name is not None and not state.common_name.strip():
        yield "common_name is blank: leave it out, or set it to the expected common name"


def _refuse(faults: t.Iterable[tuple[int, str]]) -> None:
    found = list(faults)
    if found:
        orders = {order_id for order_id, unused in found}
        text = "; ".join(f"order {order_id}: {fault}" for order_id, fault in found)
        raise CertCentralError(INVALID_OPTION, text, order_id=orders.pop() if len(orders) == 1 else None)
