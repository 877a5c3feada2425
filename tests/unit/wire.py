# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes between the modules and the simulator, as the client sees it: over a wire in memory, or over a real one.

Both stand under the modules' whole HTTP stack. In memory, waiting moves the clock and takes no time, be it for a reply that
hangs, so that thousands of runs take the time of a few.
"""

from __future__ import annotations

import dataclasses
import http.client
import io
import random
import socket
import threading
import time
import typing as t

import pytest
import urllib3.util.connection
from werkzeug.test import EnvironBuilder

from ansible_collections.certops.certcentral.plugins.module_utils._client import Client
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.app import BASE, HEADERS, RECORD, WRITER, create_app
from ansible_collections.certops.certcentral.tests.simulator.state import Record, State
from ansible_collections.certops.certcentral.tests.unit.support import Clock

HOST = "127.0.0.1"
# What can keep a connection from carrying a request: raised when it is opened, or, as the last one, when it is used.
CONNECTION_FAULTS: dict[str, Exception] = {
    "refused": ConnectionRefusedError(111, "Connection refused"),
    "unknown_host": socket.gaierror(-2, "Name or service not known"),
    "connect_timeout": socket.timeout("timed out"),
    "broken_pipe": BrokenPipeError(32, "Broken pipe"),
}


class Timeline:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self._time = 1000.0

    def now(self) -> float:
        return self._time

    def sleep(self, seconds: float) -> None:
        self._time += max(0.0, seconds)


@dataclasses.dataclass
class Exchange:
    """One attempt at a request, as the client saw it.

    :param record: the simulator's entry of it; None if it did not get there
    :param method: None if nothing was sent
    :param status: None if no whole header came back
    """

    began: float
    method: str | None = None
    path: str | None = None
    record: Record | None = None
    status: int | None = None
    body: bytes = b""
    ended: float = 0.0

    def sends(self, data: bytes) -> None:
        """Note what was sent so far."""
        first = data.split(b"\r\n", 1)[0].decode("ascii").split(" ")
        self.method, self.path = first[0], first[1]

    def receives(self, data: bytes) -> None:
        """Note more of the reply."""
        self.body += data
        head, end, unused = self.body.partition(b"\r\n\r\n")
        if end and self.status is None:
            self.status = int(head.split(b" ", 2)[1])

    @property
    def lost(self) -> bool:
        """The interface page: not answered with 204, 429 or a 4xx other than 408, and the connection opened."""
        answered = self.status in (204, 429) or (400 <= (self.status or 0) < 500 and self.status != 408)
        return self.method is not None and not answered


class Clocked(t.Protocol):
    def now(self) -> float:
        """Seconds."""

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""


class Wire:
    """Opens connections to a simulator, and keeps an account of what goes over them.

    :param timeout: seconds that the modules shall wait for a reply
    """

    # Whether the clock tells nothing but what was waited for.
    exact = False

    def __init__(self, state: State, port: int, clock: Clocked, timeout: float) -> None:
        self.state = state
        self.time = clock
        self.timeout = timeout
        self.url = f"http://{HOST}:{port}{BASE}"
        self.exchanges: list[Exchange] = []
        # What must not happen here, and errors of the tests' own, which the client would hide.
        self.mistakes: list[Exception] = []
        self._port = port
        self._random = random.Random(0)
        self._faults: list[dict[str, t.Any]] = []
        self._lock = threading.Lock()

    def open(self, exchange: Exchange, timeout: float, broken: bool) -> t.Any:
        """A socket for one exchange and, if it is kept open, those that follow.

        :param broken: it breaks while the request is sent
        """
        raise NotImplementedError

    def reset(self, **start: t.Any) -> None:
        """Begin anew, with an account as ``State.reset`` takes it."""
        self.state.reset(**start)
        self._random.seed(0)
        self.begin()

    def begin(self) -> None:
        """Forget what went over the wire, and call all faults off."""
        self.state.clear_log()
        self.state.faults.clear()
        self.exchanges = []
        self._faults = []

    def fault(self, kind: str, after: int, times: int) -> None:
        """Put a fault of CONNECTION_FAULTS on order, for some connections after the first ones."""
        self._faults.append({"kind": kind, "range": range(after, after + times)})

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put it under urllib3, and its clock under the client."""
        monkeypatch.setattr(urllib3.util.connection, "create_connection", self._connect)
        monkeypatch.setattr(Client, "now", lambda client: self.time.now())
        monkeypatch.setattr(Client, "sleep", lambda client, seconds: self.time.sleep(seconds))
        # The same waits each time, so that a failing run can be played again.
        monkeypatch.setattr(random, "uniform", self._random.uniform)

    def start(self) -> Exchange:
        """A new exchange."""
        with self._lock:
            self.exchanges.append(Exchange(self.time.now()))
            return self.exchanges[-1]

    def _connect(self, address: tuple[str, int], timeout: float, *unused: t.Any, **unused_too: t.Any) -> t.Any:
        if address != (HOST, self._port):
            self.mistakes.append(AssertionError(f"a request to {address}"))
        exchange = self.start()
        number = self.exchanges.index(exchange)
        kind = next((fault["kind"] for fault in self._faults if number in fault["range"]), None)
        if kind == "connect_timeout":
            self.time.sleep(timeout)
        if kind in (None, "broken_pipe"):
            return self.open(exchange, timeout, kind is not None)
        exchange.ended = self.time.now()
        raise CONNECTION_FAULTS[kind]


