"""The examples of CONTRIBUTING are tests that pass, and its commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from ansible_collections.certops.certcentral.tests.tools.guides import ROOT, find_blocks

PAGE = ROOT / "CONTRIBUTING.md"
FIXTURES = "ansible_collections.certops.certcentral.tests.unit.conftest"


def test_examples_of_tests_pass(tmp_path: Path) -> None:
    examples = [block for dummy, block in find_blocks(PAGE, "python")]
    for number, example in enumerate(examples):
        (tmp_path / f"test_example_{number}.py").write_text(example, encoding="utf-8")
    options = ["-q", "-p", FIXTURES, "-p", "no:cacheprovider", "--import-mode=importlib"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{len(examples)} passed" in result.stdout, result.stdout


def test_make_commands_that_the_docs_name_exist() -> None:
    makefile, *pages = ((ROOT / name).read_text("utf-8") for name in ("Makefile", "CONTRIBUTING.md", "README.md"))
    named = set(re.findall(r"`make ([a-z]+)", "".join(pages)))
    assert len(named) > 8 and named <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
