# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fake transport hands over what the real one does, whatever a fault makes of the reply."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._errors import RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.fake_transport import (
    CONNECTION_FAULTS,
    EARLY,
    FakeRecorder,
    RealRecorder,
    Recorder,
)
from ansible_collections.certops.certcentral.tests.unit.fault_injection.schedules import (
    ASKING,
    LOST,
    NOTE,
    PAGES,
    READ_ONLY,
    RESPONSES,
    SHAPED,
    Json,
)
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import START, VirtualTime

KEY = "sim-full-0123456789abcdef0123456789abcdef"
ORDER = {"id": 5, "status": "pending"}
Request = tuple[str, str, t.Sequence[tuple[str, str]], t.Optional[bytes], dict[str, str]]
GET_INFO: Request = ("GET", "/order/certificate/5", (), None, {})
GET_LIST: Request = (
    *("GET", "/order/certificate", (("filters[id]", "5"), ("limit", "2")), None),
    {"Cache-Control": "no-cache"},
)
PUT: Request = (
    *("PUT", "/order/certificate/5/status", ()),
    *(json.dumps({"status": "canceled", "note": NOTE}).encode(), {"Content-Type": "application/json"}),
)
DRIPS: list[Json] = [{"kind": "drip", "interval": 0.01, "size": 500}, {"kind": "drip", "interval": 0.2, "size": 20}]
FAULTS = [*LOST, *RESPONSES, *ASKING, *PAGES, *READ_ONLY, *SHAPED, {"kind": "cut", "keep": 0}]
FAULTS = [*DRIPS, *(fault for fault in FAULTS if fault["kind"] != "drip" or "part" in fault)]
# Seconds: for what never comes, for a body that comes too slowly, and for what comes.
SILENT, SLOW, SURE = 0.3, 1.5, 10.0


@pytest.fixture(scope="module")
def recorders() -> t.Iterator[tuple[Recorder, Recorder]]:
    with Simulator(now=lambda: EARLY) as simulator:
        yield FakeRecorder(), RealRecorder(simulator)


def outcome(recorder: Recorder, request: Request, fault: Json | None) -> dict[str, t.Any]:
    """What a transport hands over, and what the account has then."""
    recorder.reset(orders=[ORDER], keys={KEY: "full"})
    timeout = SURE
    if fault:
        recorder.state.fault(**fault)
        timeout = SLOW if fault in DRIPS else SILENT if fault["kind"] in ("hang", "drip") else SURE
    with pytest.MonkeyPatch.context() as monkeypatch:
        recorder.patch(monkeypatch)
        transport = recorder.connect(Settings(recorder.url, KEY, timeout=timeout))
    seen: dict[str, t.Any] = {}
    try:
        reply = transport.send(*request)
    except RequestError as error:
        seen["raised"] = type(error), error.reason, error.repeat, error.outcome_unknown, error.advice
    else:
        headers = ("Content-Type", "Retry-After", "Location")
        retry_after = reply.headers.get("Retry-After", "")
        seen["reply"] = (
            reply.status,
            reply.body,
            [reply.headers.get(name) for name in headers if "GMT" not in retry_after],
        )
        if reply.broken:
            seen["broken"] = reply.broken.reason, reply.broken.repeat, reply.broken.http_status
    exchange = recorder.exchanges[-1]
    assert exchange.record
    assert not recorder.mistakes
    seen["exchange"] = exchange.method, exchange.path, exchange.sent, exchange.status, exchange.reply, exchange.lost
    seen["record"] = {name: exchange.record[name] for name in ("method", "path", "query", "body", "effective", "fault")}
    return {**seen, "account": recorder.state.account.orders[5]["status"]}


@pytest.mark.parametrize("request_", [GET_INFO, GET_LIST, PUT], ids=["info", "list", "put"])
@pytest.mark.parametrize("fault", [None, *FAULTS], ids=str)
def test_same_as_real(recorders: tuple[Recorder, Recorder], request_: Request, fault: Json | None) -> None:
    fake, real = (outcome(recorder, request_, fault) for recorder in recorders)
    assert fake == real


@pytest.mark.parametrize("kind", CONNECTION_FAULTS)
def test_connection_that_fails(recorders: tuple[Recorder, Recorder], kind: str) -> None:
    for recorder in recorders:
        recorder.reset(orders=[ORDER], keys={KEY: "full"})
        recorder.fault(kind, after=1, times=1)
        with pytest.MonkeyPatch.context() as monkeypatch:
            recorder.patch(monkeypatch)
            transport = recorder.connect(Settings(recorder.url, KEY))
            transport.send(*GET_INFO)
            with pytest.raises(RequestError) as caught:
                transport.send(*PUT)
            transport.send(*GET_INFO)
        assert caught.value.repeat and caught.value.outcome_unknown is (kind == "broken_pipe")
        assert [exchange.is_connected for exchange in recorder.exchanges] == [True, kind == "broken_pipe", True]
        assert [exchange.record is None for exchange in recorder.exchanges] == [False, True, False]


def test_time_passes_in_turn() -> None:
    time = VirtualTime()
    seen: list[tuple[str, float]] = []

    def start(name: str, seconds: float) -> None:
        def work() -> None:
            for unused in range(2):
                time.sleep(seconds)
                seen.append((name, time.now() - START))

        time.start(work, lambda: True)

    start("slow", 3.0)
    start("fast", 2.0)
    time.wait(lambda: len(seen) == 4)
    assert seen == [("fast", 2.0), ("slow", 3.0), ("fast", 4.0), ("slow", 6.0)]


def test_threads_that_wait_for_each_other() -> None:
    with pytest.raises(AssertionError, match="wait for each other"):
        VirtualTime().wait(lambda: False)
