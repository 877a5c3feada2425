# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The report of a clean-up as one HTML page, which needs no network, no other file and no font of its own.

A script in the page searches, filters and sorts the orders. The page is complete even if this script does not run.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import typing as t
from collections import Counter
from datetime import date, datetime, timezone
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ..module_utils._text import sanitize
from . import _advice as advice
from . import _chart as chart
from ._cells import View, finalize, make_body
from ._columns import CANDIDATE_SCHEMA, COLUMNS, FLAG, ROW_SCHEMA, TEXT, Column, Types

Report = t.Mapping[str, t.Any]
# The types of the values in a report, except for its rows. Other keys are allowed.
REPORT_SCHEMA: dict[str, Types] = {
    "module": (str,),
    "role": TEXT,
    "account": TEXT,
    "approved_plan": (dict, type(None)),
    "options": (dict,),
    "check_mode": (bool,),
    "generated": (str,),
    "finished": (bool,),
    "failed": (bool,),
    "changed": FLAG,
    "msg": (str,),
    "counts": (dict,),
    "unused_exclusions": (list,),
    "orders": (list,),
}
TITLES = {
    "certops.certcentral.digicert_migrated_orders": "Mark migrated orders that were renewed",
    "certops.certcentral.digicert_stale_orders": "Cancel orders that have been pending too long",
}


class ReportError(Exception):
    """The error about a value that is not a report. Its text names the part that is wrong, and says why."""


def render(report: Report) -> t.Iterator[str]:
    """Return the parts of the page, which is large.

    The page contains neither ``{{`` nor ``{%``, so a template in the name of an order stays text.

    :raises ReportError: if the report does not match the schemas
    """
    _check_report(report)
    moment = _parse(report["generated"], "%Y-%m-%dT%H:%M:%SZ", "report.generated", "2026-12-31T23:59:59Z")
    orders = [_prepare(row, index, report) for index, row in enumerate(report["orders"])]
    orders.sort(key=lambda order: (order["ends"] or date.max, order["date_created"] or "", order["order_id"]))
    done = _find_verb(orders)
    check_mode = report["check_mode"]
    prefix = f"{report['role']}_" if report["role"] else ""
    groups = _group(orders, done, prefix, check_mode)
    ends: dict[str, list[date]] = {stage: [] for stage in advice.STAGES}
    for group in groups:
        ends[group["stage"]] += [order["ends"] for order in group["orders"] if order["ends"]]
    return _template().generate(
        report=report,
        title=TITLES.get(report["module"], report["module"]),
        moment=moment,
        headline=_headline(report, orders, done),
        tiles=_tiles(report["counts"], orders, done, check_mode),
        groups=groups,
        pending=any(order["kind"] in (advice.NOT_SHOWN, advice.UNKNOWN) for order in orders),
        titles={
            advice.ATTENTION: "Need attention",
            advice.ACTED: f"Would be {done}" if check_mode else done.capitalize(),
            advice.LEFT: "Left as they are",
        },
        dated={stage: len(days) for stage, days in ends.items() if days},
        chart=chart.draw(ends, moment.date()),
        size=chart,
        view=View(
            [column for column in COLUMNS if _is_shown(column, orders, check_mode)],
            f"{prefix}exclude_orders",
            (advice.ATTENTION, advice.ACTED) if check_mode else (advice.ATTENTION,),
            check_mode,
        ),
        make_body=make_body,
    )


