"""The quirks: settings for behavior of the API that nobody has published, and for peculiarities that were observed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from .. import facts


def _quirk(default: Any, source: str, doc: str, *choices: str) -> Any:
    """Return a dataclass field for a quirk.

    :param source: the grade of the fact, and its section in docs/api.md
    :param doc: what the quirk sets, or its effect if it is true
    :param choices: the allowed values, if they are words
    """
    metadata = {"source": source, "doc": doc, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)  # pylint: disable=invalid-field-call


@dataclasses.dataclass
class Quirks:
    """Settings for behavior that DigiCert has not documented.

    Each default follows the best evidence available. Where there is none, it is the behavior that is harder for a client.
    """

    # Update order status
    illegal_transition_status: int = _quirk(400, "ASSUMED, 3", "HTTP status if the order's state forbids the change")
    repeat_change: str = _quirk("error", "ASSUMED, 3", "the response to a repeated change", "error", "noop")
    approved_reissue_request: str = _quirk(
        *("unchanged", "ASSUMED, 3", "the request of an approved reissue that was canceled"),
        *("unchanged", "rejected", "gone"),
    )
    unmark_renewed_by_order: bool = _quirk(True, "ASSUMED, 3", "the mark of an order that was renewed can be removed")
    canceled_order_readable: bool = _quirk(True, "ASSUMED, 3", "canceled orders can be read and listed")
    # Order details
    not_found_empty_body: bool = _quirk(False, "OBS, 3", "the response 404 for an order has an empty body")
    order_info_has_is_renewed: bool = _quirk(False, "OBS, 4", "order details contain is_renewed, as in older samples")
    requests_are_ids: bool = _quirk(False, "DOC, 4", "the requests in order details contain only their id")
    renewed_as_status: bool = _quirk(False, "OBS, 4", "marked orders have the status renewed, as in the console")
    # Rows of the order list
    rows_have_is_renewed: bool = _quirk(True, "OBS, 5", "rows contain is_renewed, unlike older samples")
    rows_have_valid_from: bool = _quirk(False, "OBS, 5", "rows contain certificate.valid_from, as in one source")
    flag_form: str = _quirk("bool", "OBS, 4", "form of has_ flags and counts in rows", "bool", "int", "string")
    # Reading after a change
    read_lag_seconds: float = _quirk(0.0, "ASSUMED, 4", "age of the state that order details show")
    list_lag_seconds: float = _quirk(0.0, "ASSUMED, 5", "age of the states that the order list shows")
    # The order list
    unknown_status_filter: str = _quirk(
        *("works", "ASSUMED, 5", "undocumented values of filters[status]"), *("works", "ignored", "refused")
    )
    ignored_filters: tuple[str, ...] = _quirk((), "OBS, 5", "names of filters that the API ignores")
    shuffle_equal_keys: int = _quirk(0, "ASSUMED, 5", "random seed for rows with equal sort keys, or 0")
    orders_key_null: bool = _quirk(False, "OBS, 5", "orders is null instead of absent if no order matches")
    page_limit_zero: bool = _quirk(False, "OBS, 5", "page.limit is 0")
    page_total_offset: int = _quirk(0, "OBS, 5", "number that is added to page.total, which does not get below 0")
    repeat_row: bool = _quirk(False, "ASSUMED, 5", "later pages begin with the last row of the page before")
    max_limit: int = _quirk(facts.MAX_PAGE_ROWS, "DOC, 5", "maximum number of rows on a page")
    utc_offset_hours: int = _quirk(0, "ASSUMED, 5", "time zone of the API's days: date_created and renewal window")
    # Every request
    refused_requests_count: bool = _quirk(False, "ASSUMED, 2", "responses with 429 count for the rate limits as well")
    latency: float = _quirk(0.0, "ASSUMED", "seconds before each response")

    def update(self, values: Mapping[str, Any]) -> None:
        """Set several quirks. If a name or a value is wrong, set none and raise a ValueError."""
        for name, value in {name: checked(name, value) for name, value in values.items()}.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def checked(name: str, value: Any) -> Any:
    """Return the value for a quirk, or raise a ValueError if the name or the value is wrong."""
    field = Quirks.__dataclass_fields__.get(name)
    if field is None:
        raise ValueError(f"no such quirk: {name}; the quirks are: {', '.join(Quirks.__dataclass_fields__)}")
    choices = field.metadata["choices"]
    value = tuple(value) if isinstance(value, list) else value
    types = (float, int) if isinstance(field.default, float) else (type(field.default),)
    if type(value) not in types or (choices and value not in choices):
        raise ValueError(f"quirk {name}: {value!r} is not {' or '.join(choices or (str(field.type),))}")
    return value


def describe() -> str:
    """Return the list of quirks for --help."""
    lines = []
    for field in dataclasses.fields(Quirks):
        choices = field.metadata["choices"]
        allowed = f" (one of {', '.join(choices)})" if choices else ""
        lines.append(f"  {field.name}={json.dumps(field.default)}{allowed}  [{field.metadata['source']}]")
        lines.append(f"      {field.metadata['doc']}")
    return "\n".join(lines)
