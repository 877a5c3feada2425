# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which migrated orders were renewed, in this process, against the simulator, whose rows are as poor as real ones."""

from __future__ import annotations

import re
import typing as t
from collections import Counter

import pytest

from ansible_collections.certops.certcentral.plugins.modules import digicert_migrated_orders
from ansible_collections.certops.certcentral.tests import facts, migration
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import Clock, run_main

Row = dict[str, t.Any]
ORDER_INFO = re.compile(r"/order/certificate/(\d+)$")


PLAN = {"stage": "plan"}


def run(sim: Simulator, **options: t.Any) -> Row:
    """Plan with a key that may only read. The simulator sees only GETs, and no order is read twice.

    The orders to change are in ``changes``.
    """
    options = {"api_url": sim.url, "api_key": sim.view_only_key, "rate_limit_share": 0, **options}
    result = run_main(digicert_migrated_orders.main, {"_controller": PLAN, **options})
    assert result.get("changed", False) is False
    assert {request["method"] for request in sim.requests} <= {"GET"}
    assert set(Counter(reads(sim)).values()) <= {1}
    if "failed" not in result:
        assert result["api_calls"] == {"reads": len(sim.requests), "writes": 0}
    if "orders" in result:
        result["changes"] = result["controller"]["changes"]
    return result


def reads(sim: Simulator) -> list[int]:
    """The orders that were read one by one."""
    found = (ORDER_INFO.search(request["path"]) for request in sim.requests)
    return [int(match[1]) for match in found if match]


def decisions(result: Row) -> dict[int, tuple[str, str]]:
    assert "failed" not in result, result["msg"]
    return {row["order_id"]: (row["decision"], row["reason"]) for row in result["orders"]}


@pytest.fixture
def family(sim: Simulator) -> migration.Family:
    return migration.Family(7)


def seed(sim: Simulator, family: migration.Family) -> None:
    sim.seed(family.orders)


def test_an_account_after_a_migration(sim: Simulator) -> None:
    account = migration.make_account()
    sim.seed(account.orders)
    options = {name.replace("mark_renewed_", ""): value for name, value in account.variables.items()}
    result = run(sim, **options)
    notes = {change["order_id"]: int(change["note"].rsplit(" ", 1)[1]) for change in result["changes"]}
    found = {order_id: (*decision, notes.get(order_id)) for order_id, decision in decisions(result).items()}
    assert found == account.expected
    counts = result["counts"]
    assert counts["migrated"] == migration.MIGRATED == counts["marked_already"] + counts["not_due"] + counts["due"]
    assert counts["due"] == len(account.expected) == counts["mark"] + counts["review"] + counts["skip"]
    # What is shown to a person is bounded, the rows are not.
    assert len(result["summary"]) < 50 < len(result["orders"])
    # The orders to change come first, in the order of the changes.
    assert [row["order_id"] for row in result["orders"]][: len(notes)] == [c["order_id"] for c in result["changes"]]


def test_a_pair(sim: Simulator, family: migration.Family) -> None:
    old, new = family.old("WWW.Example.com"), family.new("www.example.com")
    seed(sim, family)
    result = run(sim)
    assert result["changes"] == [
        {
            "order_id": old,
            "note": f"Renewed in CertCentral by order {new}",
            # The guard is the name as the API gives it.
            "common_name": "WWW.Example.com",
        }
    ]
    [row] = result["orders"]
    assert row["confirmed"] is True and sorted(reads(sim)) == [old, new]
    [candidate] = row["candidates"]
    assert candidate == {
        "order_id": new,
        "common_name": "www.example.com",
        "names": ["www.example.com"],
        "date_created": sim.account.order_info(new)["date_created"],
        "valid_till": migration.date(345),
        "order_valid_till": migration.date(345),
        "product": "Secure Site OV",
        "container": "Example Division",
    }
    assert {key: row[key] for key in ("organization", "product", "container", "status", "is_renewed")} == {
        "organization": "Example Widgets Inc.",
        "product": "Standard SSL",
        "container": "Example Division",
        "status": "issued",
        "is_renewed": False,
    }
    assert row["explanation"] == f"order {new} has the same names and expires on {migration.date(345)}"
    assert result["counts"] == {
        "migrated": 1,
        "marked_already": 0,
        "not_due": 0,
        "due": 1,
        "mark": 1,
        "review": 0,
        "skip": 0,
    }


