"""The rules of docs/renewals.md: case by case, and for random accounts in comparison with tests/unit/renewal_rules.py."""

from __future__ import annotations

import copy
import json
import typing as t
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up import candidates, renewals
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import Facts, to_facts
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.plan import Decision
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.renewals import ACCEPTABLE
from ansible_collections.certops.certcentral.tests.unit.renewal_rules import NO_CANDIDATE, Row, Rules, is_candidate
from ansible_collections.certops.certcentral.tests.unit.support import spread

TODAY = date(2026, 3, 1)
DEFAULT = ("recorded", "same_names")
OV = {"validation_type": "ov"}
LEGACY = {"name_id": "ssl_plus", "type": "ssl_certificate", "validation_type": "ov"}
FLEX = {"name_id": "ssl_flex", "type": "ssl_certificate", "validation_type": "ov"}
EV = {"name_id": "ssl_ev", "type": "ssl_certificate", "validation_type": "ev"}
# A product as in rows of the order list.
UNTOLD = {"name_id": "ssl_flex", "type": "ssl_certificate"}


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def order(order_id: int, *names: t.Any, placed: int, ends: int, **fields: t.Any) -> Row:
    """Return the details of an order. ``placed`` and ``ends`` are days from today."""
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
    """Return the decision on each of the migrated orders."""
    olds, news = ([to_facts(parse_order(raw)) for raw in rows] for rows in (migrated, others))
    account = candidates.make_account(olds, news, excluded)
    near = {facts: candidates.find_near(facts, account) for facts in olds}
    return {facts.id: renewals.decide(facts, near[facts], account.rivals, TODAY, accept, final=final) for facts in olds}


def find_one(migrated: Row | list[Row], *others: Row, **options: t.Any) -> Decision:
    """Return the decision on the first of the migrated orders."""
    rows = [migrated] if isinstance(migrated, dict) else migrated
    return find(rows, others, **options)[rows[0]["id"]]


def brief(decision: Decision) -> str:
    return " ".join([*decision[:2], *(str(facts.id) for facts in decision.candidates)])


# A case of the table. Orders 1 and 2 are migrated, orders 11 to 13 are not.
Case = tuple[str, str, t.Any, tuple[Row, ...], dict[str, t.Any]]


def case(expected: str, migrated: Row | list[Row], *others: Row, says: str = "", **options: t.Any) -> Case:
    """Return a case with its explanation, unless that does not matter."""
    return expected, says, migrated, others, options


