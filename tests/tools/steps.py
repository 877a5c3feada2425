"""Run nox sessions. Every 25 seconds, a line says which sessions are running.

The output of a single session is shown on the screen. For several sessions, each one has a line at its end, and only the output of failed
sessions is shown.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
import typing as t
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

LOGS = Path(".cache", "logs")
# A session installs its requirements again only if one of these files changed since it last passed, because that takes seconds.
PINS = [Path(name) for name in ("noxfile.py", "antsibull-nox.toml", "tests/constraints.txt")]
PINS += Path("tests").glob("*/requirements.txt")
# How often a line says what is running, in seconds.
INTERVAL = 25.0


class Running:
    """The sessions that are running, and the time when each began."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.began: dict[str, float] = {}
        self.done = 0
        self._lock = threading.Lock()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count a session as running while the block runs."""
        with self._lock:
            self.began[name] = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                del self.began[name]
                self.done += 1

    def describe(self) -> str:
        """Return one line, for example ``... 3 of 12 done, running: unit (75 s), sanity (12 s)``."""
        with self._lock:
            now = time.monotonic()
            steps = ", ".join(f"{name} ({now - began:.0f} s)" for name, began in self.began.items())
            return f"... {self.done} of {self.total} done, running: {steps}"


@contextmanager
def announced(running: Running) -> Iterator[None]:
    """Print the sessions that are running, every INTERVAL seconds while the block runs."""
    ended = threading.Event()

    def announce() -> None:
        while not ended.wait(INTERVAL):
            # A single session writes to the same screen, and may be in the middle of a line.
            print("\n" * (running.total == 1) + running.describe(), flush=True)

    thread = threading.Thread(target=announce, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def slug(step: str) -> str:
    """Return a name for files: ``matrix(2.16.19, units)`` becomes ``matrix-2.16.19-units``."""
    return re.sub(r"[^a-z0-9.]+", "-", step).strip("-")


def execute(nox: str, step: str, **streams: t.Any) -> bool:
    """Run a session with the streams that subprocess takes. Return whether it passed, and remember when it last did."""
    passed = Path(".cache", "envs", f"{slug(step)}.passed")
    fresh = passed.exists() and passed.stat().st_mtime > max(path.stat().st_mtime for path in PINS)
    line = [nox, "--non-interactive", *["--no-install"] * fresh, "--session", step]
    if subprocess.run(line, check=False, **streams).returncode:
        return False
    passed.touch()
    return True


def run(nox: str, step: str) -> bool:
    """Run one of several sessions, and print its result. Return whether it passed."""
    began = time.monotonic()
    log = LOGS / f"{slug(step)}.log"
    streams = {"stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "env": {**os.environ, "NO_COLOR": "1"}}
    with log.open("w", encoding="utf-8") as file:
        is_good = execute(nox, step, stdout=file, **streams)
    output = log.read_text(encoding="utf-8", errors="replace")
    words = [f"{step:<13}", f"{'ok' if is_good else 'FAILED':<6} {time.monotonic() - began:6.1f} s"]
    words += re.findall(r"^covers: (.*)", output, re.MULTILINE)
    # Print in one piece, because other threads may print at the same time.
    print("  ".join(words) + ("" if is_good else f"\n\n{output}\n"), flush=True)
    return is_good


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
    # Keep the given sequence, in which the longest steps come first. nox also lists sessions that others require.
    steps = [row["session"] for name in arguments.sessions for row in rows if name in (row["name"], row["session"])]
    print(f"{len(steps)} steps, {arguments.jobs} at a time: {', '.join(steps)}", flush=True)
    running = Running(len(steps))

    def run_step(step: str) -> bool:
        with running.step(step):
            return (execute if len(steps) == 1 else run)(arguments.nox, step)

    with announced(running), ThreadPoolExecutor(arguments.jobs) as pool:
        passed = list(pool.map(run_step, steps))
    print(f"\n{passed.count(True)} passed, {passed.count(False)} failed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
