"""The number of statements of this collection that one task imports. Ansible has each of them compiled anew for every task."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from ansible_collections.certops.certcentral.tests.benchmarks.accounts import FIRST, pending
from ansible_collections.certops.certcentral.tests.benchmarks.measure import MODULES
from ansible_collections.certops.certcentral.tests.simulator import Simulator

OWN = "ansible_collections.certops.certcentral."
PROGRAM = """
import contextlib, importlib.util, json, runpy, sys
name = sys.argv.pop(1)
with contextlib.suppress(SystemExit):
    runpy.run_module(name, run_name="__main__")
found = {key: getattr(module, "__file__", None) for key, module in sys.modules.items()}
print(json.dumps({**found, name: importlib.util.find_spec(name).origin}))
"""


def find_imports() -> dict[str, str | None]:
    """Return the files of all Python modules that a task imports which cancels an order, by name. Some have no file."""
    module = f"{MODULES}.digicert_order_status"
    with Simulator(generate=pending(1)) as simulator, tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        options = {"api_url": simulator.url, "api_key": simulator.key, "order_id": FIRST, "status": "canceled"}
        json.dump({"ANSIBLE_MODULE_ARGS": {**options, "note": "A benchmark"}}, file)
        file.flush()
        command = [sys.executable, "-c", PROGRAM, module, file.name]
        output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        assert len(simulator.changes) == 1, output
    found: dict[str, str | None] = json.loads(output.splitlines()[-1])
    return found


def count() -> int:
    """Return the number of the collection's own statements that such a task imports. Docstrings do not count."""
    own = (file for name, file in find_imports().items() if name.startswith(OWN) and file)
    return sum(map(_count, own))


def _count(file: str) -> int:
    nodes = [node for node in ast.walk(ast.parse(Path(file).read_text())) if isinstance(node, ast.stmt)]
    docstrings = [node for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return len(nodes) - len(docstrings)
