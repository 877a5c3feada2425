"""The event source against the simulator, with a queue and a clock for tests. tests/eda runs it in ansible-rulebook."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import math
import os
import shutil
import subprocess
import sys
import threading
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType

import ansible
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.extensions.eda.plugins.event_source import order_changes
from ansible_collections.certops.certcentral.plugins.module_utils._clock import Clock
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.module_utils._http import transport
from ansible_collections.certops.certcentral.plugins.module_utils._module import run
from ansible_collections.certops.certcentral.plugins.module_utils._module.options import make_spec
from ansible_collections.certops.certcentral.plugins.modules import digicert_order_change_info
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import run_main

DAY = 24 * 3600
WEEK = 7 * DAY
INTERVAL = 60
# According to the documentation, the overlap is 120 seconds and the time in which requests may be repeated.
OVERLAP = 120 + INTERVAL
KEY = "k" * 64
ROOT = Path(__file__).parents[3]
SOURCE = Path("extensions", "eda", "plugins", "event_source", "order_changes.py")

Step = t.Callable[[], t.Any]


class World:
    """The simulator, and a clock that moves only when somebody waits. The API, the client and the source share it.

    :ivar events: the events that the source sent
    """

    def __init__(self, sim: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        self.sim = sim
        self.time = 0.0
        self.events: list[dict[str, t.Any]] = []
        self._monkeypatch = monkeypatch
        self._caplog = caplog
        self._steps: list[Step] = []
        # The number of requests before each poll.
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

    def _run(self, steps: t.Iterable[Step], args: t.Mapping[t.Any, t.Any], end: type[BaseException]) -> BaseException:
        """Poll, with a step between two polls, until the source ends with this exception."""
        self._steps = list(steps)
        self._polls = [len(self.sim.requests)]
        queue: asyncio.Queue[t.Any] = asyncio.Queue()
        with pytest.raises(end) as caught:
            asyncio.run(order_changes.main(queue, {"api_url": self.sim.url, "api_key": self.sim.key, **args}))
        self.events = [queue.get_nowait() for unused in range(queue.qsize())]
        assert all(event.keys() == {"order_id", "certificate_id", "status"} for event in self.events)
        return caught.value

    def play(self, *steps: Step, **args: t.Any) -> list[tuple[int, str]]:
        """Poll, with a step between two polls, cancel the source after the last poll, and return the events."""
        args = {"api_key": self.sim.view_only_key, "interval": INTERVAL, **args}
        self._run(steps, args, asyncio.CancelledError)
        return [(event["order_id"], event["status"]) for event in self.events]

    def end(self, *steps: Step, args: t.Mapping[t.Any, t.Any] = MappingProxyType({})) -> str:
        """Poll until the source ends by itself, and return the text that ansible-rulebook logs."""
        error = self._run(steps, args, order_changes.SourceError)
        assert "\n" not in str(error) and str(error).startswith("certops.certcentral.order_changes: ")
        assert error.__suppress_context__
        return str(error)

    def change(self, order_id: int, status: str, **fields: t.Any) -> Step:
        return lambda: self.sim.account.edit(order_id, status=status, **fields)

    def answer(self, rows_at: t.Callable[[int], t.Sequence[tuple[int, int | None, str]]]) -> None:
        """Have the API list these rows, given as (order, certificate, status), in the poll with this number."""

        def list_rows(query: t.Any) -> dict[str, t.Any]:
            rows = rows_at(int(self.time) // INTERVAL)[int(dict(query)["offset"]) :]
            return {"orders": [dict(zip(("order_id", "certificate_id", "status"), row)) for row in rows]}

        self._monkeypatch.setattr(self.sim.account, "status_changes", list_rows)

    @property
    def warnings(self) -> list[str]:
        """Return the warnings that the source logged."""
        shown = [record for record in self._caplog.records if record.levelno >= logging.WARNING]
        assert {record.name for record in shown} <= {order_changes.NAME}
        return [record.getMessage() for record in shown]

    @property
    def spans(self) -> list[int]:
        """Return the seconds that each poll looked back."""
        return [int(dict(self.sim.requests[number]["query"])["seconds"]) for number in self._polls]


def nothing() -> None:
    pass


@pytest.fixture(autouse=True)
def _no_key_in_the_log(caplog: pytest.LogCaptureFixture) -> t.Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text


@pytest.fixture
def world(sim: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> World:
    """Orders 1 to 3, which have been pending for a long time."""
    sim.seed({"id": number, "status": "pending"} for number in (1, 2, 3))
    return World(sim, monkeypatch, caplog)


def test_spans_overlap_and_no_event_is_sent_twice(world: World) -> None:
    # ansible-rulebook adds an argument of its own for a source with feedback.
    events = world.play(world.change(1, "issued"), *[nothing] * 5, eda_feedback_queue=threading.Lock())
    assert events == [(1, "issued")]
    assert isinstance(world.events[0]["certificate_id"], int)
    assert world.warnings == []
    assert world.spans == [INTERVAL + OVERLAP] * 7
    # Order 1 was in five responses, each of which needed another request to find its end.
    assert len(world.sim.requests) == 7 + 5


def test_changes_just_before_the_start_are_events(world: World) -> None:
    world.change(1, "issued")()
    world.wait(INTERVAL + OVERLAP - 1)
    world.change(2, "rejected")()
    assert world.play() == [(1, "issued"), (2, "rejected")]


def test_two_certificates_of_one_order_are_two_events(world: World) -> None:
    """Regression: they cost four requests in each poll, one event was lost, and the span grew to seven days."""
    world.answer(lambda poll: [(1, 7, "issued"), (1, 8, "issued" if poll < 3 else "revoked")])
    assert world.play(*[nothing] * 5) == [(1, "issued"), (1, "issued"), (1, "revoked")]
    assert [event["certificate_id"] for event in world.events] == [7, 8, 8]
    assert world.spans == [INTERVAL + OVERLAP] * 6
    assert len(world.sim.requests) == 2 * 6
    assert world.warnings == []


@pytest.mark.parametrize("statuses", [["issued"], " Issued , cancelled", ["ISSUED ", "cancelled"]])
def test_statuses_limit_the_events_but_not_the_memory(world: World, statuses: t.Any) -> None:
    steps = [world.change(1, status) for status in ("issued", "reissue_pending", "issued")]
    assert world.play(*steps, world.change(2, "canceled"), statuses=statuses) == [(1, "issued"), (1, "issued")]
    unknown = [line for line in world.warnings if "no order is known to have the status cancelled" in line]
    assert len(unknown) == len(world.warnings) == ("cancelled" in str(statuses))


@pytest.mark.parametrize(
    "fault",
    [
        *({"kind": "status", "status": status} for status in (503, 407, 404, 400, 302, 201)),
        *({"kind": "block_page", "status": 403}, {"kind": "wrong_shape", "shape": "errors"}, {"kind": "reset_before"}),
    ],
)
def test_failing_api_is_a_warning_and_loses_nothing(world: World, fault: dict[str, t.Any]) -> None:
    """Regression: a 407 from a server on loopback ended the rulebook, because it was mistaken for a wrong option."""

    def fail() -> None:
        world.change(1, "issued")()
        world.sim.fault(on="status_changes", times=None, **fault)

    steps = [fail, *[nothing] * 9, world.sim.faults.clear, nothing]
    assert world.play(*steps, retry_timeout=0) == [(1, "issued")]
    assert len(world.warnings) == 10
    assert all(line.startswith("a poll failed, and the next one looks back") for line in world.warnings)


def test_proxy_that_asks_for_credentials_is_a_warning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # The simulator can act as the proxy, because it answers CONNECT like any other unknown request.
    world.sim.fault("status", status=407, on="any", times=None)
    monkeypatch.setenv("https_proxy", world.sim.url)
    assert world.play(nothing, api_url="https://api.example.com/services/v2", retry_timeout=0) == []
    assert len(world.warnings) == 2


def test_poll_repeats_a_request_no_longer_than_its_interval(world: World) -> None:
    world.sim.fault("status", status=503, on="status_changes", times=None)
    world.play(retry_timeout=100_000)
    assert "60 s" in world.warnings[0]
    assert world.time <= 2 * INTERVAL


def test_short_failure_is_not_a_warning(world: World) -> None:
    world.change(1, "issued")()
    world.sim.fault("status", status=503, on="status_changes", times=2)
    assert world.play() == [(1, "issued")]
    assert world.warnings == []


def test_response_that_came_too_late_does_not_close_the_span(world: World) -> None:
    """The API looks back from the time of its response, and order 1 is no longer in the span by then."""

    def late() -> None:
        world.change(1, "issued")()
        world.wait(1000)
        world.sim.fault("call", on="status_changes", before=lambda record: world.wait(3 * OVERLAP))

    assert world.play(nothing, late, nothing) == [(1, "issued")]
    assert world.warnings == []


@pytest.mark.parametrize(
    ("outage", "expected", "lines"), [(WEEK - 2 * INTERVAL - OVERLAP, [1, 2], 1), (WEEK + DAY, [2], 2)]
)
def test_polls_catch_up_for_seven_days_and_a_longer_gap_is_a_warning(
    world: World, outage: float, expected: list[int], lines: int
) -> None:
    def fail() -> None:
        world.change(1, "issued")()
        world.sim.fault("status", status=503, on="status_changes", times=1)
        world.wait(outage)

    events = world.play(fail, world.change(2, "issued"), nothing, nothing, retry_timeout=0)
    assert events == [(order_id, "issued") for order_id in expected]
    assert len(world.warnings) == lines
    assert ("no poll succeeded for more than 7 days" in world.warnings[-1]) is (lines == 2)
    assert max(world.spans) <= WEEK and world.spans[-1] == INTERVAL + 120


def test_invalid_entries_are_a_warning_once(world: World) -> None:
    world.sim.fault("status", on="status_changes", status=200, body={"orders": [{"order_id": 5}]}, times=6)
    world.play(nothing, nothing, nothing)
    [line] = world.warnings
    assert line.endswith("order 5")


def test_entries_that_move_keep_the_span_open(world: World) -> None:
    numbers = iter(range(10, 1000))
    world.answer(lambda poll: [(next(numbers), 1, "issued") for unused in "ab"] if poll < 2 else [(1, 1, "issued")])
    events = world.play(nothing, nothing, nothing)
    # There are two polls with four passes. Each pass has a page with two new entries and a page with one.
    assert len(events) == 2 * 4 * (2 + 1) + 1
    assert [span - OVERLAP for span in world.spans] == [INTERVAL, 2 * INTERVAL, 3 * INTERVAL, INTERVAL]
    [line] = world.warnings
    assert line.startswith("status changes moved") and "some may be missing" in line


def test_bug_is_a_warning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*unused: t.Any) -> t.NoReturn:
        raise KeyError(KEY)

    monkeypatch.setattr(f"{order_changes.__name__}.Watch.end", fail)
    assert world.play(nothing) == []
    assert len(world.warnings) == 2
    assert "the collection itself has a bug (KeyError), please report it" in world.warnings[0]


def test_refused_key_ends_the_source(world: World) -> None:
    text = world.end(args={"api_key": KEY})
    assert "HTTP 403: access_denied|access_denied_invalid_key" in text and "check api_key" in text
    assert KEY not in text
    assert len(world.sim.requests) == 1
    assert "check api_key" in world.end(world.change(1, "issued"), world.sim.keys.clear)
    assert len(world.events) == 1


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"interval": 9}, "interval is 9: it has to be a whole number, 10 to 302400"),
        *[({"interval": value}, f"interval is {value}") for value in (WEEK, 10.5, True, math.inf)],
        *(({"statuses": []}, "statuses is empty"), ({"statuses": None}, "statuses is null")),
        ({"statuses": "issued canceled"}, "which has white space, a comma or a quote"),
        ({"status": "issued", 1: 2}, "unknown argument status, 1: valid arguments: interval, statuses, api_key"),
        ({"api_key": f"{KEY}\n{KEY}"}, "api_key has a line break"),
        ({"validate_certs": "perhaps"}, "'perhaps' is not a valid boolean"),
    ],
)
def test_wrong_argument_ends_the_source_before_any_request(
    world: World, args: dict[t.Any, t.Any], expected: str
) -> None:
    assert expected in world.end(args=args)
    assert world.sim.requests == []


def test_missing_requests_ends_the_source(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_changes, "HAS_REQUESTS", False)
    assert f"requests is missing: install it for {sys.executable}" in world.end()


@pytest.mark.parametrize(
    ("args", "environment"),
    [
        ({"api_key": f" {KEY}\n", "validate_certs": "no", "timeout": "2.5", "retry_timeout": "7"}, {}),
        ({"region": "", "api_url": "", "ca_path": "", "timeout": None}, {"API_KEY": f" {KEY} ", "REGION": "eu"}),
        ({"rate_limit_share": 0}, {"API_KEY": KEY, "REGION": " ", "API_URL": "https://gateway.example.com/v2"}),
        ({"api_key": ""}, {"API_KEY": KEY}),
        ({}, {"API_KEY": KEY, "REGION": "asia"}),
        ({"api_key": KEY, "api_url": f"https://me:{KEY}@api.example.com/"}, {}),
        ({"api_key": KEY, "ca_path": "/does/not/exist.pem"}, {}),
    ],
)
def test_modules_and_event_source_accept_and_refuse_the_same(
    args: dict[str, t.Any], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[t.Any] = []

    def make_client(*values: t.Any, **more: t.Any) -> t.NoReturn:
        made.append((values, more))
        raise CertCentralError("tls", "this is enough")

    monkeypatch.setattr(transport, "HttpTransport", lambda settings: settings)
    monkeypatch.setattr(run, "Client", make_client)
    for name, value in environment.items():
        monkeypatch.setenv(f"DIGICERT_{name}", value)
    result = run_main(digicert_order_change_info.main, {"within_seconds": 60, **args})
    with pytest.raises(CertCentralError) as caught:
        run.make_client(order_changes.read_arguments(args))
    assert result.get("reason", "invalid_option") == caught.value.reason
    assert KEY not in caught.value.message
    assert made in ([], made[:1] * 2)


def test_documentation_agrees_with_the_options() -> None:
    documented = yaml.safe_load(order_changes.DOCUMENTATION)["options"]
    specs = make_spec(order_changes.OPTIONS)
    assert documented.keys() == specs.keys()
    for name, option in documented.items():
        wanted = {key: specs[name].get(key) for key in ("type", "elements", "choices", "default")}
        assert {key: option.get(key) for key in wanted} == wanted, name
    for example in yaml.safe_load(order_changes.EXAMPLES):
        [(name, args)] = example.items()
        assert name == order_changes.NAME
        assert args.keys() <= documented.keys()
    text = order_changes.DOCUMENTATION
    assert f"from {order_changes.MIN_INTERVAL} to {order_changes.MAX_INTERVAL}" in text
    assert f"({order_changes.MARGIN_SECONDS} seconds and" in text


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == order_changes.NAME]


@pytest.mark.parametrize("fault", [{"kind": "hang"}, {"kind": "status", "status": 503, "retry_after": 50}])
def test_canceled_source_ends_at_once_and_sends_nothing_more(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, fault: dict[str, t.Any]
) -> None:
    struck = sim.fault(on="status_changes", times=None, **fault).struck
    args = {"api_url": sim.url, "api_key": sim.key, "timeout": 60, "retry_timeout": 60}
    failed: list[t.Any] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)

    async def cancel() -> None:
        task = asyncio.create_task(order_changes.main(asyncio.Queue(), args))
        assert await asyncio.get_running_loop().run_in_executor(None, struck.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)

    asyncio.run(cancel())
    running = threads()
    # Nothing waits for the thread, not even the end of the process.
    assert all(thread.daemon for thread in running) and len(running) >= (fault["kind"] == "hang")
    sim.stop()
    sim.start()
    # The thread ends after the loop, so its result is not used.
    for thread in running:
        thread.join(30)
    assert threads() == [] and failed == []
    assert len(sim.requests) == 1


ACTIONS = st.one_of(
    st.tuples(st.just("change"), st.integers(1, 2), st.sampled_from(["pending", "issued", "canceled"])),
    st.tuples(st.just("fail"), st.integers(1, 3), st.just("")),
    st.tuples(st.just("wait"), st.sampled_from([1, 59, 4000, DAY, 4 * DAY]), st.just("")),
)


@given(plan=st.lists(st.lists(ACTIONS, max_size=4), max_size=6))
def test_nothing_is_lost_and_nothing_is_sent_twice(
    sim: Simulator, caplog: pytest.LogCaptureFixture, plan: list[list[tuple[str, int, str]]]
) -> None:
    # The expected events are derived from the changes of the account and not from responses.
    expected: list[tuple[int, str]] = []
    changes: dict[int, tuple[float, str]] = {}
    sent: dict[int, str] = {}
    failing: list[int] = []

    def act(actions: t.Sequence[tuple[str, int, str]]) -> None:
        for kind, number, status in actions:
            if kind == "change":
                if sim.account.orders[number]["status"] != status:
                    changes[number] = (history.time, status)
                history.change(number, status)()
            elif kind == "wait":
                history.wait(number)
            else:
                failing.extend(range(number))
                sim.fault("status", status=503, on="status_changes", times=number)
        if failing:
            failing.pop()
            return
        for order_id, (changed, status) in sorted(changes.items()):
            if history.time - changed <= WEEK and sent.get(order_id) != status:
                expected.append((order_id, status))
                sent[order_id] = status
        changes.clear()

    sim.reset(orders=[{"id": number, "status": "pending"} for number in (1, 2)])
    # After the plan, poll until all failures have occurred, and then twice more.
    failures = sum(number for step in plan for kind, number, unused in step if kind == "fail")
    with pytest.MonkeyPatch.context() as monkeypatch:
        history = World(sim, monkeypatch, caplog)
        steps = [functools.partial(act, actions) for actions in [*plan, *[[]] * (failures + 2)]]
        events = history.play(*steps, retry_timeout=0)
    for order_id in (1, 2):
        found, wanted = ([e for e in each if e[0] == order_id] for each in (events, expected))
        assert found == wanted


LOAD = """
import asyncio, json, runpy, sys
loaded = [runpy.run_path(path) for path in sys.argv[1:]]
assert all(asyncio.iscoroutinefunction(module["main"]) for module in loaded)
print(json.dumps([module["read_changes"].__code__.co_filename for module in loaded]))
"""


def load(tmp_path: Path, *files: Path) -> tuple[str, list[str]]:
    """Load event sources by their paths, as ansible-rulebook does, and return the last error and where they read changes.

    A package called ansible_collections can be imported that is not the collection's.
    """
    (tmp_path / "library" / "ansible_collections" / "certops" / "certcentral").mkdir(parents=True)
    (tmp_path / "library" / "ansible_collections" / "__init__.py").touch()
    # The matrix has ansible-core in a folder of its own.
    path = os.pathsep.join([str(tmp_path / "library"), str(Path(ansible.__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", LOAD, *map(str, files)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return ran.stderr.rpartition("Error: ")[2].strip(), json.loads(ran.stdout or "[]")


def test_each_source_loads_its_own_collection_wherever_it_is(tmp_path: Path) -> None:
    """Regression: outside of ansible_collections, the source ended in an IndexError, and another ansible_collections hid its own."""
    roots = [tmp_path / "ansible_collections/certops/certcentral", tmp_path / "certcentral-1.0.0", tmp_path / "link"]
    for root in roots[:2]:
        for part in ("extensions", "plugins/module_utils"):
            shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    roots[2].symlink_to(ROOT)
    (tmp_path / "order_changes.py").symlink_to(ROOT / SOURCE)
    files = [*(root / SOURCE for root in roots), tmp_path / "order_changes.py"]
    changes = [str(root / "plugins/module_utils/_api/status_changes.py") for root in (*roots, ROOT.resolve())]
    assert load(tmp_path, *files) == ("", changes)


def test_source_without_its_collection_fails_with_advice(tmp_path: Path) -> None:
    shutil.copy(ROOT / SOURCE, tmp_path)
    said, unused = load(tmp_path, tmp_path / "order_changes.py")
    assert said.endswith(
        "order_changes.py needs the rest of its collection: install certops.certcentral, and use the event source from there"
    )
