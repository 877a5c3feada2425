# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs nox sessions one after the other, with one line for each and the whole output of those that fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

LOGS = Path(".cache", "logs")


def run(nox: str, step: str) -> bool:
    """Run one step and print how it went."""
    print(f"{step:<12}", end=" ", flush=True)
    began = time.monotonic()
    log = LOGS / f"{step}.log"
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
    covers = re.findall(r"^covers: (.*)", output, re.MULTILINE)
    print(f"{'FAILED' if code else 'ok':<6} {time.monotonic() - began:6.1f} s", *covers, sep="  ", flush=True)
    if code:
        print(f"\n{output}\n", flush=True)
    return code == 0


def main() -> int:
    """Run the steps named on the command line, after nox."""
    nox, *steps = sys.argv[1:]
    LOGS.mkdir(parents=True, exist_ok=True)
    passed = [run(nox, step) for step in steps]
    print(f"\n{passed.count(True)} passed, {passed.count(False)} failed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