SAME = f"order 11 has the same names and expires on {day(300)}"
ALL_NAMES = f"order 11 has all of its names and expires on {day(300)}"
TWO_NAMES = ("www.example.com", "example.com")
WILDCARD = "*.example.com"
CLAIMING = new(renewal_of_order_id=1), new(order_id=12, renewal_of_order_id=1)
WIDER, BOTH_NAMES = new(WILDCARD, "example.com", order_id=12), new(*TWO_NAMES, order_id=12)
# Each of two migrated orders has a renewal of its own, which was not placed in time for the other order.
PARALLEL = old(ends=-100, placed=-465), old(order_id=2, ends=80, placed=-285)
RENEWALS = new(placed=-110), new(order_id=12, placed=-10, ends=310)
GOES_ON = old(order_valid_till=day(400), renewed_order_id=11)
REISSUED = old(certificate={"valid_from": day(-5)})
UNNAMED = ({"dns_names": None}, {"dns_names": ["www.example.com", 5]})
# Another migrated order that makes the renewal shared, and those that do not. 120 days of overlap do not count.
RIVALS: list[Row] = [
    *({}, {"placed": -91}, {"status": "expired", "placed": -400, "ends": -179}, {"status": "reissue_pending"}),
    *({"is_renewed": None}, {"date_created": None}, {"order_valid_till": day(400)}, {"renewed_order_id": 11}),
    # Regression: after somebody had marked one of two shared orders, as the report advises, the next run marked the other.
    *({"is_renewed": True}, {"status": "renewed"}),
    # Regression: an order whose row lacks names did not count.
    *({"certificate": certificate} for certificate in UNNAMED),
]
NO_RIVALS: list[Row] = [
    *({"placed": -90}, {"status": "expired", "placed": -400, "ends": -180}, {"status": "canceled"}),
    *({"status": "revoked"}, {"organization": {"id": 2}}, {"renewed_order_id": 99}),
    {"certificate": {"common_name": None, "dns_names": None}},
]
CASES: list[Case] = [
    # The API's record takes precedence over dates, sequence and names.
    case("mark recorded 11", old(renewed_order_id=11), new()),
    case("mark recorded 11", old(renewed_order_id="11"), new(renewal_of_order_id="1")),
    case("mark recorded 11", old(), new(renewal_of_order_id=1, is_renewal=True)),
    *(case("mark recorded 11", GOES_ON, new(WILDCARD, placed=placed), WIDER) for placed in (-200, -10)),
    *(case("review recorded_otherwise 11", old(renewed_order_id=value), new()) for value in (99, "x")),
    case("review recorded_otherwise 11", old(renewed_order_id=11), new(renewal_of_order_id=2)),
    case("review recorded_otherwise 11", old(), new(renewal_of_order_id=2)),
    *(case("mark same_names 11", old(renewed_order_id=value), new(renewal_of_order_id=value)) for value in (0, None)),
    case("review ambiguous 11 12", old(), *CLAIMING),
    case("review recorded_otherwise 11 12", old(renewed_order_id=11), *CLAIMING),
    # A record does not make a candidate of an order that is not one, and does not replace a required fact.
    case("review not_issued 11", old(renewed_order_id=11), new(status="pending")),
    case("review recorded_otherwise 12", old(renewed_order_id=11), new(status="pending"), new(order_id=12)),
    case("review incomplete 11", old(renewed_order_id=11), new(organization=[])),
    # Candidates that renewed another order do not count.
    case("mark same_names 12", old(), new(renewal_of_order_id=5), new(order_id=12)),
    case("review covers_names 12", old(), new(renewal_of_order_id=5), new(WILDCARD, order_id=12)),
    # The order itself is valid for longer.
    *(case("review order_goes_on 11", old(order_valid_till=day(days)), new()) for days in (62, 400)),
    *(case("mark same_names 11", old(order_valid_till=till), new()) for till in (day(61), day(30), None, "soon")),
    case("review order_goes_on 11", old(ends=-60, order_valid_till=day(0)), new(placed=-80)),
    case("mark same_names 11", old(ends=-60, order_valid_till=day(-1)), new(placed=-80)),
    # Candidates in time.
    *(
        case(expected, old(placed=ends - 365, ends=ends), new(placed=placed, ends=placed + 370))
        for ends, placed, expected in (
            *((0, -120, "mark same_names 11"), (0, -121, "review placed_too_early 11")),
            *((-200, -20, "mark same_names 11"), (-201, -20, "review placed_too_late 11")),
            *((90, -30, "mark same_names 11"), (90, -31, "review placed_too_early 11")),
            (-2900, -20, "review placed_too_late 11"),
        )
    ),
    # The renewal of the renewal is too late.
    case(
        "mark same_names 11",
        old(placed=-765, ends=-395),
        *(new(placed=-405, ends=-35, status="expired"), new(order_id=12, placed=-45, ends=325)),
    ),
    # Several candidates, and candidates with other names.
    *(
        case("review ambiguous 11 12", old(), new(name, order_id=12), new(name), accept=ACCEPTABLE)
        for name in ("www.example.com", WILDCARD)
    ),
    case("mark same_names 11", old(), new(order_id=12), new(), excluded={12}),
    *(case("review covers_names 11", old(), new(*names)) for names in ((WILDCARD,), TWO_NAMES)),
    *(case("mark covers_names 11", old(), new(*names), accept=ACCEPTABLE) for names in ((WILDCARD,), TWO_NAMES)),
    case("mark same_names 11", old(), WIDER, new(), new(*TWO_NAMES, order_id=13), accept=ACCEPTABLE),
    case("mark same_names 11", old(*TWO_NAMES), new("example.com", "WWW.example.com")),
    # Two servers and one new order, which was placed in time for both.
    *(case("review shared 11", [old(), old(order_id=2, **fields)], new()) for fields in RIVALS),
    *(case("mark same_names 11", [old(), old(order_id=2, **fields)], new()) for fields in NO_RIVALS),
    case("review shared 11", [old(), old(order_id=2)], new(), excluded={2}),
    # An order with unknown names may also be renewed by an order that has more names.
    *(
        case("review shared 12", [old(*TWO_NAMES), old(order_id=2, certificate=one)], new(), BOTH_NAMES)
        for one in UNNAMED
    ),
    case("mark same_names 12", [PARALLEL[1], PARALLEL[0]], *RENEWALS),
    case("review ambiguous 11 12", [*PARALLEL], *RENEWALS),
    # The row of order 12 does not tell that it is of another family, so order 2 only seems to have two candidates.
    *(
        case(expected, [old(WILDCARD), old(order_id=2)], new(WILDCARD), new(order_id=12, product=product), final=False)
        for expected, product in (("review shared 11", UNTOLD), ("mark same_names 11", FLEX))
    ),
    # An order that only covers the names competes with another such order, but not with one that has the same names.
    *(
        case(expected, [old(WILDCARD), old(*names, order_id=2)], new(WILDCARD), WIDER, final=False)
        for expected, names in (("mark same_names 11", ()), ("review shared 11", (WILDCARD,)))
    ),
    # Reasons that are not accepted.
    case("review same_names 11", old(), new(), accept=()),
    case("review recorded 11", old(renewed_order_id=11), new(), accept=("same_names",)),
    # The candidate has a pending reissue. Regression: it counted as never issued.
    case("mark same_names 11", old(), new(status="reissue_pending")),
    case("review ambiguous 11 12", old(), new(status="reissue_pending"), new(order_id=12)),
    # Different values with the same meaning are equal.
    case("mark same_names 11", old(), new(status="expired")),
    case("mark same_names 11", old(), new(certificate={"status": "issued"})),
    *(
        case("mark same_names 11", old(), new(product={**FLEX, **product}))
        for product in ({"name_id": "SSL_PLUS", "type": "other"}, {"name_id": "p", "validation_type": "OV"})
    ),
    case("mark same_names 11", old(), new(organization={"id": "1"})),
    # Only date_created tells which order was placed later. valid_from changes with each reissue, but can rule out a renewal.
    case("review placed_too_early 11", old(), new(date_created=f"{day(-300)}T12:00:01+00:00", ends=31)),
    case("review placed_earlier 11", old(), new(placed=-400, certificate={"valid_from": day(-5)})),
    case("review placed_earlier 11", REISSUED, new(certificate={"valid_from": day(-5)})),
    *(case("mark same_names 11", REISSUED, new(certificate=one)) for one in ({"valid_from": day(-4)}, {})),
    # The time zone of date_created counts.
    *(
        case(expected, old(date_created=f"{day(-10)}T20:00:00-07:00"), new(date_created=f"{day(-9)}T{time}+00:00"))
        for expected, time in (("review placed_earlier 11", "02:59:59"), ("mark same_names 11", "03:00:01"))
    ),
    # A migrated order is not a candidate, and names that are not DNS names cannot be compared.
    case("review not_renewed", [old(), new(order_id=2)]),
    *(
        case("review incomplete", old(*names), new(*names))
        for names in (("www.example.com", "two words"), ("localhost",), ("www.example.com", 5))
    ),
    case("review incomplete 11", old(), new("www.example.com", "two words")),
    # Facts that are unknown.
    case("review incomplete 11", old(organization=[]), new(organization=[])),
    case("review incomplete 11", old(), new(organization=[])),
    *(case("review incomplete 11", old(), new(certificate=one)) for one in UNNAMED),
    *(case("mark same_names 11", old(), new(certificate=one), final=False) for one in UNNAMED),
    case("review ambiguous 11 12", old(), new(), new(order_id=12, product=UNTOLD)),
    # The explanation names the orders, and what is different.
    case("mark same_names 11", old(), new(), says=SAME),
    *(
        case("mark covers_names 11", old(), new(*names), accept=ACCEPTABLE, says=f"{ALL_NAMES}, but it {difference}")
        for names, difference in (
            ((WILDCARD,), "covers www.example.com only by a wildcard"),
            ((WILDCARD, "example.com"), "covers www.example.com only by a wildcard and also has example.com"),
            (("www.example.com", "b.example.com", "a.example.com"), "also has a.example.com, b.example.com"),
        )
    ),
    case(
        *("review shared 11", [old(), old(order_id=2)], new()),
        says=f"{SAME}, but it may have renewed another order (2), whose certificate was valid at the same time",
    ),
    case("review ambiguous 11 12", old(), new(order_id=12), new(), says="2 orders have the same names (11, 12)"),
    case(
        *("review order_goes_on 11", old(order_valid_till=day(62)), new()),
        says=f"the order is valid until {day(62)}, but its certificate expires on {day(30)}: reissue the certificate",
    ),
    # The nearest orders come first.
    case(
        "review fewer_names 12 11",
        old(*TWO_NAMES, "mail.example.com"),
        *(new(), new(WILDCARD, order_id=12), new("example.com", order_id=13, status="pending")),
        says="order 12 has only 2 of its 3 names, and lacks example.com",
    ),
    case(
        "review other_organization 11 13 12",
        *(old(), new(order_id=12, status="pending", organization={"id": 2})),
        *(new(order_id=13, ends=20), new(organization={"id": 2})),
        says="order 11 has all of its names, but is for another organization; "
        f"order 13 has all of its names, but does not expire later ({day(20)}); "
        "order 12 has all of its names, but is pending and is for another organization",
    ),
    case(
        *("review placed_too_early 12", old()),
        *(new(order_id=n, placed=p) for n, p in ((11, -200), (12, -150), (13, -151))),
        says=f"order 12 was placed on {day(-150)}, more than 120 days before the expiry of this order's certificate "
        f"({day(30)})",
    ),
    case("review not_issued 12 11", old(), new(status="pending"), new(order_id=12, status="pending")),
    # A record decides even if order 150 is not among the newest orders, which are compared.
    case("mark recorded 150", old(renewed_order_id=150), *(new(order_id=number) for number in range(101, 300))),
    # Orders that were never issued do not matter, however many they are.
    case("mark same_names 11", old(), new(), *(new(order_id=n, status="canceled") for n in range(101, 400))),
]


