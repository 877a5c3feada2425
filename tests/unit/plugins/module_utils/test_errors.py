"""Errors: their messages, and the keys of a result."""

from __future__ import annotations

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
    assert Interrupted().replaced(subject="order 5").__class__ is Interrupted
    assert (Interrupted().reason, Interrupted().repeat, Interrupted().outcome_unknown) == ("unavailable", False, False)


def test_no_reason_is_both_a_refusal_and_fatal() -> None:
    assert not set(REFUSAL_REASONS) & set(FATAL_REASONS)
