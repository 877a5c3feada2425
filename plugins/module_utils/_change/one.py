# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read, plan, stop here in check mode, send once, reconcile what got no answer, verify."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import replace

from .._api.endpoints import read_order, send_status
from .._api.order import Order
from .._errors import REJECTED_BY_API, UNAVAILABLE, UNKNOWN_OUTCOME, CertCentralError, Interrupted, RequestError
from .._http.client import Client
from .._http.retry import RetryBudget
from .._text import sanitize
from .outcome import Fetched, Outcome, unsent
from .rules import DesiredState, Plan, plan, reissue_canceled, satisfies

# Seconds after a change at which it is looked for, because a reading may lag behind (ASSUMED).
VERIFY_AT = (0.0, 1.0, 2.0, 4.0)
# Seconds after which a fetched order is too old to send a change on.
STALE_AFTER = 60.0
# Times that it is read again in a row because of that. An API that is so slow has to end the task.
MAX_REFRESHES = 3


def converge(client: Client, desired: DesiredState, *, check_mode: bool, verify_change: bool) -> Outcome:
    """Bring one order into the desired state.

    :raises CertCentralError: with ``changed`` as the task has to report it
    """
    fetched = fetch_and_plan(client, desired)
    if not fetched.plan.sends or check_mode:
        return unsent(desired, fetched)
    outcome = send(client, desired, fetched, lambda: False)
    if not verify_change:
        # Also where a reading settled a lost reply.
        return replace(outcome, verified=None)
    return verify(client, outcome) if outcome.changed else outcome


def fetch_and_plan(
    client: Client,
    desired: DesiredState,
    retry: RetryBudget | None = None,
    seen: t.Callable[[Order], None] = lambda order: None,
) -> Fetched:
    """Read an order and plan for it: one request, and one more for each field that order info lacks.

    :param seen: takes the order as it was read, also if the desired state is refused then
    :raises CertCentralError: if it cannot be read, or the desired state is refused
    """
    at = client.wait_for_turn(retry)
    order = read_order(client, desired.order_id, retry)
    seen(order)
    return plan_for(client, desired, order, at, retry)


def plan_for(client: Client, desired: DesiredState, order: Order, at: float, retry: RetryBudget | None) -> Fetched:
    """Plan for an order that was read, with what the plan turns out to need.

    :raises CertCentralError: as :func:`fetch_and_plan`
    """
    while True:
        planned = plan(order, desired, client.clock.today())
        if isinstance(planned, Plan):
            return Fetched(order, planned, at)
        order = _load_missing(client, order, planned.name, retry)


def _load_missing(client: Client, order: Order, field: str, retry: RetryBudget | None) -> Order:
    # Ansible compiles each import anew for every task, and most tasks need no list.
    from .._api.listing import load_missing  # noqa: PLC0415

    return load_missing(client, order, field, retry)


class Answer(enum.Enum):
    """What came of one attempt to send a change."""

    ACCEPTED = enum.auto()
    REJECTED = enum.auto()
    OUTCOME_UNKNOWN = enum.auto()
    RETRY = enum.auto()
    # Not sent: the order was read too long ago.
    STALE = enum.auto()
    # Not sent: the task is to end.
    STOPPED = enum.auto()


# No further attempt is made.
ENDED = (Answer.REJECTED, Answer.STALE, Answer.STOPPED)


def put_once(
    client: Client, desired: DesiredState, fetched: Fetched, retry: RetryBudget, stopped: t.Callable[[], bool]
) -> tuple[Answer, RequestError | None]:
    """Send the change, once, unless it rests on an order that was read too long ago.

    :param stopped: whether no change may go any more
    """

    def may_send() -> bool:
        return not stopped() and client.now() - fetched.at <= STALE_AFTER

    try:
        if send_status(client, desired.order_id, desired.status, desired.note, retry, may_send):
            return Answer.ACCEPTED, None
    except Interrupted as failure:
        return Answer.STOPPED, failure
    except RequestError as failure:
        rejected = Answer.RETRY if failure.repeat else Answer.REJECTED
        return (Answer.OUTCOME_UNKNOWN if failure.outcome_unknown else rejected), failure
    return (Answer.STOPPED if stopped() else Answer.STALE), None


