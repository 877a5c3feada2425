# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules against random mishaps. 2,000 schedules, and by the profiles (conftest.py) 200 or 20,000."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, note, settings

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.mishaps.play import play, replay_command
from ansible_collections.certops.certcentral.tests.unit.mishaps.schedules import (
    MANY,
    SINGLE,
    Json,
    reading_schedules,
    schedules,
)
from ansible_collections.certops.certcentral.tests.unit.wire import MemoryWire, RealWire, Wire


@pytest.fixture(scope="module")
def wire() -> t.Iterator[Wire]:
    wire = MemoryWire()
    with pytest.MonkeyPatch.context() as monkeypatch:
        wire.patch(monkeypatch)
        yield wire


@pytest.fixture
def real_wire() -> t.Iterator[Wire]:
    with Simulator() as simulator, pytest.MonkeyPatch.context() as monkeypatch:
        wire = RealWire(simulator)
        wire.patch(monkeypatch)
        yield wire


@settings(max_examples=10 * settings().max_examples)
@given(schedule=schedules(SINGLE))
def test_one_order(wire: Wire, schedule: Json) -> None:
    note(replay_command(schedule))
    play(wire, schedule)


@settings(max_examples=10 * settings().max_examples)
@given(schedule=schedules(MANY))
def test_many_orders(wire: Wire, schedule: Json) -> None:
    note(replay_command(schedule))
    play(wire, schedule)


@settings(max_examples=2 * settings().max_examples)
@given(schedule=reading_schedules())
def test_reading(wire: Wire, schedule: Json) -> None:
    note(replay_command(schedule))
    play(wire, schedule)


@settings(max_examples=20)
@given(schedule=schedules(SINGLE) | schedules(MANY))
def test_over_a_real_wire(real_wire: Wire, schedule: Json) -> None:
    note(replay_command(schedule))
    play(real_wire, schedule)
