# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exceptions of the collection, and the reasons that modules return for their failures."""

from __future__ import annotations

import typing as t

# The values of RV(reason), which are part of the public interface.
Reason = t.Literal[
    "reissue_pending",
    "wrong_state",
    "not_migrated",
    "outside_renewal_window",
    "renewed_by_order",
    "common_name_mismatch",
    "too_many_changes",
    "not_found",
    "unauthorized",
    "blocked",
    "rejected_by_api",
    "rate_limited",
    "unavailable",
    "tls",
    "unknown_outcome",
    "unexpected_response",
    "incomplete_listing",
    "clock_skew",
    "differs_from_plan",
    "invalid_option",
]
# Reasons that end a task at once, because every other request would fail the same way.
FATAL_REASONS: tuple[Reason, ...] = ("unauthorized", "blocked", "tls", "rate_limited", "clock_skew")


class CertCentralError(Exception):
    """A failure as modules report it. It is not modified after it was raised. To change it, raise a copy from :meth:`replaced`.

    :param reason: one of the values above
    :param what: what is wrong, as part of a sentence
    :param advice: what to do about it, as the end of that sentence
    :param subject: the order or thing that failed, as the beginning of that sentence
    :param http_status: the HTTP status of the response that caused the failure, if there was one
    :param errors: the API's list of ``{code, message}``, as it arrived
    :param order_id: the ID of the order that failed, if the failure is about exactly one order
    :param changed: the value of ``changed`` in the result
    :param cause: the reason of the failure that led to this one, if it was another
    """

    def __init__(
        self,
        reason: Reason,
        what: str,
        advice: str = "",
        *,
        subject: str = "",
        http_status: int | None = None,
        errors: t.Sequence[dict[str, t.Any]] = (),
        order_id: int | None = None,
        changed: bool = False,
        cause: str = "",
    ) -> None:
        super().__init__(what)
        self.reason: Reason = reason
        self.what = what
        self.advice = advice
        self.subject = subject
        self.http_status = http_status
        self.errors = list(errors)
        self.order_id = order_id
        self.changed = changed
        self.cause = cause

    def replaced(self, **changes: t.Any) -> t.Any:
        """Return a copy of the error with some of its values replaced."""
        return type(self)(**{**vars(self), **changes})

    @property
    def message(self) -> str:
        """Return the whole message: subject, what is wrong and what to do."""
        return ": ".join(part for part in (self.subject, self.what, self.advice) if part)

    def result(self) -> dict[str, t.Any]:
        """Return the keys that every failed result has."""
        return {
            "msg": self.message,
            "changed": self.changed,
            "reason": self.reason,
            "http_status": self.http_status,
            "errors": self.errors,
            "order_id": self.order_id,
        }


class RequestError(CertCentralError):
    """The failure of one request.

    :param repeat: whether sending the request again can help
    :param outcome_unknown: whether the request may have taken effect, although no response confirms it
    :param retry_after: the number of seconds that the API asked the client to wait, if it did
    :param timed_out: whether ``timeout`` ended the request before the whole response had arrived
    """

    def __init__(
        self,
        reason: Reason,
        what: str,
        advice: str = "",
        *,
        repeat: bool = False,
        outcome_unknown: bool = False,
        retry_after: float | None = None,
        timed_out: bool = False,
        **values: t.Any,
    ) -> None:
        super().__init__(reason, what, advice, **values)
        self.repeat = repeat
        self.outcome_unknown = outcome_unknown
        self.retry_after = retry_after
        self.timed_out = timed_out


class Interrupted(RequestError):
    """The failure of a request that was not sent, because the task was asked to stop."""

    def __init__(
        self, reason: Reason = "unavailable", what: str = "the task was interrupted", advice: str = "", **values: t.Any
    ) -> None:
        super().__init__(reason, what, advice or "run it again to do what is left", **values)
