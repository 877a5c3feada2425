"""The playbooks in ansible-runner, in a private data folder like those of AWX."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.certops.certcentral.tests.awx.controller import inject
from ansible_collections.certops.certcentral.tests.awx.support import Job
from ansible_collections.certops.certcentral.tests.simulator import Simulator


class Case(t.NamedTuple):
    """A playbook, the prefix of its variables, the required ones, and the only change that it makes."""

    playbook: str
    prefix: str
    variables: dict[str, t.Any]
    change: tuple[int, str]
    done: str


CASES = [
    Case("mark_renewed_migrated_orders", "mark_renewed_", {}, (1, "renewed"), "marked renewed"),
    Case(
        "cancel_stale_pending_orders",
        "cancel_stale_",
        {"cancel_stale_older_than": 60, "cancel_stale_note": "Pending for two months", "cancel_stale_max_changes": 1},
        (3, "canceled"),
        "canceled",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.playbook for case in CASES])
def test_plan_changes_nothing_and_only_the_first_run_changes_an_order(
    case: Case, account: Simulator, collections: Path, tmp_path: Path
) -> None:
    page, data = tmp_path / "report.html", tmp_path / "report.json"
    reports = {f"{case.prefix}report_html": str(page), f"{case.prefix}report_json": str(data)}
    # The key and the address come from the credential. If the credential has no address, it comes from a variable.
    job = Job(tmp_path, collections, {**case.variables, **reports, "digicert_api_url": "{{ address | default('') }}"})
    playbook = f"certops.certcentral.{case.playbook}"

    says = job.run(playbook, "plan", inject(api_key=account.key, api_url=account.url), "--check")
    assert f">Plan: 1 order would be {case.done}; nothing has been changed<" in page.read_text(encoding="utf-8")
    assert account.changes == []
    assert {request["method"] for request in account.requests} == {"GET"}
    planned = json.loads(data.read_text(encoding="utf-8"))

    # In a project, a playbook imports the playbook of the collection.
    imported = [{"name": "Clean up", "ansible.builtin.import_playbook": playbook}]
    job.write("project/clean_up.yml", yaml.safe_dump(imported))
    empty = inject(api_key=account.key)
    assert (empty["DIGICERT_API_URL"], empty["DIGICERT_REGION"]) == ("", "")
    says += job.run("clean_up.yml", "run", empty, f"-e address={account.url}")
    assert f">Result: 1 order {case.done}<" in page.read_text(encoding="utf-8")
    assert [(change.order_id, change.status) for change in account.changes] == [case.change]
    done = json.loads(data.read_text(encoding="utf-8"))
    assert [(order["order_id"], order["decision"], order["outcome"]) for order in planned["orders"]] == [
        (order["order_id"], order["decision"], order["outcome"]) for order in done["orders"]
    ]

    says += job.run(playbook, "again", inject(api_key=account.key, region="eu", api_url=account.url))
    assert ">Result: nothing to do<" in page.read_text(encoding="utf-8")
    assert len(account.changes) == 1
    assert account.key not in says


def test_empty_key_is_refused(account: Simulator, collections: Path, tmp_path: Path) -> None:
    job = Job(tmp_path, collections, {})
    says = job.run(f"certops.certcentral.{CASES[0].playbook}", "run", inject(api_url=account.url), codes=(2,))
    assert "api_key is missing: set it, or the environment variable DIGICERT_API_KEY" in says
    assert account.requests == []
