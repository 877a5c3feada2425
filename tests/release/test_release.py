"""The script behind make release, in a copy of this repository whose demo only checks the installed files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = """\
import pathlib, sys
collection = pathlib.Path(sys.argv[1], "ansible_collections", "certops", "certcentral")
assert (collection / "plugins").is_dir() and not (collection / "docs").exists()
print("the demo ran")
"""
FRAGMENT = "minor_changes:\n  - digicert_order_info - an example of a change.\n"


def git(repository: Path, *arguments: str) -> str:
    return subprocess.check_output(["git", *arguments], cwd=repository, text=True).strip()


def state(repository: Path) -> list[str]:
    return [git(repository, *command.split()) for command in ("rev-parse HEAD", "tag --list", "status --porcelain")]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a copy of the repository with a changelog fragment that has not been released."""
    copy = tmp_path / "repository"
    for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name, follow_symlinks=False)
    (copy / "tests" / "demo" / "play.py").write_text(DEMO)
    (copy / "changelogs" / "fragments").mkdir(exist_ok=True)
    (copy / "changelogs" / "fragments" / "1-example.yml").write_text(FRAGMENT)
    git(copy, "init", "--quiet", "--initial-branch=main")
    git(copy, "config", "user.name", "A maintainer")
    git(copy, "config", "user.email", "maintainer@example.com")
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message", "All files")
    return copy


def release(repository: Path, *arguments: str) -> tuple[int, str]:
    """Return the exit code and the output of the script."""
    command = [sys.executable, str(repository / "tests" / "tools" / "release.py"), *arguments]
    pipes: dict[str, t.Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    ran = subprocess.run(command, cwd=repository, text=True, check=False, **pipes)
    return ran.returncode, str(ran.stdout)


def check_refused(repository: Path, version: str, says: str) -> None:
    code, output = release(repository, version)
    assert code == 1 and says in output, output


def read_artifact(repository: Path, version: str) -> dict[str, str]:
    """Return the contents of some files in the tarball, by name."""
    artifact = repository / ".cache" / "release" / "build" / f"certops-certcentral-{version}.tar.gz"
    with tarfile.open(artifact) as archive:
        files = {member.name: archive.extractfile(member) for member in archive if member.name in NAMES}
        return {name: file.read().decode() for name, file in files.items() if file}


NAMES = {"MANIFEST.json", "CHANGELOG.md", "plugins/module_utils/_http/transport.py"}


def test_dry_run_does_not_change_the_checkout(repository: Path) -> None:
    """This also covers a version that is already in the changelog: 1.0.0."""
    before = state(repository)
    code, output = release(repository, "1.0.0", "--dry-run")
    assert code == 0 and "the demo ran" in output and "Nothing changed in the checkout" in output, output
    assert state(repository) == before
    assert "an example of a change" in read_artifact(repository, "1.0.0")["CHANGELOG.md"].replace("\\", "")


def test_release_is_a_commit_and_a_tag(repository: Path) -> None:
    before = git(repository, "rev-parse", "HEAD")
    code, output = release(repository, "1.1.0")
    assert code == 0, output
    assert git(repository, "log", "--format=%s %an", f"{before}..main") == "Release 1.1.0 A maintainer"
    assert git(repository, "rev-parse", "1.1.0^{commit}") == git(repository, "rev-parse", "HEAD")
    assert git(repository, "status", "--porcelain") == ""
    changed = git(repository, "diff", "--name-only", before).splitlines()
    described = ["CHANGELOG.md", "changelogs/changelog.yaml", "changelogs/fragments/1-example.yml"]
    assert changed == [*described, "galaxy.yml", "plugins/module_utils/_http/transport.py"]
    texts = read_artifact(repository, "1.1.0")
    assert json.loads(texts["MANIFEST.json"])["collection_info"]["version"] == "1.1.0"
    assert 'VERSION = "1.1.0"' in texts["plugins/module_utils/_http/transport.py"]
    assert "an example of a change" in texts["CHANGELOG.md"].replace("\\", "")
    check_refused(repository, "1.1.0", "1.1.0 was released before")


def test_demo_that_fails_stops_the_release(repository: Path) -> None:
    (repository / "tests" / "demo" / "play.py").write_text("raise SystemExit('it does not work')\n")
    git(repository, "commit", "--quiet", "--all", "--message", "Break the demo")
    before = state(repository)
    code, output = release(repository, "1.1.0")
    assert code != 0 and "it does not work" in output
    assert state(repository) == before


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("", "is not a version"),
        ("1.1", "1.1 is not a version"),
        ("v1.1.0", "v1.1.0 is not a version"),
        ("0.9.0", "0.9.0 is older than 1.0.0"),
    ],
)
def test_wrong_versions_are_refused(version: str, says: str, repository: Path) -> None:
    check_refused(repository, version, says)


def test_changes_that_are_not_committed_or_not_described_are_refused(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "other")
    check_refused(repository, "1.1.0", "on the branch main")
    git(repository, "checkout", "--quiet", "main")
    git(repository, "rm", "--quiet", "changelogs/fragments/1-example.yml")
    check_refused(repository, "1.1.0", "commit or remove these first")
    git(repository, "commit", "--quiet", "--message", "Describe nothing")
    check_refused(repository, "1.1.0", "changelogs/fragments is empty")
