# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quirks: every fact about the API that nobody published, and the oddities that were seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


def _quirk(default: Any, grade: str, doc: str, choices: tuple[str, ...] | None = None) -> Any:
    """A quirk field: its default, the grade of the fact behind it (DOC, REC, OBS, ASSUMED), what it does."""
    metadata = {"grade": grade, "doc": doc, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)  # pylint: disable=invalid-field-call


HOW = ("works", "ignored", "refused")


@dataclasses.dataclass
class Quirks:
    """How this account's API behaves where it could behave otherwise. Unknown names and wrong values are refused."""

    # Update order status
    illegal_transition_status: int = _quirk(400, "ASSUMED", "HTTP status of a change that the order's state forbids")
    invalid_request_status: int = _quirk(400, "ASSUMED", "HTTP status of a missing note or an unknown status value")
    repeat_change: str = _quirk(
        "error",
        "ASSUMED",
        "a change that is already there: an illegal transition, or 204 and nothing",
        ("error", "noop"),
    )
    unmark_renewed_by_order: bool = _quirk(
        True, "ASSUMED", "not_renewed works on an order that another order renewed (renewed_order_id above 0)"
    )
    canceled_order_readable: bool = _quirk(True, "ASSUMED", "false: a canceled order is gone (404, and in no list)")
    # Order info
    not_found_empty_body: bool = _quirk(False, "OBS", "404 for an order comes with an empty body")
    order_info_has_is_renewed: bool = _quirk(True, "OBS", "false: order info leaves is_renewed out, everywhere")
    renewed_as_status: bool = _quirk(
        False, "OBS", "a marked order shows as status renewed, as in the console, in place of issued or expired"
    )
    # Reading after writing
    read_lag: int = _quirk(0, "ASSUMED", "so many readings of an order after a change still show its old state")
    list_lag: int = _quirk(0, "ASSUMED", "so many listings that hold an order after a change still show its old state")
    # List orders
    multi_value_id: str = _quirk("works", "ASSUMED", "several values for the filter id (filters[id][0]=…)", HOW)
    multi_value_filters: str = _quirk("works", "ASSUMED", "several values for any other filter", HOW)
    unknown_status_filter: str = _quirk("works", "ASSUMED", "filters[status] beyond the seven documented values", HOW)
    unknown_filter: str = _quirk("refused", "ASSUMED", "a filter name that is not documented", ("ignored", "refused"))
    ignored_filters: tuple[str, ...] = _quirk((), "OBS", "names of filters that the server ignores")
    orders_key_null: bool = _quirk(False, "OBS", "with no match orders is null (false: the key is absent)")
    page_limit_zero: bool = _quirk(False, "OBS", "page.limit is 0")
    page_total_offset: int = _quirk(0, "OBS", "added to page.total, to lie with (never below 0)")
    repeat_row: bool = _quirk(
        False, "OBS", "the second page begins with the row that ended the first, as after somebody's new order"
    )
    max_limit: int = _quirk(1000, "DOC", "most rows in one page; a higher limit is cut down to it")
    # Rate limits
    refused_requests_count: bool = _quirk(False, "ASSUMED", "requests answered 429 count in the windows as well")
    # All requests
    latency: float = _quirk(0.0, "ASSUMED", "seconds before each reply")

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, checked(name, value))

    def update(self, values: Mapping[str, Any]) -> None:
        """Set several at once; nothing is set if one of them is wrong (ValueError)."""
        good = {name: checked(name, value) for name, value in values.items()}
        for name, value in good.items():
            object.__setattr__(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """All quirks by name."""
        return dataclasses.asdict(self)


def checked(name: str, value: Any) -> Any:
    """The value, or ValueError if there is no such quirk or it cannot take that value."""
    field = Quirks.__dataclass_fields__.get(name)
    if field is None:
        raise ValueError(f"no such quirk: {name}; there are: {', '.join(Quirks.__dataclass_fields__)}")
    choices = field.metadata["choices"]
    if choices is not None:
        good = value in choices
    elif field.type == "tuple[str, ...]":
        good = isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
        value = tuple(value) if good else value
    elif field.type == "bool":
        good = isinstance(value, bool)
    else:
        numbers = (int, float) if field.type == "float" else (int,)
        good = isinstance(value, numbers) and not isinstance(value, bool)
    if not good:
        raise ValueError(f"quirk {name}: {value!r} is not {' or '.join(choices or (str(field.type),))}")
    return value


def describe() -> str:
    """The table of quirks, for --help."""
    lines = []
    for field in dataclasses.fields(Quirks):
        choices = field.metadata["choices"]
        allowed = f" ({'|'.join(choices)})" if choices else ""
        lines.append(
            f"  {field.name} = {field.default!r}{allowed}  [{field.metadata['grade']}] {field.metadata['doc']}"
        )
    return "\n".join(lines)
