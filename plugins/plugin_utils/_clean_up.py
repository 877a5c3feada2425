# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What the playbooks decide on each order, and the report of it. Pure: orders as the API gives them go in, plain data comes out."""

from __future__ import annotations

import typing as t
import unicodedata
from collections import Counter
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase

from ..module_utils._bulk import NOT_ATTEMPTED, OUTCOMES
from ..module_utils._errors import CertCentralError, plain
from ..module_utils._orders import Order, to_date, to_order, whole
from ..module_utils._rules import CANCELED, RENEWAL_WINDOW_DAYS, RENEWED
from ._renewals import INCOMPLETE, UNKNOWN_NAMES, OriginUnknown, find_renewals, to_a_labels
from ._settings import BadSetting, Setting, flag, ids, path, read_settings, share, text, whole_number, words

Row = t.Mapping[str, t.Any]

MARK, CANCEL, PERSON, LEAVE = DECISIONS = ("mark", "cancel", "person", "leave")

# Variables of both playbooks.
COMMON = {
    "exclude_orders": Setting(ids, []),
    "exclude_names": Setting(words, []),
    "exclude_organizations": Setting(ids, []),
    "exclude_containers": Setting(ids, []),
    "keep_going": Setting(flag, False),
    "rate_limit_share": Setting(share, 1.0),
    "report_json": Setting(path),
    "report_html": Setting(path),
}
MARK_SETTINGS = {
    "window": Setting(whole_number(0, RENEWAL_WINDOW_DAYS), RENEWAL_WINDOW_DAYS),
    "products": Setting(words),
    "containers": Setting(ids),
    "max_changes": Setting(whole_number(0), 100),
    **COMMON,
}
CANCEL_SETTINGS = {
    "days": Setting(whole_number(1, 36500), required=True),
    "note": Setting(text, required=True),
    "max_changes": Setting(whole_number(0), required=True),
    **COMMON,
}
MARK_PREFIX = "mark_renewed_"
CANCEL_PREFIX = "cancel_stale_"

# Statuses of orders that have no certificate, or none that anybody would renew. All others may be due.
NOT_DUE = (
    *("needs_approval", "pending", "waiting_pickup", "processing", "needs_csr", "approved"),
    *("canceled", "rejected", "revoked", "denied"),
)

# Lines that name an order, in what a person is shown.
SHOWN = 20
NOT_RUN = "planned, and not run to its end: what of it was done is not known"


class Plan(t.TypedDict):
    """What a playbook is to do.

    :param problem: why it must not be done; None: it may
    :param changes: for the option ``orders`` of digicert_order_statuses
    :param report: what the filters' documentation calls the report
    :param summary: lines for a person
    """

    problem: str | None
    changes: list[dict[str, t.Any]]
    report: dict[str, t.Any]
    summary: list[str]


class Decision(t.NamedTuple):
    """What is to be done with one order, and why."""

    decision: str
    reason: str
    why: str
    candidates: t.Sequence[int] = ()


def plan_marks(
    given: Row, migrated: t.Sequence[Row], others: t.Sequence[Row], *, now: datetime, check_mode: bool
) -> Plan:
    """Which migrated orders are to be marked renewed.

    :param given: the variables that begin with ``mark_renewed_``
    :param migrated: all migrated orders
    :param others: all other orders
    :param now: the time in UTC
    """
    report = _new_report("mark_renewed_migrated_orders", "Mark renewed migrated orders", now, check_mode)
    try:
        settings = read_settings(given, MARK_PREFIX, MARK_SETTINGS)
        report["settings"] = {MARK_PREFIX + name: value for name, value in settings.items()}
        # An excluded order does not count as a renewal either, which is how a person decides between several.
        found = {
            renewal.order_id: renewal
            for renewal in find_renewals(migrated, others, now.date(), frozenset(settings["exclude_orders"]))
        }
        orders = [to_order(raw, listed=True) for raw in migrated]
    except (BadSetting, OriginUnknown, CertCentralError) as error:
        return _impossible(report, error)

    last = now.date() + timedelta(days=settings["window"])
    marked = [order for order in orders if order.marked]
    due = [order for order in orders if not order.marked and _is_due(order, last)]
    decisions: list[tuple[Order, Decision]] = []
    for order in due:
        renewal = found[order.id]
        decision = _spared(order, settings, MARK_PREFIX) or _unclear(order)
        if decision is None:
            decision = Decision(MARK if renewal.renewed_by else PERSON, renewal.reason, renewal.why, renewal.candidates)
        decisions.append((order, decision))
    changes = [
        {
            "order_id": order.id,
            "status": RENEWED,
            "note": f"Renewed in CertCentral by order {found[order.id].renewed_by}",
            "common_name": order.common_name,
        }
        for order, decision in decisions
        if decision.decision == MARK
    ]
    counts = {
        "migrated": len(orders),
        "marked_already": len(marked),
        "not_due": len(orders) - len(marked) - len(due),
        "due": len(due),
    }
    return _plan(report, decisions, changes, counts, MARK)


