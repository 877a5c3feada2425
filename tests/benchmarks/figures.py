"""The figures of docs/benchmark.md, each with its bound."""

from __future__ import annotations

import functools
import json
import tempfile
import time
import typing as t
from pathlib import Path

from ansible_collections.certops.certcentral.plugins.plugin_utils._report import render
from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.benchmarks import chromium, statements
from ansible_collections.certops.certcentral.tests.benchmarks.accounts import (
    FIRST,
    LATENCY,
    SLOW_PAGE,
    migration,
    pending,
    slow_down,
)
from ansible_collections.certops.certcentral.tests.benchmarks.measure import (
    COLLECTION,
    CONNECTION,
    Cost,
    Task,
    bare,
    compare,
    module,
    play,
)
from ansible_collections.certops.certcentral.tests.simulator import Simulator

NOTE = "A benchmark"
ORDERS = 30_000
# The order lists that the clean-up reads, as arguments of the bare script.
LISTS = ("origin=migrated", "origin=certcentral")
TASKS = 20
GROWTH = (1000, 10_000, 30_000, 100_000)


class Figure(t.NamedTuple):
    """A value that was measured.

    :param bound: the highest valid value, or the lowest one with ``at_least``
    """

    what: str
    value: float
    bound: float
    unit: str = ""
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Return whether the value is within its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound


class Runs(t.NamedTuple):
    """The costs of several ways to do the same, which were measured in turn."""

    what: str
    costs: dict[str, Cost]


Measured = t.Iterator[t.Union[Figure, Runs]]


def _uri(method: str, url: str, **options: t.Any) -> Task:
    return {
        "ansible.builtin.uri": {"url": url, "method": method, "headers": {"X-DC-DEVKEY": "{{ api_key }}"}, **options}
    }


ORDER = "{{ api_url }}/order/certificate/{{ item }}"
READ = _uri("GET", ORDER)
CHANGE = _uri("PUT", f"{ORDER}/status", body_format="json", body={"status": "canceled", "note": NOTE}, status_code=204)
CHECK: Task = {"ansible.builtin.assert": {"that": "order.json.status == 'pending'"}}
ONE: Task = {
    f"{COLLECTION}.digicert_order_status": {**CONNECTION, "order_id": "{{ item }}", "status": "canceled", "note": NOTE}
}
LOOP = {"loop": "{{ range(first, first + count) | list }}"}
URI_LOOP: list[Task] = [
    {**READ, **LOOP, "register": "orders"},
    {
        **CHANGE,
        "when": "orders.results[index].json.status == 'pending'",
        **LOOP,
        "loop_control": {"index_var": "index"},
    },
]
MANY: Task = {
    f"{COLLECTION}.digicert_order_statuses": {
        **CONNECTION,
        "order_ids": "{{ range(first, first + count) | list }}",
        "status": "canceled",
        "note": NOTE,
        "rate_limit_share": 0,
    }
}
ALL_ORDERS: Task = {
    f"{COLLECTION}.digicert_order_info": {**CONNECTION, "rate_limit_share": 0},
    "register": "all_orders",
}


def clean_up(simulator: Simulator, *reports: Path) -> Cost:
    """Return the cost of a clean-up in check mode. The kind of a report depends on the name of its file."""
    variables = {f"mark_renewed_report_{path.suffix[1:]}": str(path) for path in reports}
    variables |= {"digicert_api_key": "{{ api_key }}", "digicert_api_url": "{{ api_url }}"}
    role = {"name": f"{COLLECTION}.mark_renewed"}
    task = {"ansible.builtin.import_role": role, "vars": {**variables, "mark_renewed_rate_limit_share": 0}}
    return play(simulator, task, check=True)


def one_by_one(*tasks: Task) -> list[Task]:
    """Return the tasks once for each of several orders, without a loop."""
    return [{**task, "vars": {"item": FIRST + number}} for number in range(TASKS) for task in tasks]


