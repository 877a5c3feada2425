# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract: the fields of the API's responses, with their forms and grades (docs/api.md), and a check for violations.

A line of a table has a path, a form, a condition and a grade. A path leads through objects with dots and into lists with
``[]``. The condition applies if the object around the field is there: "always"; "sometimes"; "issued" for orders that have (had)
a certificate, and for no others; the name of a quirk that adds the field; or "not" and the name of a quirk that removes it.
Conditions that are separated by commas must all be met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.certops.certcentral.tests import facts


class Field(NamedTuple):
    """A line of a table."""

    path: str
    form: str
    when: str
    grade: str


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
    "objects": lambda value: isinstance(value, list) and all(isinstance(entry, dict) for entry in value),
    "texts": lambda value: isinstance(value, list) and all(isinstance(entry, str) for entry in value),
}


def _table(text: str) -> dict[str, Field]:
    rows = [Field(*(cell.strip() for cell in line.split("|"))) for line in text.strip().splitlines()]
    return {row.path: row for row in rows}


ROW = _table("""
    id                           | id           | always    | DOC
    status                       | text         | always    | DOC
    is_renewed                   | bool         | rows_have_is_renewed | OBS
    date_created                 | moment       | always    | OBS
    order_valid_till             | date         | sometimes, rows_have_order_valid_till | OBS
    certificate                  | object       | always    | OBS
    certificate.id               | id           | always    | OBS
    certificate.common_name      | text         | always    | OBS
    certificate.dns_names        | texts        | always    | OBS
    certificate.signature_hash   | text         | always    | OBS
    certificate.valid_from       | date         | issued, rows_have_valid_from | OBS
    certificate.valid_till       | date         | issued    | OBS
    certificate.days_remaining   | int          | issued    | OBS
    certificate.serial_number    | hex          | issued    | OBS
    organization                 | object or [] | always    | OBS
    organization.id              | id           | always    | OBS
    organization.name            | text         | always    | OBS
    container                    | object       | always    | OBS
    container.id                 | id           | always    | OBS
    container.name               | text         | always    | OBS
    container.is_active          | bool         | always    | OBS
    product                      | object       | always    | OBS
    product.name_id              | text         | always    | OBS
    product.name                 | text         | always    | OBS
    product.type                 | text         | always    | OBS
    product_name_id              | text         | always    | OBS
    price                        | int          | always    | OBS
    duplicates_count             | count        | always    | OBS
    reissues_count               | count        | always    | OBS
    has_duplicates               | flag         | always    | OBS
    has_reissues                 | flag         | always    | OBS
    is_multi_year_plan           | one          | sometimes | OBS
    order_validity               | object       | always    | OBS
    order_validity.years         | int          | always    | OBS
    cert_validity                | object       | always    | OBS
    cert_validity.years          | int          | always    | OBS
    number_of_sans               | int          | always    | OBS
""")

INFO = _table("""
    id                           | id           | always    | DOC
    status                       | text         | always    | DOC
    is_renewed                   | bool         | order_info_has_is_renewed | OBS
    renewed_order_id             | id or none   | sometimes | OBS
    is_renewal                   | bool         | sometimes | OBS
    renewal_of_order_id          | id or none   | sometimes | OBS
    date_created                 | moment       | always    | DOC
    order_valid_till             | date         | issued    | DOC
    is_multi_year_plan           | one          | sometimes | OBS
    auto_renew                   | int          | always    | OBS
    auto_reissue                 | int          | always    | OBS
    has_pending_request          | bool         | always    | OBS
    certificate                  | object       | always    | DOC
    certificate.id               | id           | issued    | DOC
    certificate.common_name      | text         | always    | DOC
    certificate.dns_names        | texts        | always    | DOC
    certificate.serial_number    | hex          | issued    | DOC
    certificate.thumbprint       | hex          | issued    | DOC
    certificate.valid_from       | date         | issued    | OBS
    certificate.valid_till       | date         | issued    | DOC
    certificate.days_remaining   | int          | issued    | DOC
    certificate.status           | text         | issued    | OBS
    certificate.csr              | text         | always    | OBS
    certificate.date_created     | moment       | always    | OBS
    certificate.server_platform  | object       | always    | OBS
    certificate.server_platform.id | id         | always    | OBS
    certificate.server_platform.name | text     | always    | OBS
    certificate.organization     | object       | sometimes | OBS
    certificate.organization.id  | id           | always    | OBS
    organization                 | object or [] | always    | DOC
    organization.id              | id           | always    | DOC
    organization.name            | text         | always    | DOC
    organization.is_active       | bool         | always    | DOC
    organization.city            | text         | always    | DOC
    organization.state           | text         | always    | DOC
    organization.country         | text         | always    | DOC
    container                    | object       | always    | DOC
    container.id                 | id           | always    | DOC
    container.name               | text         | always    | DOC
    container.is_active          | bool         | always    | DOC
    product                      | object       | always    | DOC
    product.name_id              | text         | always    | DOC
    product.name                 | text         | always    | DOC
    product.type                 | text         | always    | DOC
    product.validation_type      | text         | always    | DOC
    product.validation_name      | text         | always    | DOC
    product.validation_description | text       | always    | DOC
    user                         | object       | always    | DOC
    user.id                      | id           | always    | DOC
    user.first_name              | text         | always    | DOC
    user.last_name               | text         | always    | DOC
    user.email                   | text         | always    | DOC
    requests                     | objects      | always    | DOC
    requests[].id                | id           | always    | DOC
    requests[].date              | moment       | not requests_are_ids | DOC
    requests[].type              | text         | not requests_are_ids | DOC
    requests[].status            | text         | not requests_are_ids | DOC
    requests[].comments          | any text     | not requests_are_ids | DOC
    requests[].processor_comment | any text     | sometimes | DOC
    notes                        | objects      | always    | DOC
    notes[].id                   | id           | always    | DOC
    notes[].date_created         | moment       | always    | DOC
    notes[].text                 | text         | always    | DOC
    notes[].user                 | object       | always    | DOC
    notes[].user.id              | id           | always    | DOC
    notes[].user.first_name      | text         | always    | DOC
    notes[].user.last_name       | text         | always    | DOC
    notes[].user.email           | text         | always    | DOC
    custom_fields                | objects      | always    | DOC
    custom_fields[].metadata_id  | id           | always    | DOC
    custom_fields[].value        | any text     | always    | DOC
""")

