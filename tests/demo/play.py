"""A demo that runs the steps of steps.yml against the simulator. It exits with 0 if every step ended as expected.

It writes its reports to .cache/demo.

python tests/demo/play.py [COLLECTIONS]: the folder in which the collection is installed; defaults to the checkout.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import yaml

from ansible_collections.certops.certcentral.tests.simulator import Simulator

HERE = Path(__file__).parent
STEPS = yaml.safe_load((HERE / "steps.yml").read_text(encoding="utf-8"))
REPORTS = HERE.parents[1] / ".cache" / "demo"
ACCOUNT = yaml.safe_load("""
orders:
  - {id: 1234567, status: pending, certificate: {common_name: www.example.com}}
  - {id: 1234568, valid_in_days: 300, certificate: {common_name: www.example.com}}
  - {id: 1234569, status: reissue_pending, certificate: {common_name: shop.example.com}}
  - {id: 1234570, migrated: true, valid_in_days: 20, certificate: {common_name: www.example.com}}
  - {id: 1234571, status: pending, created_days_ago: 45, certificate: {common_name: old.example.com}}
  - {id: 1234572, status: pending, certificate: {common_name: project.example.com}}
generate:
  - {count: 300, first_id: 2000001, status: pending, created_days_ago: 3}
""")


def play(step: dict[str, t.Any], simulator: Simulator, folder: str, environment: dict[str, str]) -> list[str]:
    """Run one step in a folder that contains the playbooks, and return the differences from its expected end."""
    paths = {name: str(REPORTS / file) for name, file in step.get("paths", {}).items()}
    command = ["ansible-playbook", *shlex.split(step["run"]), *(["-e", json.dumps(paths)] if paths else [])]
    print(f"$ {shlex.join(command)}", flush=True)
    simulator.clear_log()
    if "fault" in step:
        simulator.fault(step["fault"], method="PUT")
    run = subprocess.run(
        command,
        cwd=folder,
        env={**environment, "DIGICERT_API_URL": simulator.url, "DIGICERT_API_KEY": simulator.key},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    order = simulator.account.orders[step["order"]["id"]]
    sends = sum(request["method"] == "PUT" for request in simulator.requests)
    marked = ", marked renewed" if order.get("is_renewed") else ""
    print(
        f"{run.stdout.strip()}\n\n"
        f"--> the simulator received {len(simulator.requests) - sends} GET and {sends} PUT requests; "
        f"order {order['id']} is {order['status']}{marked}\n",
        *(f"--> file: {path}\n" for path in paths.values()),
        sep="\n",
    )
    wrong = [f"the output lacks {words!r}" for words in step["says"] if words not in run.stdout]
    if sends != step["sends"]:
        wrong.append(f"{sends} PUT requests were sent, not {step['sends']}")
    wrong += [f"{name} is {order.get(name)!r}" for name, value in step["order"].items() if order.get(name) != value]
    wrong += [f"{path} was not written" for path in paths.values() if not Path(path).is_file()]
    if (run.returncode != 0) != ("failed=1" in step["says"]):
        wrong.append(f"ansible-playbook ended with {run.returncode}")
    return wrong


def main() -> int:
    """Run all steps. Return 1 if one of them did not end as expected."""
    failures = 0
    quiet = {"LOCALHOST_WARNING": "false", "INVENTORY_UNPARSED_WARNING": "false", "NOCOWS": "true"}
    environment = {**os.environ, **{f"ANSIBLE_{name}": value for name, value in quiet.items()}}
    if sys.argv[1:]:
        # The playbooks must not use the code in the checkout.
        environment.pop("PYTHONPATH", None)
        environment["ANSIBLE_COLLECTIONS_PATH"] = sys.argv[1]
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    with Simulator(**ACCOUNT) as simulator, tempfile.TemporaryDirectory() as folder:
        for playbook in HERE.glob("cancel*.yml"):
            shutil.copy(playbook, folder)
        print(f"A simulated CertCentral account responds at {simulator.url}. No request reaches DigiCert.\n")
        for number, step in enumerate(STEPS, 1):
            title = f"{number}. {step['title']}"
            print(f"{title}\n{'=' * len(title)}")
            for wrong in play(step, simulator, folder, environment):
                failures += 1
                print(f"!!! step {number}: {wrong}\n")
    print("Some steps did not end as expected." if failures else "Every step ended as expected.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
