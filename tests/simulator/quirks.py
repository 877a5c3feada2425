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
    """How this account's API behaves where it could behave otherwise. Unknown names and wrong values are refused.

    The defaults are what the better grade supports; between equal ones, the poorer API.
    """

    # Update order status
    illegal_transition_status: int = _quirk(400, "ASSUMED", "HTTP status of a change that the order's state forbids")
    invalid_request_status: int = _quirk(400, "ASSUMED", "HTTP status of a missing note or an unknown status value")
    repeat_change: str = _quirk(
        "error",
        "ASSUMED",
        "a change that is already there: an illegal transition, or 204 and nothing",
        ("error", "noop"),
    )
    upper_case_canceled: bool = _quirk(False, "ASSUMED", "CANCELED is accepted as well, as on older pages")
    reissue_cancel_needs_note: bool = _quirk(
        True, "ASSUMED", "false: the reissue of a reissue_pending order can be canceled without a note"
    )
    unmark_renewed_by_order: bool = _quirk(
        True, "ASSUMED", "not_renewed works on an order that another order renewed (renewed_order_id above 0)"
    )
    canceled_order_readable: bool = _quirk(True, "ASSUMED", "false: a canceled order is gone (404, and in no list)")
    # Order info
    not_found_empty_body: bool = _quirk(False, "OBS", "404 for an order comes with an empty body")
    order_info_has_is_renewed: bool = _quirk(False, "OBS", "order info carries is_renewed, as in older samples")
    requests_are_ids: bool = _quirk(False, "DOC", "the requests of order info are {id} alone")
    renewed_as_status: bool = _quirk(
        False, "OBS", "a marked order shows as status renewed, as in the console, in place of issued or expired"
    )
    # Rows of the listing
    rows_have_is_renewed: bool = _quirk(True, "OBS", "false: rows leave is_renewed out, as in older samples")
    rows_have_valid_from: bool = _quirk(False, "OBS", "rows carry certificate.valid_from, as in one source")
    rows_have_order_valid_till: bool = _quirk(
        False, "OBS", "issued and expired rows carry order_valid_till, as in one source"
    )
    flag_form: str = _quirk("bool", "OBS", "how rows give their has_ flags and counts", ("bool", "int", "string"))
    # Reading after writing
    read_lag: int = _quirk(0, "ASSUMED", "so many readings of an order after a change still show its old state")
    list_lag: int = _quirk(0, "ASSUMED", "so many listings that hold an order after a change still show its old state")
    read_lag_seconds: float = _quirk(0.0, "ASSUMED", "order info shows an order as it was so many seconds ago")
    list_lag_seconds: float = _quirk(0.0, "ASSUMED", "the listing shows the orders as they were so many seconds ago")
    # List orders
    multi_value_status: str = _quirk("works", "OBS", "several values for filters[status]", HOW)
    multi_value_id: str = _quirk("refused", "ASSUMED", "several values for filters[id] (filters[id][0]=…)", HOW)
    multi_value_filters: str = _quirk("refused", "ASSUMED", "several values for any other filter", HOW)
    unknown_status_filter: str = _quirk("works", "ASSUMED", "filters[status] beyond the seven documented values", HOW)
    unknown_filter: str = _quirk("refused", "ASSUMED", "a filter name that is not documented", ("ignored", "refused"))
    ignored_filters: tuple[str, ...] = _quirk((), "OBS", "names of filters that the server ignores")
    other_sorts: str = _quirk("works", "ASSUMED", "sort by another field than date_created and order_id", HOW)
    shuffle_equal_keys: int = _quirk(
        0, "ASSUMED", "above 0: a seed; rows with equal sort keys come in another order in each reply"
    )
    orders_key_null: bool = _quirk(False, "OBS", "with no match orders is null (false: the key is absent)")
    page_limit_zero: bool = _quirk(False, "OBS", "page.limit is 0")
    page_total_offset: int = _quirk(0, "OBS", "added to page.total, to make it wrong (never below 0)")
    repeat_row: bool = _quirk(
        False, "OBS", "the second page begins with the row that ended the first, as after somebody's new order"
    )
    max_limit: int = _quirk(1000, "DOC", "most rows in one page; a higher limit is cut down to it")
    utc_offset_hours: int = _quirk(
        0, "ASSUMED", "the API's own day, in the filter date_created and for the 90 days of a mark (-6: MDT)"
    )
    # Status changes
    marks_are_status_changes: bool = _quirk(False, "ASSUMED", "status-changes lists orders that were marked as well")
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
