"""The command line of the simulator."""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import yaml

from .arguments import make_parser, settings
from .server import Simulator
from .state import Record


def make_line(record: Record, now: datetime) -> str:
    """Return the line of the log for a request whose response is ready.

    For example: ``12:00:01 PUT /services/v2/order/certificate/1234567/status -> 204, the order was changed``. The line has no
    headers, so it does not show the key. Unprintable characters are escaped.
    """
    query = "&".join(f"{name}={value}" for name, value in record["query"])
    target = record["path"] + (f"?{query}" if query else "")
    response = "no response" if record["status"] is None else str(record["status"])
    notes = ["the order was changed"] if record["effective"] else []
    if record["fault"]:
        notes.append(f"fault {record['fault']}")
    text = f"{now:%H:%M:%S} {record['method']} {target} -> {', '.join([response, *notes])}"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def log(record: Record) -> None:
    """Write the line for a request to standard error. If standard error is closed, the line is lost."""
    with contextlib.suppress(OSError, ValueError):
        print(make_line(record, datetime.now().astimezone()), file=sys.stderr, flush=True)


def write_ready_file(path: str, simulator: Simulator) -> None:
    """Write the file of ``--ready-file`` in one step, so that no other process reads half of it."""
    ready = {
        "url": simulator.url,
        "control_url": simulator.control_url,
        "pid": os.getpid(),
        "ca_file": simulator.ca_file,
        "keys": [{"key": key, "access": access} for key, access in simulator.keys.items()],
    }
    part = Path(f"{path}.{os.getpid()}.part")
    part.write_text(json.dumps(ready, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def serve(args: argparse.Namespace) -> None:
    """Run the simulator until a signal ends it."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *unused: ended.set())
    with Simulator(**settings(args)) as simulator:
        if args.log or (args.log is None and sys.stderr.isatty()):
            simulator.on_response = log
        # The orders exist until the process ends, so the garbage collector does not have to check them.
        gc.collect()
        gc.freeze()
        if args.ready_file:
            write_ready_file(args.ready_file, simulator)
        print(simulator.url, flush=True)
        ended.wait()


def main(argv: Sequence[str] | None = None) -> int:
    try:
        serve(make_parser().parse_args(argv))
    except (OSError, TypeError, ValueError, yaml.YAMLError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
