# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract: the fields of the API's responses, with their forms and grades (docs/api.md), and a check for violations.

A line of a table has a grade, a form, a condition, and the paths of the fields to which these apply. A path leads through
objects with dots and into lists with ``[]``. The condition applies if the object around the field is there: "always";
"sometimes"; "issued" for orders that have (had) a certificate, and for no others; the name of a quirk that adds the field; or
"not" and the name of a quirk that removes it. Conditions that are separated by commas must all be met.
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
    lines = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    return {path: Field(path, form, when, grade) for grade, form, when, paths in lines for path in paths.split()}


ROW = _table("""
    DOC | id           | always               | id
    DOC | text         | always               | status
    OBS | bool         | rows_have_is_renewed | is_renewed
    OBS | moment       | always               | date_created
    OBS | date         | sometimes, rows_have_order_valid_till | order_valid_till
    OBS | object       | always               | certificate container product order_validity cert_validity
    OBS | id           | always               | certificate.id organization.id container.id
    OBS | text         | always               | certificate.common_name certificate.signature_hash organization.name container.name
    OBS | text         | always               | product.name_id product.name product.type product_name_id
    OBS | texts        | always               | certificate.dns_names
    OBS | date         | issued, rows_have_valid_from | certificate.valid_from
    OBS | date         | issued               | certificate.valid_till
    OBS | int          | issued               | certificate.days_remaining
    OBS | hex          | issued               | certificate.serial_number
    OBS | object or [] | always               | organization
    OBS | bool         | always               | container.is_active
    OBS | int          | always               | price order_validity.years cert_validity.years number_of_sans
    OBS | count        | always               | duplicates_count reissues_count
    OBS | flag         | always               | has_duplicates has_reissues
    OBS | one          | sometimes            | is_multi_year_plan
""")

INFO = _table("""
    DOC | id           | always                    | id organization.id container.id user.id requests[].id notes[].id notes[].user.id
    DOC | id           | always                    | custom_fields[].metadata_id
    DOC | text         | always                    | status certificate.common_name organization.name organization.city
    DOC | text         | always                    | organization.state organization.country container.name product.name_id product.name
    DOC | text         | always                    | product.type product.validation_type product.validation_name
    DOC | text         | always                    | product.validation_description user.first_name user.last_name user.email
    DOC | text         | always                    | notes[].text notes[].user.first_name notes[].user.last_name notes[].user.email
    OBS | bool         | order_info_has_is_renewed | is_renewed
    OBS | id or none   | sometimes                 | renewed_order_id renewal_of_order_id
    OBS | bool         | sometimes                 | is_renewal
    DOC | moment       | always                    | date_created notes[].date_created
    DOC | date         | issued                    | order_valid_till certificate.valid_till
    OBS | one          | sometimes                 | is_multi_year_plan
    OBS | int          | always                    | auto_renew auto_reissue
    OBS | bool         | always                    | has_pending_request
    DOC | object       | always                    | certificate container product user notes[].user
    DOC | id           | issued                    | certificate.id
    DOC | texts        | always                    | certificate.dns_names
    DOC | hex          | issued                    | certificate.serial_number certificate.thumbprint
    OBS | date         | issued                    | certificate.valid_from
    DOC | int          | issued                    | certificate.days_remaining
    OBS | text         | issued                    | certificate.status
    OBS | text         | always                    | certificate.csr certificate.server_platform.name
    OBS | moment       | always                    | certificate.date_created
    OBS | object       | always                    | certificate.server_platform
    OBS | id           | always                    | certificate.server_platform.id certificate.organization.id
    OBS | object       | sometimes                 | certificate.organization
    DOC | object or [] | always                    | organization
    DOC | bool         | always                    | organization.is_active container.is_active
    DOC | objects      | always                    | requests notes custom_fields
    DOC | moment       | not requests_are_ids      | requests[].date
    DOC | text         | not requests_are_ids      | requests[].type requests[].status
    DOC | any text     | not requests_are_ids      | requests[].comments
    DOC | any text     | sometimes                 | requests[].processor_comment
    DOC | any text     | always                    | custom_fields[].value
""")

ORDER_LIST = _table("""
    REC | objects      | sometimes | orders
    REC | object       | always    | page
    REC | int          | always    | page.total page.limit page.offset
""")

STATUS_CHANGES = _table("""
    DOC | objects      | sometimes | orders
    DOC | id           | always    | orders[].order_id orders[].certificate_id
    DOC | text         | always    | orders[].status
""")

NOTE = {path[8:]: field._replace(path=path[8:]) for path, field in INFO.items() if path.startswith("notes[].")}
NOTES = {path: field for path, field in INFO.items() if path.startswith("notes")}

REISSUES = _table("""
    OBS | objects      | always | certificates
""")

ERRORS = _table("""
    DOC | objects      | always | errors
    DOC | text         | always | errors[].code errors[].message
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
