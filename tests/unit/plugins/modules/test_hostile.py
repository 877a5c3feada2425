"""Hostile responses. Each costs a limited amount of time and memory.

The limits are those of docs/bounds.md. test_safe_json.py has the JSON that costs nothing.
"""

from __future__ import annotations

import functools
import gzip
import typing as t
from multiprocessing.pool import Pool

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit import measured
from ansible_collections.certops.certcentral.tests.unit.accounts import CANCEL, ID, connection, methods
from ansible_collections.certops.certcentral.tests.unit.echoes import check_hidden
from ansible_collections.certops.certcentral.tests.unit.measured import Measured
from ansible_collections.certops.certcentral.tests.unit.support import run_module

# The maximum memory of a module in MiB, including Python and its libraries.
MAX_MIB = 700
# The maximum CPU time, as a multiple of the time that a list of 30 MB takes.
MAX_RATIO = 30
# The maximum number of characters in a message. digicert_order_statuses names five orders.
MAX_MESSAGE = {"digicert_order_status": 1000, "digicert_order_statuses": 5000, "digicert_order_info": 1000}

Json = dict[str, t.Any]
Run = t.Callable[..., Measured]
Build = t.Callable[[], Json]
MANY = {"order_ids": [ID, ID + 1], "status": "canceled", "note": "x", "rate_limit_share": 0}
MODULES = {"digicert_order_status": CANCEL, "digicert_order_statuses": MANY, "digicert_order_info": {}}
ONE, BULK, INFO = MODULES


@pytest.fixture(scope="module")
def pool() -> t.Iterator[Pool]:
    with measured.start() as pool:
        yield pool


@pytest.fixture(scope="module")
def yardstick(pool: Pool) -> float:
    """Return the seconds of CPU time that a list of nearly the largest size takes."""
    with Simulator() as sim:
        row = {"id": 1, "status": "issued", "note": "x" * 30_000}
        rows = [{**row, "id": number} for number in range(1, 1001)]
        sim.fault("status", status=200, body={"orders": rows}, on="list")
        done = measured.run(pool, "digicert_order_info", {**connection(sim), "limit": 1000})
    assert done.result["total"] == 1000
    return done.seconds


@pytest.fixture
def run(pool: Pool, sim: Simulator, yardstick: float) -> Run:
    """Return a function that runs a module against an account with two pending orders, and checks the limits of the run."""
    sim.seed([{"id": number, "status": "pending"} for number in (ID, ID + 1)])

    def run_measured(name: str = ONE, **options: t.Any) -> Measured:
        common = {**connection(sim), "timeout": 30, "retry_timeout": 0, **MODULES[name]}
        done = measured.run(pool, name, {**common, **options})
        assert done.size < MAX_MIB and done.seconds < MAX_RATIO * yardstick
        for text in [done.result["msg"], *done.result["warnings"], *done.log]:
            assert text.isprintable() and len(text) <= MAX_MESSAGE[name]
        return done

    return run_measured


def raw(data: bytes, chunk: bytes = b"", count: int = 0) -> Json:
    """Return these bytes with the line ends of HTTP, followed by the chunk the given number of times."""
    return {"kind": "raw", "data": data.replace(b"\n", b"\r\n"), "chunk": chunk, "chunk_count": count}


def body(data: bytes, status: bytes = b"200 OK", headers: bytes = b"") -> Json:
    """Return a well-formed response with this body."""
    head = b"HTTP/1.1 %s\nConnection: close\n%sContent-Length: %d\n\n" % (status, headers, len(data))
    return {"kind": "raw", "data": head.replace(b"\n", b"\r\n") + data}


@functools.lru_cache
def bomb() -> bytes:
    return gzip.compress(b" " * 200_000_000)


