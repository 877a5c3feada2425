"""The failures after a change that the API did not accept at once, compared as a whole."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import CANCEL, ID, MARK, REISSUE, pending, run_one
from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder

Json = dict[str, t.Any]
ERROR = {"code": "some_code", "message": "Some words."}
BROKEN = {"kind": "reset_before", "on": "status"}
NO_TIME = {"kind": "status", "on": "info", "after": 1, "status": 429, "retry_after": 3600}
REJECTED = {"kind": "status", "on": "status", "status": 400, "body": {"errors": [ERROR]}}
# The reissue was approved before it was to be canceled.
PENDING = {"status": "reissue_pending", "requests": [{"id": 1, "type": "reissue", "status": "approved"}]}


@pytest.mark.parametrize(
    ("options", "faults", "status", "errors", "why"),
    [
        (REISSUE, [BROKEN], None, [], "its status reissue_pending does not tell whether the reissue was canceled"),
        (CANCEL, [{**BROKEN, "times": None}], None, [], "its status is still pending"),
        ({**MARK, "check_rules": False}, [{**BROKEN, "times": None}], None, [], "it is still not marked renewed"),
        (CANCEL, [BROKEN, NO_TIME], None, [], "the order's current state does not show what happened (the API asks"),
        (
            *(CANCEL, [BROKEN, REJECTED], 400, [ERROR]),
            "repeating the change failed (the API rejected the request (HTTP 400: some_code Some words.))",
        ),
    ],
)
def test_failure_after_a_lost_response_tells_all_that_is_known(
    api: State, options: Json, faults: list[Json], status: int | None, errors: list[Json], why: str
) -> None:
    api.seed([{"id": ID, **(PENDING if options is REISSUE else {"status": "pending"})}])
    for fault in faults:
        api.fault(**fault)
    result = run_one(api, options)
    expected = {"reason": "unknown_outcome", "changed": True, "http_status": status, "errors": errors, "order_id": ID}
    assert {name: result[name] for name in expected} == expected
    lost = "the response to the change was lost (the connection to the API broke (Connection reset by peer)), and "
    assert result["msg"].startswith(f"order {ID} may or may not have been changed: {lost}{why}")
    assert result["msg"].endswith(": check the order in CertCentral before you run this again")


def test_failure_of_a_change_that_was_never_sent_in_time_says_so(fake: FakeRecorder, api: State) -> None:
    pending(api)
    api.fault("status", on="status", status=429, retry_after=61)
    api.fault("call", on="info", after=1, before=lambda record: setattr(fake, "latency", 140.0))
    result = run_one(api, {**CANCEL, "timeout": 1000})
    assert (result["reason"], result["changed"], result["order_id"]) == ("unavailable", False, ID)
    assert result["msg"] == (
        f"order {ID} was not changed: the order could not be changed within 60 s of reading it, because the API responds too "
        "slowly: try again later"
    )