def send(
    client: Client,
    desired: DesiredState,
    fetched: Fetched,
    stopped: t.Callable[[], bool],
    seen: t.Callable[[Order], None] = lambda order: None,
) -> Outcome:
    """Send the change until the API has answered, and reconcile by reading what got no answer.

    :param stopped: whether the task ends before this order's turn
    :param seen: takes the order as it was read again, before anything was changed
    :raises CertCentralError: if the order was not changed (:exc:`Interrupted`: not attempted), or ``unknown_outcome``
    """
    retry = client.budget()
    first = fetched
    lost: RequestError | None = None
    while True:
        answer, failure = put_once(client, desired, fetched, retry, stopped if lost is None else lambda: False)
        for unused in range(MAX_REFRESHES):
            if answer is not Answer.STALE:
                break
            # One at a time: the next request that the limiter allows has to be this change, not another reading.
            with client.turn:
                ended, fetched = _refresh(client, desired, first, lost, retry, seen)
                if ended:
                    return ended
                first = first if lost else fetched
                answer, failure = put_once(client, desired, fetched, retry, stopped if lost is None else lambda: False)
        if answer is Answer.ACCEPTED:
            return Outcome(desired, fetched.order, fetched.order, fetched.plan, changed=True)
        failure = failure or (_too_slow(desired) if answer is Answer.STALE else Interrupted())
        if lost and answer in ENDED:
            raise _unknown(desired, lost, f"when it was repeated, {failure.what}", failure)
        if answer in ENDED:
            return _recheck_row(client, desired, fetched, failure, retry, seen)
        if answer is Answer.OUTCOME_UNKNOWN:
            lost = failure
            # What settles it takes of its time, too.
            retry.start()
            ended, fetched = _look_for(client, desired, first, lost, retry)
            if ended:
                return ended
        try:
            # Whatever the answer was that says nothing: the order is not in the desired state, so it is sent again.
            retry.wait(failure.replaced(repeat=True))
        except RequestError as final:
            if lost is None:
                raise
            shown = sanitize(fetched.order.status)
            raise _unknown(desired, lost, f"a later reading does not show it (it is {shown})", final) from None


def _refresh(
    client: Client,
    desired: DesiredState,
    first: Fetched,
    lost: RequestError | None,
    retry: RetryBudget,
    seen: t.Callable[[Order], None],
) -> tuple[Outcome | None, Fetched]:
    """Read an order again that was read too long ago. Returns the outcome if nothing is to be sent any more.

    :raises CertCentralError: if it cannot be read, or must not be changed
    """
    if lost:
        return _reconcile(client, desired, first, lost, retry)
    fetched = fetch_and_plan(client, desired, retry, seen)
    return (None if fetched.plan.sends else unsent(desired, fetched)), fetched


def _recheck_row(
    client: Client,
    desired: DesiredState,
    fetched: Fetched,
    failure: RequestError,
    retry: RetryBudget,
    seen: t.Callable[[Order], None],
) -> Outcome:
    """After a refusal: the outcome, if order info shows the desired state, because a row may be older than it seemed.

    :raises RequestError: the refusal
    """
    if fetched.order.listed and failure.reason == REJECTED_BY_API:
        try:
            again = fetch_and_plan(client, desired, retry, seen)
        except CertCentralError:
            raise failure from None
        if not again.plan.sends:
            return unsent(desired, again)
    raise failure


