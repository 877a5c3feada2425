"""Print the argument specs of modules of awx.awx as JSON, with the documentation of workflow nodes.

Run this in a process of its own, because PYTHONPATH must not contain any other folder named ansible_collections.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import typing as t

import yaml


def read_spec(name: str) -> dict[str, t.Any]:
    """Return the argument spec that a module passes to its base class. This call ends the module."""
    module = importlib.import_module(f"ansible_collections.awx.awx.plugins.modules.{name}")
    found: list[dict[str, t.Any]] = []

    class Stopped(Exception):
        pass

    class Base:
        def __init__(self, argument_spec: dict[str, t.Any], **unused: t.Any) -> None:
            found.append(argument_spec)
            raise Stopped

    module.ControllerAPIModule = Base  # type: ignore[attr-defined]
    with contextlib.suppress(Stopped):
        module.main()
    return found[0]


def main() -> None:
    specs = {name: read_spec(name) for name in sys.argv[1:]}
    workflow = importlib.import_module("ansible_collections.awx.awx.plugins.modules.workflow_job_template")
    specs["workflow_nodes"] = yaml.safe_load(workflow.DOCUMENTATION)["options"]["workflow_nodes"]["suboptions"]
    print(json.dumps(specs))


if __name__ == "__main__":
    main()
