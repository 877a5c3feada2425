"""The decisions on migrated orders, in this process, against the simulator. Its rows lack the same fields as real ones.

test_renewals.py has the rules, and test_marks.py which orders are read.
"""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.tests import migration
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import decisions, details, plan, run_marks

Family = migration.Family
Row = dict[str, t.Any]
Rows = t.Sequence[Row]


@pytest.fixture
def family() -> Family:
    return Family(7)


def seed(api: State, family: Family, olds: Rows = ({},), news: Rows = ({},)) -> list[int]:
    """Add migrated and other orders for the same two names, with these fields, and return their IDs."""
    ids = [family.old(family.www, family.domain, **fields) for fields in olds]
    ids += [family.new(family.www, family.domain, **fields) for fields in news]
    api.seed(family.orders)
    return ids


def test_account_after_a_migration_gets_the_expected_decisions_and_marks(api: State) -> None:
    account = migration.make_account()
    api.seed(account.orders)
    options = {name.replace("mark_renewed_", ""): value for name, value in account.variables.items()}
    result = plan(run_marks, api, **options)
    notes = {change["order_id"]: int(change["note"].rsplit(" ", 1)[1]) for change in result["changes"]}
    found = {order_id: (*decision, notes.get(order_id)) for order_id, decision in decisions(result).items()}
    assert found == account.expected
    counts = result["counts"]
    assert counts["migrated"] == migration.MIGRATED == counts["marked_already"] + counts["not_due"] + counts["due"]
    assert counts["due"] == len(account.expected) == counts["mark"] + counts["review"] + counts["skip"]
    # The number of summary lines is limited, the number of rows is not.
    assert len(result["summary"]) < 50 < len(result["orders"])
    # The orders to change come first, in the order of the changes.
    assert [row["order_id"] for row in result["orders"]][: len(notes)] == [c["order_id"] for c in result["changes"]]
    done = run_marks(api, **options)
    assert decisions(done) == decisions(result) and all(row["explanation"] for row in done["orders"])
    sent = [(change.order_id, change.status, change.note) for change in api.changes]
    assert sorted(sent) == sorted((change["order_id"], "renewed", change["note"]) for change in result["changes"])
    assert all((row["outcome"], row["verified"]) == ("changed", True) for row in done["orders"][: len(notes)])


def test_pair_is_read_and_marked_with_the_name_of_the_api_as_guard(api: State, family: Family) -> None:
    old, new = family.old("WWW.Example.com"), family.new("www.example.com")
    api.seed(family.orders)
    result = plan(run_marks, api)
    note = f"Renewed in CertCentral by order {new}"
    assert result["changes"] == [{"order_id": old, "note": note, "common_name": "WWW.Example.com"}]
    assert sorted(filter(None, details(api))) == [old, new]
    [row] = result["orders"]
    assert row["confirmed"] is True and row["explanation"].endswith(f"expires on {migration.date(345)}")
    shown = [row[name] for name in ("organization", "product", "container")]
    assert shown == ["Example Widgets Inc.", "Standard SSL", "Example Division"]
    [candidate] = row["candidates"]
    assert candidate["date_created"] == api.account.order_info(new)["date_created"]
    zeros = dict.fromkeys(("marked_already", "not_due", "review", "skip"), 0)
    assert result["counts"] == {"migrated": 1, "due": 1, "mark": 1, **zeros}


def test_order_that_only_the_record_names_is_read_as_well(api: State, family: Family) -> None:
    # Rows propose the order of the same names. Only order details show that the API records another one.
    recorded = family.new(f"*.{family.domain}", family.www)
    family.new(family.www)
    old = family.old(family.www, renewed_order_id=recorded)
    api.seed(family.orders)
    result = plan(run_marks, api)
    assert decisions(result) == {old: ("mark", "recorded")} and recorded in details(api)
    assert result["changes"][0]["note"].endswith(str(recorded))


def test_details_for_one_order_do_not_change_the_decision_on_another(api: State, family: Family) -> None:
    # According to the rows, order 2 has two candidates. Only the details that are read for order 1 show that one of them is not a candidate.
    a, b = f"a.{family.domain}", f"b.{family.domain}"
    first, second = family.old(a), family.old(a, b)
    family.new(a, b)
    family.new(a, b, product=migration.EV)
    family.new(a, product=migration.EV)
    api.seed(family.orders)
    found = decisions(plan(run_marks, api))
    assert found[first][0] == "review" and found[second] == ("review", "shared")


