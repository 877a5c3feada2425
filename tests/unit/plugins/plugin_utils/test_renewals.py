# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a renewal: single rules by example, and what must hold for all orders by Hypothesis."""

from __future__ import annotations

import copy
import json
import typing as t
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.plugin_utils import _renewals
from ansible_collections.certops.certcentral.plugins.plugin_utils._renewals import (
    OriginUnknown,
    Renewal,
    covers,
    find_renewals,
    to_a_labels,
)

TODAY = date(2026, 3, 1)
Row = dict[str, t.Any]


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def row(order_id: int, *names: t.Any, begin: int, end: int, **fields: t.Any) -> Row:
    """A row of the listing."""
    return {
        "id": order_id,
        "status": "issued",
        "is_renewed": False,
        "certificate": {
            "common_name": names[0],
            "dns_names": list(names),
            "valid_from": day(begin),
            "valid_till": day(end),
        },
        "organization": {"id": 1, "name": "Example"},
        "product": {"name_id": "ssl_plus", "type": "ssl_certificate", "validation_type": "ov"},
        **fields,
    }


def old(*names: t.Any, order_id: int = 1, **fields: t.Any) -> Row:
    return row(order_id, *names, **{"begin": -300, "end": 30, **fields})


def new(*names: t.Any, order_id: int = 11, **fields: t.Any) -> Row:
    return row(order_id, *names, **{"begin": -10, "end": 300, **fields})


def find_one(migrated: Row | list[Row], *others: Row, **options: t.Any) -> Renewal:
    """What renewed the first of the migrated orders."""
    return find_renewals([migrated] if isinstance(migrated, dict) else migrated, others, TODAY, **options)[0]


def without(order: Row, path: str) -> Row:
    """The same without the field."""
    order = copy.deepcopy(order)
    outer, dot, inner = path.partition(".")
    if dot:
        del order[outer][inner]
    else:
        del order[outer]
    return order


