"""The arguments of the simulator's command line."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import Any

import yaml

from .. import facts
from . import faults, quirks

DOCUMENTED_LIMITS = ",".join(f"{count}/{seconds:g}" for count, seconds in facts.RATE_LIMITS)
EPILOG = """\
Account file:
  The file is YAML with any of these keys:
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
    GET, POST orders              Shows or adds orders. POST takes a list, or {orders, generate}.
    GET, PATCH, DELETE orders/ID  Shows, changes or removes an order, as somebody else would.
    GET, DELETE requests          Shows or forgets the requests that were received.
    GET changes                   Shows the requests that changed an order.
    POST faults                   Schedules faults.

Quirks, each with its default, and with the grade and the section of the fact in docs/api.md:
{quirks}

Faults, with their parameters and defaults:
  POST to /_control/faults, for example {"kind": "lost_reply", "method": "PUT", "status": 502}.
  Every fault also takes: on (the kind of request, see below), method, order_id, after (the number of requests that it
  skips), times (the number of times that it happens, null for always) and apply (whether the request is handled).
  The kinds of requests are:
{places}
  The SHAPES are:
{shapes}
{faults}
"""


def windows(value: str) -> list[list[float]]:
    """Return rate limits of the form 100/5,1000/180, as an argparse type."""
    pairs = [part.split("/") for part in value.split(",")]
    return [[int(count), float(seconds)] for count, seconds in pairs]


def assignment(value: str) -> tuple[str, Any]:
    """Return the parts of name=value, as an argparse type. The value is YAML."""
    name, unused, text = value.partition("=")
    return name, yaml.safe_load(text)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    epilog = EPILOG.replace("{quirks}", quirks.describe()).replace("{faults}", faults.describe())
    for name, words in (("{places}", faults.PLACES), ("{shapes}", faults.SHAPES)):
        epilog = epilog.replace(name, textwrap.indent(textwrap.fill(", ".join(words), 100), " " * 6))
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
    option(
        "--rate-limits",
        type=windows,
        nargs="?",
        const=[list(window) for window in facts.RATE_LIMITS],
        metavar="REQUESTS/SECONDS,...",
        help=f"Enforce rate limits. The default is the documented limits, {DOCUMENTED_LIMITS}.",
    )
    option("--latency", type=float, metavar="SECONDS", help="Wait for this time before each response.")
    option(
        "--quirk",
        type=assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="Set a quirk. This option can be repeated.",
    )
    option(
        "--log",
        action=argparse.BooleanOptionalAction,
        help="Write one line for each request to standard error. This is the default if standard error is a terminal.",
    )
    option(
        "--ready-file",
        metavar="PATH",
        help="Write a JSON file with url, control_url, pid, ca_file and keys once the simulator listens.",
    )
    return parser


def settings(args: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of Simulator. The command line takes precedence over the account file."""
    account = (yaml.safe_load(Path(args.account).read_text(encoding="utf-8")) if args.account else None) or {}
    given = {name: value for name, value in {**account}.items() if value is not None}
    given["quirks"] = {**given.get("quirks", {}), **dict(args.quirk)}
    if args.latency is not None:
        given["quirks"]["latency"] = args.latency
    if args.rate_limits is not None:
        given["rate_limits"] = args.rate_limits
    return {**given, "tls": args.tls, "port": args.port}
