"""A transport for tests, in the place of the real one, that records each exchange.

The simulator's application handles each request in this process, and all waits are in virtual time, even for a response that never
comes: thousands of runs take the time of a few. test_fake_transport.py compares it with real connections.
"""

from __future__ import annotations

import dataclasses
import io
import itertools
import random
import socket
import threading
import typing as t
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import urlencode

import pytest
from ansible.module_utils import basic
from werkzeug.test import create_environ

from ansible_collections.certops.certcentral.plugins.module_utils._errors import RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http import backoff, client, failures, transport
from ansible_collections.certops.certcentral.plugins.module_utils._http.connections import BoundResponse
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.plugins.module_utils._http.transport import (
    Headers,
    HttpTransport,
    Params,
    Response,
)
from ansible_collections.certops.certcentral.tests.simulator.app import BASE, HEADERS, RECORD, WRITER, create_app
from ansible_collections.certops.certcentral.tests.simulator.state import Record, State
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import (
    START,
    VirtualClock,
    VirtualTime,
)
from ansible_collections.certops.certcentral.tests.unit.support import Gate, always

HOST = "127.0.0.1"
# Exceptions of a connection. They are raised when it is opened, except the last one, which is raised when it is used.
CONNECTION_FAULTS: dict[str, Exception] = {
    "refused": ConnectionRefusedError(111, "Connection refused"),
    "unknown_host": socket.gaierror(-2, "Name or service not known"),
    "connect_timeout": socket.timeout("timed out"),
    "broken_pipe": BrokenPipeError(32, "Broken pipe"),
}
# A fault with which a connection opens just before the timeout.
SLOW_CONNECT = "slow_connect"
EARLY = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)


@dataclasses.dataclass(eq=False)
class Exchange:
    """One call of the transport."""

    began: float
    method: str
    # The path with the query, and the body of the request.
    path: str
    sent: bytes | None = None
    is_connected: bool = False
    # The simulator's record of the request, if the request reached it.
    record: Record | None = None
    # None if the header, or the body, did not arrive in full. The body is unpacked.
    status: int | None = None
    headers: Headers = dataclasses.field(default_factory=dict)
    reply: bytes | None = None
    ended: float = 0.0
    # The positions of its beginning and its end in the sequence of all of them, several of which can happen at the same time.
    opened: int = 0
    closed: int = 0

    @property
    def lost(self) -> bool:
        """Return whether the response to a change was lost, which includes any response but 204, 429 and a 4xx other than 408."""
        answered = self.status in (204, 429) or (400 <= (self.status or 0) < 500 and self.status != 408)
        return self.is_connected and not answered


