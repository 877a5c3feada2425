# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of the simulator."""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from . import log
from .arguments import DAEMON_SECONDS, make_parser, settings
from .server import Simulator


def write_file(path: str, text: str) -> None:
    """Write a file in one step, so that no other process reads half of it."""
    part = Path(f"{path}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def serve(args: argparse.Namespace, on_ready: int | None) -> None:
    """Run the simulator until a signal or ``--max-seconds`` ends it.

    :param on_ready: the pipe to write the URL to; None for standard output
    """
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *unused: ended.set())
    with Simulator(**settings(args)) as simulator:
        if args.log or (args.log is None and on_ready is None and sys.stderr.isatty()):
            simulator.on_response = log.write
        # The orders exist until the process ends, so the garbage collector does not have to check them.
        gc.collect()
        gc.freeze()
        if args.ready_file:
            ready = {
                "url": simulator.url,
                "control_url": simulator.control_url,
                "pid": os.getpid(),
                "ca_file": simulator.ca_file,
                "keys": [{"key": key, "access": access} for key, access in simulator.keys.items()],
            }
            write_file(args.ready_file, json.dumps(ready, indent=2) + "\n")
        if on_ready is None:
            print(simulator.url, flush=True)
        else:
            os.write(on_ready, simulator.url.encode())
            os.close(on_ready)
        ended.wait(args.max_seconds)


def run_as_daemon(args: argparse.Namespace) -> int:
    """Run the simulator in another process. Return as soon as it listens or has failed."""
    if args.max_seconds is None:
        args.max_seconds = DAEMON_SECONDS
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        with os.fdopen(reader) as pipe:
            url = pipe.read()
        if url:
            print(url, flush=True)
        return 0 if url else 1
    os.close(reader)
    os.setsid()
    # Close standard output, so that a caller that reads it to its end does not have to wait for the daemon. Errors at the start
    # are still written to standard error.
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    status = 1
    try:
        serve(args, writer)
        status = 0
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
    finally:
        os._exit(status)
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line."""
    args = make_parser().parse_args(argv)
    if args.daemon:
        return run_as_daemon(args)
    try:
        serve(args, None)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
