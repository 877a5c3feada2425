from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import typing as t
import zipfile
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.awx import read_specs
from ansible_collections.certops.certcentral.tests.awx.controller import MODULES
from ansible_collections.certops.certcentral.tests.awx.support import COLLECTION, ORDERS, run
from ansible_collections.certops.certcentral.tests.simulator import Simulator

ROOT = Path(__file__).parents[2]
# The plugins of awx.awx in the package ansible. The rest of the package, hundreds of megabytes, is not extracted.
AWX = "ansible_collections/awx/awx/plugins/"


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that contains only the installed collection, from the file that ARTIFACT names."""
    folder = tmp_path_factory.mktemp("collections")
    run(
        *("ansible-galaxy", "collection", "install", "--offline", os.environ["ARTIFACT"]),
        *("--collections-path", folder),
        cwd=folder,
    )
    assert (folder / COLLECTION / "plugins").is_dir()
    return folder


@pytest.fixture
def account() -> t.Iterator[Simulator]:
    with Simulator(ORDERS) as simulator:
        yield simulator
        assert not simulator.errors


@pytest.fixture(scope="session")
def awx_specs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """Return the argument specs of awx.awx, by module, from the package ansible of the package index."""
    cache = ROOT / ".cache" / "awx"
    with cache.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers can do this at the same time
        if not cache.is_dir():
            folder = tmp_path_factory.mktemp("awx")
            constraints = str(ROOT / "tests" / "constraints.txt")
            command = ["-m", "pip", "download", "--quiet", "--no-deps", "--constraint", constraints, "ansible"]
            run(sys.executable, *command, cwd=folder)
            [wheel] = folder.glob("ansible-*.whl")
            with zipfile.ZipFile(wheel) as package:
                package.extractall(folder / "found", [name for name in package.namelist() if name.startswith(AWX)])
            shutil.move(folder / "found", cache)
    command = [sys.executable, read_specs.__file__, *MODULES.values()]
    printed = subprocess.check_output(command, env={**os.environ, "PYTHONPATH": str(cache)})
    specs: dict[str, t.Any] = json.loads(printed)
    return specs