# ---- rows propose, order info confirms


def test_order_info_has_the_last_word(sim: Simulator, family: migration.Family) -> None:
    # Rows say neither the validation of a product nor what was recorded.
    old = family.old(family.www)
    new = family.new(family.www, product=migration.EV)
    seed(sim, family)
    result = run(sim)
    assert decisions(result) == {old: ("review", "other_product")} and result["changes"] == []
    assert sorted(reads(sim)) == [old, new] and result["orders"][0]["confirmed"] is True


def test_what_is_left_after_order_info_is_read_as_well(sim: Simulator, family: migration.Family) -> None:
    old = family.old(family.www)
    family.new(family.www, product=migration.EV)
    wildcard = family.new(f"*.{family.domain}", product=migration.LEGACY)
    seed(sim, family)
    for accept in (["covers_names"], ["same_names", "covers_names"]):
        sim.clear_log()
        result = run(sim, accept=accept)
        assert decisions(result) == {old: ("mark", "covers_names")}
        assert result["changes"][0]["note"].endswith(str(wildcard)) and len(reads(sim)) == 3


def test_an_order_that_only_the_record_names_is_read_as_well(sim: Simulator, family: migration.Family) -> None:
    # Rows propose the order of the same names; that the API records another one shows in order info alone.
    recorded = family.new(f"*.{family.domain}", family.www)
    family.new(family.www)
    old = family.old(family.www, renewed_order_id=recorded)
    seed(sim, family)
    result = run(sim)
    assert decisions(result) == {old: ("mark", "recorded")} and recorded in reads(sim)
    assert result["changes"][0]["note"].endswith(str(recorded))


def test_each_order_is_read_once(sim: Simulator, family: migration.Family) -> None:
    names = [f"www{number}.{family.domain}" for number in range(5)]
    olds = [family.old(name) for name in names]
    wildcard = family.new(f"*.{family.domain}")
    seed(sim, family)
    result = run(sim, accept=["covers_names"])
    assert decisions(result) == dict.fromkeys(olds, ("mark", "covers_names"))
    assert sorted(reads(sim)) == sorted([*olds, wildcard])


def test_what_is_read_for_one_order_makes_no_mark_of_another(sim: Simulator, family: migration.Family) -> None:
    # To the rows, order 2 has two candidates. That one of them is none comes out only because it is read for order 1.
    first = family.old(f"a.{family.domain}")
    second = family.old(f"a.{family.domain}", f"b.{family.domain}")
    family.new(f"a.{family.domain}", f"b.{family.domain}")
    family.new(f"a.{family.domain}", f"b.{family.domain}", product=migration.EV)
    family.new(f"a.{family.domain}", product=migration.EV)
    seed(sim, family)
    found = decisions(run(sim))
    assert found[first][0] == "review" and found[second] == ("review", "shared")


def test_order_without_candidate_is_not_read(sim: Simulator, family: migration.Family) -> None:
    family.old(family.www)
    family.new(family.www, organization=migration.OTHER_ORGANIZATION)
    family.old(f"*.{family.domain}")
    seed(sim, family)
    run(sim)
    assert reads(sim) == []


# What keeps an order from being marked if there is no record: names of the renewal, and its fields and those of the old order.
IN_DOUBT: dict[str, tuple[Row, Row]] = {
    "covers_names": ({"more": True}, {}),
    "placed_too_early": ({"placed": -150}, {"end": 80}),
    "placed_too_late": ({}, {"end": -300, "placed": -700, "status": "expired"}),
    "order_goes_on": ({}, {"order_valid_in_days": 300}),
    "ambiguous": ({"twice": True}, {}),
    "shared": ({"rival": True}, {}),
    "same_names": ({}, {}),
}


