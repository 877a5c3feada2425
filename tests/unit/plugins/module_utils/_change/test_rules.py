# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import Order
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import (
    DesiredState,
    MissingField,
    Plan,
    check_desired,
    describe,
    plan,
    reissue_canceled,
    satisfies,
)
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.table import (
    DESIRED,
    GRACE_DAY,
    STATUSES,
    Case,
    cases,
    ends,
    expected,
)

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
@pytest.mark.parametrize(("desired", "scope"), DESIRED)
def test_table(desired: str, scope: str, status: str) -> None:
    for case in cases(desired, scope, status):
        order = read(case)
        try:
            planned = plan(order, DesiredState(123, desired, "A note", scope, None, case.check_rules), TODAY)
        except CertCentralError as error:
            assert error.reason == expected(case), case
            assert error.message.startswith("order 123 ")
            assert (error.changed, error.order_id) == (False, 123)
        else:
            assert isinstance(planned, Plan)
            assert planned.operation == expected(case), case
            assert (planned.status, planned.is_renewed) == ends(case), case
            assert planned.sends == (planned.operation != "none")


def test_fields_are_asked_for_only_where_they_decide() -> None:
    unread = an_order(is_renewed=None)
    assert plan(unread, DesiredState(123, "renewed"), TODAY) == MissingField("is_renewed")
    assert plan(unread, DesiredState(123, "not_renewed"), TODAY) == MissingField("is_renewed")
    assert plan(an_order(), DesiredState(123, "renewed"), TODAY) == MissingField("migrated")
    assert plan(an_order(), DesiredState(123, "renewed", check_rules=False), TODAY) == Plan(
        "mark_renewed", "issued", True
    )
    # None of these needs the listing.
    assert plan(an_order(is_renewed=True), DesiredState(123, "renewed"), TODAY) == Plan("none", "issued", True)
    assert plan(an_order("renewed", is_renewed=None), DesiredState(123, "renewed"), TODAY) == Plan(
        "none", "renewed", True
    )
    assert plan(an_order("pending", is_renewed=None), DesiredState(123, "canceled", "n"), TODAY) == Plan(
        "cancel_order", "canceled", None
    )


def test_a_row_of_the_listing_is_not_enough_where_it_leaves_out_what_decides() -> None:
    row = an_order(listed=True, migrated=True)
    marked = replace(row, is_renewed=True)
    info = MissingField("order_info")
    # No row says which order renewed it, or has the requests of a reissue.
    assert plan(marked, DesiredState(123, "not_renewed"), TODAY) == info
    assert plan(replace(row, status="reissue_pending"), DesiredState(123, "canceled", "n", "reissue"), TODAY) == info
    assert plan(replace(row, is_renewed=None), DesiredState(123, "renewed"), TODAY) == info
    assert plan(replace(row, valid_till=None), DesiredState(123, "renewed"), TODAY) == info
    assert plan(replace(row, common_name=None), DesiredState(123, "renewed", common_name="a"), TODAY) == info
    # Where it says enough, nothing else is read.
    assert plan(row, DesiredState(123, "renewed"), TODAY) == Plan("mark_renewed", "issued", True)
    assert plan(row, DesiredState(123, "not_renewed"), TODAY) == Plan("none", "issued", False)
    assert plan(marked, DesiredState(123, "not_renewed", check_rules=False), TODAY) == Plan(
        "mark_not_renewed", "issued", False
    )
    assert plan(replace(row, status="pending"), DesiredState(123, "canceled", "n"), TODAY) == Plan(
        "cancel_order", "canceled", False
    )


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (facts.RENEWAL_DAYS, None),
        (GRACE_DAY, None),
        (GRACE_DAY + 1, "outside_renewal_window"),
        (-4000, None),
        (None, "outside"),
    ],
)
def test_the_window_has_one_day_of_grace(days: int | None, reason: str | None) -> None:
    valid_till = None if days is None else TODAY + timedelta(days=days)
    order = an_order(migrated=True, valid_till=valid_till)
    if reason is None:
        assert isinstance(plan(order, DesiredState(123, "renewed"), TODAY), Plan)
        return
    with pytest.raises(CertCentralError) as caught:
        plan(order, DesiredState(123, "renewed"), TODAY)
    assert caught.value.reason == "outside_renewal_window"
    assert (f"{days} days" if days else "no certificate with an end date") in caught.value.message


@pytest.mark.parametrize("check_rules", [True, False])
@pytest.mark.parametrize(
    ("desired", "status"), [("canceled", "pending"), ("canceled", "canceled"), ("renewed", "issued")]
)
def test_common_name_guards_everything(desired: str, status: str, check_rules: bool) -> None:
    order = an_order(status, migrated=True)
    asked = DesiredState(123, desired, "n", common_name="WWW.Example.COM", check_rules=check_rules)
    for common_name in ("WWW.Example.COM", " www.example.com\n"):
        assert isinstance(plan(order, replace(asked, common_name=common_name), TODAY), Plan)
    for common_name in ("example.com", "www.example.co"):
        with pytest.raises(CertCentralError) as caught:
            plan(order, replace(asked, common_name=common_name), TODAY)
        assert caught.value.reason == "common_name_mismatch"
    with pytest.raises(CertCentralError) as caught:
        plan(replace(order, common_name=None), asked, TODAY)
    assert caught.value.reason == "common_name_mismatch"


