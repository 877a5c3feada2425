"""The rules of status changes: the whole table, refusals, and the fate of a lost cancellation of a reissue."""

from __future__ import annotations

import re
import typing as t
from datetime import date, timedelta

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import Order, parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._change import rules
from ansible_collections.certops.certcentral.plugins.module_utils._change.reissue_rules import Fate, find_fate
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState, Plan, plan
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.tests import table
from ansible_collections.certops.certcentral.tests.table import GRACE_DAY, Case
from ansible_collections.certops.certcentral.tests.unit.support import spread

TODAY = date(2026, 3, 1)
CERTIFICATE = {"common_name": "www.example.com", "valid_till": TODAY.isoformat()}
ORDER = parse_order({"id": 123, "status": "issued", "is_renewed": False, "certificate": CERTIFICATE})


def an_order(status: str = "issued", **fields: t.Any) -> Order:
    return ORDER._replace(status=status, **fields)


def a_row(status: str = "issued", **fields: t.Any) -> Order:
    """Return an order as the order list has it."""
    return an_order(status, **{"listed": True, "migrated": True, **fields})


def read(case: Case) -> Order:
    till = None if case.days is None else TODAY + timedelta(days=case.days)
    names = ("status", "is_renewed", "migrated", "renewed_order_id")
    return an_order(valid_till=till, **{name: getattr(case, name) for name in names})


@pytest.mark.parametrize("status", table.STATUSES)
@pytest.mark.parametrize(("desired", "scope"), table.DESIRED)
def test_plan_follows_the_table(desired: str, scope: str, status: str) -> None:
    for case in table.cases(desired, scope, status):
        order = read(case)
        try:
            planned = plan(order, DesiredState(123, desired, "A note", scope, None, case.check_rules), TODAY)
        except CertCentralError as error:
            assert error.reason == table.expected(case), case
            assert error.message.startswith("order 123 ")
            assert (error.changed, error.order_id) == (False, 123)
        else:
            assert isinstance(planned, Plan)
            assert planned.operation == table.expected(case), case
            assert (planned.status, planned.is_renewed) == table.ends(case), case
            assert planned.sends == (planned.operation != "none")


CANCEL, MARK = DesiredState(123, "canceled", "n"), DesiredState(123, "renewed")
UNMARK = DesiredState(123, "not_renewed")
CANCEL_REISSUE = DesiredState(123, "canceled", "n", "reissue")


# The field that a plan depends on, or a plan that needs no further field.
PLANS: dict[str | Plan, list[tuple[Order, DesiredState]]] = {
    "is_renewed": [(an_order(is_renewed=None), MARK), (an_order(is_renewed=None), UNMARK)],
    "migrated": [(an_order(), MARK)],
    # Rows have neither the order that renewed an order nor the requests of a reissue.
    "order_info": [
        *((a_row(is_renewed=True), UNMARK), (a_row("reissue_pending"), CANCEL_REISSUE)),
        *((a_row(is_renewed=None), MARK), (a_row(valid_till=None), MARK)),
        (a_row(common_name=None), MARK._replace(common_name="a")),
    ],
    Plan("mark_renewed", "issued", True): [(an_order(), MARK._replace(check_rules=False)), (a_row(), MARK)],
    Plan("none", "issued", True): [(an_order(is_renewed=True), MARK)],
    Plan("none", "issued", False): [(a_row(), UNMARK)],
    Plan("none", "renewed", True): [(an_order("renewed", is_renewed=None), MARK)],
    Plan("cancel_order", "canceled", None): [(an_order("pending", is_renewed=None), CANCEL)],
    Plan("cancel_order", "canceled", False): [(a_row("pending"), CANCEL)],
    Plan("mark_not_renewed", "issued", False): [(a_row(is_renewed=True), UNMARK._replace(check_rules=False))],
}


@pytest.mark.parametrize(("case", "planned"), spread(PLANS))
def test_field_is_asked_for_only_if_it_matters(case: tuple[Order, DesiredState], planned: str | Plan) -> None:
    assert plan(*case, TODAY) == (rules.MissingField(planned) if isinstance(planned, str) else planned)


FAR = TODAY + timedelta(GRACE_DAY + 1)
FROM_90_DAYS = "an order can be marked renewed from 90 days before its certificate expires"
MARKED = an_order(is_renewed=True)


