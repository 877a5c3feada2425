# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recent status changes of orders, and which of them are new since the last poll."""

from __future__ import annotations

import math
import typing as t

from .._clock import Clock
from .._errors import CertCentralError
from .._http.client import Client
from .endpoints import PATH
from .order import parse_id
from .page import Endpoint
from .pages import Listing, read_pages

# An order with several certificates has a row for each of them.
CHANGES = Endpoint(f"{PATH}/status-changes", "status changes", ("order_id", "certificate_id"), may_be_empty=True)
# The longest time that the API looks back.
MAX_SECONDS = 7 * 24 * 3600


class Change(t.NamedTuple):
    """An order whose status changed, with its present status. The API does not tell when the status changed, or how often.

    :param certificate_id: the certificate of the order; None if the API gave none
    """

    order_id: int
    certificate_id: int | None
    status: str


Changes = Listing[Change]


def read_changes(client: Client, seconds: int) -> Changes:
    """Return the orders whose status changed in the last ``seconds`` seconds, with a row for each certificate.

    This costs one request for each page, and one that finds the end. If nothing changed, it costs only one request.

    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    # Each poll requests the same URL, so the response of a cache would be out of date.
    return read_pages(client, CHANGES, [("seconds", str(seconds))], _parse_change, fresh=True)


def _parse_change(row: t.Any) -> Change:
    """Return one row as a change.

    :raises CertCentralError: if the row is not a status change
    """
    order_id = parse_id(row.get("order_id")) if isinstance(row, dict) else 0
    if not order_id or not isinstance(row.get("status"), str) or not row["status"]:
        raise CertCentralError("unexpected_response", "it is not a status change")
    return Change(order_id, parse_id(row.get("certificate_id")) or None, row["status"])


# The certificates of an order and their statuses, as they were last seen.
Seen = dict[t.Optional[int], str]


class Watch:
    """The memory between polls: how far the next poll has to look back, and which changes are new.

    Each poll looks back further than necessary, and a poll may fail. For example::

        seconds = watch.begin()
        new, unknown = watch.end(read_changes(client, seconds))

    :param interval: the seconds between two polls. The first poll also looks back by this time
    :param overlap: the seconds by which a poll looks back further than to the last successful one
    """

    def __init__(self, interval: float, overlap: float, clock: Clock) -> None:
        self._overlap = overlap
        # The first clock stops while a virtual machine is paused, and somebody can set the second one.
        clocks: list[t.Callable[[], float]] = [clock.now, lambda: clock.utc_now().timestamp()]
        self._clocks = clocks
        # All changes before this time are known. There is one time for each clock.
        self._known_until = [clock() - interval for clock in clocks]
        self._began = self._known_until
        self._seen: dict[int, Seen] = {}

    def begin(self) -> int:
        """Begin a poll. Return the number of seconds that it has to look back."""
        self._began = [clock() for clock in self._clocks]
        return min(MAX_SECONDS, math.ceil(self._since(self._known_until) + self._overlap))

    def end(self, changes: Changes) -> tuple[list[Change], float]:
        """End a successful poll.

        :return: the new changes, and the number of seconds that were too long ago for the API to look back to
        """
        unknown = max(0.0, self._since(self._known_until) - MAX_SECONDS)
        # The API looks back from the time of its response, which can be long after the poll began.
        in_time = self._since(self._began) <= self._overlap
        if in_time and not changes.moved:
            self._known_until = self._began
        orders: dict[int, list[Change]] = {}
        for change in changes.rows:
            orders.setdefault(change.order_id, []).append(change)
        return [
            change
            for order_id, rows in orders.items()
            for change in take_new(rows, self._seen.setdefault(order_id, {}))
        ], unknown

    def _since(self, moment: t.Sequence[float]) -> float:
        """Return the seconds since a time, by the clock that shows more of them."""
        return max(clock() - then for clock, then in zip(self._clocks, moment))


def take_new(rows: t.Sequence[Change], seen: Seen) -> list[Change]:
    """Return the rows of one order whose status differs from the one that was last seen for the same certificate.

    :param seen: the statuses that were last seen, which are updated
    """
    new = []
    # A row without a certificate ID comes last, because it may be about the certificate of another row.
    for row in sorted(rows, key=lambda row: row.certificate_id is None):
        certificate = _find_certificate(row, seen)
        if seen.get(certificate) != row.status:
            new.append(row)
        seen[certificate] = row.status
    # Once its order has another status, a certificate without a row is forgotten: the order can return to its old status.
    current = {row.status for row in rows}
    for certificate in [certificate for certificate, status in seen.items() if status not in current]:
        del seen[certificate]
    return new


def _find_certificate(row: Change, seen: Seen) -> int | None:
    """Return the certificate in ``seen`` that a row is about. Its ID may be missing in this row or in an earlier one."""
    if row.certificate_id is None:
        alike = [certificate for certificate, status in seen.items() if status == row.status]
        return [*alike, *seen, None][0]
    if row.certificate_id not in seen and None in seen:
        seen[row.certificate_id] = seen.pop(None)
    return row.certificate_id
