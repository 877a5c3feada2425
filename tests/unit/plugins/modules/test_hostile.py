# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Responses that are made to harm: each costs a limited time and memory.

The limits are those of docs/bounds.md. test_safe_json.py has the JSON that costs nothing.
"""

from __future__ import annotations

import functools
import gzip
import importlib
import typing as t
from multiprocessing.pool import Pool

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api import pages
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit import measured
from ansible_collections.certops.certcentral.tests.unit.accounts import CANCEL, ID, connection, kinds, methods
from ansible_collections.certops.certcentral.tests.unit.echoes import ECHOES, Echo, check_hidden
from ansible_collections.certops.certcentral.tests.unit.measured import Measured
from ansible_collections.certops.certcentral.tests.unit.support import Clock, run_main

# MiB of a whole module, Python and libraries included.
MAX_MIB = 700
# Seconds of CPU time, in those that a listing of 30 MB takes.
MAX_RATIO = 30
# Characters. The module for many names five orders.
MAX_MESSAGE = {"digicert_order_status": 1000, "digicert_order_statuses": 5000, "digicert_order_info": 1000}

Run = t.Callable[..., Measured]
Build = t.Callable[[], dict[str, t.Any]]
MANY = {"order_ids": [ID, ID + 1], "status": "canceled", "note": "x", "rate_limit_share": 0}
MODULES = {"digicert_order_status": CANCEL, "digicert_order_statuses": MANY, "digicert_order_info": {}}
ONE, BULK, INFO = MODULES
CHANGING = (ONE, BULK)


def seed(sim: Simulator) -> None:
    sim.seed([{"id": ID, "status": "pending"}, {"id": ID + 1, "status": "pending"}])


@pytest.fixture(scope="module")
def pool() -> t.Iterator[Pool]:
    with measured.start() as pool:
        yield pool


@pytest.fixture
def run(pool: Pool, sim: Simulator) -> Run:
    """Runs a module against the simulator, and checks what holds for each of them."""

    def run_measured(name: str, options: t.Mapping[str, t.Any]) -> Measured:
        common = {**connection(sim), "timeout": 30, "retry_timeout": 0}
        done = measured.run(pool, name, {**common, **options})
        assert done.size < MAX_MIB
        for text in [done.result["msg"], *done.result["warnings"], *done.log]:
            assert text.isprintable() and len(text) <= MAX_MESSAGE[name]
        return done

    return run_measured


@pytest.fixture(scope="module")
def yardstick(pool: Pool) -> float:
    """The seconds of CPU time that a listing of nearly the largest size takes."""
    with Simulator() as sim:
        row = {"id": 1, "status": "issued", "note": "x" * 30_000}
        rows = [{**row, "id": number} for number in range(1, 1001)]
        sim.fault("status", status=200, body={"orders": rows}, on="list")
        done = measured.run(pool, "digicert_order_info", {**connection(sim), "limit": 1000})
    assert done.result["total"] == 1000
    return done.seconds


def raw(data: bytes, chunk: bytes = b"", count: int = 0) -> dict[str, t.Any]:
    """These bytes, with the line ends of HTTP, then the chunk so many times."""
    return {"kind": "raw", "data": data.replace(b"\n", b"\r\n"), "chunk": chunk, "chunk_count": count}


def body(data: bytes, status: bytes = b"200 OK", headers: bytes = b"") -> dict[str, t.Any]:
    """A well-formed response with this body."""
    head = b"HTTP/1.1 %s\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n" % (status, headers, len(data))
    return {"kind": "raw", "data": head + data}


@functools.lru_cache
def bomb() -> bytes:
    return gzip.compress(b" " * 200_000_000)


OK = b"HTTP/1.1 200 OK\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\n\n"
GZIP = b"Content-Encoding: gzip\r\n"
FLOOD = {"kind": "flood", "size": 200_000_000}
HEAP = b"x" * 65536
# For some the library's version and the machine's speed decide whether a bound or the timeout ends it.
EITHER = ("unavailable", "unexpected_response")
# Below the level of JSON: the response, and the reason with which reading an order fails.
WIRE: dict[str, tuple[Build, str | tuple[str, ...]]] = {
    "200 MB": (lambda: FLOOD, "unexpected_response"),
    "200 MB, not announced": (lambda: {**FLOOD, "declared": False}, "unexpected_response"),
    "200 MB of an error": (lambda: {**FLOOD, "status": 500}, "unavailable"),
    "200 MB of a redirect": (lambda: {**FLOOD, "status": 302}, "unexpected_response"),
    "gzip bomb": (lambda: body(bomb(), headers=GZIP), "unexpected_response"),
    "gzip bomb of an error": (lambda: body(bomb(), b"500 Some", GZIP), "unavailable"),
    "gzip of nothing, without end": (
        lambda: raw(OK + b"Content-Encoding: gzip\n\n", gzip.compress(b"") * 1000, 100_000),
        EITHER,
    ),
    "two codings": (lambda: raw(OK + b"Content-Encoding: gzip, gzip\n\nx"), "unexpected_response"),
    "chunk without end": (lambda: raw(CHUNKED + b"FFFFFFFFFFFFFFFF\n", HEAP, 4000), "unexpected_response"),
    "chunk of a size without end": (lambda: raw(CHUNKED, b"1" * 65536, 4000), EITHER),
    "chunk of less than nothing": (lambda: raw(CHUNKED + b"-1\n", HEAP, 4000), "unexpected_response"),
    "chunk of nonsense": (lambda: raw(CHUNKED + b"nonsense\n{}\n0\n\n"), "unavailable"),
    "trailer without end": (lambda: raw(CHUNKED + b"0\n", b"X: y\r\n" * 10_000, 4000), EITHER),
    "header without end": (lambda: raw(OK, b"X: y\r\n" * 1000, 100_000), "unexpected_response"),
    "header in one line": (lambda: raw(OK + b"X: ", HEAP, 4000), "unexpected_response"),
    "header of 5 MB": (lambda: raw(OK, b"X: " + b"y" * 60_000 + b"\r\n", 90), "unexpected_response"),
    "redirect to 2 MB": (
        lambda: raw(b"HTTP/1.1 302 Found\nLocation: /" + b"y" * 2_000_000 + b"\n\n"),
        "unexpected_response",
    ),
    "redirect to 60 kB": (
        lambda: raw(b"HTTP/1.1 302 Found\nConnection: close\nContent-Length: 0\nLocation: /" + b"y" * 60_000 + b"\n\n"),
        "unexpected_response",
    ),
    "interim responses without end": (
        lambda: raw(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 9999),
        "unexpected_response",
    ),
    "early hints alone": (lambda: raw(b"HTTP/1.1 103 Early Hints\nLink: x\n\n"), "unavailable"),
    "another protocol": (lambda: raw(b"HTTP/1.1 101 Switching Protocols\nUpgrade: x\n\n"), "unexpected_response"),
    "status of no meaning": (
        lambda: raw(b"HTTP/1.1 299 \x1b[2J\nConnection: close\nContent-Length: 0\n\n"),
        "unexpected_response",
    ),
    "status line without end": (lambda: raw(b"HTTP/1.1 200 ", HEAP, 4000), "unexpected_response"),
    "no HTTP": (lambda: raw(b"\x1b[2JSSH-2.0-OpenSSH\n"), "unavailable"),
    "length of thousands of digits": (lambda: raw(OK + b"Content-Length: " + b"9" * 5000 + b"\n\n{}"), "unavailable"),
    "length of too much": (lambda: raw(OK + b"Content-Length: 99999999999\n\n{}"), "unavailable"),
    "length of too little": (
        lambda: raw(OK + b"Connection: close\nContent-Length: 5\n\n" + b'{"id": 1}'),
        "unexpected_response",
    ),
    "two lengths": (lambda: raw(OK + b"Content-Length: 2\nContent-Length: 3\n\n{}"), "unavailable"),
    "a byte a second": (lambda: {"kind": "drip", "interval": 1.0, "part": "headers"}, "unavailable"),
    "a body of a byte a second": (lambda: {"kind": "drip", "interval": 1.0}, "unavailable"),
}

# These use the timeout up.
SLOW = ("gzip of nothing, without end", "trailer without end", "a byte a second", "a body of a byte a second")


def timeouts(kind: str) -> dict[str, int]:
    return {"timeout": 1} if kind in SLOW else {}


# Under the other modules there is the same transport: these are what they could treat otherwise.
FEW = ("200 MB of an error", "gzip bomb", "header without end", "status of no meaning", "a body of a byte a second")


@pytest.mark.parametrize(
    ("name", "kind"), [*((ONE, kind) for kind in WIRE), *((name, kind) for name in (BULK, INFO) for kind in FEW)]
)
def test_reading(sim: Simulator, run: Run, yardstick: float, name: str, kind: str) -> None:
    seed(sim)
    build, reason = WIRE[kind]
    sim.fault(times=None, **build())
    done = run(name, {**MODULES[name], **timeouts(kind)})
    assert done.result["reason"] in (reason if isinstance(reason, tuple) else (reason,))
    assert done.result["changed"] is False and set(methods(sim)) == {"GET"}
    assert done.seconds < MAX_RATIO * yardstick


# A 204 has no body.
LOST = [
    (name, kind)
    for name, kinds in ((ONE, tuple(WIRE)), (BULK, FEW))
    for kind in kinds
    if kind != "a body of a byte a second"
]


@pytest.mark.parametrize(("name", "kind"), LOST)
def test_lost_response_of_a_change_that_was_made(sim: Simulator, run: Run, name: str, kind: str) -> None:
    seed(sim)
    sim.fault(on="status", apply=True, times=None, **WIRE[kind][0]())
    result = run(name, {**MODULES[name], **timeouts(kind)}).result
    assert result["changed"] is True and "failed" not in result
    assert "the response was lost" in str(result)
    assert len(sim.changes) == methods(sim).count("PUT") == (2 if name == BULK else 1)


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kind in LOST if kind in FEW])
def test_lost_response_of_a_change_that_was_not_made(sim: Simulator, run: Run, name: str, kind: str) -> None:
    seed(sim)
    sim.fault(on="status", order_id=ID, **{**WIRE[kind][0](), "apply": False})
    result = run(name, {**MODULES[name], **timeouts(kind)}).result
    first = result["orders"][0] if name == BULK else result
    assert (first["reason"], first["changed"]) == ("unknown_outcome", True)
    assert ID not in [change.order_id for change in sim.changes]
    assert [request["order_id"] for request in sim.requests if request["method"] == "PUT"].count(ID) == 1


@pytest.mark.parametrize("name", CHANGING)
def test_early_hints_before_the_response(sim: Simulator, run: Run, name: str) -> None:
    seed(sim)
    hints = b"HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: </x>\n\nHTTP/1.1 102 Processing\n\n"
    sim.fault(on="status", apply=True, times=None, **raw(hints + b"HTTP/1.1 204 No Content\nConnection: close\n\n"))
    result = run(name, MODULES[name]).result
    assert result["changed"] is True and "failed" not in result and "lost" not in str(result)


@pytest.mark.parametrize("interim", [b"", b"HTTP/1.1 100 Continue\n\n", b"HTTP/1.1 103 Early Hints\n\n"])
@pytest.mark.parametrize(
    "cut", [b"HTTP/1.1 204 No Co", b"HTTP/1.1 204 No Content\n", b"HTTP/1.1 204 No Content\nA: b\n"]
)
def test_a_204_that_was_cut_short_proves_nothing(sim: Simulator, run: Run, interim: bytes, cut: bytes) -> None:
    seed(sim)
    sim.fault(on="status", **raw(interim + cut))
    assert run("digicert_order_status", CANCEL).result["reason"] == "unknown_outcome"


# JSON, and what is like it: a value of one more field, and the reason that a reading fails for.
VALUES: dict[str, tuple[t.Callable[[], bytes], str | None]] = {
    "nested 40 deep": (lambda: b"[" * 40 + b"]" * 40, None),
    "nested 600 deep": (lambda: b"[" * 600 + b"]" * 600, None),
    "nested 100,000 deep": (lambda: b"[" * 100_000 + b"]" * 100_000, "unexpected_response"),
    "objects 100,000 deep": (lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "unexpected_response"),
    "never closed": (lambda: b"[" * 900_000, "unexpected_response"),
    "exponent of millions of digits": (lambda: b"1e" + b"9" * 3_000_000, "unexpected_response"),
    "fraction of millions of digits": (lambda: b"0." + b"1" * 3_000_000, None),
    "thousands of digits": (lambda: b"9" * 5000, "unexpected_response"),
    "a million digits": (lambda: b"-" + b"9" * 1_000_000, "unexpected_response"),
    "half of a character": (lambda: b'"\\ud83d and \\udc80"', None),
    "escape codes": (lambda: b'"\\u001b[2J\\u009b2J\\u202e\\r\\n\\u0000"', None),
    "30 MB": (lambda: b'"' + b"x" * 30_000_000 + b'"', None),
    "30 MB with an emoji": (lambda: b'"' + b"x" * 30_000_000 + "\U0001f600".encode() + b'"', None),
    "30 MB of emojis": (lambda: b'"' + "\U0001f600".encode() * 7_500_000 + b'"', None),
    "30 MB of escapes": (lambda: b'"' + b"\\u00e9" * 5_000_000 + b'"', None),
    "50,000 objects": (lambda: b"[" + b'{"a":9876},' * 50_000 + b"0]", None),
    "ten million lists": (lambda: b"[" + b"[]," * 10_000_000 + b"0]", "unexpected_response"),
    "three million objects": (lambda: b"[" + b'{"a":9},' * 3_000_000 + b"0]", "unexpected_response"),
}


FEW_VALUES = ("nested 600 deep", "a million digits", "three million objects")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((ONE, kind) for kind in VALUES),
        *((INFO, kind) for kind in (*FEW_VALUES, "30 MB of emojis")),
        *((BULK, kind) for kind in FEW_VALUES),
    ],
)
def test_values(sim: Simulator, run: Run, yardstick: float, name: str, kind: str) -> None:
    build, reason = VALUES[kind]
    order = b'{"id": %d, "status": "canceled", "x": ' + build() + b"}"
    last = b'{"id": %d, "status": "canceled"}' % (ID + 1)
    rows = order % ID + b", " + last
    sim.seed([{"id": ID + 1, "status": "canceled"}])
    sim.fault(on="info", order_id=ID, **body(order % ID))
    sim.fault(on="list", **body(b'{"orders": [' + rows + b"]}"))
    # The end: nothing but the row that overlaps.
    sim.fault(on="list", times=None, **body(b'{"orders": [' + last + b"]}"))
    done = run(name, MODULES[name])
    assert (done.result.get("reason"), done.result["changed"]) == (reason, False)
    assert done.seconds < MAX_RATIO * yardstick


@pytest.mark.parametrize("value", [b"1234567,", b'{"a":9},', b'{"a":9},[],'])
def test_nearly_too_many_values(sim: Simulator, run: Run, yardstick: float, value: bytes) -> None:
    values = b"[" + value * (990_000 // value.count(b",") // (1 + value.count(b"{"))) + b"0]"
    sim.fault(on="info", **body(b'{"id": %d, "status": "canceled", "x": %s}' % (ID, values)))
    # Here nothing of it is returned, which would take Ansible most of the time.
    done = run(BULK, {**MANY, "order_ids": [ID]})
    assert done.result["summary"]["unchanged"] == 1
    assert done.seconds < MAX_RATIO * yardstick


IDS = [b"0", b"-5", b"5.0", b"true", b"null", b"[5]", b"{}", b'"five"', b'""', b'"\\u0665"', b'"' + b"9" * 5000 + b'"']
STATUSES = [b'["canceled"]', b'{"canceled": 1}', b"7", b"null", b"true", b'""']


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize(
    "fields",
    [
        *[b'"id": %s, "status": "canceled"' % value for value in IDS],
        *[b'"id": %d, "status": %s' % (ID, value) for value in STATUSES],
    ],
)
def test_what_is_no_order(sim: Simulator, run: Run, name: str, fields: bytes) -> None:
    sim.fault(on="info", **body(b"{%s}" % fields))
    sim.fault(on="list", times=None, **body(b'{"orders": [{%s}]}' % fields))
    result = run(name, {**MODULES[name], **({"concurrency": 1} if name == BULK else {})}).result
    if name == INFO:
        # One odd row fails no listing.
        assert (result["orders"], result["complete"], len(result["warnings"])) == ([], False, 1)
    else:
        assert (result["reason"], result["changed"], methods(sim)) == ("unexpected_response", False, ["GET"])


@pytest.mark.parametrize("name", MODULES)
def test_ids_as_text(sim: Simulator, run: Run, name: str) -> None:
    order = b'{"id": "%d", "status": "canceled"}'
    for number in (ID, ID + 1):
        sim.fault(on="info", order_id=number, **body(order % number))
    sim.fault(on="list", **body(b'{"orders": [%s, %s]}' % (order % ID, order % (ID + 1))))
    sim.fault(on="list", **body(b'{"orders": [%s]}' % (order % (ID + 1))))
    result = run(name, MODULES[name]).result
    assert "failed" not in result and result.get("total", 2) == 2


NASTY = "\x1b[2J\x1b]0;x\x07\x9b2Jbad\r\nnews\u2028\u202e\x00" + "z" * 100_000


@pytest.mark.parametrize("name", CHANGING)
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
def test_nasty_fields(
    sim: Simulator, run: Run, name: str, fields: dict[str, t.Any], options: dict[str, t.Any], reason: str | None
) -> None:
    seed(sim)
    order = {"id": ID, "status": "pending", "is_renewed": False, **fields}
    sim.fault("status", on="info", times=None, status=200, body=order)
    sim.fault("status", on="list", times=None, status=200, body={"orders": [order]})
    options = {"order_id": ID, "status": "canceled", "note": "x", **options}
    if name == BULK:
        order_options = {key: options.pop(key) for key in ("order_id", "common_name") if key in options}
        options["orders"] = [order_options]
    assert run(name, options).result.get("reason") == reason


def test_nasty_state_after_the_change(sim: Simulator, run: Run) -> None:
    seed(sim)
    sim.fault("status", on="info", after=1, times=None, status=200, body={"id": ID, "status": NASTY})
    result = run("digicert_order_status", CANCEL).result
    assert result["verified"] is False and "its status is ?[2J" in result["warnings"][0]
    sim.fault("reset_before", on="status")
    assert run("digicert_order_status", {**CANCEL, "check_rules": False}).result["reason"] == "unknown_outcome"


# Errors


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("status", [400, 503])
def test_ten_thousand_errors(sim: Simulator, run: Run, name: str, status: int) -> None:
    errors = [{"code": f"c{number}", "message": NASTY[:30]} for number in range(10_000)]
    sim.fault("status", times=None, status=status, body={"errors": errors})
    result = run(name, {**MODULES[name], "retry_timeout": 1 if status > 404 else 0}).result
    assert result["errors"] == errors
    assert "c2 ?[2J" in result["msg"] and "and 9997 more" in result["msg"]


@pytest.mark.parametrize("name", MODULES)
def test_errors_of_30_mb(sim: Simulator, run: Run, yardstick: float, name: str) -> None:
    sim.fault("status", times=None, status=400, body={"errors": [{"code": "c", "message": "x" * 15_000_000}] * 2})
    done = run(name, MODULES[name])
    # Longer than any response of the API, so it is not read to its end.
    assert (done.result["reason"], done.result["errors"]) == ("rejected_by_api", [])
    assert done.seconds < MAX_RATIO * yardstick


@pytest.mark.parametrize("name", CHANGING)
@pytest.mark.parametrize(
    "error",
    [NASTY, [NASTY], {"code": NASTY, "message": [NASTY]}, {"code": {"a": NASTY}}, {"message": 10**99}, {NASTY: NASTY}],
)
def test_nasty_errors(sim: Simulator, run: Run, name: str, error: t.Any) -> None:
    seed(sim)
    sim.fault("status", on="status", times=None, status=400, body={"errors": [error]})
    result = run(name, MODULES[name]).result
    assert (result["reason"], result["changed"]) == ("rejected_by_api", False)


def test_a_long_task_with_nasty_errors(sim: Simulator, run: Run) -> None:
    ids = list(range(1, 101))
    sim.seed([{"id": number, "status": "pending"} for number in ids])
    errors = [{"code": "c", "message": "x" * 100_000}] * 9
    sim.fault("status", on="status", times=None, status=400, body={"errors": errors})
    options = {"order_ids": ids, "status": "canceled", "note": "x", "rate_limit_share": 0, "keep_going": True}
    result = run(BULK, options).result
    assert result["summary"]["failed"] == 100


# Listings


def test_a_listing_of_many_rows(sim: Simulator, run: Run, yardstick: float) -> None:
    rows = b",".join(b'{"id":%d,"status":"issued"}' % number for number in range(1, 50_001))
    sim.fault(**body(b'{"orders":[' + rows + b"]}"))
    sim.fault(**body(b'{"orders":[{"id":50000,"status":"issued"}]}'))
    done = run(INFO, {})
    assert done.result["total"] == 50_000
    assert done.seconds < MAX_RATIO * yardstick


@pytest.mark.parametrize("name", MODULES)
def test_a_listing_of_a_million_rows(sim: Simulator, run: Run, yardstick: float, name: str) -> None:
    ids = [ID + number for number in range(5)]
    sim.seed({"id": number, "status": "issued", "migrated": True} for number in ids)
    sim.fault(on="list", times=None, **body(b'{"orders":[' + b'{"id":7,"status":"issued"},' * 1_000_000 + b"0]}"))
    options = {ONE: {"order_id": ID, "status": "renewed"}, BULK: {**MANY, "order_ids": ids}, INFO: {}}
    done = run(name, options[name])
    # Where many are read, order info takes its place.
    assert done.result["reason"] == ("wrong_state" if name == BULK else "unexpected_response")
    assert done.seconds < MAX_RATIO * yardstick


@pytest.mark.parametrize("name", [INFO, BULK])
def test_a_listing_without_end(sim: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def more(query: t.Iterable[tuple[str, str]], stale: bool) -> dict[str, t.Any]:
        offset = int(dict(query)["offset"])
        return {"orders": [{"id": offset + place, "status": "issued"} for place in range(1, 4)]}

    monkeypatch.setattr(sim.account, "list_orders", more)
    monkeypatch.setattr(pages, "MAX_PAGES", 20)
    main = importlib.import_module(measured.MODULES + name).main
    options = {"order_ids": list(range(9001, 9011)), "status": "canceled", "note": "x"} if name == BULK else {}
    result = run_main(main, {**connection(sim), **options})
    assert result["reason"] == ("not_found" if name == BULK else "unexpected_response")
    assert kinds(sim).count("list") <= 20
    assert methods(sim).count("GET") == len(sim.requests)


# HTTP that is odd, over a real connection: what the fake transport of other tests cannot show


def run_here(sim: Simulator, name: str = ONE, **options: t.Any) -> dict[str, t.Any]:
    """The result of a module, run in this process and without a repeat."""
    main = importlib.import_module(measured.MODULES + name).main
    return run_main(main, {**connection(sim), "retry_timeout": 0, **MODULES[name], **options})


@pytest.mark.parametrize(
    ("data", "reason", "status"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Le", "unavailable", None),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Le", "unavailable", None),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 50\r\n\r\n", "unavailable", 404),
        (b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n", "not_found", 404),
        (b"HTTP/1.0 404 Not Found\r\n\r\n", "not_found", 404),
    ],
)
def test_a_404_that_was_cut_short_proves_nothing(sim: Simulator, data: bytes, reason: str, status: int | None) -> None:
    sim.fault("raw", on="info", data=data)
    result = run_here(sim)
    assert (result["reason"], result["http_status"], result["changed"]) == (reason, status, False)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "blocked"),
        (400, "rejected_by_api"),
        (429, "rate_limited"),
        (503, "unavailable"),
        (302, "unexpected_response"),
    ],
)
@pytest.mark.parametrize("header", [{"Content-Encoding": "br"}, {"Content-Length": "99"}])
def test_the_status_counts_whatever_the_body(sim: Simulator, status: int, reason: str, header: dict[str, str]) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in header.items())
    sim.fault("raw", data=f"HTTP/1.1 {status} Some\r\n{lines}Location: https://[x/\r\n\r\nbody".encode())
    result = run_here(sim)
    assert (result["reason"], result["http_status"]) == (reason, status)


@pytest.mark.parametrize("status", [200, 204])
def test_a_header_without_a_value(sim: Simulator, status: int) -> None:
    seed(sim)
    headers = {"Content-Type": "application/json; charset"}
    sim.fault("lost_reply", on="status", status=status, body="", headers=headers)
    assert run_here(sim)["changed"] is True and len(sim.changes) == 1


@pytest.mark.parametrize("name", MODULES)
def test_a_key_in_a_status_line(sim: Simulator, name: str) -> None:
    for code in ("400", "999999", "4" + sim.key):
        sim.fault("raw", data=f"HTTP/1.1 {code} Bad {sim.key}\r\nConnection: close\r\n\r\n".encode())
        result = run_here(sim, name)
        assert result["failed"]
        check_hidden(sim.key, result)


@pytest.mark.parametrize("on", ["info", "status"])
@pytest.mark.parametrize("status", [302, 400, 503])
@pytest.mark.parametrize("echo", ECHOES)
def test_a_key_that_comes_back(sim: Simulator, clock: Clock, on: str, status: int, echo: Echo) -> None:
    seed(sim)
    sim.fault("status", on=on, status=status, times=None, **echo(sim.key))
    result = run_here(sim, api_key=f" {sim.key}\n")
    assert result["failed"]
    check_hidden(sim.key, result)
