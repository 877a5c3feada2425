# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The report of a playbook as one HTML page that needs nothing else: no network, no script, no font of its own."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import typing as t
from datetime import date, datetime, timezone
from pathlib import Path

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from ..module_utils._bulk import CHANGED, FAILED, NOT_ATTEMPTED, OUTCOMES, REFUSED, UNCHANGED
from ..module_utils._errors import plain
from ._chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw
from ._clean_up import CANCEL, DECISIONS, LEAVE, MARK, PERSON

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
ORDER_SPEC: dict[str, t.Any] = {
    "order_id": {"type": "int", "required": True},
    "common_name": {"type": "str"},
    "names": {"type": "list", "elements": "str", "required": True},
    "organization": {"type": "str"},
    "product": {"type": "str"},
    "container": {"type": "str"},
    "status": {"type": "str", "required": True},
    "valid_till": {"type": "str"},
    "date_created": {"type": "str"},
    "is_renewed": {"type": "bool"},
    "decision": {"type": "str", "choices": list(DECISIONS), "required": True},
    "reason": {"type": "str", "required": True},
    "why": {"type": "str", "required": True},
    "candidates": {"type": "list", "elements": "int", "required": True},
    "outcome": {"type": "str", "choices": list(OUTCOMES)},
    "msg": {"type": "str"},
}

# The groups of orders in the table and in the chart, in this order.
ACTED, LEFT_ALONE = "acted", "left"
GROUPS = (PERSON, ACTED, LEFT_ALONE)
DONE = {MARK: "marked renewed", CANCEL: "canceled"}
TO_DO = {MARK: "mark renewed", CANCEL: "cancel", PERSON: "for a person", LEAVE: "leave"}
# What came of it, for a person; None: nothing was told.
IN_CHECK_MODE = {
    CHANGED: "would change",
    UNCHANGED: "would stay as it is",
    REFUSED: "would be refused",
    FAILED: "failed",
    NOT_ATTEMPTED: "not attempted",
    None: "planned",
}
IN_A_RUN: dict[str | None, str] = {**{outcome: outcome.replace("_", " ") for outcome in OUTCOMES}, None: "not known"}

# Characters of one text that are shown, and entries of one list.
TEXT_LIMIT = 1000
LIST_LIMIT = 10


class ReportError(Exception):
    """What was given is not a report; the text says where, and what is wrong."""