# ---- names


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("www.example.com", "www.example.com"),
        ("WWW.Example.COM", "www.example.com"),
        ("*.Example.com", "*.example.com"),
        ("_acme.example.com", "_acme.example.com"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("B\u00dcCHER.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("\u4f8b\u3048.\u30c6\u30b9\u30c8", "xn--r8jz45g.xn--zckzah"),
        # IDNA 2003 would make strasse.example of it, which is somebody else's.
        ("stra\u00dfe.example", "xn--strae-oqa.example"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_names(name: str, labels: str) -> None:
    assert to_a_labels(name) == labels


@pytest.mark.parametrize(
    "name",
    [
        *(None, 5, True, ["a.example"], {}, b"a.example"),
        *("", ".", "a.", ".a", "a..b", "*", "*.", "a.*.example", "w*.example", "**.example", "two words.example"),
        *(
            "-a.example",
            "a-.example",
            "a@example.com",
            "a/b.example",
            "::1",
            "{{ 7 * 7 }}",
            "a.example\n",
            "a\u0000.example",
        ),
        *("\U0001f680.example", "\ud83d.example", "a\u3002example", "x" * 64 + ".example", "\u00fc" * 64 + ".example"),
        ".".join(["abcdefghi"] * 26),
    ],
)
def test_what_is_no_name(name: t.Any) -> None:
    assert to_a_labels(name) is None


@pytest.mark.parametrize(
    ("held", "name", "covered"),
    [
        ("www.example.com", "www.example.com", True),
        ("www.example.com", "example.com", False),
        ("*.example.com", "www.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.www.example.com", False),
        ("*.example.com", "*.example.com", True),
        ("*.example.com", "*.www.example.com", False),
        ("*.com", "*.example.com", False),
        ("www.example.com", "*.example.com", False),
        ("*.example.com", "xn--bcher-kva.example.com", True),
        ("*.example.com", "wwwexample.com", False),
    ],
)
def test_covers(held: str, name: str, covered: bool) -> None:
    assert covers({held}, name) is covered


# ---- one rule at a time


def test_same_names() -> None:
    found = find_one(old("www.example.com", "example.com"), new("example.com", "WWW.example.com"))
    assert found == Renewal(1, 11, "same_names", f"order 11 has the same names and ends on {day(300)}", [11])


def test_covers_names() -> None:
    found = find_one(old("www.example.com"), new("*.example.com", "example.com"))
    assert (found.renewed_by, found.reason) == (11, "covers_names")


def test_one_with_the_same_names_goes_before_others() -> None:
    found = find_one(
        old("www.example.com"),
        new("*.example.com", order_id=12),
        new("www.example.com"),
        new("www.example.com", "example.com", order_id=13),
    )
    assert (found.renewed_by, found.reason, found.candidates) == (11, "same_names", [11])


def test_names_that_cannot_be_read_are_never_the_same() -> None:
    found = find_one(old("www.example.com"), new("www.example.com", 5))
    assert (found.renewed_by, found.reason) == (11, "covers_names")


def test_doubts_about_one_with_the_same_names_are_not_passed_over() -> None:
    same = new("www.example.com", organization=[])
    found = find_one(old("www.example.com"), same, new("*.example.com", order_id=12))
    assert (found.renewed_by, found.reason, found.candidates) == (None, "no_organization", [11])


@pytest.mark.parametrize("names", [("www.example.com",), ("*.example.com",)])
def test_several(names: tuple[str, ...]) -> None:
    found = find_one(old("www.example.com"), new(*names), new(*names, order_id=12))
    assert (found.renewed_by, found.reason, found.candidates) == (None, "several", [12, 11])
    assert "12, 11" in found.why
    found = find_one(old("www.example.com"), new(*names), new(*names, order_id=12), excluded={12})
    assert found.renewed_by == 11


def test_what_is_told_of_many_is_bounded() -> None:
    found = find_one(old("www.example.com"), *(new("www.example.com", order_id=number) for number in range(101, 200)))
    assert found.candidates == list(range(199, 179, -1))
    assert "99 orders" in found.why and "and 96 more" in found.why and len(found.why) < 200


def test_a_crowd_is_for_a_person() -> None:
    crowd = [new("www.example.com", order_id=number) for number in range(101, 202)]
    found = find_one(old("www.example.com"), *crowd)
    assert (found.renewed_by, found.reason) == (None, "several") and "more than 100" in found.why
    # Even if all of them but one are of another organization.
    for order in crowd[1:]:
        order["organization"] = ORGANIZATION
    assert find_one(old("www.example.com"), *crowd).reason == "several"
    assert find_one(old("www.example.com"), *crowd, excluded={201}).renewed_by == 101


ORGANIZATION = {"id": 2}
OTHERS: list[tuple[dict[str, t.Any], str]] = [
    ({"status": "pending"}, "not_issued"),
    ({"status": "expired"}, "not_issued"),
    ({"status": "renewed"}, "not_issued"),
    ({"status": "ISSUED"}, "not_issued"),
    ({"begin": -290, "end": -1}, "not_issued"),
    ({"end": 30}, "ends_no_later"),
    ({"end": 29}, "ends_no_later"),
    ({"begin": -300}, "issued_no_later"),
    ({"organization": {"id": 2, "name": "Example"}}, "other_organization"),
    ({"organization": []}, "no_organization"),
    ({"organization": None}, "no_organization"),
    ({"organization": {"id": True}}, "no_organization"),
    ({"organization": {"name": "Example"}}, "no_organization"),
    ({"product": {"name_id": "p", "type": "ssl_certificate", "validation_type": "ev"}}, "other_product"),
    ({"product": {"name_id": "p", "type": "code_signing", "validation_type": "ov"}}, "other_product"),
    ({"product": {"name_id": "p", "type": "code_signing"}}, "other_product"),
    ({"product": {"name_id": "p", "type": "ssl_certificate"}}, "incomplete"),
    ({"product": {"name_id": "p", "validation_type": "ov"}}, "incomplete"),
    ({"product": {}}, "incomplete"),
    ({"product": "ssl_plus"}, "incomplete"),
]


@pytest.mark.parametrize(("fields", "reason"), OTHERS)
def test_what_is_no_renewal(fields: dict[str, t.Any], reason: str) -> None:
    found = find_one(old("www.example.com"), new("www.example.com", **fields))
    assert (found.renewed_by, found.reason) == (None, reason)
    # It is told of, though not where it is nothing but what the old one followed.
    assert found.candidates == [11] and "order 11" in found.why
    # And it is in the way of nothing.
    good = new("www.example.com", order_id=12)
    beside = find_one(old("www.example.com"), new("www.example.com", **fields), good)
    assert (beside.renewed_by, beside.reason) == (
        (None, "several") if reason in ("no_organization", "incomplete") else (12, "same_names")
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"product": {"name_id": "ssl_plus"}},
        {"product": {"name_id": "SSL_PLUS", "type": "other"}},
        {"product": {"name_id": "p", "type": "ssl_certificate", "validation_type": "OV"}},
        {"organization": {"id": "1"}},
        {"begin": -299, "end": 31},
        {"end": 31},
    ],
)
def test_what_is_one(fields: dict[str, t.Any]) -> None:
    assert find_one(old("www.example.com"), new("www.example.com", **fields)).renewed_by == 11


@pytest.mark.parametrize("which", ["old", "new"])
@pytest.mark.parametrize(
    ("path", "reason", "words"),
    [
        ("certificate.valid_from", "incomplete", "was issued (valid_from)"),
        ("certificate.valid_till", "incomplete", "ends"),
        ("organization", "no_organization", "organization"),
        ("product", "incomplete", "product"),
    ],
)
def test_missing_facts_are_said(which: str, path: str, reason: str, words: str) -> None:
    rows = {"old": old("www.example.com"), "new": new("www.example.com")}
    rows[which] = without(rows[which], path)
    found = find_one(rows["old"], rows["new"])
    assert (found.renewed_by, found.reason) == (None, reason)
    assert words in found.why


def test_an_empty_list_of_additional_names_is_known_and_a_missing_one_is_not() -> None:
    order = old("www.example.com")
    order["certificate"]["dns_names"] = []
    assert find_one(order, new("www.example.com")).reason == "same_names"
    for path in ("certificate.dns_names", "certificate.common_name", "certificate"):
        assert find_one(without(order, path), new("www.example.com")).reason == "unknown_names"


def test_a_migrated_order_is_no_renewal_but_told_of() -> None:
    found = find_one([old("www.example.com"), new("www.example.com", order_id=2)])
    assert (found.renewed_by, found.reason, found.candidates) == (None, "by_migrated", [2])
    # But what it followed itself is not told of.
    later = find_renewals([old("www.example.com"), new("www.example.com", order_id=2)], [], TODAY)[1]
    assert later.reason == "not_renewed"


def test_fewer_names() -> None:
    found = find_one(
        old("www.example.com", "example.com", "mail.example.com"),
        new("www.example.com"),
        new("*.example.com", order_id=12),
        new("example.com", order_id=13, status="pending"),
    )
    assert (found.reason, found.candidates) == ("fewer_names", [12, 11])
    assert found.why == "order 12 has only 2 of its 3 names, and lacks example.com"


def test_the_nearest_miss_comes_first() -> None:
    found = find_one(
        old("www.example.com"),
        new("www.example.com", order_id=12, status="pending", organization=ORGANIZATION),
        new("www.example.com", organization=ORGANIZATION),
    )
    assert (found.reason, found.candidates) == ("other_organization", [11, 12])
    assert found.why == (
        "order 11 has all of its names, but is of another organization; "
        "order 12 has all of its names, but is pending and is of another organization"
    )


@pytest.mark.parametrize("recorded_by", ["old", "new"])
def test_what_order_info_says_settles_it(recorded_by: str) -> None:
    rows = {"old": old("www.example.com"), "new": new("*.example.com")}
    rows["old" if recorded_by == "old" else "new"].update(
        {"renewed_order_id": "11"} if recorded_by == "old" else {"renewal_of_order_id": 1}
    )
    others = [new("www.example.com", order_id=12), new("www.example.com", order_id=13)]
    found = find_one(rows["old"], rows["new"], *others)
    assert (found.renewed_by, found.reason) == (11, "recorded")
    # It makes no renewal of what is none.
    assert find_one(rows["old"], {**rows["new"], "status": "pending"}, *others).reason == "several"


def test_an_order_in_both_lists() -> None:
    with pytest.raises(OriginUnknown, match="order 1 is among the migrated orders and among the others as well"):
        find_one(old("www.example.com"), old("www.example.com"), new("www.example.com"))


def test_few_pairs_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    judge = _renewals.judge

    def count(*args: t.Any) -> t.Any:
        nonlocal calls
        calls += 1
        return judge(*args)

    monkeypatch.setattr(_renewals, "judge", count)
    migrated = [old(f"www{n}.example.com", "all.example.com", order_id=n + 1) for n in range(1500)]
    others = [new(f"www{n}.example.com", "all.example.com", order_id=n + 5000) for n in range(2500)]
    found = find_renewals(migrated, others, TODAY)
    assert [renewal.renewed_by for renewal in found] == [order["id"] for order in others[:1500]]
    # A name that all of them have leads nowhere.
    assert calls == 1500

    calls = 0
    migrated = [old("www.example.com", order_id=number + 1) for number in range(30)]
    ended = [new("www.example.com", order_id=number + 5000, status="expired") for number in range(300)]
    assert {renewal.reason for renewal in find_renewals(migrated, ended, TODAY)} == {"not_issued"}
    assert calls <= 30 * 101


# ---- what must hold for all orders

POOL = (
    *("a.example", "b.example", "*.example", "x.a.example", "*.a.example", "example"),
    *("b\u00fccher.example", "stra\u00dfe.example", "strasse.example"),
)
ODD = (None, 5, "", "two words", ["a.example"], "\ud800.example", "a..b")
PRODUCTS: tuple[dict[str, str], ...] = (
    {"name_id": "ssl_plus", "type": "ssl_certificate", "validation_type": "ov"},
    {"name_id": "ssl_flex", "type": "ssl_certificate", "validation_type": "ov"},
    {"name_id": "ssl_ev", "type": "ssl_certificate", "validation_type": "ev"},
    {"name_id": "ssl_plus"},
    {},
)


@st.composite
def rows(draw: st.DrawFn, order_id: int) -> Row:
    names: list[t.Any] = draw(st.lists(st.sampled_from(POOL), min_size=1, max_size=3))
    if draw(st.integers(0, 9)) == 0:
        names.append(draw(st.sampled_from(ODD)))
    begin = draw(st.integers(-3, 2))
    order = row(
        order_id,
        *names,
        begin=begin,
        end=begin + draw(st.integers(1, 4)),
        status=draw(st.sampled_from(("issued", "issued", "issued", "expired", "pending"))),
        organization=draw(st.sampled_from(({"id": 1}, {"id": 1}, {"id": 2}, []))),
        product=draw(st.sampled_from(PRODUCTS)),
        renewal_of_order_id=draw(st.sampled_from((0, 0, 0, 1, 2))),
    )
    for name in ("valid_from", "valid_till"):
        if draw(st.integers(0, 9)) == 0:
            order["certificate"][name] = None
    return order


@st.composite
def accounts(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    migrated = [draw(rows(number)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    others = [draw(rows(number)) for number in range(11, draw(st.integers(0, 5)) + 11)]
    return migrated, others


def found(migrated: list[Row], others: list[Row], **options: t.Any) -> dict[int, Renewal]:
    return {renewal.order_id: renewal for renewal in find_renewals(migrated, others, TODAY, **options)}


def holds(name: str, held: t.Iterable[str]) -> bool:
    """Whether names cover one, label by label."""
    for other in held:
        labels, others = name.split("."), other.split(".")
        if labels == others or (others[0] == "*" and labels[0] != "*" and labels[1:] == others[1:]):
            return True
    return False


PUNYCODE = {"b\u00fccher": "xn--bcher-kva", "stra\u00dfe": "xn--strae-oqa"}


def spell(name: t.Any, how: int) -> t.Any:
    """The same name in other letters."""
    if how == 1 and isinstance(name, str) and "\u00df" not in name:
        return name.upper()
    if how == 2 and isinstance(name, str):
        return ".".join(PUNYCODE.get(label, label) for label in name.split("."))
    return name


@given(accounts())
@settings(max_examples=200)
def test_a_renewal_is_one(account: tuple[list[Row], list[Row]]) -> None:
    migrated, others = account
    by_id = {order["id"]: order for order in [*migrated, *others]}
    for order in migrated:
        renewal = found(migrated, others)[order["id"]]
        assert renewal.why and len(renewal.candidates) <= 20
        if renewal.renewed_by is None:
            continue
        by = by_id[renewal.renewed_by]
        recorded = renewal.reason == "recorded"
        before, after = order["certificate"], by["certificate"]
        assert by in others and by["status"] == "issued" and renewal.candidates == [by["id"]]
        assert (after["valid_till"] or "9") >= day(0)
        # What is not known may be so if the API has recorded the renewal, and never else.
        assert all(holds(name, map(str, after["dns_names"])) for name in before["dns_names"])
        if order["organization"] and by["organization"]:
            assert order["organization"] == by["organization"]
        else:
            assert recorded
        for name in ("valid_from", "valid_till"):
            assert recorded if not (before[name] and after[name]) else after[name] > before[name]
        if renewal.reason == "same_names":
            assert set(before["dns_names"]) == set(after["dns_names"])
        if renewal.reason == "covers_names":
            assert set(before["dns_names"]) != set(after["dns_names"])


@given(accounts(), st.randoms(use_true_random=False))
def test_the_order_of_orders_is_of_no_meaning(account: tuple[list[Row], list[Row]], random: t.Any) -> None:
    migrated, others = account
    before = found(migrated, others)
    random.shuffle(migrated)
    random.shuffle(others)
    for order in [*migrated, *others]:
        random.shuffle(order["certificate"]["dns_names"])
    after = found(migrated, others)
    # A name that cannot be read is told of as it comes.
    assert {key: value for key, value in after.items() if value.reason != "unknown_names"} == {
        key: value for key, value in before.items() if value.reason != "unknown_names"
    }


@given(accounts(), st.data())
def test_case_and_alphabet_are_of_no_meaning(account: tuple[list[Row], list[Row]], data: st.DataObject) -> None:
    migrated, others = account
    before = found(migrated, others)
    for order in [*migrated, *others]:
        how = data.draw(st.integers(0, 2))
        certificate = order["certificate"]
        certificate["common_name"] = spell(certificate["common_name"], how)
        certificate["dns_names"] = [spell(name, how) for name in certificate["dns_names"]]
    after = found(migrated, others)
    assert [(r.renewed_by, r.reason) for r in after.values()] == [(r.renewed_by, r.reason) for r in before.values()]


@given(accounts(), rows(99))
def test_one_order_more(account: tuple[list[Row], list[Row]], more: Row) -> None:
    """It can be a better renewal, or make it unclear, but never undo that there is one; and if it is no renewal, nothing."""
    migrated, others = account
    before, after = found(migrated, others), found(migrated, [*others, more])
    alone = found(migrated, [more])
    for order_id, renewal in before.items():
        now = after[order_id]
        if not alone[order_id].candidates:
            assert now == renewal
        if renewal.renewed_by is not None:
            assert now.renewed_by in (renewal.renewed_by, 99) or (
                now.renewed_by is None and now.reason in ("several", "no_organization", "incomplete")
            )
        if renewal.reason == "several":
            assert now.renewed_by in (None, 99)
        # Without it again, all is as before.
        assert found(migrated, [*others, more], excluded={99})[order_id] == renewal


@given(accounts())
def test_the_renewal_is_enough(account: tuple[list[Row], list[Row]]) -> None:
    migrated, others = account
    for order_id, renewal in found(migrated, others).items():
        if renewal.renewed_by is not None:
            alone = found(migrated, [order for order in others if order["id"] == renewal.renewed_by])
            assert alone[order_id] == renewal


@given(
    st.lists(st.sampled_from(("a", "b", "www", "*")), min_size=1, max_size=4), st.sampled_from(("example", "a.example"))
)
def test_a_wildcard_stands_for_one_label(labels: list[str], domain: str) -> None:
    name = ".".join([*labels, domain])
    assert covers({f"*.{domain}"}, name) == (len(labels) == 1)


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_none(text: str) -> None:
    labels = to_a_labels(text)
    if labels is not None:
        assert labels.isascii() and labels == labels.lower() and to_a_labels(labels) == labels
        assert to_a_labels(text.upper()) in (labels, None) or not text.isascii()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(accounts(), st.data())
def test_whatever_the_api_says(account: tuple[list[Row], list[Row]], data: st.DataObject) -> None:
    migrated, others = account
    outer = ("certificate", "organization", "product", "renewal_of_order_id", "renewed_order_id")
    inner = ("common_name", "dns_names", "valid_from", "valid_till", "id", "name_id", "type", "validation_type")
    for order in data.draw(st.lists(st.sampled_from([*migrated, *others]), min_size=1)):
        name = data.draw(st.sampled_from((*outer, *inner)))
        place = order if name in outer else order[data.draw(st.sampled_from(outer[:3]))]
        if isinstance(place, dict):
            place[name] = data.draw(JSON)
    for renewal in find_renewals(migrated, others, TODAY):
        json.dumps(renewal).encode()
        assert renewal.why.isprintable() and len(renewal.why) < 1000
