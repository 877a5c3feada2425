# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks take, decide and report. The account of many orders stands in tests/migration.py."""

from __future__ import annotations

import json
import os
import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.certops.certcentral.plugins.plugin_utils._clean_up import (
    CANCEL_SETTINGS,
    MARK_SETTINGS,
    Plan,
    add_outcomes,
    plan_cancels,
    plan_marks,
)
from ansible_collections.certops.certcentral.plugins.plugin_utils._settings import BadSetting, read_settings
from ansible_collections.certops.certcentral.tests import migration
from ansible_collections.certops.certcentral.tests.simulator.account import Account

NOW = datetime.now(timezone.utc)
NEEDED = {"cancel_stale_days": 30, "cancel_stale_note": "A note", "cancel_stale_max_changes": 5}
Row = dict[str, t.Any]


def listed(seeds: t.Iterable[Row], origin: str) -> list[Row]:
    """The rows that the API would give."""
    account = Account()
    account.seed(seeds)
    rows: list[Row] = []
    while True:
        page = account.list_orders([("filters[origin]", origin), ("limit", "1000"), ("offset", str(len(rows)))])
        if not page.get("orders"):
            return rows
        rows += page["orders"]


def mark(given: Row, seeds: list[Row], *, check_mode: bool = False) -> Plan:
    migrated, others = listed(seeds, "migrated"), listed(seeds, "certcentral")
    return plan_marks(given, migrated, others, now=NOW, check_mode=check_mode)


def cancel(given: Row, seeds: list[Row]) -> Plan:
    return plan_cancels({**NEEDED, **given}, listed(seeds, "certcentral"), now=NOW, check_mode=False)


def decisions(plan: Plan) -> dict[int, tuple[str, str]]:
    assert plan["problem"] is None
    return {order["order_id"]: (order["decision"], order["reason"]) for order in plan["report"]["orders"]}


# ---- variables


def read_mark(**given: t.Any) -> dict[str, t.Any]:
    return read_settings(
        {f"mark_renewed_{name}": value for name, value in given.items()}, "mark_renewed_", MARK_SETTINGS
    )


def read_cancel(**given: t.Any) -> dict[str, t.Any]:
    given = {**NEEDED, **{f"cancel_stale_{name}": value for name, value in given.items()}}
    return read_settings(given, "cancel_stale_", CANCEL_SETTINGS)


def test_defaults() -> None:
    assert read_mark() == {
        "window": 90,
        "products": None,
        "containers": None,
        "max_changes": 100,
        "exclude_orders": [],
        "exclude_names": [],
        "exclude_organizations": [],
        "exclude_containers": [],
        "keep_going": False,
        "rate_limit_share": 1.0,
        "report_json": None,
        "report_html": None,
    }
    assert read_mark(window=None, products=None)["window"] == 90


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("window", "30", 30),
        ("window", 0, 0),
        ("max_changes", " 7 ", 7),
        ("max_changes", 0, 0),
        ("products", [], []),
        ("products", ["ssl_plus ", "b"], ["ssl_plus", "b"]),
        ("containers", ["5", 7], [5, 7]),
        ("exclude_orders", [5_000_000_000], [5_000_000_000]),
        ("keep_going", "true", True),
        ("keep_going", "no", False),
        ("keep_going", True, True),
        ("rate_limit_share", "0", 0.0),
        ("rate_limit_share", 0, 0.0),
        ("rate_limit_share", "0.25", 0.25),
        ("report_json", "", None),
        ("report_json", " a.json", os.path.abspath("a.json")),
        ("report_json", "/tmp/../a.json", "/a.json"),
        ("report_html", "~/a.html", os.path.expanduser("~/a.html")),
    ],
)
def test_values_are_what_is_meant(name: str, given: t.Any, meant: t.Any) -> None:
    value = read_mark(**{name: given})[name]
    assert value == meant and type(value) is type(meant)


