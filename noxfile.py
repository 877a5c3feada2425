# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions behind the Makefile: each sets up what it needs in .cache and can be run alone."""

from __future__ import annotations

import ast
import configparser
import hashlib
import os
import re
import shutil
import sys
import tarfile
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path

import nox

ROOT = Path(__file__).parent
WORK = ROOT / ".cache"
COLLECTION = Path("ansible_collections", "certops", "certcentral")
# What a release consists of; galaxy.yml says what stays out.
SHIPPED = {
    "CHANGELOG.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "changelogs",
    "docs",
    "meta",
    "playbooks",
    "plugins",
    "tests",
}

# The folders of a release that it runs with; the rest is for people and for certification.
NEEDED = {"meta", "playbooks", "plugins", "roles"}

# The newest ansible-core whose controller runs on this Python. All else is pinned in tests/constraints.txt.
CORE = "2.19.14" if sys.version_info < (3, 12) else "2.21.5"
# The modules' oldest Python; below it ansible-test has nothing to check.
OLDEST_PYTHON = (3, 9)

RUN = ["-r", "tests/integration/requirements.txt"]
UNIT = ["-r", "tests/unit/requirements.txt"]
LINT = [*UNIT, "ansible-lint", "mypy", "nox", "ruff", "types-pyyaml", "types-requests"]
DOCS = [*UNIT, "antsibull-changelog", "antsibull-docs", "sphinx"]

nox.options.envdir = str(WORK / "envs")
nox.options.reuse_venv = "always"
nox.options.default_venv_backend = "virtualenv"  # uv, where there is one, would not read pip's settings
nox.options.error_on_external_run = True
nox.options.sessions = ["unit", "sanity", "integration", "lint", "docs", "build"]


def install(session: nox.Session, *requirements: str, core: str = CORE) -> None:
    """Install what is asked for, unless this environment has just that."""
    wanted = [f"ansible-core=={core}", "--constraint", "tests/constraints.txt", *requirements]
    files = [ROOT / word for word in wanted if word.endswith(".txt")]
    digest = hashlib.sha256("\n".join([*wanted, *(file.read_text() for file in files)]).encode()).hexdigest()
    stamp = Path(session.virtualenv.location, "installed")
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.unlink(missing_ok=True)
        session.install(*wanted)
        stamp.write_text(digest)


def link_tree() -> dict[str, str]:
    """The checkout where Python and Ansible look for collections; returns the variables that lead there."""
    link = WORK / "link" / COLLECTION
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT)
    return {"ANSIBLE_COLLECTIONS_PATH": str(WORK / "link"), "PYTHONPATH": str(WORK / "link")}


