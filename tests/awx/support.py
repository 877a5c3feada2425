from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
from pathlib import Path

import yaml

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


def run(*command: str | Path, cwd: Path, codes: tuple[int, ...] = (0,)) -> str:
    """Return the output of a command. Its environment does not contain the checkout or a key.

    :param codes: the expected exit codes
    """
    away = ("ANSIBLE_", "DIGICERT_", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(away)}
    # The paths are relative to the checkout, and pip runs elsewhere.
    if pins := environment.get("PIP_CONSTRAINT"):
        environment["PIP_CONSTRAINT"] = " ".join(str(Path(name).resolve()) for name in pins.split())
    ran = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode in codes, ran.stdout
    return ran.stdout


class Job:
    """A private data folder of ansible-runner, and the runs in it."""

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
        """Run a playbook, and return its output and its events."""
        own = {
            "ANSIBLE_COLLECTIONS_PATH": str(self.installed),
            "ANSIBLE_PIPELINING": "true",  # saves two thirds of the time
            # This proxy does not exist, so no request leaves this machine, even if a job has a wrong URL.
            "https_proxy": "http://127.0.0.1:9",
        }
        self.write("env/envvars", yaml.safe_dump({**own, **environment}))
        self.write("env/cmdline", options)
        command = ["ansible-runner", "run", str(self.folder), "--playbook", playbook, "--ident", name]
        run(*command, cwd=self.folder, codes=codes)
        artifacts = self.folder / "artifacts" / name
        events = "".join(file.read_text(encoding="utf-8") for file in (artifacts / "job_events").iterdir())
        assert '"event": "playbook_on_stats"' in events
        return (artifacts / "stdout").read_text(encoding="utf-8") + events
