"""The rows of one order that are new since the last poll. The tests of the event source have more about time spans."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._api import status_changes
from ansible_collections.certops.certcentral.plugins.module_utils._api.status_changes import Change, Changes, Seen
from ansible_collections.certops.certcentral.plugins.module_utils._clock import Clock

Row = tuple[t.Optional[int], str]


def play(*polls: t.Sequence[Row]) -> list[list[Row]]:
    """Return the new rows of each poll of order 1; a row is a certificate and a status."""
    seen: Seen = {}
    taken = [status_changes.take_new([Change(1, *row) for row in rows], seen) for rows in polls]
    return [[(change.certificate_id, change.status) for change in new] for new in taken]


# Certificates 7 and 8 of the order, and one whose ID is missing.
A: Row = (7, "issued")
B: Row = (8, "issued")
REVOKED: Row = (7, "revoked")
OTHER: Row = (9, "reissue_pending")
NO_ID: Row = (None, "issued")
NO_ID_YET: Row = (None, "pending")
GONE: Row = (None, "revoked")
HISTORIES: dict[str, t.Sequence[t.Sequence[t.Sequence[Row]]]] = {
    "same row": ([[A]] * 3, [[A], [], []]),
    "same rows of two certificates": ([[A, B]] * 2, [[A, B], []]),
    "two statuses in any order": ([[REVOKED, B], [B, REVOKED]], [[REVOKED, B], []]),
    "row that is missing for a while": ([[A, B], [B], [A]], [[A, B], [], []]),
    "one of two changes and changes back": ([[A, B], [REVOKED, B], [A, B]], [[A, B], [REVOKED], [A]]),
    "reissue with a certificate of its own is canceled": ([[A], [OTHER], [A]], [[A], [OTHER], [A]]),
    "ID that is missing now and then": ([[NO_ID_YET], [A], [NO_ID], [A], [B]], [[NO_ID_YET], [A], [], [], [B]]),
    "missing ID stands for one certificate": ([[NO_ID], [A, B], [NO_ID, B], [GONE]], [[NO_ID], [B], [], [GONE]]),
    "missing ID next to a known one": ([[NO_ID, A]], [[A]]),
}


@pytest.mark.parametrize(("polls", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_only_new_rows_are_taken(polls: t.Sequence[t.Sequence[Row]], expected: t.Sequence[t.Sequence[Row]]) -> None:
    assert play(*polls) == expected


class TwoClocks(Clock):
    """A clock that never goes back, and one that can be set."""

    monotonic = 0.0
    set_time = datetime(2026, 6, 1, tzinfo=timezone.utc)

    def now(self) -> float:
        return self.monotonic

    def utc_now(self) -> datetime:
        return self.set_time


@pytest.mark.parametrize(
    ("monotonic", "set_time", "expected"),
    [
        pytest.param(60, 60, 180, id="both clocks agree"),
        pytest.param(60, 3600, 3720, id="the host was suspended"),
        pytest.param(60, -3600, 180, id="the host's time was set back"),
    ],
)
def test_span_follows_the_clock_that_shows_more(monotonic: float, set_time: float, expected: int) -> None:
    clock = TwoClocks()
    watch = status_changes.Watch(60, 120, clock)
    assert watch.begin() == 180
    assert watch.end(Changes([], True, [])) == ([], 0)
    clock.monotonic += monotonic
    clock.set_time += timedelta(seconds=set_time)
    assert watch.begin() == expected