class MemoryWire(Wire):
    """A wire in memory. A request is handled when its reply is read, in the same thread."""

    exact = True

    def __init__(self) -> None:
        timeline = Timeline()
        super().__init__(State(clock=timeline.now), 1, timeline, timeout=5.0)
        self._app = create_app(self.state)

    def open(self, exchange: Exchange, timeout: float, broken: bool) -> MemorySocket:
        return MemorySocket(self, exchange, timeout, broken)

    def answer(self, request: bytes) -> tuple[Record, list[t.Any]]:
        """Have the application handle a request. Returns its log entry and what comes of it: see ``Tape``."""
        head, unused, body = request.partition(b"\r\n\r\n")
        first, unused, fields = head.partition(b"\r\n")
        method, target, unused_version = first.decode("ascii").split(" ")
        headers = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n")).items()
        path, unused_mark, query = target.partition("?")
        environ = EnvironBuilder(
            path=path, query_string=query, method=method, headers=headers, data=body, base_url=self.url
        ).get_environ()
        environ[HEADERS] = dict(headers)
        lines = []

        def start_response(status: str, fields: list[tuple[str, str]], *unused: t.Any) -> t.Callable[[bytes], object]:
            lines.extend([f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields), "Connection: close"])
            return lambda data: None

        reply_body = b"".join(self._app(environ, start_response))
        tape = Tape()
        reply_head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if writer := environ.get(WRITER):
            writer(tape, reply_head, reply_body)
        else:
            tape.send(reply_head + reply_body)
        return environ[RECORD], tape.events


class Tape:
    """A connection as the simulator's faults write to it (faults.Wire): bytes, seconds of silence, None for ever, or a reset."""

    def __init__(self) -> None:
        self.events: list[t.Any] = []

    def send(self, data: bytes) -> None:
        self.events.append(data)

    def wait(self, seconds: float | None) -> bool:
        self.events.append(seconds)
        return seconds is None

    def reset(self) -> None:
        self.events.append(ConnectionResetError(104, "Connection reset by peer"))


class MemorySocket:
    """What http.client and the client's own reader need of a socket."""

    def __init__(self, wire: MemoryWire, exchange: Exchange, timeout: float, broken: bool) -> None:
        self._wire = wire
        self._exchange = exchange
        self._timeout = timeout
        self._broken = broken
        self._sent = b""
        self._events: list[t.Any] | None = None
        # When the whole reply has to be there.
        self._end = 0.0

    def settimeout(self, seconds: float) -> None:
        """The client counts its timeout down by the real clock, which stands still here: the first one holds."""

    def gettimeout(self) -> float:
        return self._timeout

    def sendall(self, data: bytes) -> None:
        self._sent += data
        self._exchange.sends(self._sent)
        if self._broken:
            raise CONNECTION_FAULTS["broken_pipe"]

    def makefile(self, *unused: t.Any, **unused_too: t.Any) -> io.RawIOBase:
        return Reader(self)

    def close(self) -> None:
        self._exchange.ended = self._wire.time.now()

    shutdown = close

    def read(self, most: int) -> bytes:
        """The next bytes of the reply; what waits until the timeout moves the clock and raises."""
        if self._broken:
            raise ConnectionResetError(104, "Connection reset by peer")
        clock, exchange = self._wire.time, self._exchange
        if self._events is None:
            self._end = clock.now() + self._timeout
            try:
                exchange.record, self._events = self._wire.answer(self._sent)
            except Exception as error:
                # The client takes it for a broken connection.
                self._wire.mistakes.append(error)
                raise
        try:
            while self._events:
                event = self._events[0]
                if isinstance(event, bytes):
                    data = event[:most]
                    self._events[0] = event[most:]
                    if not self._events[0]:
                        self._events.pop(0)
                    if data:
                        exchange.receives(data)
                        return data
                elif isinstance(event, Exception):
                    raise event
                else:
                    left = self._end - clock.now()
                    if event is None or event > left:
                        clock.sleep(left)
                        raise socket.timeout("timed out")
                    clock.sleep(event)
                    self._events.pop(0)
            return b""
        finally:
            exchange.ended = clock.now()


class Reads(t.Protocol):
    def read(self, most: int) -> bytes:
        """So many bytes at most."""


class Reader(io.RawIOBase):
    """The file of a socket."""

    def __init__(self, sock: Reads) -> None:
        super().__init__()
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        data = self._sock.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class RealWire(Wire):
    """A wire over loopback to a simulator that runs. Waits between requests take no time, those for a reply do."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(simulator, simulator.port, Clock(time.monotonic), timeout=0.3)

    def open(self, exchange: Exchange, timeout: float, broken: bool) -> RealSocket:
        return RealSocket(self, socket.create_connection((HOST, self._port), timeout), exchange, broken)


class RealSocket:
    """A socket whose exchanges are noted. One that is kept open carries several."""

    def __init__(self, wire: RealWire, sock: socket.socket, exchange: Exchange, broken: bool) -> None:
        self._wire = wire
        self._sock = sock
        self._exchange = exchange
        self._broken = broken
        self._sent = b""

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._sock, name)

    def sendall(self, data: bytes) -> None:
        if self._exchange.body:
            self._exchange, self._sent = self._wire.start(), b""
        self._sent += data
        self._exchange.sends(self._sent)
        if self._broken:
            self._sock.close()
            raise CONNECTION_FAULTS["broken_pipe"]
        self._sock.sendall(data)

    def makefile(self, *unused: t.Any, **unused_too: t.Any) -> io.RawIOBase:
        return Reader(self)

    def read(self, most: int) -> bytes:
        try:
            data = self._sock.recv(most)
        finally:
            self._exchange.ended = self._wire.time.now()
        self._exchange.receives(data)
        return data