def copy_tree(session: nox.Session) -> Path:
    """What git has or would add, copied to where the tools want a collection; they leave their files there."""
    tree = WORK / "tree" / COLLECTION
    shutil.rmtree(tree, ignore_errors=True)
    listing = session.run(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", external=True, silent=True, log=False
    )
    for name in filter(None, str(listing).split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    # A repository of its own: in that of the checkout it is ignored, and tools that ask git would find nothing to check.
    session.run("git", "init", "--quiet", str(tree), external=True, log=False)
    return tree


def find_pythons(session: nox.Session) -> dict[str, str | None]:
    """The Pythons that this ansible-core supports, each with the folder of its interpreter, or None if there is none."""
    code = "from ansible_test._util.target.common import constants as c; " + (
        "print(*c.REMOTE_ONLY_PYTHON_VERSIONS, *c.CONTROLLER_PYTHON_VERSIONS)"
    )
    supported = str(session.run("python", "-c", code, silent=True, log=False)).split()
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    folders = [*os.get_exec_path(), *sorted(map(str, pyenv.glob("*/bin")), reverse=True)]
    found: dict[str, str | None] = {}
    for version in supported:
        if tuple(map(int, version.split("."))) >= OLDEST_PYTHON:
            found[version] = next((f for f in folders if is_python(session, Path(f, f"python{version}"))), None)
    return found


def is_python(session: nox.Session, path: Path) -> bool:
    """Whether it is one that can make environments. A shim of pyenv can be there and fail."""
    if not path.exists() or "shims" in path.parts:
        return False
    codes = range(256)
    result = session.run(
        str(path),
        "-c",
        "import ensurepip, venv; print('yes')",
        external=True,
        silent=True,
        log=False,
        success_codes=codes,
    )
    return str(result).strip() == "yes"


def make_home(session: nox.Session) -> Path:
    """A HOME for ansible-test, which hands on little of the environment: pip finds its settings and its start there.

    ansible-test starts pip in its own environments with a script from a download host, unless it finds that script here.
    """
    home = WORK / "home"
    settings = configparser.RawConfigParser()
    listed = str(session.run("pip", "config", "list", silent=True, log=False)).splitlines()
    # Those from the environment come last, for they win.
    for line in sorted(listed, key=lambda line: line.startswith(":env:")):
        name, value = line.split("=", 1)
        section, option = name.rsplit(".", 1)
        section = "global" if section == ":env:" else section
        if not settings.has_section(section):
            settings.add_section(section)
        settings.set(section, option, ast.literal_eval(value))
    configuration = home / ".config" / "pip" / "pip.conf"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.touch(mode=0o600)  # an index's address can hold a password
    with configuration.open("w") as file:
        settings.write(file)
    code = "from types import SimpleNamespace as S; from ansible_test._internal import python_requirements as p; " + (
        "print(p.get_venv_packages(S(version='3.12'))['pip'])"
    )
    pip = str(session.run("python", "-c", code, silent=True, log=False)).strip().replace(".", "_")
    script = home / ".ansible" / "test" / "cache" / f"get_pip_{pip}.py"
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / "tools" / "get_pip.py", script)
    return home


def ansible_test(session: nox.Session, *arguments: str, pythons: Iterable[str] = ()) -> None:
    """Run ansible-test on a copy of the tree; pythons: the folders of interpreters that it shall find."""
    home = make_home(session)
    path = os.pathsep.join([session.bin, *pythons, os.environ["PATH"]])
    session.chdir(copy_tree(session))
    session.run("ansible-test", *arguments, "--color=no", *session.posargs, env={"HOME": str(home), "PATH": path})


@nox.session
def unit(session: nox.Session, core: str = CORE) -> None:
    """Unit tests."""
    install(session, *UNIT, core=core)
    session.run("pytest", *(session.posargs or ["-n2", "tests/unit"]), env=link_tree())


@nox.session
def soak(session: nox.Session) -> None:
    """20,000 schedules of mishaps, other ones each day."""
    install(session, *UNIT)
    seed = f"--hypothesis-seed={datetime.now(timezone.utc):%Y%m%d}"
    arguments = ["-n2", "--hypothesis-profile=soak", seed, *session.posargs]
    session.run("pytest", *arguments, "tests/unit/plugins/modules/test_mishaps.py", env=link_tree())


@nox.session
def replay(session: nox.Session) -> None:
    """Play one schedule of mishaps again, and show what happens."""
    install(session, *UNIT)
    session.run(
        "python",
        "-m",
        "ansible_collections.certops.certcentral.tests.unit.mishaps.play",
        *session.posargs,
        env=link_tree(),
    )


@nox.session
def sanity(session: nox.Session, core: str = CORE) -> None:
    """ansible-test sanity."""
    install(session, core=core)
    pythons = find_pythons(session)
    missing = ", ".join(version for version, folder in pythons.items() if not folder) or "none"
    # tests/tools/steps.py shows this line.
    print(f"covers: Python {', '.join(version for version, folder in pythons.items() if folder)}; not found: {missing}")
    ansible_test(session, "sanity", pythons=filter(None, pythons.values()))


