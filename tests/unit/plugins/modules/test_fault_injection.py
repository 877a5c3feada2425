"""The modules against random faults: 2,000 schedules, or 200 or 20,000 with the profiles in conftest.py."""

from __future__ import annotations

import pytest
from hypothesis import given, note, settings

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.fault_injection.replay import replay_command, run_schedule
from ansible_collections.certops.certcentral.tests.unit.fault_injection.schedules import (
    MANY,
    SINGLE,
    Json,
    clean_up_schedules,
    reading_schedules,
    schedules,
    without_silence,
)
from ansible_collections.certops.certcentral.tests.unit.real_transport import RealRecorder


@settings(max_examples=7 * settings().max_examples)
@given(schedule=schedules(SINGLE))
def test_one_order(fake: FakeRecorder, schedule: Json) -> None:
    note(replay_command(schedule))
    run_schedule(fake, schedule)


@settings(max_examples=5 * settings().max_examples)
@given(schedule=schedules(MANY))
def test_many_orders(fake: FakeRecorder, schedule: Json) -> None:
    note(replay_command(schedule))
    run_schedule(fake, schedule)


@settings(max_examples=4 * settings().max_examples)
@given(schedule=reading_schedules())
def test_reading(fake: FakeRecorder, schedule: Json) -> None:
    note(replay_command(schedule))
    run_schedule(fake, schedule)


@settings(max_examples=4 * settings().max_examples)
@given(schedule=clean_up_schedules())
def test_clean_ups(fake: FakeRecorder, schedule: Json) -> None:
    note(replay_command(schedule))
    run_schedule(fake, schedule)


@settings(max_examples=20)
@given(schedule=schedules(SINGLE) | schedules(MANY) | clean_up_schedules())
def test_over_real_connections(schedule: Json) -> None:
    schedule = without_silence(schedule)
    note(replay_command(schedule))
    with Simulator() as simulator, pytest.MonkeyPatch.context() as monkeypatch:
        recorder = RealRecorder(simulator)
        recorder.patch(monkeypatch)
        run_schedule(recorder, schedule)
