"""The documented outcome of each desired state for each state of an order, written independently of the implementation."""

from __future__ import annotations

import itertools
import typing as t
from datetime import date, timedelta

from . import facts

STATUSES = (*facts.STATUSES, "brand_new_status")
# Pairs of status and cancel_scope.
DESIRED = (("canceled", "order"), ("canceled", "reissue"), ("renewed", "order"), ("not_renewed", "order"))
# On the day of grace, the modules send the change, but an API with the same clock rejects it.
GRACE_DAY = facts.RENEWAL_DAYS + facts.GRACE_DAYS
# Days from today until the certificate expires, or None if it has no end date.
DAYS = (-400, -1, 0, facts.RENEWAL_DAYS - 1, facts.RENEWAL_DAYS, GRACE_DAY, GRACE_DAY + 1, 400, None)


class Case(t.NamedTuple):
    """A desired state and the order that should be in it. ``days`` is the number of days until the certificate expires."""

    desired: str
    scope: str
    status: str
    is_renewed: bool = False
    migrated: bool = False
    days: int | None = 400
    renewed_order_id: int = 0
    check_rules: bool = True

    def options(self) -> dict[str, t.Any]:
        """Return the options of the module, without the ID of the order."""
        options = {"status": self.desired, "cancel_scope": self.scope, "check_rules": self.check_rules}
        return {**options, "note": "No longer needed"} if self.desired == "canceled" else options

    def seed(self, order_id: int, today: date) -> dict[str, t.Any]:
        """Return the order in the form that the simulator takes."""
        return {
            "id": order_id,
            "status": self.status,
            "is_renewed": self.is_renewed,
            "migrated": self.migrated,
            "renewed_order_id": self.renewed_order_id,
            "certificate": {"valid_till": None if self.days is None else (today + timedelta(self.days)).isoformat()},
        }


def expected(case: Case) -> str:
    """Return the expected operation of a case, or the reason why it is refused."""
    marked = case.is_renewed or case.status == "renewed"
    if (case.desired, case.scope) == ("canceled", "reissue"):
        return "cancel_reissue" if case.status == facts.STATUS_WITH_REISSUE else "none"
    if case.desired == "canceled":
        if case.status in ("canceled", *facts.STATUSES_TO_CANCEL):
            return "none" if case.status == "canceled" else "cancel_order"
        if case.status == facts.STATUS_WITH_REISSUE:
            return "reissue_pending"
        is_known = case.check_rules or case.status in facts.STATUSES_ISSUED
        return "wrong_state" if is_known else "cancel_order"
    if case.desired == "not_renewed":
        if not marked:
            return "none"
        return "renewed_by_order" if case.check_rules and case.renewed_order_id else "mark_not_renewed"
    if marked:
        return "none"
    if case.check_rules and not case.migrated:
        return "not_migrated"
    if case.check_rules and (case.days is None or case.days > GRACE_DAY):
        return "outside_renewal_window"
    return "mark_renewed"


OPERATIONS = ("none", "cancel_order", "cancel_reissue", "mark_renewed", "mark_not_renewed")


def ends(case: Case) -> tuple[str | None, bool | None]:
    """Return the status of an order after a case that is not refused, and whether it is marked.

    The status is None if it depends on the order's dates.
    """
    marked = case.is_renewed or case.status == "renewed"
    operation = expected(case)
    if operation == "mark_not_renewed":
        return None if case.status == "renewed" else case.status, False
    status = {"cancel_order": "canceled", "cancel_reissue": "issued"}.get(operation, case.status)
    return status, operation == "mark_renewed" or marked


def cases(desired: str, scope: str, status: str, days: t.Sequence[int | None] = DAYS) -> t.Iterator[Case]:
    """Return every case of one desired state and one status of the order."""
    flags = (False, True)
    for marked, migrated, left, other, rules in itertools.product(flags, flags, days, (0, 7654321), (True, False)):
        yield Case(desired, scope, status, marked, migrated, left, other, rules)


def rows() -> t.Iterator[Case]:
    """Return a case for each status and desired state, and for each outcome of the marks."""
    for (desired, scope), status in itertools.product(DESIRED, STATUSES):
        marked = desired == "not_renewed" and status != "canceled"
        yield Case(desired, scope, status, marked, migrated=True, days=None if status == "pending" else 30)
    for days in (days for days in DAYS if days != GRACE_DAY):
        yield Case("renewed", "order", "issued", migrated=True, days=days)
    yield Case("renewed", "order", "expired", migrated=True, days=-30)
    yield Case("renewed", "order", "issued", migrated=False, days=30)
    yield Case("renewed", "order", "issued", is_renewed=True, days=400)
    yield Case("not_renewed", "order", "issued", is_renewed=True, renewed_order_id=7654321)
    yield Case("not_renewed", "order", "issued", is_renewed=False, migrated=True)


def unchecked_rows() -> t.Iterator[Case]:
    """Return cases with ``check_rules: false``: changes that are refused even then, and changes that the API decides about."""
    for status in STATUSES:
        yield Case("canceled", "order", status, check_rules=False)
    for days in (None, 400):
        yield Case("renewed", "order", "issued", migrated=False, days=days, check_rules=False)
    yield Case("not_renewed", "order", "issued", is_renewed=True, renewed_order_id=7654321, check_rules=False)
