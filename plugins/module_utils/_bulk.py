# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Many orders in one task: read all, plan all, judge, stop here in check mode, send, verify. Accounts for every order."""

from __future__ import annotations

import threading
import typing as t
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from ._client import Client
from ._converge import STALE_AFTER, VERIFY_AT, Outcome, send, today
from ._errors import (
    HOPELESS,
    REFUSALS,
    TOO_MANY_CHANGES,
    UNAVAILABLE,
    UNEXPECTED_RESPONSE,
    UNKNOWN_OUTCOME,
    CertCentralError,
    Interrupted,
    bug,
    trace,
)
from ._orders import Order
from ._reading import Params, Reader, Reading, Readings
from ._rules import CANCELABLE, CANCELED, REISSUED, RENEWED, Lacks, Plan, Wish, plan, sentence, shows

CHANGED = "changed"
UNCHANGED = "unchanged"
REFUSED = "refused"
FAILED = "failed"
NOT_ATTEMPTED = "not_attempted"
OUTCOMES = (CHANGED, UNCHANGED, REFUSED, FAILED, NOT_ATTEMPTED)

# Orders that are read again together at most, when readings have become too old.
BATCH = 200
# Seconds that reading them may take, before fewer are read at once: the first must not be too old again at the end.
LONG = STALE_AFTER / 3
# Orders that are named in a message.
NAMED = 5
# Rounds of planning: one for each fact that a plan can lack, and the last.
ROUNDS = 4
# Seconds between two lines of progress in the log.
PROGRESS = 10.0


@dataclass
class Item:
    """One order on its way. What is not known yet is None; an item without outcome and error was not attempted."""

    wish: Wish
    order: Order | None = None
    read_at: float = 0.0
    plan: Plan | None = None
    outcome: Outcome | None = None
    error: CertCentralError | None = None

    @property
    def ended(self) -> str:
        """Its outcome, as the module reports it."""
        if self.error:
            return REFUSED if self.error.reason in REFUSALS else FAILED
        if self.outcome:
            return CHANGED if self.outcome.changed else UNCHANGED
        return NOT_ATTEMPTED

    def result(self) -> dict[str, t.Any]:
        """Its entry in the module's ``results``."""
        result: dict[str, t.Any] = {
            "order_id": self.wish.order_id,
            "outcome": self.ended,
            "changed": False,
            "operation": self.plan.operation if self.plan else None,
            "status": self.order.status if self.order else None,
            "is_renewed": self.order.marked if self.order else None,
            "verified": None,
            "reason": None,
            "msg": f"order {self.wish.order_id} was not attempted",
            "http_status": None,
            "errors": [],
        }
        if self.outcome:
            result.update(self.outcome.result())
        if self.error:
            result.update(self.error.result())
            result["order_id"] = self.wish.order_id
            if self.error.reason == UNKNOWN_OUTCOME:
                result.update(status=None, is_renewed=None)
        return result


@dataclass(frozen=True)
class Options:
    """How to go about it; the module's options of the same names."""

    check_mode: bool = False
    verify: bool = True
    max_changes: int | None = None
    keep_going: bool = False
    concurrency: int = 4

    def stops(self, error: CertCentralError) -> bool:
        """Whether the failure of one order ends the task."""
        return not self.keep_going or error.reason in HOPELESS


