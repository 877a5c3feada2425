# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sending of one change: once if the API responds, and never twice by accident if the response is lost.

For example::

    outcome = Change(client, desired, read_and_plan(client, desired)).send()
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import replace

from .._api.endpoints import send_status
from .._api.order import Order
from .._errors import FATAL_REASONS, UNAVAILABLE, UNKNOWN_OUTCOME, CertCentralError, Interrupted, RequestError
from .._http.client import Client
from .._text import sanitize
from .outcome import Basis, Outcome, describe_unchanged, unsent
from .reading import ignore, look_until, plan_fully, read_and_plan, read_state
from .rules import DesiredState, Fate, find_fate, satisfies

# A change that is basedon data older than this number of seconds is not sent: the order is read again first.
MAX_AGE_SECONDS = 60.0
# How often an order is read again in a row for that reason, before the task gives up.
MAX_REREADS = 3


class Response(enum.Enum):
    """What came of one attempt to send a change."""

    ACCEPTED = enum.auto()
    REJECTED = enum.auto()
    LOST = enum.auto()
    # Nothing was changed, and the change can be sent again.
    NOT_NOW = enum.auto()
    # Nothing was sent, because the order was read too long ago.
    STALE = enum.auto()
    # Nothing was sent, because the task has to end.
    STOPPED = enum.auto()


# A step of a change returns the next one, or the outcome.
Step = t.Callable[[], t.Union["Step", Outcome]]


