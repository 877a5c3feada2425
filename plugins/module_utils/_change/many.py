# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of many orders in one task.

The task reads all orders and plans for all of them. In check mode, or if a change is refused, it ends there. Otherwise it sends
the changes and verifies them. For example::

    bulk = Bulk(client, [DesiredState(1234567, "canceled", "Ordered twice")], Options(max_changes=50), module.log)
    with client.clock.every(5.0, lambda: show(bulk.progress())):
        items = bulk.run()
    result = to_result(items, bulk.error, check_mode=False, diff=True)
"""

from __future__ import annotations

import contextlib
import os
import threading
import typing as t
from collections import deque
from types import MappingProxyType

from .._api.fetch import Fetcher
from .._api.order import Order
from .._bugs import describe_bug, format_trace
from .._errors import FATAL_REASONS, CertCentralError, Interrupted
from .._http.client import Client
from .._http.waits import find_wait
from .._text import count_orders
from .many_read import Known, read_all
from .many_result import NOT_ATTEMPTED, Item
from .many_verify import describe_unverified, verify_all
from .one import MAX_AGE_SECONDS, send_change
from .outcome import unsent
from .rules import DesiredState, satisfies

if t.TYPE_CHECKING:
    from concurrent.futures import Future

# The maximum number of orders that are read again together because they were read too long ago.
BATCH_ORDERS = 200
# If reading them takes longer than this number of seconds, fewer orders are read together, so that the first one can still be changed.
MAX_BATCH_SECONDS = MAX_AGE_SECONDS / 3
# Files that a task may have open besides its connections: for imports, the log and the result.
SPARE_FILES = 4
# The phases of a task, for reports of its progress.
READING, CHANGING, VERIFYING = "reading", "changing", "verifying"
# The progress does not mention shorter waits.
MIN_REPORTED_WAIT_SECONDS = 2.0


def is_fatal(error: CertCentralError) -> bool:
    """Return whether every other request would fail in the same way."""
    return not {error.reason, error.cause}.isdisjoint(FATAL_REASONS)


def check_files(connections: int) -> None:
    """Raise OSError if too few files can be opened, because then changes could be made whose results are lost."""
    with contextlib.ExitStack() as opened:
        for unused in range(2 * connections + SPARE_FILES):
            opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))


class Options(t.NamedTuple):
    """The settings of a task. The fields are the module's options with the same names."""

    check_mode: bool = False
    verify_change: bool = True
    max_changes: int | None = None
    keep_going: bool = False
    concurrency: int = 4

    def stops(self, error: CertCentralError) -> bool:
        """Return whether an error of one order ends the task."""
        return not self.keep_going or is_fatal(error)


