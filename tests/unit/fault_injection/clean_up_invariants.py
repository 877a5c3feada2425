# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to hold of the orders that the clean-up modules find. Written from the rules, without a look at the product."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, timedelta
from fnmatch import fnmatch

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.account import is_marked, shown_status, valid_till
from ansible_collections.certops.certcentral.tests.simulator.orders import get, parse_date
from ansible_collections.certops.certcentral.tests.unit.fault_injection.runs import Run, is_hidden, is_lied_to
from ansible_collections.certops.certcentral.tests.unit.fault_injection.schedules import MIGRATED, Json

ISSUED = ("issued", "expired")
NOTE = "Renewed in CertCentral by order "
ACCEPTED = ("recorded", "same_names")


def check_clean_up(run: Run) -> None:
    """What is found is right, and nothing that was there all the time is left out."""
    result = run.result
    assert result["changed"] is False and not run.changes
    if result.get("failed"):
        assert not result.get("changes"), "it failed, and has changes"
        assert run.faults or may_fail(run), result["msg"]
        return
    connected = [exchange for exchange in run.exchanges if exchange.is_connected]
    assert result["api_calls"] == {"reads": len(connected), "writes": 0}
    rows = {row["order_id"]: row for row in result["orders"]}
    decided = "mark" if run.module == MIGRATED else "cancel"
    changes = {change["order_id"]: change for change in result["changes"]}
    assert list(changes) == [row["order_id"] for row in result["orders"] if row["decision"] == decided]
    most = run.options["max_changes"]
    assert most is None or len(changes) <= most
    untouched = {order_id: order for order_id, order in run.before.items() if not run.is_touched(order_id)}
    for order_id, change in changes.items():
        if order_id in untouched:
            check_change(run, untouched, change, rows[order_id])
    if not is_lied_to(run) and not is_hidden(run):
        due = {order_id for order_id, order in untouched.items() if run.is_readable(order) and is_due(run, order)}
        assert due <= rows.keys(), "an order that is due is left out"
    is_told = run.module != MIGRATED or run.quirks.rows_have_is_renewed or run.quirks.order_info_has_is_renewed
    if is_told and not run.faults and not run.touched and not any(map(has_gaps, run.before.values())):
        right = {order_id for order_id, order in run.before.items() if should_change(run, order)}
        # Rows propose, and order info is read for what they propose alone.
        proposed = {order_id for order_id in right if should_change(run, run.before[order_id], by_rows=True)}
        assert proposed <= changes.keys() <= right, "not what the rules say"


def may_fail(run: Run) -> bool:
    """Whether the API does not let it find out, or the options do not let it change so much."""
    quirks = run.quirks
    return {
        "too_many_changes": run.options["max_changes"] is not None,
        "incomplete_listing": bool(run.touched or quirks.repeat_row or quirks.shuffle_equal_keys),
        "unexpected_response": "origin" in quirks.ignored_filters or quirks.page_total_offset > 0,
    }.get(run.result["reason"], False)


def check_same(one: Run, other: Run) -> None:
    """The decisions depend neither on check mode nor on the order of the rows."""
    if not one.result.get("failed") and not other.result.get("failed"):
        for name in ("changes", "orders", "counts", "msg"):
            assert one.result[name] == other.result[name], f"other {name} of the same account"


def check_found_again(found: Run, again: Run) -> None:
    """What was done is not to be done again, whoever else did something meanwhile."""
    if again.result.get("failed"):
        return
    for change in again.result["changes"]:
        order = again.before[change["order_id"]]
        assert not is_marked(order) if again.module == MIGRATED else order["status"] == "pending"


def has_gaps(order: Json) -> bool:
    return bool(order.get("omit") or order.get("omit_in_rows"))


def is_due(run: Run, order: Json) -> bool:
    """Whether an order has to be in the report."""
    if run.module == MIGRATED:
        end = valid_till(order)
        is_asked = end is not None and end <= run.started.date() + timedelta(run.options["window"])
        return bool(order["migrated"] and not is_marked(order) and order["status"] in ISSUED and is_asked)
    return shown_status(order, run.quirks) == "pending" and placed(order) <= run.started - timedelta(
        run.options["older_than"]
    )


def check_change(run: Run, orders: t.Mapping[int, Json], change: Json, row: Json) -> None:
    """An order that is to be changed is due, nothing leaves it out, and for a mark there is a renewal."""
    order = orders[change["order_id"]]
    assert is_due(run, order) and not is_excluded(run, order)
    assert change["common_name"] == order["certificate"]["common_name"]
    assert change["status"] == ("renewed" if run.module == MIGRATED else "canceled")
    if run.module != MIGRATED:
        return
    assert row["confirmed"] and row["reason"] in run.options.get("accept", ACCEPTED)
    number = int(change["note"][len(NOTE) :])
    assert change["note"] == f"{NOTE}{number}" and number not in run.options.get("exclude_orders", ())
    if number in orders:
        assert takes_over(order, orders[number]), "marked without a later order that takes over every name"
    else:
        assert run.is_touched(number), "marked because of an order that does not exist"


