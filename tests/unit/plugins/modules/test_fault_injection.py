"""The modules against random faults: 2,000 schedules, or 200 or 20,000 with the profiles in conftest.py."""

from __future__ import annotations

import functools
import typing as t

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.fault_injection.replay import replay_command, run_schedule
from ansible_collections.certops.certcentral.tests.unit.fault_injection.schedules import (
    MANY,
    SINGLE,
    Json,
    draw_clean_up_schedule,
    draw_reading_schedule,
    draw_schedule,
    schedules,
    without_silence,
)
from ansible_collections.certops.certcentral.tests.unit.real_transport import RealRecorder


def make_test(share: int, strategy: st.SearchStrategy[Json]) -> t.Callable[[FakeRecorder], None]:
    """Return a test of schedules, as many as the profile's number of examples times the share."""

    @settings(max_examples=share * settings().max_examples)
    @given(schedule=strategy)
    def test(fake: FakeRecorder, schedule: Json) -> None:
        note(replay_command(schedule))
        run_schedule(fake, schedule)

    return test


single, many = (schedules(functools.partial(draw_schedule, module=module)) for module in (SINGLE, MANY))
clean_ups = schedules(draw_clean_up_schedule)
test_one_order = make_test(7, single)
test_many_orders = make_test(5, many)
test_reading = make_test(4, schedules(draw_reading_schedule))
test_clean_ups = make_test(4, clean_ups)


@settings(max_examples=20)
@given(schedule=single | many | clean_ups)
def test_over_real_connections(schedule: Json) -> None:
    schedule = without_silence(schedule)
    note(replay_command(schedule))
    with Simulator() as simulator, pytest.MonkeyPatch.context() as monkeypatch:
        recorder = RealRecorder(simulator)
        recorder.patch(monkeypatch)
        run_schedule(recorder, schedule)
