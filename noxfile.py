# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions behind the Makefile: each sets up what it needs in .cache and can be run alone."""

from __future__ import annotations

import ast
import configparser
import fcntl
import functools
import hashlib
import os
import re
import shutil
import sys
import tarfile
from collections.abc import Callable, Iterable
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
# What make matrix plays on, and the Pythons that each one's controller can run on.
CORES = {
    "2.16.19": ("3.10", "3.11", "3.12"),
    "2.18.19": ("3.11", "3.12", "3.13"),
    "2.19.14": ("3.11", "3.12", "3.13"),
    "2.20.10": ("3.12", "3.13", "3.14"),
    "2.21.5": ("3.12", "3.13", "3.14"),
    "2.22.0rc1": ("3.13", "3.14", "3.15"),
}
# The modules' oldest Python; below it ansible-test has nothing to check.
OLDEST_PYTHON = (3, 9)
# Sanity tests that a core cannot do everywhere: 2.22.0rc1 takes a part of its pylint from a source host, in place of an index.
NOT_ON_AN_INDEX = {"2.22.0rc1": "pylint"}
# The unit tests of what a target host runs, and those that the matrix plays on each Python.
MODULES = ["tests/unit/plugins/modules", "tests/unit/plugins/module_utils"]
SOME = [f"{MODULES[0]}/{name}" for name in ("test_digicert_order_status.py", "test_mishaps.py")]
# The integration targets that the matrix plays with all Pythons in turn, from core to core another one; those that call
# ansible-playbook themselves, so that the modules' Python must not be one of the controller's; and those of them that it plays
# on the oldest and the newest core alone. All others have rows that the unit tests play as well.
IN_TURN = ["order_statuses", "order_status_options", "connection_options"]
WITH_PLAYBOOKS = ["cancel_stale_pending_orders"]
AT_THE_ENDS = ["api_key", "mark_renewed_migrated_orders"]

# pyenv's shims are found and fail for Pythons that it has not selected, so the folders of the real ones take their place.
PATH = [Path(folder) for folder in os.get_exec_path()]
PYENV = [Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")]
PYENV += [folder.parent for folder in PATH if folder.name == "shims"]
FOLDERS = [folder for folder in PATH if folder.name != "shims"]
FOLDERS += [folder for root in PYENV for folder in sorted(root.glob("versions/*/bin"), reverse=True)]
os.environ["PATH"] = os.pathsep.join(map(str, FOLDERS))

RUN = ["-r", "tests/integration/requirements.txt"]
UNIT = ["-r", "tests/unit/requirements.txt"]
LINT = [*UNIT, "ansible-lint", "mypy", "nox", "ruff", "types-pyyaml", "types-requests"]
DOCS = [*UNIT, "antsibull-changelog", "antsibull-docs", "sphinx", "sphinx-ansible-theme"]

nox.options.envdir = str(WORK / "envs")
nox.options.reuse_venv = "always"
nox.options.default_venv_backend = "virtualenv"  # uv, where there is one, would not read pip's settings
nox.options.error_on_external_run = True
nox.options.error_on_missing_interpreters = True
nox.options.download_python = "never"
nox.options.sessions = ["unit", "sanity", "integration", "lint", "docs", "build"]


def install(session: nox.Session, *requirements: str, core: str = CORE) -> None:
    """Install this ansible-core and what is asked for into the session's environment."""
    fill(Path(session.virtualenv.location), [f"ansible-core=={core}", *requirements], session.install)


def fill(environment: Path, requirements: list[str], pip_install: Callable[..., object]) -> None:
    """Install what is asked for, unless this environment has just that."""
    wanted = [*requirements, "--constraint", "tests/constraints.txt"]
    files = [ROOT / word for word in wanted if word.endswith(".txt")]
    digest = hashlib.sha256("\n".join([*wanted, *(file.read_text() for file in files)]).encode()).hexdigest()
    stamp = environment / "installed"
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.unlink(missing_ok=True)
        pip_install(*wanted)
        stamp.write_text(digest)


def link_tree() -> dict[str, str]:
    """The checkout where Python and Ansible look for collections; returns the variables that lead there."""
    link = WORK / "link" / COLLECTION
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT)
    return {"ANSIBLE_COLLECTIONS_PATH": str(WORK / "link"), "PYTHONPATH": str(WORK / "link")}