def plan_cancels(given: Row, pending: t.Sequence[Row], *, now: datetime, check_mode: bool) -> Plan:
    """Which pending orders are to be canceled.

    :param given: the variables that begin with ``cancel_stale_``
    :param pending: all pending orders
    :param now: the time in UTC
    """
    report = _new_report("cancel_stale_pending_orders", "Cancel stale pending orders", now, check_mode)
    try:
        settings = read_settings(given, CANCEL_PREFIX, CANCEL_SETTINGS)
        report["settings"] = {CANCEL_PREFIX + name: value for name, value in settings.items()}
        # The API's filter may return others.
        orders = [order for order in (to_order(raw, listed=True) for raw in pending) if order.status == "pending"]
    except (BadSetting, CertCentralError) as error:
        return _impossible(report, error)

    before = now.date() - timedelta(days=settings["days"])
    decisions: list[tuple[Order, Decision]] = []
    for order in orders:
        created = to_date(order.raw.get("date_created"))
        if created is not None and created >= before:
            continue
        decision = _spared(order, settings, CANCEL_PREFIX)
        if decision is None and created is None:
            decision = Decision(PERSON, INCOMPLETE, "the API does not tell when it was created")
        if decision is None and not order.common_name:
            decision = Decision(PERSON, INCOMPLETE, "the API does not tell what it is for")
        if decision is None:
            age = (now.date() - t.cast(date, created)).days
            decision = Decision(CANCEL, "stale", f"pending for {age} days")
        decisions.append((order, decision))
    changes = [
        {"order_id": order.id, "status": CANCELED, "note": settings["note"], "common_name": order.common_name}
        for order, decision in decisions
        if decision.decision == CANCEL
    ]
    counts = {"pending": len(orders), "not_old_enough": len(orders) - len(decisions), "stale": len(decisions)}
    return _plan(report, decisions, changes, counts, CANCEL)