def is_excluded(run: Run, order: Json) -> bool:
    options = run.options
    is_out = "products" in options and order["product"]["name_id"] not in options["products"]
    patterns = [pattern.lower() for pattern in options.get("exclude_names", ())]
    is_named = any(fnmatch(name.lower(), pattern) for name in names_of(order) for pattern in patterns)
    return order["id"] in options.get("exclude_orders", ()) or is_out or is_named


def should_change(run: Run, order: Json, *, by_rows: bool = False) -> bool:
    """What the rules say of an order.

    :param by_rows: by what rows of the listing have alone
    """
    if not run.is_readable(order) or not is_due(run, order) or is_excluded(run, order):
        return False
    if run.module != MIGRATED:
        return True
    reason = find_reason(run, order, by_rows)
    return reason in run.options.get("accept", ACCEPTED)


# ---- what counts as a renewal


def names_of(order: Json) -> set[str]:
    certificate = order["certificate"]
    return {certificate["common_name"], *certificate["dns_names"]}


def placed(order: Json) -> datetime:
    return datetime.fromisoformat(order["date_created"])


def takes_over(old: Json, new: Json, by_rows: bool = False) -> bool:
    """Whether an order is a candidate. By rows alone, what they do not have does not speak against it."""
    held = names_of(new)
    organizations = {get(order, "organization", "id") for order in (old, new)}
    kinds = [(order["product"]["type"], order["product"]["validation_type"]) for order in (old, new)]
    ends = valid_till(old), valid_till(new)
    return (
        not new["migrated"]
        and new["status"] in ISSUED
        and (by_rows or get(new, "certificate", "status") != "revoked")
        and len(organizations) == 1
        and None not in organizations
        and (old["product"]["name_id"] == new["product"]["name_id"] or by_rows or kinds[0] == kinds[1])
        and all(name in held or f"*.{name.partition('.')[2]}" in held for name in names_of(old))
        and placed(new) > placed(old)
        and None not in ends
        and t.cast(date, ends[1]) > t.cast(date, ends[0])
    )


def find_reason(run: Run, old: Json, by_rows: bool) -> str:
    """Why a migrated order counts as renewed; empty: it does not, or a person has to look."""
    excluded = run.options.get("exclude_orders", ())
    others = [new for new in run.before.values() if new["id"] not in excluded and run.is_readable(new)]
    candidates = [new for new in others if takes_over(old, new, by_rows)]
    claims = [new for new in candidates if renewed_by(new) == old["id"] and not by_rows]
    record = 0 if by_rows else old.get("renewed_order_id")
    if record:
        named = [new for new in candidates if new["id"] == record and renewed_by(new) in (0, old["id"])]
        return "recorded" if named and not [new for new in claims if new["id"] != record] else ""
    if claims:
        return "recorded" if len(claims) == 1 else ""
    order_end, end = parse_date(old.get("order_valid_till")), t.cast(date, valid_till(old))
    if order_end and not by_rows and order_end >= run.started.date() and (order_end - end).days > 31:
        return ""
    new = find_left(old, candidates, by_rows)
    if new is None:
        return ""
    if names_of(new) != names_of(old):
        return "covers_names"
    for other in run.before.values():
        is_rival = other["migrated"] and other is not old and not is_marked(other) and other["status"] in ISSUED
        if is_rival and overlap(old, other) > 120:
            record = 0 if by_rows else other.get("renewed_order_id")
            left = find_left(other, [each for each in others if takes_over(other, each, by_rows)], by_rows)
            if record == new["id"] or (not record and left is new):
                return ""
    return "same_names"


def renewed_by(new: Json) -> int:
    """The order that another one renewed, by the record; 0: none."""
    return int(new.get("renewal_of_order_id") or 0)


def find_left(old: Json, candidates: list[Json], by_rows: bool) -> Json | None:
    """The one candidate that is left by record, time and names."""
    end = t.cast(date, valid_till(old))
    free = [new for new in candidates if by_rows or renewed_by(new) in (0, old["id"])]
    timely = [
        new for new in free if -facts.PLACED_BEFORE_DAYS <= (placed(new).date() - end).days <= facts.PLACED_AFTER_DAYS
    ]
    same = [new for new in timely if names_of(new) == names_of(old)]
    left = same or timely
    return left[0] if len(left) == 1 else None


def overlap(one: Json, other: Json) -> int:
    """Days for which both certificates run."""
    ends = [t.cast(date, valid_till(order)) for order in (one, other)]
    return (min(ends) - max(placed(one), placed(other)).date()).days
