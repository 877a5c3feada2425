# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change of one order.

The order is read, and the change is planned. Check mode ends here. Otherwise the change is sent and verified. For example::

    outcome = converge(client, DesiredState(1234567, "canceled", "Ordered twice"), check_mode=False, verify_change=True)
    outcome.changed, outcome.msg
"""

from __future__ import annotations

import typing as t

from .._api.endpoints import send_status
from .._api.order import Order
from .._errors import CertCentralError, RequestError
from .._http.client import Client
from .._http.retry import RetryBudget
from .outcome import Basis, Outcome, unsent
from .reading import read_and_plan, read_state, wait_to_look
from .rules import DesiredState, satisfies

# A change is not sent if its order was read more than this number of seconds ago. The order is read again first.
MAX_AGE_SECONDS = 60.0


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
        return outcome._replace(verified=None)
    return verify(client, outcome) if outcome.changed and outcome.verified is None else outcome


def send_change(
    client: Client,
    desired: DesiredState,
    basis: Basis,
    is_stopped: t.Callable[[], bool] = lambda: False,
    on_read: t.Callable[[Order], object] = lambda order: None,
) -> Outcome:
    """Send the change, and return its outcome.

    :param basis: the order as it was read, and the plan for it
    :param is_stopped: returns whether the task has to end before this change is sent
    :param on_read: takes the order if it is read again before it was changed
    :raises Interrupted: if nothing was sent, because the task was asked to stop
    :raises CertCentralError: if the order was not changed; ``unknown_outcome`` if it may have been
    """
    # All requests for a change share one budget, so that they end in time.
    retry = client.budget()
    failure = None
    try:
        if put(client, desired, basis, retry, is_stopped):
            return accept(desired, basis)
    except RequestError as error:
        failure = error
    # Ansible compiles each import anew for every task, and the API accepts most changes at once.
    from .settling import Change  # noqa: PLC0415

    return Change(client, desired, basis, retry, is_stopped, on_read).settle(failure)


def put(
    client: Client, desired: DesiredState, basis: Basis, retry: RetryBudget, is_stopped: t.Callable[[], bool]
) -> bool:
    """Send the change once, unless the order was read too long ago or the task has to end. Return whether the API accepted it.

    :raises RequestError: if it was sent and not accepted
    """
    return send_status(
        client,
        desired.order_id,
        desired.body,
        retry,
        lambda: not is_stopped() and client.now() - basis.at <= MAX_AGE_SECONDS,
    )


def accept(desired: DesiredState, basis: Basis) -> Outcome:
    """Return the outcome of a change that the API accepted."""
    return Outcome(desired, basis.order, basis.order, basis.plan, changed=True)


def verify(client: Client, outcome: Outcome) -> Outcome:
    """Read the order after an accepted change, and return the outcome with the result.

    If the order cannot be read, the error is part of the outcome and is not raised, because the change was made.
    """
    found = outcome._replace(verified=False)
    retry = client.budget()
    try:
        for unused in wait_to_look(client):
            last = read_state(client, outcome.desired, retry)
            found = found._replace(last=last, verified=bool(satisfies(last, outcome.desired)))
            if found.verified:
                break
    except CertCentralError as error:
        found = found._replace(unreadable=error)
    return found
