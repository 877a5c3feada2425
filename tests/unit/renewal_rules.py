"""The rules of docs/renewals.md, written independently of the implementation: without an index, and one order after the other.

An order is a JSON value with the fields that the API returns. A condition is None if the order does not tell whether it holds.
"""

from __future__ import annotations

import re
import typing as t
from datetime import date, datetime

from ansible_collections.certops.certcentral.tests import facts

Row = dict[str, t.Any]
NAME = re.compile(r"(\*|[\w-]+)(\.[\w-]+)+")
NO_RIVALS = (*facts.STATUSES_BEFORE_ISSUANCE, *facts.STATUSES_NEVER_ISSUED, "approved", "revoked")
NO_CANDIDATE = "no candidate"


def to_ascii(name: str) -> str:
    """Return a DNS name in lower case, with A-labels."""
    labels = name.lower().split(".")
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)


def given_names(order: Row) -> list[t.Any]:
    return [order["certificate"]["common_name"], *(order["certificate"].get("dns_names") or ())]


def is_name(value: t.Any) -> bool:
    return isinstance(value, str) and bool(NAME.fullmatch(value))


def names_of(order: Row) -> set[str]:
    return {to_ascii(name) for name in given_names(order) if is_name(name)}


def has_unknown_names(order: Row) -> bool:
    return order["certificate"].get("dns_names") is None or not all(map(is_name, given_names(order)))


def covers(order: Row, other: Row) -> bool:
    def is_good_for(held: str, name: str) -> bool:
        first, *rest = held.split(".")
        return held == name or (first == "*" and "*" not in name and rest == name.split(".")[1:])

    return all(any(is_good_for(held, name) for held in names_of(order)) for name in names_of(other))


def placed(order: Row) -> datetime | None:
    return datetime.fromisoformat(order["date_created"]) if order["date_created"] else None


def ends(order: Row) -> date | None:
    till = order["certificate"].get("valid_till")
    return date.fromisoformat(till) if till else None


def is_later(before: t.Any, after: t.Any) -> bool | None:
    return after > before if before and after else None


def is_one_family(old: Row, new: Row) -> bool | None:
    first, second = old["product"], new["product"]
    if "name_id" in first and first.get("name_id") == second.get("name_id"):
        return True
    pairs = [(first.get(key), second.get(key)) for key in ("type", "validation_type")]
    if any(one and other and one != other for one, other in pairs):
        return False
    return True if all(one and other for one, other in pairs) else None


def is_candidate(old: Row, new: Row) -> bool | None:
    """Return whether an order meets all conditions for a candidate, except that it is not migrated itself."""
    began = old["certificate"].get("valid_from"), new["certificate"].get("valid_from")
    is_known = bool(old["organization"] and new["organization"])
    conditions = [
        new["status"] in ("issued", "expired", "reissue_pending") and new["certificate"].get("status") != "revoked",
        old["organization"]["id"] == new["organization"]["id"] if is_known else None,
        is_one_family(old, new),
        is_later(placed(old), placed(new)),
        is_later(ends(old), ends(new)),
        not all(began) or began[0] < began[1],
        covers(new, old),
    ]
    if False in conditions:
        return False
    return None if None in conditions or has_unknown_names(new) else True


def record(order: Row, name: str) -> t.Any:
    return order.get(name) or 0


def find_left(old: Row, candidates: list[Row]) -> tuple[str, Row | None]:
    """Return the reason by names and dates, and the one candidate that is left."""
    free = [new for new in candidates if record(new, "renewal_of_order_id") in (0, old["id"])]
    if not free:
        return "recorded_otherwise", None
    # Days by which a candidate was placed too early (below 0) or too late (above 0).
    off: dict[int, int] = {}
    for new in free:
        begin, end = placed(new), ends(old)
        days = (begin.date() - end).days if begin and end else 0
        too_early, too_late = days + facts.PLACED_BEFORE_DAYS, days - facts.PLACED_AFTER_DAYS
        off[new["id"]] = too_early if too_early < 0 else max(0, too_late)
    timely = [new for new in free if off[new["id"]] == 0]
    if not timely:
        return "placed_too_early" if min(off.values(), key=abs) < 0 else "placed_too_late", None
    same = [new for new in timely if names_of(new) == names_of(old)]
    if len(same or timely) > 1:
        return "ambiguous", None
    return ("same_names", same[0]) if same else ("covers_names", timely[0])


def find_recorded(old: Row, candidates: list[Row]) -> tuple[str, Row | None]:
    """Return the reason by the API's records, and the candidate that they name. The reason is empty without a record."""
    claims = [new for new in candidates if record(new, "renewal_of_order_id") == old["id"]]
    if record(old, "renewed_order_id"):
        named = [new for new in candidates if new["id"] == record(old, "renewed_order_id")]
        contradicted = [new for new in named if record(new, "renewal_of_order_id") not in (0, old["id"])]
        if not named or contradicted or any(new is not named[0] for new in claims):
            return "recorded_otherwise", None
        return "recorded", named[0]
    if len(claims) > 1:
        return "ambiguous", None
    return ("recorded", claims[0]) if claims else ("", None)


class Rules:
    """The decisions on the orders of one account.

    :param others: the orders that are not migrated and not excluded
    :param accept: reasons that may lead to a mark
    """

    def __init__(self, migrated: list[Row], others: list[Row], accept: t.Container[str], today: date) -> None:
        self.migrated, self.others, self.accept, self.today = migrated, others, accept, today

    def decide(self, old: Row, *, final: bool = True) -> tuple[str, str]:
        """Return the decision on a migrated order, and the reason. Unless it is final, what is unknown does not matter."""
        if has_unknown_names(old):
            return "review", "incomplete"
        candidates = [new for new in self.others if is_candidate(old, new) is not False]
        if not candidates:
            return "review", NO_CANDIDATE
        reason, renewal = find_recorded(old, candidates)
        if not reason and self._goes_on(old):
            reason = "order_goes_on"
        if not reason:
            reason, renewal = find_left(old, candidates)
            rivals = (other for other in self.migrated if renewal and self._is_rival(old, other, renewal))
            if reason == "same_names" and any(rivals):
                return "review", "shared"
        if renewal is None or reason not in self.accept:
            return "review", reason
        return ("mark", reason) if is_candidate(old, renewal) or not final else ("review", "incomplete")

    def _goes_on(self, old: Row) -> bool:
        till, end = old.get("order_valid_till"), ends(old)
        if not till or not end or till < self.today.isoformat():
            return False
        return (date.fromisoformat(till) - end).days > 31

    def _is_rival(self, old: Row, other: Row, renewal: Row) -> bool:
        """Return whether the renewal of an order may also be the renewal of another one that was valid at the same time."""
        recorded = record(other, "renewed_order_id")
        if other["id"] == old["id"] or other["status"] in NO_RIVALS or recorded not in (0, renewal["id"]):
            return False
        begins, ended = [placed(old), placed(other)], [ends(old), ends(other)]
        if all(begins) and all(ended):
            last = max(t.cast("list[datetime]", begins)).date()
            if (min(t.cast("list[date]", ended)) - last).days <= 120:
                return False
        if not names_of(other) or not covers(renewal, other):
            return False
        if recorded:
            return True
        if is_candidate(other, renewal) is False:
            return False
        # A candidate that is not certain may yet drop out. If not all names are known, each candidate in time counts.
        certain = [new for new in self.others if is_candidate(other, new) or new is renewal]
        return find_left(other, [renewal] if has_unknown_names(other) else certain)[1] is renewal
