# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a renewal: the table row by row, and what must hold for all orders by Hypothesis and by an oracle."""

from __future__ import annotations

import copy
import json
import typing as t
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up import candidates, renewals
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.candidates import (
    MISSES,
    find_near,
    make_account,
)
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import Facts, to_facts
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.plan import Decision
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.renewals import ACCEPTABLE, decide

TODAY = date(2026, 3, 1)
DEFAULT = ("recorded", "same_names")
Row = dict[str, t.Any]

LEGACY = {"name_id": "ssl_plus", "type": "ssl_certificate", "validation_type": "ov"}
FLEX = {"name_id": "ssl_flex", "type": "ssl_certificate", "validation_type": "ov"}
EV = {"name_id": "ssl_ev", "type": "ssl_certificate", "validation_type": "ev"}
# What a row of the listing says of a product.
UNTOLD = {"name_id": "ssl_flex", "type": "ssl_certificate"}


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def order(order_id: int, *names: t.Any, placed: int, ends: int, **fields: t.Any) -> Row:
    """An order as order info has it, placed and ending so many days from today."""
    certificate = {"common_name": names[0], "dns_names": list(names), "valid_till": day(ends)}
    certificate.update(fields.pop("certificate", {}))
    return {
        "id": order_id,
        "status": "issued",
        "is_renewed": False,
        "date_created": f"{day(placed)}T12:00:00+00:00",
        "certificate": certificate,
        "organization": {"id": 1, "name": "Example"},
        "product": LEGACY,
        **fields,
    }


def old(*names: t.Any, order_id: int = 1, **fields: t.Any) -> Row:
    return order(order_id, *(names or ("www.example.com",)), **{"placed": -300, "ends": 30, **fields})


def new(*names: t.Any, order_id: int = 11, **fields: t.Any) -> Row:
    return order(order_id, *(names or ("www.example.com",)), **{"placed": -10, "ends": 300, "product": FLEX, **fields})


def find(
    migrated: t.Iterable[Row],
    others: t.Iterable[Row],
    *,
    accept: t.Container[str] = DEFAULT,
    excluded: t.Container[int] = (),
    final: bool = True,
) -> dict[int, Decision]:
    """The decision on each of the migrated orders."""
    olds = [to_facts(parse_order(raw)) for raw in migrated]
    account = make_account(olds, [to_facts(parse_order(raw)) for raw in others], excluded)
    return {
        facts.id: decide(facts, find_near(facts, account), account.rivals, TODAY, accept, final=final) for facts in olds
    }


def find_one(migrated: Row | list[Row], *others: Row, **options: t.Any) -> Decision:
    """The decision on the first of the migrated orders."""
    rows = [migrated] if isinstance(migrated, dict) else migrated
    return find(rows, others, **options)[rows[0]["id"]]


def brief(decision: Decision) -> tuple[str, str, list[int]]:
    return decision.decision, decision.reason, [facts.id for facts in decision.candidates]


def without(raw: Row, path: str) -> Row:
    """The same without the field."""
    raw = copy.deepcopy(raw)
    outer, dot, inner = path.partition(".")
    if dot:
        del raw[outer][inner]
    else:
        del raw[outer]
    return raw


# ---- the table, row by row


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (({"renewed_order_id": 11}, {}), ("mark", "recorded", [11])),
        (({"renewed_order_id": "11"}, {"renewal_of_order_id": "1"}), ("mark", "recorded", [11])),
        (({}, {"renewal_of_order_id": 1, "is_renewal": True}), ("mark", "recorded", [11])),
        # A record that names something else.
        (({"renewed_order_id": 99}, {}), ("review", "recorded_otherwise", [11])),
        (({"renewed_order_id": "x"}, {}), ("review", "recorded_otherwise", [11])),
        (({"renewed_order_id": 11}, {"renewal_of_order_id": 2}), ("review", "recorded_otherwise", [11])),
        (({}, {"renewal_of_order_id": 2}), ("review", "recorded_otherwise", [11])),
        # None at all.
        (({"renewed_order_id": 0}, {"renewal_of_order_id": 0}), ("mark", "same_names", [11])),
        (({"renewed_order_id": None}, {"renewal_of_order_id": None}), ("mark", "same_names", [11])),
    ],
)
def test_records(records: tuple[Row, Row], expected: tuple[str, str, list[int]]) -> None:
    assert brief(find_one(old(**records[0]), new(**records[1]))) == expected


@pytest.mark.parametrize("fields", [{"placed": -200}, {"placed": -10, "ends": 300}])
def test_a_record_goes_before_time_and_order_and_names(fields: Row) -> None:
    longer = old(order_valid_till=day(400), renewed_order_id=11)
    assert brief(find_one(longer, new("*.example.com", **fields), new(order_id=12))) == ("mark", "recorded", [11])


