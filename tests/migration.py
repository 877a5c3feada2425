# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account after a migration, with what has to be decided on each of its orders. Written without a look at the product.

Every kind of order says itself what has to become of it. Run as a program, it seeds a simulator, and compares reports and the
simulator's log with what has to be.
"""

from __future__ import annotations

import argparse
import json
import sys
import typing as t
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

MIGRATED = 1500
TOTAL = 4000

Seed = dict[str, t.Any]
# What has to be decided on a migrated order: decision, reason, and the order that renewed it. None: it is not to be reported.
Expected = t.Optional[tuple[str, str, t.Optional[int]]]

ORGANIZATION = {"id": 117483, "name": "Example Widgets Inc."}
OTHER_ORGANIZATION = {"id": 220022, "name": "Example Gadgets Ltd."}
SPARED_ORGANIZATION = {"id": 220033, "name": "Example Spare Parts"}
SPARED_CONTAINER = {"id": 77, "name": "Hands off"}
UNWANTED_CONTAINER = {"id": 88, "name": "Not this time"}
LEGACY = {"name_id": "ssl_plus", "name": "Standard SSL", "type": "ssl_certificate", "validation_type": "ov"}
FLEX = {"name_id": "ssl_securesite_flex", "name": "Secure Site OV", "type": "ssl_certificate", "validation_type": "ov"}
EV = {"name_id": "ssl_ev_securesite_flex", "name": "Secure Site EV", "type": "ssl_certificate", "validation_type": "ev"}
UNWANTED_PRODUCT = {"name_id": "code_signing", "name": "Code Signing", "type": "code_signing_certificate"}


def date(days: int) -> str:
    """The day so many days from today, in UTC."""
    return (datetime.now(timezone.utc).date() + timedelta(days=days)).isoformat()


class Family:
    """One migrated order, and the orders around it. All of its names lie below one domain of its own."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.domain = f"d{number}.example"
        self.www = f"www.{self.domain}"
        self.orders: list[Seed] = []
        self.excluded: list[int] = []

    def add(self, *names: t.Any, begin: int, end: int, migrated: bool = False, **fields: t.Any) -> int:
        """Add an order for these names, valid from and until so many days from today. Returns its ID."""
        order_id = (3_000_000_000 if migrated else 5_000_000_000) + self.number * 10 + len(self.orders)
        validity = fields.pop("validity", {"valid_from": date(begin), "valid_till": date(end)})
        self.orders.append(
            {
                "id": order_id,
                "status": "issued",
                "migrated": migrated,
                "organization": ORGANIZATION,
                "container": {"id": 5, "name": "Example Division"},
                "product": LEGACY if migrated else FLEX,
                "created_days_ago": -begin,
                "certificate": {"common_name": names[0], "dns_names": list(names), **validity},
                **fields,
            }
        )
        return order_id

    def old(self, *names: t.Any, **fields: t.Any) -> int:
        """A migrated order that ends soon."""
        return self.add(*names, **{"begin": -340, "end": 25 + self.number % 65, "migrated": True, **fields})

    def new(self, *names: t.Any, **fields: t.Any) -> int:
        """An order that was made in CertCentral lately."""
        return self.add(*names, **{"begin": -20, "end": 345, **fields})


def marked(reason: str, renewed_by: int) -> Expected:
    return ("mark", reason, renewed_by)


def person(reason: str) -> Expected:
    return ("person", reason, None)


def same_names(family: Family) -> Expected:
    family.old(family.www, family.domain)
    return marked("same_names", family.new(family.domain, family.www))


def same_names_expired(family: Family) -> Expected:
    family.old(family.www, status="expired", end=-3)
    return marked("same_names", family.new(family.www))


def same_names_in_other_letters(family: Family) -> Expected:
    family.old(f"WWW.B\u00dcCHER.{family.domain}")
    return marked("same_names", family.new(f"www.xn--bcher-kva.{family.domain}"))


def same_wildcard(family: Family) -> Expected:
    family.old(f"*.{family.domain}")
    return marked("same_names", family.new(f"*.{family.domain.upper()}"))


def same_names_beside_a_wildcard(family: Family) -> Expected:
    family.old(family.www)
    family.new(f"*.{family.domain}")
    return marked("same_names", family.new(family.www))


def same_family_of_products(family: Family) -> Expected:
    family.old(family.www)
    family.new(family.www, product=EV)
    return marked("same_names", family.new(family.www, product={**FLEX, "name_id": "ssl_basic"}))


def on_the_last_day(family: Family) -> Expected:
    family.old(family.www, end=90)
    return marked("same_names", family.new(family.www))


def more_names(family: Family) -> Expected:
    family.old(family.www)
    return marked("covers_names", family.new(family.www, family.domain, f"shop.{family.domain}"))


