# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests that released clients of other projects send (docs/api.md, section 9), and the responses to them."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from ansible_collections.certops.certcentral.tests.unit.simulator.support import Web, value_of

ORDERS: list[dict[str, Any]] = [
    {"id": 101, "valid_in_days": 20, "created_days_ago": 300},
    {"id": 102, "status": "expired", "valid_in_days": -5, "created_days_ago": 400, "migrated": True},
    {"id": 103, "status": "pending", "created_days_ago": 2, "organization": []},
    {
        "id": 104,
        "status": "reissue_pending",
        "created_days_ago": 100,
        "status_changed_seconds_ago": 3600,
        "reissues": [{"id": 9}],
    },
    {
        "id": 105,
        "created_days_ago": 200,
        "valid_in_days": 150,
        "organization": {"id": 7, "name": "Other"},
        "user": {"id": 4, "first_name": "Ann", "last_name": "Other", "email": "ann@example.org"},
        "certificate": {
            "common_name": "www.example.net",
            "dns_names": ["www.example.net", "mail.example.net"],
            "serial_number": "0A1B2C3D4E5F60718293A4B5C6D7E8F9",
            "thumbprint": "00112233445566778899AABBCCDDEEFF00112233",
        },
    },
    {"id": 106, "status": "needs_approval", "created_days_ago": 1, "status_changed_seconds_ago": 3 * 86400},
]
LIST = "/order/certificate"
CANCELED = {"status": "CANCELED", "note": "unused", "send_emails": False}


class Case(NamedTuple):
    """A request and its expected response.

    ``status`` is the HTTP status. ``shows`` has the IDs of the rows in a list, or paths (``a.0.b``) and values of another
    response. ``leaves`` has the statuses of orders afterwards.
    """

    method: str
    path: str
    status: int = 200
    shows: Any = None
    body: Any = None
    quirks: dict[str, Any] | None = None
    leaves: dict[int, str] | None = None


def get(path: str, shows: Any, status: int = 200) -> Case:
    return Case("GET", LIST + path, status, shows)


def put(order_id: int, body: Any, status: int, leaves: str, **quirks: bool) -> Case:
    return Case("PUT", f"{LIST}/{order_id}/status", status, body=body, quirks=quirks, leaves={order_id: leaves})


def answer(request_id: int, body: Any, order_id: int, leaves: str) -> Case:
    return Case("PUT", f"/request/{request_id}/status", 204, body=body, leaves={order_id: leaves})


TWO_STATUSES = "filters[status][0]=issued&filters[status][1]=pending"
TABLE = [
    # The order list. test_order_list.py has each filter.
    get("?limit=40&offset=0&filters[status]=issued&filters[organization_id]=117483", [101, 102]),
    get("?limit=40&offset=40&filters[status]=issued", []),
    get(f"?{TWO_STATUSES}&sort=-date_created", [103, 105, 101, 102]),
    get("?filters%5Bstatus%5D%5B0%5D=issued&filters%5Bstatus%5D%5B1%5D=pending", [101, 102, 103, 105]),
    get(f"?{TWO_STATUSES}&filters[valid_till][0]=>2026-06-15", [101, 105]),
    get("?status=pending&container_id=99", [101, 102, 103, 104, 105, 106]),
    get("/?limit=2", [101, 102]),
    get("?filters[search]=ann@example.org", [105]),
    get("?filters[search]=mail.example.net", []),
    # Order details
    get("/105", {"id": 105, "user.first_name": "Ann"}),
    get("/103", {"organization": []}),
    get("/00112233445566778899AABBCCDDEEFF00112233", {"id": 105}),
    get("/00112233445566778899aabbccddeeff00112233", {"id": 105}),
    get("/0A1B2C3D4E5F60718293A4B5C6D7E8F9", {"id": 105}),
    get("/FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", {"errors.0.code": "not_found|order"}, 404),
    # Changes of the status
    put(103, CANCELED, 400, "pending"),
    put(103, CANCELED, 204, "canceled", upper_case_canceled=True),
    put(103, {**CANCELED, "status": "canceled"}, 204, "canceled"),
    put(104, {"status": "canceled"}, 400, "reissue_pending"),
    put(104, {"status": "canceled"}, 204, "issued", reissue_cancel_needs_note=False),
    put(103, {"status": "canceled"}, 400, "pending"),
    put(102, {"status": "renewed"}, 204, "expired"),
    # Related endpoints. It is 2026-06-15T12:00:00Z, and the dates of status-changes are in MDT.
    get("/status-changes?minutes=60", [104]),
    get("/status-changes?minutes=59&seconds=59", {}),
    get("/status-changes?minutes=10080", [104, 106]),
    get("/status-changes?minutes=10081", {"errors.0.code": "time_frame_too_long"}, 400),
    get("/status-changes?filters[status_last_updated]=2026-06-12...2026-06-12", [106]),
    get("/status-changes?filters[status_last_updated]=26-06-15+05:00:00...26-06-15+05:00:00", [104]),
    get("/status-changes?filters[status_last_updated]=2026-06-13...2026-06-14", {}),
    get("/101/note", {"notes": []}),
    Case("POST", f"{LIST}/101/note", 201, {"id": 1, "text": "hello"}, {"text": "hello"}),
    get("/104/reissue", {"certificates.0.id": 9}),
    get("/999/reissue", {"errors.0.code": "not_found|order"}, 404),
    answer(1060, {"status": "approved", "processor_comment": "fine"}, 106, "pending"),
    answer(1041, {"status": "rejected"}, 104, "issued"),
]


def at(value: Any, path: str) -> Any:
    """Return the value at a path."""
    for name in path.split("."):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


@pytest.mark.parametrize("accepts", ["identity", "gzip, deflate"])
@pytest.mark.parametrize("case", TABLE, ids=[f"{case.method} {case.path} {case.status}" for case in TABLE])
def test_foreign_request_is_answered_as_documented(case: Case, accepts: str) -> None:
    web = Web(*ORDERS, **(case.quirks or {}))
    response = web.send(case.method, case.path, case.body, {"Accept-Encoding": accepts})
    value = value_of(response)
    assert response.status_code == case.status, value
    assert response.headers.get("Content-Encoding") == ("gzip" if response.data and "gzip" in accepts else None)
    if isinstance(case.shows, list):
        rows = value.get("orders", [])
        assert [row.get("id", row.get("order_id")) for row in rows] == case.shows
    elif case.shows is not None:
        assert {path: at(value, path) for path in case.shows} == case.shows
        assert value == {} or case.shows, "without a change, the response is {}"
    leaves = case.leaves or {}
    assert {order_id: web.account.orders[order_id]["status"] for order_id in leaves} == leaves
    assert web.state.errors == []