def test_records_that_contradict_each_other() -> None:
    both = new(renewal_of_order_id=1), new(order_id=12, renewal_of_order_id=1)
    assert brief(find_one(old(), *both)) == ("review", "ambiguous", [11, 12])
    assert brief(find_one(old(renewed_order_id=11), *both)) == ("review", "recorded_otherwise", [11, 12])


def test_a_record_makes_no_candidate_of_what_is_none() -> None:
    assert find_one(old(renewed_order_id=11), new(status="pending")).reason == "not_issued"
    beside = find_one(old(renewed_order_id=11), new(status="pending"), new(order_id=12))
    assert brief(beside) == ("review", "recorded_otherwise", [12])


@pytest.mark.parametrize(
    ("till", "goes_on"), [(62, True), (61, False), (30, False), (None, False), ("soon", False), (400, True)]
)
def test_an_order_that_goes_on(till: t.Any, goes_on: bool) -> None:
    value = day(till) if isinstance(till, int) else till
    found = find_one(old(order_valid_till=value), new())
    assert brief(found) == (("review", "order_goes_on", [11]) if goes_on else ("mark", "same_names", [11]))
    assert not goes_on or f"until {value}" in found.explanation


def test_an_order_that_went_on_and_has_ended() -> None:
    assert find_one(old(ends=-60, order_valid_till=day(-1)), new(placed=-80)).decision == "mark"
    assert find_one(old(ends=-60, order_valid_till=day(0)), new(placed=-80)).reason == "order_goes_on"


def test_candidates_that_renewed_another_order_do_not_count() -> None:
    claimed = new(renewal_of_order_id=5)
    assert brief(find_one(old(), claimed, new(order_id=12))) == ("mark", "same_names", [12])
    assert brief(find_one(old(), claimed, new("*.example.com", order_id=12))) == ("review", "covers_names", [12])


@pytest.mark.parametrize(
    ("ends", "placed", "reason"),
    [
        (0, -120, "same_names"),
        (0, -121, "placed_too_early"),
        (-200, -20, "same_names"),
        (-201, -20, "placed_too_late"),
        (90, -30, "same_names"),
        (90, -31, "placed_too_early"),
        (-2900, -20, "placed_too_late"),
    ],
)
def test_in_time(ends: int, placed: int, reason: str) -> None:
    found = find_one(old(placed=ends - 365, ends=ends), new(placed=placed, ends=placed + 370))
    assert brief(found) == ("mark" if reason == "same_names" else "review", reason, [11])


def test_the_nearest_is_named_where_none_is_in_time() -> None:
    orders = [new(order_id=12, placed=-200), new(order_id=11, placed=-150), new(order_id=13, placed=-151)]
    found = find_one(old(), *orders)
    assert brief(found) == ("review", "placed_too_early", [11])
    assert found.explanation == (
        f"order 11 was placed on {day(-150)}, more than 120 days before the expiry of this order's certificate ({day(30)})"
    )


def test_the_renewal_of_the_renewal_comes_too_late() -> None:
    first, second = new(placed=-405, ends=-35, status="expired"), new(order_id=12, placed=-45, ends=325)
    assert brief(find_one(old(placed=-765, ends=-395), first, second)) == ("mark", "same_names", [11])


@pytest.mark.parametrize("names", [("www.example.com",), ("*.example.com",)])
def test_ambiguous(names: tuple[str, ...]) -> None:
    orders = new(*names, order_id=12), new(*names)
    found = find_one(old(), *orders, accept=ACCEPTABLE)
    assert brief(found) == ("review", "ambiguous", [11, 12]) and "11, 12" in found.explanation
    assert find_one(old(), *orders, accept=ACCEPTABLE, excluded={12}).candidates[0].id == 11


def test_covers_names() -> None:
    for names in (("*.example.com",), ("www.example.com", "example.com")):
        assert brief(find_one(old(), new(*names))) == ("review", "covers_names", [11])
        assert brief(find_one(old(), new(*names), accept=ACCEPTABLE)) == ("mark", "covers_names", [11])


def test_the_same_names_go_before_others() -> None:
    orders = [new("*.example.com", order_id=12), new(), new("www.example.com", "example.com", order_id=13)]
    assert brief(find_one(old(), *orders, accept=ACCEPTABLE)) == ("mark", "same_names", [11])


def test_same_names() -> None:
    found = find_one(old("www.example.com", "example.com"), new("example.com", "WWW.example.com"))
    assert brief(found) == ("mark", "same_names", [11])
    assert found.explanation == f"order 11 has the same names and expires on {day(300)}"