OK = b"HTTP/1.1 200 OK\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\n\n"
GZIP = b"Content-Encoding: gzip\n"
CLOSE = b"Connection: close\n"
EMPTY = CLOSE + b"Content-Length: 0\n\n"
FOUND = b"HTTP/1.1 302 Found\n" + CLOSE + b"Content-Length: 0\nLocation: /"
HEAP = b"x" * 65536
LONG = b"Content-Length: 209715200\n\n"
UNEXPECTED, UNAVAILABLE = ("unexpected_response",), ("unavailable",)
# For some responses, it depends on the version of the library and the speed of the machine whether a limit or the timeout ends them.
EITHER = ("unavailable", "unexpected_response")
# Responses that are hostile below the level of JSON, with the possible reasons of a failed read.
WIRE: dict[str, tuple[tuple[str, ...], Build]] = {
    "200 MB": (UNEXPECTED, lambda: raw(OK + LONG, HEAP, 3200)),
    "200 MB, not announced": (UNEXPECTED, lambda: raw(OK + CLOSE + b"\n", HEAP, 3200)),
    "200 MB of an error": (UNAVAILABLE, lambda: raw(b"HTTP/1.1 500 Some\n" + LONG, HEAP, 3200)),
    "200 MB of a redirect": (UNEXPECTED, lambda: raw(b"HTTP/1.1 302 Found\n" + LONG, HEAP, 3200)),
    "gzip bomb": (UNEXPECTED, lambda: body(bomb(), headers=GZIP)),
    "gzip bomb of an error": (UNAVAILABLE, lambda: body(bomb(), b"500 Some", GZIP)),
    "gzip of nothing, without end": (EITHER, lambda: raw(OK + GZIP + b"\n", gzip.compress(b"") * 1000, 100_000)),
    "gzip that is cut short": (UNAVAILABLE, lambda: body(gzip.compress(b'{"id": 1}')[:-1], headers=GZIP)),
    "gzip with a wrong checksum": (UNAVAILABLE, lambda: body(gzip.compress(b"{}")[:-8] + b"x" * 8, headers=GZIP)),
    "gzip with something after it": (UNAVAILABLE, lambda: body(gzip.compress(b"{}") + b"{}", headers=GZIP)),
    "two codings": (UNEXPECTED, lambda: raw(OK + b"Content-Encoding: gzip, gzip\n\nx")),
    "chunk without end": (UNEXPECTED, lambda: raw(CHUNKED + b"FFFFFFFFFFFFFFFF\n", HEAP, 4000)),
    "chunk of a size without end": (EITHER, lambda: raw(CHUNKED, b"1" * 65536, 4000)),
    "chunk of less than nothing": (UNEXPECTED, lambda: raw(CHUNKED + b"-1\n", HEAP, 4000)),
    "chunk of nonsense": (UNAVAILABLE, lambda: raw(CHUNKED + b"nonsense\n{}\n0\n\n")),
    "trailer without end": (EITHER, lambda: raw(CHUNKED + b"0\n", b"X: y\r\n" * 10_000, 4000)),
    "header without end": (UNEXPECTED, lambda: raw(OK, b"X: y\r\n" * 1000, 100_000)),
    "header in one line": (UNEXPECTED, lambda: raw(OK + b"X: ", HEAP, 4000)),
    "header of 5 MB": (UNEXPECTED, lambda: raw(OK, b"X: " + b"y" * 60_000 + b"\r\n", 90)),
    "redirect to 2 MB": (UNEXPECTED, lambda: raw(FOUND + b"y" * 2_000_000 + b"\n\n")),
    "redirect to 60 kB": (UNEXPECTED, lambda: raw(FOUND + b"y" * 60_000 + b"\n\n")),
    "interim responses without end": (UNEXPECTED, lambda: raw(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 9999)),
    "early hints without a response": (UNAVAILABLE, lambda: raw(b"HTTP/1.1 103 Early Hints\nLink: x\n\n")),
    "another protocol": (UNEXPECTED, lambda: raw(b"HTTP/1.1 101 Switching Protocols\nUpgrade: x\n\n")),
    "status without a meaning": (UNEXPECTED, lambda: raw(b"HTTP/1.1 299 \x1b[2J\n" + EMPTY)),
    "status line without end": (UNEXPECTED, lambda: raw(b"HTTP/1.1 200 ", HEAP, 4000)),
    "no HTTP": (UNAVAILABLE, lambda: raw(b"\x1b[2JSSH-2.0-OpenSSH\n")),
    "length of thousands of digits": (EITHER, lambda: raw(OK + b"Content-Length: " + b"9" * 5000 + b"\n\n{}")),
    "length that is too large": (UNAVAILABLE, lambda: raw(OK + b"Content-Length: 99999999999\n\n{}")),
    "length that is too small": (UNEXPECTED, lambda: raw(OK + CLOSE + b'Content-Length: 5\n\n{"id": 1}')),
    "lengths in a list": (UNAVAILABLE, lambda: raw(OK + b"Content-Length: 2, 3\n\n{}")),
    "two lengths of nothing": (
        UNAVAILABLE,
        lambda: raw(b"HTTP/1.1 204 No Content\nContent-Length: 2\nContent-Length: 3\n\n"),
    ),
    "two codings in two lines": (UNEXPECTED, lambda: raw(OK + GZIP + b"Content-Encoding: br\n" + CLOSE + b"\n{}")),
    "two lengths": (UNAVAILABLE, lambda: raw(OK + b"Content-Length: 2\nContent-Length: 3\n\n{}")),
    "a byte a second": (UNAVAILABLE, lambda: {"kind": "drip", "interval": 1.0, "part": "headers"}),
    "a body of a byte a second": (UNAVAILABLE, lambda: {"kind": "drip", "interval": 1.0}),
}