def own_folder(session: nox.Session) -> Path:
    """The session's own folder, for sessions of the matrix run at the same time."""
    return WORK / "sessions" / Path(session.virtualenv.location).name


def copy_tree(session: nox.Session) -> Path:
    """What git has or would add, copied to where the tools want a collection; they leave their files there."""
    tree = own_folder(session) / COLLECTION
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


def find_pythons(session: nox.Session) -> dict[str, Path]:
    """The interpreters found of those that this ansible-core supports, by version; the output names the others too."""
    code = "from ansible_test._util.target.common import constants as c; " + (
        "print(*c.REMOTE_ONLY_PYTHON_VERSIONS, *c.CONTROLLER_PYTHON_VERSIONS)"
    )
    supported = str(session.run("python", "-c", code, silent=True, log=False)).split()
    supported = [version for version in supported if as_numbers(version) >= OLDEST_PYTHON]
    found: dict[str, Path] = {}
    for version in supported:
        paths = (folder / f"python{version}" for folder in FOLDERS)
        if path := next((path for path in paths if is_python(session, path)), None):
            found[version] = path
    missing = [version for version in supported if version not in found]
    # tests/tools/steps.py shows this line.
    print(f"covers: Python {', '.join(found)}; not found: {', '.join(missing) or 'none'}")
    return found


def as_numbers(version: str) -> tuple[int, ...]:
    """A version, to be compared with others."""
    return tuple(map(int, version.split(".")[:2]))


def is_python(session: nox.Session, path: Path) -> bool:
    """Whether it is one that can make environments."""
    if not path.exists():
        return False
    result = session.run(
        str(path),
        "-c",
        "import ensurepip, venv; print('yes')",
        external=True,
        silent=True,
        log=False,
        success_codes=range(256),
    )
    return str(result).strip() == "yes"


