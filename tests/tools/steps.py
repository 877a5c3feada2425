# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs nox sessions, with one line for each and the whole output of those that fail."""

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


def run(nox: str, step: str) -> bool:
    """Run one step and print how it went."""
    began = time.monotonic()
    # matrix(2.16.19, units) is matrix-2.16.19-units.log.
    log = LOGS / f"{re.sub(r'[^a-z0-9.]+', '-', step).strip('-')}.log"
    with log.open("w", encoding="utf-8") as file:
        code = subprocess.run(
            [nox, "--non-interactive", "--session", step],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NO_COLOR": "1"},
            check=False,
        ).returncode
    output = log.read_text(encoding="utf-8", errors="replace")
    words = [f"{step:<12}", f"{'FAILED' if code else 'ok':<6} {time.monotonic() - began:6.1f} s"]
    words += re.findall(r"^covers: (.*)", output, re.MULTILINE)
    # In one piece, for several may print.
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
    listing = [arguments.nox, "--list", "--json", "--session", *arguments.sessions]
    rows = json.loads(subprocess.run(listing, stdout=subprocess.PIPE, check=True).stdout)
    # As they were named: the longest come first, so that none is alone at the end.
    names = arguments.sessions
    rows.sort(key=lambda row: names.index(row["name" if row["name"] in names else "session"]))
    steps = [row["session"] for row in rows]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        passed = list(pool.map(lambda step: run(arguments.nox, step), steps))
    print(f"\n{passed.count(True)} passed, {passed.count(False)} failed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
