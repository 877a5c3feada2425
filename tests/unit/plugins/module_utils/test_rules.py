# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.module_utils._orders import Order
from ansible_collections.certops.certcentral.plugins.module_utils._rules import (
    Lacks,
    Plan,
    Wish,
    check_wish,
    plan,
    reissue_settled,
    shows,
)
from ansible_collections.certops.certcentral.tests.table import STATUSES, WISHES, Case, cases, ends, expected

TODAY = date(2026, 3, 1)


def an_order(status: str = "issued", **fields: t.Any) -> Order:
    order = Order(
        id=123,
        status=status,
        is_renewed=False,
        migrated=None,
        valid_till=TODAY,
        renewed_order_id=0,
        common_name="www.example.com",
        reissues=(),
        listed=False,
        raw={},
    )
    return replace(order, **fields)


def read(case: Case) -> Order:
    return an_order(
        case.status,
        is_renewed=case.is_renewed,
        migrated=case.migrated,
        valid_till=None if case.days is None else TODAY + timedelta(days=case.days),
        renewed_order_id=case.renewed_order_id,
    )


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("wish", "scope"), WISHES)
def test_table(wish: str, scope: str, status: str) -> None:
    for case in cases(wish, scope, status):
        order = read(case)
        try:
            planned = plan(order, Wish(123, wish, "A note", scope, None, case.check_rules), TODAY)
        except CertCentralError as error:
            assert error.reason == expected(case), case
            assert error.message.startswith("order 123 ")
            assert (error.changed, error.order_id) == (False, 123)
        else:
            assert isinstance(planned, Plan)
            assert planned.operation == expected(case), case
            assert (planned.status, planned.is_renewed) == ends(case), case
            assert planned.sends == (planned.operation != "none")


def test_facts_are_asked_for_only_when_they_decide() -> None:
    unread = an_order(is_renewed=None)
    assert plan(unread, Wish(123, "renewed"), TODAY) == Lacks("is_renewed")
    assert plan(unread, Wish(123, "not_renewed"), TODAY) == Lacks("is_renewed")
    assert plan(an_order(), Wish(123, "renewed"), TODAY) == Lacks("migrated")
    assert plan(an_order(), Wish(123, "renewed", check_rules=False), TODAY) == Plan("mark_renewed", "issued", True)
    # None of these needs the listing.
    assert plan(an_order(is_renewed=True), Wish(123, "renewed"), TODAY) == Plan("none", "issued", True)
    assert plan(an_order("renewed", is_renewed=None), Wish(123, "renewed"), TODAY) == Plan("none", "renewed", True)
    assert plan(an_order("pending", is_renewed=None), Wish(123, "canceled", "n"), TODAY) == Plan(
        "cancel_order", "canceled", None
    )


@pytest.mark.parametrize("check_rules", [True, False])
@pytest.mark.parametrize(("wish", "status"), [("canceled", "pending"), ("canceled", "canceled"), ("renewed", "issued")])
def test_common_name_guards_everything(wish: str, status: str, check_rules: bool) -> None:
    order = an_order(status, migrated=True)
    asked = Wish(123, wish, "n", common_name="WWW.Example.COM", check_rules=check_rules)
    assert isinstance(plan(order, asked, TODAY), Plan)
    for common_name in ("example.com", "www.example.co"):
        with pytest.raises(CertCentralError) as caught:
            plan(order, replace(asked, common_name=common_name), TODAY)
        assert caught.value.reason == "common_name_mismatch"
    with pytest.raises(CertCentralError) as caught:
        plan(replace(order, common_name=None), asked, TODAY)
    assert caught.value.reason == "common_name_mismatch"


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(0, "renewed"), "above 0"),
        (Wish(-5, "renewed"), "above 0"),
        (Wish(True, "renewed"), "above 0"),
        (Wish(5, "canceled"), "note"),
        (Wish(5, "canceled", ""), "note"),
        (Wish(5, "canceled", " \n\t\u00a0"), "note"),
        (Wish(5, "canceled", " ", "reissue"), "note"),
    ],
)
def test_bad_wishes(wish: Wish, words: str) -> None:
    with pytest.raises(CertCentralError, match=words) as caught:
        check_wish(wish)
    assert caught.value.reason == "invalid_option"


def test_good_wishes() -> None:
    check_wish(Wish(1, "renewed"))
    check_wish(Wish(2**40, "canceled", "x"))


@pytest.mark.parametrize(
    ("status", "is_renewed", "wish", "scope", "shown"),
    [
        ("canceled", None, "canceled", "order", True),
        ("pending", None, "canceled", "order", False),
        ("issued", None, "canceled", "order", False),
        ("issued", None, "canceled", "reissue", True),
        ("reissue_pending", None, "canceled", "reissue", False),
        ("issued", True, "renewed", "order", True),
        ("issued", False, "renewed", "order", False),
        ("issued", None, "renewed", "order", None),
        ("renewed", None, "renewed", "order", True),
        ("issued", True, "not_renewed", "order", False),
        ("issued", False, "not_renewed", "order", True),
        ("renewed", False, "not_renewed", "order", False),
        ("issued", None, "not_renewed", "order", None),
    ],
)
def test_shows(status: str, is_renewed: bool | None, wish: str, scope: str, shown: bool | None) -> None:
    assert shows(an_order(status, is_renewed=is_renewed), Wish(123, wish, "n", scope)) is shown


@pytest.mark.parametrize(
    ("before", "status", "now", "settled"),
    [
        # The request that was pending was rejected: canceled. Anything else that it can be by now: issued, perhaps.
        (((1, "pending"),), "issued", ((1, "rejected"),), True),
        (((1, "submitted"),), "issued", ((1, "rejected"),), True),
        (((1, "approved"),), "issued", ((1, "rejected"),), True),
        (((1, "approved"), (2, "pending")), "issued", ((1, "approved"), (2, "rejected")), True),
        (((1, "approved"), (2, "pending")), "issued", ((1, "rejected"), (2, "approved")), None),
        (((1, "pending"),), "issued", ((1, "approved"),), None),
        (((1, "pending"),), "issued", (), None),
        ((), "issued", ((1, "rejected"),), None),
        ((), "issued", (), None),
        (((1, "pending"),), "revoked", ((1, "rejected"),), True),
        # Still pending: nothing happened yet, if it is the same one.
        (((1, "pending"),), "reissue_pending", ((1, "pending"),), False),
        ((), "reissue_pending", (), False),
        (((1, "pending"),), "reissue_pending", ((1, "rejected"), (2, "pending")), None),
        (((1, "pending"),), "reissue_pending", ((2, "pending"),), None),
    ],
)
def test_reissue_settled(
    before: tuple[tuple[int, str], ...], status: str, now: tuple[tuple[int, str], ...], settled: bool | None
) -> None:
    pending = an_order("reissue_pending", reissues=before)
    assert reissue_settled(pending, an_order(status, reissues=now)) is settled