class Change:
    """The sending of one change, as a small state machine. Each of its steps returns the next step or the outcome.

    ========== ========================================================= =====================================
    step       what it does                                              what can follow
    ========== ========================================================= =====================================
    _send      sends the change, on data that is at most 60 s old        outcome, _look, _wait, _recheck
    _look      reads the order after its response was lost               outcome, _wait
    _wait      waits before the change is sent again                     _send
    _recheck   reads the order after the API rejected the change         outcome
    ========== ========================================================= =====================================

    Each step can also end with an error: ``unknown_outcome`` once a response was lost, else the reason why nothing was changed.

    :param basis: the order as it was read, and the plan for it
    :param is_stopped: returns whether the task ends before this change is sent
    :param on_read: takes the order when it was read again and nothing was changed yet
    """

    def __init__(
        self,
        client: Client,
        desired: DesiredState,
        basis: Basis,
        is_stopped: t.Callable[[], bool] = lambda: False,
        on_read: t.Callable[[Order], None] = ignore,
    ) -> None:
        self._client = client
        self._desired = desired
        # What the first request that may have changed the order was based on, and what the next one is based on.
        self._first = self._last = basis
        self._is_stopped = is_stopped
        self._on_read = on_read
        # All requests of a change share one budget, so that it ends in time.
        self._retry = client.budget()
        # The newest failure to send the change, and the newest one after which it may have been made.
        self._failure: RequestError | None = None
        self._lost: RequestError | None = None
        # Whether the change can be sent again after its response was lost.
        self._is_repeatable = True

    def send(self) -> Outcome:
        """Send the change until the API has responded, and read the order to find out about a lost response.

        :raises CertCentralError: if the order was not changed (:exc:`Interrupted`: not even attempted), or ``unknown_outcome``
        """
        step: Step | Outcome = self._send
        while not isinstance(step, Outcome):
            step = step()
        return step

    def _send(self) -> Step | Outcome:
        response = self._put()
        for unused in range(MAX_REREADS):
            if response is not Response.STALE:
                break
            # One thread at a time: the next request that the limiter allows has to be this change, not another read.
            with self._client.turn:
                outcome = self._read_again()
                if outcome:
                    return outcome
                self._check_repeatable()
                response = self._put()
        if response is Response.ACCEPTED:
            return Outcome(self._desired, self._last.order, self._last.order, self._last.plan, changed=True)
        if response is Response.LOST:
            return self._look
        if response is Response.NOT_NOW:
            return self._wait
        failure = self._failure or Interrupted()
        if self._lost:
            raise self._unknown(f"its repetition failed ({failure.what})", failure)
        # After a fatal failure, nobody waits for another read: the other changes of the task have to be stopped at once.
        if response is Response.REJECTED and failure.http_status and failure.reason not in FATAL_REASONS:
            return self._recheck
        raise failure

    def _put(self) -> Response:
        """Send the change once, unless the order was read too long ago or the task ends."""
        self._failure = None
        try:
            if send_status(
                self._client,
                self._desired.order_id,
                self._desired.status,
                self._desired.note,
                self._retry,
                lambda: not self._must_stop() and not self._is_stale(),
            ):
                return Response.ACCEPTED
        except Interrupted as failure:
            self._failure = failure
            return Response.STOPPED
        except RequestError as failure:
            self._failure = failure
            if failure.outcome_unknown:
                self._lost = failure
                return Response.LOST
            return Response.NOT_NOW if failure.repeat else Response.REJECTED
        if self._must_stop():
            return Response.STOPPED
        self._failure = self._too_slow()
        return Response.STALE

    def _must_stop(self) -> bool:
        # A change whose response was lost is carried through.
        return self._lost is None and self._is_stopped()

    def _is_stale(self) -> bool:
        return self._client.now() - self._last.at > MAX_AGE_SECONDS

    def _read_again(self) -> Outcome | None:
        """Read the order and plan again. Return the outcome if nothing has to be sent any more."""
        if self._lost:
            return self._find_change()
        self._first = self._last = read_and_plan(self._client, self._desired, self._retry, self._on_read)
        return None if self._last.plan.sends else unsent(self._desired, self._last)

    def _look(self) -> Step | Outcome:
        """Look for the change as a verification does, before anything is sent again: what the API returns may lag behind."""
        # The time for this counts as well.
        self._retry.start()
        outcome: Outcome | None = None

        def is_found() -> bool:
            nonlocal outcome
            outcome = self._read_again()
            return outcome is not None

        try:
            look_until(self._client, is_found)
        except Interrupted as error:
            raise self._unknown(f"the order could not be read ({error.what})") from None
        return outcome or self._wait

    def _find_change(self) -> Outcome | None:
        """Read the order after a lost response. Return the outcome if it shows the change, else plan again.

        :raises CertCentralError: ``unknown_outcome``
        """
        first, desired = self._first, self._desired
        try:
            at = self._client.wait_for_turn(self._retry)
            now = read_state(self._client, desired, self._retry)
            fate = find_fate(first.order, now) if first.plan.operation == "cancel_reissue" else None
            if fate is Fate.CANCELED or (fate is None and satisfies(now, desired)):
                return Outcome(desired, first.order, now, first.plan, changed=True, verified=True, was_lost=True)
            self._is_repeatable = fate in (None, Fate.PENDING)
            now = replace(now, migrated=first.order.migrated)
            self._last = plan_fully(self._client, desired, now, at, self._retry)
        except CertCentralError as error:
            raise self._unknown(f"the order's current state does not show what happened ({error.what})") from None
        if fate is Fate.UNKNOWN:
            self._check_repeatable()
        return None

    def _check_repeatable(self) -> None:
        """
        :raises CertCentralError: ``unknown_outcome``, if another cancellation could meet another reissue
        """
        if not self._is_repeatable:
            status = sanitize(self._last.order.status)
            raise self._unknown(f"its status {status} does not tell whether the reissue was canceled or issued")

    def _wait(self) -> Step:
        self._check_repeatable()
        failure = t.cast(RequestError, self._failure)
        try:
            # Even if this failure is not worth a repeat by itself: the order is not in the desired state.
            self._retry.wait(failure.replaced(repeat=True))
        except RequestError as final:
            if self._lost is None:
                raise
            seen = describe_unchanged(self._desired, self._first.order, self._last.order)
            raise self._unknown(seen, final) from None
        return self._send

    def _recheck(self) -> Outcome:
        """Read the order once more, because somebody else may have been faster.

        :raises RequestError: the rejection, unless the order is in the desired state
        """
        try:
            at = self._client.wait_for_turn(self._retry)
            now = read_state(self._client, self._desired, self._retry)
            self._on_read(now)
            if satisfies(now, self._desired):
                return unsent(self._desired, plan_fully(self._client, self._desired, now, at, self._retry))
        except CertCentralError:
            # The rejection says more.
            pass
        raise t.cast(RequestError, self._failure)

    def _too_slow(self) -> RequestError:
        return RequestError(
            UNAVAILABLE,
            f"the order could not be changed within {MAX_AGE_SECONDS:.0f} s of reading it, because the API responds too slowly",
            "try again later",
            subject=f"order {self._desired.order_id} was not changed",
            order_id=self._desired.order_id,
        )

    def _unknown(self, why: str, last: RequestError | None = None) -> CertCentralError:
        """Return the error after a lost response that nothing explains.

        :param why: the second half of the reason
        :param last: the response to a repeated request, if there was one
        """
        lost = t.cast(RequestError, self._lost)
        response = last or lost
        return CertCentralError(
            UNKNOWN_OUTCOME,
            f"the response to the change was lost ({lost.what}), and {why}",
            "check the order in CertCentral before you run this again",
            subject=f"order {self._desired.order_id} may or may not have been changed",
            http_status=response.http_status,
            errors=response.errors,
            order_id=self._desired.order_id,
            changed=True,
        )
