# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules cost beside other ways to the same end, as ratios within one run. Fails where a bound is broken."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

from ansible_collections.certops.certcentral.tests.simulator import Simulator

ROUNDS = 5
TASKS = 20
FIRST_ID = 5000000000

EMPTY: list[dict[str, t.Any]] = []
LOOP = {"loop": "{{ range(first, first + count) | list }}"}
URI = [
    {
        "name": "Read with uri",
        "ansible.builtin.uri": {
            "url": "{{ api_url }}/order/certificate/{{ item }}",
            "headers": {"X-DC-DEVKEY": "{{ api_key }}"},
        },
        **LOOP,
    }
]
MODULE = [
    {
        "name": "Cancel with the module",
        "certops.certcentral.digicert_order_status": {
            "api_url": "{{ api_url }}",
            "api_key": "{{ api_key }}",
            "order_id": "{{ item }}",
            "status": "canceled",
            "note": "A benchmark",
        },
        **LOOP,
    }
]


def play(simulator: Simulator, tasks: list[dict[str, t.Any]], folder: Path) -> float:
    """Seconds of one ansible-playbook run."""
    playbook = folder / "play.yml"
    variables = {"api_url": simulator.url, "api_key": simulator.key, "first": FIRST_ID, "count": TASKS}
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}]))
    start = time.perf_counter()
    subprocess.run(
        ["ansible-playbook", str(playbook)],
        env={**os.environ, "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


class Row(t.NamedTuple):
    what: str
    seconds: float
    requests: float


def one_module_run(folder: Path) -> tuple[list[Row], float]:
    """One task with the module, which reads, changes and verifies, beside one task with uri, which reads."""
    seconds: dict[str, list[float]] = {"an empty playbook": [], "uri, one GET": [], "the module, two GET and a PUT": []}
    requests = dict.fromkeys(seconds, 0.0)
    with Simulator(generate=[{"count": TASKS, "first_id": FIRST_ID, "status": "pending"}]) as simulator:
        for unused in range(ROUNDS):
            # Side by side, so that a slow moment of the machine meets all three.
            for what, tasks in zip(seconds, (EMPTY, URI, MODULE)):
                simulator.reset()
                seconds[what].append(play(simulator, tasks, folder))
                requests[what] = len(simulator.requests) / TASKS
            assert len(simulator.changes) == TASKS
    empty, *others = (statistics.median(values) for values in seconds.values())
    rows = [Row(what, (value - empty) / TASKS, requests[what]) for what, value in zip(list(seconds)[1:], others)]
    return rows, rows[1].seconds / rows[0].seconds


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        rows, ratio = one_module_run(Path(folder))
    print(f"One task, of {TASKS} in a loop, median of {ROUNDS} rounds, the playbook's start taken off")
    for row in rows:
        print(f"  {row.what:32} {row.seconds * 1000:7.0f} ms {row.requests:5.1f} requests")
    print(f"  ratio {ratio:.2f} (bound 1.15)")
    return 0 if ratio <= 1.15 else 1


if __name__ == "__main__":
    sys.exit(main())
