# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator's responses have exactly the fields of the contract, in the right forms."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.unit.simulator import contract
from ansible_collections.certops.certcentral.tests.unit.simulator.support import CANCEL, NOTE, Web, value_of

# Whether an order with the status approved has a certificate is not known.
STATUSES = [status for status in facts.STATUSES if status != "approved"]
ORDERS: list[dict[str, Any]] = [
    *({"id": number, "status": status, "migrated": True} for number, status in enumerate(STATUSES, 100)),
    {"id": 1, "status": "needs_approval"},
    {"id": 2, "status": "pending"},
    {"id": 6, "status": "issued"},
    {"id": 20, "organization": [], "is_multi_year_plan": "1", "order_valid_in_days": 900, "valid_in_days": 60},
    {"id": 21, "is_renewed": True, "renewed_order_id": 20, "migrated": True, "valid_in_days": 5},
    {"id": 22, "is_renewal": True, "renewal_of_order_id": 21, "renewed_order_id": 0, "duplicates_count": 3},
    {"id": 23, "custom_fields": [{"metadata_id": 11, "value": "x"}], "renewed_order_id": None, "reissues_count": 2},
    {"id": 24, "status": "reissue_pending"},
    {"id": 25, "status": "pending"},
    {"id": 2**40, "certificate": {"common_name": "a.example.com", "dns_names": []}},
]
QUIRKS: list[dict[str, Any]] = [
    {},
    {"order_info_has_is_renewed": True, "rows_have_is_renewed": False},
    {"rows_have_valid_from": True, "rows_have_order_valid_till": True, "requests_are_ids": True},
    {"renewed_as_status": True, "flag_form": "int"},
    {"orders_key_null": True, "flag_form": "string", "page_limit_zero": True, "read_lag": 1, "list_lag_seconds": 5.0},
]


def lived_in(quirks: Mapping[str, Any]) -> Web:
    """Return an account in which orders have changed."""
    web = Web(*ORDERS, **quirks)
    for number in (24, 25):
        assert web.send("PUT", f"/order/certificate/{number}/status", CANCEL).status_code == 204
    assert web.send("PUT", "/request/10/status", {"status": "rejected", "processor_comment": NOTE}).status_code == 204
    assert web.send("POST", "/order/certificate/6/note", {"text": "hello"}).status_code == 201
    web.account.edit(2, status="issued")
    web.account.edit(6, status="reissue_pending")
    web.account.add([{"id": 30, "status": "pending"}])
    return web


def responses(web: Web) -> Iterator[tuple[str, Any]]:
    """Send every kind of request, and return each object in the responses with the name of its table."""
    for unused in range(2):
        order_list = web.get("/order/certificate")
        yield "order list", order_list
        for row in order_list["orders"]:
            yield "row", row
            info = web.send("GET", f"/order/certificate/{row['id']}")
            yield ("info" if info.status_code == 200 else "errors"), value_of(info)
            yield "notes", web.get(f"/order/certificate/{row['id']}/note")
        web.clock.seconds += 10
    yield "note", value_of(web.send("POST", "/order/certificate/1/note", {"text": "hello"}))
    yield "status changes", web.get("/order/certificate/status-changes?minutes=10")
    yield "status changes", web.get("/order/certificate/status-changes?seconds=0")
    yield "reissues", web.get("/order/certificate/1/reissue")
    yield "errors", value_of(web.send("GET", "/order/certificate/99"))
    yield "errors", value_of(web.send("PUT", "/order/certificate/6/status", {"status": "gone"}))
    yield "errors", value_of(web.send("GET", "/nowhere"))


def broken(name: str, value: Any, quirks: Mapping[str, Any]) -> list[str]:
    # Rows have a table of their own. The fields of an entry of certificates are not known.
    opaque = {"order list": ("orders",), "reissues": ("certificates",)}.get(name, ())
    if name == "order list" and value.get("orders") is None:
        value = {key: held for key, held in value.items() if key != "orders"}
    return contract.violations(value, contract.TABLES[name], quirks, opaque)


@functools.cache
def sent(number: int) -> tuple[Web, list[tuple[str, Any]]]:
    """Return an account with one of QUIRKS, and all that it sends."""
    web = lived_in(QUIRKS[number])
    return web, list(responses(web))


@pytest.mark.parametrize("number", range(len(QUIRKS)))
def test_responses_keep_the_contract(number: int) -> None:
    web, values = sent(number)
    quirks = web.state.quirks.as_dict()
    found = {f"{name} {value.get('id', '')}: {line}" for name, value in values for line in broken(name, value, quirks)}
    assert found == set()
    assert web.state.errors == []


def test_every_field_of_the_contract_is_sent() -> None:
    """A field that the simulator never sends could be lost without any test failing."""
    seen = {
        (name, path)
        for number in range(len(QUIRKS))
        for name, value in sent(number)[1]
        for path, unused in contract.walk(value)
    }
    listed = {(name, path) for name, table in contract.TABLES.items() for path in table}
    assert listed - seen == set()


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"colour": "red"}, "colour is not in the contract"),
        ({"is_renewed": ...}, "is_renewed is missing"),
        ({"id": "1"}, "id is not of the form id: '1'"),
        ({"organization": {"id": 5}}, "organization.name is missing"),
        ({"certificate": {"id": 5, "valid_from": "2026-01-01"}}, "certificate.valid_from must be absent"),
    ],
)
def test_violation_is_found(changed: dict[str, Any], line: str) -> None:
    web = Web({"id": 1})
    row = next(value for name, value in responses(web) if name == "row")
    value = {name: held for name, held in {**row, **changed}.items() if held is not ...}
    assert line in broken("row", value, web.state.quirks.as_dict())
    assert broken("row", row, web.state.quirks.as_dict()) == []