def beyond_empty(costs: t.Mapping[str, Cost], way: str) -> float:
    """Return the seconds that a playbook takes, without the time of an empty playbook."""
    return costs[way].seconds - costs["an empty playbook"].seconds


def measure_tasks() -> Measured:
    """Measure tasks for one order each."""
    yield Figure("own statements that one `digicert_order_status` task imports", statements.count(), 1000)
    with Simulator(generate=pending(TASKS)) as simulator:
        costs = compare(
            5,
            {
                "an empty playbook": lambda: play(simulator),
                "`uri`, read": lambda: play(simulator, *one_by_one(READ)),
                "`digicert_order_status`": lambda: play(simulator, *one_by_one(ONE)),
                "`uri`, read, check, change, read": lambda: play(
                    simulator, *one_by_one({**READ, "register": "order"}, CHECK, CHANGE, READ)
                ),
            },
            simulator.reset,
        )
    yield Runs(f"{TASKS} orders to cancel, one after the other", costs)
    task = beyond_empty(costs, "`digicert_order_status`")
    yield Figure(
        "one `digicert_order_status` task (read, change, read) ÷ one `uri` task (read)",
        task / beyond_empty(costs, "`uri`, read"),
        1.0,
    )
    yield Figure(
        "one `digicert_order_status` task ÷ the `uri` tasks that do the same",
        task / beyond_empty(costs, "`uri`, read, check, change, read"),
        0.3,
    )


def measure_many() -> Measured:
    """Measure tasks for many orders."""
    with Simulator(generate=pending(100)) as simulator:
        run, again = {"first": FIRST, "count": 100}, {**READ, **LOOP}
        costs = compare(
            3,
            {
                "an empty playbook": lambda: play(simulator),
                "one `uri` task, which reads one order": lambda: play(simulator, *one_by_one(READ)[:1]),
                "loops of `uri`: read, change": lambda: play(simulator, *URI_LOOP, variables=run),
                "loops of `uri`: read, change, read": lambda: play(simulator, *URI_LOOP, again, variables=run),
                "`digicert_order_statuses`": lambda: play(simulator, MANY, variables=run),
            },
            simulator.reset,
        )
    yield Runs("100 orders to cancel", costs)
    for loops, what in (("read, change", "loop of `uri`"), ("read, change, read", "loop of `uri` that does the same")):
        ratio = costs[f"loops of `uri`: {loops}"].seconds / costs["`digicert_order_statuses`"].seconds
        yield Figure(f"100 orders to cancel: {what} ({loops}) ÷ one bulk task", ratio, 60, at_least=True)
    with Simulator(generate=pending(900), rate_limits=facts.RATE_LIMITS) as simulator:
        options = {"order_ids": list(range(FIRST, FIRST + 900)), "status": "canceled", "note": NOTE}
        cost = module(simulator, "digicert_order_statuses", **options)
        refused = sum(request["status"] == 429 for request in simulator.requests)
    # The shorter window allows this number of requests at once, and the same number again each time that it has passed.
    requests, seconds = facts.RATE_LIMITS[0]
    forced = (cost.requests - 1) // requests * seconds
    yield Runs("900 orders to cancel inside the rate limits", {"`digicert_order_statuses`": cost})
    yield Figure("900 changes inside the rate limits: responses 429", refused, 0)
    yield Figure("900 changes inside the rate limits: time ÷ what the limits force", cost.seconds / forced, 1.05)


def measure_page(file: Path) -> Measured:
    """Measure the page of a report that a clean-up wrote as JSON."""
    report = json.loads(file.read_text())
    start = time.process_time()
    page = "".join(render(report))
    count = len(report["orders"])
    yield Figure(f"page of {count:,} orders: CPU to render", time.process_time() - start, 2, "s")
    for what, pause in chromium.find_pauses(page, file.with_name("page.html")):
        yield Figure(f"page of {count:,} orders in Chromium, {what}: longest pause", pause, 200, "ms")