ORDER_LIST = _table("""
    orders                       | objects      | sometimes | REC
    page                         | object       | always    | REC
    page.total                   | int          | always    | REC
    page.limit                   | int          | always    | REC
    page.offset                  | int          | always    | REC
""")

STATUS_CHANGES = _table("""
    orders                       | objects      | sometimes | DOC
    orders[].order_id            | id           | always    | DOC
    orders[].certificate_id      | id           | always    | DOC
    orders[].status              | text         | always    | DOC
""")

NOTE = {path[8:]: field._replace(path=path[8:]) for path, field in INFO.items() if path.startswith("notes[].")}
NOTES = {path: field for path, field in INFO.items() if path.startswith("notes")}

REISSUES = _table("""
    certificates                 | objects      | always    | OBS
""")

ERRORS = _table("""
    errors                       | objects      | always    | DOC
    errors[].code                | text         | always    | DOC
    errors[].message             | text         | always    | DOC
""")

TABLES = {
    "row": ROW,
    "info": INFO,
    "order list": ORDER_LIST,
    "status changes": STATUS_CHANGES,
    "note": NOTE,
    "notes": NOTES,
    "reissues": REISSUES,
    "errors": ERRORS,
}


def walk(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Return every path in an object with its value, as often as it occurs."""
    for name, held in value.items():
        path = prefix + name
        yield path, held
        if isinstance(held, dict):
            yield from walk(held, f"{path}.")
        elif isinstance(held, list):
            for entry in held:
                if isinstance(entry, dict):
                    yield from walk(entry, f"{path}[].")


def _objects(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return the object and every object in it, each with the prefix of its fields' paths."""
    yield prefix, value
    for name, held in value.items():
        if isinstance(held, dict):
            yield from _objects(held, f"{prefix}{name}.")
        elif isinstance(held, list):
            for entry in held:
                if isinstance(entry, dict):
                    yield from _objects(entry, f"{prefix}{name}[].")


def must_be_there(field: Field, is_issued: bool, quirks: Mapping[str, Any]) -> bool | None:
    """Return whether a field has to be in a response about an order, or None if it may be there."""
    known = {"always": True, "issued": is_issued, "sometimes": None}
    found: bool | None = True
    for word in field.when.split(", "):
        name = word.removeprefix("not ")
        holds = known[word] if word in known else bool(quirks[name]) == (word == name)
        if holds is False:
            return False
        if holds is None:
            found = None
    return found


def violations(
    value: Mapping[str, Any], table: Mapping[str, Field], quirks: Mapping[str, Any], opaque: tuple[str, ...] = ()
) -> list[str]:
    """Return the violations of the contract in a value.

    :param opaque: lists whose entries are not checked, because they have a table of their own or none
    """
    is_issued = value.get("status") in facts.STATUSES_ISSUED
    shown = {name: [] if name in opaque and isinstance(held, list) else held for name, held in value.items()}
    found = []
    for path, held in walk(shown):
        field = table.get(path)
        if field is None:
            found.append(f"{path} is not in the contract")
        elif not FORMS[field.form](held):
            found.append(f"{path} is not of the form {field.form}: {held!r}")
        elif must_be_there(field, is_issued, quirks) is False:
            found.append(f"{path} must be absent")
    for prefix, parent in _objects(shown):
        for field in table.values():
            name = field.path[len(prefix) :]
            is_own = field.path.startswith(prefix) and not {".", "["} & set(name)
            if is_own and name not in parent and must_be_there(field, is_issued, quirks):
                found.append(f"{field.path} is missing")
    return found
