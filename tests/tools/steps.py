# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs nox sessions: one with its output on the screen, several with one line for each and the output of those that fail."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LOGS = Path(".cache", "logs")
# A session installs again only when one of these changed since it last passed: asking pip each time takes seconds.
PINS = [Path(name) for name in ("noxfile.py", "antsibull-nox.toml", "tests/constraints.txt")]
PINS += Path("tests").glob("*/requirements.txt")


def slug(step: str) -> str:
    """matrix(2.16.19, units) is matrix-2.16.19-units."""
    return re.sub(r"[^a-z0-9.]+", "-", step).strip("-")


def command(nox: str, step: str) -> tuple[list[str], Path]:
    """The command of a session, and the file that remembers when it last passed."""
    passed = Path(".cache", "envs", f"{slug(step)}.passed")
    fresh = passed.exists() and passed.stat().st_mtime > max(path.stat().st_mtime for path in PINS)
    return [nox, "--non-interactive", *["--no-install"] * fresh, "--session", step], passed


def show(nox: str, step: str) -> bool:
    """Run the only session, with its output on the screen."""
    line, passed = command(nox, step)
    code = subprocess.run(line, check=False).returncode
    if code == 0:
        passed.touch()
    return code == 0


def run(nox: str, step: str) -> bool:
    """Run one of several sessions and print how it went."""
    began = time.monotonic()
    line, passed = command(nox, step)
    log = LOGS / f"{slug(step)}.log"
    with log.open("w", encoding="utf-8") as file:
        code = subprocess.run(
            line,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NO_COLOR": "1"},
            check=False,
        ).returncode
    if code == 0:
        passed.touch()
    output = log.read_text(encoding="utf-8", errors="replace")
    words = [f"{step:<13}", f"{'FAILED' if code else 'ok':<6} {time.monotonic() - began:6.1f} s"]
    words += re.findall(r"^covers: (.*)", output, re.MULTILINE)
    # In one piece, because several may print.
    print("  ".join(words) + (f"\n\n{output}\n" if code else ""), flush=True)
    return code == 0


def main() -> int:
    """Run the sessions named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1, help="how many run at the same time")
    parser.add_argument("nox")
    parser.add_argument("sessions", nargs="+", help="one with parameters stands for all of them")
    arguments = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    Path(".cache", "envs").mkdir(exist_ok=True)
    listing = [arguments.nox, "--list", "--json", "--session", *arguments.sessions]
    rows = json.loads(subprocess.run(listing, stdout=subprocess.PIPE, check=True).stdout)
    # As they were named: the longest come first, so that none is alone at the end. What they require is listed too.
    steps = [row["session"] for name in arguments.sessions for row in rows if name in (row["name"], row["session"])]
    if len(steps) == 1:
        return 0 if show(arguments.nox, steps[0]) else 1
    with ThreadPoolExecutor(arguments.jobs) as pool:
        passed = list(pool.map(lambda step: run(arguments.nox, step), steps))
    print(f"\n{passed.count(True)} passed, {passed.count(False)} failed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