# These responses use up the timeout.
SLOW = ("gzip of nothing, without end", "trailer without end", "a byte a second", "a body of a byte a second")
# The other modules have the same transport. They could treat these responses differently.
FEW = ("200 MB of an error", "gzip bomb", "header without end", "status without a meaning", "a body of a byte a second")
HOSTILE = [*((ONE, kind) for kind in WIRE), *((name, kind) for name in (BULK, INFO) for kind in FEW)]


@pytest.mark.parametrize(("name", "kind"), HOSTILE)
def test_read_with_a_hostile_response_fails(sim: Simulator, run: Run, name: str, kind: str) -> None:
    reasons, build = WIRE[kind]
    sim.fault(times=None, **build())
    result = run(name, timeout=1 if kind in SLOW else 30).result
    assert result["reason"] in reasons and result["changed"] is False and set(methods(sim)) == {"GET"}


# A 204 has no body.
@pytest.mark.parametrize(("name", "kind"), [row for row in HOSTILE if row[0] != INFO and row[1] != FEW[-1]])
def test_lost_response_of_a_change_that_was_made(sim: Simulator, run: Run, name: str, kind: str) -> None:
    sim.fault(on="status", apply=True, times=None, **WIRE[kind][1]())
    result = run(name, timeout=1 if kind in SLOW else 30).result
    assert result["changed"] is True and "failed" not in result and "the response was lost" in str(result)
    assert len(sim.changes) == methods(sim).count("PUT") == (2 if name == BULK else 1)


def test_early_hints_before_the_response_are_skipped(sim: Simulator, run: Run) -> None:
    hints = b"HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: </x>\n\nHTTP/1.1 102 Processing\n\n"
    sim.fault(on="status", apply=True, times=None, **raw(hints + b"HTTP/1.1 204 No Content\nConnection: close\n\n"))
    result = run().result
    assert result["changed"] is True and "failed" not in result and "lost" not in str(result)


@pytest.mark.parametrize("interim", [b"", b"HTTP/1.1 100 Continue\n\n", b"HTTP/1.1 103 Early Hints\n\n"])
@pytest.mark.parametrize("cut", [b" No Co", b" No Content\n", b" No Content\nA: b\n"])
def test_truncated_204_proves_nothing(sim: Simulator, run: Run, interim: bytes, cut: bytes) -> None:
    sim.fault(on="status", **raw(interim + b"HTTP/1.1 204" + cut))
    assert run().result["reason"] == "unknown_outcome"


# Costly JSON in an additional field, and the reason with which a read fails.
VALUES: dict[str, tuple[t.Callable[[], bytes], str | None]] = {
    "nested 600 deep": (lambda: b"[" * 600 + b"]" * 600, None),
    "nested 100,000 deep": (lambda: b"[" * 100_000 + b"]" * 100_000, "unexpected_response"),
    "never closed": (lambda: b"[" * 900_000, "unexpected_response"),
    "exponent of millions of digits": (lambda: b"1e" + b"9" * 3_000_000, "unexpected_response"),
    "fraction of millions of digits": (lambda: b"0." + b"1" * 3_000_000, None),
    "a million digits": (lambda: b"-" + b"9" * 1_000_000, "unexpected_response"),
    "escape codes": (lambda: b'"\\u001b[2J\\u009b2J\\u202e\\r\\n\\u0000\\ud83d"', None),
    "30 MB": (lambda: b'"' + b"x" * 30_000_000 + b'"', None),
    "30 MB with an emoji": (lambda: b'"' + b"x" * 30_000_000 + "\U0001f600".encode() + b'"', None),
    "30 MB of emojis": (lambda: b'"' + "\U0001f600".encode() * 7_500_000 + b'"', None),
    "30 MB of escapes": (lambda: b'"' + b"\\u00e9" * 5_000_000 + b'"', None),
    "ten million lists": (lambda: b"[" + b"[]," * 10_000_000 + b"0]", "unexpected_response"),
    "three million objects": (lambda: b"[" + b'{"a":9},' * 3_000_000 + b"0]", "unexpected_response"),
}


