# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account after a migration, with the expected decision for each order, written independently of the implementation.

Each function below adds orders of one kind and states the decision that docs/renewals.md requires. As a program, this file fills a
simulator, and compares reports and the simulator's log with the expected decisions.
"""

from __future__ import annotations

import argparse
import json
import sys
import typing as t
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

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
UNWANTED_PRODUCT = {"name_id": "code_signing", "name": "Code Signing", "type": "code_signing_certificate"}


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
        self.expected: dict[int, Expected] = {}

    def add(self, *names: t.Any, placed: int, end: int, migrated: bool = False, **fields: t.Any) -> int:
        """Add an order for the given names, and return its ID. ``placed`` and ``end`` are days from today."""
        order_id = (3_000_000_000 if migrated else 5_000_000_000) + self.number * 10 + len(self.orders)
        certificate = {"common_name": names[0], "dns_names": list(names), "valid_from": date(placed)}
        self.orders.append(
            {
                "id": order_id,
                "status": "issued",
                "migrated": migrated,
                "organization": ORGANIZATION,
                "container": {"id": 5, "name": "Example Division"},
                "product": LEGACY if migrated else FLEX,
                "created_days_ago": -placed,
                "certificate": {**certificate, "valid_till": date(end), **fields.pop("certificate", {})},
                **fields,
            }
        )
        return order_id

    def old(self, *names: t.Any, **fields: t.Any) -> int:
        """Add a migrated order whose certificate expires soon."""
        return self.add(
            *names, **{"placed": -340, "end": 25 + self.number % (facts.RENEWAL_DAYS - 25), "migrated": True, **fields}
        )

    def new(self, *names: t.Any, **fields: t.Any) -> int:
        """Add an order that was placed in CertCentral recently."""
        return self.add(*names, **{"placed": -20, "end": 345, **fields})

    def mark(self, old: int, reason: str, renewed_by: int) -> None:
        """Expect that an order is marked."""
        self.expected[old] = ("mark", reason, renewed_by)

    def review(self, old: int, reason: str) -> None:
        """Expect that an order is left for review."""
        self.expected[old] = ("review", reason, None)

    def skip(self, old: int) -> None:
        """Expect that an order is excluded."""
        self.expected[old] = ("skip", "excluded", None)


def same_names(family: Family) -> None:
    old = family.old(family.www, family.domain)
    family.mark(old, "same_names", family.new(family.domain, family.www))


def same_names_expired(family: Family) -> None:
    old = family.old(family.www, status="expired", end=-3)
    family.mark(old, "same_names", family.new(family.www))


def same_names_in_another_spelling(family: Family) -> None:
    old = family.old(f"WWW.B\u00dcCHER.{family.domain}")
    family.mark(old, "same_names", family.new(f"www.xn--bcher-kva.{family.domain}"))


def same_wildcard(family: Family) -> None:
    old = family.old(f"*.{family.domain}")
    family.mark(old, "same_names", family.new(f"*.{family.domain.upper()}"))


def same_names_next_to_a_wildcard(family: Family) -> None:
    old = family.old(family.www)
    family.new(f"*.{family.domain}")
    family.mark(old, "same_names", family.new(family.www))


def same_family_of_products(family: Family) -> None:
    old = family.old(family.www)
    family.mark(old, "same_names", family.new(family.www, product={**FLEX, "name_id": "ssl_basic"}))


def same_names_on_the_last_day_of_the_window(family: Family) -> None:
    old = family.old(family.www, end=facts.RENEWAL_DAYS)
    family.mark(old, "same_names", family.new(family.www))


def two_candidates_of_which_one_is_excluded(family: Family) -> None:
    old = family.old(family.www)
    family.excluded.append(family.new(family.www))
    family.mark(old, "same_names", family.new(family.www))


def renewal_has_expired_since(family: Family) -> None:
    old = family.old(family.www, status="expired", end=-300, placed=-665)
    first = family.new(family.www, status="expired", placed=-320, end=-5)
    family.new(family.www, placed=-25, end=340)
    family.mark(old, "same_names", first)


def renewal_has_no_issue_date(family: Family) -> None:
    old = family.old(family.www)
    family.mark(old, "same_names", family.new(family.www, certificate={"valid_from": None}))


def renewed_before_and_after_the_migration(family: Family) -> None:
    # The first migrated order was renewed by the second one, before both were migrated.
    first = family.old(family.www, status="expired", placed=-700, end=-335)
    second = family.old(family.www)
    family.review(first, "placed_too_late")
    family.mark(second, "same_names", family.new(family.www))


def recorded(family: Family) -> None:
    old = family.old(family.www)
    new = family.new(family.www, is_renewal=True, renewal_of_order_id=old)
    family.mark(old, "recorded", new)


def recorded_otherwise(family: Family) -> None:
    old = family.old(family.www, renewed_order_id=4_000_000_000 + family.number)
    family.new(family.www)
    family.review(old, "recorded_otherwise")


def candidate_is_recorded_for_another_order(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www, is_renewal=True, renewal_of_order_id=4_000_000_000 + family.number)
    family.review(old, "recorded_otherwise")


def order_goes_on(family: Family) -> None:
    old = family.old(family.www, order_valid_in_days=300)
    family.new(family.www)
    family.review(old, "order_goes_on")


def shared_by_two_servers(family: Family) -> None:
    first, second = family.old(family.www), family.old(family.www, placed=-200)
    family.new(family.www)
    family.review(first, "shared")
    family.review(second, "shared")


def covered_by_more_names(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www, family.domain, f"shop.{family.domain}")
    family.review(old, "covers_names")


def covered_by_wildcard(family: Family) -> None:
    old = family.old(family.www, f"mail.{family.domain}", family.domain)
    family.new(f"*.{family.domain}", family.domain)
    family.review(old, "covers_names")


def fewer_names(family: Family) -> None:
    old = family.old(family.www, f"mail.{family.domain}")
    family.new(family.www)
    family.review(old, "fewer_names")


def wildcard_does_not_cover_the_domain(family: Family) -> None:
    old = family.old(family.www, family.domain)
    family.new(f"*.{family.domain}")
    family.review(old, "fewer_names")


def wildcard_does_not_cover_two_labels(family: Family) -> None:
    old = family.old(f"a.b.{family.domain}")
    family.new(f"*.{family.domain}")
    family.review(old, "not_renewed")


def single_name_does_not_cover_a_wildcard(family: Family) -> None:
    old = family.old(f"*.{family.domain}")
    family.new(family.www)
    family.review(old, "not_renewed")


def two_candidates(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www)
    family.new(family.www)
    family.review(old, "ambiguous")


def two_candidates_with_more_names(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www, family.domain)
    family.new(f"*.{family.domain}")
    family.review(old, "ambiguous")


def candidate_was_placed_too_early(family: Family) -> None:
    old = family.old(family.www, end=DUE_DAYS)
    family.new(family.www, placed=DUE_DAYS - facts.PLACED_BEFORE_DAYS - 10)
    family.review(old, "placed_too_early")


def candidate_was_placed_too_late(family: Family) -> None:
    old = family.old(family.www, status="expired", placed=-3285, end=-2920)
    family.new(family.www)
    family.review(old, "placed_too_late")


def candidate_of_another_organization(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www, organization=OTHER_ORGANIZATION)
    family.review(old, "other_organization")


def candidate_is_migrated_itself(family: Family) -> None:
    old = family.old(family.www)
    family.old(family.www, placed=-20, end=345)
    family.review(old, "not_renewed")


def candidate_is_pending(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www, status="pending", certificate={"valid_from": None, "valid_till": None})
    family.review(old, "not_issued")


def candidates_are_canceled_and_revoked(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www, status="canceled", certificate={"valid_from": None, "valid_till": None})
    family.new(family.www, status="revoked")
    family.review(old, "not_issued")


def certificate_of_the_candidate_is_revoked(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www, certificate={"status": "revoked"})
    family.review(old, "not_issued")


def candidate_of_another_product(family: Family) -> None:
    # Only order details tell that the products differ.
    old = family.old(family.www)
    family.new(family.www, product=EV)
    family.review(old, "other_product")


def candidate_expires_earlier(family: Family) -> None:
    old = family.old(family.www, end=DUE_DAYS)
    family.new(family.www, end=DUE_DAYS - 1)
    family.review(old, "ends_no_later")


def candidate_expires_on_the_same_day(family: Family) -> None:
    old = family.old(family.www, end=DUE_DAYS)
    family.new(family.www, end=DUE_DAYS)
    family.review(old, "ends_no_later")


def candidate_was_placed_earlier(family: Family) -> None:
    # An order with a multi-year plan whose certificate was reissued recently.
    old = family.old(family.www, placed=-340)
    family.new(family.www, placed=-341, certificate={"valid_from": date(-5)})
    family.review(old, "placed_earlier")


def candidate_was_placed_and_expired_earlier(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www, placed=-700, end=-335, status="expired")
    family.review(old, "ends_no_later")


def organization_is_unknown(family: Family) -> None:
    old = family.old(family.www, organization=[])
    family.new(family.www, organization=[])
    family.review(old, "incomplete")


def date_of_the_renewal_is_unknown(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www, date_created=None)
    family.review(old, "incomplete")


def validation_is_unknown(family: Family) -> None:
    old = family.old(family.www)
    family.new(family.www, product={**FLEX, "validation_type": None})
    family.review(old, "incomplete")


def expiry_date_is_unknown(family: Family) -> None:
    old = family.old(family.www, certificate={"valid_till": None})
    family.new(family.www)
    family.review(old, "incomplete")


def invalid_names(family: Family) -> None:
    odd: tuple[t.Any, ...] = (
        *(None, 5, ["x"], "", "two words", "{{ 7 * 7 }}", "a..b", "\ud83d\ude80"),
        *("www.*.example", "x" * 300, "Example"),
    )
    old = family.old(family.www, odd[family.number % len(odd)])
    family.new(family.www)
    family.review(old, "incomplete")


def name_of_one_word(family: Family) -> None:
    old = family.old(f"Signer{family.number}")
    family.new(f"Signer{family.number}")
    family.review(old, "incomplete")


def not_renewed(family: Family) -> None:
    family.review(family.old(family.www), "not_renewed")


def reissue_is_pending(family: Family) -> None:
    old = family.old(family.www, status="reissue_pending")
    family.new(family.www)
    family.review(old, "other_status")


def excluded_by_name(family: Family) -> None:
    old = family.old(f"Spared.{family.domain}", family.domain)
    family.new(f"spared.{family.domain}", family.domain)
    family.skip(old)


def excluded_by_id(family: Family) -> None:
    old = family.old(family.www)
    family.excluded.append(old)
    family.new(family.www)
    family.skip(old)


def excluded_by_organization(family: Family) -> None:
    old = family.old(family.www, organization=SPARED_ORGANIZATION)
    family.new(family.www, organization=SPARED_ORGANIZATION)
    family.skip(old)


def excluded_by_container(family: Family) -> None:
    old = family.old(family.www, container=SPARED_CONTAINER)
    family.new(family.www)
    family.skip(old)


def not_in_a_selected_container(family: Family) -> None:
    old = family.old(family.www, container=UNWANTED_CONTAINER)
    family.new(family.www)
    family.skip(old)


def not_of_a_selected_product(family: Family) -> None:
    old = family.old(family.www, product=UNWANTED_PRODUCT)
    family.new(family.www, product=UNWANTED_PRODUCT)
    family.skip(old)


def is_marked_already(family: Family) -> None:
    family.old(family.www, is_renewed=True)
    family.new(family.www)


def not_due(family: Family) -> None:
    family.old(family.www, end=facts.RENEWAL_DAYS + 1)
    family.new(family.www)


def status_is_final(family: Family) -> None:
    family.old(family.www, status=facts.FINAL_STATUSES[family.number % len(facts.FINAL_STATUSES)])
    family.new(family.www)


# All functions above that take a family and expect a decision, in the same order.
KINDS: tuple[t.Callable[[Family], None], ...] = (
    same_names,
    same_names_expired,
    same_names_in_another_spelling,
    same_wildcard,
    same_names_next_to_a_wildcard,
    same_family_of_products,
    same_names_on_the_last_day_of_the_window,
    two_candidates_of_which_one_is_excluded,
    renewal_has_expired_since,
    renewal_has_no_issue_date,
    renewed_before_and_after_the_migration,
    recorded,
    recorded_otherwise,
    candidate_is_recorded_for_another_order,
    order_goes_on,
    shared_by_two_servers,
    covered_by_more_names,
    covered_by_wildcard,
    fewer_names,
    wildcard_does_not_cover_the_domain,
    wildcard_does_not_cover_two_labels,
    single_name_does_not_cover_a_wildcard,
    two_candidates,
    two_candidates_with_more_names,
    candidate_was_placed_too_early,
    candidate_was_placed_too_late,
    candidate_of_another_organization,
    candidate_is_migrated_itself,
    candidate_is_pending,
    candidates_are_canceled_and_revoked,
    certificate_of_the_candidate_is_revoked,
    candidate_of_another_product,
    candidate_expires_earlier,
    candidate_expires_on_the_same_day,
    candidate_was_placed_earlier,
    candidate_was_placed_and_expired_earlier,
    organization_is_unknown,
    date_of_the_renewal_is_unknown,
    validation_is_unknown,
    expiry_date_is_unknown,
    invalid_names,
    name_of_one_word,
    not_renewed,
    reissue_is_pending,
    excluded_by_name,
    excluded_by_id,
    excluded_by_organization,
    excluded_by_container,
    not_in_a_selected_container,
    not_of_a_selected_product,
    is_marked_already,
    not_due,
    status_is_final,
)


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
    number = held = 0
    while held < migrated:
        family = Family(number)
        # If only one migrated order is missing, a kind with two does not fit.
        wanted = KINDS[number % len(KINDS)] if migrated - held > 1 else same_names
        wanted(family)
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


def get(url: str) -> t.Any:
    with urllib.request.urlopen(url, timeout=60) as response:
        return json.load(response)


def seed(control_url: str, variables: str) -> None:
    """Fill a simulator, and write the variables of the playbook to a file."""
    account = make_account()
    request = urllib.request.Request(
        f"{control_url}/orders",
        json.dumps(account.orders).encode(),
        {"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.status == 201
    Path(variables).write_text(json.dumps(account.variables), encoding="utf-8")


def check_report(report: t.Mapping[str, t.Any]) -> None:
    """Check that the report contains exactly the expected decisions, each with an explanation."""
    account = make_account()
    found = {order["order_id"]: order for order in report["orders"]}
    assert found.keys() == account.expected.keys(), sorted(found.keys() ^ account.expected.keys())[:5]
    for order_id, (decision, reason, renewed_by) in account.expected.items():
        order = found[order_id]
        assert (order["decision"], order["reason"]) == (decision, reason), (decision, reason, order)
        assert order["explanation"], order
        assert renewed_by is None or [one["order_id"] for one in order["candidates"]] == [renewed_by], order
        assert order.get("outcome") == ("changed" if decision == "mark" else None), order
        assert decision != "mark" or order["confirmed"], order
    assert (report["finished"], report["failed"]) == (True, False)


def check_changes(control_url: str) -> None:
    """Check that the simulator saw each expected change once, with a note that names the renewal, and no other change."""
    wanted = {
        order_id: f"Renewed in CertCentral by order {renewed_by}"
        for order_id, (decision, reason, renewed_by) in make_account().expected.items()
        if decision == "mark"
    }
    changes = get(f"{control_url}/changes")
    assert len(changes) == len(wanted), (len(changes), len(wanted))
    assert {change["order_id"]: change["note"] for change in changes} == wanted
    assert {change["status"] for change in changes} == {"renewed"}


def check_same(planned: t.Mapping[str, t.Any], done: t.Mapping[str, t.Any]) -> None:
    """Check that the real run did what check mode predicted. Messages, times and verifications may differ.

    The run reads no details of an order that it does not change, so it knows less about those.
    """
    assert (planned["check_mode"], done["check_mode"]) == (True, False)
    both = []
    for report in (planned, done):
        differs = ("api_calls", "approved_plan", "check_mode", "generated", "msg", "orders", "summary")
        told = {key: value for key, value in report.items() if key not in differs}
        orders = [
            {**order, "msg": None, "verified": None}
            if order["outcome"]
            else {key: order[key] for key in ("order_id", "decision", "reason", "outcome")}
            for order in report["orders"]
        ]
        both.append((told, orders))
    assert both[0] == both[1]


def load(path: str) -> t.Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.migration", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, arguments in {
        "seed": ("control_url", "variables"),
        "report": ("report",),
        "changes": ("control_url",),
        "same": ("planned", "done"),
    }.items():
        command = commands.add_parser(name)
        for argument in arguments:
            command.add_argument(argument)
    args = parser.parse_args()
    if args.command == "seed":
        seed(args.control_url, args.variables)
    elif args.command == "report":
        check_report(load(args.report))
    elif args.command == "changes":
        check_changes(args.control_url)
    else:
        check_same(load(args.planned), load(args.done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
