# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rule about the common name of an order, a guard against a wrong order ID. It is a pure function."""

from __future__ import annotations

from .._api.names import same_name
from .._api.order import Order
from .._text import sanitize
from .rules import MissingField, refusal


def check_name(order: Order, wanted: str) -> MissingField | None:
    """Refuse an order that is not for the given name, in any spelling. Return the field that has to be read first, if there is one.

    :raises CertCentralError: ``common_name_mismatch``
    """
    named = (order.common_name or "").strip()
    if named and (named.lower() == wanted.strip().lower() or same_name(named, wanted)):
        return None
    if order.listed and not named:
        return MissingField("order_info")
    raise refusal(
        order,
        "common_name_mismatch",
        f"is for {sanitize(order.common_name) if named else 'no common name yet'}, not for "
        f"{sanitize(wanted)}: check order_id and common_name",
    )
