# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays the collection against the simulator with ansible-playbook, step by step. Exits 0 if every step went as it should.

It writes two reports into .cache/demo.

python tests/demo/play.py [COLLECTIONS]: the folder that the collection is installed in, if it is not to be the checkout.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.certops.certcentral.tests.simulator import Simulator

HERE = Path(__file__).parent
REPORTS = HERE.parents[1] / ".cache" / "demo"
MARKED, CANCELED = (REPORTS / name for name in ("marked.html", "canceled.html"))

ORDERS = [
    {"id": 1234567, "status": "pending", "certificate": {"common_name": "www.example.com"}},
    {"id": 1234568, "status": "issued", "certificate": {"common_name": "www.example.com"}, "valid_in_days": 300},
    {
        "id": 1234569,
        "status": "reissue_pending",
        "certificate": {"common_name": "shop.example.com"},
        "valid_in_days": 200,
    },
    {
        "id": 1234570,
        "status": "issued",
        "certificate": {"common_name": "www.example.com"},
        "valid_in_days": 20,
        "migrated": True,
    },
    {"id": 1234571, "status": "pending", "created_days_ago": 45, "certificate": {"common_name": "old.example.com"}},
    {"id": 1234572, "status": "pending", "certificate": {"common_name": "project.example.com"}},
]
MANY = [{"count": 300, "first_id": 2000001, "status": "pending", "created_days_ago": 3}]


class Step(t.NamedTuple):
    title: str
    arguments: list[str]
    order_id: int
    # What has to come of it: lines of Ansible's output, PUT requests, and the order afterwards.
    says: list[str]
    sends: int
    order: dict[str, t.Any]
    # A fault of the simulator that strikes the first PUT, and a file that has to be there afterwards.
    fault: str = ""
    writes: Path | None = None


STEPS = [
    Step(
        "Check mode says what would be done, and does nothing",
        ["cancel.yml", "--check", "--diff"],
        1234567,
        ["changed=1", '-    "status": "pending"', '+    "status": "canceled"', "would be canceled"],
        0,
        {"status": "pending"},
    ),
    Step(
        "The run cancels the order",
        ["cancel.yml", "--diff"],
        1234567,
        ["changed=1", "order 1234567 was pending and is canceled now"],
        1,
        {"status": "canceled"},
    ),
    Step(
        "The same again changes nothing",
        ["cancel.yml", "--diff"],
        1234567,
        ["changed=0", "order 1234567 is canceled already: nothing to do"],
        0,
        {"status": "canceled"},
    ),
    Step(
        "An issued order is refused, with the reason",
        ["cancel_issued.yml"],
        1234568,
        ["failed=1", "order 1234568 is issued: only "],
        0,
        {"status": "issued"},
    ),
    Step(
        "Only the pending reissue is canceled: the order is issued, as before",
        ["cancel_reissue.yml", "--diff"],
        1234569,
        ["changed=1", "was reissue_pending and is issued again, without the reissue"],
        1,
        {"status": "issued"},
    ),
    Step(
        "An order that was migrated from the legacy console, and renewed by another one, is found and marked renewed",
        ["certops.certcentral.mark_renewed_migrated_orders", "--diff", "-e", f"mark_renewed_report_html={MARKED}"],
        1234570,
        ["changed=1", '+            "is_renewed": true'],
        1,
        {"status": "issued", "is_renewed": True},
        writes=MARKED,
    ),
    Step(
        "An order that has been pending for too long is found and canceled",
        [
            "certops.certcentral.cancel_stale_pending_orders",
            "--extra-vars",
            '{"cancel_stale_days": 30, "cancel_stale_note": "Pending for a month", "cancel_stale_max_changes": 5}',
            "-e",
            f"cancel_stale_report_html={CANCELED}",
        ],
        1234571,
        ["changed=1"],
        1,
        {"status": "canceled"},
        writes=CANCELED,
    ),
    Step(
        "The connection breaks after the API canceled an order: a reading settles it, and nothing is sent twice",
        ["cancel_lost.yml"],
        1234572,
        ["changed=1", "the response was lost, but the order shows the change"],
        1,
        {"status": "canceled"},
        fault="reset_after",
    ),
    Step(
        "300 orders inside the API's rate limits: the task shows how far it is",
        ["cancel_many.yml"],
        2000300,
        ["changed=1", "of 300 changes done", "300 orders: 300 changed"],
        300,
        {"status": "canceled"},
    ),
]


def play(step: Step, simulator: Simulator, folder: str, environment: dict[str, str]) -> list[str]:
    """Play one step in a folder that has the playbooks, and return what went otherwise than it should."""
    simulator.clear_log()
    if step.fault:
        simulator.fault(step.fault, method="PUT")
    run = subprocess.run(
        ["ansible-playbook", *step.arguments],
        cwd=folder,
        env={
            **environment,
            "DIGICERT_API_URL": simulator.url,
            "DIGICERT_API_KEY": simulator.key,
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOWS": "true",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(run.stdout.strip() + "\n")
    order = simulator.account.orders[step.order_id]
    sends = sum(request["method"] == "PUT" for request in simulator.requests)
    marked = ", marked renewed" if order.get("is_renewed") else ""
    print(
        f"--> the simulator saw {len(simulator.requests) - sends} GET and {sends} PUT; "
        f"order {step.order_id} is {order['status']}{marked}\n"
    )
    if step.writes:
        print(f"--> the report: {step.writes}\n")
    wrong = [f"it does not say {words!r}" for words in step.says if words not in run.stdout]
    if sends != step.sends:
        wrong.append(f"{sends} PUT were sent, not {step.sends}")
    wrong += [f"{name} is {order.get(name)!r}" for name, value in step.order.items() if order.get(name) != value]
    if step.writes and not step.writes.is_file():
        wrong.append(f"{step.writes} was not written")
    if (run.returncode != 0) != ("failed=1" in step.says):
        wrong.append(f"ansible-playbook ended with {run.returncode}")
    return wrong


def main() -> int:
    failures = 0
    environment = dict(os.environ)
    if sys.argv[1:]:
        # Nothing of the checkout is in reach of what is played.
        environment.pop("PYTHONPATH", None)
        environment["ANSIBLE_COLLECTIONS_PATH"] = sys.argv[1]
    REPORTS.mkdir(parents=True, exist_ok=True)
    for report in REPORTS.glob("*.html"):
        report.unlink()
    with Simulator(orders=ORDERS, generate=MANY) as simulator, tempfile.TemporaryDirectory() as folder:
        for playbook in HERE.glob("*.yml"):
            shutil.copy(playbook, folder)
        print(f"A simulated CertCentral account answers at {simulator.url}. Nothing here reaches DigiCert.\n")
        for number, step in enumerate(STEPS, 1):
            title = f"{number}. {step.title}"
            print(f"{title}\n{'=' * len(title)}\n$ ansible-playbook {shlex.join(step.arguments)}", flush=True)
            for wrong in play(step, simulator, folder, environment):
                failures += 1
                print(f"!!! step {number}: {wrong}\n")
    print("Some steps did not go as they should." if failures else "Every step went as it should.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
