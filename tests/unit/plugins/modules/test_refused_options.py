"""Messages about refused options. test_typed_input.py tries null, empty and wrong values of each option."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import CANCEL, FAKE_URL, NOTE
from ansible_collections.certops.certcentral.tests.unit.support import KEY, run_module

ONE, MANY, INFO, CHANGES = "order_status", "order_statuses", "order_info", "order_change_info"
MARKS, CANCELS = "migrated_orders", "stale_orders"
Json = dict[str, t.Any]
# The options of each module that are not refused.
FINE: dict[str, Json] = {
    ONE: CANCEL,
    MANY: NOTE,
    INFO: {},
    CHANGES: {"within_seconds": 60},
    MARKS: {},
    CANCELS: {"older_than": 30, "note": "Nobody needs it"},
}
BY_THE_MODULE: list[tuple[str, Json, str]] = [
    (ONE, {"note": " \n "}, "a note is required to cancel"),
    (ONE, {"status": "Canceled"}, "status is 'Canceled': it has to be one of canceled, renewed, not_renewed"),
    (ONE, {"cancel_scope": "Order"}, "cancel_scope is 'Order': it has to be one of order, reissue"),
    *((ONE, {"order_id": value}, f"order_id is {value!r}: it has to be a whole number above 0") for value in (0, True)),
    (ONE, {"order_id": "1/../2"}, "order_id is '1/../2'"),
    (ONE, {"api_key": "ABCDEFGHIJ\nKLMNOPQRST"}, "control character"),
    (ONE, {"region": "asia"}, "us, eu"),
    (ONE, {"api_url": "http://example.com/services/v2"}, "use https://"),
    (ONE, {"timeout": 0}, "timeout is 0"),
    (ONE, {"ca_path": "/nowhere/ca.pem"}, "ca_path /nowhere/ca.pem cannot be used (No such file or directory)"),
    (ONE, {"common_name": None}, "common_name is null: set it, or leave it out"),
    (ONE, {"common_name": "", "note": ""}, "note is empty; common_name is empty: set it, or leave it out"),
    (MANY, {"orders": [{"order_id": 5}, {"order_id": 5, "note": "Another"}]}, "order 5 is given twice"),
    (MANY, {"orders": [{"order_id": 5, "note": " "}]}, "order 5: a note is required to cancel"),
    (MANY, {"orders": [{"order_id": 5}], "status": None}, "order 5 has no status"),
    (MANY, {"orders": [{"status": "canceled"}]}, "entry 1 of orders: order_id is missing"),
    (MANY, {"orders": [{"order_id": 5}, ""]}, "entry 2 of orders: it is not a mapping"),
    (MANY, {"orders": [{"order_id": 5, "common_name": " "}]}, "order 5: common_name is empty"),
    *((MANY, {"orders": value}, "orders") for value in ("x", [None], [[1]])),
    # A variable that came out empty must not mean everything.
    (MANY, {"order_ids": [5], "orders": None}, "orders is null"),
    (MANY, {"orders": [{"order_id": 5}], "order_ids": None}, "order_ids is null"),
    (INFO, {"order_ids": None, "filters": {"id": 1}}, "order_ids is null"),
    (INFO, {"filters": None, "expires_within": 30}, "filters is null"),
    (INFO, {"filters": {}}, "filters is empty"),
    *((MANY, {"order_ids": [5], "concurrency": value}, f"concurrency is {value}") for value in (0, 17)),
    *((MANY, {"order_ids": [5], "rate_limit_share": n}, f"rate_limit_share is {n}") for n in (1e308, 1e-300)),
    (INFO, {"filters": {"state": "pending"}}, "state is not a filter: valid filters are certificate_id, common_name"),
    (MARKS, {"window": facts.RENEWAL_DAYS + 1}, f"has to be a whole number, 0 to {facts.RENEWAL_DAYS}"),
    (MARKS, {"containers": [0]}, "an entry of containers is 0: it has to be a whole number above 0"),
    (MARKS, {"accept": ["fewer"]}, "accept is 'fewer': it has to be one of recorded, same_names, covers_names"),
    (CANCELS, {"exclude_names": [" "]}, "exclude_names has the entry ' ', which is empty"),
    *((CANCELS, {"older_than": value}, f"older_than is {value}: it has to be") for value in (0, 36501)),
    *((CHANGES, {"within_seconds": value}, "within_seconds") for value in (0, facts.MAX_CHANGES_SECONDS + 1)),
    *((name, {key: "/srv/file"}, key) for name in (MARKS, CANCELS) for key in ("report_json", "approved_plan")),
    (CANCELS, {"report_html": "/srv/file"}, "report_html was not handled on the controller"),
]
BY_ANSIBLE: list[tuple[str, Json, str]] = [
    (ONE, {"comon_name": ""}, "comon_name"),
    (MANY, {}, "one of the following is required"),
    (MANY, {"order_ids": [5], "orders": [{"order_id": 5}]}, "mutually exclusive"),
    (INFO, {"order_ids": [1], "filters": {"id": 1}}, "mutually exclusive"),
]


@pytest.mark.parametrize(
    ("name", "given", "words", "reason"),
    [*((*row, "invalid_option") for row in BY_THE_MODULE), *((*row, None) for row in BY_ANSIBLE)],
)
def test_refused_option_sends_nothing(api: State, name: str, given: Json, words: str, reason: str | None) -> None:
    result = run_module(f"digicert_{name}", {"api_url": FAKE_URL, "api_key": f" {KEY}\n", **FINE[name], **given})
    assert result["failed"] is True and words in result["msg"] and not result.get("changed")
    assert result.get("reason") == reason and api.requests == []
    # ansible-core 2.21 and later show the invocation only on request.
    assert "module_args" in result.get("invocation", {"module_args": None})
    assert KEY not in json.dumps(result) and "ABCDEFGHIJ" not in json.dumps(result)