def _look_for(
    client: Client, desired: DesiredState, first: Fetched, lost: RequestError, retry: RetryBudget
) -> tuple[Outcome | None, Fetched]:
    """Look for a change that got no answer, as a verification does: readings may lag behind.

    :raises CertCentralError: ``unknown_outcome``
    """
    last: tuple[Outcome | None, Fetched] = None, first

    def look() -> bool:
        nonlocal last
        last = _reconcile(client, desired, first, lost, retry)
        return last[0] is not None

    try:
        watch(client, look)
    except Interrupted as error:
        raise _unknown(desired, lost, f"nothing settles what it did ({error.what})") from None
    return last


def _reconcile(
    client: Client, desired: DesiredState, first: Fetched, lost: RequestError, retry: RetryBudget
) -> tuple[Outcome | None, Fetched]:
    """What an order shows of a change that got no answer: the outcome if it shows, and what to send again if it does not.

    :param first: what the first change rested on
    :raises CertCentralError: ``unknown_outcome``
    """
    try:
        at = client.wait_for_turn(retry)
        now = _read_state(client, desired, retry)
        canceled = reissue_canceled(first.order, now)
        shown = canceled if first.plan.operation == "cancel_reissue" else satisfies(now, desired)
        if shown:
            outcome = Outcome(desired, first.order, now, first.plan, changed=True, verified=True, reconciled=True)
            return outcome, Fetched(now, first.plan, at)
        again = plan_for(client, desired, replace(now, migrated=first.order.migrated), at, retry)
    except CertCentralError as error:
        raise _unknown(desired, lost, f"nothing settles what it did ({error.what})") from None
    if shown is None or not again.plan.sends:
        why = f"that it is {sanitize(now.status)} now does not show whether the reissue was canceled or issued"
        raise _unknown(desired, lost, why)
    return None, again


def _too_slow(desired: DesiredState) -> RequestError:
    return RequestError(
        UNAVAILABLE,
        f"the API is so slow that each reading is over {STALE_AFTER:.0f} s old before the change can go",
        "try again later",
        subject=f"order {desired.order_id} was not changed",
        order_id=desired.order_id,
    )


def _unknown(desired: DesiredState, lost: RequestError, why: str, last: RequestError | None = None) -> CertCentralError:
    """The outcome is not known: the change was sent, the answer to it was not clear, and ``why`` nothing settles it."""
    answer = last or lost
    return CertCentralError(
        UNKNOWN_OUTCOME,
        f"no clear answer to the change came ({lost.what}), and {why}",
        "look at the order before you run this again",
        subject=f"order {desired.order_id} may have been changed or not",
        http_status=answer.http_status,
        errors=answer.errors,
        order_id=desired.order_id,
        changed=True,
    )


def watch(client: Client, look: t.Callable[[], bool]) -> bool:
    """Look for changes at each of ``VERIFY_AT``, until ``look`` says that there is nothing left to look for."""
    start = client.now()
    for at in VERIFY_AT:
        client.sleep(max(0.0, start + at - client.now()))
        if look():
            return True
    return False


def verify(client: Client, outcome: Outcome) -> Outcome:
    """Look for a change that was accepted. What goes wrong here is a warning: the API has accepted the change."""
    if outcome.verified is not None:
        return outcome
    found = replace(outcome, verified=False)
    retry = client.budget()

    def look() -> bool:
        nonlocal found
        last = _read_state(client, outcome.desired, retry)
        found = replace(found, last=last, verified=bool(satisfies(last, outcome.desired)))
        return bool(found.verified)

    subject = f"the API accepted the change of order {outcome.desired.order_id}, but "
    try:
        if not watch(client, look):
            found = replace(found, warnings=(f"{subject}it does not show yet: it reads {found.seen}",))
    except CertCentralError as error:
        found = replace(found, warnings=(f"{subject}then it could not be read: {error.what}",))
    return found


def _read_state(client: Client, desired: DesiredState, retry: RetryBudget | None = None) -> Order:
    """An order with what says whether it is in the desired state, past all caches."""
    order = read_order(client, desired.order_id, retry, fresh=True)
    return _load_missing(client, order, "is_renewed", retry) if satisfies(order, desired) is None else order