@pytest.mark.parametrize("of_old", [True, False])
@pytest.mark.parametrize("reason", IN_DOUBT)
def test_record_turns_a_review_into_a_mark(sim: Simulator, family: migration.Family, reason: str, of_old: bool) -> None:
    """Regression: rows never have records, so details were read only for marks, and recorded was never found."""
    fields, old_fields = dict(IN_DOUBT[reason][0]), IN_DOUBT[reason][1]
    old = family.old(family.www, **old_fields)
    if fields.pop("rival", False):
        family.old(family.www)
    if fields.pop("twice", False):
        family.new(family.www)
    names = [family.www, family.domain] if fields.pop("more", False) else [family.www]
    new = family.new(*names, **fields)
    options = {"accept": ["recorded"]} if reason == "same_names" else {}
    seed(sim, family)
    assert decisions(run(sim, **options))[old] == ("review", reason)
    sim.clear_log()
    sim.account.edit(
        *((old,) if of_old else (new,)),
        **{"renewed_order_id" if of_old else "renewal_of_order_id": new if of_old else old},
    )
    result = run(sim, **options)
    assert decisions(result)[old] == ("mark", "recorded") and result["orders"][0]["confirmed"] is True
    assert [change["note"] for change in result["changes"]] == [f"Renewed in CertCentral by order {new}"]
    # The record of the order itself is read first.
    assert len(reads(sim)) <= 2 or not of_old or reason == "shared"


@pytest.mark.parametrize("which", [0, 1])
def test_an_order_that_cannot_be_read_is_for_a_person(sim: Simulator, family: migration.Family, which: int) -> None:
    pair = family.old(family.www), family.new(family.www)
    seed(sim, family)
    sim.fault("status", status=404, order_id=pair[which], times=None)
    result = run(sim)
    assert decisions(result) == {pair[0]: ("review", "incomplete")} and result["changes"] == []
    assert f"order {pair[which]} could not be read" in result["orders"][0]["explanation"]


def test_a_failure_of_all_is_one(sim: Simulator, family: migration.Family, clock: Clock) -> None:
    family.old(family.www)
    new = family.new(family.www)
    seed(sim, family)
    sim.fault("status", status=503, order_id=new, times=None)
    result = run_main(
        digicert_migrated_orders.main,
        {"api_url": sim.url, "api_key": sim.view_only_key, "rate_limit_share": 0},
    )
    assert result["failed"] and result["reason"] == "unavailable" and result["order_id"] == new


def test_an_order_that_was_marked_meanwhile(sim: Simulator, family: migration.Family) -> None:
    old = family.old(family.www)
    family.new(family.www)
    seed(sim, family)
    sim.quirks.update({"order_info_has_is_renewed": True, "list_lag": 10})
    sim.account.edit(old, is_renewed=True)
    result = run(sim)
    assert decisions(result) == {old: ("skip", "marked_already")} and result["orders"][0]["is_renewed"] is True


def test_a_mark_that_neither_row_nor_order_info_tells(sim: Simulator, family: migration.Family) -> None:
    old = family.old(family.www)
    family.new(family.www)
    seed(sim, family)
    sim.quirks.rows_have_is_renewed = False
    assert decisions(run(sim)) == {old: ("review", "incomplete")}
    sim.clear_log()
    sim.quirks.order_info_has_is_renewed = True
    assert decisions(run(sim)) == {old: ("mark", "same_names")}


def test_too_many_are_refused_before_order_info_is_read(sim: Simulator) -> None:
    families = [migration.Family(number) for number in (1, 2)]
    for one in families:
        one.old(one.www)
        one.new(one.www)
        seed(sim, one)
    result = run(sim, max_changes=1)
    assert result["failed"] and result["reason"] == "too_many_changes"
    assert result["msg"].startswith("2 orders would change, and max_changes allows 1")
    assert reads(sim) == [] and result["changes"] == []
    assert [(row["decision"], row["confirmed"]) for row in result["orders"]] == [("mark", False)] * 2
    assert result["counts"]["mark"] == 2 and result["summary"]
    sim.clear_log()
    assert run(sim, max_changes=0)["reason"] == "too_many_changes"


def test_as_many_as_are_allowed(sim: Simulator, family: migration.Family) -> None:
    old = family.old(family.www)
    family.new(family.www)
    seed(sim, family)
    assert decisions(run(sim, max_changes=1)) == {old: ("mark", "same_names")}


# ---- listings


def test_a_server_that_ignores_the_origin(sim: Simulator, family: migration.Family) -> None:
    old = family.old(family.www)
    family.new(family.www)
    seed(sim, family)
    sim.quirks.ignored_filters = ("origin",)
    result = run(sim)
    assert result["failed"] and result["reason"] == "unexpected_response"
    assert f"order {old} is listed as migrated and as not migrated (2 orders in total)" in result["msg"]


