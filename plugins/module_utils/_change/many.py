# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many orders in one task: fetch all, plan all, judge, stop here in check mode, send, verify."""

from __future__ import annotations

import threading
import typing as t
from collections import deque
from dataclasses import dataclass, replace

from .._api.fetch import MIGRATED, Fetcher, Result
from .._api.order import Order
from .._api.pages import Params
from .._api.statuses import CANCELABLE, CANCELED, NOT_RENEWED, REISSUE_PENDING, RENEWED
from .._errors import (
    FATAL_REASONS,
    TOO_MANY_CHANGES,
    UNAVAILABLE,
    UNEXPECTED_RESPONSE,
    UNKNOWN_OUTCOME,
    CertCentralError,
    Interrupted,
    describe_bug,
    format_trace,
)
from .._http.client import Client
from .._text import count_orders
from .many_result import NOT_ATTEMPTED, Item, name_orders
from .one import STALE_AFTER, send, watch
from .outcome import unsent
from .rules import DesiredState, MissingField, plan, satisfies

if t.TYPE_CHECKING:
    from concurrent.futures import Future

# Orders that are fetched again together at most, when they were fetched too long ago.
BATCH_ORDERS = 200
# Seconds that this may take before fewer are fetched at once: the first must not be too old again at the end.
MAX_BATCH_SECONDS = STALE_AFTER / 3
# Rounds of planning: one for each field that a plan can miss, and the last.
MAX_ROUNDS = 4
# What the task is at, for the person who watches.
READING, CHANGING, VERIFYING = "reading", "changing", "verifying"
# Waits that a person is told about, in seconds.
MIN_TOLD_SECONDS = 2.0


@dataclass(frozen=True)
class Options:
    """How to go about it; the module's options of the same names."""

    check_mode: bool = False
    verify_change: bool = True
    max_changes: int | None = None
    keep_going: bool = False
    concurrency: int = 4

    def stops(self, error: CertCentralError) -> bool:
        """Whether the failure of one order ends the task."""
        return not self.keep_going or error.reason in FATAL_REASONS