@pytest.mark.parametrize(
    ("fields", "shared"),
    [
        ({}, True),
        ({"placed": -91}, True),
        ({"placed": -90}, False),
        ({"status": "expired", "placed": -400, "ends": -179}, True),
        ({"status": "expired", "placed": -400, "ends": -180}, False),
        ({"status": "reissue_pending"}, True),
        ({"status": "canceled"}, False),
        ({"status": "revoked"}, False),
        ({"is_renewed": None}, True),
        ({"date_created": None}, True),
        ({"organization": {"id": 2}}, False),
        ({"order_valid_till": day(400)}, True),
        ({"renewed_order_id": 99}, False),
        ({"renewed_order_id": 11}, True),
    ],
)
def test_two_servers_and_one_new_order(fields: Row, shared: bool) -> None:
    # 120 days after which the other one ended are 120 days before the new one: in time for both.
    first, second = old(ends=30), old(order_id=2, **fields)
    renewal = new(placed=-10)
    found = find([first, second], [renewal])
    assert brief(found[1]) == (("review", "shared", [11]) if shared else ("mark", "same_names", [11]))
    assert not shared or "2" in found[1].explanation
    # Whether the other one is to be marked does not count, nor whether it is due.
    assert brief(find([first, second], [renewal], excluded={2})[1]) == brief(found[1])


@pytest.mark.parametrize("fields", [{"is_renewed": True}, {"status": "renewed"}])
def test_other_server_stays_in_doubt_after_a_person_marked_one(fields: Row) -> None:
    """Regression: after one of two shared orders was marked, as the report advises, the next run marked the other."""
    assert brief(find([old(), old(order_id=2, **fields)], [new()])[1]) == ("review", "shared", [11])


@pytest.mark.parametrize("certificate", [{"dns_names": None}, {"dns_names": ["www.example.com", 5]}])
def test_order_of_which_not_all_names_are_known_makes_a_renewal_shared(certificate: Row) -> None:
    """Regression: an order whose row lacks names did not count, so the other server's order was marked."""
    other = old(order_id=2, certificate=certificate)
    assert brief(find([old(), other], [new()])[1]) == ("review", "shared", [11])
    # It may have more names than are known, and be renewed by another order that has them.
    wider = new("www.example.com", "example.com", order_id=12)
    assert brief(find([old("www.example.com", "example.com"), other], [new(), wider])[1]) == ("review", "shared", [12])


def test_order_without_any_known_name_is_not_a_rival() -> None:
    other = old(order_id=2, certificate={"common_name": None, "dns_names": None})
    assert find([old(), other], [new()])[1].decision == "mark"


def test_renewal_whose_reissue_is_pending_was_issued() -> None:
    """Regression: a renewal that is about to be issued again was taken for one that was never issued."""
    assert brief(find_one(old(), new(status="reissue_pending"))) == ("mark", "same_names", [11])
    assert brief(find_one(old(), new(status="reissue_pending"), new(order_id=12))) == ("review", "ambiguous", [11, 12])


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("*.example.com",), "but it has www.example.com only by wildcard"),
        (("www.example.com", "b.example.com", "a.example.com"), "but it also has a.example.com, b.example.com"),
        (
            ("*.example.com", "example.com"),
            "but it has www.example.com only by wildcard and also has example.com",
        ),
    ],
)
def test_explanation_tells_how_the_names_differ(names: tuple[str, ...], says: str) -> None:
    found = find_one(old(), new(*names), accept=ACCEPTABLE)
    assert found.explanation == f"order 11 has all of its names and expires on {day(300)}, {says}"


def test_the_one_order_left_of_each() -> None:
    # Each of two parallel orders has a renewal of its own that is out of time for the other one.
    first, second = old(ends=-100, placed=-465), old(order_id=2, ends=80, placed=-285)
    orders = [new(placed=-110), new(order_id=12, placed=-10, ends=310)]
    found = find([first, second], orders)
    assert brief(found[2]) == ("mark", "same_names", [12])
    assert brief(found[1]) == ("review", "ambiguous", [11, 12])


def test_what_may_be_the_one_left_makes_it_shared() -> None:
    # Of order 12 the rows do not say that it is of another family, so order 2 seems to have two candidates.
    first, second = old("*.example.com"), old(order_id=2)
    renewal, other = new("*.example.com"), new(order_id=12, product=UNTOLD)
    assert brief(find([first, second], [renewal, other], final=False)[1]) == ("review", "shared", [11])
    # If it is of the family for sure, it is the one left for order 2.
    assert brief(find([first, second], [renewal, {**other, "product": FLEX}], final=False)[1])[0] == "mark"
    # One that merely covers the names is in the way of another such one, and of none that has exactly these.
    wider = new("*.example.com", "example.com", order_id=12)
    assert brief(find([first, second], [renewal, wider], final=False)[1])[0] == "mark"
    assert brief(find([first, old("*.example.com", order_id=2)], [renewal, wider], final=False)[1])[1] == "shared"


def test_what_is_not_accepted_is_for_a_person() -> None:
    assert brief(find_one(old(), new(), accept=())) == ("review", "same_names", [11])
    assert brief(find_one(old(renewed_order_id=11), new(), accept=("same_names",))) == ("review", "recorded", [11])


