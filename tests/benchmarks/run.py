# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules cost beside other ways to the same end: seconds, requests and memory, and ratios within one run.

Prints a table and the bounds, writes both as JSON (``--json FILE``), and fails where a bound is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator import Simulator

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "plugins" / "modules"
FIRST = 5000000000
NOTE = "A benchmark"
# A round that is shorter than this is repeated, and the median taken.
SHORT = 4.0
ROUNDS = 5

Tasks = list[dict[str, t.Any]]
CONNECTION = {"api_url": "{{ api_url }}", "api_key": "{{ api_key }}"}
EMPTY: Tasks = []
LOOP = {"loop": "{{ range(first, first + count) | list }}"}
URI = {"headers": {"X-DC-DEVKEY": "{{ api_key }}"}}
URI_LOOP: Tasks = [
    {
        "name": "Read",
        "ansible.builtin.uri": {**URI, "url": "{{ api_url }}/order/certificate/{{ item }}"},
        "register": "orders",
        **LOOP,
    },
    {
        "name": "Cancel",
        "ansible.builtin.uri": {
            **URI,
            "url": "{{ api_url }}/order/certificate/{{ item.json.id }}/status",
            "method": "PUT",
            "body_format": "json",
            "body": {"status": "canceled", "note": NOTE},
            "status_code": 204,
        },
        "when": "item.json.status == 'pending'",
        "loop": "{{ orders.results }}",
        "loop_control": {"label": "{{ item.item }}"},
    },
]
URI_READ: Tasks = [URI_LOOP[0]]
MODULE_LOOP: Tasks = [
    {
        "name": "Cancel",
        "certops.certcentral.digicert_order_status": {
            **CONNECTION,
            "order_id": "{{ item }}",
            "status": "canceled",
            "note": NOTE,
        },
        **LOOP,
    }
]
BULK_OPTIONS = {"status": "canceled", "note": NOTE, "rate_limit_share": 0}
BULK: Tasks = [
    {
        "name": "Cancel",
        "certops.certcentral.digicert_order_statuses": {
            **CONNECTION,
            **BULK_OPTIONS,
            "order_ids": "{{ range(first, first + count) | list }}",
        },
    }
]


class Cost(t.NamedTuple):
    """Seconds, requests, and the peak memory (MB) of the largest process."""

    seconds: float
    requests: int = 0
    memory: float = 0.0


def run(command: list[str], **env: str) -> Cost:
    """One process, to its end."""
    with tempfile.NamedTemporaryFile() as report:
        meter = [sys.executable, str(HERE / "meter.py"), report.name, *command]
        subprocess.run(meter, env={**os.environ, **env}, check=True)
        figures = json.load(report)
    if figures["status"]:
        sys.exit(f"{command[:3]} ended with {figures['status']}:\n{figures['output']}")
    return Cost(figures["seconds"], memory=figures["memory"])


def play(simulator: Simulator, tasks: Tasks, count: int = 0, *, check: bool = False) -> Cost:
    """One ansible-playbook run."""
    variables = {"api_url": simulator.url, "api_key": simulator.key, "first": FIRST, "count": count}
    with tempfile.TemporaryDirectory() as folder:
        playbook = Path(folder, "play.yml")
        plays = [{"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}]
        playbook.write_text(json.dumps(plays))
        before = len(simulator.requests)
        command = ["ansible-playbook", str(playbook), *(["--check"] if check else [])]
        cost = run(command, ANSIBLE_LOCALHOST_WARNING="false", ANSIBLE_NOCOLOR="true")
    return cost._replace(requests=len(simulator.requests) - before)


def module(simulator: Simulator, name: str, **options: t.Any) -> tuple[Cost, dict[str, int]]:
    """One module alone, for its memory; and the requests that it sent, by method."""
    arguments = {"api_url": simulator.url, "api_key": simulator.key, **options}
    simulator.clear_log()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"ANSIBLE_MODULE_ARGS": arguments}, file)
        file.flush()
        cost = run([sys.executable, str(MODULES / f"{name}.py"), file.name])
    methods = [request["method"] for request in simulator.requests]
    return cost, {"GET": methods.count("GET"), "PUT": methods.count("PUT")}


def bare(simulator: Simulator, *what: str) -> Cost:
    """The same calls with requests alone."""
    before = len(simulator.requests)
    cost = run([sys.executable, str(HERE / "bare.py"), simulator.url, simulator.key, *what])
    return cost._replace(requests=len(simulator.requests) - before)


