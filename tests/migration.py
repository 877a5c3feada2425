"""An account after a migration, with the expected decision for each order, written independently of the implementation.

Each entry of KINDS has orders, and the decisions that docs/renewals.md requires.
"""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

from . import facts

MIGRATED = 500
TOTAL = 2500

Seed = dict[str, t.Any]
# The expected decision on a migrated order, the reason, and the ID of the order that renewed it.
Expected = tuple[str, str, t.Optional[int]]

ORGANIZATION = {"id": 117483, "name": "Example Widgets Inc."}
OTHER_ORGANIZATION = {"id": 220022, "name": "Example Gadgets Ltd."}
SPARED_ORGANIZATION = {"id": 220033, "name": "Example Spare Parts"}
SPARED_CONTAINER = {"id": 77, "name": "Hands off"}
UNWANTED_CONTAINER = {"id": 88, "name": "Not this time"}
LEGACY = {"name_id": "ssl_plus", "name": "Standard SSL", "type": "ssl_certificate", "validation_type": "ov"}
FLEX = {"name_id": "ssl_securesite_flex", "name": "Secure Site OV", "type": "ssl_certificate", "validation_type": "ov"}
EV = {"name_id": "ssl_ev_securesite_flex", "name": "Secure Site EV", "type": "ssl_certificate", "validation_type": "ev"}
# A certificate that expires in this many days is due with the default window.
DUE_DAYS = facts.RENEWAL_DAYS - 10
CODE_SIGNING = {"name_id": "code_signing", "name": "Code Signing", "type": "code_signing_certificate"}


def date(days: int) -> str:
    """Return the date in UTC that is the given number of days from today."""
    return (datetime.now(timezone.utc).date() + timedelta(days=days)).isoformat()


