# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import Order
from ansible_collections.certops.certcentral.plugins.module_utils._change.reissue_rules import Fate, find_fate
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import (
    DesiredState,
    MissingField,
    Plan,
    check_desired,
    plan,
    satisfies,
)
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
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


def a_row(**fields: t.Any) -> Order:
    """Return an order as the order list has it."""
    return an_order(**{"listed": True, "migrated": True, **fields})


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


CANCEL, MARK, UNMARK = (
    DesiredState(123, "canceled", "n"),
    DesiredState(123, "renewed"),
    DesiredState(123, "not_renewed"),
)
CANCEL_REISSUE = DesiredState(123, "canceled", "n", "reissue")


@pytest.mark.parametrize(
    ("order", "desired", "outcome"),
    [
        (an_order(is_renewed=None), MARK, "is_renewed"),
        (an_order(is_renewed=None), UNMARK, "is_renewed"),
        (an_order(), MARK, "migrated"),
        # No row says which order renewed it, or has the requests of a reissue.
        (a_row(is_renewed=True), UNMARK, "order_info"),
        (a_row(status="reissue_pending"), CANCEL_REISSUE, "order_info"),
        (a_row(is_renewed=None), MARK, "order_info"),
        (a_row(valid_till=None), MARK, "order_info"),
        (a_row(common_name=None), replace(MARK, common_name="a"), "order_info"),
        # These say enough.
        (an_order(), replace(MARK, check_rules=False), Plan("mark_renewed", "issued", True)),
        (an_order(is_renewed=True), MARK, Plan("none", "issued", True)),
        (an_order("renewed", is_renewed=None), MARK, Plan("none", "renewed", True)),
        (an_order("pending", is_renewed=None), CANCEL, Plan("cancel_order", "canceled", None)),
        (a_row(), MARK, Plan("mark_renewed", "issued", True)),
        (a_row(), UNMARK, Plan("none", "issued", False)),
        (a_row(is_renewed=True), replace(UNMARK, check_rules=False), Plan("mark_not_renewed", "issued", False)),
        (a_row(status="pending"), CANCEL, Plan("cancel_order", "canceled", False)),
    ],
)
def test_field_is_asked_for_only_if_the_plan_depends_on_it(
    order: Order, desired: DesiredState, outcome: str | Plan
) -> None:
    assert plan(order, desired, TODAY) == (MissingField(outcome) if isinstance(outcome, str) else outcome)


@pytest.mark.parametrize(
    ("order", "desired", "reason", "words"),
    [
        (
            an_order(migrated=True, valid_till=TODAY + timedelta(GRACE_DAY + 1)),
            *(
                MARK,
                "outside_renewal_window",
                f"expires on 2026-06-01 (in {GRACE_DAY + 1} days): an order can be marked ",
            ),
        ),
        (
            an_order(migrated=True, valid_till=None),
            *(
                MARK,
                "outside_renewal_window",
                "(issued) has no certificate with an end date yet: an order can be marked ",
            ),
        ),
        (
            an_order("needs_approval"),
            *(CANCEL, "wrong_state", "is needs_approval and cannot be canceled: an approver has to reject the request"),
        ),
        (an_order(is_renewed=True, renewed_order_id=None), UNMARK, "unexpected_response", "has a renewed_order_id"),
        (an_order(migrated=False), MARK, "not_migrated", "was not migrated from the legacy console"),
        (
            an_order("reissue_pending"),
            CANCEL,
            "reissue_pending",
            "is reissue_pending and the API would cancel only the",
        ),
        (an_order("issued"), CANCEL, "wrong_state", "is issued: only pending or waiting_pickup orders can be canceled"),
        (
            an_order("waiting_pickup"),
            *(
                replace(CANCEL, only_from=("pending",)),
                "wrong_state",
                "is waiting_pickup: it may be canceled only while it is pending",
            ),
        ),
        (an_order(), replace(CANCEL, common_name="a"), "common_name_mismatch", "is for www.example.com, not for a"),
        (
            an_order(common_name=" "),
            replace(CANCEL, common_name="a"),
            "common_name_mismatch",
            "is for no common name yet",
        ),
    ],
)
def test_refusal_says_why(order: Order, desired: DesiredState, reason: str, words: str) -> None:
    with pytest.raises(CertCentralError) as caught:
        plan(order, desired, TODAY)
    assert caught.value.reason == reason and caught.value.message.startswith(f"order 123 {words}")
    assert reason != "outside_renewal_window" or "from 90 days before its certificate expires" in caught.value.message


@pytest.mark.parametrize("desired", [CANCEL, MARK])
@pytest.mark.parametrize("check_rules", [True, False])
@pytest.mark.parametrize(
    ("name", "guard", "fits"),
    [
        ("www.example.com", "WWW.Example.COM", True),
        ("www.example.com", " www.example.com\n", True),
        ("www.example.com", "example.com", False),
        ("*.example.com", "www.example.com", False),
        (None, "www.example.com", False),
        # test_names.py has the spellings of a name.
        ("b\u00fccher.example", "xn--bcher-kva.example", True),
        ("bucher.example", "b\u00fccher.example", False),
    ],
)
def test_order_with_another_name_than_the_guard_is_refused(
    desired: DesiredState, check_rules: bool, name: str | None, guard: str, fits: bool
) -> None:
    order = an_order("pending", migrated=True, common_name=name)
    guarded = replace(desired, common_name=guard, check_rules=check_rules)
    if fits:
        assert isinstance(plan(order, guarded, TODAY), Plan)
        return
    with pytest.raises(CertCentralError, match="is for") as caught:
        plan(order, guarded, TODAY)
    assert caught.value.reason == "common_name_mismatch"


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        *[(DesiredState(number, "renewed"), "above 0") for number in (0, -5, True)],
        (DesiredState(5, "canceled"), "order 5: a note is required to cancel: set note to the reason"),
        (DesiredState(5, "canceled", " \n\t\u00a0", "reissue"), "order 5: a note is required to cancel"),
        (DesiredState(5, "renewed", common_name=" \n"), "order 5: common_name is blank: leave it out, or set it to "),
    ],
)
def test_states_that_no_order_can_be_in_are_refused(desired: DesiredState, message: str) -> None:
    with pytest.raises(CertCentralError) as caught:
        check_desired(desired)
    assert caught.value.reason == "invalid_option" and message in caught.value.message
    assert caught.value.order_id == (5 if "order 5" in message else None)


def test_states_that_an_order_can_be_in_are_not_refused() -> None:
    check_desired(DesiredState(1, "renewed"))
    check_desired(DesiredState(2**40, "canceled", "x"))


@pytest.mark.parametrize(
    ("order", "desired", "satisfied"),
    [
        *[(an_order(status), CANCEL, status == "canceled") for status in ("canceled", "pending", "issued")],
        *[(an_order(status), CANCEL_REISSUE, status == "issued") for status in ("issued", "reissue_pending")],
        *[(an_order(is_renewed=flag), MARK, flag) for flag in (True, False, None)],
        *[(an_order(is_renewed=flag), UNMARK, flag if flag is None else not flag) for flag in (True, False, None)],
        *[(an_order("renewed", is_renewed=False), desired, desired is MARK) for desired in (MARK, UNMARK)],
    ],
)
def test_satisfies_is_unknown_only_if_the_mark_is(order: Order, desired: DesiredState, satisfied: bool | None) -> None:
    assert satisfies(order, desired) is satisfied


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