@pytest.mark.parametrize(("expected", "says", "migrated", "others", "options"), CASES)
def test_decision_follows_the_table(expected: str, says: str, migrated: t.Any, others: t.Any, options: t.Any) -> None:
    found = find_one(migrated, *others, **options)
    assert (brief(found), found.explanation) == (expected, says or found.explanation)


MISSES: dict[str, list[Row]] = {
    "not_issued": [
        *({"status": status} for status in ("pending", "renewed", "ISSUED")),
        {"certificate": {"status": "revoked"}},
    ],
    "other_organization": [{"organization": {"id": 2, "name": "Example"}}],
    "other_product": [{"product": EV}, *({"product": {"name_id": "p", "type": "x", **more}} for more in ({}, OV))],
    "ends_no_later": [{"ends": days} for days in (30, 29)],
    "placed_earlier": [{"placed": days} for days in (-300, -301)],
}


@pytest.mark.parametrize(("fields", "reason"), spread(MISSES))
def test_order_that_does_not_meet_a_condition_is_not_a_candidate(fields: Row, reason: str) -> None:
    found = find_one(old(), new(**fields))
    assert brief(found) == f"review {reason} 11" and found.explanation.startswith("order 11 has all of its names, but ")
    assert brief(find_one(old(), new(**fields), new(order_id=12))) == "mark same_names 12"


