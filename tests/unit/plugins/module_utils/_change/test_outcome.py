"""The outcome of one order as a result, a sentence, warnings and a diff."""

from __future__ import annotations

import typing as t

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
PENDING, ISSUED, MARKED = an_order("pending"), an_order("issued", is_renewed=False), an_order("issued", is_renewed=True)
CANCELED = Outcome(CANCEL, PENDING, PENDING, TO_CANCEL, changed=True)


ACCEPTED = "the API accepted canceling order 5, but it"


# The sentences: in check mode, after the change, and if the change is not visible.
@pytest.mark.parametrize(
    ("desired", "order", "plan", "would", "done", "accepted"),
    [
        (
            *(CANCEL, PENDING, TO_CANCEL),
            "is pending and would be canceled",
            "was pending and is canceled now",
            "canceling order 5, but its status is still pending",
        ),
        (
            *(CANCEL_REISSUE, an_order("reissue_pending"), Plan("cancel_reissue", "issued", None)),
            "is reissue_pending and would be issued again, without the reissue",
            "was reissue_pending and is issued again, without the reissue",
            "canceling the reissue of order 5, but its status is still reissue_pending",
        ),
        (
            *(MARK, an_order("expired", is_renewed=False), Plan("mark_renewed", "expired", True)),
            "(expired) would be marked renewed",
            "(expired) is marked renewed now",
            "marking order 5 renewed, but it is still not marked renewed",
        ),
        (
            *(UNMARK, MARKED, Plan("mark_not_renewed", "issued", False)),
            "(issued) would no longer be marked renewed",
            "(issued) is no longer marked renewed",
            "removing the mark of order 5, but it is still marked renewed",
        ),
    ],
)
def test_sentence_claims_no_more_than_was_read(
    desired: DesiredState, order: Order, plan: Plan, would: str, done: str, accepted: str
) -> None:
    assert unsent(desired, Basis(order, plan, 0.0)).msg == f"order 5 {would}"
    sent = Outcome(desired, order, order, plan, changed=True)
    assert sent.msg == sent._replace(verified=True).msg == f"order 5 {done}" and sent.warnings == []
    late = sent._replace(verified=False, last=order._replace())
    assert late.msg == f"the API accepted {accepted}"
    assert late.warnings == [f"the API accepted {accepted}: check the order in CertCentral"]


@pytest.mark.parametrize(
    ("values", "msg", "why"),
    [
        ({"verified": False}, f"{ACCEPTED} was not read since", ""),
        ({"verified": False, "last": ISSUED}, f"{ACCEPTED}s status is issued", ""),
        ({"verified": False, "last": PENDING._replace(status="\x1b[2J")}, f"{ACCEPTED}s status is ?[2J", ""),
        (
            {"verified": False, "last": PENDING._replace(), "unreadable": CertCentralError("not_found", "gone")},
            *(f"{ACCEPTED} can no longer be read", " (gone)"),
        ),
        (
            {"verified": False, "unreadable": CertCentralError("unavailable", "HTTP 500")},
            *(f"{ACCEPTED} could not be read since", " (HTTP 500)"),
        ),
        (
            {"verified": True, "was_lost": True},
            *("order 5 was pending and is canceled now; the response was lost, but the order shows the change", None),
        ),
    ],
)
def test_sentence_and_warning_give_the_newest_state(values: dict[str, t.Any], msg: str, why: str | None) -> None:
    outcome = CANCELED._replace(**values)
    assert outcome.msg == msg
    assert outcome.warnings == ([] if why is None else [f"{msg}{why}: check the order in CertCentral"])


@pytest.mark.parametrize(
    ("desired", "order", "text"),
    [
        (CANCEL, an_order("canceled"), "is canceled already"),
        (CANCEL_REISSUE, PENDING, "is pending and has no pending reissue"),
        (MARK, MARKED, "(issued) is already marked renewed"),
        (UNMARK, an_order("\x1b[2J", is_renewed=False), "(?[2J) is not marked renewed"),
    ],
)
def test_unchanged_order_says_that_there_is_nothing_to_do(desired: DesiredState, order: Order, text: str) -> None:
    outcome = unsent(desired, Basis(order, Plan("none", order.status, order.marked), 0.0))
    state = {"status": order.status, "is_renewed": order.marked, "verified": None}
    msg = f"order 5 {text}: nothing to do"
    assert outcome.result() == {"changed": False, "order_id": 5, "operation": "none", "msg": msg, **state}


def test_result_has_the_planned_state_if_something_changes() -> None:
    result = CANCELED._replace(verified=False, last=ISSUED).result()
    state = {"changed": True, "status": "canceled", "is_renewed": None, "verified": False}
    assert {name: result[name] for name in state} == state


def test_diff_has_the_status_or_the_mark() -> None:
    assert make_diff(CANCELED) == ({"order_id": 5, "status": "pending"}, {"order_id": 5, "status": "canceled"})
    marked = Outcome(MARK, ISSUED, ISSUED, Plan("mark_renewed", "issued", True), changed=True)
    assert make_diff(marked) == ({"order_id": 5, "is_renewed": False}, {"order_id": 5, "is_renewed": True})