MORE_NAMES = {"certificate": {"dns_names": ["www.d7.example", "d7.example", "shop.d7.example"]}}


@pytest.mark.parametrize("of_old", [True, False])
@pytest.mark.parametrize(
    ("reason", "olds", "news", "options"),
    [
        ("covers_names", [{}], [MORE_NAMES], {}),
        ("placed_too_early", [{"end": 80}], [{"placed": -150}], {}),
        ("placed_too_late", [{"end": -300, "placed": -700, "status": "expired"}], [{}], {}),
        ("order_goes_on", [{"order_valid_in_days": 300}], [{}], {}),
        ("ambiguous", [{}], [{}, {}], {}),
        ("shared", [{}, {}], [{}], {}),
        ("same_names", [{}], [{}], {"accept": ["recorded"]}),
    ],
)
def test_record_turns_a_review_into_a_mark(
    api: State, family: Family, reason: str, olds: Rows, news: Rows, options: Row, of_old: bool
) -> None:
    """Regression: rows never have records, so details were read only for marks, and recorded was never found."""
    old, *unused, new = seed(api, family, olds, news)
    assert decisions(plan(run_marks, api, **options))[old] == ("review", reason)
    recorded = (old, {"renewed_order_id": new}) if of_old else (new, {"renewal_of_order_id": old})
    api.account.edit(recorded[0], **recorded[1])
    result = plan(run_marks, api, **options)
    assert decisions(result)[old] == ("mark", "recorded") and result["orders"][0]["confirmed"] is True
    assert [change["note"] for change in result["changes"]] == [f"Renewed in CertCentral by order {new}"]
    # The record of the order itself is read first.
    assert len(details(api)) <= 2 or not of_old or reason == "shared"


@pytest.mark.parametrize("which", [0, 1])
def test_order_that_cannot_be_read_is_for_a_person(api: State, family: Family, which: int) -> None:
    pair = seed(api, family)
    api.fault("status", status=404, order_id=pair[which], times=None)
    result = plan(run_marks, api)
    assert decisions(result) == {pair[0]: ("review", "incomplete")} and result["changes"] == []
    assert f"order {pair[which]} could not be read" in result["orders"][0]["explanation"]


def test_api_that_is_unavailable_fails_the_task(api: State, family: Family) -> None:
    unused, new = seed(api, family)
    api.fault("status", status=503, order_id=new, times=None)
    result = plan(run_marks, api, retry_timeout=0)
    assert result["failed"] and result["reason"] == "unavailable" and result["order_id"] == new


def test_order_is_marked_only_if_row_or_details_say_that_it_is_not(api: State, family: Family) -> None:
    old, unused = seed(api, family)
    api.quirks.rows_have_is_renewed = False
    assert decisions(plan(run_marks, api)) == {old: ("review", "incomplete")}
    api.quirks.order_info_has_is_renewed = True
    assert decisions(plan(run_marks, api)) == {old: ("mark", "same_names")}
    # It is marked after its row was read.
    api.fault("stale", on="list", times=None)
    api.account.edit(old, is_renewed=True)
    result = plan(run_marks, api)
    assert decisions(result) == {old: ("skip", "marked_already")} and result["orders"][0]["is_renewed"] is True


def test_server_that_ignores_the_origin_is_noticed(api: State, family: Family) -> None:
    old, unused = seed(api, family)
    api.quirks.ignored_filters = ("origin",)
    result = plan(run_marks, api)
    assert result["failed"] and result["reason"] == "unexpected_response"
    assert f"order {old} is listed as migrated and as not migrated (2 orders in total)" in result["msg"]


# The account above has the other selectors.
@pytest.mark.parametrize(
    ("options", "decision"),
    [
        *(({name: []}, ("skip", "excluded")) for name in ("products", "containers")),
        ({"exclude_containers": [6], "exclude_organizations": [1]}, ("mark", "same_names")),
        *(({"exclude_names": [name]}, ("skip", "excluded")) for name in ("WWW.*.example", "d7.example")),
        ({"exclude_names": ["example"]}, ("mark", "same_names")),
        *(({"accept": accept}, ("review", "same_names")) for accept in (["recorded"], [])),
        *(({"window": 31}, None), ({"window": 32}, ("mark", "same_names"))),
    ],
)
def test_options_select_orders(api: State, family: Family, options: Row, decision: tuple[str, str] | None) -> None:
    old, unused = seed(api, family)
    result = plan(run_marks, api, **options)
    assert decisions(result).get(old) == decision
    assert len(result["changes"]) == (decision is not None and decision[0] == "mark")