def by_wildcard(family: Family) -> Expected:
    family.old(family.www, f"mail.{family.domain}", family.domain)
    return marked("covers_names", family.new(f"*.{family.domain}", family.domain))


def twice_and_decided(family: Family) -> Expected:
    family.old(family.www)
    family.excluded.append(family.new(family.www))
    return marked("same_names", family.new(family.www))


def fewer_names(family: Family) -> Expected:
    family.old(family.www, f"mail.{family.domain}")
    family.new(family.www)
    return person("fewer_names")


def wildcard_without_the_domain(family: Family) -> Expected:
    family.old(family.www, family.domain)
    family.new(f"*.{family.domain}")
    return person("fewer_names")


def wildcard_above_two_labels(family: Family) -> Expected:
    family.old(f"a.b.{family.domain}")
    family.new(f"*.{family.domain}")
    return person("not_renewed")


def wildcard_by_a_single_name(family: Family) -> Expected:
    family.old(f"*.{family.domain}")
    family.new(family.www)
    return person("not_renewed")


def twice(family: Family) -> Expected:
    family.old(family.www)
    family.new(family.www)
    family.new(family.www)
    return person("several")


def twice_with_more_names(family: Family) -> Expected:
    family.old(family.www)
    family.new(family.www, family.domain)
    family.new(f"*.{family.domain}")
    return person("several")


def by_another_organization(family: Family) -> Expected:
    family.old(family.www)
    family.new(family.www, organization=OTHER_ORGANIZATION)
    return person("other_organization")


def by_a_migrated_order(family: Family) -> Expected:
    family.old(family.www)
    family.old(family.www, begin=-20, end=345)
    return person("by_migrated")


def by_a_pending_order(family: Family) -> Expected:
    family.old(family.www)
    family.new(family.www, status="pending", validity={})
    return person("not_issued")


def by_an_expired_order(family: Family) -> Expected:
    family.old(family.www, status="expired", end=-300, begin=-665)
    family.new(family.www, status="expired", begin=-320, end=-5)
    return person("not_issued")


def by_a_canceled_and_a_revoked_order(family: Family) -> Expected:
    family.old(family.www)
    family.new(family.www, status="canceled", validity={})
    family.new(family.www, status="revoked")
    return person("not_issued")


def by_another_product(family: Family) -> Expected:
    family.old(family.www)
    family.new(family.www, product=EV)
    return person("other_product")


def by_one_that_ends_before_it(family: Family) -> Expected:
    family.old(family.www, end=80)
    family.new(family.www, end=79)
    return person("ends_no_later")


def by_one_that_ends_with_it(family: Family) -> Expected:
    family.old(family.www, end=80)
    family.new(family.www, end=80)
    return person("ends_no_later")


def by_one_that_was_there_before(family: Family) -> Expected:
    family.old(family.www, begin=-340)
    family.new(family.www, begin=-341)
    return person("issued_no_later")


def without_organization(family: Family) -> Expected:
    family.old(family.www, organization=[])
    family.new(family.www, organization=[])
    return person("no_organization")


def without_issue_date(family: Family) -> Expected:
    family.old(family.www)
    family.new(family.www, validity={"valid_from": None, "valid_till": date(345)})
    return person("incomplete")


def without_end(family: Family) -> Expected:
    family.old(family.www, validity={"valid_from": date(-340), "valid_till": None})
    family.new(family.www)
    return person("incomplete")


def odd_names(family: Family) -> Expected:
    odd: tuple[t.Any, ...] = (
        None,
        5,
        ["x"],
        "",
        "two words",
        "{{ 7 * 7 }}",
        "a..b",
        "\ud83d\ude80",
        "www.*.example",
        "x" * 300,
    )
    family.old(family.www, odd[family.number % len(odd)])
    family.new(family.www)
    return person("unknown_names")


def not_at_all(family: Family) -> Expected:
    family.old(family.www)
    return person("not_renewed")


def after_one_that_was_before(family: Family) -> Expected:
    family.old(family.www)
    family.new(family.www, begin=-700, end=-335, status="expired")
    return person("not_renewed")


def with_a_pending_reissue(family: Family) -> Expected:
    family.old(family.www, status="reissue_pending")
    family.new(family.www)
    return person("other_status")


def excluded_by_name(family: Family) -> Expected:
    family.old(f"Spared.{family.domain}", family.domain)
    family.new(f"spared.{family.domain}", family.domain)
    return ("leave", "excluded", None)


def excluded_by_id(family: Family) -> Expected:
    family.excluded.append(family.old(family.www))
    family.new(family.www)
    return ("leave", "excluded", None)


def excluded_by_organization(family: Family) -> Expected:
    family.old(family.www, organization=SPARED_ORGANIZATION)
    family.new(family.www, organization=SPARED_ORGANIZATION)
    return ("leave", "excluded", None)


