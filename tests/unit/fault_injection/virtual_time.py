"""Time that advances only when all threads wait, and threads that take turns, so that a run is the same each time."""

from __future__ import annotations

import contextlib
import math
import random
import threading
import typing as t
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

from ansible_collections.certops.certcentral.plugins.module_utils import _clock

START = 1000.0


@dataclass
class _Waiter:
    """A thread that is not running. It may continue if it is ``ready``, or at its time, or if otherwise no thread would."""

    ready: t.Callable[[], bool]
    wake: float
    is_stuck: bool = False
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class VirtualTime:
    """A clock for threads that take turns at random. If all of them wait, it moves to the moment at which the first one wakes up."""

    def __init__(self) -> None:
        self._time = START
        self._waiters: list[_Waiter] = []
        self._random = random.Random()
        # Called when time has passed.
        self.watch: t.Callable[[], None] = lambda: None

    def restart(self, seed: int) -> None:
        """Start over, with another sequence of turns."""
        assert not self._waiters, "a thread still waits"
        self._time = START
        self._random.seed(seed)

    def now(self) -> float:
        return self._time

    def sleep(self, seconds: float) -> None:
        """Wait for the given number of seconds."""
        self.wait(lambda: False, max(0.0, seconds))
        self.watch()

    def give_way(self) -> None:
        """Let other threads have a turn."""
        if self._waiters:
            self.wait(lambda: True)

    def wait(self, ready: t.Callable[[], bool], seconds: float = math.inf) -> None:
        """Wait until a condition is true, but no longer than the given time."""
        if not self._waiters and seconds < math.inf:
            self._time += seconds
            return
        me = _Waiter(ready, self._time + seconds)
        self._waiters.append(me)
        following = self._draw()
        if following is not me:
            following.go.release()
            me.go.acquire()
        assert not me.is_stuck, "all threads wait for each other"

    def start(self, work: t.Callable[[], None], ready: t.Callable[[], bool]) -> None:
        """Run ``work`` in a thread of its own, as soon as a condition is true."""
        waiter = _Waiter(ready, math.inf)

        def run() -> None:
            waiter.go.acquire()
            try:
                work()
            finally:
                self._draw().go.release()

        self._waiters.append(waiter)
        threading.Thread(target=run, daemon=True).start()

    def _draw(self) -> _Waiter:
        """Return the thread that continues now."""
        able = [waiter for waiter in self._waiters if waiter.wake <= self._time or waiter.ready()]
        if not able:
            first = min(self._waiters, key=lambda waiter: waiter.wake)
            first.is_stuck = first.wake == math.inf
            self._time = self._time if first.is_stuck else first.wake
            able = [first]
        chosen = able[0] if len(able) == 1 else self._random.choice(able)
        self._waiters.remove(chosen)
        return chosen


class Lock:
    """A lock that may be held while time passes."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._is_held = False

    def __enter__(self) -> None:
        if self._is_held:
            self._time.wait(lambda: not self._is_held)
        self._is_held = True

    def __exit__(self, *unused: object) -> None:
        self._is_held = False


class Condition(contextlib.nullcontext[None]):
    """A condition whose lock is never held while time passes."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time
        self._notices = 0

    def wait(self) -> None:
        seen = self._notices
        self._time.wait(lambda: self._notices > seen)

    def notify_all(self) -> None:
        self._notices += 1


class Pool(contextlib.nullcontext["Pool"]):
    """Threads, of which only the given number work at the same time."""

    def __init__(self, time: VirtualTime, workers: int) -> None:
        super().__init__(self)
        self._time, self._workers, self._running = time, workers, 0
        self._futures: list[Future[t.Any]] = []

    def __exit__(self, *unused: object) -> None:
        self._time.wait(lambda: all(future.done() for future in self._futures))

    def submit(self, function: t.Callable[..., t.Any], *arguments: t.Any) -> Future[t.Any]:
        future: Future[t.Any] = Future()
        self._futures.append(future)

        def work() -> None:
            self._running += 1
            try:
                future.set_result(function(*arguments))
            except BaseException as error:  # noqa: BLE001
                future.set_exception(error)
            self._running -= 1

        if self._workers == 1:
            # The thread that submits it can only wait for it.
            work()
        else:
            self._time.start(work, lambda: self._running < self._workers)
        return future

    def map(self, function: t.Callable[[t.Any], t.Any], values: t.Iterable[t.Any]) -> t.Iterator[t.Any]:
        futures = [self.submit(function, value) for value in values]
        for future in futures:
            self._time.wait(future.done)
            yield future.result()


class VirtualClock(_clock.Clock):
    """A replacement for the clock of a client. ``utc_now`` returns the date in virtual time."""

    def __init__(self, time: VirtualTime, utc_now: t.Callable[[], datetime]) -> None:
        self._time = time
        self._utc_now = utc_now

    def now(self) -> float:
        return self._time.now()

    def utc_now(self) -> datetime:
        return self._utc_now()

    def sleep(self, seconds: float, stopped: t.Callable[[], bool]) -> None:
        self._time.sleep(seconds)

    def lock(self) -> Lock:
        return Lock(self._time)

    def condition(self) -> t.Any:
        return Condition(self._time)

    def executor(self, workers: int) -> t.Any:
        return Pool(self._time, workers)

    def wait_for_any(self, futures: set[t.Any]) -> set[t.Any]:
        if futures:
            self._time.wait(lambda: any(future.done() for future in futures))
        return {future for future in futures if not future.done()}

    @contextlib.contextmanager
    def every(self, seconds: float, work: t.Callable[[], None]) -> t.Iterator[None]:
        worked_at = self._time.now()

        def watch() -> None:
            nonlocal worked_at
            if self._time.now() - worked_at >= seconds:
                worked_at = self._time.now()
                work()

        self._time.watch = watch
        try:
            yield
        finally:
            self._time.watch = lambda: None