class Bulk:
    """The orders of one task, on their way from a wish to an outcome.

    :param log: takes a line of progress
    """

    def __init__(
        self, client: Client, wishes: t.Sequence[Wish], options: Options, log: t.Callable[[str], None]
    ) -> None:
        self.items = [Item(wish) for wish in wishes]
        self.warnings: list[str] = []
        # What ended the task, if it is no order's own failure.
        self.error: CertCentralError | None = None
        self._client = client
        self._options = options
        self._log = log
        self._logged_at = client.now()
        self._reader = Reader(client, options.concurrency, options.stops)
        self._batch = BATCH
        # Set when no further change may go.
        self._stopped = threading.Event()

    def run(self) -> None:
        """Do it all. What went wrong stands in the items and in ``error`` afterwards."""
        self._run()
        ended = self.error or any(item.error and self._options.stops(item.error) for item in self.items)
        if self._client.interrupted and not ended and any(item.ended == NOT_ATTEMPTED for item in self.items):
            self.error = Interrupted()

    def _run(self) -> None:
        if not self._try_to_read(self.items):
            return
        changes = [item for item in self.items if item.plan and item.plan.sends and not item.error]
        most = self._options.max_changes
        if most is not None and len(changes) > most:
            self.error = CertCentralError(
                TOO_MANY_CHANGES,
                f"{len(changes)} orders would change, and max_changes allows {most}: nothing was sent",
                "look at results, then raise max_changes or ask for fewer orders",
            )
            return
        if any(self._options.stops(item.error) for item in self.items if item.error):
            return
        if self._options.check_mode:
            for item in changes:
                item.outcome = _planned(item)
            return
        self._send(deque(changes))
        if self._options.verify:
            sent = [item for item in changes if item.outcome and item.outcome.changed and item.outcome.verified is None]
            try:
                self._verify(sent)
            except Exception as error:  # noqa: BLE001
                # A bug, after the changes. The results must not be lost over it.
                self._log(trace(error))
                self.warnings.append(f"the changes could not be verified: {bug(error)}")
            for item in sent:
                if item.outcome and item.outcome.verified is None:
                    item.outcome = replace(item.outcome, verified=False)

    # Reading and planning

    def _try_to_read(self, items: t.Sequence[Item]) -> bool:
        """Read and plan. False if that ended early; ``error`` says why, unless it is an order's own failure."""
        readings: Readings = {}
        try:
            self._read(items, readings)
        except CertCentralError as error:
            self.error = None if error.order_id else error
        except Exception as error:  # noqa: BLE001
            # A bug. What was done so far must not be lost over it.
            self._log(trace(error))
            self.error = CertCentralError(UNEXPECTED_RESPONSE, f"the orders could not be read: {bug(error)}")
        else:
            return True
        # What was read before it ended counts.
        for item in items:
            self._plan(item, readings.get(item.wish.order_id))
        return False

    def _read(self, items: t.Sequence[Item], readings: Readings) -> None:
        """Read orders and plan for each, adding the facts that the plans turn out to need."""
        wishes = [item.wish for item in items]
        self._reader.read([wish.order_id for wish in wishes], readings, narrow=_narrow(wishes))
        # Each round adds a fact that the ones before did not.
        for unused in range(ROUNDS):
            lacking: dict[str, list[Order]] = {}
            for item in items:
                lacks = self._plan(item, readings.get(item.wish.order_id))
                if lacks and item.order:
                    lacking.setdefault(lacks.fact, []).append(item.order)
            if not lacking:
                return
            for fact, orders in lacking.items():
                self._reader.complete(fact, orders, readings)

    def _plan(self, item: Item, reading: Reading | None) -> Lacks | None:
        """Plan for an item by its reading, or say what it lacks."""
        if reading is None or isinstance(reading, Interrupted):
            return None
        item.read_at = self._reader.read_at.get(item.wish.order_id, 0.0)
        item.plan = None
        if isinstance(reading, CertCentralError):
            item.error = reading
            return None
        # Where an order came from does not change.
        if reading.migrated is None and item.order:
            reading = replace(reading, migrated=item.order.migrated)
        item.order = reading
        try:
            planned = plan(reading, item.wish, today())
        except CertCentralError as error:
            item.error = error
            return None
        if isinstance(planned, Lacks):
            return planned
        item.plan = planned
        if not planned.sends:
            item.outcome = _planned(item)
        return None

    # Sending

    def _send(self, todo: deque[Item]) -> None:
        """Send what is to be sent, some at once, until it is done or something stops it."""
        total = len(todo)
        under_way: set[Future[None]] = set()
        refreshed = False
        with ThreadPoolExecutor(self._options.concurrency) as pool:
            while under_way or (todo and not self._stopped.is_set()):
                while todo and not self._stopped.is_set() and len(under_way) < self._options.concurrency:
                    # Waiting here, not in the workers, keeps the readings of those that have their turn fresh.
                    try:
                        self._client.pace.wait()
                    except Interrupted:
                        self._stopped.set()
                        break
                    # Not twice in a row: where the pace is slow, even the time after a reading may be too long.
                    if not refreshed and self._client.now() - todo[0].read_at > STALE_AFTER:
                        self._refresh(todo)
                        refreshed = True
                        continue
                    refreshed = False
                    try:
                        under_way.add(pool.submit(self._send_one, todo.popleft()))
                    except RuntimeError as error:
                        self._stopped.set()
                        self.error = CertCentralError(UNAVAILABLE, f"this machine could start no thread ({error})")
                under_way = wait(under_way, return_when=FIRST_COMPLETED).not_done
                self._progress(total - len(todo) - len(under_way), total)

    def _send_one(self, item: Item) -> None:
        """Make one change, in a worker, and keep what came of it."""

        def check() -> None:
            if self._stopped.is_set():
                raise _Stopped()

        order, planned = t.cast(Order, item.order), t.cast(Plan, item.plan)
        try:
            item.outcome = send(
                self._client, item.wish, order, planned, read_at=item.read_at, verify=False, check=check
            )
        except (_Stopped, Interrupted):
            self._stopped.set()
            return
        except CertCentralError as error:
            item.error = error
        except Exception as error:  # noqa: BLE001
            # At a moment that nothing tells. The other orders' results must not be lost over it.
            self._log(trace(error))
            item.error = CertCentralError(
                UNKNOWN_OUTCOME,
                f"order {item.wish.order_id} may have been changed or not: {bug(error)}",
                "look at the order before you run this again",
                order_id=item.wish.order_id,
                changed=True,
            )
        if item.error and self._options.stops(item.error):
            self._stopped.set()

    def _refresh(self, todo: deque[Item]) -> None:
        """Read the next orders again, for their readings are too old. Takes off what needs no change any more."""
        batch = [todo.popleft() for unused in range(min(self._batch, len(todo)))]
        start = self._client.now()
        if not self._try_to_read(batch):
            self._stopped.set()
        if self._client.now() - start > LONG:
            self._batch = max(self._options.concurrency, self._batch // 2)
        todo.extendleft(item for item in reversed(batch) if item.plan and item.plan.sends and not item.error)
        if any(self._options.stops(item.error) for item in batch if item.error):
            self._stopped.set()

    def _progress(self, done: int, total: int) -> None:
        if self._client.now() - self._logged_at >= PROGRESS:
            self._logged_at = self._client.now()
            self._log(f"{done} of {total} changes are done")

    # Verifying

    def _verify(self, items: list[Item]) -> None:
        """Look for all changes together until they show. What goes wrong here is a warning: the API has accepted them."""
        start = self._client.now()
        rest = items
        self._reader.stop = lambda error: error.reason in HOPELESS
        hopeless = any(item.error.reason in HOPELESS for item in self.items if item.error)
        for at in () if hopeless or not items else VERIFY_AT:
            readings: Readings = {}
            problem = None
            try:
                self._client.sleep(max(0.0, start + at - self._client.now()))
                wishes = [item.wish for item in rest]
                self._reader.read([wish.order_id for wish in wishes], readings, narrow=_changed(wishes), known=True)
                unclear = [reading for wish in wishes if (reading := _unclear(readings.get(wish.order_id), wish))]
                self._reader.complete("is_renewed", unclear, readings)
            except CertCentralError as error:
                problem = error
            rest = [item for item in rest if not self._seen(item, readings.get(item.wish.order_id))]
            # What cannot be read now will not be readable in a second either.
            if problem or not any(isinstance(readings.get(item.wish.order_id), Order) for item in rest):
                if problem:
                    self.warnings.append(f"the API accepted the changes, but then reading failed: {problem.what}")
                break
        if rest:
            self.warnings.append(
                f"the API accepted changes that were not seen in a reading yet, of order {_named(rest)}"
            )

    def _seen(self, item: Item, reading: Reading | None) -> bool:
        if not item.outcome or not isinstance(reading, Order) or not shows(reading, item.wish):
            return False
        item.outcome = replace(item.outcome, last=reading, verified=True)
        return True

    # The account of it all

    def result(self, *, diff: bool) -> dict[str, t.Any]:
        """The module's result. It has failed if there is a ``reason`` in it."""
        results = [item.result() for item in self.items]
        counts = Counter(result["outcome"] for result in results)
        summary = {"total": len(results), **{outcome: counts[outcome] for outcome in OUTCOMES}}
        result: dict[str, t.Any] = {
            "changed": any(entry["changed"] for entry in results),
            "msg": self._counted(summary),
        }
        wrong = [item for item in self.items if item.error]
        wrong.sort(key=lambda item: bool(item.error and item.error.reason not in HOPELESS))
        first = self.error or (wrong[0].error if wrong else None)
        if first:
            several = self.error is not None or len(wrong) > 1
            result = {
                **first.result(),
                "changed": result["changed"],
                "order_id": None if several else first.order_id,
                "msg": f"{self._wrong(wrong)} ({result['msg']})",
            }
        result.update(
            results=results,
            summary=summary,
            api_calls={"reads": self._client.reads, "writes": self._client.writes},
        )
        pairs = [item.outcome.diff() for item in self.items if item.outcome and item.outcome.changed]
        if diff and pairs:
            before, after = ([pair[side] for pair in pairs] for side in (0, 1))
            result["diff"] = {"before": {"orders": before}, "after": {"orders": after}}
        return result

    def _counted(self, summary: t.Mapping[str, int]) -> str:
        verb = "would change" if self._options.check_mode else "changed"
        words = {
            CHANGED: verb,
            UNCHANGED: "need no change",
            REFUSED: "refused",
            FAILED: "failed",
            NOT_ATTEMPTED: "not attempted",
        }
        counts = ", ".join(f"{summary[name]} {words[name]}" for name in OUTCOMES if summary[name])
        return f"of {summary['total']} orders: {counts}" if counts else "no orders were given: nothing to do"

    def _wrong(self, wrong: t.Sequence[Item]) -> str:
        """What went wrong, the first orders by name."""
        messages = [self.error.message] if self.error else []
        messages += [item.error.message for item in wrong[: NAMED - len(messages)] if item.error]
        more = len(wrong) + bool(self.error) - len(messages)
        return "; ".join([*messages, *([f"and {more} more"] if more else [])])


class _Stopped(Exception):
    """The task ended before this order's turn."""


def _unclear(reading: Reading | None, wish: Wish) -> Order | None:
    """A reading that does not tell whether the wish is met."""
    return reading if isinstance(reading, Order) and shows(reading, wish) is None else None


def _planned(item: Item) -> Outcome:
    order, planned = t.cast(Order, item.order), t.cast(Plan, item.plan)
    return Outcome(order, order, planned, planned.sends, None, sentence(order, item.wish, planned, would=True))


def _named(items: t.Sequence[Item]) -> str:
    names = ", ".join(str(item.wish.order_id) for item in items[:NAMED])
    return f"{names} and {len(items) - NAMED} more" if len(items) > NAMED else names


def _changed(wishes: t.Sequence[Wish]) -> list[Params]:
    """The list filters, of one value each, behind which orders are that were just changed so."""
    filters: list[Params] = []
    if any(wish.status == CANCELED and wish.cancel_scope == "order" for wish in wishes):
        filters.append([("filters[status]", CANCELED)])
    if any(wish.status == RENEWED for wish in wishes):
        filters.append([("filters[is_renewed]", "1")])
    return filters


def _narrow(wishes: t.Sequence[Wish]) -> list[Params]:
    """The list filters, of one value each, behind which most orders of these wishes are."""
    filters: list[Params] = []
    if any(wish.status == CANCELED and wish.cancel_scope == "order" for wish in wishes):
        filters += [[("filters[status]", status)] for status in (*CANCELABLE, CANCELED)]
    if any(wish.status == CANCELED and wish.cancel_scope == "reissue" for wish in wishes):
        filters.append([("filters[status]", REISSUED)])
    if any(wish.status != CANCELED for wish in wishes):
        filters.append([("filters[origin]", "migrated")])
    return filters