class Bulk:
    """A task that brings many orders into their desired states. It can run only once.

    :param desired: the state of each order; each order may occur only once
    :param log: takes a line for the log of the host
    :param known: orders that were read just before, and need not be read at the beginning
    :ivar items: the orders with their outcomes or errors, in the sequence of ``desired``
    :ivar error: the error that ended the task, if it is not about one order
    :ivar warnings: sentences about changes that could not be verified
    """

    def __init__(
        self,
        client: Client,
        desired: t.Sequence[DesiredState],
        options: Options,
        log: t.Callable[[str], None] = lambda line: None,
        known: Known = MappingProxyType({}),
    ) -> None:
        self.items = [Item(state) for state in desired]
        self.error: CertCentralError | None = None
        self.warnings: list[str] = []
        self._client = client
        self._options = options
        self._log = log
        self._fetcher = Fetcher(client, options.concurrency, options.stops)
        self._known = known
        self._batch_orders = BATCH_ORDERS
        # Set as soon as no further change may be sent.
        self._stopped = threading.Event()
        # The progress: the present phase, the time when the changes began, their number, and the number of those that are done.
        self._phase = READING
        self._started = client.now()
        self._changes = self._done = 0

    def run(self) -> list[Item]:
        """Run the task and return its items. Errors are not raised, but are in the items and in ``error``."""
        self._run()
        is_incomplete = any(item.outcome_name == NOT_ATTEMPTED for item in self.items)
        if self._client.interrupted and is_incomplete and not any(map(self._stops, self.items)):
            self.error = self.error or Interrupted()
        return self.items

    def _run(self) -> None:
        try:
            check_files(self._options.concurrency)
        except OSError as error:
            what = (
                f"this host does not let the module open enough files ({error.strerror}): raise the limit (ulimit -n)"
            )
            self.error = CertCentralError("unavailable", what)
        if self.error or not self._read(self.items, self._known):
            return
        changes = [item for item in self.items if item.sends]
        allowed = self._options.max_changes
        if allowed is not None and len(changes) > allowed:
            self.error = CertCentralError(
                "too_many_changes",
                f"{count_orders(len(changes))} would change, and max_changes allows {allowed}, so nothing was sent",
                "check orders in the result, then raise max_changes or ask for fewer orders",
            )
            return
        if any(self._stops(item) for item in self.items):
            return
        if self._options.check_mode:
            for item in changes:
                item.outcome = unsent(item.desired, item.basis)
            return
        self._send(deque(changes))
        self._verify(changes)

    def _stops(self, item: Item) -> bool:
        return item.error is not None and self._options.stops(item.error)

    # Progress

    def progress(self) -> str:
        """Return the progress of the task in one line. Any thread may call this."""
        steps = {
            READING: self._describe_reading,
            CHANGING: self._describe_changing,
            VERIFYING: self._describe_verifying,
        }
        line = steps[self._phase]()
        wait, why = find_wait(self._client)
        return f"{line}, waiting {round(wait)} s: {why}" if wait > MIN_REPORTED_WAIT_SECONDS else line

    def _describe_reading(self) -> str:
        read = sum(item.desired.order_id in self._fetcher.fetched for item in self.items)
        return f"{read} of {len(self.items)} orders read{self._fetcher.describe_work()}"

    def _describe_changing(self) -> str:
        failed = sum(item.error is not None for item in self.items)
        spent = self._client.now() - self._started
        left = round(spent / self._done * (self._changes - self._done)) if self._done else 0
        parts = [f"{self._done} of {self._changes} changes done"]
        parts += [f"{failed} failed"] if failed else []
        parts += [f"about {left} s left"] if left else []
        return ", ".join(parts) + self._fetcher.describe_work()

    def _describe_verifying(self) -> str:
        return f"{self._done} changes done, {sum(map(self._is_visible, self.items))} of them verified" + (
            self._fetcher.describe_work()
        )

    def _is_visible(self, item: Item) -> bool:
        """Return whether a change is visible in its order, even while other orders are still being read."""
        if not (item.outcome and item.outcome.changed):
            return False
        last = self._fetcher.fetched.get(item.desired.order_id)
        return bool(item.outcome.verified or (isinstance(last, Order) and satisfies(last, item.desired)))

    def _read(self, items: t.Sequence[Item], known: Known = MappingProxyType({})) -> bool:
        """Read the orders and plan for them. Return false if this ended before each order had a plan or an error."""
        try:
            return read_all(self._client, self._fetcher, items, known)
        except CertCentralError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001
            # This is a bug, but the results so far must not be lost because of it.
            self._log(format_trace(error))
            self.error = CertCentralError("unexpected_response", f"the orders could not be read: {describe_bug(error)}")
        return False

    # Sending

    def _send(self, todo: deque[Item]) -> None:
        """Send the changes, several at once, until all are done or the task has to stop."""
        self._changes, self._phase, self._started = len(todo), CHANGING, self._client.now()
        running: set[Future[None]] = set()
        was_read = False
        with self._client.clock.executor(self._options.concurrency) as pool:
            while running or (todo and not self._stopped.is_set()):
                while todo and not self._stopped.is_set() and len(running) < self._options.concurrency:
                    # Do not read orders twice in a row. If the limiter is slow, they can be stale again, and the worker reads its
                    # order by itself.
                    was_read = not was_read and self._prepare(todo)
                    if was_read or self._stopped.is_set():
                        continue
                    try:
                        running.add(pool.submit(self._send_one, todo.popleft()))
                    except RuntimeError as error:
                        self._stopped.set()
                        self.error = CertCentralError("unavailable", f"this host could not start a thread ({error})")
                running = self._client.clock.wait_for_any(running)
                self._done = self._changes - len(todo) - len(running)

    def _prepare(self, todo: deque[Item]) -> bool:
        """Wait until the rate limiter allows the next change. Read its order and the following ones again if they are stale.

        The wait is here and not in the workers, so that the orders are still fresh when their changes are sent.

        :return: whether orders were read
        """
        try:
            self._client.wait_for_turn()
        except Interrupted:
            self._stopped.set()
        if self._stopped.is_set() or self._client.now() - todo[0].read_at <= MAX_AGE_SECONDS:
            return False
        self._read_again(todo)
        return True

    def _read_again(self, todo: deque[Item]) -> None:
        """Read the next orders again, and remove those that no longer need a change."""
        batch = [todo.popleft() for unused in range(min(self._batch_orders, len(todo)))]
        start = self._client.now()
        if not self._read(batch):
            self._stopped.set()
        if self._client.now() - start > MAX_BATCH_SECONDS:
            self._batch_orders = max(self._options.concurrency, self._batch_orders // 2)
        todo.extendleft(item for item in reversed(batch) if item.sends)
        if any(map(self._stops, batch)):
            self._stopped.set()

    def _send_one(self, item: Item) -> None:
        """Send one change, in a worker, and keep its outcome or error."""
        try:
            item.outcome = send_change(self._client, item.desired, item.basis, self._stopped.is_set, item.keep_order)
        except Interrupted:
            self._stopped.set()
            return
        except CertCentralError as error:
            item.error = error
        except Exception as error:  # noqa: BLE001
            # This is a bug, and it is unknown whether the request was sent before. The other results must not be lost.
            self._log(format_trace(error))
            item.error = CertCentralError(
                "unknown_outcome",
                describe_bug(error),
                "check the order in CertCentral before you run this again",
                subject=f"order {item.desired.order_id} may or may not have been changed",
                order_id=item.desired.order_id,
                changed=True,
            )
        if self._stops(item):
            self._stopped.set()

    # Verifying

    def _verify(self, changes: t.Sequence[Item]) -> None:
        """Verify the changes together, unless the options disable it or an error means that every request would fail."""
        self._phase = VERIFYING
        if not self._options.verify_change:
            for item in changes:
                # This also applies to an order that was read because a response was lost.
                item.outcome = item.outcome and item.outcome._replace(verified=None)
            return
        accepted = [item for item in changes if item.outcome and item.outcome.changed and item.outcome.verified is None]
        if any(is_fatal(item.error) for item in self.items if item.error):
            for item in accepted:
                item.outcome = item.outcome and item.outcome._replace(verified=False)
            self.warnings = describe_unverified(accepted)
        elif accepted:
            self.warnings = verify_all(self._client, self._fetcher, accepted, self._log)
