# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Status changes: what the API says that changed lately, and which of it is new to somebody who polls."""

from __future__ import annotations

import math
import typing as t

from .._clock import Clock
from .._errors import UNEXPECTED_RESPONSE, CertCentralError
from .._http.client import Client
from .endpoints import PATH
from .order import parse_id
from .pages import Endpoint, Listing, read_pages

CHANGES = Endpoint(f"{PATH}/status-changes", "status changes", "order_id", may_be_empty=True)
# The longest span that the API looks back.
MAX_SECONDS = 7 * 24 * 3600


class Change(t.NamedTuple):
    """An order whose status changed. The status is the present one; the API does not say when it changed, or how often.

    :param certificate_id: None if the API gave none
    """

    order_id: int
    certificate_id: int | None
    status: str


Changes = Listing[Change]


def read_changes(client: Client, seconds: int) -> Changes:
    """The orders whose status changed in the last ``seconds``, each once, with its present status.

    One request a page, and one that finds the end; a span without changes costs one request.

    :raises CertCentralError: ``unexpected_response`` or what the client raises
    """
    # Minutes could be added, but the API takes seven days of seconds as well. The same URL is asked for again and again,
    # and what a cache remembers of it is no news.
    return read_pages(client, CHANGES, [("seconds", str(seconds))], _parse_change, fresh=True)


def _parse_change(row: t.Any) -> Change:
    """One entry.

    :raises CertCentralError: it is no status change
    """
    order_id = parse_id(row.get("order_id")) if isinstance(row, dict) else 0
    if not order_id or not isinstance(row.get("status"), str) or not row["status"]:
        raise CertCentralError(UNEXPECTED_RESPONSE, "it is no status change")
    return Change(order_id, parse_id(row.get("certificate_id")) or None, row["status"])


class Watch:
    """Which span to ask for next, and which changes are new. Polls may fail and spans overlap; it remembers nothing else.

    :param interval: seconds between two polls, and so far back the first one looks as well
    :param overlap: seconds that each span reaches back beyond the last poll that succeeded
    """

    def __init__(self, interval: float, overlap: float, clock: Clock) -> None:
        self._overlap = overlap
        # The first stands still while a virtual machine is paused, the second may be set.
        clocks: list[t.Callable[[], float]] = [clock.now, lambda: clock.utc_now().timestamp()]
        self._clocks = clocks
        # Everything that changed before this moment is known.
        self._known_until = [clock() - interval for clock in clocks]
        self._began = self._known_until
        self._last: dict[int, Change] = {}

    def begin(self) -> int:
        """A poll begins. Returns the seconds that it has to ask for."""
        self._began = [clock() for clock in self._clocks]
        return min(MAX_SECONDS, math.ceil(self._since(self._known_until) + self._overlap))

    def end(self, changes: Changes) -> tuple[list[Change], float]:
        """The poll succeeded. Returns the changes that are new, and the seconds of which nothing can be known any more."""
        unknown = max(0.0, self._since(self._known_until) - MAX_SECONDS)
        # The API counts from when it answers, which can be long after the poll began.
        in_time = self._since(self._began) <= self._overlap
        if in_time and not changes.moved:
            self._known_until = self._began
        return [change for change in changes.rows if self._is_new(change)], unknown

    def _since(self, moment: t.Sequence[float]) -> float:
        """Seconds, by the clock that shows more."""
        return max(clock() - then for clock, then in zip(self._clocks, moment))

    def _is_new(self, change: Change) -> bool:
        """Whether an order is otherwise than it was last seen. A reissued certificate has another ID under the same status."""
        last = self._last.get(change.order_id)
        if last and change.certificate_id is None:
            change = change._replace(certificate_id=last.certificate_id)
        self._last[change.order_id] = change
        return (
            last is None
            or last.status != change.status
            or (last.certificate_id is not None and last.certificate_id != change.certificate_id)
        )
