# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The report of a playbook as one HTML page that needs nothing else: no network, no other file, no font of its own.

Its own script searches, filters and sorts. Without it the page is complete.
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

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from ..module_utils._api.order import parse_time
from ..module_utils._text import sanitize
from . import _advice as advice
from . import _chart as chart

# What a report consists of, in the words of an argument spec. What is not required may also be null.
REPORT_SPEC: dict[str, t.Any] = {
    "playbook": {"type": "str", "required": True},
    "title": {"type": "str", "required": True},
    "check_mode": {"type": "bool", "required": True},
    "generated": {"type": "str", "required": True},
    "settings": {"type": "dict", "required": True},
    "ok": {"type": "bool", "required": True},
    "msg": {"type": "str", "required": True},
    "counts": {"type": "dict", "required": True},
    "orders": {"type": "list", "elements": "raw", "required": True},
}
CANDIDATE_SPEC: dict[str, t.Any] = {
    "order_id": {"type": "int", "required": True},
    "common_name": {"type": "str"},
    "names": {"type": "list", "elements": "str"},
    "product": {"type": "str"},
    "container": {"type": "str"},
    "valid_till": {"type": "str"},
    "order_valid_till": {"type": "str"},
    "date_created": {"type": "str"},
}
ORDER_SPEC: dict[str, t.Any] = {
    **CANDIDATE_SPEC,
    "organization": {"type": "str"},
    "status": {"type": "str", "required": True},
    "is_renewed": {"type": "bool"},
    "decision": {"type": "str", "choices": list(advice.DECISIONS), "required": True},
    "reason": {"type": "str", "required": True},
    "explanation": {"type": "str", "required": True},
    "candidates": {"type": "list", "elements": "raw"},
    "confirmed": {"type": "bool"},
    "outcome": {"type": "str", "choices": list(advice.OUTCOMES)},
    "verified": {"type": "bool"},
    "msg": {"type": "str"},
}

# What comes of it in check mode, where it is not the outcome's own word.
IN_CHECK_MODE = {
    advice.CHANGED: "would change",
    advice.UNCHANGED: "would stay as it is",
    advice.REFUSED: "would be refused",
}

# Characters of one text that are shown, and entries of one list.
TEXT_LIMIT = 1000
LIST_LIMIT = 10


class ReportError(Exception):
    """What was given is not a report; the text says where, and what is wrong."""


def render(report: t.Any) -> str:
    """The page. It holds neither ``{{`` nor ``{%``: a template in an order's name stays text wherever the page goes.

    :param report: as REPORT_SPEC, ORDER_SPEC and CANDIDATE_SPEC have it
    :raises ReportError: it is not
    """
    data = _check(_copy(report), REPORT_SPEC, "report")
    check_mode = data["check_mode"]
    moment = _parse(data["generated"], "%Y-%m-%dT%H:%M:%SZ", "report.generated", "2026-12-31T23:59:59Z")
    counts = {str(name): count for name, count in data["counts"].items()}
    data["counts"] = _check(counts, {name: {"type": "int", "required": True} for name in counts}, "report.counts")
    orders = [_check_order(order, index, check_mode) for index, order in enumerate(data["orders"])]
    orders.sort(key=lambda order: (order["ends"] or date.max, order["date_created"] or "", order["order_id"]))
    decisions = {order["decision"] for order in orders if order["decision"] in advice.DONE}
    done = advice.DONE[decisions.pop()] if len(decisions) == 1 else "changed"
    groups = _group(orders, done, check_mode)
    ends: dict[str, list[date]] = {stage: [] for stage in advice.STAGES}
    for group in groups:
        ends[group["stage"]] += [order["ends"] for order in group["orders"] if order["ends"]]
    # The name of the option that leaves orders out, by which a reader's own exclusions can be copied.
    exclude = next((str(name) for name in data["settings"] if str(name).endswith("exclude_orders")), None)
    return _template().render(
        report=data,
        moment=moment,
        headline=_headline(data, orders, done),
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
        outcomes=IN_CHECK_MODE if check_mode else {},
        # That a planned change would change something is no news.
        with_ends=any(order["valid_till"] or order["order_valid_till"] for order in orders),
        with_outcomes=any(order["outcome"] not in (None, advice.CHANGED if check_mode else None) for order in orders),
        exclude=exclude,
        list_limit=LIST_LIMIT,
    )