class FakeRecorder:
    """A source of transports to a simulated account, which records their exchanges. All of this happens in virtual time.

    :ivar timeout: the seconds that the modules should wait for a response
    """

    # Whether only waiting advances the clock, so that times can be checked.
    exact = True

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.now, self.sleep = self.time.now, self.time.sleep
        self.state = State(clock=self.now, now=self.utc_now)
        self.app = create_app(self.state)
        self.timeout = 5.0
        self.url = f"http://{HOST}:1{BASE}"
        self.exchanges: list[Exchange] = []
        # The lines that the modules write to the log of the host.
        self.log: list[str] = []
        # Errors of the tests themselves, which the client would hide.
        self.mistakes: list[Exception] = []
        self.random = random.Random(0)
        # The minimum number of seconds that each exchange takes.
        self.latency = 0.0
        self._faults: list[tuple[str, range]] = []
        self._places = itertools.count(1)
        self._lock = threading.Lock()

    def utc_now(self) -> datetime:
        """Return the date in virtual time."""
        return EARLY + timedelta(seconds=self.time.now() - START)

    def reset(self, turns: int = 0, **start: t.Any) -> None:
        """Start over, with the account that the arguments for ``State.reset`` describe.

        :param turns: decides which of several threads runs first
        """
        self.time.restart(turns)
        self.state.reset(**start)
        self.random.seed(0)
        self.begin()

    def begin(self) -> None:
        """Clear the exchanges and all faults."""
        self.state.clear_log()
        self.state.faults.clear()
        self.exchanges = []
        self.log = []
        self._faults = []

    def fault(self, kind: str, after: int, times: int) -> None:
        """Put a fault of CONNECTION_FAULTS, or SLOW_CONNECT, on order, for some exchanges after the first ones."""
        self._faults.append((kind, range(after, after + times)))

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the transport of the modules and the clock of the client."""
        monkeypatch.setattr(transport, "HttpTransport", self.connect)
        monkeypatch.setattr(client, "Clock", lambda: VirtualClock(self.time, self.utc_now))
        # The waits are the same each time, so that a failing run can be repeated.
        monkeypatch.setattr(backoff, "random", self.random)
        monkeypatch.setattr(basic.AnsibleModule, "log", self._note_log)

    def _note_log(self, msg: str, log_args: t.Mapping[str, t.Any] | None = None) -> None:
        self.log.append(f"{msg} {log_args or ''}")

    def connect(self, settings: Settings) -> FakeTransport:
        """Return a transport for one client."""
        if settings.url != self.url:
            self.mistakes.append(AssertionError(f"requests to {settings.url}"))
        return FakeTransport(self, settings)

    def start(self, method: str, path: str, params: Params, body: bytes | None, may_send: Gate) -> Exchange:
        """Return a new exchange.

        :raises RequestError: if a fault is scheduled for it
        """
        query = f"?{urlencode(params)}" if params else ""
        exchange = Exchange(self.now(), method, f"{BASE}{path}{query}", body, ended=self.now())
        with self._lock:
            exchange.opened = next(self._places)
            self.exchanges.append(exchange)
            number = len(self.exchanges) - 1
        kind = next((kind for kind, numbers in self._faults if number in numbers), None)
        if kind == SLOW_CONNECT:
            self.sleep(self.timeout)
            if not may_send():
                self.end(exchange, None)
                raise failures.NotSent("unavailable", "too late", repeat=True)
            exchange.began = self.now()
        if kind in (None, SLOW_CONNECT):
            exchange.is_connected = True
            return exchange
        error = CONNECTION_FAULTS[kind]
        exchange.is_connected = kind == "broken_pipe"
        if kind == "connect_timeout":
            self.sleep(self.timeout)
        self.end(exchange, None)
        if exchange.is_connected:
            raise failures.explain_broken("the connection to the API broke", error, outcome_unknown=True)
        raise failures.explain_unconnected(error)

    def end(self, exchange: Exchange, reply: Response | None) -> None:
        """Record the outcome of an exchange."""
        exchange.ended, exchange.closed = self.now(), next(self._places)
        if reply:
            exchange.status, exchange.headers, exchange.reply = reply.status, reply.headers, reply.body


class FakeTransport(HttpTransport):
    """A transport that passes each request to the simulator's application, and applies faults of the connection to its response."""

    def __init__(self, recorder: FakeRecorder, settings: Settings) -> None:
        self._recorder = recorder
        self._timeout = settings.timeout
        self._own_headers = {"X-DC-DEVKEY": settings.api_key, "Accept": "application/json"}

    def close(self) -> None:
        """Close nothing, because nothing is open."""

    def send(
        self, method: str, path: str, params: Params, body: bytes | None, headers: Headers, may_send: Gate = always
    ) -> Response:
        """Make one exchange, as the real transport does."""
        recorder = self._recorder
        exchange = recorder.start(method, path, params, body, may_send)
        wire = FakeSocket(recorder.time, exchange.began + self._timeout)
        reply: Response | None = None
        try:
            recorder.time.give_way()
            recorder.time.sleep(recorder.latency / 2)
            self._handle(exchange, {**self._own_headers, **headers}, wire)
            reply = _receive(method, wire)
            recorder.time.sleep(recorder.latency / 2)
            recorder.time.give_way()
            return reply
        except Exception as error:
            if not isinstance(error, RequestError):
                # The client would mistake it for a broken connection.
                recorder.mistakes.append(error)
            raise
        finally:
            recorder.end(exchange, reply)

    def _handle(self, exchange: Exchange, headers: Headers, wire: FakeSocket) -> None:
        """Pass a request to the application, which writes the response to the socket."""
        path, unused, query = exchange.path.partition("?")
        environ: dict[str, t.Any] = create_environ(
            path, f"http://{HOST}:1", query, exchange.method, headers=headers, data=exchange.sent or b""
        )
        environ[HEADERS] = dict(headers)
        started: list[t.Any] = []
        body = self._recorder.app(environ, lambda *head: started.extend(head))  # type: ignore[arg-type]
        exchange.record = environ[RECORD]
        fields = [*started[1], ("Date", format_datetime(self._recorder.utc_now(), usegmt=True))]
        head = "\r\n".join([f"HTTP/1.1 {started[0]}", *(f"{name}: {value}" for name, value in fields), "", ""])
        write = environ.get(WRITER) or (lambda wire, head, body: wire.send(head + body))
        write(wire, head.encode("latin-1"), b"".join(body))


def _receive(method: str, wire: FakeSocket) -> Response:
    """Read a response as the real transport does.

    :raises RequestError: if the header does not arrive in full
    """
    parsed = BoundResponse(t.cast(socket.socket, wire), method=method)
    try:
        parsed.begin()
    except Exception as error:  # noqa: BLE001
        raise failures.explain_broken("the connection to the API broke", error, outcome_unknown=True) from None
    try:
        return Response(parsed.status, parsed.headers, transport._read(method, parsed))
    except Exception as broken:  # noqa: BLE001
        return Response(parsed.status, parsed.headers, None, failures.explain_body(broken, parsed.status))


class FakeSocket(io.RawIOBase):
    """The client's end of a connection, to which the application and its faults write (see ``responses.py``).

    :param deadline: when reading ends with a timeout, in virtual time
    """

    def __init__(self, time: VirtualTime, deadline: float) -> None:
        super().__init__()
        self._time = time
        self._deadline = deadline
        # Bytes, seconds of silence, None for endless silence, or an exception.
        self._events: list[bytes | float | Exception | None] = []

    def send(self, data: bytes) -> None:
        self._events.append(data)

    def wait(self, seconds: float | None) -> bool:
        self._events.append(seconds)
        return seconds is None

    def reset(self) -> None:
        self._events.append(ConnectionResetError(104, "Connection reset by peer"))

    def makefile(self, *unused: t.Any) -> FakeSocket:
        return self

    def gettimeout(self) -> float:
        """Return a timeout in real time that never passes."""
        return 3600.0

    def settimeout(self, seconds: float) -> None:
        """Change nothing, because the deadline ends all waits."""

    def close(self) -> None:
        """Close nothing, because a response opens the file twice."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        while self._events:
            event = self._events.pop(0)
            if isinstance(event, bytes):
                size = min(len(event), len(buffer))
                buffer[:size] = event[:size]
                if event[size:]:
                    self._events.insert(0, event[size:])
                if size:
                    return size
            elif isinstance(event, Exception):
                raise event
            else:
                left = self._deadline - self._time.now()
                is_late = event is None or event > left
                self._time.sleep(left if event is None else min(event, left))
                if is_late:
                    raise socket.timeout("timed out")
        return 0
