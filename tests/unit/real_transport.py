"""Transports over real connections to a running simulator, which record their exchanges like the fake transport."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._http import client, transport
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.plugins.module_utils._http.transport import (
    Headers,
    HttpTransport,
    Params,
    Response,
)
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.app import BASE
from ansible_collections.certops.certcentral.tests.unit.fake_transport import HOST, FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.support import Clock, Gate

# The header that finds an exchange in the log of the simulator.
NUMBER = "X-Exchange"


class RealRecorder(FakeRecorder):
    """A source of transports to a running simulator. Waits between requests take no time, but waits for a response do."""

    exact = False

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self._simulator = self.state = simulator
        self.url = f"http://{HOST}:{simulator.port}{BASE}"
        # This is long enough for a busy machine, whose responses are not late on purpose.
        self.timeout = 20.0
        self._clock = Clock(time.monotonic)
        self.now, self.sleep = self._clock.now, self._clock.sleep
        self._transport = transport.HttpTransport

    def reset(self, turns: int = 0, **start: t.Any) -> None:
        """Start over. A request that the client gave up does not reach the next account."""
        self._simulator.end_connections()
        super().reset(turns, **start)

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the transport of the modules and the clock of the client."""
        super().patch(monkeypatch)
        monkeypatch.setattr(client, "Clock", lambda: self._clock)

    def connect(self, settings: Settings) -> t.Any:
        """Return a transport for one client."""
        return RecordingTransport(self, self._transport(settings))


class RecordingTransport:
    """A transport that records the exchanges of another transport."""

    def __init__(self, recorder: RealRecorder, real: HttpTransport) -> None:
        self._recorder = recorder
        self._real = real
        self.close = real.close

    def send(
        self, method: str, path: str, params: Params, body: bytes | None, headers: Headers, may_send: Gate
    ) -> Response:
        exchange = self._recorder.start(method, path, params, body, may_send)
        number = str(exchange.opened)
        reply: Response | None = None
        try:
            reply = self._real.send(method, path, params, body, {**headers, NUMBER: number}, may_send)
            return reply
        finally:
            self._recorder.end(exchange, reply)
            log = [*self._recorder.state.requests]
            exchange.record = next((record for record in log if record["headers"].get(NUMBER) == number), None)
