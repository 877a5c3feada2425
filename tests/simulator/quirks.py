# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quirks: settings for behavior of the API that nobody has published, and for peculiarities that were observed."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Mapping
from typing import Any

from .. import facts


def _quirk(default: Any, source: str, doc: str, choices: tuple[str, ...] | None = None) -> Any:
    """Return a dataclass field for a quirk.

    :param source: the grade of the fact, and its section in docs/api.md
    :param doc: a description for the command line's help
    :param choices: the allowed values, if they are words
    """
    metadata = {"source": source, "doc": doc, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)  # pylint: disable=invalid-field-call


@dataclasses.dataclass
class Quirks:
    """Settings for behavior that DigiCert has not documented.

    Each default follows the best evidence available. Where there is none, it is the behavior that is harder for a client. Unknown
    names and wrong values raise a ValueError.
    """

    # Update order status
    illegal_transition_status: int = _quirk(
        400, "ASSUMED, 3", "This is the HTTP status of a change that the state of the order does not allow."
    )
    repeat_change: str = _quirk(
        "error",
        "ASSUMED, 3",
        "A repeated change is either rejected as an illegal change, or gets the response 204 and has no effect.",
        ("error", "noop"),
    )
    upper_case_canceled: bool = _quirk(False, "ASSUMED, 3", "If true, CANCELED is accepted as well as canceled.")
    reissue_cancel_needs_note: bool = _quirk(
        True, "ASSUMED, 3", "If false, a pending reissue can be canceled without a note."
    )
    approved_reissue_request: str = _quirk(
        "unchanged",
        "ASSUMED, 3",
        "If an approved reissue is canceled, its request stays unchanged, becomes rejected, or is gone.",
        ("unchanged", "rejected", "gone"),
    )
    unmark_renewed_by_order: bool = _quirk(
        True, "ASSUMED, 3", "If false, not_renewed is rejected for an order that another order renewed."
    )
    canceled_order_readable: bool = _quirk(
        True,
        "ASSUMED, 3",
        "If false, the response for a canceled order is 404, and no order list contains it, for every product.",
    )
    # Order details
    not_found_empty_body: bool = _quirk(False, "OBS, 3", "If true, the response 404 for an order has an empty body.")
    order_info_has_is_renewed: bool = _quirk(
        False, "OBS, 4", "If true, order details contain is_renewed, as in older samples."
    )
    requests_are_ids: bool = _quirk(False, "DOC, 4", "If true, the requests in order details contain only their id.")
    renewed_as_status: bool = _quirk(
        False,
        "OBS, 4",
        "If true, a marked order has the status renewed instead of issued or expired, as in the console.",
    )
    # Rows of the order list
    rows_have_is_renewed: bool = _quirk(True, "OBS, 5", "If false, rows lack is_renewed, as in older samples.")
    rows_have_valid_from: bool = _quirk(
        False, "OBS, 5", "If true, rows contain certificate.valid_from, as in one source."
    )
    rows_have_order_valid_till: bool = _quirk(
        False, "OBS, 5", "If true, rows of issued and expired orders contain order_valid_till, as in one source."
    )
    flag_form: str = _quirk(
        "bool", "OBS, 4", "This is the form of the has_ flags and of the counts in rows.", ("bool", "int", "string")
    )
    # Reading after a change
    read_lag: int = _quirk(
        0,
        "ASSUMED, 4",
        "After a change, this number of order details shows the old state, before one shows the new state.",
    )
    list_lag: int = _quirk(
        0,
        "ASSUMED, 5",
        "After a change, this number of order lists with the order shows the old state, before one shows the new state.",
    )
    read_lag_seconds: float = _quirk(0.0, "ASSUMED, 4", "Order details show an order as it was this many seconds ago.")
    list_lag_seconds: float = _quirk(
        0.0, "ASSUMED, 5", "The order list shows orders as they were this many seconds ago."
    )
    # The order list
    unknown_status_filter: str = _quirk(
        "works",
        "ASSUMED, 5",
        "A value of filters[status] that is not documented works, is ignored, or is refused.",
        ("works", "ignored", "refused"),
    )
    ignored_filters: tuple[str, ...] = _quirk((), "OBS, 5", "The API ignores the filters with these names.")
    shuffle_equal_keys: int = _quirk(
        0,
        "ASSUMED, 5",
        "If above 0, rows with equal sort keys come in a different order in each response. The number is the random seed.",
    )
    orders_key_null: bool = _quirk(
        False, "OBS, 5", "If true, orders is null if no order matches. If false, orders is absent then."
    )
    page_limit_zero: bool = _quirk(False, "OBS, 5", "If true, page.limit is 0.")
    page_total_offset: int = _quirk(
        0, "OBS, 5", "This number is added to page.total, so that the total is wrong. The total does not get below 0."
    )
    repeat_row: bool = _quirk(
        False,
        "ASSUMED, 5",
        "If true, each later page begins with the last row of the page before, as after a new order.",
    )
    max_limit: int = _quirk(
        facts.MAX_PAGE_ROWS, "DOC, 5", "This is the maximum number of rows on a page. A higher limit is reduced to it."
    )
    utc_offset_hours: int = _quirk(
        0,
        "ASSUMED, 5",
        "This is the time zone of the API's days, in hours from UTC, for the filter date_created and for the renewal window.",
    )
    # Status changes
    marks_are_status_changes: bool = _quirk(
        False, "ASSUMED, 7", "If true, status-changes lists an order whose mark changed."
    )
    # Rate limits
    refused_requests_count: bool = _quirk(
        False, "ASSUMED, 2", "If true, requests with the response 429 count for the rate limits as well."
    )
    # Every request
    latency: float = _quirk(0.0, "ASSUMED", "The API waits this many seconds before each response.")

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, checked(name, value))

    def update(self, values: Mapping[str, Any]) -> None:
        """Set several quirks. If one is wrong, set none and raise a ValueError."""
        good = {name: checked(name, value) for name, value in values.items()}
        for name, value in good.items():
            object.__setattr__(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Return all quirks by name."""
        return dataclasses.asdict(self)


def checked(name: str, value: Any) -> Any:
    """Return the value for a quirk, or raise a ValueError if the name or the value is wrong."""
    field = Quirks.__dataclass_fields__.get(name)
    if field is None:
        raise ValueError(f"no such quirk: {name}; the quirks are: {', '.join(Quirks.__dataclass_fields__)}")
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
    """Return the list of quirks for --help."""
    lines = []
    for field in dataclasses.fields(Quirks):
        choices = field.metadata["choices"]
        allowed = f" (one of {', '.join(choices)})" if choices else ""
        lines.append(f"  {field.name}={json.dumps(field.default)}{allowed}  [{field.metadata['source']}]")
        lines.append(textwrap.indent(textwrap.fill(field.metadata["doc"], 100), " " * 6))
    return "\n".join(lines)