# ---- what is no candidate

CONDITIONS: list[tuple[Row, str]] = [
    ({"status": "pending"}, "not_issued"),
    ({"status": "renewed"}, "not_issued"),
    ({"status": "ISSUED"}, "not_issued"),
    ({"certificate": {"status": "revoked"}}, "not_issued"),
    ({"organization": {"id": 2, "name": "Example"}}, "other_organization"),
    ({"product": EV}, "other_product"),
    ({"product": {"name_id": "p", "type": "code_signing", "validation_type": "ov"}}, "other_product"),
    ({"product": {"name_id": "p", "type": "code_signing"}}, "other_product"),
    ({"ends": 30}, "ends_no_later"),
    ({"ends": 29}, "ends_no_later"),
    ({"placed": -300}, "placed_earlier"),
    ({"placed": -301}, "placed_earlier"),
]


@pytest.mark.parametrize(("fields", "reason"), CONDITIONS)
def test_what_is_no_candidate(fields: Row, reason: str) -> None:
    found = find_one(old(), new(**fields))
    assert brief(found) == ("review", reason, [11])
    assert found.explanation.startswith("order 11 has all of its names, but ")
    # And it is in the way of nothing.
    assert brief(find_one(old(), new(**fields), new(order_id=12))) == ("mark", "same_names", [12])


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "expired"},
        {"certificate": {"status": "issued"}},
        {"product": {"name_id": "SSL_PLUS", "type": "other"}},
        {"product": {"name_id": "p", "type": "ssl_certificate", "validation_type": "OV"}},
        {"organization": {"id": "1"}},
        {"date_created": f"{day(-300)}T12:00:01+00:00", "certificate": {}, "ends": 31, "product": LEGACY},
        {"certificate": {"valid_from": day(-10)}},
    ],
)
def test_what_is_one(fields: Row) -> None:
    found = find_one(old(placed=-300, certificate={"valid_from": day(-290)}), new(**fields))
    assert found.reason in ("same_names", "placed_too_early")


def test_reissued_lately_is_not_placed_later() -> None:
    multi_year = new(placed=-400, certificate={"valid_from": day(-5)})
    assert brief(find_one(old(), multi_year)) == ("review", "placed_earlier", [11])


def test_an_order_that_was_reissued_after_the_other_speaks_against_it() -> None:
    reissued = old(certificate={"valid_from": day(-5)})
    assert find_one(reissued, new(certificate={"valid_from": day(-5)})).reason == "placed_earlier"
    assert find_one(reissued, new(certificate={"valid_from": day(-4)})).reason == "same_names"
    # Where it is not there, it says nothing.
    assert find_one(reissued, new()).reason == "same_names"


def test_an_offset_counts() -> None:
    placed = f"{day(-10)}T20:00:00-07:00"
    before, after = f"{day(-9)}T02:59:59+00:00", f"{day(-9)}T03:00:01+00:00"
    for created, decision in ((before, "review"), (after, "mark")):
        found = find_one(old(date_created=placed), new(date_created=created))
        assert found.decision == decision


def test_a_migrated_order_renews_nothing() -> None:
    assert brief(find_one([old(), new(order_id=2)])) == ("review", "not_renewed", [])


def test_fewer_names() -> None:
    found = find_one(
        old("www.example.com", "example.com", "mail.example.com"),
        new("www.example.com"),
        new("*.example.com", order_id=12),
        new("example.com", order_id=13, status="pending"),
    )
    assert brief(found) == ("review", "fewer_names", [12, 11])
    assert found.explanation == "order 12 has only 2 of its 3 names, and lacks example.com"


def test_the_nearest_miss_comes_first() -> None:
    found = find_one(
        old(),
        new(order_id=12, status="pending", organization={"id": 2}),
        new(order_id=13, ends=20),
        new(organization={"id": 2}),
    )
    assert brief(found) == ("review", "other_organization", [11, 13, 12])
    assert found.explanation == (
        "order 11 has all of its names, but is for another organization; "
        f"order 13 has all of its names, but does not expire later ({day(20)}); "
        "order 12 has all of its names, but is pending and is for another organization"
    )


def test_names_that_are_none_are_for_a_person() -> None:
    for names in (("www.example.com", "two words"), ("localhost",), ("www.example.com", 5)):
        found = find_one(old(*names), new(*names))
        assert brief(found) == ("review", "incomplete", [])
    # Of the new one as well: whether it has the same names is not known then.
    assert brief(find_one(old(), new("www.example.com", "two words"))) == ("review", "incomplete", [11])


# ---- what is not known


