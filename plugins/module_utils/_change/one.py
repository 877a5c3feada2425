# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One order, brought into its desired state: read it, plan, end here in check mode, send the change, verify it.

For example::

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
from .sending import Change


def converge(client: Client, desired: DesiredState, *, check_mode: bool, verify_change: bool) -> Outcome:
    """Bring one order into the desired state.

    :raises CertCentralError: with ``changed`` as the task has to report it
    """
    basis = read_and_plan(client, desired)
    if not basis.plan.sends or check_mode:
        return unsent(desired, basis)
    outcome = Change(client, desired, basis).send()
    if not verify_change:
        # Even if the order was read to find out about a lost response.
        return replace(outcome, verified=None)
    return verify(client, outcome) if outcome.changed else outcome


def verify(client: Client, outcome: Outcome) -> Outcome:
    """Look for an accepted change. A failure to read the order is part of the outcome, because the change was made."""
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