@pytest.mark.parametrize("body", [{}, {"errors": [{"code": "x", "message": "Not now"}]}, {"message": "Not now"}, []])
@pytest.mark.parametrize("after", [0, 1])
def test_what_is_no_listing(sim: Simulator, family: migration.Family, body: t.Any, after: int) -> None:
    family.old(family.www)
    family.new(family.www)
    seed(sim, family)
    sim.fault("status", on="list", status=200, body=body, after=after, times=None)
    result = run(sim)
    assert result["failed"] and result["reason"] == "unexpected_response" and "orders" not in result


def test_a_row_that_is_no_order_makes_the_listing_incomplete(sim: Simulator, family: migration.Family) -> None:
    family.old(family.www, status=None)
    seed(sim, family)
    result = run(sim)
    assert result["failed"] and result["reason"] == "incomplete_listing"
    assert "list of orders whose origin is migrated is not complete" in result["msg"]


# ---- options


@pytest.mark.parametrize(
    ("options", "decision"),
    [
        ({}, ("mark", "same_names")),
        ({"products": ["ssl_plus"]}, ("mark", "same_names")),
        ({"products": ["ssl_securesite_flex"]}, ("skip", "excluded")),
        ({"products": []}, ("skip", "excluded")),
        ({"containers": [5]}, ("mark", "same_names")),
        ({"containers": []}, ("skip", "excluded")),
        ({"exclude_containers": [5]}, ("skip", "excluded")),
        ({"exclude_containers": [6]}, ("mark", "same_names")),
        ({"exclude_organizations": [117483]}, ("skip", "excluded")),
        ({"exclude_organizations": [1]}, ("mark", "same_names")),
        ({"exclude_names": ["WWW.*.example"]}, ("skip", "excluded")),
        ({"exclude_names": ["d7.example"]}, ("skip", "excluded")),
        ({"exclude_names": ["example"]}, ("mark", "same_names")),
        ({"exclude_orders": [3_000_000_070]}, ("skip", "excluded")),
        ({"exclude_orders": [5_000_000_071]}, ("review", "not_renewed")),
        ({"accept": ["recorded"]}, ("review", "same_names")),
        ({"accept": []}, ("review", "same_names")),
        ({"window": 31}, None),
        ({"window": 32}, ("mark", "same_names")),
    ],
)
def test_selection(sim: Simulator, family: migration.Family, options: Row, decision: tuple[str, str] | None) -> None:
    old = family.old(family.www, family.domain)
    family.new(family.www, family.domain)
    seed(sim, family)
    result = run(sim, **options)
    assert decisions(result).get(old) == decision
    assert len(result["changes"]) == (decision is not None and decision[0] == "mark")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": -1}, f"window is -1: it has to be a whole number, 0 to {facts.RENEWAL_DAYS}"),
        ({"window": facts.RENEWAL_DAYS + 1}, f"window is {facts.RENEWAL_DAYS + 1}"),
        ({"window": True}, "window is True"),
        ({"max_changes": -1}, "max_changes is -1"),
        ({"max_changes": ""}, "max_changes is empty"),
        ({"window": ""}, "window is empty"),
        ({"exclude_names": [" "]}, "exclude_names has the entry ' ', which is empty"),
        ({"containers": [0]}, "an entry of containers is 0: it has to be a whole number above 0"),
        *(
            ({name: [5, True]}, f"an entry of {name} is True")
            for name in ("containers", "exclude_orders", "exclude_organizations", "exclude_containers")
        ),
        ({"concurrency": 17}, "concurrency is 17"),
        ({"window": "soon"}, "window is 'soon': it has to be a whole number, 0 to 90"),
        (
            {"accept": ["fewer_names"]},
            "accept is 'fewer_names': it has to be one of recorded, same_names, covers_names",
        ),
        ({"exclude_orders": ["a"]}, "an entry of exclude_orders is 'a'"),
        *(
            ({name: value}, name)
            for name in ("products", "containers", "exclude_orders", "exclude_names", "accept")
            for value in ("", None)
        ),
        ({"exclude_organizations": None, "exclude_containers": ""}, "exclude_"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(sim: Simulator, options: Row, words: str) -> None:
    result = run(sim, **options)
    assert result["failed"] and result["reason"] == "invalid_option" and words in result["msg"]
    assert sim.requests == []