@pytest.mark.parametrize("which", ["old", "new"])
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("date_created", "it was placed later"),
        ("certificate.valid_till", "its certificate expires later"),
        ("organization", "both are for one organization"),
        ("product", "both products are of one family"),
        ("product.validation_type", "both products are of one family"),
        ("product.type", "both products are of one family"),
    ],
)
def test_rows_propose_and_order_info_confirms(which: str, path: str, words: str) -> None:
    pair = copy.deepcopy({"old": old(), "new": new()})
    pair[which] = without(pair[which], path)
    assert brief(find_one(pair["old"], pair["new"], final=False)) == ("mark", "same_names", [11])
    found = find_one(pair["old"], pair["new"])
    assert brief(found) == ("review", "incomplete", [11])
    assert found.explanation.endswith(f"but the API does not tell whether {words}")


def test_an_order_without_organization_is_not_known_to_be_of_the_same() -> None:
    assert find_one(old(organization=[]), new(organization=[])).reason == "incomplete"
    assert find_one(old(), new(organization=[])).reason == "incomplete"


def test_not_all_names_of_the_new_one_are_known() -> None:
    for certificate in ({"dns_names": None}, {"dns_names": ["www.example.com", 5]}):
        one = new(certificate=certificate)
        assert find_one(old(), one, final=False).decision == "mark"
        assert brief(find_one(old(), one)) == ("review", "incomplete", [11])


def test_what_is_unknown_of_one_does_not_make_another_one_the_renewal() -> None:
    assert brief(find_one(old(), new(), new(order_id=12, product=UNTOLD))) == ("review", "ambiguous", [11, 12])


def test_a_record_does_not_fill_the_gaps() -> None:
    assert brief(find_one(old(renewed_order_id=11), new(organization=[]))) == ("review", "incomplete", [11])


# ---- many orders


def test_what_is_returned_of_many_is_bounded() -> None:
    found = find_one(old(), *(new(order_id=number) for number in range(101, 200)))
    assert found.reason == "ambiguous" and [facts.id for facts in found.candidates] == list(range(101, 111))
    assert "99 orders" in found.explanation and "and 96 more" in found.explanation and len(found.explanation) < 200


def test_a_crowd_is_for_a_person() -> None:
    crowd = [new(order_id=number) for number in range(101, 202)]
    assert "more than 100" in find_one(old(), *crowd).explanation
    # Even if all of them but one are of another organization.
    for number in range(1, 101):
        crowd[number]["organization"] = {"id": 2}
    assert find_one(old(), *crowd).reason == "ambiguous"
    assert find_one(old(), *crowd, excluded={201}).decision == "mark"


def test_record_settles_a_crowd() -> None:
    crowd = [new(order_id=number) for number in range(101, 300)]
    # Order 150 is not among the newest, which are compared.
    assert brief(find_one(old(renewed_order_id=150), *crowd)) == ("mark", "recorded", [150])


def test_a_crowd_that_was_never_issued_is_in_the_way_of_nothing() -> None:
    crowd = [new(order_id=number, status="canceled") for number in range(101, 400)]
    assert brief(find_one(old(), new(), *crowd)) == ("mark", "same_names", [11])
    assert find_one(old(), *crowd).reason == "not_issued"


def test_few_pairs_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = {"judge": 0, "covers": 0}

    def counted(name: str) -> t.Callable[..., t.Any]:
        function = getattr(candidates, name)

        def count(*args: t.Any) -> t.Any:
            calls[name] += 1
            return function(*args)

        return count

    for name in calls:
        function = counted(name)
        for module in (candidates, renewals):
            monkeypatch.setattr(module, name, function)
    migrated = [old(f"www{n}.example.com", "all.example.com", order_id=n + 1) for n in range(1500)]
    others = [new(f"www{n}.example.com", "all.example.com", order_id=n + 5000) for n in range(2500)]
    found = find(migrated, others)
    assert [brief(decision)[2] for decision in found.values()] == [[raw["id"]] for raw in others[:1500]]
    # A name that all of them have leads nowhere: each pair is judged once for the rivals and once for the decision.
    assert calls == {"judge": 3000, "covers": 3000}

    calls.update(judge=0, covers=0)
    migrated = [old(order_id=number + 1) for number in range(30)]
    others = [new(order_id=number + 5000, status="canceled") for number in range(1000)]
    assert {decision.reason for decision in find(migrated, others).values()} == {"not_issued"}
    # Orders with the same names are looked for once.
    assert calls["covers"] <= 1000 + 30 * 101 and calls["judge"] <= 2 * 30 * 101


# ---- what must hold for all orders