@pytest.mark.parametrize(
    ("desired", "words"),
    [
        (DesiredState(0, "renewed"), "above 0"),
        (DesiredState(-5, "renewed"), "above 0"),
        (DesiredState(True, "renewed"), "above 0"),
        (DesiredState(5, "canceled"), "note"),
        (DesiredState(5, "canceled", ""), "note"),
        (DesiredState(5, "canceled", " \n\t\u00a0"), "note"),
        (DesiredState(5, "canceled", " ", "reissue"), "note"),
        (DesiredState(5, "renewed", common_name=""), "common_name of order 5 is blank"),
        (DesiredState(5, "renewed", common_name=" \n"), "common_name of order 5 is blank"),
    ],
)
def test_states_that_no_order_can_be_in(desired: DesiredState, words: str) -> None:
    with pytest.raises(CertCentralError, match=words) as caught:
        check_desired(desired)
    assert caught.value.reason == "invalid_option"


def test_states_that_an_order_can_be_in() -> None:
    check_desired(DesiredState(1, "renewed"))
    check_desired(DesiredState(2**40, "canceled", "x"))


@pytest.mark.parametrize(
    ("status", "is_renewed", "desired", "scope", "satisfied"),
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
def test_satisfies(status: str, is_renewed: bool | None, desired: str, scope: str, satisfied: bool | None) -> None:
    order = an_order(status, is_renewed=is_renewed)
    assert satisfies(order, DesiredState(123, desired, "n", scope)) is satisfied


@pytest.mark.parametrize(
    ("before", "status", "now", "canceled"),
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
        (((1, "submitted"),), "reissue_pending", ((1, "pending"),), False),
        (((1, "approved"),), "reissue_pending", ((1, "approved"),), False),
        # Another one, ordered meanwhile, must not be canceled in its place.
        (((1, "pending"),), "reissue_pending", ((1, "rejected"), (2, "pending")), None),
        (((1, "pending"),), "reissue_pending", ((1, "approved"), (2, "pending")), None),
        (((1, "pending"),), "reissue_pending", ((1, "pending"), (2, "pending")), None),
        (((1, "pending"),), "reissue_pending", (), None),
        # Where no request has an id, none can be recognised again.
        ((), "reissue_pending", (), None),
        (((0, "pending"),), "reissue_pending", ((0, "pending"),), None),
        (((0, "pending"), (0, "rejected")), "issued", ((0, "approved"), (0, "rejected")), None),
        (((0, "pending"),), "issued", ((0, "rejected"),), None),
        (((1, "pending"),), "reissue_pending", ((2, "pending"),), None),
    ],
)
def test_reissue_canceled(
    before: tuple[tuple[int, str], ...], status: str, now: tuple[tuple[int, str], ...], canceled: bool | None
) -> None:
    pending = an_order("reissue_pending", reissues=before)
    assert reissue_canceled(pending, an_order(status, reissues=now)) is canceled


def said(order: Order, desired: DesiredState, tense: str) -> str:
    planned = plan(order, desired, TODAY)
    assert isinstance(planned, Plan)
    return describe(order, desired, planned, tense=tense)


@pytest.mark.parametrize(
    ("order", "desired", "would", "done", "accepted"),
    [
        (
            an_order("pending"),
            DesiredState(123, "canceled", "n"),
            "is pending and would be canceled",
            "was pending and is canceled now",
            "should be canceled: the API accepted the change",
        ),
        (
            an_order("reissue_pending"),
            DesiredState(123, "canceled", "n", "reissue"),
            "is reissue_pending and would be issued again, without the reissue",
            "was reissue_pending and is issued again, without the reissue",
            "should lose its pending reissue: the API accepted the change",
        ),
        (
            an_order("expired", migrated=True),
            DesiredState(123, "renewed"),
            "(expired) would be marked renewed",
            "(expired) is marked renewed now",
            "should be marked renewed: the API accepted the change",
        ),
        (
            an_order(is_renewed=True),
            DesiredState(123, "not_renewed"),
            "(issued) would no longer be marked renewed",
            "(issued) is no longer marked renewed",
            "should lose its mark: the API accepted the change",
        ),
    ],
)
def test_a_sentence_for_each_change(order: Order, desired: DesiredState, would: str, done: str, accepted: str) -> None:
    for tense, text in (("would", would), ("done", done), ("accepted", accepted)):
        assert said(order, desired, tense) == f"order 123 {text}"


@pytest.mark.parametrize(
    ("order", "desired", "text"),
    [
        (an_order("canceled"), DesiredState(123, "canceled", "n"), "is canceled already: nothing to do"),
        (
            an_order("pending"),
            DesiredState(123, "canceled", "n", "reissue"),
            "is pending and has no pending reissue: nothing to do",
        ),
        (
            an_order(is_renewed=True),
            DesiredState(123, "renewed"),
            "(issued) is already marked renewed: nothing to do",
        ),
        (an_order("\x1b[2J"), DesiredState(123, "not_renewed"), "(?[2J) is not marked renewed: nothing to do"),
    ],
)
def test_a_sentence_for_nothing(order: Order, desired: DesiredState, text: str) -> None:
    for tense in ("would", "done"):
        assert said(order, desired, tense) == f"order 123 {text}"
