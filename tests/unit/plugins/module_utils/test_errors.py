"""Errors: their messages, and the keys of a result."""

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


def test_message_begins_with_its_subject_and_ends_with_its_advice() -> None:
    assert CertCentralError("tls", "what", "advice", subject="order 5").message == "order 5: what: advice"
    result = {"msg": "what", "changed": False, "reason": "tls", "http_status": None, "errors": [], "order_id": None}
    assert CertCentralError("tls", "what").result() == result


def test_replacing_a_value_makes_another_error() -> None:
    error = RequestError("unavailable", "what", "advice", repeat=True, outcome_unknown=True, retry_after=3.0)
    other = error.replaced(subject="order 5", order_id=5)
    assert other.__class__ is RequestError and other is not error
    assert vars(other) == {**vars(error), "subject": "order 5", "order_id": 5}
    assert (error.subject, error.order_id) == ("", None)


def test_interruption_says_what_to_do() -> None:
    error = Interrupted()
    assert error.message == "the task was interrupted: run it again to do what is left"
    assert (error.reason, error.repeat, error.outcome_unknown) == ("unavailable", False, False)
    # With a subject of its own, the error is still an interruption.
    assert error.replaced(subject="order 5").__class__ is Interrupted


def test_no_reason_is_both_a_refusal_and_fatal() -> None:
    assert not set(REFUSAL_REASONS) & set(FATAL_REASONS)


def test_bug_is_named_without_its_text() -> None:
    with pytest.raises(LookupError) as caught:
        raise LookupError("\x1b[2J secret")
    assert describe_bug(caught.value) == "the collection itself has a bug (LookupError), please report it"
    trace = format_trace(caught.value)
    assert "test_errors.py:" in trace and "secret" not in trace and trace.isprintable()