def render(report: t.Any) -> str:
    """The page. It holds neither ``{{`` nor ``{%``: a template in an order's name stays text wherever the page goes.

    :param report: as REPORT_SPEC and ORDER_SPEC have it
    :raises ReportError: it is not
    """
    data = _check(_copy(report), REPORT_SPEC, "report")
    check_mode = data["check_mode"]
    moment = _parse(data["generated"], "%Y-%m-%dT%H:%M:%SZ", "report.generated", "2026-12-31T23:59:59Z")
    counts = {str(name): count for name, count in data["counts"].items()}
    data["counts"] = _check(counts, {name: {"type": "int", "required": True} for name in counts}, "report.counts")
    orders = [_check_order(order, index, check_mode) for index, order in enumerate(data["orders"])]
    orders.sort(key=lambda order: (order["ends"] or date.max, order["order_id"]))
    grouped = {group: [order for order in orders if order["group"] == group] for group in GROUPS}
    ends = {group: [order["ends"] for order in grouped[group] if order["ends"]] for group in GROUPS}
    decisions = {order["decision"] for order in orders if order["decision"] in DONE}
    done = DONE[decisions.pop()] if len(decisions) == 1 else "changed"
    titles = {
        PERSON: "Needs a person",
        ACTED: f"Would be {done}" if check_mode else done.capitalize(),
        LEFT_ALONE: "Left as they are",
    }
    return _template().render(
        report=data,
        moment=moment,
        headline=_headline(data, grouped, done),
        settings={name: json.dumps(value, ensure_ascii=False, default=str) for name, value in data["settings"].items()},
        grouped=grouped,
        titles=titles,
        dated={group: len(days) for group, days in ends.items()},
        chart=draw(ends, moment.date()),
        drawing=(WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM),
        to_do=TO_DO,
        done=DONE,
        outcomes=IN_CHECK_MODE if check_mode else IN_A_RUN,
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
        raise ReportError(f"{where} is {plain(value, 60)!r}: it has to be a dict")
    given = {name: entry for name, entry in value.items() if entry is not None}
    try:
        result = ArgumentSpecValidator(spec).validate(given)
    except OverflowError as error:  # an infinite number, which Ansible's check does not expect
        raise ReportError(f"{where}: {error}") from None
    if result.error_messages:
        raise ReportError(f"{where}: {plain('; '.join(result.error_messages))}")
    return {name: result.validated_parameters.get(name) for name in spec}


def _check_order(value: t.Any, index: int, check_mode: bool) -> dict[str, t.Any]:
    """An order of the report, with the group that it belongs to and the date on which its certificate ends.

    :raises ReportError: it does not meet the spec
    """
    where = f"report.orders[{index}]"
    if isinstance(value, dict) and value.get("order_id") is not None:
        where += f" (order {plain(value['order_id'], 30)})"
    order = _check(value, ORDER_SPEC, where)
    till = order["valid_till"]
    ends = None if till is None else _parse(till, "%Y-%m-%d", f"{where}: valid_till", "2026-12-31").date()
    return {**order, "group": _group(order, check_mode), "ends": ends}


def _parse(text: str, form: str, where: str, example: str) -> datetime:
    """
    :raises ReportError: the text is not of this form
    """
    try:
        return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
    except ValueError:
        raise ReportError(f"{where} is {plain(text, 60)!r}: it has to be of the form {example}") from None


def _group(order: t.Mapping[str, t.Any], check_mode: bool) -> str:
    """Where an order stands: what was decided on and did not come to pass needs a person as well."""
    decided, outcome = order["decision"] in DONE, order["outcome"]
    if order["decision"] == PERSON or outcome in (REFUSED, FAILED, NOT_ATTEMPTED):
        return PERSON
    if outcome == CHANGED or (decided and outcome is None and check_mode):
        return ACTED
    return PERSON if decided and outcome is None else LEFT_ALONE


def _headline(data: t.Mapping[str, t.Any], grouped: t.Mapping[str, t.Sequence[dict[str, t.Any]]], done: str) -> str:
    """Whether this is a plan or a result, how it went, and how much it is."""
    kind = ("Plan" if data["check_mode"] else "Result") + ("" if data["ok"] else " with errors")
    acted, person = len(grouped[ACTED]), len(grouped[PERSON])
    # A run that was ended from outside leaves its plan behind.
    unknown = sum(order["decision"] in DONE and order["outcome"] is None for order in grouped[PERSON])
    decided = any(order["decision"] in DONE for orders in grouped.values() for order in orders)
    parts = []
    if data["ok"] and not decided:
        parts.append("nothing to do")
    elif acted or not unknown:
        parts.append(f"{acted} order{'' if acted == 1 else 's'} {'would be ' if data['check_mode'] else ''}{done}")
    if unknown:
        parts.append(f"of {unknown} it is not known whether {'it was' if unknown == 1 else 'they were'} {done}")
    if person:
        parts.append(f"{person} {'needs' if person == 1 else 'need'} a person")
    return f"{kind}: {', '.join(parts)}{'; nothing has been changed' if data['check_mode'] else ''}"


def _text(value: t.Any) -> Markup:
    """Whatever a template prints, harmless: one line, no control or direction characters, escaped, braces too."""
    if isinstance(value, Markup):
        return value
    return escape(plain(value, TEXT_LIMIT)).replace("{", Markup("&#123;"))


def _source(css: Markup) -> str:
    """A Content-Security-Policy's source for this very style sheet."""
    return base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()


@functools.cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_text, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["source"] = _source
    return environment.from_string(Path(__file__).with_name("_report.html.j2").read_text(encoding="utf-8"))
