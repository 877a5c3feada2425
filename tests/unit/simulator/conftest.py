from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.simulator.support import SEEDS, Web


@pytest.fixture
def sim(_simulator: Simulator) -> Iterator[Simulator]:
    """Return a simulator with the orders of SEEDS."""
    _simulator.reset(orders=SEEDS)
    yield _simulator
    assert _simulator.errors == []


@pytest.fixture
def web() -> Web:
    """Return an account with the orders of SEEDS, without a network."""
    return Web(*SEEDS)