class Family:
    """A migrated order and related orders. Their names are in a domain that no other family uses."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.domain = f"d{number}.example"
        self.www = f"www.{self.domain}"
        self.orders: list[Seed] = []
        self.excluded: list[int] = []
        self._expected: dict[int, str] = {}

    def add(
        self, *names: t.Any, placed: int, end: int, expect: str = "", is_excluded: bool = False, **fields: t.Any
    ) -> int:
        """Add an order, and return its ID.

        :param names: the names, which can contain ``{domain}``. They and the fields can be functions of the family.
        :param placed: the day of the order, in days from today
        :param end: the last day of its certificate
        :param expect: the decision, its reason, and for a mark the number of the order in the family that renewed this one
        """
        filled = {name: value(self) if callable(value) else value for name, value in fields.items()}
        named = [name(self) if callable(name) else name for name in names]
        named = [name.replace("{domain}", self.domain) if isinstance(name, str) else name for name in named]
        migrated = filled.get("migrated", False)
        order_id = (3_000_000_000 if migrated else 5_000_000_000) + self.number * 10 + len(self.orders)
        certificate = {"common_name": named[0], "dns_names": named, "valid_from": date(placed), "valid_till": date(end)}
        self.orders.append(
            {
                "id": order_id,
                "status": "issued",
                "migrated": False,
                "organization": ORGANIZATION,
                "container": {"id": 5, "name": "Example Division"},
                "product": LEGACY if migrated else FLEX,
                "created_days_ago": -placed,
                **filled,
                "certificate": {**certificate, **filled.get("certificate", {})},
            }
        )
        self.excluded += [order_id] * is_excluded
        if expect:
            self._expected[order_id] = expect
        return order_id

    def old(self, *names: t.Any, **fields: t.Any) -> int:
        """Add a migrated order whose certificate expires soon."""
        end = 25 + self.number % (facts.RENEWAL_DAYS - 25)
        return self.add(*names, **{"placed": -340, "end": end, "migrated": True, **fields})

    def new(self, *names: t.Any, **fields: t.Any) -> int:
        """Add an order that was placed in CertCentral recently."""
        return self.add(*names, **{"placed": -20, "end": 345, **fields})

    @property
    def expected(self) -> dict[int, Expected]:
        """Return the expected decisions."""
        found = {order_id: words.split() for order_id, words in self._expected.items()}
        ids = [order["id"] for order in self.orders]
        return {key: (what, why, ids[int(by[0])] if by else None) for key, (what, why, *by) in found.items()}


Fields = dict[str, t.Any]
Place = t.Callable[[Family], int]


def old(*names: t.Any, **fields: t.Any) -> Place:
    """Return a function that adds a migrated order to a family (see ``Family.old``)."""
    return lambda family: family.old(*names, **fields)


def new(*names: t.Any, **fields: t.Any) -> Place:
    """Return a function that adds an order that was placed in CertCentral (see ``Family.new``)."""
    return lambda family: family.new(*names, **fields)


DOMAIN, WWW, MAIL, WILDCARD = "{domain}", "www.{domain}", "mail.{domain}", "*.{domain}"
NOT_ISSUED: Fields = {"certificate": {"valid_from": None, "valid_till": None}}
ODD_NAMES: tuple[t.Any, ...] = (
    *(None, 5, ["x"], "", "two words", "{{ 7 * 7 }}", "a..b", "\ud83d\ude80"),
    *("www.*.example", "x" * 300, "Example"),
)


def other_id(family: Family) -> int:
    """Return the ID of an order that is not in the account."""
    return 4_000_000_000 + family.number


# Families of orders, each with the expected decisions.
KINDS: dict[str, list[Place]] = {
    "same names": [old(WWW, DOMAIN, expect="mark same_names 1"), new(DOMAIN, WWW)],
    "same names, expired": [old(WWW, expect="mark same_names 1", status="expired", end=-3), new(WWW)],
    "other spelling": [old("WWW.B\u00dcCHER.{domain}", expect="mark same_names 1"), new("www.xn--bcher-kva.{domain}")],
    "same wildcard": [old(WILDCARD, expect="mark same_names 1"), new(lambda family: f"*.{family.domain.upper()}")],
    "same names next to a wildcard": [old(WWW, expect="mark same_names 2"), new(WILDCARD), new(WWW)],
    "same product family": [old(WWW, expect="mark same_names 1"), new(WWW, product={**FLEX, "name_id": "ssl_basic"})],
    "last day of the window": [old(WWW, expect="mark same_names 1", end=facts.RENEWAL_DAYS), new(WWW)],
    "one of two candidates is excluded": [old(WWW, expect="mark same_names 2"), new(WWW, is_excluded=True), new(WWW)],
    "renewal has expired since": [
        old(WWW, expect="mark same_names 1", status="expired", end=-300, placed=-665),
        new(WWW, status="expired", placed=-320, end=-5),
        new(WWW, placed=-25, end=340),
    ],
    "renewal has no issue date": [old(WWW, expect="mark same_names 1"), new(WWW, certificate={"valid_from": None})],
    # The first migrated order was renewed by the second one, before both were migrated.
    "renewed before and after the migration": [
        old(WWW, expect="review placed_too_late", status="expired", placed=-700, end=-335),
        old(WWW, expect="mark same_names 2"),
        new(WWW),
    ],
    "recorded": [
        old(WWW, expect="mark recorded 1"),
        new(WWW, is_renewal=True, renewal_of_order_id=lambda family: family.orders[0]["id"]),
    ],
    "recorded otherwise": [old(WWW, expect="review recorded_otherwise", renewed_order_id=other_id), new(WWW)],
    "candidate is recorded for another order": [
        old(WWW, expect="review recorded_otherwise"),
        new(WWW, is_renewal=True, renewal_of_order_id=other_id),
    ],
    "order goes on": [old(WWW, expect="review order_goes_on", order_valid_in_days=300), new(WWW)],
    "shared by servers": [old(WWW, expect="review shared"), old(WWW, expect="review shared", placed=-200), new(WWW)],
    "covered by more names": [old(WWW, expect="review covers_names"), new(WWW, DOMAIN, "shop.{domain}")],
    "covered by a wildcard": [old(WWW, MAIL, DOMAIN, expect="review covers_names"), new(WILDCARD, DOMAIN)],
    "fewer names": [old(WWW, MAIL, expect="review fewer_names"), new(WWW)],
    "wildcard does not cover the domain": [old(WWW, DOMAIN, expect="review fewer_names"), new(WILDCARD)],
    "wildcard does not cover two labels": [old("a.b.{domain}", expect="review not_renewed"), new(WILDCARD)],
    "single name does not cover a wildcard": [old(WILDCARD, expect="review not_renewed"), new(WWW)],
    "two candidates": [old(WWW, expect="review ambiguous"), new(WWW), new(WWW)],
    "two candidates with more names": [old(WWW, expect="review ambiguous"), new(WWW, DOMAIN), new(WILDCARD)],
    "placed too early": [
        old(WWW, expect="review placed_too_early", end=DUE_DAYS),
        new(WWW, placed=DUE_DAYS - facts.PLACED_BEFORE_DAYS - 10),
    ],
    "placed too late": [old(WWW, expect="review placed_too_late", status="expired", placed=-3285, end=-2920), new(WWW)],
    "another organization": [old(WWW, expect="review other_organization"), new(WWW, organization=OTHER_ORGANIZATION)],
    "candidate is migrated itself": [old(WWW, expect="review not_renewed"), old(WWW, placed=-20, end=345)],
    "candidate is pending": [old(WWW, expect="review not_issued"), new(WWW, status="pending", **NOT_ISSUED)],
    "candidates are canceled and revoked": [
        old(WWW, expect="review not_issued"),
        new(WWW, status="canceled", **NOT_ISSUED),
        new(WWW, status="revoked"),
    ],
    "revoked certificate": [old(WWW, expect="review not_issued"), new(WWW, certificate={"status": "revoked"})],
    # Only order details tell that the products differ.
    "candidate of another product": [old(WWW, expect="review other_product"), new(WWW, product=EV)],
    "candidate expires earlier": [old(WWW, expect="review ends_no_later", end=DUE_DAYS), new(WWW, end=DUE_DAYS - 1)],
    "candidate ends on the same day": [old(WWW, expect="review ends_no_later", end=DUE_DAYS), new(WWW, end=DUE_DAYS)],
    # An order with a multi-year plan whose certificate was reissued recently.
    "candidate was placed earlier": [
        old(WWW, expect="review placed_earlier", placed=-340),
        new(WWW, placed=-341, certificate=lambda family: {"valid_from": date(-5)}),
    ],
    "candidate was placed and expired earlier": [
        old(WWW, expect="review ends_no_later"),
        new(WWW, placed=-700, end=-335, status="expired"),
    ],
    "organization is unknown": [old(WWW, expect="review incomplete", organization=[]), new(WWW, organization=[])],
    "date of the renewal is unknown": [old(WWW, expect="review incomplete"), new(WWW, date_created=None)],
    "unknown validation": [old(WWW, expect="review incomplete"), new(WWW, product={**FLEX, "validation_type": None})],
    "expiry date is unknown": [old(WWW, expect="review incomplete", certificate={"valid_till": None}), new(WWW)],
    "invalid name": [
        old(WWW, lambda family: ODD_NAMES[family.number % len(ODD_NAMES)], expect="review incomplete"),
        new(WWW),
    ],
    "name of one word": [
        old(lambda family: f"Signer{family.number}", expect="review incomplete"),
        new(lambda family: f"Signer{family.number}"),
    ],
    "not renewed": [old(WWW, expect="review not_renewed")],
    "reissue is pending": [old(WWW, expect="review other_status", status="reissue_pending"), new(WWW)],
    "excluded by name": [old("Spared.{domain}", DOMAIN, expect="skip excluded"), new("spared.{domain}", DOMAIN)],
    "excluded by ID": [old(WWW, expect="skip excluded", is_excluded=True), new(WWW)],
    "excluded by organization": [
        old(WWW, expect="skip excluded", organization=SPARED_ORGANIZATION),
        new(WWW, organization=SPARED_ORGANIZATION),
    ],
    "excluded by container": [old(WWW, expect="skip excluded", container=SPARED_CONTAINER), new(WWW)],
    "not in a selected container": [old(WWW, expect="skip excluded", container=UNWANTED_CONTAINER), new(WWW)],
    "not a selected product": [old(WWW, expect="skip excluded", product=CODE_SIGNING), new(WWW, product=CODE_SIGNING)],
    "marked already": [old(WWW, is_renewed=True), new(WWW)],
    "not due": [old(WWW, end=facts.RENEWAL_DAYS + 1), new(WWW)],
    "status is final": [
        old(WWW, status=lambda family: facts.FINAL_STATUSES[family.number % len(facts.FINAL_STATUSES)]),
        new(WWW),
    ],
}


class Account(t.NamedTuple):
    """Orders, the expected decisions, and the variables of the playbook that the decisions depend on."""

    orders: list[Seed]
    expected: dict[int, Expected]
    variables: dict[str, t.Any]


def make_account(migrated: int = MIGRATED, total: int = TOTAL) -> Account:
    """Return an account with the given number of migrated orders, and the given total. Each kind occurs equally often."""
    orders: list[Seed] = []
    expected: dict[int, Expected] = {}
    excluded: list[int] = []
    kinds = list(KINDS.values())
    number = held = 0
    while held < migrated:
        family = Family(number)
        # If only one migrated order is missing, a kind with two does not fit.
        for place in kinds[number % len(kinds)] if migrated - held > 1 else kinds[0]:
            place(family)
        orders += family.orders
        excluded += family.excluded
        expected.update(family.expected)
        held += sum(order["migrated"] for order in family.orders)
        number += 1
    while len(orders) < total:
        family = Family(number)
        family.new(family.www, placed=-(number % 300), end=365 - number % 300)
        orders += family.orders
        number += 1
    variables = {
        "mark_renewed_max_changes": migrated,
        "mark_renewed_exclude_orders": excluded,
        "mark_renewed_exclude_names": ["spared.*"],
        "mark_renewed_exclude_organizations": [SPARED_ORGANIZATION["id"]],
        "mark_renewed_exclude_containers": [SPARED_CONTAINER["id"]],
        "mark_renewed_products": [LEGACY["name_id"], FLEX["name_id"]],
        "mark_renewed_containers": [5, SPARED_CONTAINER["id"]],
    }
    return Account(orders, expected, variables)
