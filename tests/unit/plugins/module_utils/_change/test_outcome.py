"""The outcome of one order as a result, a sentence, warnings and a diff."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import Order, parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._change.diff import make_diff
from ansible_collections.certops.certcentral.plugins.module_utils._change.outcome import Basis, Outcome, unsent
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState, Plan
from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError


def an_order(status: str, **fields: t.Any) -> Order:
    return parse_order({"id": 5, "status": status, **fields})


CANCEL, CANCEL_REISSUE = DesiredState(5, "canceled", "n"), DesiredState(5, "canceled", "n", "reissue")
MARK, UNMARK = DesiredState(5, "renewed"), DesiredState(5, "not_renewed")
TO_CANCEL = Plan("cancel_order", "canceled", None)
PENDING, ISSUED = an_order("pending"), an_order("issued", is_renewed=False)
CANCELED = Outcome(CANCEL, PENDING, PENDING, TO_CANCEL, changed=True)


# Before and after, the plan, and the sentences: in check mode, after the change, and if the change is not visible.
CHANGES = [
    (
        (CANCEL, PENDING, TO_CANCEL),
        "order 5 is pending and would be canceled",
        "order 5 was pending and is canceled now",
        "the API accepted canceling order 5, but its status is still pending",
    ),
    (
        (CANCEL_REISSUE, an_order("reissue_pending"), Plan("cancel_reissue", "issued", None)),
        "order 5 is reissue_pending and would be issued again, without the reissue",
        "order 5 was reissue_pending and is issued again, without the reissue",
        "the API accepted canceling the reissue of order 5, but its status is still reissue_pending",
    ),
    (
        (MARK, an_order("expired", is_renewed=False), Plan("mark_renewed", "expired", True)),
        "order 5 (expired) would be marked renewed",
        "order 5 (expired) is marked renewed now",
        "the API accepted marking order 5 renewed, but it is still not marked renewed",
    ),
    (
        (UNMARK, an_order("issued", is_renewed=True), Plan("mark_not_renewed", "issued", False)),
        "order 5 (issued) would no longer be marked renewed",
        "order 5 (issued) is no longer marked renewed",
        "the API accepted removing the mark of order 5, but it is still marked renewed",
    ),
]


@pytest.mark.parametrize(("change", "would", "done", "accepted"), CHANGES)
def test_sentence_claims_no_more_than_was_read(
    change: tuple[DesiredState, Order, Plan], would: str, done: str, accepted: str
) -> None:
    desired, order, plan = change
    assert unsent(desired, Basis(order, plan, 0.0)).msg == would
    sent = Outcome(desired, order, order, plan, changed=True)
    assert sent.msg == replace(sent, verified=True).msg == done
    late = replace(sent, verified=False, last=replace(order))
    assert late.msg == accepted and late.warnings == [f"{accepted}: check the order in CertCentral"]
    assert sent.warnings == []


@pytest.mark.parametrize(
    ("values", "msg"),
    [
        (
            {"verified": True, "was_lost": True},
            "was pending and is canceled now; the response was lost, but the order shows",
        ),
        ({"verified": False}, "canceling order 5, but it was not read since"),
        ({"verified": False, "last": ISSUED}, "canceling order 5, but its status is issued"),
        ({"verified": False, "last": replace(PENDING, status="\x1b[2J")}, "but its status is ?[2J"),
        (
            {"verified": False, "last": replace(PENDING), "unreadable": CertCentralError("not_found", "gone")},
            "the API accepted canceling order 5, but it can no longer be read",
        ),
        (
            {"verified": False, "unreadable": CertCentralError("unavailable", "HTTP 500")},
            "the API accepted canceling order 5, but it could not be read since",
        ),
    ],
)
def test_sentence_gives_the_state_that_was_read_last(values: dict[str, t.Any], msg: str) -> None:
    assert msg in replace(CANCELED, **values).msg


def test_warning_says_why_an_order_could_not_be_read() -> None:
    outcome = replace(CANCELED, verified=False, unreadable=CertCentralError("unavailable", "the API is unavailable"))
    assert outcome.warnings[0].endswith(
        "it could not be read since (the API is unavailable): check the order in CertCentral"
    )


@pytest.mark.parametrize(
    ("desired", "order", "text"),
    [
        (CANCEL, an_order("canceled"), "is canceled already"),
        (CANCEL_REISSUE, PENDING, "is pending and has no pending reissue"),
        (MARK, an_order("issued", is_renewed=True), "(issued) is already marked renewed"),
        (UNMARK, an_order("\x1b[2J", is_renewed=False), "(?[2J) is not marked renewed"),
    ],
)
def test_unchanged_order_says_that_there_is_nothing_to_do(desired: DesiredState, order: Order, text: str) -> None:
    outcome = unsent(desired, Basis(order, Plan("none", order.status, order.marked), 0.0))
    assert outcome.result() == {
        "changed": False,
        "order_id": 5,
        "operation": "none",
        "status": order.status,
        "is_renewed": order.marked,
        "verified": None,
        "msg": f"order 5 {text}: nothing to do",
    }


def test_result_has_the_planned_state_if_something_changes() -> None:
    result = replace(CANCELED, verified=False, last=ISSUED).result()
    assert (result["changed"], result["status"], result["is_renewed"], result["verified"]) == (
        *(True, "canceled", None, False),
    )


def test_diff_has_the_status_or_the_mark() -> None:
    assert make_diff(CANCELED) == ({"order_id": 5, "status": "pending"}, {"order_id": 5, "status": "canceled"})
    marked = Outcome(MARK, ISSUED, ISSUED, Plan("mark_renewed", "issued", True), changed=True)
    assert make_diff(marked) == ({"order_id": 5, "is_renewed": False}, {"order_id": 5, "is_renewed": True})