UNKNOWN = {
    "it was placed later": ["date_created"],
    "its certificate expires later": ["certificate.valid_till"],
    "both are for the same organization": ["organization"],
    "both products belong to the same family": ["product", "product.validation_type", "product.type"],
}


@pytest.mark.parametrize("which", ["old", "new"])
@pytest.mark.parametrize(("path", "words"), spread(UNKNOWN))
def test_unknown_fact_leads_to_review_only_if_details_were_read(which: str, path: str, words: str) -> None:
    pair = copy.deepcopy({"old": old(), "new": new()})
    outer, dot, inner = path.partition(".")
    del (pair[which][outer] if dot else pair[which])[inner or outer]
    assert brief(find_one(pair["old"], pair["new"], final=False)) == "mark same_names 11"
    found = find_one(pair["old"], pair["new"])
    assert brief(found) == "review incomplete 11"
    assert found.explanation.endswith(f"but the API does not tell whether {words}")


def test_crowd_of_candidates_is_ambiguous_and_the_first_ten_are_returned() -> None:
    found = find_one(old(), *(new(order_id=number) for number in range(101, 200)))
    assert brief(found) == "review ambiguous " + " ".join(map(str, range(101, 111)))
    assert "99 orders" in found.explanation and "and 96 more" in found.explanation and len(found.explanation) < 200
    crowd = [new(order_id=number) for number in range(101, 202)]
    assert "more than 100" in find_one(old(), *crowd).explanation
    # This is so even if all of these orders except one belong to another organization.
    for raw in crowd[1:]:
        raw["organization"] = {"id": 2}
    assert find_one(old(), *crowd).reason == "ambiguous"
    assert find_one(old(), *crowd, excluded={201}).decision == "mark"
    # Orders that were never issued are not counted.
    assert find_one(old(), *(new(order_id=n, status="canceled") for n in range(101, 400))).reason == "not_issued"


