"""Variables that came out empty, in real playbooks. The value that Ansible passes to a module for them depends on its version."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import FIRST, NOTE, seed
from ansible_collections.certops.certcentral.tests.unit.playbook_runs import PlaybookRun, make_task

VARIABLES = {"nothing": None, "empty": {}, "response": {"json": {"name": None, "most": None}}}
ONE = {"order_id": FIRST, **NOTE}
MANY = {"order_ids": [FIRST], **NOTE}


@pytest.mark.parametrize(
    ("module", "options", "named"),
    [
        ("digicert_order_status", {**ONE, "common_name": "{{ nothing }}"}, "common_name"),
        ("digicert_order_status", {**ONE, "common_name": "{{ response.json.name }}"}, "common_name"),
        ("digicert_order_statuses", {**MANY, "max_changes": "{{ response.json.most }}"}, "max_changes"),
        ("digicert_order_info", {"order_ids": "{{ nothing }}"}, "order_ids"),
        ("digicert_order_info", {"filters": "{{ empty }}"}, "filters"),
    ],
)
def test_guard_that_came_out_empty_is_refused(
    sim: Simulator, make: t.Callable[..., PlaybookRun], module: str, options: dict[str, t.Any], named: str
) -> None:
    """Regression: since ansible-core 2.19 such a variable is null, which lifted the limit."""
    seed(sim, 1)
    run = make(make_task(sim, module, options, vars=VARIABLES))
    assert run.play() == 2 and sim.requests == []
    assert f"{named} is null: set it" in run.output or f"{named} is empty: set it" in run.output
