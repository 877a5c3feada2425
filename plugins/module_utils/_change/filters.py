# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of the order list that find orders before and after a change. Each filter has one value, as the API documents it."""

from __future__ import annotations

import typing as t

from .._api.fetch import MIGRATED
from .._api.page import Params
from .._api.statuses import CANCELABLE, CANCELED, NOT_RENEWED, REISSUE_PENDING, RENEWED
from .rules import DesiredState


def filters_before(states: t.Sequence[DesiredState]) -> list[Params]:
    """Return filters that match most of the orders which are to be brought into the given states."""
    filters: list[Params] = []
    if any(state.status == CANCELED and state.cancel_scope == "order" for state in states):
        filters += [[("filters[status]", status)] for status in (*CANCELABLE, CANCELED)]
    if any(state.status == CANCELED and state.cancel_scope == "reissue" for state in states):
        filters.append([("filters[status]", REISSUE_PENDING)])
    if any(state.status != CANCELED for state in states):
        filters.append(MIGRATED)
    return filters


def filters_after(states: t.Sequence[DesiredState]) -> list[Params]:
    """Return filters that match the orders after they were brought into the given states."""
    filters: list[Params] = []
    if any(state.status == CANCELED and state.cancel_scope == "order" for state in states):
        filters.append([("filters[status]", CANCELED)])
    if any(state.status == RENEWED for state in states):
        filters.append([("filters[is_renewed]", "1")])
    if any(state.status == NOT_RENEWED for state in states):
        # Only migrated orders can be marked.
        filters.append(MIGRATED)
    return filters
