"""A demo that runs playbooks against the simulator, step by step. It exits with 0 if every step ended as expected.

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

from ansible_collections.certops.certcentral.tests.simulator import Simulator

HERE = Path(__file__).parent
REPORTS = HERE.parents[1] / ".cache" / "demo"


def reports(role: str, name: str) -> dict[str, Path]:
    """Return the paths of both reports of a run, by the variables of its role."""
    return {f"{role}_report_{kind}": REPORTS / f"{name}.{kind}" for kind in ("json", "html")}


PLAN, MARKED = (reports("mark_renewed", name) for name in ("plan", "marked"))
CANCELED = reports("cancel_stale", "canceled")
MARK = "certops.certcentral.mark_renewed_migrated_orders"
CANCEL = "certops.certcentral.cancel_stale_pending_orders"

ORDERS = [
    {"id": 1234567, "status": "pending", "certificate": {"common_name": "www.example.com"}},
    {"id": 1234568, "valid_in_days": 300, "certificate": {"common_name": "www.example.com"}},
    {"id": 1234569, "status": "reissue_pending", "certificate": {"common_name": "shop.example.com"}},
    {"id": 1234570, "migrated": True, "valid_in_days": 20, "certificate": {"common_name": "www.example.com"}},
    {"id": 1234571, "status": "pending", "created_days_ago": 45, "certificate": {"common_name": "old.example.com"}},
    {"id": 1234572, "status": "pending", "certificate": {"common_name": "project.example.com"}},
]
MANY = [{"count": 300, "first_id": 2000001, "status": "pending", "created_days_ago": 3}]


class Step(t.NamedTuple):
    """A run of ansible-playbook, and its expected output, number of PUT requests, final state of an order, and files.

    :param says: texts in the output
    :param sends: the number of PUT requests
    :param order: fields of the order with the ID ``order_id`` after the run
    :param fault: a fault of the simulator for the first PUT request
    :param variables: variables with the paths of files that are written or read
    """

    title: str
    arguments: list[str]
    order_id: int
    says: list[str]
    sends: int
    order: dict[str, t.Any]
    fault: str = ""
    variables: t.Mapping[str, Path] = {}

    @property
    def command(self) -> list[str]:
        """Return the whole command."""
        paths = {name: str(path) for name, path in self.variables.items()}
        return ["ansible-playbook", *self.arguments, *(["-e", json.dumps(paths)] if paths else [])]


STEPS = [
    Step(
        "Check mode shows what would change, and changes nothing",
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
        "Running the playbook again changes nothing",
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
        "Only the pending reissue is canceled, and the order is issued again",
        ["cancel_reissue.yml", "--diff"],
        1234569,
        ["changed=1", "was reissue_pending and is issued again, without the reissue"],
        1,
        {"status": "issued"},
    ),
    Step(
        "A plan finds the migrated orders that were renewed, and is written to two reports for approval",
        [MARK, "--check"],
        1234570,
        [
            "mark order 1234570 (www.example.com): order 1234568 has the same names",
            "1 order: 1 would be marked renewed; the report is in",
            "changed=1",
        ],
        0,
        {"status": "issued", "is_renewed": False},
        variables=PLAN,
    ),
    Step(
        "The approved plan is carried out, and nothing else",
        [MARK],
        1234570,
        ["1 order: 1 marked renewed; the report is in", "changed=1"],
        1,
        {"status": "issued", "is_renewed": True},
        variables={"mark_renewed_approved_plan": PLAN["mark_renewed_report_json"], **MARKED},
    ),
    Step(
        "An order that has been pending too long is found and canceled",
        [CANCEL, "-e", "cancel_stale_older_than=30 cancel_stale_max_changes=5", "-e", "cancel_stale_note=Expired"],
        1234571,
        [
            "cancel order 1234571 (old.example.com): it was placed 45 days ago and is still pending",
            "1 order: 1 canceled; the report is in",
            "changed=1",
        ],
        1,
        {"status": "canceled"},
        variables=CANCELED,
    ),
    Step(
        "The connection breaks after the API canceled an order: the order is read again, and nothing is sent twice",
        ["cancel_lost.yml"],
        1234572,
        ["changed=1", "the response was lost, but the order shows the change"],
        1,
        {"status": "canceled"},
        fault="reset_after",
    ),
    Step(
        "300 orders within the API's rate limits: the task shows its progress",
        ["cancel_many.yml"],
        2000300,
        ["changed=1", "of 300 changes done", "300 orders: 300 changed"],
        300,
        {"status": "canceled"},
    ),
]


def play(step: Step, simulator: Simulator, folder: str, environment: dict[str, str]) -> list[str]:
    """Run one step in a folder that contains the playbooks, and return the differences from its expected end."""
    simulator.clear_log()
    if step.fault:
        simulator.fault(step.fault, method="PUT")
    run = subprocess.run(
        step.command,
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
        f"--> the simulator received {len(simulator.requests) - sends} GET and {sends} PUT requests; "
        f"order {step.order_id} is {order['status']}{marked}\n"
    )
    for path in step.variables.values():
        print(f"--> file: {path}")
    print()
    wrong = [f"the output lacks {words!r}" for words in step.says if words not in run.stdout]
    if sends != step.sends:
        wrong.append(f"{sends} PUT requests were sent, not {step.sends}")
    wrong += [f"{name} is {order.get(name)!r}" for name, value in step.order.items() if order.get(name) != value]
    wrong += [f"{path} was not written" for path in step.variables.values() if not path.is_file()]
    if (run.returncode != 0) != ("failed=1" in step.says):
        wrong.append(f"ansible-playbook ended with {run.returncode}")
    return wrong


def main() -> int:
    """Run all steps. Return 1 if one of them did not end as expected."""
    failures = 0
    environment = dict(os.environ)
    if sys.argv[1:]:
        # The playbooks must not use the code in the checkout.
        environment.pop("PYTHONPATH", None)
        environment["ANSIBLE_COLLECTIONS_PATH"] = sys.argv[1]
    REPORTS.mkdir(parents=True, exist_ok=True)
    for report in REPORTS.glob("*.*"):
        report.unlink()
    with Simulator(orders=ORDERS, generate=MANY) as simulator, tempfile.TemporaryDirectory() as folder:
        for playbook in HERE.glob("*.yml"):
            shutil.copy(playbook, folder)
        print(f"A simulated CertCentral account responds at {simulator.url}. No request reaches DigiCert.\n")
        for number, step in enumerate(STEPS, 1):
            title = f"{number}. {step.title}"
            print(f"{title}\n{'=' * len(title)}\n$ {shlex.join(step.command)}", flush=True)
            for wrong in play(step, simulator, folder, environment):
                failures += 1
                print(f"!!! step {number}: {wrong}\n")
    print("Some steps did not end as expected." if failures else "Every step ended as expected.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
