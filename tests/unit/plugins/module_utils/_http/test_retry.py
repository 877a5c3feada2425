"""The time during which a failing request may be repeated, and the waits between the tries."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._errors import Interrupted, Reason, RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http.backoff import backoff
from ansible_collections.certops.certcentral.plugins.module_utils._http.retry import RetryBudget
from ansible_collections.certops.certcentral.tests.unit.support import Clock

# The longest waits without Retry-After. The API's window of 5 s has to pass before a rate-limited request is repeated.
WAITS: dict[Reason, list[float]] = {
    "unavailable": [1, 2, 4, 8, 16, 30, 30, 30],
    "rate_limited": [9, 13, 21, 37, 65, 65],
}
USED_UP = "no, and the {} s of retry_timeout are used up: try again later"
ASKS = "no, and it asks to wait {} s, but only {} of the {{}} s of retry_timeout are left: "
ASKS += "try again after that time, or raise retry_timeout"


@pytest.fixture(autouse=True)
def _longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each random wait as long as it can be."""
    monkeypatch.setattr("random.uniform", lambda low, high: high if low == 0 else pytest.fail("no full jitter"))


def failure(reason: Reason = "unavailable", **values: t.Any) -> RequestError:
    return RequestError(reason, "no", **{"repeat": True, **values})


def make(seconds: int) -> tuple[RetryBudget, Clock]:
    clock = Clock(lambda: 0.0)
    return RetryBudget(seconds, clock.now, lambda wait, unused: clock.sleep(wait)), clock


def fail(budget: RetryBudget, error: RequestError, tries: int = 1) -> str:
    """Let a request fail until no time is left, and return the message. It may fail the given number of times before."""
    with pytest.raises(RequestError) as caught:
        list(map(budget.wait, [error] * tries))
    return caught.value.message


@pytest.mark.parametrize("reason", WAITS)
def test_waits_grow_up_to_a_limit(reason: Reason) -> None:
    assert [backoff(reason, failures) for failures in range(len(WAITS[reason]))] == WAITS[reason]
    assert backoff(reason, 5000) == WAITS[reason][-1]


@pytest.mark.parametrize(
    ("seconds", "error", "waited", "message"),
    [
        # The last try is at the deadline.
        (20, failure(), [1, 2, 4, 8, 5], USED_UP),
        (20, failure(advice="raise it"), [1, 2, 4, 8, 5], "no, and the 20 s of retry_timeout are used up: raise it"),
        (0, failure(), [], "no"),
        (100, failure(repeat=False), [], "no"),
        # The longer one of Retry-After and the own wait counts. Regression: a tiny one led to 2,591 requests in 4 s.
        *((4, failure(retry_after=asked), [1, 2, 1], USED_UP) for asked in (None, 0.001)),
        *((4, failure("rate_limited", retry_after=asked), [4], USED_UP) for asked in (None, 0.001)),
        (8, failure(retry_after=2.0), [2, 2, 4], ASKS.format(2, 0)),
        (60, failure("rate_limited", retry_after=13.0), [13, 13, 21, 13], ASKS.format(13, 0)),
        (60, failure(retry_after=40.0), [40], ASKS.format(40, 20)),
        # Regression: Retry-After was cut to the budget, and then the request was repeated.
        *(
            (seconds, failure(reason, retry_after=asked), [], ASKS.format(asked, seconds))
            for reason in WAITS
            for seconds, asked in ((60, 61), (60, 3600), (0, 5))
        ),
    ],
)
def test_repeats_end_with_the_budget(seconds: int, error: RequestError, waited: list[float], message: str) -> None:
    budget, clock = make(seconds)
    assert fail(budget, error, tries=9) == message.format(seconds)
    assert clock.slept == waited


@pytest.mark.parametrize("extension", [0, 40])
def test_budget_begins_with_the_first_failure_and_waits_for_the_rate_limiter_do_not_count(extension: int) -> None:
    budget, clock = make(10)
    clock.sleep(1000)
    # There is nothing to extend yet.
    budget.extend(1000)
    budget.wait(failure())
    clock.sleep(40)
    budget.extend(extension)
    if extension:
        budget.wait(failure())
    else:
        assert fail(budget, failure()) == USED_UP.format(10)


def test_failure_stays_if_a_signal_ends_the_wait() -> None:
    def wait(*unused: t.Any) -> None:
        raise Interrupted()

    with pytest.raises(RequestError) as caught:
        RetryBudget(10, lambda: 0.0, wait).wait(failure("rate_limited", http_status=429))
    assert (type(caught.value), caught.value.reason, caught.value.http_status) == (RequestError, "rate_limited", 429)
    assert caught.value.message == "no, and the task was interrupted: run it again to do what is left"
