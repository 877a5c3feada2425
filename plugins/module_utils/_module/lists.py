# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that are lists or mappings, and others of modules for many orders. Modules for one order do not import this file."""

from __future__ import annotations

import contextlib
import re
import typing as t
import unicodedata

from ansible.module_utils.common.validation import check_type_dict

from .._api.entries import clean_entry
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
    show,
)

# Options of several modules for many orders.
MAX_CHANGES = number(0, null=REFUSED)
CONCURRENCY = number(1, 16, default=4)
MAX_NAME_LENGTH = 253
# A set of characters in a shell pattern.
BRACKETED = re.compile(r"\[!?[^\[\]!]+\]")
ASCII_LABEL = re.compile("[A-Za-z0-9_-]+")
# The punctuation that IDNA allows in labels.
MARKS_IN_LABELS = "-_\u00b7\u0375\u05f3\u05f4\u30fb"


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


def check_name_pattern(name: str, pattern: str) -> None:
    """Refuse a shell pattern that matches no DNS name. As an exclusion, it would leave out nothing.

    :raises CertCentralError: ``invalid_option``
    """
    # Each wildcard counts as one letter.
    letters = BRACKETED.sub("x", pattern).replace("?", "x")
    labels = letters.replace("*", "x").split(".")
    if not all(map(_can_be_label, labels)) or len(letters.replace("*", "")) > MAX_NAME_LENGTH:
        raise invalid(
            f"{name} has the entry {show(pattern)}, which matches no DNS name",
            "write DNS names such as www.example.com, or shell patterns such as *.example.com, without a scheme, a port or "
            "a path",
        )


def _can_be_label(label: str) -> bool:
    """Return whether a text can be a label of a DNS name, in any spelling."""
    if label.isascii():
        return bool(ASCII_LABEL.fullmatch(label))
    return not any(unicodedata.category(char)[0] == "P" and char not in MARKS_IN_LABELS for char in label)


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
