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
    Fate,
    MissingField,
    Plan,
    check_desired,
    find_fate,
    plan,
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
    expires = f"order 123 expires on {valid_till} (in {days} days)" if days else "no certificate with an end date"
    assert expires in caught.value.message
    assert caught.value.message.endswith("can be marked renewed from 90 days before its certificate expires")


@pytest.mark.parametrize("check_rules", [True, False])
@pytest.mark.parametrize(
    ("desired", "status"), [("canceled", "pending"), ("canceled", "canceled"), ("renewed", "issued")]
)
def test_common_name_guards_everything(desired: str, status: str, check_rules: bool) -> None:
    order = an_order(status, migrated=True)
    asked = DesiredState(123, desired, "n", common_name="WWW.Example.COM", check_rules=check_rules)
    for common_name in ("WWW.Example.COM", " www.example.com\n", "www.example.com."):
        assert isinstance(plan(order, replace(asked, common_name=common_name), TODAY), Plan)
    for name in ("example.com", "www.example.co", "*.example.com", None):
        with pytest.raises(CertCentralError) as caught:
            plan(replace(order, common_name=name), asked, TODAY)
        assert caught.value.reason == "common_name_mismatch"


@pytest.mark.parametrize(
    ("name", "guard", "fits"),
    [
        ("bücher.example", "xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "BÜCHER.example.", True),
        ("bucher.example", "bücher.example", False),
        # Two domains.
        ("straße.example", "strasse.example", False),
    ],
)
def test_guard_compares_every_spelling_of_a_name(name: str, guard: str, fits: bool) -> None:
    order, desired = an_order("canceled", common_name=name), DesiredState(123, "canceled", "n", common_name=guard)
    if fits:
        assert isinstance(plan(order, desired, TODAY), Plan)
        return
    with pytest.raises(CertCentralError, match="is for"):
        plan(order, desired, TODAY)


def test_order_that_needs_approval_is_left_to_the_approver() -> None:
    with pytest.raises(CertCentralError) as caught:
        plan(an_order("needs_approval"), DesiredState(123, "canceled", "n"), TODAY)
    assert caught.value.reason == "wrong_state"
    assert "needs_approval" in caught.value.what and "an approver has to reject the request first" in caught.value.what


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        (DesiredState(0, "renewed"), "above 0"),
        (DesiredState(-5, "renewed"), "above 0"),
        (DesiredState(True, "renewed"), "above 0"),
        (DesiredState(5, "canceled"), "order 5: a note is required to cancel: set note to the reason"),
        (DesiredState(5, "canceled", " \n\t\u00a0", "reissue"), "order 5: a note is required to cancel"),
        (
            DesiredState(5, "renewed", common_name=" \n"),
            "order 5: common_name is blank: leave it out, or set it to the exp",
        ),
    ],
)
def test_states_that_no_order_can_be_in_are_refused(desired: DesiredState, message: str) -> None:
    with pytest.raises(CertCentralError) as caught:
        check_desired(desired)
    assert caught.value.reason == "invalid_option" and message in caught.value.message


def test_states_that_an_order_can_be_in_are_not_refused() -> None:
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


Requests = tuple[tuple[int, str], ...]
CANCELED, PENDING, APPROVED, UNKNOWN = Fate.CANCELED, Fate.PENDING, Fate.APPROVED, Fate.UNKNOWN


@pytest.mark.parametrize(
    ("before", "status", "now", "fate"),
    [
        # The API rejects the request of a canceled reissue.
        (((1, "pending"),), "issued", ((1, "rejected"),), CANCELED),
        (((1, "submitted"),), "issued", ((1, "rejected"),), CANCELED),
        (((1, "approved"),), "issued", ((1, "rejected"),), CANCELED),
        (((1, "pending"),), "revoked", ((1, "rejected"),), CANCELED),
        (((1, "approved"), (2, "pending")), "issued", ((1, "approved"), (2, "rejected")), CANCELED),
        # Anything else can also mean that the CA issued it.
        (((1, "approved"), (2, "pending")), "issued", ((1, "rejected"), (2, "approved")), UNKNOWN),
        (((1, "pending"),), "issued", ((1, "approved"),), UNKNOWN),
        (((1, "pending"),), "issued", (), UNKNOWN),
        # The request of a reissue that was approved before it was canceled may be unchanged or gone.
        (((1, "approved"),), "issued", ((1, "approved"),), UNKNOWN),
        (((1, "approved"),), "issued", (), UNKNOWN),
        # The same reissue is still pending.
        (((1, "pending"),), "reissue_pending", ((1, "pending"),), PENDING),
        (((1, "submitted"),), "reissue_pending", ((1, "pending"),), PENDING),
        # It is still pending, but its request is not.
        (((1, "approved"),), "reissue_pending", ((1, "approved"),), APPROVED),
        (((1, "pending"),), "reissue_pending", ((1, "approved"),), APPROVED),
        # Another one, requested since, must not be canceled in its place.
        (((1, "pending"),), "reissue_pending", ((1, "rejected"), (2, "pending")), UNKNOWN),
        (((1, "pending"),), "reissue_pending", ((1, "approved"), (2, "pending")), UNKNOWN),
        (((1, "approved"),), "reissue_pending", ((1, "approved"), (2, "pending")), UNKNOWN),
        (((1, "pending"),), "reissue_pending", ((1, "pending"), (2, "pending")), UNKNOWN),
        (((1, "pending"),), "reissue_pending", ((2, "pending"),), UNKNOWN),
        (((1, "pending"),), "reissue_pending", (), UNKNOWN),
        # Without IDs, no request can be recognized.
        ((), "issued", ((1, "rejected"),), UNKNOWN),
        ((), "issued", (), UNKNOWN),
        ((), "reissue_pending", (), UNKNOWN),
        (((0, "pending"),), "reissue_pending", ((0, "pending"),), UNKNOWN),
        (((0, "pending"), (0, "rejected")), "issued", ((0, "approved"), (0, "rejected")), UNKNOWN),
        (((0, "pending"),), "issued", ((0, "rejected"),), UNKNOWN),
    ],
)
def test_only_the_request_tells_the_fate_of_a_reissue(before: Requests, status: str, now: Requests, fate: Fate) -> None:
    pending = an_order("reissue_pending", reissues=before)
    assert find_fate(pending, an_order(status, reissues=now)) is fate