@nox.session
def integration(session: nox.Session, core: str = CORE) -> None:
    """ansible-test integration, against the simulator."""
    install(session, *RUN, core=core)
    ansible_test(session, "integration", "-v", "--local", "--no-temp-workdir")


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, mypy and ansible-lint."""
    install(session, *LINT)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    link = WORK / "link" / COLLECTION
    session.run("mypy", "noxfile.py", str(link / "plugins"), str(link / "tests"), env=link_tree())
    tree = copy_tree(session)
    # The playbooks of the guides are linted as if they were files.
    (tree / "playbooks").mkdir(exist_ok=True)
    session.run("python", "tests/tools/guides.py", str(tree / "playbooks"))
    session.chdir(tree)
    session.run("ansible-lint", env={"ANSIBLE_COLLECTIONS_PATH": str(tree.parents[2])})


@nox.session
def docs(session: nox.Session) -> None:
    """The changelog, the docs site in .cache/site/html, and what the docs say."""
    install(session, *DOCS)
    tree = copy_tree(session)
    session.chdir(tree)
    # antsibull-docs leaves a log in HOME.
    env = {"HOME": session.create_tmp(), "ANSIBLE_COLLECTIONS_PATH": str(tree.parents[2])}
    strict = ["--plugin-docs", "--validate-collection-refs=all", "--disallow-unknown-collection-refs"]
    session.run("antsibull-docs", "lint-collection-docs", *strict, "--check-extra-docs-refs", ".", env=env)
    session.run("antsibull-changelog", "lint")
    session.run("antsibull-changelog", "generate")
    session.run("diff", "CHANGELOG.md", str(ROOT / "CHANGELOG.md"), external=True)
    site = WORK / "site"
    shutil.rmtree(site, ignore_errors=True)
    source = site / "source"
    source.mkdir(mode=0o755, parents=True)  # antsibull-docs writes to no folder that others may write to
    whole = ["--use-current", "--squash-hierarchy", "--fail-on-error"]
    session.run("antsibull-docs", "collection", *whole, "--dest-dir", str(source), "certops.certcentral", env=env)
    for picture in Path("docs", "docsite", "rst").glob("*.svg"):
        shutil.copy(picture, source / "docsite")
    session.run(
        "sphinx-build",
        "--fail-on-warning",
        "--keep-going",
        "-q",
        "-c",
        "docs",
        str(source),
        str(site / "html"),
        env=env,
    )
    session.chdir(ROOT)
    session.run("pytest", "-n2", "tests/docs", env=link_tree())


@nox.session
def build(session: nox.Session) -> None:
    """Build the collection, import it as Galaxy would, play it as it is installed, and run it as AWX would."""
    install(session, *UNIT, "ansible-builder", "ansible-runner", "galaxy-importer")
    tree = copy_tree(session)
    built = WORK / "build"
    shutil.rmtree(built, ignore_errors=True)
    session.run("ansible-galaxy", "collection", "build", str(tree), "--output-path", str(built))
    [artifact] = built.glob("*.tar.gz")
    with tarfile.open(artifact) as archive:
        names = archive.getnames()
    tops = {name.split("/")[0] for name in names}
    if tops != SHIPPED:
        session.error(f"the collection has {sorted(tops - SHIPPED)} too many, and lacks {sorted(SHIPPED - tops)}")
    installed = built / "installed"
    session.run(
        "ansible-galaxy", "collection", "install", "--offline", str(artifact), "--collections-path", str(installed)
    )
    for path in (installed / COLLECTION).iterdir():
        if path.is_dir() and path.name not in NEEDED:
            shutil.rmtree(path)
    session.run("python", "tests/demo/play.py", str(installed), env=link_tree())
    session.chdir(built)
    output = session.run(
        "python",
        "-m",
        "galaxy_importer.main",
        artifact.name,
        silent=True,
        env={
            "GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "true",
            "GALAXY_IMPORTER_REQUIRE_V1_OR_GREATER": "true",
        },
    )
    print(output)
    # It succeeds whatever it finds.
    if "Importing" not in str(output) or re.search(r"^(WARNING|ERROR|CRITICAL)", str(output), re.MULTILINE):
        session.error("galaxy-importer has something to say")
    session.chdir(ROOT)
    session.run("pytest", "-n2", "tests/awx", env={**link_tree(), "ARTIFACT": str(artifact)})


@nox.session
def demo(session: nox.Session) -> None:
    """Play the collection against a simulated account."""
    install(session, *RUN)
    session.run("python", "tests/demo/play.py", *session.posargs, env=link_tree())


@nox.session
def bench(session: nox.Session) -> None:
    """Measure what the modules cost."""
    install(session, *RUN)
    session.run("python", "tests/benchmarks/run.py", *session.posargs, env=link_tree())
