"""The fake transport returns the same responses as the real one, for every fault."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._errors import RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.plugins.module_utils._http.transport import HttpTransport
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.fake_transport import CONNECTION_FAULTS, EARLY, FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.fault_injection import schedules
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import VirtualTime

KEY = "sim-full-0123456789abcdef0123456789abcdef"
ORDER = {"id": 5, "status": "pending"}
Request = tuple[str, str, t.Sequence[tuple[str, str]], t.Optional[bytes], dict[str, str]]
CANCEL = json.dumps({"status": "canceled", "note": schedules.NOTE}).encode()
LISTED = (("filters[id]", "5"), ("limit", "2"))
REQUESTS: dict[str, Request] = {
    "info": ("GET", "/order/certificate/5", (), None, {}),
    "list": ("GET", "/order/certificate", LISTED, None, {"Cache-Control": "no-cache"}),
    "put": ("PUT", "/order/certificate/5/status", (), CANCEL, {"Content-Type": "application/json"}),
}
Json = dict[str, t.Any]
DRIPS: list[Json] = [{"kind": "drip", "interval": 0.01, "size": 500}, {"kind": "drip", "interval": 0.2, "size": 20}]
DRAWN = (*schedules.LOST, *schedules.RESPONSES, *schedules.ASKING)
DRAWN += (*schedules.PAGES, *schedules.READ_ONLY, *schedules.SHAPED)
FAULTS = [*DRIPS, {"kind": "cut", "keep": 0}, *(fault for fault in DRAWN if fault["kind"] != "drip" or "part" in fault)]
# Timeouts in seconds: for a response that never arrives, for a slow body, and for a response that arrives.
SILENT, SLOW, SURE = 0.3, 1.5, 10.0


@pytest.fixture(scope="module")
def simulator() -> t.Iterator[Simulator]:
    with Simulator(now=lambda: EARLY) as simulator:
        yield simulator


def outcome(account: FakeRecorder | Simulator, request: Request, fault: Json | None) -> dict[str, t.Any]:
    """Return the response of a transport, and the account afterwards."""
    if isinstance(account, Simulator):
        # A request that was abandoned must not reach the next account.
        account.end_connections()
    state = account if isinstance(account, Simulator) else account.state
    account.reset(orders=[ORDER], keys={KEY: "full"})
    if fault:
        state.fault(**fault)
    timeout = SLOW if fault in DRIPS else SILENT if fault and fault["kind"] in ("hang", "drip") else SURE
    connect = HttpTransport if isinstance(account, Simulator) else account.connect
    transport = connect(Settings(account.url, KEY, timeout=timeout))
    seen: dict[str, t.Any] = {}
    try:
        reply = transport.send(*request)
    except RequestError as error:
        seen["raised"] = type(error), error.reason, error.repeat, error.outcome_unknown, error.advice
    else:
        # The fake transport does not ask for gzip.
        compared = ("Content-Type", "Retry-After", "Location")
        headers = {name: value for name, value in reply.headers.items() if name in compared and "GMT" not in value}
        seen["reply"] = reply.status, reply.body, headers
        if reply.broken:
            seen["broken"] = reply.broken.reason, reply.broken.repeat, reply.broken.http_status
    record = state.requests[-1]
    seen["record"] = {name: record[name] for name in ("method", "path", "query", "body", "effective", "fault")}
    return {**seen, "account": state.account.orders[5]["status"]}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("fault", [None, *FAULTS], ids=str)
def test_same_as_real(simulator: Simulator, request_: Request, fault: Json | None) -> None:
    recorder = FakeRecorder()
    assert outcome(recorder, request_, fault) == outcome(simulator, request_, fault)
    [exchange] = recorder.exchanges
    assert exchange.record and not recorder.mistakes and (exchange.method, exchange.sent) == (request_[0], request_[3])


@pytest.mark.parametrize("kind", CONNECTION_FAULTS)
def test_connection_that_fails_carries_nothing(kind: str) -> None:
    recorder = FakeRecorder()
    recorder.reset(orders=[ORDER], keys={KEY: "full"})
    recorder.fault(kind, after=1, times=1)
    transport = recorder.connect(Settings(recorder.url, KEY))
    transport.send(*REQUESTS["info"])
    with pytest.raises(RequestError) as caught:
        transport.send(*REQUESTS["put"])
    transport.send(*REQUESTS["info"])
    assert caught.value.repeat and caught.value.outcome_unknown is (kind == "broken_pipe")
    assert [exchange.is_connected for exchange in recorder.exchanges] == [True, kind == "broken_pipe", True]
    assert [exchange.record is None for exchange in recorder.exchanges] == [False, True, False]


def test_threads_that_wait_for_each_other_end_the_test() -> None:
    with pytest.raises(AssertionError, match="wait for each other"):
        VirtualTime().wait(lambda: False)