def measure_clean_up(folder: Path) -> Measured:
    """Measure a clean-up in check mode. All migrated orders are due."""
    json_file, html_file = folder / "report.json", folder / "report.html"
    with Simulator(generate=migration(ORDERS, ORDERS // 3), quirks={"latency": LATENCY}) as simulator:
        costs = compare(
            3,
            {
                "an empty playbook": lambda: play(simulator),
                "a bare script": lambda: bare(simulator, *LISTS),
                "the clean-up, JSON report": lambda: clean_up(simulator, json_file),
                "the clean-up, both reports": lambda: clean_up(simulator, json_file, html_file),
            },
        )
        yield Runs(f"{ORDERS:,} orders, {ORDERS // 3:,} migrated and due, 50 ms a request", costs)
        for way, bound in (("the clean-up, JSON report", 3.5), ("the clean-up, both reports", 5)):
            ratio = beyond_empty(costs, way) / costs["a bare script"].seconds
            yield Figure(f"{ORDERS:,} orders, 50 ms a request, {way}: ÷ bare script", ratio, bound)
            yield Figure("the same: largest process", costs[way].memory, 100, "MB")
        yield from measure_page(json_file)
        slow_down(simulator, SLOW_PAGE)
        costs = compare(
            1,
            {
                "an empty playbook": lambda: play(simulator),
                "a bare script": lambda: bare(simulator, *LISTS),
                "the clean-up, JSON report": lambda: clean_up(simulator, json_file),
            },
        )
    yield Runs(f"{ORDERS:,} orders, {ORDERS // 3:,} migrated and due, 1 s a page", costs)
    ratio = beyond_empty(costs, "the clean-up, JSON report") / costs["a bare script"].seconds
    yield Figure(f"{ORDERS:,} orders, 1 s a page, the clean-up, JSON report: ÷ bare script", ratio, 0.5)


def measure_list() -> Measured:
    """Measure reading all orders as rows of the order list."""
    with Simulator(generate=migration(ORDERS, ORDERS // 3)) as simulator:
        slow_down(simulator, SLOW_PAGE)
        costs = compare(
            1,
            {
                "a bare script": lambda: bare(simulator, ""),
                "`digicert_order_info`": lambda: module(simulator, "digicert_order_info", rate_limit_share=0),
                "the same in a playbook": lambda: play(simulator, ALL_ORDERS),
            },
        )
    yield Runs(f"{ORDERS:,} orders read, 1 s a page", costs)
    ratio = costs["`digicert_order_info`"].seconds / costs["a bare script"].seconds
    yield Figure(f"`digicert_order_info` of {ORDERS:,} orders, 1 s a page: ÷ bare script", ratio, 0.35)


def measure_large() -> Measured:
    """Measure the cost of the collection's own code, in a large account without any latency."""
    with tempfile.TemporaryDirectory() as folder, Simulator(generate=migration(100_000, 90)) as simulator:
        costs = compare(
            2,
            {
                "an empty playbook": lambda: play(simulator),
                "a bare script": lambda: bare(simulator, *LISTS),
                "the clean-up, JSON report": lambda: clean_up(simulator, Path(folder, "report.json")),
            },
        )
    yield Runs("100,000 orders, 90 due, no latency", costs)
    ratio = beyond_empty(costs, "the clean-up, JSON report") / costs["a bare script"].seconds
    yield Figure("100,000 orders, no latency, the clean-up: ÷ bare script", ratio, 2)
    yield Figure("the same: largest process", costs["the clean-up, JSON report"].memory, 100, "MB")


def measure_growth() -> t.Iterator[Runs]:
    """Measure the clean-up in accounts of different sizes, with 1 s for each page."""
    for orders in GROWTH:
        with tempfile.TemporaryDirectory() as folder, Simulator(generate=migration(orders, 90)) as simulator:
            slow_down(simulator, SLOW_PAGE)
            ways = {
                "a bare script": functools.partial(bare, simulator, *LISTS),
                "the clean-up": functools.partial(clean_up, simulator, Path(folder, "report.json")),
            }
            yield Runs(f"{orders:,}", compare(1, ways))
