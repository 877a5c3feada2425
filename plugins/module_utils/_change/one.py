# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change of one order.

The order is read, and the change is planned. In check mode, this is all. Otherwise the change is sent and verified. For example::

    outcome = converge(client, DesiredState(1234567, "canceled", "Ordered twice"), check_mode=False, verify_change=True)
    outcome.changed, outcome.msg
"""

from __future__ import annotations

from dataclasses import replace

from .._errors import CertCentralError
from .._http.client import Client
from .outcome import Outcome, unsent
from .reading import look_until, read_and_plan, read_state
from .rules import DesiredState, satisfies
from .sending import send_change


def converge(client: Client, desired: DesiredState, *, check_mode: bool, verify_change: bool) -> Outcome:
    """Bring one order into the desired state, and return its outcome.

    :raises CertCentralError: if the order could not be read or changed, or if the change was refused
    """
    basis = read_and_plan(client, desired)
    if not basis.plan.sends or check_mode:
        return unsent(desired, basis)
    outcome = send_change(client, desired, basis)
    if not verify_change:
        # This also applies to an order that was read because a response was lost.
        return replace(outcome, verified=None)
    return verify(client, outcome) if outcome.changed else outcome


def verify(client: Client, outcome: Outcome) -> Outcome:
    """Read the order after an accepted change, and return the outcome with the result.

    If the order cannot be read, the error is part of the outcome and is not raised, because the change was made.
    """
    if outcome.verified is not None:
        return outcome
    found = replace(outcome, verified=False)
    retry = client.budget()

    def is_found() -> bool:
        nonlocal found
        last = read_state(client, outcome.desired, retry)
        found = replace(found, last=last, verified=bool(satisfies(last, outcome.desired)))
        return bool(found.verified)

    try:
        look_until(client, is_found)
    except CertCentralError as error:
        found = replace(found, unreadable=error)
    return found
