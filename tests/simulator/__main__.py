# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator from the command line."""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import faults, limits, quirks
from .server import CERTIFICATES, Simulator, is_loopback
from .state import load_account

DAEMON_SECONDS = 3600.0
EPILOG = """\
An account file is YAML with any of:
  keys: [{key: ..., access: full|view_only|no_orders}]
  orders: [{id: 1, status: pending, certificate: {common_name: a.example.com}, migrated: true, valid_in_days: 30,
            created_days_ago: 300}]
  generate: [{count: 2000, first_id: 1000, status: issued, certificate: {common_name: "host{n}.example.com"},
              cycle: {valid_in_days: [10, 400]}}]
  quirks: {repeat_change: noop}
  rate_limits: [[100, 5], [1000, 180]]

An order has any field of order info, and of rows: price, duplicates_count, reissues_count. Beside them: migrated;
valid_in_days, valid_from_days_ago (its certificate), order_valid_in_days, created_days_ago, status_changed_seconds_ago;
reissues (certificates of the reissue route); omit, omit_in_rows (fields that order info and rows leave out, as
certificate.valid_till).

Control, JSON in the same words, under URL/_control: GET health; GET, DELETE requests; GET changes; GET, POST orders;
GET, PATCH, DELETE orders/ID (PATCH: somebody else changes it); GET, POST, DELETE faults; GET, PUT quirks;
GET, PUT rate_limits; POST reset.

Quirks, with their defaults:
{quirks}

Faults, with their parameters (SHAPES: {shapes}):
{faults}
"""


def loopback(value: str) -> str:
    """An argparse type: a loopback address."""
    if not is_loopback(value):
        raise argparse.ArgumentTypeError(f"{value} is not a loopback address")
    return value


def windows(value: str) -> list[list[float]]:
    """An argparse type: 100/5,1000/180."""
    try:
        pairs = [part.split("/") for part in value.split(",")]
        return [[int(count), float(seconds)] for count, seconds in pairs]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value} is not of the form 100/5,1000/180") from error


