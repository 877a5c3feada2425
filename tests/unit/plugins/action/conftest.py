from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.playbook_runs import LOCAL, PlaybookRun


@pytest.fixture
def make(sim: Simulator, tmp_path: Path) -> t.Iterator[t.Callable[..., PlaybookRun]]:
    """Return a function that prepares a run with tasks. After the test, all of its processes are ended."""
    if sys.platform != "linux":
        pytest.skip("finds the processes of a module in /proc")
    runs: list[PlaybookRun] = []

    def made(*tasks: t.Mapping[str, t.Any], inventory: str = LOCAL) -> PlaybookRun:
        runs.append(PlaybookRun(tmp_path, tasks, inventory))
        return runs[-1]

    yield made
    for run in runs:
        run.end()
    # A change that is still held must not reach the account of the next test.
    sim.end_connections()
