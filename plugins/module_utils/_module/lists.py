# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that are lists or mappings, and others of modules for many orders. Modules for one order do not import this file."""

from __future__ import annotations

import contextlib
import typing as t

from ansible.module_utils.common.validation import check_type_dict

from .faults import join_faults
from .options import (
    LEAVE_OUT,
    REFUSED,
    Clean,
    Option,
    Options,
    Typed,
    check_choice,
    clean_number,
    invalid,
    make_spec,
    number,
)

# Options of several modules for many orders.
MAX_CHANGES = number(0, null=REFUSED)
CONCURRENCY = number(1, 16, default=4)


def numbers(**spec: t.Any) -> Option:
    """Return an option that takes a list of IDs. They select orders, so null is refused."""

    def clean(name: str, value: t.Any) -> list[int]:
        return clean_list(name, value, lambda entry, one: clean_number(entry, one, 1))

    return Option({"type": "list", "elements": "int", **spec}, REFUSED, clean=clean)


def texts(*, is_dns_name: bool = False, **spec: t.Any) -> Option:
    """Return an option that takes a list of strings. They select orders, so null is refused.

    :param is_dns_name: whether the strings are DNS names, or shell patterns for DNS names
    """

    def clean_one(name: str, value: t.Any) -> str:
        # Ansible compiles each import anew for every task, and most lists are lists of IDs.
        from .._api.entries import clean_entry  # noqa: PLC0415
        from .name_patterns import check_name_pattern  # noqa: PLC0415

        entry = clean_entry(name, value, is_dns_name=is_dns_name)
        if is_dns_name:
            check_name_pattern(name, entry)
        check_choice(name, entry, spec)
        return entry

    def clean(name: str, value: t.Any) -> list[str]:
        return clean_list(name, value, lambda unused, one: clean_one(name, one))

    return Option({"type": "list", "elements": "str", **spec}, REFUSED, clean=clean)


def mapping() -> Option:
    """Return an option that takes a mapping. It selects orders, so null and an empty mapping are refused."""
    return Option({"type": "dict"}, REFUSED, clean=clean_mapping)


def entries(of: Options) -> Option:
    """Return an option that takes a list of mappings, each with the given options. They select orders, so null is refused."""
    spec = {"type": "list", "elements": "dict", "options": make_spec(of)}
    return Option(spec, REFUSED, clean=lambda name, value: clean_entries(name, value, of), entry=of)


# Values of these kinds


def clean_entries(name: str, values: t.Any, options: Options) -> list[dict[str, t.Any]]:
    """Return the cleaned entries of a list of mappings.

    :raises CertCentralError: ``invalid_option`` with the faults of all entries, each with its order or its position
    """
    fields = ", ".join(options)
    if not isinstance(values, list):
        raise invalid(f"{name} is not a list", f"give it as a list of entries with {fields}")
    found, faults = [], []
    for position, value in enumerate(values, 1):
        subject = f"entry {position} of {name}"
        if not isinstance(value, dict):
            faults.append(invalid("it is not a mapping", f"give it as a mapping of {fields}").replaced(subject=subject))
            continue
        typed = Typed(options, value, subject)
        for missing in options:
            if options[missing].spec.get("required") and value.get(missing) is None:
                typed.faults.append(invalid(f"{missing} is missing").replaced(subject=subject))
        order_id = typed.values.get("order_id")
        known = {} if order_id is None else {"subject": f"order {order_id}", "order_id": order_id}
        faults += [fault.replaced(**known) for fault in typed.faults]
        found.append(typed.values)
    if faults:
        raise join_faults(faults)
    return found


def clean_list(name: str, value: t.Any, clean: Clean) -> list[t.Any]:
    """Return a list with clean entries. A string is split at its commas, as Ansible does it."""
    values = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [clean(f"an entry of {name}", entry) for entry in values]


def clean_mapping(name: str, value: t.Any) -> dict[str, t.Any]:
    """Return a mapping that is not empty. A string is parsed as Ansible does it.

    :raises CertCentralError: ``invalid_option``
    """
    if isinstance(value, str):
        with contextlib.suppress(TypeError, ValueError):
            value = check_type_dict(value)
    if not isinstance(value, dict):
        raise invalid(f"{name} is not a mapping", "give it as a mapping of names to values")
    if not value:
        raise invalid(f"{name} is empty", LEAVE_OUT)
    return value