@pytest.mark.parametrize(
    ("name", "kind"), [*((ONE, kind) for kind in VALUES), (INFO, "30 MB of emojis"), (BULK, "three million objects")]
)
def test_order_with_a_costly_value_is_read_within_the_limits(sim: Simulator, run: Run, name: str, kind: str) -> None:
    build, reason = VALUES[kind]
    order = b'{"id": %d, "status": "canceled", "x": ' + build() + b"}"
    last = b'{"id": %d, "status": "canceled"}' % (ID + 1)
    rows = order % ID + b", " + last
    sim.seed([{"id": ID + 1, "status": "canceled"}])
    sim.fault(on="info", order_id=ID, **body(order % ID))
    sim.fault(on="list", **body(b'{"orders": [' + rows + b"]}"))
    # The last page has only the row that overlaps.
    sim.fault(on="list", times=None, **body(b'{"orders": [' + last + b"]}"))
    result = run(name).result
    assert (result.get("reason"), result["changed"]) == (reason, False)


@pytest.mark.parametrize("value", [b"1234567,", b'{"a":9},', b'{"a":9},[],'])
def test_nearly_too_many_values_are_accepted(sim: Simulator, run: Run, value: bytes) -> None:
    values = b"[" + value * (990_000 // value.count(b",") // (1 + value.count(b"{"))) + b"0]"
    sim.fault(on="info", **body(b'{"id": %d, "status": "canceled", "x": %s}' % (ID, values)))
    # Nothing is returned here, because returning it would take Ansible most of the time.
    assert run(BULK, order_ids=[ID]).result["summary"]["unchanged"] == 1


NASTY = "\x1b[2J\x1b]0;x\x07\x9b2Jbad\r\nnews\u2028\u202e\x00" + "z" * 100_000


@pytest.mark.parametrize(
    ("fields", "options", "reason"),
    [
        ({"status": NASTY}, {}, "wrong_state"),
        ({"status": NASTY}, {"check_rules": False, "verify_change": False}, None),
        ({"status": NASTY}, {"status": "renewed", "check_rules": False}, "rejected_by_api"),
        ({"status": NASTY}, {"status": "not_renewed"}, None),
        ({"certificate": {"common_name": NASTY}}, {"common_name": "a.example.com"}, "common_name_mismatch"),
        ({"is_renewed": True, "renewed_order_id": 10**99}, {"status": "not_renewed"}, "renewed_by_order"),
        ({"certificate": {"valid_till": NASTY}}, {"status": "renewed"}, "outside_renewal_window"),
        ({"requests": [{"type": "reissue", "id": NASTY, "status": [NASTY]}]}, {"cancel_scope": "reissue"}, None),
    ],
)
def test_nasty_field_does_no_harm(sim: Simulator, run: Run, fields: Json, options: Json, reason: str | None) -> None:
    order = {"id": ID, "status": "pending", "is_renewed": False, **fields}
    sim.fault("status", on="info", times=None, status=200, body=order)
    sim.fault("status", on="list", times=None, status=200, body={"orders": [order]})
    assert run(**options).result.get("reason") == reason


def test_nasty_state_after_the_change_does_no_harm(sim: Simulator, run: Run) -> None:
    sim.fault("status", on="info", after=1, times=None, status=200, body={"id": ID, "status": NASTY})
    result = run().result
    assert result["verified"] is False and "its status is ?[2J" in result["warnings"][0]
    sim.fault("reset_before", on="status")
    assert run(check_rules=False).result["reason"] == "unknown_outcome"


@pytest.mark.parametrize("error", [NASTY, {"code": NASTY, "message": [NASTY]}, {"message": 10**99}, {NASTY: NASTY}])
def test_nasty_error_does_no_harm(sim: Simulator, run: Run, error: t.Any) -> None:
    sim.fault("status", on="status", times=None, status=400, body={"errors": [error]})
    result = run().result
    assert (result["reason"], result["changed"]) == ("rejected_by_api", False)


@pytest.mark.parametrize("name", MODULES)
def test_errors_of_30_mb_are_not_read_to_the_end(sim: Simulator, run: Run, name: str) -> None:
    sim.fault("status", times=None, status=400, body={"errors": [{"code": "c", "message": "x" * 15_000_000}] * 2})
    result = run(name).result
    assert (result["reason"], result["errors"]) == ("rejected_by_api", [])


def test_list_of_many_rows_is_read_within_the_limits(sim: Simulator, run: Run) -> None:
    rows = b",".join(b'{"id":%d,"status":"issued"}' % number for number in range(1, 50_001))
    sim.fault(**body(b'{"orders":[' + rows + b"]}"))
    sim.fault(**body(b'{"orders":[{"id":50000,"status":"issued"}]}'))
    assert run(INFO).result["total"] == 50_000


@pytest.mark.parametrize("name", MODULES)
def test_list_of_a_million_rows_is_refused(sim: Simulator, run: Run, name: str) -> None:
    ids = [ID + number for number in range(5)]
    sim.seed({"id": number, "status": "issued", "migrated": True} for number in ids)
    sim.fault(on="list", times=None, **body(b'{"orders":[' + b'{"id":7,"status":"issued"},' * 1_000_000 + b"0]}"))
    options: dict[str, Json] = {ONE: {"status": "renewed"}, BULK: {"order_ids": ids}, INFO: {}}
    # If many orders are read, order details replace the list.
    assert run(name, **options[name]).result["reason"] == ("wrong_state" if name == BULK else "unexpected_response")


# Unusual HTTP over a real connection, which the fake transport of other tests cannot show


OTHER_STATUSES = ((403, "blocked"), (400, "rejected_by_api"), (429, "rate_limited"), (503, "unavailable"))


def run_here(sim: Simulator, name: str = ONE) -> Json:
    """Return the result of a module that runs in this process, without repeats."""
    return run_module(name, {**connection(sim), "retry_timeout": 0, **MODULES[name]})


@pytest.mark.parametrize(
    ("data", "reason", "status"),
    [
        # A 404 that was cut short proves nothing.
        (b"HTTP/1.1 404 Not Found\r\nContent-Le", "unavailable", None),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Le", "unavailable", None),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 50\r\n\r\n", "unavailable", 404),
        (b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n", "not_found", 404),
        (b"HTTP/1.0 404 Not Found\r\n\r\n", "not_found", 404),
        # For other statuses, the status counts, and the body does not matter.
        *(
            (b"HTTP/1.1 %d Some\r\n%b\r\nLocation: https://[x/\r\n\r\nbody" % (status, header), reason, status)
            for header in (b"Content-Encoding: br", b"Content-Length: 99")
            for status, reason in OTHER_STATUSES
        ),
    ],
)
def test_reason_fits_what_arrived_of_a_response(sim: Simulator, data: bytes, reason: str, status: int | None) -> None:
    sim.fault("raw", on="info", data=data)
    result = run_here(sim)
    assert (result["reason"], result["http_status"], result["changed"]) == (reason, status, False)


@pytest.mark.parametrize("status", [200, 204])
def test_header_without_a_value_is_accepted(sim: Simulator, status: int) -> None:
    sim.seed([{"id": ID, "status": "pending"}])
    headers = {"Content-Type": "application/json; charset"}
    sim.fault("lost_reply", on="status", status=status, body="", headers=headers)
    assert run_here(sim)["changed"] is True and len(sim.changes) == 1


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("code", ["400", "999999", "4{key}"])
def test_key_in_a_status_line_is_hidden(sim: Simulator, name: str, code: str) -> None:
    line = f"HTTP/1.1 {code.format(key=sim.key)} Bad {sim.key}"
    sim.fault("raw", data=f"{line}\r\nConnection: close\r\n\r\n".encode())
    result = run_here(sim, name)
    assert result["failed"]
    check_hidden(sim.key, result)
