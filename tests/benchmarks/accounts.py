"""The simulated accounts that are measured."""

from __future__ import annotations

import typing as t

from ansible_collections.certops.certcentral.tests.simulator import Simulator

FIRST = 5000000000
# Migrated orders with a renewal.
RENEWED = 90
# The seconds that a request takes, and the seconds that a page of an order list takes if pages are slow.
LATENCY, SLOW_PAGE = 0.05, 1.0
Seeds = list[dict[str, t.Any]]


def pending(count: int) -> Seeds:
    """Return pending orders."""
    return [{"count": count, "first_id": FIRST, "status": "pending"}]


def migration(orders: int, due: int) -> Seeds:
    """Return an account in which a third of the orders was migrated.

    :param due: number of migrated orders whose certificates end soon. 90 of them were renewed
    """
    names = {"common_name": "host-{n}.example.com", "dns_names": ["host-{n}.example.com"]}
    old: dict[str, t.Any] = {"migrated": True, "valid_in_days": 30, "created_days_ago": 335}
    new: dict[str, t.Any] = {"valid_in_days": 190, "created_days_ago": 9}
    third = orders // 3
    seeds: Seeds = [
        {**old, "count": RENEWED, "certificate": names},
        {**old, "count": due - RENEWED},
        {**old, "count": third - due, "valid_in_days": 300, "created_days_ago": 65},
        {**new, "count": RENEWED, "certificate": names},
        {**new, "count": orders - third - RENEWED},
    ]
    return [{**seed, "first_id": 1 + sum(before["count"] for before in seeds[:i])} for i, seed in enumerate(seeds)]


def slow_down(simulator: Simulator, page: float) -> None:
    """Let each page of the order list take the given number of seconds, and every other request ``LATENCY``."""
    simulator.quirks.latency = LATENCY
    wait = simulator.stopping.wait
    simulator.fault("call", on="list", times=None, before=lambda record: wait(page - LATENCY))
