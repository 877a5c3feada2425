"""Orders as the API sends them: IDs, flags and dates in every form, and the endpoints for one order."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, timedelta, timezone

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.endpoints import read_order, send_status
from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_date, parse_id, parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._api.times import find_created, parse_time
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError, RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.tests.unit.support import KEY, Clock, ScriptedTransport, Sent, spread

RAW: dict[str, t.Any] = {"id": 5, "status": "issued"}
IDS = {
    7: [7, "7", "007"],
    2**63: [2**63],
    int("9" * 19): ["9" * 19],
    0: [0, "0", -7, "-7", 7.0, True, None, "", "seven", "\u0665", " 7", "9" * 20, [7], {}],
}


@pytest.mark.parametrize(("value", "number"), spread(IDS))
def test_id_is_a_number_above_0_that_may_be_text(value: t.Any, number: int) -> None:
    assert parse_id(value) == number


DATES = {
    date(2026, 12, 31): [
        "2026-12-31",
        "2026-12-31T23:59:59+00:00",
        "2026-12-31 23:59:59",
        "20261231",
        "20261231T235959Z",
    ],
    None: [
        *(None, "", "soon", "31.12.2026", "2026-13-01", 20261231, ["2026-12-31"]),
        *(f"2026-{day}" for day in ("W53-4", "W534", "366", "1231", "12-311", "12-31,")),
    ],
}


@pytest.mark.parametrize(("value", "day"), spread(DATES))
def test_date_is_read_with_any_time_after_it(value: t.Any, day: date | None) -> None:
    assert parse_date(value) == day


EIGHT = datetime(2026, 11, 22, 20, tzinfo=timezone.utc)
# A time without an offset is in UTC. Regression: only Python 3.11 and later could read several of these forms.
OFFSETS = ("", "Z", "z", "+00:00", "+00", "-00", "+0000", " +00:00", ".0Z", ".000000000+00", ",0")
TIMES = {
    EIGHT: [
        *(f"2026-11-22T20:00:00{offset}" for offset in OFFSETS),
        *("2026-11-22t20:00:00Z", "2026-11-22 20:00:00Z", "2026-11-22T20:00Z", "2026-11-22 20:00", "2026-11-22T2000Z"),
        *("20261122T200000Z", "20261122T2000+0000", "20261122 200000"),
        *("2026-11-22T22:00:00+02", "2026-11-22T14:30:00-0530", "2026-11-23T03:00:00+07:00"),
    ],
    EIGHT + timedelta(seconds=0.5): [f"2026-11-22T20:00:00{part}Z" for part in (".5", ",500", ".5000009")],
    EIGHT + timedelta(microseconds=123456): [f"2026-11-22T20:00:00.{part}Z" for part in (123456, 1234567, 123456789)],
    # A date counts as the end of the day, so that no age is overestimated.
    EIGHT + timedelta(hours=4): ["2026-11-22", "20261122"],
    None: [
        *(None, "", "soon", 20261122, "2026-11-31", "9999-12-31", "0001-01-01T00:00:00+23:59", "2026-W47-7"),
        *("2026-11-22T", "2026-11-22T20", "2026-11-22T24:00:00", "2026-11-22T20:60", "2026-11-22T20:00:60"),
        *("2026-11-22T20:00:00.", "2026-11-22T20:00:00.1234567890", "2026-11-22T20:0000", "2026-11-22 20:00 UTC"),
        *(f"2026-11-22T20:00:00{offset}" for offset in ("+1", "+24:00", "+00:60")),
    ],
}


@pytest.mark.parametrize(("value", "moment"), spread(TIMES))
def test_time_is_read_in_all_common_forms_of_iso_8601(value: t.Any, moment: datetime | None) -> None:
    assert parse_time(value) == moment


ODD = {"certificate": [], "organization": [], "requests": {}, "date_created": 5, "is_renewed": "perhaps"}


@pytest.mark.parametrize("fields", [{}, ODD, {"certificate": {"common_name": 5, "valid_till": 7}}])
def test_field_that_is_absent_or_of_another_type_is_unknown(fields: dict[str, t.Any]) -> None:
    order = parse_order({**RAW, **fields}, listed=bool(fields))
    assert (order.id, order.status, order.is_renewed, order.marked, order.migrated) == (5, "issued", None, None, None)
    assert (order.valid_till, order.renewed_order_id, order.common_name, order.reissues) == (None, 0, None, ())
    assert (find_created(order), order.listed, order.raw) == (None, bool(fields), {**RAW, **fields})


@pytest.mark.parametrize(
    "raw",
    [
        *(None, [], "x", {}, {"id": 5}, {"status": "x"}, {"id": 0, "status": "x"}),
        *({**RAW, "status": status} for status in (None, "", 5, ["canceled"])),
    ],
)
def test_order_needs_an_id_and_a_status(raw: t.Any) -> None:
    with pytest.raises(CertCentralError, match="not an order") as caught:
        parse_order(raw)
    assert caught.value.reason == "unexpected_response"


FLAGS = {True: [True, 1, "1", "true", "True"], False: [False, 0, "0", "false"], None: [None, "", "x", 2, []]}


@pytest.mark.parametrize(("value", "flag"), spread(FLAGS))
def test_flag_may_be_bool_number_or_text(value: t.Any, flag: bool | None) -> None:
    assert parse_order({**RAW, "is_renewed": value}).is_renewed is flag
    assert parse_order({"id": 5, "status": "renewed", "is_renewed": value}).marked is True


OTHER_IDS = {0: [0, "0", None, False, "", []], 7: [7, "7"], None: [True, "seven", [7], {"id": 7}, -7]}


@pytest.mark.parametrize(("value", "other"), spread(OTHER_IDS))
def test_renewed_order_id_is_an_id_or_nothing(value: t.Any, other: int | None) -> None:
    assert parse_order({**RAW, "renewed_order_id": value}).renewed_order_id == other


def test_only_reissue_requests_are_kept() -> None:
    reissues = [{"id": "2", "type": "reissue", "status": "pending"}, {"type": "reissue"}]
    requests = [{"id": 1, "type": "new_request", "status": "approved"}, *reissues, {"id": 3}, "x"]
    assert parse_order({**RAW, "requests": requests}).reissues == ((2, "pending"), (0, "None"))


def make_client(answer: t.Any) -> tuple[Client, ScriptedTransport]:
    transport = ScriptedTransport(lambda sent: answer)
    return Client(transport, KEY), transport


def test_order_details_and_a_change_are_one_request_each(clock: Clock) -> None:
    client, transport = make_client(RAW)
    assert read_order(client, 5).raw == RAW and read_order(client, 5, fresh=True).listed is False
    read = Sent("GET", "/order/certificate/5", [], None, {})
    assert transport.sent == [read, read._replace(headers={"Cache-Control": "no-cache"})]
    client, transport = make_client(204)
    body = {"status": "renewed", "note": "Zürich"}
    assert send_status(client, 5, body, client.budget(), lambda: True)
    headers = {"Content-Type": "application/json"}
    assert transport.sent == [Sent("PUT", "/order/certificate/5/status", [], body, headers)]


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (404, "not_found", "this account has no such order"),
        (RAW, "unexpected_response", "the API's response is about order 5"),
        ({"status": "issued"}, "unexpected_response", "the API's response is not an order"),
    ],
)
def test_failed_read_names_the_order(clock: Clock, answer: t.Any, reason: str, words: str) -> None:
    with pytest.raises(CertCentralError) as caught:
        read_order(make_client(answer)[0], 6)
    assert (caught.value.reason, caught.value.order_id) == (reason, 6)
    assert caught.value.message.startswith(f"order 6 could not be read: {words}")


@pytest.mark.parametrize(("answer", "became"), [(400, "was not changed"), (500, "may or may not have been changed")])
def test_failed_change_tells_whether_the_order_may_have_changed(clock: Clock, answer: int, became: str) -> None:
    client, unused = make_client(answer)
    with pytest.raises(RequestError) as caught:
        send_status(client, 5, {"status": "canceled"}, client.budget(), lambda: True)
    assert caught.value.order_id == 5 and caught.value.message.startswith(f"order 5 {became}: the API")
