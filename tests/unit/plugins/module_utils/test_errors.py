# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors: what they say, what a result carries of them, and what is made harmless in them."""

from __future__ import annotations

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._bugs import describe_bug, format_trace
from ansible_collections.certops.certcentral.plugins.module_utils._change.many_result import REFUSAL_REASONS
from ansible_collections.certops.certcentral.plugins.module_utils._errors import (
    FATAL_REASONS,
    CertCentralError,
    Interrupted,
    RequestError,
)
from ansible_collections.certops.certcentral.plugins.module_utils._text import sanitize


def test_a_message_begins_with_its_subject_and_ends_with_its_advice() -> None:
    assert CertCentralError("tls", "what").message == "what"
    assert CertCentralError("tls", "what", "advice", subject="order 5").message == "order 5: what: advice"


def test_a_result_always_has_the_same_keys() -> None:
    assert CertCentralError("tls", "what").result() == {
        "msg": "what",
        "changed": False,
        "reason": "tls",
        "http_status": None,
        "errors": [],
        "order_id": None,
    }


def test_replacing_a_value_makes_another_error() -> None:
    error = RequestError("unavailable", "what", "advice", repeat=True, outcome_unknown=True, retry_after=3.0)
    other = error.replaced(subject="order 5", order_id=5)
    assert other.__class__ is RequestError and other is not error
    assert vars(other) == {**vars(error), "subject": "order 5", "order_id": 5}
    assert (error.subject, error.order_id) == ("", None)


def test_an_interruption_says_what_to_do() -> None:
    error = Interrupted()
    assert error.message == "the task was interrupted: run it again to do what is left"
    assert (error.reason, error.repeat, error.outcome_unknown) == ("unavailable", False, False)
    # A subject of its own leaves it an interruption.
    assert error.replaced(subject="order 5").__class__ is Interrupted


def test_no_reason_is_both_a_refusal_and_fatal() -> None:
    assert not set(REFUSAL_REASONS) & set(FATAL_REASONS)


def test_a_bug_is_named_without_its_text() -> None:
    with pytest.raises(LookupError) as caught:
        raise LookupError("\x1b[2J secret")
    error = caught.value
    assert describe_bug(error) == "the collection itself has a bug (LookupError), please report it"
    assert (
        "test_errors.py:" in format_trace(error)
        and "secret" not in format_trace(error)
        and format_trace(error).isprintable()
    )


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        (" a\n\tb \x1b[31m\u202e ", "a b ?[31m?"),
        ("\x9b2J\x00\x7f", "?2J??"),
        ("Zürich 東京", "Zürich 東京"),
        (7, "7"),
        ("x" * 300, "x" * 300),
        ("x" * 1000, "x" * 297 + "..."),
        (" " * 5000 + "x", ""),
    ],
)
def test_what_others_wrote_is_made_harmless(text: object, harmless: str) -> None:
    assert sanitize(text) == harmless


def test_a_limit_of_its_own() -> None:
    assert sanitize("x" * 50, 10) == "xxxxxxx..."
