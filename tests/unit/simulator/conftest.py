# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator that the tests over HTTP share. Each test begins with a reset."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.simulator.support import SEEDS


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(orders=SEEDS) as simulator:
        yield simulator
        assert simulator.errors == []


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    running.reset()
    return running
