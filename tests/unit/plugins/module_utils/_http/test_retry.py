"""The time during which a failing request may be repeated, and the waits between the tries."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._errors import Interrupted, Reason, RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http.backoff import backoff
from ansible_collections.certops.certcentral.plugins.module_utils._http.retry import RetryBudget
from ansible_collections.certops.certcentral.tests.unit.support import Clock

LIMITED: Reason = "rate_limited"
UNAVAILABLE: Reason = "unavailable"


@pytest.fixture
def longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each random wait as long as it can be."""
    monkeypatch.setattr("random.uniform", lambda low, high: high if low == 0 else pytest.fail("no full jitter"))


def make(seconds: int) -> tuple[RetryBudget, Clock]:
    clock = Clock(lambda: 0.0)
    return RetryBudget(seconds, clock.now, lambda wait, unused: clock.sleep(wait)), clock


def failure(reason: Reason = UNAVAILABLE, **values: t.Any) -> RequestError:
    return RequestError(reason, "no", **{"repeat": True, **values})


def waits(seconds: int, error: RequestError) -> list[float]:
    """Return the waits until the budget is used up."""
    budget, clock = make(seconds)

    def use_up() -> None:
        for unused in range(5000):
            budget.wait(error)

    with pytest.raises(RequestError) as caught:
        use_up()
    assert caught.value.message.startswith("no, and " if clock.slept else "no")
    assert bool(clock.slept) is ("retry_timeout" in caught.value.message)
    return clock.slept


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [
        (UNAVAILABLE, [1, 2, 4, 8, 16, 30, 30, 30]),
        # The API's window of 5 s has to pass first.
        (LIMITED, [9, 13, 21, 37, 65, 65]),
    ],
)
def test_waits_grow_up_to_a_limit(longest: None, reason: Reason, seconds: list[int]) -> None:
    assert [backoff(reason, failures) for failures in range(len(seconds))] == seconds
    assert backoff(reason, 5000) == seconds[-1]


@pytest.mark.parametrize(("seconds", "waited"), [(20, [1, 2, 4, 8, 5]), (0, [])])
def test_last_try_is_at_the_deadline(longest: None, seconds: int, waited: list[int]) -> None:
    assert waits(seconds, failure()) == waited


def test_permanent_failure_is_raised_at_once() -> None:
    budget, clock = make(100)
    error = failure(repeat=False)
    with pytest.raises(RequestError) as caught:
        budget.wait(error)
    assert caught.value is error and clock.slept == []


@pytest.mark.parametrize("reason", [UNAVAILABLE, LIMITED])
def test_wait_is_the_longer_of_retry_after_and_the_backoff(longest: None, reason: Reason) -> None:
    own = [backoff(reason, failures) for failures in range(3)]
    for asked in (0.001, own[1], 50.0):
        assert waits(1000, failure(reason, retry_after=asked))[:3] == [max(asked, wait) for wait in own]


@pytest.mark.parametrize("asked", [0.001, None])
def test_tiny_retry_after_does_not_cause_a_burst(longest: None, asked: float | None) -> None:
    """Regression: 2,591 requests were sent in 4 s."""
    assert len(waits(4, failure(retry_after=asked))) == 3
    assert len(waits(4, failure(LIMITED, retry_after=asked))) == 1


@pytest.mark.parametrize(("seconds", "asked"), [(60, 61.0), (60, 3600.0), (0, 5.0)])
@pytest.mark.parametrize("reason", [UNAVAILABLE, LIMITED])
def test_retry_after_beyond_the_budget_fails_at_once(seconds: int, asked: float, reason: Reason) -> None:
    """Regression: Retry-After was cut to the budget, and then the request was repeated."""
    budget, clock = make(seconds)
    with pytest.raises(RequestError, match=f"asks to wait {asked:.0f} s, but only {seconds} of the {seconds} s of"):
        budget.wait(failure(reason, retry_after=asked))
    assert clock.slept == []


def test_retry_after_is_compared_with_the_rest_of_the_budget(longest: None) -> None:
    budget, clock = make(60)
    budget.wait(failure(retry_after=40.0))
    with pytest.raises(RequestError, match="asks to wait 40 s, but only 20 of the 60 s"):
        budget.wait(failure(retry_after=40.0))
    budget.wait(failure(retry_after=20.0))
    assert clock.slept == [40, 20]


def test_budget_begins_with_the_first_failure_and_its_end_keeps_the_advice(longest: None) -> None:
    budget, clock = make(1)
    clock.sleep(1000)
    budget.wait(failure(advice="raise it"))
    with pytest.raises(RequestError) as caught:
        budget.wait(failure(advice="raise it"))
    assert caught.value.message.endswith("used up: raise it")


@pytest.mark.parametrize("extension", [0, 40])
def test_waits_for_the_rate_limiter_do_not_count(longest: None, extension: int) -> None:
    budget, clock = make(10)
    # Before the first failure there is nothing to extend.
    budget.extend(1000)
    budget.wait(failure())
    clock.sleep(40)
    budget.extend(extension)
    if extension:
        budget.wait(failure())
    else:
        with pytest.raises(RequestError, match="used up"):
            budget.wait(failure())


def test_failure_stays_if_a_signal_ends_the_wait() -> None:
    def wait(*unused: t.Any) -> None:
        raise Interrupted()

    with pytest.raises(RequestError) as caught:
        RetryBudget(10, lambda: 0.0, wait).wait(failure(LIMITED, http_status=429))
    assert (type(caught.value), caught.value.reason, caught.value.http_status) == (RequestError, LIMITED, 429)
    assert caught.value.message == "no, and the task was interrupted: run it again to do what is left"