def excluded_by_container(family: Family) -> Expected:
    family.old(family.www, container=SPARED_CONTAINER)
    family.new(family.www)
    return ("leave", "excluded", None)


def in_an_unwanted_container(family: Family) -> Expected:
    family.old(family.www, container=UNWANTED_CONTAINER)
    family.new(family.www)
    return ("leave", "excluded", None)


def of_an_unwanted_product(family: Family) -> Expected:
    family.old(family.www, product=UNWANTED_PRODUCT)
    family.new(family.www, product=UNWANTED_PRODUCT)
    return ("leave", "excluded", None)


def marked_already(family: Family) -> Expected:
    family.old(family.www, is_renewed=True)
    family.new(family.www)
    return None


def not_due(family: Family) -> Expected:
    family.old(family.www, end=91)
    family.new(family.www)
    return None


def final(family: Family) -> Expected:
    family.old(family.www, status=("revoked", "canceled", "rejected")[family.number % 3])
    family.new(family.www)
    return None


KINDS: tuple[t.Callable[[Family], Expected], ...] = (
    same_names,
    same_names_expired,
    same_names_in_other_letters,
    same_wildcard,
    same_names_beside_a_wildcard,
    same_family_of_products,
    on_the_last_day,
    more_names,
    by_wildcard,
    twice_and_decided,
    fewer_names,
    wildcard_without_the_domain,
    wildcard_above_two_labels,
    wildcard_by_a_single_name,
    twice,
    twice_with_more_names,
    by_another_organization,
    by_a_migrated_order,
    by_a_pending_order,
    by_an_expired_order,
    by_a_canceled_and_a_revoked_order,
    by_another_product,
    by_one_that_ends_before_it,
    by_one_that_ends_with_it,
    by_one_that_was_there_before,
    without_organization,
    without_issue_date,
    without_end,
    odd_names,
    not_at_all,
    after_one_that_was_before,
    with_a_pending_reissue,
    excluded_by_name,
    excluded_by_id,
    excluded_by_organization,
    excluded_by_container,
    in_an_unwanted_container,
    of_an_unwanted_product,
    marked_already,
    not_due,
    final,
)


class Account(t.NamedTuple):
    """Orders, the decisions that have to be made, and the playbook's variables that they depend on."""

    orders: list[Seed]
    expected: dict[int, tuple[str, str, int | None]]
    variables: dict[str, t.Any]


def make_account(migrated: int = MIGRATED, total: int = TOTAL) -> Account:
    """An account with so many migrated orders, in which each kind has its share, and so many in all."""
    orders: list[Seed] = []
    expected = {}
    excluded: list[int] = []
    number = held = 0
    while held < migrated:
        family = Family(number)
        # The last place is for a kind that has one migrated order.
        wanted = KINDS[number % len(KINDS)] if migrated - held > 1 else same_names
        outcome = wanted(family)
        orders += family.orders
        excluded += family.excluded
        held += sum(order["migrated"] for order in family.orders)
        if outcome is not None:
            expected[family.orders[0]["id"]] = outcome
        number += 1
    while len(orders) < total:
        family = Family(number)
        family.new(family.www, begin=-number % 300, end=365 - number % 300)
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
    with urllib.request.urlopen(url, timeout=60) as reply:
        return json.load(reply)


def seed(control_url: str, variables: str) -> None:
    """Fill a simulator, and write the playbook's variables to a file."""
    account = make_account()
    request = urllib.request.Request(
        f"{control_url}/orders",
        json.dumps(account.orders).encode(),
        {"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        assert reply.status == 201
    Path(variables).write_text(json.dumps(account.variables), encoding="utf-8")


def check_report(report: t.Mapping[str, t.Any]) -> None:
    """The report has the decisions that have to be made, each explained, and nothing else."""
    account = make_account()
    found = {order["order_id"]: order for order in report["orders"]}
    assert found.keys() == account.expected.keys(), sorted(found.keys() ^ account.expected.keys())[:5]
    for order_id, (decision, reason, renewed_by) in account.expected.items():
        order = found[order_id]
        assert (order["decision"], order["reason"]) == (decision, reason), (decision, reason, order)
        assert order["why"], order
        assert renewed_by is None or order["candidates"] == [renewed_by], order
        assert order["outcome"] == ("changed" if decision == "mark" else None), order
    assert report["ok"] is True


def check_changes(control_url: str) -> None:
    """The simulator saw just the changes that have to be made, each once, and with a note that names the renewal."""
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
    """What check mode promised is what the run did: all but the words about it, and the time."""
    assert (planned["check_mode"], done["check_mode"]) == (True, False)
    for report in (planned, done):
        told = {
            key: value for key, value in report.items() if key not in ("check_mode", "generated", "msg", "settings")
        }
        told["orders"] = [{**order, "msg": None} for order in report["orders"]]
        if report is planned:
            promised = told
    assert promised == told


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