def add_outcomes(report: t.Mapping[str, t.Any], result: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The report of a plan with what came of it.

    :param result: of the task digicert_order_statuses, or of whatever failed before it
    """
    results = result.get("results")
    by_id = {entry["order_id"]: entry for entry in results} if isinstance(results, list) else {}
    # Without results but with a reason, a module refused or failed, before anything was sent if it changed nothing.
    nothing_sent = results is not None or ("reason" in result and not result.get("changed"))
    otherwise = NOT_ATTEMPTED if nothing_sent else None
    orders = []
    for order in report["orders"]:
        if order["decision"] in (MARK, CANCEL):
            entry = by_id.get(order["order_id"], {"outcome": otherwise, "msg": None})
            msg = None if entry["msg"] is None else plain(entry["msg"], 1000)
            order = {**order, "outcome": entry["outcome"], "msg": msg}
        orders.append(order)
    counts = Counter(order["outcome"] for order in orders)
    return {
        **report,
        "ok": not result.get("failed") and "reason" not in result,
        "msg": plain(result.get("msg") or "it failed without a message", 2000),
        "counts": {**report["counts"], **{outcome: counts[outcome] for outcome in OUTCOMES}},
        "orders": orders,
    }


def _is_due(order: Order, last: date) -> bool:
    """Whether an order ends until that day, or might."""
    return order.status not in NOT_DUE and (order.valid_till is None or order.valid_till <= last)


def _unclear(order: Order) -> Decision | None:
    """Why a person has to look at an order before anything else is asked about it."""
    if order.valid_till is None:
        return Decision(PERSON, INCOMPLETE, "the API does not tell when it ends")
    if order.marked is None:
        return Decision(PERSON, INCOMPLETE, "the API does not tell whether it is marked already")
    if order.status not in ("issued", "expired"):
        return Decision(
            PERSON, "other_status", f"it is {plain(order.status)}: only issued and expired orders are marked"
        )
    return None


def _spared(order: Order, settings: t.Mapping[str, t.Any], prefix: str) -> Decision | None:
    """Whether the variables leave an order out. A person has to look where the API does not tell."""
    if order.id in settings["exclude_orders"]:
        return Decision(LEAVE, "excluded", f"{prefix}exclude_orders holds its ID")
    doubt = None
    for name, held, get, wanted in (
        ("products", settings.get("products"), _product, True),
        ("containers", settings.get("containers"), _container, True),
        ("exclude_containers", settings["exclude_containers"], _container, False),
        ("exclude_organizations", settings["exclude_organizations"], _organization, False),
    ):
        if held is None or (not held and not wanted):
            continue
        value = get(order.raw)
        if value is None:
            doubt = doubt or Decision(PERSON, INCOMPLETE, f"the API does not tell whether {prefix}{name} holds it")
        elif (value in held) != wanted:
            verb = "does not hold" if wanted else "holds"
            kind = {_product: "product", _container: "container", _organization: "organization"}[get]
            return Decision(LEAVE, "excluded", f"{prefix}{name} {verb} its {kind} ({plain(value)})")
    names = _names(order.raw)
    for pattern in settings["exclude_names"]:
        hit = next((name for name in names or () if _matches(name, pattern)), None)
        if hit is not None:
            return Decision(LEAVE, "excluded", f"{prefix}exclude_names holds {plain(pattern, 80)} ({plain(hit, 80)})")
    if settings["exclude_names"] and names is None:
        doubt = doubt or Decision(
            PERSON, UNKNOWN_NAMES, f"its names do not tell whether {prefix}exclude_names holds one"
        )
    return doubt


def _product(raw: Row) -> str | None:
    product = raw.get("product")
    name = product.get("name_id") if isinstance(product, dict) else None
    return name if isinstance(name, str) and name else None


def _container(raw: Row) -> int | None:
    container = raw.get("container")
    return (whole(container.get("id")) or None) if isinstance(container, dict) else None


def _organization(raw: Row) -> int | None:
    """Its ID; 0 where the order has none, which the API writes as an empty list."""
    organization = raw.get("organization")
    if organization == []:
        return 0
    return (whole(organization.get("id")) or None) if isinstance(organization, dict) else None


def _names(raw: Row) -> list[str] | None:
    """All names, as they came; None if not all of them are known."""
    certificate = raw.get("certificate")
    if not isinstance(certificate, dict):
        return None
    additional = certificate.get("dns_names")
    names = [certificate.get("common_name"), *(additional if isinstance(additional, list) else [None])]
    return names if all(isinstance(name, str) and name for name in names) else None


def _matches(name: str, pattern: str) -> bool:
    """Whether a shell pattern is for a name, in either spelling of both: rather one exclusion too many."""
    patterns = {_lower(pattern), to_a_labels(pattern) or _lower(pattern)}
    spellings = {_lower(name), to_a_labels(name) or _lower(name), ".".join(map(_to_u_label, _lower(name).split(".")))}
    return any(fnmatchcase(spelling, wanted) for spelling in spellings for wanted in patterns)


def _lower(name: str) -> str:
    return unicodedata.normalize("NFC", name.lower())


def _to_u_label(label: str) -> str:
    try:
        return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except ValueError:
        return label


def _new_report(playbook: str, title: str, now: datetime, check_mode: bool) -> dict[str, t.Any]:
    return {
        "playbook": f"certops.certcentral.{playbook}",
        "title": title,
        "check_mode": check_mode,
        "generated": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "settings": {},
        "ok": False,
        "msg": NOT_RUN,
        "counts": {},
        "orders": [],
    }


def _impossible(report: dict[str, t.Any], error: Exception) -> Plan:
    problem = error.message if isinstance(error, CertCentralError) else str(error)
    return {"problem": problem, "changes": [], "report": report, "summary": []}


def _plan(
    report: dict[str, t.Any],
    decisions: t.Sequence[tuple[Order, Decision]],
    changes: list[dict[str, t.Any]],
    counts: t.Mapping[str, int],
    does: str,
) -> Plan:
    decided = Counter(decision.decision for order, decision in decisions)
    report["counts"] = {**counts, **{name: decided[name] for name in (does, PERSON, LEAVE)}}
    report["orders"] = [_entry(order, decision) for order, decision in decisions]
    return {"problem": None, "changes": changes, "report": report, "summary": _summary(report)}


def _entry(order: Order, decision: Decision) -> dict[str, t.Any]:
    """An order as the report has it. All texts are fit for a terminal."""
    certificate = order.raw.get("certificate")
    certificate = certificate if isinstance(certificate, dict) else {}
    additional = certificate.get("dns_names")
    names = [order.common_name, *(additional if isinstance(additional, list) else ())]
    created = order.raw.get("date_created")
    return {
        "order_id": order.id,
        "common_name": plain(order.common_name) if order.common_name else None,
        "names": list(dict.fromkeys(plain(name) for name in names if isinstance(name, str) and name)),
        **{name: _label(order.raw.get(name)) for name in ("organization", "product", "container")},
        "status": plain(order.status),
        "valid_till": str(order.valid_till) if order.valid_till else None,
        "date_created": plain(created) if isinstance(created, str) else None,
        "is_renewed": order.marked,
        "decision": decision.decision,
        "reason": decision.reason,
        "why": decision.why,
        "candidates": list(decision.candidates),
        "outcome": None,
        "msg": None,
    }


def _label(value: t.Any) -> str | None:
    """What a person calls an organization, a product or a container."""
    name = (value.get("name") or value.get("name_id") or value.get("id")) if isinstance(value, dict) else None
    return plain(name) if isinstance(name, (str, int)) and name else None


def _summary(report: t.Mapping[str, t.Any]) -> list[str]:
    """The plan in a bounded number of lines."""
    lines = [", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in report["counts"].items())]
    left = [order for order in report["orders"] if order["decision"] == PERSON]
    # First those that have something to be decided, by the day on which they end.
    left.sort(key=lambda order: (not order["candidates"], order["valid_till"] or "", order["order_id"]))
    reasons = Counter(order["reason"] for order in left)
    if left:
        lines.append("for a person: " + ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items())))
    for order in left[:SHOWN]:
        lines.append(f"order {order['order_id']} ({plain(order['common_name'], 80)}): {order['why']}")
    if len(left) > SHOWN:
        lines.append(f"and {len(left) - SHOWN} more: the report has them all")
    return lines