def test_few_pairs_of_orders_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()

    def count(name: str, function: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        def counted(*args: t.Any) -> t.Any:
            calls[name] += 1
            return function(*args)

        return counted

    for name in ("judge", "covers"):
        counted = count(name, getattr(candidates, name))
        for module in (candidates, renewals):
            monkeypatch.setattr(module, name, counted)
    migrated = [old(f"www{n}.example.com", "all.example.com", order_id=n + 1) for n in range(1500)]
    others = [new(f"www{n}.example.com", "all.example.com", order_id=n + 5000) for n in range(2500)]
    found = find(migrated, others)
    assert [brief(decision) for decision in found.values()] == [f"mark same_names {n + 5000}" for n in range(1500)]
    # All orders share a name. Each pair is still compared only once for the rivals and once for the decision.
    assert calls == {"judge": 3000, "covers": 3000}

    calls.clear()
    found = find(
        [old(order_id=n + 1) for n in range(30)], [new(order_id=n, status="canceled") for n in range(99, 1099)]
    )
    assert {decision.reason for decision in found.values()} == {"not_issued"}
    # Orders with the same names are looked for once.
    assert calls["covers"] <= 1000 + 30 * 101 and calls["judge"] <= 2 * 30 * 101


# Names that are equal except for their spelling count as one.
NAMES = [
    *([("a.example",)] * 5),
    *([("*.example",)] * 2),
    *(("A.Example",), ("a.example", "*.example"), ("b.example", "a.example"), ("b.example",), ("*.a.example",)),
    *(("b\u00fccher.example",), ("XN--BCHER-KVA.example",), ("stra\u00dfe.example",), ("strasse.example",)),
]
ODD: tuple[t.Any, ...] = (None, 5, "", "two words", ["a.example"], "\ud800.example", "a..b", "example")
# Fields in which orders can differ.
VARIATIONS: list[tuple[str, t.Any]] = [
    *(("status", value) for value in ("expired", "expired", "pending", "reissue_pending")),
    ("is_renewed", True),
    *(("organization", {"id": 2}), ("organization", [])),
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
    names = draw(st.sampled_from(NAMES))
    is_migrated = order_id < 10
    placed, length = draw(st.tuples(st.integers(-4, -2) if is_migrated else st.integers(-2, 1), st.integers(2, 4)))
    raw = order(order_id, *names, placed=placed * 100, ends=(placed + length) * 100)
    for path, value in draw(st.just([]) | st.lists(st.sampled_from(VARIATIONS), max_size=2)):
        outer, unused, inner = path.rpartition(".")
        (raw[outer] if outer else raw)[inner] = value
    return raw


Account = tuple[list[Row], list[Row]]


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    migrated = [draw(orders(number)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    return migrated, [draw(orders(number)) for number in range(11, draw(st.integers(0, 5)) + 11)]


finals = st.booleans()
accepts = st.sets(st.sampled_from(ACCEPTABLE)) | st.just(set(ACCEPTABLE))


@given(accounts(), accepts, finals)
@settings(max_examples=300)
def test_decisions_follow_the_rules(account: Account, accept: set[str], final: bool) -> None:
    migrated, others = account
    rules = Rules(migrated, others, accept, TODAY)
    found = find(migrated, others, accept=accept, final=final)
    by_id = {raw["id"]: raw for raw in others}
    for before in migrated:
        here, (decision, reason) = found[before["id"]], rules.decide(before, final=final)
        reasons = (*candidates.MISSES, "fewer_names", "not_renewed") if reason == NO_CANDIDATE else (reason,)
        assert here.decision == decision and here.reason in reasons, here.explanation
        assert here.explanation and len(here.candidates) <= 10
        if decision == "mark":
            (renewal,) = here.candidates
            assert is_candidate(before, by_id[renewal.id]) in ((True,) if final else (True, None))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(accounts(), st.data())
def test_any_field_may_have_any_value(account: Account, data: st.DataObject) -> None:
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
