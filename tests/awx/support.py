from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path
from unittest import mock

COLLECTION = Path("ansible_collections", "certops", "certcentral")
ORDERS: list[dict[str, t.Any]] = [
    # This order is migrated and due, and the next one renewed it.
    {"id": 1, "migrated": True, "valid_in_days": 20, "created_days_ago": 345},
    {"id": 2, "valid_in_days": 380, "created_days_ago": 5},
    {"id": 3, "status": "pending", "created_days_ago": 100},
    {"id": 4, "status": "pending", "created_days_ago": 3},
]
for order in ORDERS:
    order["certificate"] = {"common_name": "www.example.com", "dns_names": ["www.example.com"]}


def clean_environment() -> dict[str, str]:
    """Return the environment without the checkout, settings of Ansible and keys."""
    away = ("ANSIBLE_", "DIGICERT_", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(away)}


def run(*command: str | Path, cwd: Path) -> str:
    """Return the output of a command."""
    environment = clean_environment()
    # The paths are relative to the checkout, and pip runs elsewhere.
    if pins := environment.get("PIP_CONSTRAINT"):
        environment["PIP_CONSTRAINT"] = " ".join(str(Path(name).resolve()) for name in pins.split())
    pipes: dict[str, t.Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    ran = subprocess.run([str(word) for word in command], cwd=cwd, env=environment, text=True, check=False, **pipes)
    assert ran.returncode == 0, ran.stdout
    return str(ran.stdout)


def run_job(
    folder: Path, collections: Path, playbook: str, environment: dict[str, str], *, code: int = 0, **settings: t.Any
) -> str:
    """Run a playbook in a private data folder of its own, and return the output and the events of ansible-runner.

    :param code: the expected exit code
    :param settings: further arguments of ansible-runner
    """
    folder.mkdir()
    own = {
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_PIPELINING": "true",  # saves two thirds of the time
        # This proxy does not exist, so no request leaves this machine, even if a job has a wrong URL.
        "https_proxy": "http://127.0.0.1:9",
    }
    settings["inventory"] = f"localhost ansible_connection=local ansible_python_interpreter={sys.executable}"
    runner = importlib.import_module("ansible_runner")
    with mock.patch.dict(os.environ, clean_environment(), clear=True):
        job = runner.run(private_data_dir=folder, playbook=playbook, envvars={**own, **environment}, **settings)
    events = [*job.events]
    says = job.stdout.read() + json.dumps(events)
    assert job.rc == code and events[-1]["event"] == "playbook_on_stats", says
    return str(says)
