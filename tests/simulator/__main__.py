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
from typing import Any

import yaml

from .. import facts
from . import faults, quirks
from .server import Simulator
from .state import Record

EPILOG = """\
Account file, in YAML, with any of these keys:
    keys: [{key: ..., access: full|view_only}]
    orders: [{id: 1, status: pending, certificate: {common_name: a.example.com}, created_days_ago: 300},
             {id: 2, migrated: true, valid_in_days: 30}]
    generate: [{count: 2000, first_id: 1000, status: issued, certificate: {common_name: "host{n}.example.com"}}]
    quirks: {repeat_change: noop}
    rate_limits: [[100, 5], [1000, 180]]

  An order can have every field of order details, and the fields of rows: price, duplicates_count, reissues_count. It
  can also have:
    migrated                    whether the order was migrated
    valid_in_days               days until the certificate expires
    valid_from_days_ago         days since the certificate was issued
    order_valid_in_days         days until the order itself ends
    created_days_ago            days since the order was placed
    status_changed_seconds_ago  seconds since the status changed, for status-changes
    omit, omit_in_rows          fields that order details and rows lack, for example [certificate.valid_till]

Control of a running simulator, which keeps its account in memory. All paths below /_control take and return JSON:
    POST reset                    Restores the account file, without faults. A body can replace keys of the account file.
    POST orders                   Adds orders. Takes a list, or {orders, generate}.
    GET, PATCH, DELETE orders/ID  Shows, changes or removes an order, as somebody else would.
    GET, DELETE requests          Shows or forgets the requests that were received.
    GET changes                   Shows the requests that changed an order.
    POST faults                   Schedules faults.

Quirks, each with its default, and with the grade and the section of the fact in docs/api.md:
{quirks}

Faults, with their parameters and defaults, for example {"kind": "lost_reply", "method": "PUT", "status": 502}:
  Every fault also takes: on (the kind of request: any, info, list, status, status_changes, unknown), method, order_id,
  after (the number of requests that it skips), times (the number of times that it happens, null for always) and apply
  (whether the request is handled).
{faults}
"""


def assignment(value: str) -> tuple[str, Any]:
    """Return the parts of name=value, as an argparse type. The value is YAML."""
    name, unused, text = value.partition("=")
    return name, yaml.safe_load(text)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    epilog = EPILOG.replace("{quirks}", quirks.describe()).replace("{faults}", faults.describe())
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator",
        description="Simulate the CertCentral Services API on a loopback port. No request reaches DigiCert.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--port", type=int, default=0, help="The port (default: any free port).")
    option("--account", metavar="FILE", help="A YAML file that describes the account; see below.")
    option("--tls", action="store_true", help="Serve https:// with a certificate of the simulator's own CA.")
    option("--rate-limits", action="store_true", help="Enforce the documented rate limits. The file can set others.")
    quirk: dict[str, Any] = {"type": assignment, "action": "append", "default": [], "metavar": "NAME=VALUE"}
    option("--quirk", **quirk, help="Set a quirk. This option can be repeated.")
    log = "Write one line for each request to standard error. This is the default if standard error is a terminal."
    option("--log", action=argparse.BooleanOptionalAction, help=log)
    ready = "Write a JSON file with url, control_url, pid, ca_file and keys once the simulator listens."
    option("--ready-file", metavar="PATH", help=ready)
    return parser


def settings(args: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of Simulator. The command line takes precedence over the account file."""
    account = (yaml.safe_load(Path(args.account).read_text(encoding="utf-8")) if args.account else None) or {}
    given = {name: value for name, value in {**account}.items() if value is not None}
    given["quirks"] = {**given.get("quirks", {}), **dict(args.quirk)}
    limits = {"rate_limits": facts.RATE_LIMITS} if args.rate_limits else {}
    return {**given, **limits, "tls": args.tls, "port": args.port}


def make_line(record: Record, now: datetime) -> str:
    """Return the line of the log for a request whose response is ready. It has no headers, so it does not show the key."""
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
    ready: dict[str, Any] = {name: getattr(simulator, name) for name in ("url", "control_url", "ca_file")}
    ready["keys"] = [{"key": key, "access": access} for key, access in simulator.keys.items()]
    ready["pid"] = os.getpid()
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