# What is wrong for each variable, and what the refusal says that it has to be.
BAD: dict[str, tuple[str, list[t.Any]]] = {
    "window": ("a whole number, 0 to 90", ["", "abc", -1, 91, 1.5, "1.5", True, [], "\u0665"]),
    "max_changes": ("a whole number, 0 or more", ["", "abc", -1, "-1", True, 1e3, {}, "9" * 30]),
    "products": ("a list of", ["", "ssl_plus", "[]", {}, {"a": 1}, 5, [""], [None], [5], [["a"]]]),
    "exclude_names": ("a list of", ["", "*.example.com", [" "], [None]]),
    "containers": ("a list of", ["", "5", 5, [0], [-1], [True], ["x"], [1.5], [None]]),
    "exclude_orders": ("a list of", ["", "5,6", ["5,6"]]),
    "keep_going": ("true or false", ["", "maybe", 2, []]),
    "rate_limit_share": ("a number, 0 or more", ["", "fast", -1, "nan", float("inf"), True, []]),
    "report_json": ("the path of a file", [5, ["a"], True]),
}


@pytest.mark.parametrize(
    ("name", "value", "words"), [(name, value, words) for name, (words, values) in BAD.items() for value in values]
)
def test_wrong_values_are_refused(name: str, value: t.Any, words: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read_mark(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"mark_renewed_{name} is ") and words in message and message.isprintable()
    plan = plan_marks({f"mark_renewed_{name}": value}, [], [], now=NOW, check_mode=False)
    assert plan["problem"] == message and plan["changes"] == [] and plan["report"]["ok"] is False


def test_the_refusal_says_how_to_give_a_list() -> None:
    with pytest.raises(BadSetting, match=r"as in -e '\{\"mark_renewed_products\": \[\"one\", \"two\"\]\}'"):
        read_mark(products="")


@pytest.mark.parametrize("name", ["days", "note", "max_changes"])
def test_what_cannot_be_undone_has_no_defaults(name: str) -> None:
    for value in (None, ...):
        given = {**NEEDED, f"cancel_stale_{name}": value}
        if value is ...:
            del given[f"cancel_stale_{name}"]
        plan = plan_cancels(given, [], now=NOW, check_mode=False)
        assert plan["problem"] and plan["problem"].startswith(f"cancel_stale_{name} is missing")


@pytest.mark.parametrize(("name", "value"), [("days", 0), ("days", ""), ("note", ""), ("note", " \n"), ("note", 5)])
def test_wrong_values_of_those(name: str, value: t.Any) -> None:
    with pytest.raises(BadSetting, match=f"cancel_stale_{name} is "):
        read_cancel(**{name: value})


def test_mistyped_names_are_refused() -> None:
    with pytest.raises(
        BadSetting, match="cancel_stale_exclude_name is not a variable of this playbook: there are cancel"
    ):
        read_cancel(exclude_name=["*.example.com"])


# ---- marks


def test_an_account_after_a_migration() -> None:
    account = migration.make_account()
    assert len(account.orders) == migration.TOTAL
    assert sum(order["migrated"] for order in account.orders) == migration.MIGRATED
    plan = mark(account.variables, account.orders)
    renewed_by = {order["order_id"]: int(order["note"].rsplit(" ", 1)[1]) for order in plan["changes"]}
    found = {order_id: (*kind, renewed_by.get(order_id)) for order_id, kind in decisions(plan).items()}
    assert found == account.expected
    counts = plan["report"]["counts"]
    assert counts["migrated"] == migration.MIGRATED == counts["marked_already"] + counts["not_due"] + counts["due"]
    assert counts["due"] == len(account.expected) == counts["mark"] + counts["person"] + counts["leave"]
    # What is shown to a person is bounded, the report is not.
    assert len(plan["summary"]) == 23 and plan["summary"][-1].startswith("and ")


def test_changes_are_guarded() -> None:
    family = migration.Family(7)
    old, new = family.old("WWW.Example.com"), family.new("www.example.com")
    assert mark({}, family.orders)["changes"] == [
        {
            "order_id": old,
            "status": "renewed",
            "note": f"Renewed in CertCentral by order {new}",
            "common_name": "WWW.Example.com",
        }
    ]


@pytest.mark.parametrize(
    ("variables", "decision"),
    [
        ({}, ("mark", "same_names")),
        ({"products": ["ssl_plus"]}, ("mark", "same_names")),
        ({"products": ["ssl_securesite_flex"]}, ("leave", "excluded")),
        ({"products": []}, ("leave", "excluded")),
        ({"containers": [5]}, ("mark", "same_names")),
        ({"containers": []}, ("leave", "excluded")),
        ({"exclude_containers": [5]}, ("leave", "excluded")),
        ({"exclude_containers": [6]}, ("mark", "same_names")),
        ({"exclude_organizations": [117483]}, ("leave", "excluded")),
        ({"exclude_organizations": [1]}, ("mark", "same_names")),
        ({"exclude_names": ["WWW.*.example"]}, ("leave", "excluded")),
        ({"exclude_names": ["d7.example"]}, ("leave", "excluded")),
        ({"exclude_names": ["example"]}, ("mark", "same_names")),
        ({"window": 31}, None),
        ({"window": 32}, ("mark", "same_names")),
    ],
)
def test_selection(variables: Row, decision: tuple[str, str] | None) -> None:
    family = migration.Family(7)
    old = family.old(family.www, family.domain)
    family.new(family.www, family.domain)
    plan = mark({f"mark_renewed_{name}": value for name, value in variables.items()}, family.orders)
    assert decisions(plan).get(old) == decision
    assert len(plan["changes"]) == (decision is not None and decision[0] == "mark")


@pytest.mark.parametrize(
    ("pattern", "name", "hit"),
    [
        ("*.example", "a.b.example", True),
        ("*.B\u00fccher.example", "www.xn--bcher-kva.example", True),
        ("b\u00fc*.example", "XN--BCHER-KVA.example", True),
        ("xn--bcher-kva.example", "b\u00fccher.example", True),
        ("bu\u0308cher.example", "b\u00fccher.example", True),
        ("*", "a.example", True),
        ("*.example", "*.example", True),
        ("a?.example", "ab.example", True),
        ("example", "a.example", False),
        ("a.example", "b.a.example", False),
    ],
)
def test_patterns(pattern: str, name: str, hit: bool) -> None:
    order = {
        "id": 1,
        "status": "pending",
        "created_days_ago": 100,
        "certificate": {"common_name": name, "dns_names": []},
    }
    plan = cancel({"cancel_stale_exclude_names": [pattern]}, [order])
    assert decisions(plan) == {1: ("leave", "excluded") if hit else ("cancel", "stale")}


@pytest.mark.parametrize(
    ("fields", "decision"),
    [
        ({"status": "reissue_pending"}, ("person", "other_status")),
        ({"status": "brand_new_status"}, ("person", "other_status")),
        ({"is_renewed": None}, ("person", "incomplete")),
        ({"is_renewed": "perhaps"}, ("person", "incomplete")),
        ({"is_renewed": "1"}, None),
        ({"status": "renewed"}, None),
        *(
            ({"status": status}, None)
            for status in ("canceled", "revoked", "rejected", "pending", "denied", "needs_csr")
        ),
    ],
)
def test_what_is_due(fields: Row, decision: tuple[str, str] | None) -> None:
    family = migration.Family(7)
    old = family.old(family.www, **fields)
    family.new(family.www)
    assert decisions(mark({}, family.orders)).get(old) == decision


def test_a_server_that_ignores_the_origin() -> None:
    family = migration.Family(7)
    family.old(family.www)
    family.new(family.www)
    rows = [*listed(family.orders, "migrated"), *listed(family.orders, "certcentral")]
    plan = plan_marks({}, rows, rows, now=NOW, check_mode=False)
    assert plan["problem"] and "did not filter by origin" in plan["problem"] and plan["changes"] == []


def test_rows_that_are_no_orders() -> None:
    for plan in (
        plan_marks({}, [{"id": "x"}], [], now=NOW, check_mode=False),
        plan_cancels(NEEDED, [{"id": "x"}], now=NOW, check_mode=False),
    ):
        assert plan["problem"] and "not an order" in plan["problem"] and plan["changes"] == []


# ---- cancels


def pending(**fields: t.Any) -> Row:
    return {"id": 1, "status": "pending", "created_days_ago": 31, **fields}


@pytest.mark.parametrize(
    ("fields", "variables", "decision"),
    [
        ({}, {}, ("cancel", "stale")),
        ({"created_days_ago": 30}, {}, None),
        ({"created_days_ago": -1}, {}, None),
        *(
            ({"status": status}, {}, None)
            for status in ("waiting_pickup", "reissue_pending", "issued", "processing", "PENDING", "needs_approval")
        ),
        *(({"date_created": value}, {}, ("person", "incomplete")) for value in (None, "", "soon", 5, "2026-13-01")),
        ({"certificate": {"common_name": None}}, {}, ("person", "incomplete")),
        ({"certificate": []}, {}, ("person", "incomplete")),
        ({"organization": []}, {"exclude_organizations": [1]}, ("cancel", "stale")),
        ({"organization": None}, {"exclude_organizations": [1]}, ("person", "incomplete")),
        ({"organization": {"id": 1}}, {"exclude_organizations": [1]}, ("leave", "excluded")),
        ({"container": None}, {"exclude_containers": [1]}, ("person", "incomplete")),
        ({"container": {"id": "1"}}, {"exclude_containers": [1]}, ("leave", "excluded")),
        # What can be told leaves it out, whatever else cannot.
        (
            {"container": None, "organization": {"id": 1}},
            {"exclude_containers": [1], "exclude_organizations": [1]},
            ("leave", "excluded"),
        ),
        ({"container": None}, {"exclude_containers": [1], "exclude_orders": [1]}, ("leave", "excluded")),
        ({"certificate": {"dns_names": None}}, {"exclude_names": ["*.example.org"]}, ("person", "unknown_names")),
        ({"certificate": {"dns_names": [5]}}, {"exclude_names": ["*.example.org"]}, ("person", "unknown_names")),
        (
            {"certificate": {"dns_names": ["a.example.org", "b"]}},
            {"exclude_names": ["*.example.org"]},
            ("leave", "excluded"),
        ),
        ({"certificate": {"dns_names": None}}, {}, ("cancel", "stale")),
        ({"renewal_of_order_id": 5, "is_renewal": True}, {}, ("cancel", "stale")),
    ],
)
def test_what_is_canceled(fields: Row, variables: Row, decision: tuple[str, str] | None) -> None:
    plan = cancel({f"cancel_stale_{name}": value for name, value in variables.items()}, [pending(**fields)])
    assert decisions(plan).get(1) == decision
    if decision == ("cancel", "stale"):
        assert plan["changes"] == [
            {"order_id": 1, "status": "canceled", "note": "A note", "common_name": "order-1.example.com"}
        ]
    else:
        assert plan["changes"] == []


# ---- the report

KEYS = {
    *("order_id", "common_name", "names", "organization", "product", "container", "status", "valid_till"),
    *("date_created", "is_renewed", "decision", "reason", "why", "candidates", "outcome", "msg"),
}


def test_the_report_of_a_plan() -> None:
    family = migration.Family(7)
    old, new = family.old(family.www, family.domain), family.new(family.www, family.domain)
    report = mark({"mark_renewed_window": "60"}, family.orders, check_mode=True)["report"]
    assert report["playbook"] == "certops.certcentral.mark_renewed_migrated_orders"
    assert report["check_mode"] is True and report["ok"] is False and "not known" in report["msg"]
    assert report["generated"] == NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert report["settings"]["mark_renewed_window"] == 60
    assert report["orders"] == [
        {
            "order_id": old,
            "common_name": family.www,
            "names": [family.www, family.domain],
            "organization": "Example Widgets Inc.",
            "product": "Standard SSL",
            "container": "Example Division",
            "status": "issued",
            "valid_till": (NOW.date() + timedelta(days=32)).isoformat(),
            "date_created": report["orders"][0]["date_created"],
            "is_renewed": False,
            "decision": "mark",
            "reason": "same_names",
            "why": f"order {new} has the same names and ends on {migration.date(345)}",
            "candidates": [new],
            "outcome": None,
            "msg": None,
        }
    ]


def test_whatever_stands_in_an_order_the_report_is_plain() -> None:
    odd: list[t.Any] = ["\u001b[31m\n", "\ud800", "\u202e", {"a": 1}, None, 5, [], "x" * 5000]
    family = migration.Family(7)
    for value in odd:
        family.old(value, container={"name": value}, organization={"id": 5, "name": value}, product=value)
    for plan in (
        mark({}, family.orders),
        cancel(
            {},
            [
                {**order, "migrated": False, "status": "pending", "date_created": value}
                for order, value in zip(family.orders, odd)
            ],
        ),
    ):
        report = plan["report"]
        assert len(report["orders"]) == len(odd)
        for order in report["orders"]:
            assert order.keys() == KEYS
            assert all(isinstance(name, str) for name in order["names"])
        json.dumps(report, ensure_ascii=False).encode()
        texts = [str(value) for order in report["orders"] for value in order.values()]
        assert all(text.isprintable() and len(text) < 1000 for text in [*texts, *plan["summary"]])


def result(*outcomes: str, **fields: t.Any) -> Row:
    entries = [
        {"order_id": number, "outcome": outcome, "msg": outcome.upper()} for number, outcome in enumerate(outcomes, 1)
    ]
    return {"changed": True, "failed": False, "msg": "It went well", "results": entries, **fields}


def test_outcomes() -> None:
    plan = cancel({}, [pending(id=number) for number in (1, 2)] + [pending(id=3, date_created=None)])
    done = add_outcomes(plan["report"], result("changed", "unchanged"))
    assert [(order["outcome"], order["msg"]) for order in done["orders"]] == [
        ("changed", "CHANGED"),
        ("unchanged", "UNCHANGED"),
        (None, None),
    ]
    assert (done["ok"], done["msg"]) == (True, "It went well")
    assert list(done["counts"].items()) == [
        *(("pending", 3), ("not_old_enough", 0), ("stale", 3), ("cancel", 2), ("person", 1), ("leave", 0)),
        *(("changed", 1), ("unchanged", 1), ("refused", 0), ("failed", 0), ("not_attempted", 0)),
    ]


@pytest.mark.parametrize(
    ("failure", "outcomes"),
    [
        (result("changed", "failed", failed=True, reason="unavailable", msg="It did not"), ["changed", "failed"]),
        (result("changed", failed=True, reason="unavailable", msg="It did not"), ["changed", "not_attempted"]),
        # Without results, a reason says that nothing was sent, if nothing was changed; if there is none, the module broke.
        (
            {"failed": True, "msg": "It did not", "reason": "invalid_option", "changed": False},
            ["not_attempted", "not_attempted"],
        ),
        ({"failed": True, "msg": "It did not", "reason": "unknown_outcome", "changed": True}, [None, None]),
        ({"failed": True, "msg": "It did not"}, [None, None]),
    ],
)
def test_outcomes_of_a_failure(failure: Row, outcomes: list[str | None]) -> None:
    plan = cancel({}, [pending(id=number) for number in (1, 2)])
    done = add_outcomes(plan["report"], failure)
    assert [order["outcome"] for order in done["orders"]] == outcomes
    assert (done["ok"], done["msg"]) == (False, "It did not")