def _find_verb(orders: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """Return what was done to the orders, such as "canceled", or "changed" if they differ in that."""
    decisions = {order["decision"] for order in orders if order["decision"] in advice.DONE}
    return advice.DONE[decisions.pop()] if len(decisions) == 1 else "changed"


def _check_report(report: Report) -> None:
    """Check a report, except its orders.

    :raises ReportError: if it does not match the schemas
    """
    _check(report, REPORT_SCHEMA, "report")
    for number, unused in enumerate(report["unused_exclusions"]):
        _check(unused, {"option": (str,), "entry": (str, int)}, f"report.unused_exclusions[{number}]")
    if report["approved_plan"]:
        _check(report["approved_plan"], {"path": (str,), "generated": (str,)}, "report.approved_plan")


def _check(value: t.Any, schema: t.Mapping[str, Types], where: str) -> None:
    """Check that a value is a mapping that matches a schema.

    :param where: the position of the value in the report, for the message
    :raises ReportError: if it is not a mapping, if a key is missing, or if a value has another type
    """
    if not isinstance(value, dict):
        raise ReportError(f"{where} is not a mapping")
    for key, types in schema.items():
        if key not in value or not isinstance(value[key], types):
            raise ReportError(f"{where}: {key} is missing or has a wrong type")
    if not all(isinstance(name, str) for name in value.get("names", ())):
        raise ReportError(f"{where}: names has an entry that is not a string")


def _prepare(row: t.Any, index: int, report: Report) -> dict[str, t.Any]:
    """Return a row with its kind and with the date on which its certificate expires.

    :raises ReportError: if the row does not match the schema
    """
    where = f"report.orders[{index}]"
    _check(row, ROW_SCHEMA, where)
    for number, candidate in enumerate(row["candidates"]):
        _check(candidate, CANDIDATE_SCHEMA, f"{where}.candidates[{number}]")
    till = row["valid_till"]
    ends = _parse(till, "%Y-%m-%d", f"{where}.valid_till", "2026-12-31").date() if till else None
    return {**row, "ends": ends, "kind": _kind(row, report["check_mode"])}


def _parse(text: str, form: str, where: str, example: str) -> datetime:
    """Return the time in UTC that a text contains.

    :param form: the form of the text, as for ``strptime``
    :param where: the position of the text in the report, for the message
    :raises ReportError: if the text does not have this form
    """
    try:
        return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
    except ValueError:
        raise ReportError(f"{where} is {sanitize(text, 60)!r}: it has to be of the form {example}") from None


def _kind(row: t.Mapping[str, t.Any], check_mode: bool) -> str:
    """Return the kind of group that an order belongs to. A planned change that was not made belongs to a group that needs attention."""
    decision, outcome = row["decision"], row["outcome"]
    if outcome is None and decision in (advice.REVIEW, advice.SKIP):
        return str(decision)
    if outcome == advice.CHANGED:
        return advice.NOT_SHOWN if row["verified"] is False and not check_mode else advice.ACTED
    return outcome if outcome in advice.OUTCOMES else advice.ACTED if check_mode else advice.UNKNOWN


def _group(orders: t.Iterable[dict[str, t.Any]], done: str, prefix: str, check_mode: bool) -> list[dict[str, t.Any]]:
    """Return the groups of orders in the sequence of the page: by kind, and the largest group of a kind first."""
    found: dict[tuple[str, str], list[dict[str, t.Any]]] = {}
    for order in orders:
        reason = order["reason"] if order["kind"] in advice.BY_REASON else ""
        found.setdefault((order["kind"], reason), []).append(order)
    kinds = list(advice.KINDS)
    ranked = sorted(found.items(), key=lambda entry: (kinds.index(entry[0][0]), -len(entry[1]), entry[0][1]))
    return [
        {**advice.describe(kind, reason, done, prefix, check_mode), "orders": some} for (kind, reason), some in ranked
    ]


def _tiles(
    counts: t.Mapping[str, t.Any], orders: t.Sequence[dict[str, t.Any]], done: str, check_mode: bool
) -> list[tuple[str, int]]:
    """Return the number of orders that were considered, and the number of due orders with each outcome."""
    kinds = Counter(order["kind"] for order in orders)
    tiles = [
        (str(name).replace("_", " "), number)
        for name, number in counts.items()
        if name not in (*advice.DECISIONS, *advice.OUTCOMES) and isinstance(number, int)
    ]
    # The first number is the total. If all orders are due, or all due orders have the same outcome, their number is shown only once.
    if tiles and tiles[0][1] == len(orders):
        tiles = tiles[1:] or tiles
    tiles = [(name, number) for name, number in tiles if number and not (name == "due" and len(kinds) == 1)]
    would = "would be " if check_mode else ""
    parts = [
        (title.format(done=done, would=would), kinds[kind]) for kind, (unused, title, more) in advice.KINDS.items()
    ]
    return tiles + [(title, number) for title, number in parts if number]


def _headline(report: Report, orders: t.Sequence[dict[str, t.Any]], done: str) -> str:
    """Return a sentence that tells whether this is a plan or a result, whether it failed, and how many orders have each outcome."""
    would = "would be " if report["check_mode"] else ""
    kinds = Counter(order["kind"] for order in orders)
    if not report["finished"]:
        number = kinds[advice.UNKNOWN]
        return f"Not finished: {number} order{' was' if number == 1 else 's were'} to be {done}"
    acted = kinds[advice.ACTED]
    parts = [f"{acted} order{'' if acted == 1 else 's'} {would}{done}"]
    if not report["failed"] and not any(order["decision"] in advice.DONE for order in orders):
        parts = ["nothing to do"]
    elif kinds[advice.UNKNOWN] and not acted:  # the run was stopped from outside
        parts = []
    attention = [(kind, title) for kind, (stage, title, unused) in advice.KINDS.items() if stage == advice.ATTENTION]
    parts += [f"{kinds[kind]} {title.format(would=would)}" for kind, title in attention if kinds[kind]]
    start = ("Plan" if would else "Result") + (" with errors" if report["failed"] else "")
    return f"{start}: {', '.join(parts)}{'; nothing has been changed' if would else ''}"


def _is_shown(column: Column, orders: t.Sequence[dict[str, t.Any]], check_mode: bool) -> bool:
    """Return whether a column has anything to show. In check mode, the outcome ``changed`` tells no more than the decision."""
    if not column.optional:
        return True
    if column.key == "outcome":
        return any(order["outcome"] not in (None, advice.CHANGED if check_mode else None) for order in orders)
    return any(one.get(column.key) for order in orders for one in (order, *order["candidates"]))


@functools.cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        finalize=finalize,
        loader=FileSystemLoader(Path(__file__).parent),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        json=functools.partial(json.dumps, ensure_ascii=False, default=str),
        # Returns the source in a Content-Security-Policy that allows exactly this style sheet or script.
        source=lambda text: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode(),
    )
    return environment.get_template("_report.html.j2")
