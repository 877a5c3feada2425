# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source against the simulator, with a queue and a clock of the test's own. For ansible-rulebook: tests/eda."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import logging
import math
import subprocess
import sys
import threading
import typing as t
from datetime import datetime, timedelta, timezone

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.extensions.eda.plugins.event_source import order_changes
from ansible_collections.certops.certcentral.plugins.module_utils._clock import Clock
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError, RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http import transport
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.plugins.module_utils._module.options import (
    COMMON_OPTIONS,
    NOT_GIVEN,
    make_spec,
)
from ansible_collections.certops.certcentral.plugins.modules import digicert_order_change_info
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import run_main

DAY = 24 * 3600
WEEK = 7 * DAY
INTERVAL = 60
# What the documentation of the plugin says: 120 s, and the time of the repeats.
OVERLAP = 120 + INTERVAL
KEY = "k" * 64

Step = t.Callable[[], t.Any]


class Queue:
    """Takes events."""

    def __init__(self) -> None:
        self.events: list[dict[str, t.Any]] = []

    async def put(self, event: dict[str, t.Any]) -> None:
        self.events.append(event)


class World:
    """The simulator, and a clock that moves only when somebody waits: the API, the client and the event source share it."""

    def __init__(self, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sim = sim
        self.time = 0.0
        self.queue = Queue()
        self._steps: list[Step] = []
        # How many requests came before each poll.
        self._polls: list[int] = []
        begin = datetime(2026, 6, 1, tzinfo=timezone.utc)
        monkeypatch.setattr(sim.account, "now", lambda: begin + timedelta(seconds=self.time))
        monkeypatch.setattr(Clock, "now", lambda clock: self.time)
        monkeypatch.setattr(Clock, "utc_now", lambda clock: begin + timedelta(seconds=self.time))
        monkeypatch.setattr(Clock, "sleep", lambda clock, seconds, stopped: self.wait(seconds))
        monkeypatch.setattr(asyncio, "sleep", self._sleep)

    def wait(self, seconds: float) -> None:
        self.time += seconds

    async def _sleep(self, seconds: float) -> None:
        self.wait(seconds)
        if not self._steps:
            raise asyncio.CancelledError
        self._steps.pop(0)()
        self._polls.append(len(self.sim.requests))

    def play(self, *steps: Step, **args: t.Any) -> list[tuple[int, str]]:
        """Poll, and between two polls take a step. Returns the events; the source is cancelled after the last poll."""
        self._steps = list(steps)
        self._polls = [len(self.sim.requests)]
        args = {"api_url": self.sim.url, "api_key": self.sim.view_only_key, "interval": INTERVAL, **args}
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(order_changes.main(t.cast("asyncio.Queue[t.Any]", self.queue), args))
        assert all(event.keys() == {"order_id", "certificate_id", "status"} for event in self.queue.events)
        return [(event["order_id"], event["status"]) for event in self.queue.events]

    def change(self, order_id: int, status: str, **fields: t.Any) -> Step:
        return lambda: self.sim.account.edit(order_id, status=status, **fields)

    @property
    def spans(self) -> list[int]:
        """The seconds that each poll asked for."""
        return [int(dict(self.sim.requests[number]["query"])["seconds"]) for number in self._polls]


def nothing() -> None:
    pass


@pytest.fixture(autouse=True)
def _no_key_in_the_log(caplog: pytest.LogCaptureFixture) -> t.Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text


@pytest.fixture
def world(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> World:
    """Orders 1 to 3, pending for long."""
    sim.seed({"id": number, "status": "pending"} for number in (1, 2, 3))
    return World(sim, monkeypatch)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the source logged for a person."""
    shown = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert {record.name for record in shown} <= {order_changes.NAME}
    return [record.getMessage() for record in shown]


# ---- events


def test_an_event_for_each_change(world: World, caplog: pytest.LogCaptureFixture) -> None:
    assert world.play(world.change(1, "issued"), world.change(2, "canceled")) == [(1, "issued"), (2, "canceled")]
    assert isinstance(world.queue.events[0]["certificate_id"], int)
    assert warnings(caplog) == []


def test_spans_overlap_and_no_event_comes_twice(world: World) -> None:
    assert world.play(world.change(1, "issued"), *[nothing] * 5) == [(1, "issued")]
    assert world.spans == [INTERVAL + OVERLAP] * 7
    # Order 1 was in five of the replies, and each of those cost the request that finds the end.
    assert len(world.sim.requests) == 7 + 5


def test_what_changed_just_before_the_start(world: World) -> None:
    world.change(1, "issued")()
    world.wait(INTERVAL + OVERLAP - 1)
    world.change(2, "rejected")()
    assert world.play() == [(1, "issued"), (2, "rejected")]


def test_each_status_that_lasts_until_a_poll(world: World) -> None:
    steps = [world.change(1, status) for status in ("issued", "reissue_pending", "issued", "revoked")]
    assert world.play(*steps) == [(1, "issued"), (1, "reissue_pending"), (1, "issued"), (1, "revoked")]


def test_a_status_that_comes_and_goes_between_two_polls_is_not_seen(world: World) -> None:
    def away_and_back() -> None:
        world.change(1, "reissue_pending")()
        world.change(1, "issued")()

    steps = [world.change(1, "issued"), away_and_back, *[nothing] * 10, away_and_back, nothing]
    assert world.play(*steps) == [(1, "issued")]


def test_a_reissue_between_two_polls_is_seen_by_its_certificate(world: World) -> None:
    def reissue() -> None:
        world.change(1, "reissue_pending")()
        world.change(1, "issued", certificate={"id": 99})()

    assert world.play(world.change(1, "issued"), reissue, nothing) == [(1, "issued"), (1, "issued")]
    assert world.queue.events[1]["certificate_id"] == 99


def test_a_mark_that_the_api_lists_is_no_event(world: World) -> None:
    world.sim.quirks.marks_are_status_changes = True
    steps = [world.change(1, "issued"), *[nothing] * 9, world.change(1, "issued", is_renewed=True), nothing]
    assert world.play(*steps) == [(1, "issued")]


def test_only_some_statuses(world: World) -> None:
    steps = [world.change(1, "issued"), world.change(2, "canceled"), world.change(3, "rejected")]
    assert world.play(*steps, statuses=["canceled", "rejected"]) == [(2, "canceled"), (3, "rejected")]


def test_a_status_that_is_not_wanted_lies_between_two_that_are(world: World) -> None:
    steps = [world.change(1, status) for status in ("issued", "reissue_pending", "issued")]
    assert world.play(*steps, statuses=["issued"]) == [(1, "issued"), (1, "issued")]


def test_a_certificate_id_that_is_missing_now_and_then(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [None, 7, None, 7, 8]

    def entries(query: t.Any) -> dict[str, t.Any]:
        return {"orders": [{"order_id": 1, "certificate_id": ids[int(world.time) // INTERVAL], "status": "issued"}]}

    monkeypatch.setattr(world.sim.account, "status_changes", entries)
    assert world.play(*[nothing] * 4) == [(1, "issued"), (1, "issued")]
    assert [event["certificate_id"] for event in world.queue.events] == [None, 8]


# ---- failures


FAULTS: list[tuple[str, dict[str, t.Any]]] = [
    *[("status", {"status": status}) for status in (500, 503, 429, 408, 400, 418, 302, 201)],
    ("status", {"status": 404, "body": {"errors": [{"code": "not_found|route", "message": "Not Found."}]}}),
    ("status", {"status": 404, "body": ""}),
    ("html", {}),
    ("block_page", {"status": 403}),
    ("block_page", {"status": 200}),
    ("empty", {}),
    ("bad_json", {}),
    *[("wrong_shape", {"shape": shape}) for shape in ("list", "null", "errors", "message", "data", "no_id")],
    ("reset_before", {}),
    ("reset_after", {}),
    ("cut", {"part": "headers"}),
]


@pytest.mark.parametrize(("kind", "params"), FAULTS)
def test_failing_api_is_logged_and_loses_nothing(
    world: World, kind: str, params: dict[str, t.Any], caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        world.change(1, "issued")()
        world.sim.fault(kind, on="status_changes", times=None, **params)

    steps = [fail, *[nothing] * 9, world.sim.faults.clear, nothing]
    assert world.play(*steps, retry_timeout=0) == [(1, "issued")]
    said = warnings(caplog)
    assert len(said) == 10
    assert all(line.startswith("a poll failed, and the next one looks back") for line in said)


def test_the_span_reaches_back_to_the_last_success(world: World) -> None:
    def fail() -> None:
        world.sim.fault("status", status=503, on="status_changes", times=3)

    world.play(fail, nothing, nothing, nothing, nothing, retry_timeout=0)
    assert [span - 120 for span in world.spans] == [INTERVAL * polls for polls in (1, 1, 2, 3, 4, 1)]


def test_a_poll_repeats_no_longer_than_its_interval(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.sim.fault("status", status=503, on="status_changes", times=None)
    world.play(retry_timeout=100_000)
    assert "the 60 s of retry_timeout are used up" in warnings(caplog)[0]
    assert world.time <= 2 * INTERVAL


def test_a_short_failure_is_repeated_within_the_poll(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.change(1, "issued")()
    world.sim.fault("status", status=503, on="status_changes", times=2)
    assert world.play() == [(1, "issued")]
    assert warnings(caplog) == []


def test_a_reply_that_came_too_late_does_not_count(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The API counts the span from when it answers, and order 1 has left it by then."""

    def late() -> None:
        world.change(1, "issued")()
        world.wait(1000)
        world.sim.fault("call", on="status_changes", before=lambda record: world.wait(3 * OVERLAP))

    assert world.play(nothing, late, nothing) == [(1, "issued")]
    assert warnings(caplog) == []


def test_seven_days_are_made_up_for(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        world.change(1, "issued")()
        world.sim.fault("status", status=503, on="status_changes", times=1)
        world.wait(WEEK - 2 * INTERVAL - OVERLAP)

    assert world.play(fail, nothing, nothing, retry_timeout=0) == [(1, "issued")]
    assert len(warnings(caplog)) == 1
    assert max(world.spans) <= WEEK


def test_what_cannot_be_known_is_said_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        world.change(1, "issued")()
        world.sim.fault("status", status=503, on="status_changes", times=1)
        world.wait(WEEK + DAY)

    assert world.play(fail, world.change(2, "issued"), nothing, nothing, retry_timeout=0) == [(2, "issued")]
    said = warnings(caplog)
    assert len(said) == 2
    assert "no poll succeeded for more than 7 days" in said[1] and "UTC is not known" in said[1]
    assert max(world.spans) == WEEK
    assert world.spans[-1] == INTERVAL + 120


def test_odd_entries_are_said_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    for unused in range(3):
        world.sim.fault("status", on="status_changes", status=200, body={"orders": [{"order_id": 5}]})
        world.sim.fault("status", on="status_changes", status=200, body={"orders": [{"order_id": 5}]})
    world.play(nothing, nothing, nothing)
    assert warnings(caplog) == [
        "the listing has rows that are no status changes, which were left out: order 5",
    ]


def test_entries_that_move_keep_the_span_open(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    original = world.sim.account.status_changes
    numbers = iter(range(10, 1000))

    def never_the_same(query: t.Any) -> dict[str, t.Any]:
        if world.time >= 2 * INTERVAL:
            return original(query)
        return {"orders": [{"order_id": next(numbers), "certificate_id": 1, "status": "issued"} for unused in (1, 2)]}

    monkeypatch.setattr(world.sim.account, "status_changes", never_the_same)
    events = world.play(nothing, nothing, nothing)
    # Two polls, four passes each, two pages each, two entries each.
    assert [order_id for order_id, unused in events] == list(range(10, 10 + 2 * 4 * 2 * 2))
    assert [span - OVERLAP for span in world.spans] == [INTERVAL, 2 * INTERVAL, 3 * INTERVAL, INTERVAL]
    assert warnings(caplog) == [
        "status changes moved in the listing while it was read, 4 times: some may be missing from it"
    ]


def test_a_bug_is_a_warning(world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(client: Client, seconds: int) -> t.NoReturn:
        raise KeyError(KEY)

    monkeypatch.setattr(order_changes, "read_changes", fail)
    assert world.play(nothing) == []
    assert len(warnings(caplog)) == 2
    assert "the collection itself failed (KeyError), please report this" in warnings(caplog)[0]


# ---- what ends it


def end(world: World, **args: t.Any) -> str:
    """The text of what ends the source."""
    args = {"api_url": world.sim.url, "api_key": world.sim.key, **args}
    with pytest.raises(order_changes.SourceError) as caught:
        asyncio.run(order_changes.main(t.cast("asyncio.Queue[t.Any]", world.queue), args))
    text = str(caught.value)
    assert "\n" not in text and text.startswith("certops.certcentral.order_changes: ")
    assert caught.value.__suppress_context__
    return text


def test_refused_key(world: World) -> None:
    text = end(world, api_key=KEY)
    assert "the API did not let this key do it" in text and "check api_key" in text
    assert KEY not in text
    assert len(world.sim.requests) == 1


def test_key_that_is_refused_later_on(world: World) -> None:
    def revoke() -> None:
        world.sim.keys.clear()

    world._steps = [world.change(1, "issued"), revoke]
    assert "the API did not let this key do it" in end(world)
    assert len(world.queue.events) == 1


WRONG: list[tuple[dict[str, t.Any], str]] = [
    ({"interval": 9}, "interval is 9"),
    ({"interval": 0}, "interval is 0"),
    ({"interval": WEEK}, "it has to be a whole number of seconds, 10 to 302400"),
    ({"interval": "often"}, "interval is often"),
    ({"interval": 10.5}, "interval is 10.5"),
    ({"interval": True}, "interval is True"),
    ({"interval": ""}, "interval is an empty text"),
    ({"interval": [60]}, "interval is [60]"),
    ({"statuses": []}, "statuses is empty"),
    ({"statuses": None}, "statuses is null"),
    ({"statuses": ""}, "statuses is an empty text"),
    ({"statuses": "issued,,"}, "statuses is not a list"),
    ({"statuses": [1]}, "statuses is not a list"),
    ({"statuses": [""]}, "statuses is not a list"),
    ({"statuses": {"issued": True}}, "statuses is not a list"),
    ({"status": "issued"}, "status is no argument"),
    ({"within": 60}, "within is no argument"),
    ({"api_key": ""}, "api_key is empty"),
    ({"api_key": " \n"}, "api_key is empty"),
    ({"api_key": None}, "api_key is missing"),
    ({"api_key": 12345678}, "api_key is not a text"),
    ({"api_key": f"{KEY}\n{KEY}"}, "api_key has a line break"),
    ({"region": "asia"}, "region is asia"),
    ({"api_url": "http://api.example.com/"}, "use https://"),
    ({"api_url": f"https://me:{KEY}@api.example.com/"}, "user name or a password"),
    ({"ca_path": "/does/not/exist.pem"}, "ca_path /does/not/exist.pem cannot be used"),
    ({"validate_certs": "perhaps"}, "validate_certs is perhaps"),
    ({"validate_certs": ""}, "validate_certs is an empty text"),
    ({"timeout": 0}, "timeout is 0"),
    ({"timeout": "nan"}, "timeout is nan"),
    ({"timeout": math.inf}, "timeout is inf"),
    ({"retry_timeout": -1}, "retry_timeout is -1"),
]


@pytest.mark.parametrize(("args", "what"), WRONG)
def test_wrong_argument(world: World, args: dict[str, t.Any], what: str) -> None:
    text = end(world, **args)
    assert what in text
    assert KEY not in text and "12345678" not in text
    assert world.sim.requests == []


def test_a_status_that_nobody_knows_is_a_warning(world: World, caplog: pytest.LogCaptureFixture) -> None:
    assert world.play(world.change(1, "canceled"), statuses=["cancelled"]) == []
    assert "no status of an order is known as cancelled" in warnings(caplog)[0]


def test_feedback_queue_of_ansible_rulebook(world: World) -> None:
    assert world.play(world.change(1, "issued"), eda_feedback_queue=object()) == [(1, "issued")]


def test_requests_is_missing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_changes, "REQUESTS_IMPORT_ERROR", "Traceback")
    assert f"requests is missing: install it for {sys.executable}" in end(world)


# ---- the same rules as for the options of the modules


SHARED: list[dict[str, t.Any]] = [
    {},
    {"api_key": f" {KEY}\n"},
    {"api_key": ""},
    {"api_key": None},
    {"api_key": "k\u00e9y"},
    {"region": "eu"},
    {"region": ""},
    {"region": None},
    {"region": "US"},
    {"api_url": ""},
    {"api_url": None},
    {"api_url": "https://gateway.example.com/v2/"},
    {"api_url": "ftp://gateway.example.com"},
    {"validate_certs": False},
    {"validate_certs": "no"},
    {"validate_certs": "maybe"},
    {"validate_certs": ""},
    {"validate_certs": None},
    {"ca_path": ""},
    {"ca_path": None},
    {"ca_path": "~/does-not-exist.pem"},
    {"timeout": 5},
    {"timeout": "2.5"},
    {"timeout": -1},
    {"timeout": ""},
    {"timeout": None},
    {"timeout": "nan"},
    {"retry_timeout": 0},
    {"retry_timeout": "7"},
    {"retry_timeout": -7},
    {"retry_timeout": 1.5},
    {"retry_timeout": ""},
    {"retry_timeout": None},
]
ENVIRONMENTS: list[dict[str, str]] = [
    {"DIGICERT_API_KEY": KEY},
    {"DIGICERT_API_KEY": f" {KEY} ", "DIGICERT_REGION": "eu", "DIGICERT_API_URL": ""},
    {"DIGICERT_API_KEY": KEY, "DIGICERT_REGION": " ", "DIGICERT_API_URL": "https://gateway.example.com/v2"},
    {"DIGICERT_REGION": "eu"},
    {"DIGICERT_API_KEY": KEY, "DIGICERT_REGION": "asia"},
]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("given", SHARED)
def test_modules_and_event_source_take_and_refuse_the_same(
    given: dict[str, t.Any], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Settings] = []

    class Transport:
        def __init__(self, settings: Settings) -> None:
            made.append(settings)

        def send(self, *unused: t.Any) -> t.NoReturn:
            raise RequestError("unavailable", "nothing is sent here")

    monkeypatch.setattr(transport, "RequestsTransport", Transport)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    run_main(digicert_order_change_info.main, {"within": 60, **given})
    try:
        options = order_changes.read_arguments(given, environment)
    except CertCentralError as error:
        assert error.reason == "invalid_option"
        assert made == [], error.message
    else:
        assert made == [options.connection]


def test_the_table_of_options_is_that_of_the_modules() -> None:
    # The event source polls so seldom that it takes no share of the limits.
    options = {name: option for name, option in COMMON_OPTIONS.items() if name != "rate_limit_share"}
    spec = make_spec(options)
    defaults = {name: option.get("default") for name, option in spec.items()}
    variables = {name: option["fallback"][1][0] for name, option in spec.items() if "fallback" in option}
    assert {"interval": 60, "statuses": None, **defaults} == order_changes.DEFAULTS
    assert variables == order_changes.ENVIRONMENT
    assert set(order_changes.MAY_BE_EMPTY) == {name for name in options if options[name].empty == NOT_GIVEN}


# ---- stopping


async def cancel_once(struck: threading.Event, args: dict[str, t.Any]) -> None:
    """Start the source, and cancel it as soon as a fault has struck."""
    task = asyncio.create_task(order_changes.main(t.cast("asyncio.Queue[t.Any]", Queue()), args))
    assert await asyncio.get_running_loop().run_in_executor(None, struck.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == order_changes.NAME]


def test_cancelled_while_a_reply_hangs(sim: Simulator) -> None:
    fault = sim.fault("hang", on="status_changes")
    asyncio.run(cancel_once(fault.struck, {"api_url": sim.url, "api_key": sim.key, "timeout": 60}))
    [thread] = threads()
    # Nobody waits for it, at the end of the process neither.
    assert thread.daemon and thread.is_alive()
    sim.stop()
    sim.start()
    thread.join(30)
    assert threads() == []
    assert len(sim.requests) == 1


def test_cancelled_while_a_request_waits_to_be_repeated(sim: Simulator) -> None:
    fault = sim.fault("status", status=503, on="status_changes", times=None, retry_after=50)
    asyncio.run(cancel_once(fault.struck, {"api_url": sim.url, "api_key": sim.key, "retry_timeout": 60}))
    for thread in threads():
        thread.join(30)
    assert threads() == []
    assert len(sim.requests) == 1


def test_a_thread_that_ends_after_the_loop() -> None:
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(30)
        done.set()

    async def leave() -> None:
        task = asyncio.create_task(order_changes.in_thread(work))
        await asyncio.sleep(0)
        task.cancel()

    before = threading.excepthook
    failed: list[t.Any] = []
    threading.excepthook = failed.append
    try:
        asyncio.run(leave())
        [thread] = threads()
        go.set()
        thread.join(30)
    finally:
        threading.excepthook = before
    assert done.is_set() and failed == []


# ---- whatever happens


ACTIONS = st.one_of(
    st.tuples(st.just("change"), st.integers(1, 2), st.sampled_from(["pending", "issued", "canceled"])),
    st.tuples(st.just("fail"), st.integers(1, 3), st.just("")),
    st.tuples(st.just("wait"), st.sampled_from([1, 59, 4000, DAY, 4 * DAY]), st.just("")),
)


class Expected:
    """The events that have to come, from what happens to the account, and from no reply of the API."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.events: list[tuple[int, str]] = []
        self._changes: dict[int, tuple[float, str]] = {}
        self._sent: dict[int, str] = {}
        self._failures = 0

    def act(self, actions: t.Sequence[tuple[str, int, str]]) -> None:
        """Do something, and then expect a poll."""
        for kind, number, status in actions:
            if kind == "change":
                if self.world.sim.account.orders[number]["status"] != status:
                    self._changes[number] = (self.world.time, status)
                self.world.change(number, status)()
            elif kind == "wait":
                self.world.wait(number)
            else:
                self._failures += number
                self.world.sim.fault("status", status=503, on="status_changes", times=number)
        self.poll()

    def poll(self) -> None:
        if self._failures:
            self._failures -= 1
            return
        for order_id, (changed, status) in sorted(self._changes.items()):
            if self.world.time - changed <= WEEK and self._sent.get(order_id) != status:
                self.events.append((order_id, status))
                self._sent[order_id] = status
        self._changes.clear()


@given(plan=st.lists(st.lists(ACTIONS, max_size=4), max_size=6))
def test_nothing_is_lost_and_nothing_comes_twice(sim: Simulator, plan: list[list[tuple[str, int, str]]]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        sim.reset(orders=[{"id": number, "status": "pending"} for number in (1, 2)])
        world = World(sim, monkeypatch)
        expected = Expected(world)
        # Those that use the failures up, and two more.
        failures = sum(number for step in plan for kind, number, unused in step if kind == "fail")
        steps: list[Step] = [
            *(functools.partial(expected.act, step) for step in plan),
            *(expected.poll for unused in range(failures + 2)),
        ]
        events = world.play(*steps, retry_timeout=0)
        for order_id in (1, 2):
            assert [event for event in events if event[0] == order_id] == [
                event for event in expected.events if event[0] == order_id
            ]


# ---- the file itself


def test_loads_as_ansible_rulebook_loads_it() -> None:
    """By runpy, from a path, in a Python without Ansible and without anything that leads to the collection."""
    code = (
        "import asyncio, json, runpy, sys; sys.modules['ansible'] = None; "
        "module = runpy.run_path(sys.argv[1]); "
        "print(json.dumps([asyncio.iscoroutinefunction(module['main']), module['read_arguments']"
        "({'api_key': 'key'}, {})[0]]))"
    )
    path = inspect.getfile(order_changes)
    ran = subprocess.run([sys.executable, "-I", "-c", code, path], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [True, 60]


def test_documentation() -> None:
    documentation = yaml.safe_load(order_changes.DOCUMENTATION)
    options = documentation["options"]
    assert {name: option.get("default") for name, option in options.items()} == order_changes.DEFAULTS
    assert all(option.keys() >= {"description", "type"} for option in options.values())
    for example in yaml.safe_load(order_changes.EXAMPLES):
        [(name, args)] = example.items()
        assert name == order_changes.NAME
        assert args.keys() <= options.keys()
    text = order_changes.DOCUMENTATION
    assert f"from {order_changes.MIN_INTERVAL} to {order_changes.MAX_INTERVAL}" in text
    assert f"({order_changes.MARGIN_SECONDS} seconds and" in text
