"""Make a release in a clone of the checkout. If all steps succeed, the commit and the tag are added to the checkout.

python tests/tools/release.py VERSION [--dry-run]
python tests/tools/release.py --build TREE FOLDER

With --build, only build the collection in TREE, install it into FOLDER/installed, and run the demo with it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = Path("ansible_collections", "certops", "certcentral")
# The files that contain the version. ansible-galaxy reads the first, and the modules send the second to the API. A unit test compares
# them.
PLACES = {"galaxy.yml": "version: {}", "plugins/module_utils/_http/transport.py": 'VERSION = "{}"'}
# The folders of a release that playbooks need. The other folders are for people and for certification.
NEEDED = {"extensions", "meta", "playbooks", "plugins", "roles"}


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a command and return its output. Errors are shown on the screen and end the release."""
    environment = {**os.environ, **variables}
    words = [*map(str, command)]
    return subprocess.run(words, cwd=cwd, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def read_version(root: Path) -> str:
    """Return the version in galaxy.yml."""
    [version] = re.findall(r"^version: (.+)$", (root / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    return str(version)


def find_obstacle(root: Path, version: str) -> str:
    """Return the reason why a version cannot be released from this checkout, or an empty string."""
    now = read_version(root)
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        return f"{version} is not a version: it needs three numbers with dots between them"
    if as_numbers(version) < as_numbers(now):
        return f"{version} is older than {now}, the version in galaxy.yml"
    if run("git", "tag", "--list", version, cwd=root):
        return f"{version} was released before: there is a tag for it"
    if run("git", "branch", "--show-current", cwd=root).strip() != "main":
        return "releases are made on the branch main"
    if changes := run("git", "status", "--porcelain", cwd=root):
        return f"commit or remove these first:\n{changes}"
    if version != now and not [*root.glob("changelogs/fragments/*.yml")]:
        return "changelogs/fragments is empty: add a fragment that describes the changes since the last release"
    return ""


def as_numbers(version: str) -> tuple[int, ...]:
    """Return a version in a form that can be compared."""
    return tuple(map(int, version.split(".")))


def set_version(tree: Path, version: str) -> None:
    """Write the version to all files that contain it."""
    for name, line in PLACES.items():
        text = (tree / name).read_text(encoding="utf-8")
        before, after = map(re.escape, line.split("{}"))
        pattern = f'^{before}[^"\\n]+{after}$'
        text, count = re.subn(pattern, line.format(version), text, flags=re.MULTILINE)
        if count != 1:
            sys.exit(f"{name} has no line {line.format('...')}, or several")
        (tree / name).write_text(text, encoding="utf-8")


def write_changelog(tree: Path, version: str) -> None:
    """Move the fragments into the changelog."""
    known = f"\n  {version}:\n" in (tree / "changelogs" / "changelog.yaml").read_text(encoding="utf-8")
    again = ["--update-existing", "--refresh-plugins", "prevent-removal"] if known else []
    run("antsibull-changelog", "release", "--reload-plugins", *again, cwd=tree)


def build(tree: Path, folder: Path) -> Path:
    """Build the collection, install it into an empty path, and run the demo with only the folders that playbooks need."""
    shutil.rmtree(folder, ignore_errors=True)
    run("ansible-galaxy", "collection", "build", tree, "--output-path", folder, cwd=tree)
    [artifact] = folder.glob("*.tar.gz")
    installed = folder / "installed"
    install = (*("ansible-galaxy", "collection", "install", "--offline"), artifact, "--collections-path", installed)
    # If ansible-galaxy found the checkout, it would install nothing.
    run(*install, cwd=folder, ANSIBLE_COLLECTIONS_PATH=str(installed), PYTHONPATH="")
    for path in (installed / COLLECTION).iterdir():
        if path.is_dir() and path.name not in NEEDED:
            shutil.rmtree(path)
    print(run(sys.executable, tree / "tests" / "demo" / "play.py", installed, cwd=tree))
    return artifact


def release(root: Path, version: str, *, dry_run: bool) -> None:
    """Make a release. In a dry run, do only the steps that do not change the checkout."""
    work = root / ".cache" / "release"
    shutil.rmtree(work, ignore_errors=True)
    tree = work / "tree" / COLLECTION
    run("git", "clone", "--quiet", root, tree, cwd=root)
    set_version(tree, version)
    write_changelog(tree, version)
    artifact = build(tree, work / "build")
    run("git", "add", "--all", cwd=tree)
    print(run("git", "diff", "--cached", "--stat", cwd=tree))
    if dry_run:
        print(f"{artifact} would be released. Nothing changed in the checkout.")
        return
    # The author may be set only in the checkout.
    who = [f"user.{name}={run('git', 'config', f'user.{name}', cwd=root).strip()}" for name in ("name", "email")]
    git = ["git", "-c", who[0], "-c", who[1]]
    run(*git, "commit", "--quiet", "--allow-empty", "--message", f"Release {version}", cwd=tree)
    run(*git, "tag", "--annotate", version, "--message", version, cwd=tree)
    run("git", "pull", "--quiet", "--ff-only", tree, "main", cwd=root)
    run("git", "fetch", "--quiet", tree, "tag", version, cwd=root)
    print(f"Released {version}. Now run: git push origin main {version}; ansible-galaxy collection publish {artifact}")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", nargs="?", default="")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--build", nargs=2, type=Path, metavar=("TREE", "FOLDER"))
    arguments = parser.parse_args()
    if arguments.build:
        build(*arguments.build)
    elif obstacle := find_obstacle(ROOT, arguments.version):
        sys.exit(f"No release: {obstacle}")
    else:
        release(ROOT, arguments.version, dry_run=arguments.dry_run)


if __name__ == "__main__":
    main()
