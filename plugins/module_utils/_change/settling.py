# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that follow if the API did not accept a change at once.

If the response was lost, the order is read to find out whether the change was made. The change is only sent again if it was not.
"""

from __future__ import annotations

import enum
import typing as t

from .._api.order import Order
from .._errors import FATAL_REASONS, CertCentralError, Interrupted, RequestError
from .._http.client import Client
from .._http.retry import RetryBudget
from .._text import sanitize
from .one import MAX_AGE_SECONDS, accept, put
from .outcome import Basis, Outcome, unsent
from .reading import plan_fully, read_and_plan, read_state, wait_to_look
from .reissue_rules import Fate, find_fate
from .rules import DesiredState, satisfies
from .unseen import describe_unchanged

# The maximum number of times in a row that an order is read again because it was read too long ago.
MAX_REREADS = 3


class Response(enum.Enum):
    """The result of one attempt to send a change."""

    ACCEPTED = enum.auto()
    REJECTED = enum.auto()
    LOST = enum.auto()
    # Nothing was changed, and the change can be sent again.
    NOT_NOW = enum.auto()
    # Nothing was sent, because the order was read too long ago.
    STALE = enum.auto()
    # Nothing was sent, because the task has to end.
    STOPPED = enum.auto()


# A step of a change returns the next step, or the outcome.
Step = t.Callable[[], t.Union["Step", Outcome]]


class Change:
    """The steps after the first request for a change, as a state machine. Each step returns the next step, or the outcome.

    The same steps can follow the first request and each request that ``_send`` sends.

    ========== ========================================================= =====================================
    step       what it does                                              what can follow
    ========== ========================================================= =====================================
    _send      sends the change, on data that is at most 60 s old        outcome, _look, _wait, _recheck
    _look      reads the order after a response was lost                 outcome, _wait
    _wait      waits before the change is sent again                     _send
    _recheck   reads the order after the API rejected the change         outcome
    ========== ========================================================= =====================================

    Each step can also raise an error. After a lost response its reason is ``unknown_outcome``, otherwise nothing was changed.

    Example::

        outcome = Change(client, desired, basis, client.budget(), lambda: False, keep_order).settle(failure)

    :param retry: the budget of all requests for the change
    :param is_stopped: returns whether the task has to end before this change is sent
    :param on_read: takes the order if it is read again before it was changed
    """

    def __init__(
        self,
        client: Client,
        desired: DesiredState,
        basis: Basis,
        retry: RetryBudget,
        is_stopped: t.Callable[[], bool],
        on_read: t.Callable[[Order], object],
    ) -> None:
        self._client = client
        self._desired = desired
        # The basis of the first request that may have changed the order, and the basis of the next request.
        self._first = self._last = basis
        self._is_stopped = is_stopped
        self._on_read = on_read
        self._retry = retry
        # The newest failure to send the change, and the newest failure after which the order may have been changed.
        self._failure: RequestError | None = None
        self._lost: RequestError | None = None
        # Whether the change can be sent again after its response was lost.
        self._is_repeatable = True

    def settle(self, failure: RequestError | None) -> Outcome:
        """Return the outcome of the change.

        :param failure: the failure of the first request; None if it was not sent
        :raises Interrupted: if nothing was sent, because the task was asked to stop
        :raises CertCentralError: if the order was not changed; ``unknown_outcome`` if it may have been
        """
        step = self._follow(self._classify(failure))
        while not isinstance(step, Outcome):
            step = step()
        return step

    def _send(self) -> Step | Outcome:
        return self._follow(self._put())

    def _follow(self, response: Response) -> Step | Outcome:
        """Return the next step, or the outcome. If nothing was sent because the order is stale, read it and send the change first."""
        for unused in range(MAX_REREADS):
            if response is not Response.STALE:
                break
            # Only one thread at a time does this, so that the next request that the limiter allows is this change.
            with self._client.turn:
                outcome = self._read_again()
                if outcome:
                    return outcome
                self._check_repeatable()
                response = self._put()
        if response is Response.ACCEPTED:
            return accept(self._desired, self._last)
        if response is Response.LOST:
            return self._look
        if response is Response.NOT_NOW:
            return self._wait
        failure = self._failure or Interrupted()
        if self._lost:
            raise self._unknown(f"repeating the change failed ({failure.what})", failure)
        # After a fatal failure, the order is not read again, because the other changes of the task have to be stopped at once.
        if response is Response.REJECTED and failure.http_status and failure.reason not in FATAL_REASONS:
            return self._recheck
        raise failure

    def _put(self) -> Response:
        """Send the change once, unless the order was read too long ago or the task has to end."""
        try:
            is_accepted = put(self._client, self._desired, self._last, self._retry, self._must_stop)
        except RequestError as failure:
            return self._classify(failure)
        return Response.ACCEPTED if is_accepted else self._classify(None)

    def _classify(self, failure: RequestError | None) -> Response:
        """Return the result of an attempt to send the change that did not succeed. Without a failure, nothing was sent."""
        self._failure = failure
        if isinstance(failure, Interrupted) or (failure is None and self._must_stop()):
            return Response.STOPPED
        if failure is None:
            self._failure = self._too_slow()
            return Response.STALE
        if failure.outcome_unknown:
            self._lost = failure
            return Response.LOST
        return Response.NOT_NOW if failure.repeat else Response.REJECTED

    def _must_stop(self) -> bool:
        # If a response was lost, go on until it is clear whether the order was changed.
        return self._lost is None and self._is_stopped()

    def _read_again(self) -> Outcome | None:
        """Read the order and plan again. Return the outcome if no change is needed any longer, otherwise None."""
        if self._lost:
            return self._find_change()
        self._first = self._last = read_and_plan(self._client, self._desired, self._retry, self._on_read)
        return None if self._last.plan.sends else unsent(self._desired, self._last)

    def _look(self) -> Step | Outcome:
        """Look for the change as a verification does, because the API may show it with a delay.

        This happens before anything is sent again.
        """
        # The time that this takes counts as time for retries.
        self._retry.start()
        try:
            for unused in wait_to_look(self._client):
                if outcome := self._read_again():
                    return outcome
        except Interrupted as error:
            raise self._unknown(f"the order could not be read ({error.what})") from None
        return self._wait

    def _find_change(self) -> Outcome | None:
        """Read the order after a lost response. Return the outcome if it shows the change, otherwise plan again.

        :raises CertCentralError: ``unknown_outcome`` if the order cannot be read, or if it is unknown what happened
        """
        first, desired = self._first, self._desired
        try:
            at = self._client.wait_for_turn(self._retry)
            now = read_state(self._client, desired, self._retry)
            fate = find_fate(first.order, now) if first.plan.operation == "cancel_reissue" else None
            if fate is Fate.CANCELED or (fate is None and satisfies(now, desired)):
                return Outcome(desired, first.order, now, first.plan, changed=True, verified=True, was_lost=True)
            self._is_repeatable = fate in (None, Fate.PENDING)
            now = now._replace(migrated=first.order.migrated)
            self._last = plan_fully(self._client, desired, now, at, self._retry)
        except CertCentralError as error:
            why = f"the order's current state does not show what happened ({error.what})"
            raise self._unknown(why, cause=error.reason) from None
        if fate is Fate.UNKNOWN:
            self._check_repeatable()
        return None

    def _check_repeatable(self) -> None:
        """Refuse to send a cancellation again if it could cancel another reissue.

        :raises CertCentralError: ``unknown_outcome``
        """
        if not self._is_repeatable:
            status = sanitize(self._last.order.status)
            raise self._unknown(f"its status {status} does not tell whether the reissue was canceled or issued")

    def _wait(self) -> Step:
        self._check_repeatable()
        failure = t.cast(RequestError, self._failure)
        try:
            # Retry after any failure, because the order was read since then and is not in the desired state.
            self._retry.wait(failure.replaced(repeat=True))
        except RequestError as final:
            if self._lost is None:
                raise
            seen = describe_unchanged(self._desired, self._first.order, self._last.order)
            raise self._unknown(seen, final) from None
        return self._send

    def _recheck(self) -> Outcome:
        """Read the order after the API rejected the change. Return the outcome if somebody else has made the same change.

        :raises RequestError: the rejection, if the order is not in the desired state
        """
        try:
            at = self._client.wait_for_turn(self._retry)
            now = read_state(self._client, self._desired, self._retry, self._on_read)
            self._on_read(now)
            if satisfies(now, self._desired):
                return unsent(self._desired, plan_fully(self._client, self._desired, now, at, self._retry))
        except CertCentralError:
            # The rejection tells more than this error.
            pass
        raise t.cast(RequestError, self._failure)

    def _too_slow(self) -> RequestError:
        return RequestError(
            "unavailable",
            f"the order could not be changed within {MAX_AGE_SECONDS:.0f} s of reading it, because the API responds too slowly",
            "try again later",
            subject=f"order {self._desired.order_id} was not changed",
            order_id=self._desired.order_id,
        )

    def _unknown(self, why: str, last: RequestError | None = None, cause: str = "") -> CertCentralError:
        """Return the error ``unknown_outcome``.

        :param why: why it is unknown whether the order was changed, in words
        :param last: the failure of a repeated request, if there was one
        :param cause: the reason of the failure to find out, if it is not ``last``
        """
        lost = t.cast(RequestError, self._lost)
        response = last or lost
        return CertCentralError(
            "unknown_outcome",
            f"the response to the change was lost ({lost.what}), and {why}",
            "check the order in CertCentral before you run this again",
            subject=f"order {self._desired.order_id} may or may not have been changed",
            http_status=response.http_status,
            errors=response.errors,
            order_id=self._desired.order_id,
            changed=True,
            cause=last.reason if last else cause,
        )
