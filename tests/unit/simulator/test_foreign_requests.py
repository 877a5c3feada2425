# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests that released clients of other projects send (docs/api.md, section 9), and the responses to them."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from ansible_collections.certops.certcentral.tests.unit.simulator import contract
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
PUT_104 = f"{LIST}/104/status"
CANCELED = {"status": "CANCELED", "note": "unused", "send_emails": False}
# It is 2026-06-15T12:00:00Z. The dates of status-changes are in MDT.
CHANGES = f"{LIST}/status-changes"


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


TABLE = [
    # The order list
    Case("GET", f"{LIST}?limit=40&offset=0&filters[status]=issued&filters[organization_id]=117483", shows=[101, 102]),
    Case("GET", f"{LIST}?limit=40&offset=0&filters[status]=issued&filters[organization_id]=7", shows=[105]),
    Case("GET", f"{LIST}?limit=40&offset=40&filters[status]=issued", shows=[]),
    Case(
        "GET",
        f"{LIST}?filters[status][0]=issued&filters[status][1]=pending&sort=-date_created",
        shows=[103, 105, 101, 102],
    ),
    Case(
        "GET",
        f"{LIST}?filters%5Bstatus%5D%5B0%5D=issued&filters%5Bstatus%5D%5B1%5D=pending",
        shows=[101, 102, 103, 105],
    ),
    Case(
        "GET",
        f"{LIST}?filters[status][0]=issued&filters[status][1]=pending&filters[valid_till][0]=>2026-06-15",
        shows=[101, 105],
    ),
    Case("GET", f"{LIST}?status=pending&container_id=99", shows=[101, 102, 103, 104, 105, 106]),
    Case("GET", f"{LIST}?filters[valid_till]=2026-06-01...2026-07-31", shows=[101, 102]),
    Case("GET", f"{LIST}?filters[valid_till]=<2026-06-15", shows=[102]),
    Case("GET", f"{LIST}?sort=order_id", shows=[101, 102, 103, 104, 105, 106]),
    Case("GET", f"{LIST}?sort=-order_id&limit=2", shows=[106, 105]),
    Case("GET", f"{LIST}/?limit=2", shows=[101, 102]),
    Case("GET", f"{LIST}?filters[search]=ann@example.org", shows=[105]),
    Case("GET", f"{LIST}?filters[search]=example.net", shows=[105]),
    Case("GET", f"{LIST}?filters[search]=mail.example.net", shows=[]),
    Case("GET", f"{LIST}?filters[id]=999", shows=[]),
    # Order info
    Case("GET", f"{LIST}/105", shows={"id": 105, "user.first_name": "Ann"}),
    Case("GET", f"{LIST}/103", shows={"organization": []}),
    Case("GET", f"{LIST}/00112233445566778899AABBCCDDEEFF00112233", shows={"id": 105}),
    Case("GET", f"{LIST}/00112233445566778899aabbccddeeff00112233", shows={"id": 105}),
    Case("GET", f"{LIST}/0A1B2C3D4E5F60718293A4B5C6D7E8F9", shows={"id": 105}),
    Case("GET", f"{LIST}/FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", status=404, shows={"errors.0.code": "not_found|order"}),
    # Changes of the status
    Case("PUT", f"{LIST}/103/status", status=400, body=CANCELED, leaves={103: "pending"}),
    Case(
        "PUT",
        f"{LIST}/103/status",
        status=204,
        body=CANCELED,
        quirks={"upper_case_canceled": True},
        leaves={103: "canceled"},
    ),
    Case("PUT", f"{LIST}/103/status", status=204, body={**CANCELED, "status": "canceled"}, leaves={103: "canceled"}),
    Case("PUT", PUT_104, status=400, body={"status": "canceled"}, leaves={104: "reissue_pending"}),
    Case(
        "PUT",
        PUT_104,
        status=204,
        body={"status": "canceled"},
        quirks={"reissue_cancel_needs_note": False},
        leaves={104: "issued"},
    ),
    Case("PUT", f"{LIST}/103/status", status=400, body={"status": "canceled"}, leaves={103: "pending"}),
    Case("PUT", f"{LIST}/102/status", status=204, body={"status": "renewed"}, leaves={102: "expired"}),
    # Related endpoints
    Case("GET", f"{CHANGES}?minutes=60", shows=[104]),
    Case("GET", f"{CHANGES}?minutes=59&seconds=59", shows={}),
    Case("GET", f"{CHANGES}?minutes=10080", shows=[104, 106]),
    Case("GET", f"{CHANGES}?minutes=10081", status=400, shows={"errors.0.code": "time_frame_too_long"}),
    Case("GET", f"{CHANGES}?filters[status_last_updated]=2026-06-12...2026-06-12", shows=[106]),
    Case("GET", f"{CHANGES}?filters[status_last_updated]=26-06-15+05:00:00...26-06-15+05:00:00", shows=[104]),
    Case("GET", f"{CHANGES}?filters[status_last_updated]=2026-06-13...2026-06-14", shows={}),
    Case("GET", f"{LIST}/101/note", shows={"notes": []}),
    Case("POST", f"{LIST}/101/note", status=201, body={"text": "hello"}, shows={"id": 1, "text": "hello"}),
    Case("GET", f"{LIST}/104/reissue", shows={"certificates.0.id": 9}),
    Case("GET", f"{LIST}/999/reissue", status=404, shows={"errors.0.code": "not_found|order"}),
    Case(
        "PUT",
        "/request/1060/status",
        status=204,
        body={"status": "approved", "processor_comment": "fine"},
        leaves={106: "pending"},
    ),
    Case("PUT", "/request/1041/status", status=204, body={"status": "rejected"}, leaves={104: "issued"}),
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
        name = "status changes" if case.path.startswith(CHANGES) else "order list"
        assert (
            contract.violations(value, contract.TABLES[name], {}, () if name == "status changes" else ("orders",)) == []
        )
        if name == "order list":
            quirks = web.state.quirks.as_dict()
            assert [contract.violations(row, contract.ROW, quirks) for row in rows] == [[] for unused in rows]
    elif case.shows is not None:
        assert {path: at(value, path) for path in case.shows} == case.shows
        assert value == {} or case.shows, "without a change, the response is {}"
    leaves = case.leaves or {}
    assert {order_id: web.account.orders[order_id]["status"] for order_id in leaves} == leaves
    assert web.state.errors == []
