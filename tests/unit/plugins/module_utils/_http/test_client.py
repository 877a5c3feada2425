"""GET and PUT requests over a transport with responses that the tests choose."""

from __future__ import annotations

import math
import typing as t
from datetime import datetime, timezone

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._errors import (
    CertCentralError,
    Interrupted,
    RequestError,
)
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._http.dates import check_clock
from ansible_collections.certops.certcentral.tests.unit import support
from ansible_collections.certops.certcentral.tests.unit.support import KEY, Clock, Sent, make_response, spread

PATH = "/order/certificate/123"
ORDER = {"id": 123, "status": "pending"}
BODY = {"status": "canceled", "note": "Zürich"}
LOST = RequestError("unavailable", "the connection broke", repeat=True, outcome_unknown=True)


def scripted(*responses: t.Any) -> support.ScriptedTransport:
    """Return a transport that returns these responses one after the other, and then the last one repeatedly."""
    left = list(responses)

    def answer(unused: Sent) -> t.Any:
        response = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(response, Exception):
            raise response
        return response

    return support.ScriptedTransport(answer)


def put(client: Client, may_send: t.Callable[[], bool] = lambda: True) -> bool:
    return client.put(PATH + "/status", BODY, client.budget(), may_send)


def test_endless_retry_timeout_is_accepted(clock: Clock) -> None:
    transport = scripted(503, LOST, ORDER)
    client = Client(transport, KEY, retry_timeout=10**400)
    assert client.get(PATH) == ORDER and transport.methods == ["GET"] * 3
    assert client.waited == pytest.approx(sum(clock.slept)) and client.waited_for == LOST.what


def test_caller_decides_about_a_put_when_the_rate_limiter_allows_it(clock: Clock) -> None:
    transport = scripted(204)
    # One request is allowed in 5 s.
    client = Client(transport, KEY, rate_limit_share=0.01)
    asked: list[float] = []

    def may_send() -> bool:
        asked.append(sum(clock.slept))
        return len(asked) > 1

    client.limiter.acquire()
    client.limiter.release()
    assert put(client, may_send) is False and transport.sent == []
    # A request that was not sent does not count.
    assert put(client, may_send) is True
    assert asked == [pytest.approx(5, abs=0.1)] * 2


def test_threads_that_wait_at_the_same_time_wait_once_and_a_rate_limit_pauses_all(clock: Clock) -> None:
    client = Client(scripted(ORDER), KEY)
    time = 0.0
    client.now = lambda: time
    client._wait(10, LOST)
    time = 4.0
    client._wait(10, LOST)
    assert (client.waited, client.limiter.paused_until) == (14, -math.inf)
    client._wait(8, RequestError("rate_limited", "x"))
    assert client.limiter.paused_until > 0 and clock.slept == [10, 10, 8]


def test_waits_for_the_rate_limiter_do_not_use_up_the_budget(clock: Clock) -> None:
    # One request in 5 s, ten in 180 s.
    transport = scripted(503)
    client = Client(transport, KEY, rate_limit_share=0.01, retry_timeout=3)
    with pytest.raises(RequestError, match="3 s of retry_timeout"):
        client.get(PATH)
    assert len(transport.sent) >= 2 and client.waited <= 3


DATES: dict[bool, list[str | None]] = {
    True: [
        *(None, "", "yesterday", "Fri, 31 Dec 99999 23:59:59 GMT"),
        *("Sat, 28 Nov 2026 12:00:00 GMT", "Mon, 30 Nov 2026 12:00:00 GMT"),
    ],
    False: [
        *("Sat, 28 Nov 2026 11:59:59 GMT", "Mon, 30 Nov 2026 12:00:01 GMT"),
        *("Mon Nov 30 12:00:01 2026", "Monday, 30-Nov-26 12:00:01 GMT"),
    ],
}


@pytest.mark.parametrize(("date", "is_fine"), spread(DATES))
def test_clock_may_differ_by_a_day_from_that_of_the_api(clock: Clock, date: str | None, is_fine: bool) -> None:
    # The newest date counts, and errors have one too.
    old, now = {"Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, {} if date is None else {"date": date}
    client = Client(scripted(make_response(200, ORDER, old if date else {}), make_response(400, "", now)), KEY)
    client.clock.utc_now = lambda: datetime(2026, 11, 29, 12, tzinfo=timezone.utc)  # type: ignore[method-assign]
    check_clock(client)
    client.get(PATH)
    with pytest.raises(RequestError):
        put(client)
    try:
        check_clock(client)
        assert is_fine
    except CertCentralError as error:
        assert (error.reason, is_fine) == ("clock_skew", False)
        assert "this host says 2026-11-29 12:00 UTC" in error.message and "set the clock" in error.message


@pytest.mark.parametrize("request_one", [lambda client: client.get(PATH), put])
def test_no_request_is_sent_after_a_signal(clock: Clock, request_one: t.Callable[[Client], t.Any]) -> None:
    transport = scripted(ORDER)
    client = Client(transport, KEY)
    client.interrupted = True
    with pytest.raises(Interrupted):
        request_one(client)
    assert transport.sent == [] and (client.reads, client.writes) == (0, 0)