POOL = (
    "a.example",
    "b.example",
    "*.example",
    "*.a.example",
    "b\u00fccher.example",
    "stra\u00dfe.example",
    "strasse.example",
)
NAMES = [
    *([("a.example",)] * 6),
    *([("*.example",)] * 2),
    *(("a.example", "*.example"), ("b.example", "a.example"), ("b.example",), ("*.a.example",)),
    *(("b\u00fccher.example",), ("stra\u00dfe.example",), ("strasse.example",)),
]
ODD = (None, 5, "", "two words", ["a.example"], "\ud800.example", "a..b", "example")
# What may be otherwise with an order.
VARIATIONS: list[tuple[str, t.Any]] = [
    *(("status", value) for value in ("expired", "expired", "pending", "reissue_pending")),
    ("is_renewed", True),
    ("organization", {"id": 2}),
    ("organization", []),
    *(("product", value) for value in (FLEX, EV, UNTOLD, {"name_id": "ssl_plus"}, {})),
    *(("renewal_of_order_id", value) for value in (1, 1, 2)),
    *(("renewed_order_id", value) for value in (11, 11, 12, "x")),
    *(("order_valid_till", value) for value in (day(-200), day(0), day(900))),
    ("date_created", None),
    ("certificate.valid_till", None),
    ("certificate.status", "revoked"),
    *(("certificate.valid_from", value) for value in (day(-100), day(0))),
    *(("certificate.common_name", value) for value in ODD),
    ("certificate.dns_names", None),
]


@st.composite
def orders(draw: st.DrawFn, order_id: int) -> Row:
    migrated = order_id < 10
    names = draw(st.sampled_from(NAMES))
    placed, length = draw(st.tuples(st.integers(-4, -2) if migrated else st.integers(-2, 1), st.integers(2, 4)))
    raw = order(order_id, *names, placed=placed * 100, ends=(placed + length) * 100)
    for path, value in draw(st.just([]) | st.lists(st.sampled_from(VARIATIONS), max_size=2)):
        outer, unused, inner = path.rpartition(".")
        (raw[outer] if outer else raw)[inner] = value
    return raw


