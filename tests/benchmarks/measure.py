"""The cost of a playbook, a module or a script that works with a simulated account."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.certops.certcentral.tests.simulator import Simulator

HERE = Path(__file__).parent
MODULES = "ansible_collections.certops.certcentral.plugins.modules"
COLLECTION = "certops.certcentral"
CONNECTION = {"api_url": "{{ api_url }}", "api_key": "{{ api_key }}"}
Task = dict[str, t.Any]


class Cost(t.NamedTuple):
    """The cost of one run.

    :param seconds: from start to end
    :param cpu: seconds of all processes
    :param memory: peak of the largest process in MB
    :param requests: number of requests that the account received
    """

    seconds: float
    cpu: float
    memory: float
    requests: int


Way = t.Callable[[], Cost]


def run(simulator: Simulator, command: t.Sequence[str]) -> Cost:
    """Run a command to its end."""
    before = len(simulator.requests)
    env = {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_NOCOLOR": "true"}
    with tempfile.NamedTemporaryFile() as report:
        meter = [sys.executable, str(HERE / "meter.py"), report.name, *command]
        subprocess.run(meter, env={**os.environ, **env}, check=True)
        found = json.load(report)
    if found["status"]:
        sys.exit(f"{' '.join(command[:3])} ended with {found['status']}:\n{found['output']}")
    return Cost(found["seconds"], found["cpu"], found["memory"], len(simulator.requests) - before)


def play(
    simulator: Simulator, *tasks: Task, check: bool = False, variables: t.Mapping[str, t.Any] | None = None
) -> Cost:
    """Run a playbook with these tasks."""
    connection = {"api_url": simulator.url, "api_key": simulator.key}
    plays = [
        {"hosts": "localhost", "gather_facts": False, "vars": {**connection, **(variables or {})}, "tasks": list(tasks)}
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "play.yml")
        path.write_text(json.dumps(plays))
        return run(simulator, ["ansible-playbook", str(path), *(["--check"] if check else [])])


def module(simulator: Simulator, name: str, **options: t.Any) -> Cost:
    """Run a module without Ansible."""
    arguments = {"api_url": simulator.url, "api_key": simulator.key, **options}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"ANSIBLE_MODULE_ARGS": arguments}, file)
        file.flush()
        return run(simulator, [sys.executable, "-m", f"{MODULES}.{name}", file.name])


def bare(simulator: Simulator, *lists: str) -> Cost:
    """Read order lists without the collection."""
    return run(simulator, [sys.executable, str(HERE / "bare.py"), simulator.url, simulator.key, *lists])


def compare(rounds: int, ways: t.Mapping[str, Way], prepare: t.Callable[[], None] = lambda: None) -> dict[str, Cost]:
    """Return the median cost of each way.

    The ways take turns, so that a slow moment of the machine affects all of them.

    :param prepare: called before each run
    """
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for unused in range(rounds):
        for name, way in ways.items():
            prepare()
            costs[name].append(way())
    return {name: Cost._make(map(statistics.median, zip(*found))) for name, found in costs.items()}
