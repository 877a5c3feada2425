from __future__ import annotations

import gc
import time
import typing as t
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings

from ansible_collections.certops.certcentral.plugins.module_utils import _clock
from ansible_collections.certops.certcentral.tests import migration
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.fake_transport import EARLY, FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.fault_injection.virtual_time import VirtualClock
from ansible_collections.certops.certcentral.tests.unit.support import Clock

# How many examples a test draws: --hypothesis-profile. The same ones each time, for a test that fails once in a while stops
# those who did not break it; make soak draws new ones.
SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
settings.register_profile("default", max_examples=100, deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("few", settings.get_profile("default"), max_examples=10)
settings.register_profile("soak", settings.get_profile("default"), max_examples=1000, derandomize=False)
settings.load_profile("default")

VARIABLES = ("DIGICERT_API_KEY", "DIGICERT_REGION", "DIGICERT_API_URL", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, *PROXIES, *(proxy.upper() for proxy in PROXIES)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def _collected() -> t.Iterator[None]:
    """Let Python collect garbage, although many modules run in this process, each of which expects to be the only one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "freeze", lambda: None)
        yield


@pytest.fixture(scope="session")
def _simulator() -> t.Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def sim(_simulator: Simulator) -> Simulator:
    """Return a simulator with an empty account, and without faults, quirks and limits."""
    _simulator.reset()
    return _simulator


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Make waits of the client take no time."""
    clock = Clock(time.monotonic)
    monkeypatch.setattr(_clock.Clock, "now", lambda self: clock.now())
    monkeypatch.setattr(_clock.Clock, "sleep", lambda self, seconds, stopped: clock.sleep(seconds))
    return clock


@pytest.fixture(scope="session")
def _recorder() -> FakeRecorder:
    return FakeRecorder()


@pytest.fixture
def fake(_recorder: FakeRecorder, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[FakeRecorder]:
    """Replace the network and the time by an empty account in memory, and by a clock that advances when all threads wait."""
    _recorder.latency = 0.0
    _recorder.reset()
    _recorder.patch(monkeypatch)
    yield _recorder
    assert _recorder.mistakes == []


@pytest.fixture
def api(fake: FakeRecorder, monkeypatch: pytest.MonkeyPatch) -> State:
    """Return the account in memory. Orders that tests.migration adds have the dates of its clock."""
    monkeypatch.setattr(migration, "date", lambda days: (EARLY.date() + timedelta(days=days)).isoformat())
    return fake.state


@pytest.fixture
def slept(fake: FakeRecorder, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits of the client, in the account in memory."""
    waits: list[float] = []

    def sleep(unused: t.Any, seconds: float, stopped: t.Callable[[], bool]) -> None:
        waits.append(seconds)
        fake.sleep(seconds)

    monkeypatch.setattr(VirtualClock, "sleep", sleep)
    return waits