def median(simulator: Simulator, ways: dict[str, t.Callable[[], Cost]]) -> dict[str, Cost]:
    """The cost of each way, side by side, so that a slow moment of the machine meets all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        for name, way in ways.items():
            if number == 0 or costs[name][0].seconds < SHORT:
                simulator.reset()
                costs[name].append(way())
    return {
        name: Cost(
            statistics.median(cost.seconds for cost in found),
            found[-1].requests,
            max(cost.memory for cost in found),
        )
        for name, found in costs.items()
    }


def seed(count: int, status: str) -> list[dict[str, t.Any]]:
    return [{"count": count, "first_id": FIRST, "status": status}]


Costs = dict[tuple[int, float, bool], dict[str, Cost]]


def side_by_side(sizes: t.Sequence[int], loops: int) -> Costs:
    """All ways, for each size, latency, and nothing or everything to change."""
    found: Costs = {}
    for count in sizes:
        for latency in (0.0, 0.1):
            for change in (False, True):
                status = "pending" if change else "canceled"
                with Simulator(generate=seed(count, status), quirks={"latency": latency}) as simulator:

                    def playing(tasks: Tasks, simulator: Simulator = simulator, count: int = count) -> Cost:
                        return play(simulator, tasks, count)

                    uri = URI_LOOP if change else URI_READ
                    ways: dict[str, t.Callable[[], Cost]] = {"an empty playbook": lambda: playing(EMPTY)}
                    if count <= loops:
                        ways["a loop of uri"] = lambda uri=uri: playing(uri)  # type: ignore[misc]
                        ways["a loop of digicert_order_status"] = lambda: playing(MODULE_LOOP)
                    ways["digicert_order_statuses"] = lambda: playing(BULK)
                    ways["a bare script"] = lambda simulator=simulator, count=count, change=change: bare(  # type: ignore[misc]
                        simulator, str(FIRST), str(count), str(int(change))
                    )
                    found[count, latency, change] = median(simulator, ways)
                    show(count, latency, change, found[count, latency, change])
    return found


def show(count: int, latency: float, change: bool, costs: dict[str, Cost]) -> None:
    print(f"\n{count} orders, {'all' if change else 'none'} to change, latency {latency * 1000:.0f} ms")
    for name, cost in costs.items():
        print(f"  {name:34}{cost.seconds:8.2f} s {cost.requests:6d} requests {cost.memory:6.0f} MB", flush=True)


class Bound(t.NamedTuple):
    what: str
    value: float
    bound: float
    least: bool = False

    @property
    def holds(self) -> bool:
        return self.value >= self.bound if self.least else self.value <= self.bound


def bounds_of(costs: Costs) -> t.Iterator[Bound]:
    """The ratios that are promised."""
    hundred = costs[100, 0.0, True]
    yield Bound(
        "100 orders to cancel: a loop of uri / one bulk task",
        hundred["a loop of uri"].seconds / hundred["digicert_order_statuses"].seconds,
        50,
        least=True,
    )
    still = costs[1000, 0.0, False]
    yield Bound(
        "1000 orders that need no change: the whole run / an empty playbook",
        still["digicert_order_statuses"].seconds / still["an empty playbook"].seconds,
        2.5,
    )
    for latency, bound in ((0.0, 1.8), (0.1, 0.3)):
        all_changed = costs[1000, latency, True]
        task = all_changed["digicert_order_statuses"].seconds - all_changed["an empty playbook"].seconds
        yield Bound(
            f"1000 changes, latency {latency * 1000:.0f} ms: (bulk task - empty playbook) / bare script",
            task / all_changed["a bare script"].seconds,
            bound,
        )


def counts() -> t.Iterator[Bound]:
    """Requests, and memory."""
    generate = [{"count": 2100, "first_id": 1, "status": "issued"}, *seed(200, "pending")]
    ids = list(range(FIRST, FIRST + 200))
    with Simulator(generate=generate) as simulator:
        unused, sent = module(simulator, "digicert_order_statuses", order_ids=ids, **BULK_OPTIONS)
        yield Bound("200 of 2300 orders canceled: GET", sent["GET"], 12)
        yield Bound("200 of 2300 orders canceled: PUT", sent["PUT"], 200)
        unused, sent = module(simulator, "digicert_order_statuses", order_ids=ids, **BULK_OPTIONS)
        yield Bound("the same again: GET", sent["GET"], 12)
        yield Bound("the same again: PUT", sent["PUT"], 0)
        simulator.reset()
        unused, sent = module(simulator, "digicert_order_statuses", order_ids=ids[:1], **BULK_OPTIONS)
        yield Bound("one order in a large account: GET", sent["GET"], 2)
        yield Bound("one order in a large account: PUT", sent["PUT"], 1)
    generate = [
        {"count": 99_000, "first_id": 1, "status": "issued"},
        {"count": 1000, "first_id": FIRST, "status": "pending"},
    ]
    with Simulator(generate=generate) as simulator:
        cost, sent = module(simulator, "digicert_order_info", limit=1000)
        yield Bound("100,000 orders, digicert_order_info with limit 1000: MB", cost.memory, 150)
        simulator.quirks.ignored_filters = ("status",)
        cost, sent = module(simulator, "digicert_order_info", filters={"status": "pending"})
        yield Bound("the same with a filter that is ignored and keeps 1000: MB", cost.memory, 150)


def inside_limits() -> t.Iterator[Bound]:
    """900 changes inside both windows."""
    with Simulator(generate=seed(900, "pending"), rate_limits=facts.RATE_LIMITS) as simulator:
        ids = list(range(FIRST, FIRST + 900))
        cost, sent = module(
            simulator, "digicert_order_statuses", order_ids=ids, **{**BULK_OPTIONS, "rate_limit_share": 1}
        )
        met = sum(request["status"] == 429 for request in simulator.requests)
        yield Bound("900 changes inside the rate limits: 429s met", met, 0)
        # A full window goes at once, each further one 5 s later.
        forced = (sum(sent.values()) - 1) // 100 * 5
        yield Bound("900 changes inside the rate limits: time / what the windows force", cost.seconds / forced, 1.1)


def one_module_run() -> t.Iterator[Bound]:
    """One task with the module, which reads, changes and verifies, beside one task with uri, which reads."""
    count = 20
    with Simulator(generate=seed(count, "pending")) as simulator:
        costs = median(
            simulator,
            {
                "empty": lambda: play(simulator, EMPTY),
                "uri": lambda: play(simulator, URI_READ, count),
                "module": lambda: play(simulator, MODULE_LOOP, count),
            },
        )
    uri, task = (costs[name].seconds - costs["empty"].seconds for name in ("uri", "module"))
    yield Bound("one digicert_order_status task / one uri task", task / uri, 1.03)


def migration(orders: int) -> list[dict[str, t.Any]]:
    """An account of so many orders: a third of them migrated, and 90 of those due and renewed since."""
    names = {"common_name": "host-{n}.example.com", "dns_names": ["host-{n}.example.com"]}
    third, due = orders // 3, 90
    return [
        {
            "count": due,
            "first_id": 1,
            "migrated": True,
            "valid_in_days": 30,
            "created_days_ago": 335,
            "certificate": names,
        },
        {"count": third - due, "first_id": due + 1, "migrated": True, "valid_in_days": 300, "created_days_ago": 65},
        {"count": due, "first_id": third + 1, "valid_in_days": 190, "created_days_ago": 9, "certificate": names},
        {"count": orders - third - due, "first_id": third + due + 1, "valid_in_days": 200, "created_days_ago": 100},
    ]


CLEAN_UP: Tasks = [
    {
        "name": "Mark",
        "ansible.builtin.import_role": {"name": "certops.certcentral.mark_renewed"},
        "vars": {
            "certcentral_api_key": "{{ api_key }}",
            "certcentral_api_url": "{{ api_url }}",
            "mark_renewed_rate_limit_share": 0,
        },
    }
]


def clean_up() -> t.Iterator[tuple[str, Cost | Bound]]:
    """The clean-up of a migration in check mode, as the account grows, with 50 ms for each request."""
    for orders in (1000, 10_000, 30_000, 100_000):
        with Simulator(generate=migration(orders), quirks={"latency": 0.05}) as simulator:
            costs = {
                "an empty playbook": play(simulator, EMPTY),
                "a bare script": bare(simulator, "listings"),
                "the clean-up": play(simulator, CLEAN_UP, check=True),
            }
        for name, cost in costs.items():
            yield f"{orders} orders: {name}", cost
        if orders == 30_000:
            task = costs["the clean-up"].seconds - costs["an empty playbook"].seconds
            yield "", Bound("30,000 orders, clean-up: task / bare script", task / costs["a bare script"].seconds, 5)
            yield "", Bound("30,000 orders, clean-up: MB", costs["the clean-up"].memory, 130)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    parser.add_argument("--counts", action="store_true", help="only what is counted, not what is timed")
    options = parser.parse_args()
    costs: Costs = {}
    grown: dict[str, Cost] = {}
    bounds = list(counts())
    if not options.counts:
        bounds += [*one_module_run(), *inside_limits()]
        for what, found in clean_up():
            if isinstance(found, Bound):
                bounds.append(found)
            else:
                grown[what] = found
                print(
                    f"{what:40}{found.seconds:8.2f} s {found.requests:6d} requests {found.memory:6.0f} MB", flush=True
                )
        costs = side_by_side((20, 100, 1000), loops=100)
        bounds += bounds_of(costs)
    print()
    for bound in bounds:
        word = "ok" if bound.holds else "BROKEN"
        print(f"{word:7}{bound.what}: {bound.value:.2f} ({'>=' if bound.least else '<='} {bound.bound})")
    if options.json:
        figures = {
            "costs": [
                {"orders": count, "latency": latency, "change": change, "way": name, **cost._asdict()}
                for (count, latency, change), ways in costs.items()
                for name, cost in ways.items()
            ],
            "clean_up": {what: cost._asdict() for what, cost in grown.items()},
            "bounds": [{**bound._asdict(), "holds": bound.holds} for bound in bounds],
        }
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if all(bound.holds for bound in bounds) else 1


if __name__ == "__main__":
    sys.exit(main())