def assignment(value: str) -> tuple[str, Any]:
    """An argparse type: name=value, where the value is JSON or else text."""
    name, equals, text = value.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{value} is not of the form name=value")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    epilog = EPILOG.replace("{quirks}", quirks.describe()).replace("{faults}", faults.describe())
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator",
        description="Simulate the CertCentral Services API on a loopback port.",
        epilog=epilog.replace("{shapes}", ", ".join(faults.SHAPES)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", type=loopback, default="127.0.0.1", help="loopback address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port (default: 0, any free one)")
    parser.add_argument("--account", metavar="FILE", help="YAML file with the account; see below")
    parser.add_argument(
        "--tls", nargs="?", const="valid", choices=CERTIFICATES, help="serve https, with a certificate of an own CA"
    )
    parser.add_argument(
        "--rate-limits",
        type=windows,
        nargs="?",
        const=[list(window) for window in limits.DOCUMENTED],
        metavar="REQUESTS/SECONDS,...",
        help="rate limits; without a value the documented ones, 100/5,1000/180",
    )
    parser.add_argument("--no-rate-limits", action="store_true", help="no rate limits, whatever the account file says")
    parser.add_argument("--latency", type=float, metavar="SECONDS", help="seconds before each reply")
    parser.add_argument(
        "--quirk", type=assignment, action="append", default=[], metavar="NAME=VALUE", help="set a quirk; repeatable"
    )
    parser.add_argument(
        "--ready-file", metavar="PATH", help="once it listens, write JSON there: url, control_url, pid, ca_file, keys"
    )
    parser.add_argument("--pid-file", metavar="PATH", help="write the process id there; removed at the end")
    parser.add_argument("--max-seconds", type=float, help="end after so many seconds")
    parser.add_argument("--stop-with-parent", action="store_true", help="end when the parent process has gone")
    parser.add_argument("--stop-at-eof", action="store_true", help="end when standard input is closed")
    parser.add_argument(
        "--daemon",
        action="store_true",
        help=f"go to the background once it listens; ends after {DAEMON_SECONDS:.0f} s unless --max-seconds is given",
    )
    return parser


def settings(args: argparse.Namespace) -> dict[str, Any]:
    """The arguments of Simulator: the account file's, then the command line's."""
    account = load_account(args.account) if args.account else {}
    account["quirks"] = {**(account.get("quirks") or {}), **dict(args.quirk)}
    if args.latency is not None:
        account["quirks"]["latency"] = args.latency
    if args.no_rate_limits:
        account["rate_limits"] = []
    elif args.rate_limits is not None:
        account["rate_limits"] = args.rate_limits
    given = {name: value for name, value in account.items() if value is not None}
    return {**given, "tls": args.tls or False, "host": args.host, "port": args.port}


def write_file(path: str, text: str) -> None:
    """Write a file so that nobody sees half of it."""
    part = Path(f"{path}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def watch(args: argparse.Namespace, parent: int, ended: threading.Event) -> None:
    """Set ``ended`` when one of the guards says so."""
    deadline = time.monotonic() + args.max_seconds if args.max_seconds is not None else None

    def read_to_eof() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        ended.set()

    if args.stop_at_eof:
        threading.Thread(target=read_to_eof, daemon=True).start()
    # Short waits: a signal is handled between them.
    while not ended.wait(0.2):
        if deadline is not None and time.monotonic() >= deadline:
            ended.set()
        if args.stop_with_parent and os.getppid() != parent:
            ended.set()


def serve(args: argparse.Namespace, parent: int, on_ready: int | None) -> None:
    """Run until a signal or a guard ends it. ``on_ready``: a pipe that gets the URL in place of standard output."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *unused: ended.set())
    with Simulator(**settings(args)) as simulator:
        # The orders live as long as the process: keep the garbage collector from walking them over and over.
        gc.collect()
        gc.freeze()
        ready = {
            "url": simulator.url,
            "control_url": simulator.control_url,
            "pid": os.getpid(),
            "ca_file": simulator.ca_file,
            "keys": [{"key": key, "access": access} for key, access in simulator.keys.items()],
        }
        if args.pid_file:
            write_file(args.pid_file, f"{os.getpid()}\n")
        if args.ready_file:
            write_file(args.ready_file, json.dumps(ready, indent=2) + "\n")
        if on_ready is None:
            print(simulator.url, flush=True)
        else:
            os.write(on_ready, simulator.url.encode())
            os.close(on_ready)
        try:
            watch(args, parent, ended)
        finally:
            if args.pid_file:
                with contextlib.suppress(FileNotFoundError):
                    Path(args.pid_file).unlink()


def run_as_daemon(args: argparse.Namespace) -> int:
    """Serve from a process of its own; returns once that listens, or has failed."""
    if args.max_seconds is None:
        args.max_seconds = DAEMON_SECONDS
    reader, writer = os.pipe()
    parent = os.getppid()
    if os.fork():
        os.close(writer)
        with os.fdopen(reader) as pipe:
            url = pipe.read()
        if url:
            print(url, flush=True)
        return 0 if url else 1
    os.close(reader)
    os.setsid()
    # Whoever waits for the end of our output must not wait for the daemon; errors of the start still go to stderr.
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    status = 1
    try:
        simulator_args = argparse.Namespace(**{**vars(args), "stop_with_parent": False})
        serve(simulator_args, parent, writer)
        status = 0
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
    finally:
        os._exit(status)
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = make_parser()
    args = parser.parse_args(argv)
    if args.daemon and (args.stop_at_eof or args.stop_with_parent):
        parser.error("--daemon has no parent and no standard input to end with")
    if args.daemon:
        return run_as_daemon(args)
    try:
        serve(args, os.getppid(), None)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
