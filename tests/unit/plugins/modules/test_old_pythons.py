"""On a Python that is too old, a module fails with one sentence, as a result that Ansible can read."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._module import python

PLUGINS = Path(__file__).parents[4] / "plugins"
MODULES = sorted((PLUGINS / "modules").glob("*.py"))
# The files that an old Python reads before the check of its version.
READ_FIRST = [*MODULES, PLUGINS / "module_utils" / "_module" / "python.py"]
OLD = ("2.7", "3.6", "3.7", "3.8")
START = """
import sys
sys.path.insert(0, {path!r})
__import__("ansible_collections.certops.certcentral.plugins.modules.{module}", fromlist=["main"]).main()
"""


def find_interpreter(version: str) -> str:
    """Return the path of a Python with this version, including those of pyenv. If there is none, skip the test."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    check = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    for path in [*sorted(pyenv.glob(f"{version}.*/bin/python")), shutil.which(f"python{version}")]:
        if path and subprocess.run([path, "-c", check], check=False, capture_output=True).returncode == 0:
            return str(path)
    pytest.skip(f"there is no Python {version} here")


@pytest.mark.parametrize("version", OLD)
@pytest.mark.parametrize("module", [path.stem for path in MODULES])
def test_old_python_fails_with_one_sentence(module: str, version: str, tmp_path: Path) -> None:
    """Regression: on Python 3.8 the task ended with "'type' object is not subscriptable"."""
    interpreter = find_interpreter(version)
    # The files that are imported first, in the form in which Ansible sends them to a host.
    for path in READ_FIRST:
        copy = tmp_path / "ansible_collections" / "certops" / "certcentral" / path.relative_to(PLUGINS.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    for folder in [path for path in tmp_path.rglob("*") if path.is_dir()]:
        (folder / "__init__.py").touch()
    code = START.format(path=str(tmp_path), module=module)
    ended = subprocess.run([interpreter, "-B", "-c", code], check=False, capture_output=True, text=True, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (1, "")
    result = json.loads(ended.stdout)
    assert result.keys() == {"failed", "changed", "msg"} and result["failed"] is True and result["changed"] is False
    assert f"needs Python 3.9 or later and runs on Python {version}:" in result["msg"]
    assert "delegate_to: localhost" in result["msg"] and "\n" not in result["msg"]


@pytest.mark.parametrize("path", READ_FIRST, ids=lambda path: path.stem)
def test_files_that_are_read_first_have_no_grammar_that_python_2_lacks(path: Path) -> None:
    """Python 2.7 itself is not needed for this test. It uses the parser of the present Python."""
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 4))
    assert [ast.dump(node) for node in ast.walk(tree) if is_too_new(node)] == []
    assert path.read_bytes().isascii() or b"coding: utf-8" in path.read_bytes()[:100]


TOO_NEW = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.AsyncFunctionDef, ast.YieldFrom)


def is_too_new(node: ast.AST) -> bool:
    """Return whether a node is grammar that Python 2.7 lacks."""
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return any(alias.name not in ("absolute_import", "division", "print_function") for alias in node.names)
    # Each of these fields is empty if the node is one of Python 2.7: annotations, def f(*, a), raise from, class A(b=c).
    fields = ("returns", "annotation", "kwonlyargs", "cause") + ("keywords",) * isinstance(node, ast.ClassDef)
    return isinstance(node, TOO_NEW) or any(getattr(node, field, None) for field in fields)


def test_modules_import_only_one_file_before_the_check() -> None:
    """Old versions of Python would fail in another import at the top of a module, before the check."""
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        assert [getattr(node, "module", "") for node in imported] == ["module_utils._module.python"], path


def test_oldest_supported_python_and_this_one_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    python.check_python()
    monkeypatch.setattr(sys, "version_info", (*python.NEEDED, 0))
    python.check_python()
