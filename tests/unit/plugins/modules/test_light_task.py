"""The imports of a task for a single order. Ansible compiles the collection's own code anew for every task."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.benchmarks import statements
from ansible_collections.certops.certcentral.tests.benchmarks.measure import MODULES
from ansible_collections.certops.certcentral.tests.simulator import Simulator

# Runs a module. Once it has connected to the API, no file descriptor is free any longer.
PROGRAM = """
import resource, runpy, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
connect, files = socket.socket.connect, []
def connect_last(self, address):
    connect(self, address)
    try:
        while not len(files) > 100:
            files.append(open("/dev/null"))
    except OSError:
        socket.socket.connect = connect
socket.socket.connect = connect_last
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


def test_task_for_one_order_does_not_import_all_of_requests() -> None:
    """Importing requests takes as long as the rest of a task. Its part urllib3 is enough without a proxy."""
    imported = statements.find_imports()
    assert "urllib3" in imported
    assert {"requests", "charset_normalizer", "concurrent.futures"} & imported.keys() == set()


@pytest.mark.parametrize("module", ["digicert_order_status", "digicert_order_statuses", "digicert_order_info"])
@pytest.mark.parametrize("missing", ["requests", "urllib3"])
def test_missing_library_is_named(module: str, missing: str, tmp_path: Path) -> None:
    arguments = tmp_path / "arguments.json"
    options: dict[str, t.Any] = {"order_id": 7} if module == "digicert_order_status" else {"order_ids": [7]}
    options.update({} if module == "digicert_order_info" else {"status": "renewed"})
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {"api_key": "A" * 64, **options}}))
    hidden = f"import importlib.util, runpy, sys; sys.modules[{missing!r}] = None; "
    hidden += "importlib.util.find_spec, find = (lambda name: sys.modules.get(name, 1) and find(name)), importlib.util.find_spec; "
    program = hidden + f"runpy.run_module({MODULES + '.' + module!r}, run_name='__main__', alter_sys=True)"
    command = [sys.executable, "-c", program, str(arguments)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=60).stdout
    result = json.loads(output)
    assert result["failed"] is True and "requests" in result["msg"] and "reason" not in result


def test_task_for_one_order_imports_few_statements() -> None:
    assert statements.count() <= 1000


def run_without_descriptors(sim: Simulator, folder: Path) -> dict[str, t.Any]:
    """Return the result of a task for order 7. The task has no free file descriptor after it has connected to the API."""
    arguments = folder / "arguments.json"
    options = {"api_url": sim.url, "api_key": sim.key, "order_id": 7, "status": "canceled", "note": "A test"}
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "retry_timeout": 0}}))
    command = [sys.executable, "-c", PROGRAM, f"{MODULES}.digicert_order_status", str(arguments)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=60).stdout
    result: dict[str, t.Any] = json.loads(output)
    return result


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "status", "status": 409, "body": {"errors": [{"code": "x", "message": "No."}]}}, "rejected_by_api"),
        ({"kind": "lost_reply"}, "changed"),
        ({"kind": "status", "times": None}, "unknown_outcome"),
        ({"kind": "reset_after"}, "changed"),
        ({"kind": "reset_before", "times": None}, "unknown_outcome"),
    ],
)
def test_outcome_is_told_even_if_no_file_descriptor_is_free(
    sim: Simulator, tmp_path: Path, fault: dict[str, t.Any], outcome: str
) -> None:
    sim.seed([{"id": 7, "status": "pending"}])
    sim.fault(on="status", **fault)
    result = run_without_descriptors(sim, tmp_path)
    assert result.get("reason", "changed") == outcome, result["msg"]
    assert "bug" not in result["msg"]


def test_refusal_is_told_even_if_no_file_descriptor_is_free(sim: Simulator, tmp_path: Path) -> None:
    sim.seed([{"id": 7, "status": "issued"}])
    assert run_without_descriptors(sim, tmp_path)["reason"] == "wrong_state"
