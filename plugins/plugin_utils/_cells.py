# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The rows of a report's table: the cells of an order and of its candidates.

This is Python code instead of a template, because a template would be too slow for a report with 10,000 orders.
"""

from __future__ import annotations

import typing as t

from markupsafe import Markup, escape

from ..module_utils._api.times import parse_time
from ..module_utils._text import sanitize
from . import _advice as advice
from ._columns import Column

Order = t.Mapping[str, t.Any]
# Characters of one text that are shown, and entries of one list.
TEXT_LIMIT = 1000
LIST_LIMIT = 10
# Names of outcomes in check mode, if they differ.
IN_CHECK_MODE = {
    advice.CHANGED: "would change",
    advice.UNCHANGED: "would stay as it is",
    advice.REFUSED: "would be refused",
}


class View(t.NamedTuple):
    """The settings for all rows of a table.

    :param columns: the columns that are shown
    :param exclude: the name of the option that excludes an order
    :param excludable: the stages whose orders have a line to copy into that option
    """

    columns: t.Sequence[Column]
    exclude: str
    excludable: t.Container[str]
    check_mode: bool


def to_html(value: t.Any) -> str:
    """Return a value as one line of HTML, without control and direction characters. Braces are escaped, too."""
    text = value if isinstance(value, str) else str(value)
    if not text.isprintable() or len(text) > TEXT_LIMIT or "  " in text or text[:1] == " " or text[-1:] == " ":
        text = sanitize(text, TEXT_LIMIT)
    return str(escape(text)).replace("{", "&#123;")


def finalize(value: t.Any) -> Markup:
    """Return a value that a template prints, as HTML."""
    return value if isinstance(value, Markup) else Markup(to_html(value))  # noqa: S704  # it is escaped


def name_outcome(outcome: str, check_mode: bool) -> str:
    """Return an outcome in words."""
    return (check_mode and IN_CHECK_MODE.get(outcome)) or outcome.replace("_", " ")


def make_body(order: Order, stage: str, view: View) -> Markup:
    """Return the rows of the table for one order and its candidates."""
    outcome = order["outcome"]
    shown = f' data-outcome="{to_html(name_outcome(outcome, view.check_mode))}"' if outcome else ""
    rows = [
        f'<tbody class="order" data-decision="{to_html(order["decision"])}" data-reason="{to_html(order["reason"])}"{shown}>\n',
        f'<tr class="main"><th scope="row">{order["order_id"]}</th>',
        *(_cell(column, CELLS.get(column.key, _plain)(column.key, order, stage, view)) for column in view.columns[1:]),
        "</tr>\n",
    ]
    for candidate in order["candidates"][:LIST_LIMIT]:
        rows.append(f'<tr class="candidate"><th scope="row">{candidate["order_id"]}</th>')
        for column in view.columns[1:]:
            cell = CANDIDATE_CELLS.get(column.key)
            if cell:
                rows.append(_cell(column, cell(candidate, order)))
            elif column.key == "decision" and stage in view.excludable:
                rows.append(_cell(column, _exclude_line(candidate["order_id"], view)))
            else:
                rows.append(_cell(column, to_html(candidate.get(column.key) or "")))
        rows.append("</tr>\n")
    more = len(order["candidates"]) - LIST_LIMIT
    rows.append(f'<tr class="candidate"><th scope="row">and {more} more</th></tr>\n' if more > 0 else "")
    return Markup("".join([*rows, "</tbody>\n"]))  # noqa: S704  # its parts are escaped


def _cell(column: Column, content: str) -> str:
    return f'<td class="{column.key}">{content}</td>' if column.label or column.is_date else f"<td>{content}</td>"


def _div(name: str, content: str) -> str:
    return f'<div class="{name}">{content}</div>'


def _plain(key: str, order: Order, stage: str, view: View) -> str:
    return to_html(order[key] or "")


def _name(unused: str, order: Order, stage: str, view: View) -> str:
    others = _without(order["names"], [order["common_name"] or ""])
    cell = to_html(order["common_name"] or "no common name")
    cell += _div("soft", _some(others)) if others else ""
    return cell + (_div("soft", to_html(order["organization"])) if order["organization"] else "")


def _product(unused: str, order: Order, stage: str, view: View) -> str:
    return to_html(order["product"] or "") + (_div("soft", to_html(order["container"])) if order["container"] else "")


def _date_created(unused: str, order: Order, stage: str, view: View) -> str:
    return to_html(_placed(order["date_created"])[:10])


def _status(unused: str, order: Order, stage: str, view: View) -> str:
    return to_html(order["status"]) + (_div("soft", "marked renewed") if order["is_renewed"] else "")


def _decision(unused: str, order: Order, stage: str, view: View) -> str:
    cell = f'<b class="{stage}">{to_html(order["decision"])}</b> <code class="soft">{to_html(order["reason"])}</code>'
    if not order["confirmed"] and order["decision"] == advice.MARK:
        cell += ' <span class="off">not confirmed yet</span>'
    cell += f"<div>{to_html(order['explanation'])}</div>"
    return cell + (_exclude_line(order["order_id"], view) if stage in view.excludable else "")


def _outcome(unused: str, order: Order, stage: str, view: View) -> str:
    cell = ""
    if order["kind"] == advice.NOT_SHOWN:
        cell = '<span class="off">accepted, does not show yet</span>'
    elif order["outcome"]:
        cell = to_html(name_outcome(order["outcome"], view.check_mode))
    elif order["kind"] == advice.UNKNOWN:
        cell = "not known"
    return cell + (_div("soft", to_html(order["msg"])) if order["msg"] else "")


def _candidate_name(candidate: Order, order: Order) -> str:
    cell = to_html(candidate["common_name"] or "")
    if not candidate["names"]:
        return cell + _div("off", "names not known")
    gone, added = _without(order["names"], candidate["names"]), _without(candidate["names"], order["names"])
    for only, names in ((order["order_id"], gone), (candidate["order_id"], added)):
        cell += _div("soft", f"only in {only}: {_some(names)}") if names else ""
    return cell + ("" if gone or added else _div("soft", "same names"))


def _candidate_product(candidate: Order, order: Order) -> str:
    cell = to_html(candidate["product"] or "")
    if candidate["product"] and order["product"] and candidate["product"] != order["product"]:
        cell += _div("off", "other product")
    if candidate["container"]:
        cell += _div("soft", to_html(candidate["container"]))
        if order["container"] and candidate["container"] != order["container"]:
            cell += _div("off", "other container")
    return cell


def _candidate_date_created(candidate: Order, order: Order) -> str:
    when, before = _placed(candidate["date_created"]), _placed(order["date_created"])
    return to_html(when[:10]) + (_div("off", "no later") if when and before and when <= before else "")


def _candidate_valid_till(candidate: Order, order: Order) -> str:
    end, before = candidate["valid_till"] or "", order["valid_till"] or ""
    return to_html(end) + (_div("off", "no later") if end and before and end <= before else "")


# The cells that show more than the value of their key, by column.
CELLS: dict[str, t.Callable[[str, Order, str, View], str]] = {
    "common_name": _name,
    "product": _product,
    "date_created": _date_created,
    "status": _status,
    "decision": _decision,
    "outcome": _outcome,
}
CANDIDATE_CELLS: dict[str, t.Callable[[Order, Order], str]] = {
    "common_name": _candidate_name,
    "product": _candidate_product,
    "date_created": _candidate_date_created,
    "valid_till": _candidate_valid_till,
}


def _exclude_line(order_id: int, view: View) -> str:
    line = f"{to_html(view.exclude)}: [{order_id}]"
    return f'<div class="line"><code>{line}</code><button value="{order_id}">exclude</button></div>'


def _some(values: t.Sequence[str]) -> str:
    """Return the first values, and the number of the others."""
    more = len(values) - LIST_LIMIT
    shown = ", ".join(f"<bdi>{to_html(value)}</bdi>" for value in values[:LIST_LIMIT])
    return f"{shown} and {more} more" if more > 0 else shown


def _placed(text: str | None) -> str:
    """Return the time in UTC when an order was placed, in a form that can be compared. A date without a time is returned unchanged."""
    moment = parse_time(text) if text and len(text) > len("2026-12-31") else None
    return f"{moment:%Y-%m-%d %H:%M}" if moment else text or ""


def _without(names: t.Sequence[str], known: t.Sequence[str]) -> list[str]:
    """Return the names that are not among the known ones."""
    lower = {name.lower() for name in known}
    return [name for name in names if name.lower() not in lower]