@st.composite
def accounts(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    migrated = [draw(orders(number)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    others = [draw(orders(number)) for number in range(11, draw(st.integers(0, 5)) + 11)]
    return migrated, others


finals = st.booleans()
accepts = st.sets(st.sampled_from(ACCEPTABLE)) | st.just(set(ACCEPTABLE))
PUNYCODE = {"b\u00fccher": "xn--bcher-kva", "stra\u00dfe": "xn--strae-oqa"}


def spell(name: t.Any, how: int) -> t.Any:
    """The same name in other letters."""
    if how == 1 and isinstance(name, str) and "\u00df" not in name:
        return name.upper()
    if how == 2 and isinstance(name, str):
        return ".".join(PUNYCODE.get(label, label) for label in name.split("."))
    return name


class Oracle:
    """The table once more, over what the API gave, without an index and without a hurry."""

    def __init__(self, migrated: list[Row], others: list[Row], accept: t.Container[str]) -> None:
        self.migrated, self.others, self.accept = migrated, others, accept

    @staticmethod
    def names(raw: Row) -> set[str]:
        found = [raw["certificate"]["common_name"], *(raw["certificate"]["dns_names"] or ())]
        return {spell(name, 2) for name in found if name in POOL}

    @staticmethod
    def odd(raw: Row) -> bool:
        return raw["certificate"]["common_name"] not in POOL or raw["certificate"]["dns_names"] is None

    @classmethod
    def covers(cls, raw: Row, other: Row) -> bool:
        def good_for(held: str, name: str) -> bool:
            first, *rest = held.split(".")
            return held == name or (first == "*" and "*" not in name and rest == name.split(".")[1:])

        return all(any(good_for(held, name) for held in cls.names(raw)) for name in cls.names(other))

    @staticmethod
    def placed(raw: Row) -> date | None:
        return date.fromisoformat(raw["date_created"][:10]) if raw["date_created"] else None

    @staticmethod
    def ends(raw: Row) -> date | None:
        return date.fromisoformat(raw["certificate"]["valid_till"]) if raw["certificate"]["valid_till"] else None

    @staticmethod
    def family(one: Row, two: Row) -> bool | None:
        first, second = one["product"], two["product"]
        if "name_id" in first and first.get("name_id") == second.get("name_id"):
            return True
        pairs = [(first.get(key), second.get(key)) for key in ("type", "validation_type")]
        if any(a and b and a != b for a, b in pairs):
            return False
        return True if all(a and b for a, b in pairs) else None

    def is_candidate(self, before: Row, after: Row) -> bool | None:
        """None: not everything is known."""
        begins = before["certificate"].get("valid_from"), after["certificate"].get("valid_from")
        facts = [
            after["status"] in ("issued", "expired", "reissue_pending")
            and after["certificate"].get("status") != "revoked",
            before["organization"]["id"] == after["organization"]["id"]
            if before["organization"] and after["organization"]
            else None,
            self.family(before, after),
            self.later(self.placed(before), self.placed(after)),
            self.later(self.ends(before), self.ends(after)),
            not all(begins) or begins[0] < begins[1],
            self.covers(after, before),
        ]
        if False in facts:
            return False
        return None if None in facts or self.odd(after) else True

    @staticmethod
    def later(before: date | None, after: date | None) -> bool | None:
        return after > before if before and after else None

    def left(self, before: Row, candidates: list[Row]) -> tuple[str, list[Row]]:
        free = [after for after in candidates if after.get("renewal_of_order_id", 0) in (0, before["id"])]
        if not free:
            return "recorded_otherwise", []
        timely, early = [], False
        nearest = 10**6
        for after in free:
            placed, ends = self.placed(after), self.ends(before)
            gap = (placed - ends).days if placed and ends else 0
            if -120 <= gap <= 180:
                timely.append(after)
            else:
                off = -120 - gap if gap < 0 else gap - 180
                if off < nearest:
                    nearest, early = off, gap < 0
        if not timely:
            return "placed_too_early" if early else "placed_too_late", []
        same = [after for after in timely if self.names(after) == self.names(before)]
        if len(same or timely) > 1:
            return "ambiguous", []
        return "same_names" if same else "covers_names", same or timely

    def decide(self, before: Row) -> tuple[str, str]:
        if self.odd(before):
            return "review", "incomplete"
        covering = [after for after in self.others if self.covers(after, before)]
        candidates = [after for after in covering if self.is_candidate(before, after) is not False]
        if not candidates:
            return "review", "no candidate"
        reason, renewal = self.by_record(before, candidates)
        till = before.get("order_valid_till")
        ends = self.ends(before)
        if not reason and till and ends and till >= TODAY.isoformat() and (date.fromisoformat(till) - ends).days > 31:
            reason = "order_goes_on"
        if not reason:
            reason, found = self.left(before, candidates)
            renewal = found[0] if found else None
            if renewal and reason == "same_names" and self.is_shared(before, renewal):
                reason, renewal = "shared", None
        if renewal is None or reason not in self.accept:
            return "review", reason
        return ("mark", reason) if self.is_candidate(before, renewal) else ("review", "incomplete")

    def by_record(self, before: Row, candidates: list[Row]) -> tuple[str, Row | None]:
        claims = [after for after in candidates if after.get("renewal_of_order_id", 0) == before["id"]]
        if before.get("renewed_order_id", 0):
            named = [after for after in candidates if after["id"] == before.get("renewed_order_id", 0)]
            contradicted = [after for after in named if after.get("renewal_of_order_id", 0) not in (0, before["id"])]
            if not named or contradicted or any(after is not named[0] for after in claims):
                return "recorded_otherwise", None
            return "recorded", named[0]
        if len(claims) > 1:
            return "ambiguous", None
        return ("recorded", claims[0]) if claims else ("", None)

    def is_shared(self, before: Row, renewal: Row) -> bool:
        for other in self.migrated:
            if other is before or other["status"] == "pending" or not self.names(other):
                continue
            if other.get("renewed_order_id", 0) not in (0, renewal["id"]):
                continue
            days = [self.placed(before), self.placed(other), self.ends(before), self.ends(other)]
            if all(days):
                first, second, third, fourth = t.cast("list[date]", days)
                if (min(third, fourth) - max(first, second)).days <= 120:
                    continue
            if other.get("renewed_order_id", 0) == renewal["id"] and self.covers(renewal, other):
                return True
            # Whoever of the candidates is not one for sure may yet drop out.
            known = [after for after in self.others if self.covers(after, other) and self.is_candidate(other, after)]
            if self.is_candidate(other, renewal) is None:
                known.append(renewal)
            if self.odd(other):
                # Which of them has exactly its names is not known, so each that is in time counts.
                known = [renewal] if self.is_candidate(other, renewal) is not False else []
            candidates = [after for after in self.others if after in known] if self.covers(renewal, other) else []
            if renewal in candidates and self.left(other, candidates)[1] == [renewal]:
                return True
        return False


@given(accounts(), accepts)
@settings(max_examples=300)
def test_the_table_by_an_oracle(account: tuple[list[Row], list[Row]], accept: set[str]) -> None:
    migrated, others = account
    found = find(migrated, others, accept=accept)
    for before in migrated:
        decision, reason = Oracle(migrated, others, accept).decide(before)
        here = found[before["id"]]
        if reason == "no candidate":
            assert here.decision == "review"
            assert here.reason in (*MISSES, "fewer_names", "not_renewed")
        else:
            assert (here.decision, here.reason) == (decision, reason), here.explanation


@given(accounts(), accepts, finals)
def test_no_mark_without_a_later_order_that_takes_over_every_name(
    account: tuple[list[Row], list[Row]], accept: set[str], final: bool
) -> None:
    migrated, others = account
    by_id = {raw["id"]: raw for raw in others}
    for before in migrated:
        decision = find(migrated, others, accept=accept, final=final)[before["id"]]
        assert decision.explanation and len(decision.candidates) <= 10
        if decision.decision != "mark":
            continue
        assert decision.reason in accept and len(decision.candidates) == 1
        after = by_id[decision.candidates[0].id]
        assert after["status"] in ("issued", "expired", "reissue_pending") and Oracle.covers(after, before)
        placed, ends = (before["date_created"], after["date_created"]), (Oracle.ends(before), Oracle.ends(after))
        if final:
            assert all(placed) and all(ends) and before["organization"] == after["organization"] != []
        assert not all(placed) or placed[1] > placed[0]
        assert Oracle.later(*ends) is not False


@given(accounts(), accepts, finals, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_of_no_meaning(
    account: tuple[list[Row], list[Row]], accept: set[str], final: bool, random: t.Any
) -> None:
    migrated, others = account
    before = find(migrated, others, accept=accept, final=final)
    random.shuffle(migrated)
    random.shuffle(others)
    for raw in [*migrated, *others]:
        random.shuffle(raw["certificate"]["dns_names"] or [])
    after = find(migrated, others, accept=accept, final=final)
    assert {key: brief(decision) for key, decision in after.items()} == {
        key: brief(decision) for key, decision in before.items()
    }


@given(accounts(), st.data())
def test_case_and_alphabet_are_of_no_meaning(account: tuple[list[Row], list[Row]], data: st.DataObject) -> None:
    migrated, others = account
    before = find(migrated, others)
    for raw in [*migrated, *others]:
        how = data.draw(st.integers(0, 2))
        certificate = raw["certificate"]
        certificate["common_name"] = spell(certificate["common_name"], how)
        certificate["dns_names"] = [spell(name, how) for name in certificate["dns_names"] or ()] or None
    after = find(migrated, others)
    assert [brief(decision) for decision in after.values()] == [brief(decision) for decision in before.values()]


@given(accounts(), orders(99), accepts, finals)
def test_one_order_more(account: tuple[list[Row], list[Row]], more: Row, accept: set[str], final: bool) -> None:
    """It can be the renewal, or leave it unclear. If it is no candidate, it makes no mark."""
    migrated, others = account
    before = find(migrated, others, accept=accept, final=final)
    after = find(migrated, [*others, more], accept=accept, final=final)
    without_it = find(migrated, [*others, more], accept=accept, final=final, excluded={99})
    assert {key: brief(decision) for key, decision in without_it.items()} == {
        key: brief(decision) for key, decision in before.items()
    }
    is_none = all(Oracle(migrated, [more], accept).is_candidate(raw, more) is False for raw in migrated)
    for order_id, here in before.items():
        there = after[order_id]
        if is_none:
            assert there.decision == here.decision
        if there.decision == "mark":
            # Where another migrated order finds its own renewal in it, this one is not shared any more.
            assert here.decision == "mark" or there.candidates[0].id == 99 or here.reason == "shared"
        elif here.decision == "mark":
            assert 99 in [facts.id for facts in there.candidates] or there.reason == "shared"


@given(accounts(), orders(5), accepts, finals)
def test_one_migrated_order_more_makes_no_mark(
    account: tuple[list[Row], list[Row]], more: Row, accept: set[str], final: bool
) -> None:
    migrated, others = account
    before = find(migrated, others, accept=accept, final=final)
    after = find([*migrated, more], others, accept=accept, final=final)
    for order_id, decision in before.items():
        assert after[order_id].decision == "review" or brief(after[order_id]) == brief(decision)


@given(accounts(), accepts)
def test_the_renewal_is_enough(account: tuple[list[Row], list[Row]], accept: set[str]) -> None:
    migrated, others = account
    for order_id, decision in find(migrated, others, accept=accept).items():
        if decision.decision == "mark":
            pair = (
                [raw for raw in migrated if raw["id"] == order_id],
                [raw for raw in others if raw["id"] == decision.candidates[0].id],
            )
            assert find(*pair, accept=accept)[order_id] == decision


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(accounts(), st.data())
def test_whatever_the_api_says(account: tuple[list[Row], list[Row]], data: st.DataObject) -> None:
    migrated, others = account
    outer = ("certificate", "organization", "product", "renewal_of_order_id", "renewed_order_id", "date_created")
    inner = ("common_name", "dns_names", "valid_from", "valid_till", "id", "name_id", "type", "validation_type")
    for raw in data.draw(st.lists(st.sampled_from([*migrated, *others]), min_size=1)):
        name = data.draw(st.sampled_from((*outer, *inner, "order_valid_till", "container")))
        place = raw[data.draw(st.sampled_from(outer[:3]))] if name in inner else raw
        if isinstance(place, dict):
            place[name] = data.draw(JSON)
    for decision in find(migrated, others).values():
        assert all(isinstance(facts, Facts) for facts in decision.candidates)
        json.dumps(decision[:3], ensure_ascii=False).encode()
        assert decision.explanation.isprintable() and len(decision.explanation) < 1000
