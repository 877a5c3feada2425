# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks in ansible-runner, from a private data folder like those that AWX makes."""

from __future__ import annotations

import json
import shutil
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.certops.certcentral.tests.awx.credential import inject
from ansible_collections.certops.certcentral.tests.awx.support import run
from ansible_collections.certops.certcentral.tests.simulator import Simulator

ORDERS: list[dict[str, t.Any]] = [
    # Migrated and due; the next one renewed it.
    {"id": 1, "migrated": True, "valid_in_days": 20, "created_days_ago": 345},
    {"id": 2, "valid_in_days": 380, "created_days_ago": 5},
    {"id": 3, "status": "pending", "created_days_ago": 90},
    {"id": 4, "status": "pending", "created_days_ago": 3},
]
for order in ORDERS:
    order["certificate"] = {"common_name": "www.example.com", "dns_names": ["www.example.com"]}


class Case(t.NamedTuple):
    """A playbook, the beginning of its variables, those that it needs, and the one change that it makes."""

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
        {"cancel_stale_days": 60, "cancel_stale_note": "Pending for two months", "cancel_stale_max_changes": 1},
        (3, "canceled"),
        "canceled",
    ),
]


@pytest.fixture
def account() -> t.Iterator[Simulator]:
    with Simulator(ORDERS) as simulator:
        yield simulator
        assert not simulator.errors


class Job:
    """A private data folder, and the runs in it."""

    def __init__(self, folder: Path, collections: Path, variables: dict[str, t.Any]) -> None:
        self.folder = folder
        self.installed = folder / "requirements_collections"
        shutil.copytree(collections, self.installed)
        for name in ("env", "inventory", "project"):
            (folder / name).mkdir()
        self.write("env/extravars", yaml.safe_dump(variables))
        python = "ansible_python_interpreter='{{ ansible_playbook_python }}'"
        self.write("inventory/hosts", f"localhost ansible_connection=local {python}\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(
        self, playbook: str, name: str, environment: dict[str, str], options: str = "", codes: tuple[int, ...] = (0,)
    ) -> str:
        """Run a playbook, and return what it and its events say."""
        # Whatever the jobs do, nothing gets further than this machine.
        own = {"ANSIBLE_COLLECTIONS_PATH": str(self.installed), "https_proxy": "http://127.0.0.1:9"}
        self.write("env/envvars", yaml.safe_dump({**own, **environment}))
        self.write("env/cmdline", options)
        command = ["ansible-runner", "run", str(self.folder), "--playbook", playbook, "--ident", name]
        run(*command, cwd=self.folder, codes=codes)
        artifacts = self.folder / "artifacts" / name
        events = "".join(file.read_text(encoding="utf-8") for file in (artifacts / "job_events").iterdir())
        assert '"event": "playbook_on_stats"' in events
        return (artifacts / "stdout").read_text(encoding="utf-8") + events


@pytest.mark.parametrize("case", CASES, ids=[case.playbook for case in CASES])
def test_plan_then_run_then_nothing(case: Case, account: Simulator, collections: Path, tmp_path: Path) -> None:
    page, data = tmp_path / "report.html", tmp_path / "report.json"
    reports = {f"{case.prefix}report_html": str(page), f"{case.prefix}report_json": str(data)}
    # The key and the address come from the credential, or the address from a variable beside a credential without one.
    job = Job(
        tmp_path, collections, {**case.variables, **reports, "certcentral_api_url": "{{ address | default('') }}"}
    )
    playbook = f"certops.certcentral.{case.playbook}"

    says = job.run(playbook, "plan", inject(api_key=account.key, api_url=account.url), "--check")
    assert f">Plan: 1 order would be {case.done}; nothing has been changed<" in page.read_text(encoding="utf-8")
    assert account.changes == []
    assert {request["method"] for request in account.requests} == {"GET"}
    planned = json.loads(data.read_text(encoding="utf-8"))

    # As AWX would: the playbook of a project.
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


def test_an_empty_key_is_no_key(account: Simulator, collections: Path, tmp_path: Path) -> None:
    job = Job(tmp_path, collections, {})
    says = job.run(f"certops.certcentral.{CASES[0].playbook}", "run", inject(api_url=account.url), codes=(2,))
    assert "api_key is missing: set it, or the environment variable DIGICERT_API_KEY" in says
    assert account.requests == []