@pytest.mark.parametrize(
    ("desired", "order", "reason", "words"),
    [
        *(
            (MARK, an_order(migrated=True, valid_till=till), "outside_renewal_window", f"{words}: {FROM_90_DAYS}")
            for till, words in (
                (FAR, f"expires on 2026-06-01 (in {GRACE_DAY + 1} days)"),
                (None, "(issued) has no certificate with an expiry date yet"),
            )
        ),
        (MARK, an_order(migrated=False), "not_migrated", "was not migrated from the legacy console"),
        *(
            (CANCEL._replace(only_from=only_from), an_order(status), reason, f"is {status}{words}")
            for status, only_from, reason, words in (
                ("needs_approval", (), "wrong_state", " and cannot be canceled: an approver has to reject the request"),
                ("issued", (), "wrong_state", ": only pending or waiting_pickup orders can be canceled"),
                ("waiting_pickup", ("pending",), "wrong_state", ": it may be canceled only while it is pending"),
                ("reissue_pending", (), "reissue_pending", ", and the API would cancel only the"),
            )
        ),
        (UNMARK, MARKED._replace(renewed_order_id=None), "unexpected_response", "has a renewed_order_id"),
        (UNMARK, MARKED._replace(renewed_order_id=7), "renewed_by_order", "was renewed by order 7: there is no"),
        *(
            (CANCEL._replace(common_name="a"), an_order(common_name=name), "common_name_mismatch", f"is for {words}")
            for name, words in (("www.example.com", "www.example.com, not for a"), (" ", "no common name yet"))
        ),
    ],
)
def test_refusal_says_why(desired: DesiredState, order: Order, reason: str, words: str) -> None:
    with pytest.raises(CertCentralError) as caught:
        plan(order, desired, TODAY)
    assert caught.value.reason == reason and caught.value.message.startswith(f"order 123 {words}")


# The common names and guards that fit, and those that do not. test_names.py has all spellings of a name.
NAMES = {
    True: [
        *(("www.example.com", guard) for guard in ("WWW.Example.COM", " www.example.com\n")),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
    ],
    False: [(name, "www.example.com") for name in ("example.com", "*.example.com", None)],
}


@pytest.mark.parametrize("desired", [CANCEL, MARK, *(state._replace(check_rules=False) for state in (CANCEL, MARK))])
@pytest.mark.parametrize(("names", "fits"), spread(NAMES))
def test_order_with_another_name_than_the_guard_is_refused(desired: DesiredState, names: t.Any, fits: bool) -> None:
    name, guard = names
    order = an_order("pending", migrated=True, common_name=name)
    try:
        assert isinstance(plan(order, desired._replace(common_name=guard), TODAY), Plan) and fits
    except CertCentralError as error:
        assert (error.reason, fits) == ("common_name_mismatch", False)


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        *((DesiredState(number, "renewed"), "above 0") for number in (0, -5, True)),
        (DesiredState(5, "renewed", common_name=" \n"), "order 5: common_name is blank: leave it out, or set it to "),
        (DesiredState(5, "canceled"), "order 5: a note is required to cancel: set note to the reason"),
        (DesiredState(5, "canceled", " \n\t\u00a0", "reissue"), "order 5: a note is required to cancel"),
        *((desired, None) for desired in (DesiredState(1, "renewed"), DesiredState(2**40, "canceled", "x"))),
    ],
)
def test_state_that_no_order_can_be_in_is_refused(desired: DesiredState, message: str | None) -> None:
    try:
        rules.check_desired(desired)
        assert message is None
    except CertCentralError as error:
        assert error.reason == "invalid_option" and message and message in error.message
        assert error.order_id is desired.order_id


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
    assert rules.satisfies(order, desired) is satisfied


# The requests of a reissue before its cancellation was lost, and the order's status and requests now.
FATES: dict[Fate, list[str]] = {
    # The API rejects the request of a canceled reissue.
    Fate.CANCELED: [
        *(f"1 {was}; issued; 1 rejected" for was in ("pending", "submitted", "approved")),
        *("1 pending; revoked; 1 rejected", "1 approved, 2 pending; issued; 1 approved, 2 rejected"),
    ],
    # The same reissue is still pending.
    Fate.PENDING: [f"1 {was}; reissue_pending; 1 pending" for was in ("pending", "submitted")],
    # It is still pending, but its request is not.
    Fate.APPROVED: [f"1 {was}; reissue_pending; 1 approved" for was in ("pending", "approved")],
    Fate.UNKNOWN: [
        # Every other state can also mean that the CA issued the reissue.
        "1 approved, 2 pending; issued; 1 rejected, 2 approved",
        # The request of a reissue that was approved before it was canceled may be unchanged or gone.
        *(f"1 {was}; issued; {now}" for was in ("pending", "approved") for now in ("1 approved", "")),
        # A reissue that was requested since then must not be canceled instead.
        *(f"1 pending; reissue_pending; 1 {now}, 2 pending" for now in ("rejected", "approved", "pending")),
        "1 approved; reissue_pending; 1 approved, 2 pending",
        *(f"1 pending; reissue_pending; {now}" for now in ("2 pending", "")),
        # Without IDs, no request can be recognized.
        *("; issued; 1 rejected", "; issued; ", "; reissue_pending; ", "0 pending; reissue_pending; 0 pending"),
        *("0 pending, 0 rejected; issued; 0 approved, 0 rejected", "0 pending; issued; 0 rejected"),
    ],
}


def requests(text: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(number), status) for number, status in re.findall(r"(\d) (\w+)", text))


@pytest.mark.parametrize(("history", "fate"), spread(FATES))
def test_only_the_request_tells_the_fate_of_a_reissue(history: str, fate: Fate) -> None:
    before, status, now = history.split("; ")
    pending = an_order("reissue_pending", reissues=requests(before))
    assert find_fate(pending, an_order(status, reissues=requests(now))) is fate
