# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract: the simulator's responses have exactly the fields that docs/api.md lists, in the right forms.

A line of a table has a form, a condition, and the paths of the fields to which these apply. A path leads through objects with dots
and into lists with ``[]``. The condition applies if the object around the field is there: "always"; "maybe"; "issued" for orders
that have (had) a certificate, and for no others; the name of a quirk that adds the field; or "not" and the name of a quirk that
removes it. Conditions that are separated by commas must all be met.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.unit.simulator.support import Web


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


FORMS: dict[str, Callable[[Any], bool]] = {
    "id": lambda value: _is_int(value) and value > 0,
    "id or none": lambda value: value is None or (_is_int(value) and value >= 0),
    "int": _is_int,
    "text": lambda value: isinstance(value, str) and value != "",
    "any text": lambda value: isinstance(value, str),
    "hex": _matches(r"[0-9A-F]{16,64}"),
    "date": _matches(r"\d{4}-\d\d-\d\d"),
    "moment": _matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"),
    "bool": lambda value: isinstance(value, bool),
    "count": lambda value: _is_int(value) or (isinstance(value, str) and value.isdecimal()),
    "flag": lambda value: isinstance(value, bool) or value in (0, 1, "0", "1"),
    "one": lambda value: value == "1",
    "object": lambda value: isinstance(value, dict),
    "object or []": lambda value: isinstance(value, dict) or value == [],
    "list": lambda value: isinstance(value, list),
    "list or none": lambda value: value is None or isinstance(value, list),
    "texts": lambda value: isinstance(value, list) and all(isinstance(entry, str) for entry in value),
}
Table = dict[str, tuple[str, str]]


def _table(text: str, prefix: str = "") -> Table:
    lines = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    return {prefix + path: (form, when) for form, when, paths in lines for path in paths.split()}


ORDER_LIST = _table("""
    list or none | maybe  | orders
    object       | always | page
    int          | always | page.total page.limit page.offset
""")
ORDER_LIST |= _table(
    """
    id           | always               | id certificate.id organization.id container.id
    text         | always               | status certificate.common_name certificate.signature_hash organization.name container.name
    text         | always               | product.name_id product.name product.type product_name_id
    bool         | rows_have_is_renewed | is_renewed
    moment       | always               | date_created
    object       | always               | certificate container product order_validity cert_validity
    texts        | always               | certificate.dns_names
    date         | issued, rows_have_valid_from | certificate.valid_from
    date         | issued               | certificate.valid_till
    int          | issued               | certificate.days_remaining
    hex          | issued               | certificate.serial_number
    object or [] | always               | organization
    bool         | always               | container.is_active
    int          | always               | price order_validity.years cert_validity.years number_of_sans
    count        | always               | duplicates_count reissues_count
    flag         | always               | has_duplicates has_reissues
    one          | maybe                | is_multi_year_plan
    """,
    "orders[].",
)
INFO = _table("""
    id           | always                    | id organization.id container.id user.id requests[].id custom_fields[].metadata_id
    text         | always                    | status certificate.common_name organization.name organization.city
    text         | always                    | organization.state organization.country container.name product.name_id product.name
    text         | always                    | product.type product.validation_type product.validation_name
    text         | always                    | product.validation_description user.first_name user.last_name user.email
    bool         | order_info_has_is_renewed | is_renewed
    id or none   | maybe                     | renewed_order_id renewal_of_order_id
    bool         | maybe                     | is_renewal
    moment       | always                    | date_created certificate.date_created
    date         | issued                    | order_valid_till certificate.valid_till certificate.valid_from
    one          | maybe                     | is_multi_year_plan
    int          | always                    | auto_renew auto_reissue
    bool         | always                    | has_pending_request organization.is_active container.is_active
    object       | always                    | certificate container product user certificate.server_platform
    id           | issued                    | certificate.id
    texts        | always                    | certificate.dns_names
    hex          | issued                    | certificate.serial_number certificate.thumbprint
    int          | issued                    | certificate.days_remaining
    text         | issued                    | certificate.status
    text         | always                    | certificate.csr certificate.server_platform.name
    id           | always                    | certificate.server_platform.id certificate.organization.id
    object       | maybe                     | certificate.organization
    object or [] | always                    | organization
    list         | always                    | requests notes custom_fields
    moment       | not requests_are_ids      | requests[].date
    text         | not requests_are_ids      | requests[].type requests[].status
    any text     | not requests_are_ids      | requests[].comments
    any text     | maybe                     | requests[].processor_comment
    any text     | always                    | custom_fields[].value
""")
STATUS_CHANGES = _table("""
    list         | maybe     | orders
    id           | always    | orders[].order_id orders[].certificate_id
    text         | always    | orders[].status
""")
ERRORS = _table("""
    list         | always    | errors
    text         | always    | errors[].code errors[].message
""")
# Whether an order with the status approved has a certificate is not known.
STATUSES = [status for status in facts.STATUSES if status != "approved"]
ORDERS: list[dict[str, Any]] = [
    *({"id": number, "status": status, "migrated": True} for number, status in enumerate(STATUSES, 100)),
    {"id": 2, "status": "pending"},
    {"id": 20, "organization": [], "is_multi_year_plan": "1", "order_valid_in_days": 900, "valid_in_days": 60},
    {"id": 21, "is_renewed": True, "renewed_order_id": 20, "migrated": True, "valid_in_days": 5},
    {"id": 22, "is_renewal": True, "renewal_of_order_id": 21, "renewed_order_id": 0, "duplicates_count": 3},
    {"id": 23, "custom_fields": [{"metadata_id": 11, "value": "x"}], "renewed_order_id": None, "reissues_count": 2},
    {"id": 24, "status": "reissue_pending"},
    {"id": 2**40, "certificate": {"common_name": "a.example.com", "dns_names": []}},
]
QUIRKS: list[dict[str, Any]] = [
    {},
    {"order_info_has_is_renewed": True, "rows_have_is_renewed": False},
    {"rows_have_valid_from": True, "requests_are_ids": True, "renewed_as_status": True, "flag_form": "int"},
    {"orders_key_null": True, "flag_form": "string", "page_limit_zero": True, "read_lag": 1, "list_lag_seconds": 5.0},
]