def _copy(value: t.Any) -> t.Any:
    """The same in containers of Python's own.

    Those that ansible-core 2.19 and later hand to filters copy all variables of the play with each order that is checked.
    """
    if isinstance(value, dict):
        return {name: _copy(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copy(entry) for entry in value]
    return value


def _check(value: t.Any, spec: dict[str, t.Any], where: str) -> dict[str, t.Any]:
    """The value with all keys of the spec.

    :raises ReportError: it does not meet the spec
    """
    if not isinstance(value, dict):
        raise ReportError(f"{where} is {sanitize(value, 60)!r}: it has to be a dict")
    given = {name: entry for name, entry in value.items() if entry is not None}
    try:
        result = ArgumentSpecValidator(spec).validate(given)
    except OverflowError as error:  # an infinite number, which Ansible's check does not expect
        raise ReportError(f"{where}: {error}") from None
    if result.error_messages:
        raise ReportError(f"{where}: {sanitize('; '.join(result.error_messages))}")
    return {name: result.validated_parameters.get(name) for name in spec}


def _check_order(value: t.Any, index: int, check_mode: bool) -> dict[str, t.Any]:
    """An order of the report, with its kind, the date on which its certificate ends, and what sets its candidates apart.

    :raises ReportError: it does not meet the spec
    """
    where = f"report.orders[{index}]"
    if isinstance(value, dict) and value.get("order_id") is not None:
        where += f" (order {sanitize(value['order_id'], 30)})"
    order = _check(value, ORDER_SPEC, where)
    till = order["valid_till"]
    order["ends"] = till and _parse(till, "%Y-%m-%d", f"{where}: valid_till", "2026-12-31").date()
    order["kind"] = _kind(order, check_mode)
    order["candidates"] = [
        _check(candidate, CANDIDATE_SPEC, f"{where}: candidates[{number}]")
        for number, candidate in enumerate(order["candidates"] or [])
    ]
    return order


def _placed(text: str | None) -> str:
    """When an order was placed, in UTC, so that it can be compared. A mere date stays one."""
    moment = parse_time(text) if text and len(text) > len("2026-12-31") else None
    return f"{moment:%Y-%m-%d %H:%M}" if moment else text or ""


def _without(names: t.Sequence[str] | None, known: t.Sequence[str] | None) -> list[str]:
    """The names that are not among the known ones."""
    lower = {name.lower() for name in known or ()}
    return [name for name in names or () if name.lower() not in lower]


def _parse(text: str, form: str, where: str, example: str) -> datetime:
    """
    :raises ReportError: the text is not of this form
    """
    try:
        return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
    except ValueError:
        raise ReportError(f"{where} is {sanitize(text, 60)!r}: it has to be of the form {example}") from None


def _kind(order: t.Mapping[str, t.Any], check_mode: bool) -> str:
    """Where an order belongs: what was decided and did not happen needs attention as well."""
    decision, outcome = order["decision"], order["outcome"]
    if outcome in (None, advice.UNCHANGED) and decision in (advice.REVIEW, advice.SKIP):
        return str(decision)
    if outcome == advice.CHANGED:
        return advice.NOT_SHOWN if order["verified"] is False and not check_mode else advice.ACTED
    return outcome or (advice.ACTED if check_mode else advice.UNKNOWN)


def _group(orders: t.Iterable[dict[str, t.Any]], done: str, check_mode: bool) -> list[dict[str, t.Any]]:
    """The orders by what they call for, in the order of the page: by kind, then the largest group first."""
    found: dict[tuple[str, str], list[dict[str, t.Any]]] = {}
    for order in orders:
        reason = order["reason"] if order["kind"] in advice.BY_REASON else ""
        found.setdefault((order["kind"], reason), []).append(order)
    kinds = list(advice.KINDS)
    ranked = sorted(found.items(), key=lambda entry: (kinds.index(entry[0][0]), -len(entry[1]), entry[0][1]))
    return [{**advice.describe(kind, reason, done, check_mode), "orders": held} for (kind, reason), held in ranked]


def _headline(data: t.Mapping[str, t.Any], orders: t.Sequence[dict[str, t.Any]], done: str) -> str:
    """Whether this is a plan or a result, how it went, and how much it is."""
    would = "would be " if data["check_mode"] else ""
    kinds = Counter(order["kind"] for order in orders)
    acted = kinds[advice.ACTED]
    parts = [f"{acted} order{'' if acted == 1 else 's'} {would}{done}"]
    if data["ok"] and not any(order["decision"] in advice.DONE for order in orders):
        parts = ["nothing to do"]
    elif kinds[advice.UNKNOWN] and not acted:  # a run that was ended from outside
        parts = []
    attention = [(kind, title) for kind, (stage, title, unused) in advice.KINDS.items() if stage == advice.ATTENTION]
    parts += [f"{kinds[kind]} {title.format(would=would)}" for kind, title in attention if kinds[kind]]
    start = ("Plan" if would else "Result") + ("" if data["ok"] else " with errors")
    return f"{start}: {', '.join(parts)}{'; nothing has been changed' if would else ''}"


def _text(value: t.Any) -> Markup:
    """Whatever a template prints, harmless: one line, no control or direction characters, escaped, braces too."""
    safe = isinstance(value, Markup)
    return value if safe else escape(sanitize(value, TEXT_LIMIT)).replace("{", Markup("&#123;"))


@functools.cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        finalize=_text,
        loader=FileSystemLoader(Path(__file__).parent),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        json=functools.partial(json.dumps, ensure_ascii=False, default=str),
        placed=_placed,
        # A Content-Security-Policy's source for this very style sheet or script.
        source=lambda text: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode(),
        without=_without,
    )
    return environment.get_template("_report.html.j2")
