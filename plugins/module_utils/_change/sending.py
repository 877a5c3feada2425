# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sending of one change. If the API accepts the change at once, this is all. Otherwise settling.py has the rest.

For example::

    outcome = send_change(client, desired, read_and_plan(client, desired))
"""

from __future__ import annotations

import typing as t

from .._api.endpoints import send_status
from .._api.order import Order
from .._errors import RequestError
from .._http.client import Client
from .._http.retry import RetryBudget
from .outcome import Basis, Outcome
from .reading import ignore
from .rules import DesiredState

# A change is not sent if its order was read more than this number of seconds ago. The order is read again first.
MAX_AGE_SECONDS = 60.0


def send_change(
    client: Client,
    desired: DesiredState,
    basis: Basis,
    is_stopped: t.Callable[[], bool] = lambda: False,
    on_read: t.Callable[[Order], None] = ignore,
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

    def may_send() -> bool:
        return not is_stopped() and client.now() - basis.at <= MAX_AGE_SECONDS

    return send_status(client, desired.order_id, desired.status, desired.note, retry, may_send)


def accept(desired: DesiredState, basis: Basis) -> Outcome:
    """Return the outcome of a change that the API accepted."""
    return Outcome(desired, basis.order, basis.order, basis.plan, changed=True)
