# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How one order ended, as a result, a sentence and a diff."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._change.outcome import Fetched, Outcome, unsent
from ansible_collections.certops.certcentral.plugins.module_utils._change.rules import DesiredState, Plan

PENDING = parse_order({"id": 5, "status": "pending"})
CANCELED = parse_order({"id": 5, "status": "canceled"})
ISSUED = parse_order({"id": 5, "status": "issued", "is_renewed": False})
CANCEL = DesiredState(5, "canceled", "n")
MARK = DesiredState(5, "renewed")
TO_CANCEL = Plan("cancel_order", "canceled", None)
TO_MARK = Plan("mark_renewed", "issued", True)


def test_nothing_to_do() -> None:
    outcome = unsent(CANCEL, Fetched(CANCELED, Plan("none", "canceled", None), 0.0))
    assert outcome.result() == {
        "changed": False,
        "order_id": 5,
        "operation": "none",
        "status": "canceled",
        "is_renewed": None,
        "verified": None,
        "msg": "order 5 is canceled already: nothing to do",
    }


def test_check_mode() -> None:
    outcome = unsent(CANCEL, Fetched(PENDING, TO_CANCEL, 0.0))
    result = outcome.result()
    assert (result["changed"], result["status"], result["verified"]) == (True, "canceled", None)
    assert result["msg"] == "order 5 is pending and would be canceled"


@pytest.mark.parametrize(
    ("values", "msg"),
    [
        ({}, "order 5 was pending and is canceled now"),
        ({"verified": True, "last": CANCELED}, "order 5 was pending and is canceled now"),
        (
            {"verified": True, "last": CANCELED, "reconciled": True},
            "order 5 was pending and is canceled now; the reply was lost, but a later reading shows it",
        ),
        # What nobody has seen is not claimed.
        (
            {"verified": False, "last": replace(PENDING)},
            "order 5 should be canceled: the API accepted the change, but it still reads pending",
        ),
        (
            {"verified": False},
            "order 5 should be canceled: the API accepted the change, but no reading was made since",
        ),
    ],
)
def test_sentences(values: dict[str, t.Any], msg: str) -> None:
    assert replace(Outcome(CANCEL, PENDING, PENDING, TO_CANCEL, changed=True), **values).msg == msg


def test_a_mark_that_does_not_show() -> None:
    last = replace(ISSUED)
    outcome = Outcome(MARK, ISSUED, last, TO_MARK, changed=True, verified=False)
    assert outcome.msg == (
        "order 5 should be marked renewed: the API accepted the change, but it still reads is_renewed false"
    )


def test_what_others_wrote_is_made_harmless() -> None:
    odd = replace(PENDING, status="\x1b[2J")
    assert Outcome(CANCEL, PENDING, odd, TO_CANCEL, changed=True, verified=False).msg.endswith("still reads ?[2J")


def test_diffs() -> None:
    assert Outcome(CANCEL, PENDING, PENDING, TO_CANCEL, changed=True).diff() == (
        {"order_id": 5, "status": "pending"},
        {"order_id": 5, "status": "canceled"},
    )
    assert Outcome(MARK, ISSUED, ISSUED, TO_MARK, changed=True).diff() == (
        {"order_id": 5, "is_renewed": False},
        {"order_id": 5, "is_renewed": True},
    )
