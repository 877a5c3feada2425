"""The imports of a task for a single order. Ansible compiles the collection's own code anew for every task."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.benchmarks import statements
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import MODULES

Json = dict[str, t.Any]
# Hides the library with the name ``missing``.
WITHOUT = """
import importlib.util, runpy, sys
sys.modules[missing], find = None, importlib.util.find_spec
importlib.util.find_spec = lambda name: sys.modules.get(name, 1) and find(name)
"""
# Leaves no file descriptor free once the module has connected to the API.
BUSY = """
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
"""


def run(folder: Path, start: str, module: str, **options: t.Any) -> Json:
    """Return the result of a module in a process of its own, which starts with the given code."""
    arguments = folder / "arguments.json"
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
    program = f"{start}\nrunpy.run_module({MODULES + module!r}, run_name='__main__', alter_sys=True)"
    command = [sys.executable, "-c", program, str(arguments)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=60).stdout
    result: Json = json.loads(output)
    return result


def test_task_for_one_order_does_not_import_requests() -> None:
    """Importing requests takes long. Without a proxy, http.client is enough."""
    assert {"requests", "urllib3", "concurrent.futures"} & statements.find_imports().keys() == set()


def test_task_for_one_order_imports_few_statements() -> None:
    assert statements.count() <= 1000


@pytest.mark.parametrize("module", ["digicert_order_status", "digicert_order_statuses", "digicert_order_info"])
@pytest.mark.parametrize("missing", ["requests", "urllib3"])
def test_missing_library_is_named(module: str, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only connections through a proxy need urllib3.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    options: Json = {"order_id": 7} if module == "digicert_order_status" else {"order_ids": [7]}
    options.update({} if module == "digicert_order_info" else {"status": "renewed"})
    result = run(tmp_path, f"missing = {missing!r}{WITHOUT}", module, api_key="A" * 64, **options)
    assert result["failed"] is True and "requests" in result["msg"] and "bug" not in result["msg"]
    assert result.get("reason") == {"requests": None, "urllib3": "invalid_option"}[missing]


@pytest.mark.parametrize(
    ("status", "fault", "outcome"),
    [
        ("pending", {"kind": "status", "status": 409, "body": {"errors": [{"code": "x"}]}}, "rejected_by_api"),
        ("pending", {"kind": "lost_reply"}, "changed"),
        ("pending", {"kind": "status", "times": None}, "unknown_outcome"),
        ("pending", {"kind": "reset_after"}, "changed"),
        ("pending", {"kind": "reset_before", "times": None}, "unknown_outcome"),
        ("issued", {"kind": "status"}, "wrong_state"),
    ],
)
def test_outcome_is_told_even_if_no_file_descriptor_is_free(
    sim: Simulator, tmp_path: Path, status: str, fault: Json, outcome: str
) -> None:
    sim.seed([{"id": 7, "status": status}])
    sim.fault(on="status", **fault)
    options = {"api_url": sim.url, "api_key": sim.key, "order_id": 7, "status": "canceled", "note": "A test"}
    result = run(tmp_path, BUSY, "digicert_order_status", **options, retry_timeout=0)
    assert result.get("reason", "changed") == outcome and "bug" not in result["msg"], result["msg"]