def make_python(session: nox.Session, version: str, path: Path) -> Path:
    """A Python with what unit tests and modules need, but no ansible-core: all of the matrix use it."""
    environment = WORK / "envs" / f"python-{version}"
    python = environment / "bin" / f"python{version}"
    with Path(f"{environment}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not python.exists():
            session.run(str(path), "-m", "venv", "--clear", str(environment), external=True)
        pip_install = functools.partial(session.run, str(python), "-m", "pip", "install", "--quiet", external=True)
        fill(environment, [*UNIT, *RUN], pip_install)
    return python


def make_home(session: nox.Session) -> Path:
    """A HOME for ansible-test, which hands on little of the environment: pip finds its settings and its start there.

    ansible-test starts pip in its own environments with a script from a download host, unless it finds that script here.
    """
    home = own_folder(session) / "home"
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


def ansible_test(session: nox.Session, *arguments: str, pythons: Iterable[Path] = ()) -> None:
    """Run ansible-test on a copy of the tree; pythons: interpreters that it shall find."""
    home = make_home(session)
    path = os.pathsep.join([session.bin, *(str(python.parent) for python in pythons), os.environ["PATH"]])
    session.chdir(copy_tree(session))
    session.run("ansible-test", *arguments, "--color=no", *session.posargs, env={"HOME": str(home), "PATH": path})


@nox.session
def unit(session: nox.Session) -> None:
    """Unit tests."""
    install(session, *UNIT)
    session.run("pytest", *(session.posargs or ["-n4", "tests/unit"]), env=link_tree())


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
    left_out = NOT_ON_AN_INDEX.get(core)
    print(f"covers: all but {left_out}" if left_out else "covers: all")
    skip = ["--skip-test", left_out] if left_out else []
    ansible_test(session, "sanity", *skip, pythons=find_pythons(session).values())


@nox.session
def integration(session: nox.Session) -> None:
    """ansible-test integration, against the simulator."""
    install(session, *RUN)
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
    env = {"HOME": session.create_tmp()}
    strict = ["--plugin-docs", "--validate-collection-refs=all", "--disallow-unknown-collection-refs"]
    # It lints a copy. If it found the tree as well, it would take random names of folders into the pages that it checks.
    session.run("antsibull-docs", "lint-collection-docs", *strict, "--check-extra-docs-refs", ".", env=env)
    env["ANSIBLE_COLLECTIONS_PATH"] = str(tree.parents[2])
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


def is_end(value: str, values: Iterable[str]) -> bool:
    """Whether it is the oldest or the newest version."""
    ordered = sorted(values, key=as_numbers)
    return value in (ordered[0], ordered[-1])


def units_everywhere(session: nox.Session, core: str) -> None:
    """Some unit tests on each Python of this ansible-core; all on the oldest and the newest of the oldest and the newest core.

    Where its controller does not run, all are those of what modules consist of.
    """
    install(session, core=core)
    library = own_folder(session) / "library"
    library.mkdir(parents=True, exist_ok=True)
    link = library / "ansible"
    if not link.is_symlink():
        code = "import ansible, os; print(os.path.dirname(ansible.__file__))"
        link.symlink_to(str(session.run("python", "-c", code, silent=True, log=False)).strip())
    env = link_tree()
    env["PYTHONPATH"] += os.pathsep + str(library)
    cache = ["-o", f"cache_dir={own_folder(session) / 'pytest'}"]  # others run at the same time
    pythons = find_pythons(session)
    print(f"covers: {', '.join(map(os.path.basename, SOME))}{'; all on the first and the last' * is_end(core, CORES)}")
    for version, path in pythons.items():
        python = make_python(session, version, path)
        parts = ["tests/unit"] if version in CORES[core] else MODULES
        parts = parts if is_end(core, CORES) and is_end(version, pythons) else SOME
        arguments = [*(session.posargs or ["-n4", "-m", "not exhaustive", "--hypothesis-profile=few"]), *parts]
        session.run(str(python), "-m", "pytest", *cache, *arguments, env=env, external=True)


def integration_everywhere(session: nox.Session, core: str) -> None:
    """Integration tests on this ansible-core, with the modules on each of its Pythons."""
    install(session, *RUN, core=core)
    pythons = find_pythons(session)
    first = [*WITH_PLAYBOOKS, *(AT_THE_ENDS if is_end(core, CORES) else [])]
    turn = list(CORES).index(core)
    chosen = [first, *([IN_TURN[number % len(IN_TURN)]] for number in range(turn, turn + len(pythons) - 1))]
    plays = [f"{', '.join(targets)} on {version}" for version, targets in zip(pythons, chosen, strict=True)]
    print(f"covers: {'; '.join(plays)}; without what is tagged long")
    for (version, path), targets in zip(pythons.items(), chosen, strict=True):
        python = make_python(session, version, path)
        arguments = ["-v", "--local", "--no-temp-workdir", "--python", version, "--skip-tags", "long"]
        ansible_test(session, "integration", *arguments, *([] if session.posargs else targets), pythons=[python])
        session.chdir(ROOT)


KINDS: dict[str, Callable[[nox.Session, str], None]] = {
    "integration": integration_everywhere,
    "units": units_everywhere,
    "sanity": sanity,
}


def oldest(pythons: Iterable[str]) -> str:
    """The first that is there. If there is none, the session fails and says so."""
    first, *others = pythons
    return next((python for python in (first, *others) if shutil.which(f"python{python}")), first)


@nox.session
@nox.parametrize("kind", [nox.param(kind, id=kind) for kind in KINDS])
@nox.parametrize("python,core", [nox.param(oldest(pythons), core, id=core) for core, pythons in CORES.items()])
def matrix(session: nox.Session, kind: str, core: str) -> None:
    """One kind of test on one ansible-core and its Pythons."""
    KINDS[kind](session, core)