def responses(web: Web) -> Iterator[tuple[Table, Any]]:
    """Yield the response to each kind of request, with its table, in an account in which orders have changed."""
    assert web.change(order_id=24).status_code == 204
    web.account.edit(2, status="issued")
    web.account.add([{"id": 30, "status": "pending"}])
    for unused in range(2):
        for row in web.account.list_orders([])["orders"]:
            info = web.get(f"/order/certificate/{row['id']}")
            yield (ERRORS if "errors" in info else INFO), info
        for query in ("", "?filters[id]=99"):
            yield ORDER_LIST, web.get(f"/order/certificate{query}")
        web.clock.seconds += 10
    for seconds in (600, 0):
        yield STATUS_CHANGES, web.get(f"/order/certificate/status-changes?seconds={seconds}")
    for path in ("/order/certificate/99", "/order/certificate?sort=colour", "/nowhere"):
        yield ERRORS, web.get(path)


def must_be_there(when: str, conditions: Mapping[str, Any]) -> bool | None:
    """Return whether a field has to be in a response, or None if it may be there."""
    found: bool | None = True
    for word in when.split(", "):
        name = word.removeprefix("not ")
        holds = None if word == "maybe" else bool(conditions[name]) == (word == name)
        if holds is False:
            return False
        found = found and holds
    return found


def violations(
    value: Mapping[str, Any], table: Table, conditions: Mapping[str, Any], parent: str = ""
) -> Iterator[str]:
    """Yield the violations of the contract in an object, and in all objects below it."""
    if parent in ("", "orders[]"):
        conditions = {**conditions, "always": True, "issued": value.get("status") in facts.STATUSES_ISSUED}
    for path, (unused, when) in table.items():
        outer, dummy, name = path.rpartition(".")
        if outer == parent and name not in value and must_be_there(when, conditions):
            yield f"{path} is missing"
    for path, held in fields_of(value, parent):
        form, when = table.get(path, ("", "always"))
        if not form:
            yield f"{path} is not in the contract"
        elif not FORMS[form](held):
            yield f"{path} is not of the form {form}: {held!r}"
        elif must_be_there(when, conditions) is False:
            yield f"{path} must be absent"
        for inner, entry in objects_in(path, held):
            yield from violations(entry, table, conditions, inner)


def fields_of(value: Mapping[str, Any], parent: str) -> list[tuple[str, Any]]:
    return [(f"{parent}.{name}".lstrip("."), held) for name, held in value.items()]


def objects_in(path: str, held: Any) -> list[tuple[str, dict[str, Any]]]:
    entries = [(f"{path}[]", entry) for entry in held] if isinstance(held, list) else [(path, held)]
    return [(inner, entry) for inner, entry in entries if isinstance(entry, dict)]


def paths(value: Mapping[str, Any], parent: str = "") -> set[str]:
    """Return the paths of all fields."""
    found = {path for path, unused in fields_of(value, parent)}
    inner = [paths(entry, at) for path, held in fields_of(value, parent) for at, entry in objects_in(path, held)]
    return found.union(*inner)


@functools.cache
def sent(number: int) -> tuple[Web, list[tuple[Table, Any]]]:
    """Return an account with one of QUIRKS, and all responses."""
    web = Web(*ORDERS, **QUIRKS[number])
    return web, list(responses(web))


@pytest.mark.parametrize("number", range(len(QUIRKS)))
def test_responses_keep_the_contract(number: int) -> None:
    web, values = sent(number)
    quirks = web.state.quirks.as_dict()
    assert {line for table, value in values for line in violations(value, table, quirks)} == set()
    assert web.state.errors == []


@pytest.mark.parametrize("table", [ORDER_LIST, INFO, STATUS_CHANGES, ERRORS])
def test_every_field_of_the_contract_is_sent(table: Table) -> None:
    """A field that the simulator never sends could be lost without any test failing."""
    values = [value for number in range(len(QUIRKS)) for held, value in sent(number)[1] if held is table]
    assert table.keys() - set().union(*map(paths, values)) == set()


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
    order_list = web.get("/order/certificate")
    quirks = web.state.quirks.as_dict()
    assert list(violations(order_list, ORDER_LIST, quirks)) == []
    row = {name: held for name, held in {**order_list["orders"][0], **changed}.items() if held is not ...}
    assert f"orders[].{line}" in list(violations({**order_list, "orders": [row]}, ORDER_LIST, quirks))