class Bulk:
    """The orders of one task, on their way from a desired state to an outcome.

    :param log: takes a line for the log of the host
    """

    def __init__(
        self,
        client: Client,
        desired: t.Sequence[DesiredState],
        options: Options,
        log: t.Callable[[str], None],
    ) -> None:
        self.items = [Item(state) for state in desired]
        self.warnings: list[str] = []
        # What ended the task, if it is no order's own failure.
        self.error: CertCentralError | None = None
        self._client = client
        self._options = options
        self._log = log
        self._total = self._done = 0
        self._phase = READING
        self._started = client.now()
        self._fetcher = Fetcher(client, options.concurrency, options.stops)
        self._batch = BATCH_ORDERS
        # Set when no further change may go.
        self._stopped = threading.Event()

    def run(self) -> None:
        """Do it all. What went wrong is in the items and in ``error`` afterwards."""
        self._run()
        ended = self.error or any(item.error and self._options.stops(item.error) for item in self.items)
        if self._client.interrupted and not ended and any(item.ended == NOT_ATTEMPTED for item in self.items):
            self.error = Interrupted()

    def _run(self) -> None:
        if not self._fetch(self.items):
            return
        changes = [item for item in self.items if item.sends]
        allowed = self._options.max_changes
        if allowed is not None and len(changes) > allowed:
            self.error = CertCentralError(
                TOO_MANY_CHANGES,
                f"{count_orders(len(changes))} would change, and max_changes allows {allowed}: nothing was sent",
                "look at results, then raise max_changes or ask for fewer orders",
            )
            return
        if any(self._options.stops(item.error) for item in self.items if item.error):
            return
        if self._options.check_mode:
            for item in changes:
                item.outcome = unsent(item.desired, item.fetched)
            return
        self._send(deque(changes))
        if self._options.verify_change:
            self._verify(
                [item for item in changes if item.outcome and item.outcome.changed and item.outcome.verified is None]
            )
            return
        for item in changes:
            # Also where a reading settled a lost reply.
            item.outcome = item.outcome and replace(item.outcome, verified=None)

    def progress(self) -> str:
        """How far it is, in a line for the person who watches. Another thread may ask."""
        fetched = sum(item.order is not None or item.error is not None for item in self.items)
        line = f"{fetched} of {len(self.items)} orders read"
        if self._phase == VERIFYING:
            shown = sum(item.outcome is not None and bool(item.outcome.verified) for item in self.items)
            line = f"{self._done} changes done, {shown} of them verified"
        elif self._phase == CHANGING:
            failed = sum(item.error is not None for item in self.items)
            spent = self._client.now() - self._started
            left = round(spent / self._done * (self._total - self._done)) if self._done else 0
            parts = [f"{self._done} of {self._total} changes done"]
            parts += [f"{failed} failed"] if failed else []
            parts += [f"about {left} s left"] if left else []
            line = ", ".join(parts)
        wait, why = self._client.waiting()
        return f"{line}, waiting {round(wait)} s: {why}" if wait > MIN_TOLD_SECONDS else line

    # Fetching and planning

    def _fetch(self, items: t.Sequence[Item]) -> bool:
        """Fetch and plan. False if that ended early; ``error`` says why, unless it is an order's own failure."""
        try:
            states = [item.desired for item in items]
            self._fetcher.fetch([state.order_id for state in states], filters_before(states))
            # Each round adds a field that the ones before did not.
            for unused in range(MAX_ROUNDS):
                missing: dict[str, list[Order]] = {}
                for item in items:
                    lacks = self._plan(item)
                    if lacks and item.order:
                        missing.setdefault(lacks.name, []).append(item.order)
                for field, orders in missing.items():
                    self._fetcher.load(field, orders)
                if not missing:
                    return True
        except CertCentralError as error:
            self.error = None if error.order_id else error
        except Exception as error:  # noqa: BLE001
            # A bug. What was done so far must not be lost over it.
            self._log(format_trace(error))
            self.error = CertCentralError(UNEXPECTED_RESPONSE, f"the orders could not be read: {describe_bug(error)}")
        # What was fetched before it ended counts.
        for item in items:
            self._plan(item)
        return False

    def _plan(self, item: Item) -> MissingField | None:
        """Plan for an item by what was fetched, or say what is missing."""
        result = self._fetcher.fetched.get(item.desired.order_id)
        item.plan = None
        if result is None or isinstance(result, Interrupted):
            return None
        if isinstance(result, CertCentralError):
            item.error = result
            return None
        # Where an order came from does not change.
        if result.migrated is None and item.order:
            result = replace(result, migrated=item.order.migrated)
        item.order = result
        item.fetched_at = self._fetcher.fetched_at.get(item.desired.order_id, 0.0)
        try:
            planned = plan(result, item.desired, self._client.clock.today())
        except CertCentralError as error:
            item.error = error
            return None
        if isinstance(planned, MissingField):
            return planned
        item.plan = planned
        if not planned.sends:
            item.outcome = unsent(item.desired, item.fetched)
        return None

    # Sending

    def _send(self, todo: deque[Item]) -> None:
        """Send what is to be sent, some at once, until it is done or something stops it."""
        self._total, self._phase, self._started = len(todo), CHANGING, self._client.now()
        under_way: set[Future[None]] = set()
        refreshed = False
        with self._client.clock.executor(self._options.concurrency) as pool:
            while under_way or (todo and not self._stopped.is_set()):
                while todo and not self._stopped.is_set() and len(under_way) < self._options.concurrency:
                    # Not twice in a row: where the limiter is slow, even the time after a reading may be too long.
                    refreshed = not refreshed and self._make_ready(todo)
                    if refreshed or self._stopped.is_set():
                        continue
                    try:
                        under_way.add(pool.submit(self._send_one, todo.popleft()))
                    except RuntimeError as error:
                        self._stopped.set()
                        self.error = CertCentralError(UNAVAILABLE, f"this machine could start no thread ({error})")
                under_way = self._client.clock.wait_for_any(under_way)
                self._done = self._total - len(todo) - len(under_way)

    def _make_ready(self, todo: deque[Item]) -> bool:
        """Wait for the next order's turn, and fetch it and some others again if they were fetched too long ago.

        Waiting here, not in the workers, keeps those fresh that have their turn. Returns whether it fetched.
        """
        try:
            self._client.limiter.wait()
        except Interrupted:
            self._stopped.set()
        if self._stopped.is_set() or self._client.now() - todo[0].fetched_at <= STALE_AFTER:
            return False
        self._refresh(todo)
        return True

    def _refresh(self, todo: deque[Item]) -> None:
        """Fetch the next orders again. Takes off what needs no change any more."""
        batch = [todo.popleft() for unused in range(min(self._batch, len(todo)))]
        start = self._client.now()
        if not self._fetch(batch):
            self._stopped.set()
        if self._client.now() - start > MAX_BATCH_SECONDS:
            self._batch = max(self._options.concurrency, self._batch // 2)
        todo.extendleft(item for item in reversed(batch) if item.sends)
        if any(self._options.stops(item.error) for item in batch if item.error):
            self._stopped.set()

    def _send_one(self, item: Item) -> None:
        """Make one change, in a worker, and keep what came of it."""
        try:
            item.outcome = send(self._client, item.desired, item.fetched, self._stopped.is_set, item.see)
        except Interrupted:
            self._stopped.set()
            return
        except CertCentralError as error:
            item.error = error
        except Exception as error:  # noqa: BLE001
            # At a moment that nothing names. The other orders' results must not be lost over it.
            self._log(format_trace(error))
            item.error = CertCentralError(
                UNKNOWN_OUTCOME,
                describe_bug(error),
                "look at the order before you run this again",
                subject=f"order {item.desired.order_id} may have been changed or not",
                order_id=item.desired.order_id,
                changed=True,
            )
        if item.error and self._options.stops(item.error):
            self._stopped.set()

    # Verifying

    def _verify(self, rest: list[Item]) -> None:
        """Look for all changes together until they show. What goes wrong is a warning: the API has accepted them."""
        fatal = any(item.error.reason in FATAL_REASONS for item in self.items if item.error)
        self._fetcher.stops = lambda error: error.reason in FATAL_REASONS
        self._phase = VERIFYING
        for item in rest:
            if item.outcome:
                item.outcome = replace(item.outcome, verified=False)

        def look() -> bool:
            nonlocal rest
            rest = self._look(rest)
            # What cannot be read now will not be readable in a second either.
            return not any(isinstance(self._fetcher.fetched.get(item.desired.order_id), Order) for item in rest)

        try:
            if rest and not fatal:
                watch(self._client, look)
        except CertCentralError as error:
            self.warnings.append(f"the API accepted the changes, but then reading failed: {error.what}")
        except Exception as error:  # noqa: BLE001
            # A bug, after the changes. The results must not be lost over it.
            self._log(format_trace(error))
            self.warnings.append(f"the changes could not be verified: {describe_bug(error)}")
        rest = [item for item in rest if item.outcome and not item.outcome.verified]
        if rest:
            named = name_orders(rest)
            self.warnings.append(f"the API accepted changes that were not seen in a reading yet, of order {named}")

    def _look(self, items: list[Item]) -> list[Item]:
        """Fetch changed orders, and keep what they show. Returns those that do not show the change."""
        states = [item.desired for item in items]
        self._fetcher.fetch([state.order_id for state in states], filters_after(states), fresh=True)
        for field, listed in (("order_info", True), ("is_renewed", False)):
            unclear = [order for item in items if (order := _unclear(self._result(item), item.desired))]
            self._fetcher.load(field, [order for order in unclear if order.listed is listed], fresh=True)
        for item in items:
            last = self._result(item)
            if item.outcome and isinstance(last, Order):
                shown = bool(satisfies(last, item.desired))
                item.outcome = replace(item.outcome, last=last, verified=shown)
        return [item for item in items if item.outcome and not item.outcome.verified]

    def _result(self, item: Item) -> Result | None:
        return self._fetcher.fetched.get(item.desired.order_id)


def _unclear(result: Result | None, desired: DesiredState) -> Order | None:
    """An order that does not say whether it is in the desired state."""
    return result if isinstance(result, Order) and satisfies(result, desired) is None else None


def filters_after(states: t.Sequence[DesiredState]) -> list[Params]:
    """The list filters, of one value each, behind which orders are that were just changed so."""
    filters: list[Params] = []
    if any(state.status == CANCELED and state.cancel_scope == "order" for state in states):
        filters.append([("filters[status]", CANCELED)])
    if any(state.status == RENEWED for state in states):
        filters.append([("filters[is_renewed]", "1")])
    if any(state.status == NOT_RENEWED for state in states):
        # Marks are on migrated orders alone.
        filters.append(MIGRATED)
    return filters


def filters_before(states: t.Sequence[DesiredState]) -> list[Params]:
    """The list filters, of one value each, behind which most orders are that should be changed so."""
    filters: list[Params] = []
    if any(state.status == CANCELED and state.cancel_scope == "order" for state in states):
        filters += [[("filters[status]", status)] for status in (*CANCELABLE, CANCELED)]
    if any(state.status == CANCELED and state.cancel_scope == "reissue" for state in states):
        filters.append([("filters[status]", REISSUE_PENDING)])
    if any(state.status != CANCELED for state in states):
        filters.append(MIGRATED)
    return filters
