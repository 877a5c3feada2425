# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Status changes, notes and reissues (docs/api.md, section 7)."""

from __future__ import annotations

import pytest

from ansible_collections.certops.certcentral.tests.simulator.account import Account, ApiError
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOTE, Clock, account, put

DAY = 24 * 3600
# 2026-06-15T12:00:00Z is 06:00 in MDT.
FILTER = "filters[status_last_updated]"


def changed(held: Account, **query: str) -> list[int]:
    """Return the IDs of the orders that changed, sorted."""
    found = held.status_changes(query.items())
    assert found == {} or found["orders"], "without a change, the response is {}"
    return sorted(entry["order_id"] for entry in found.get("orders", ()))


def in_range(held: Account, value: str) -> list[int]:
    return changed(held, **{FILTER: value})


def refused(held: Account, **query: str) -> str:
    with pytest.raises(ApiError) as caught:
        held.status_changes(query.items())
    assert caught.value.status == 400
    return caught.value.code


def test_order_is_listed_once_with_its_current_status() -> None:
    held = account({"id": 1, "status": "pending"})
    assert held.status_changes([("minutes", "10")]) == {}
    put(held, "canceled", NOTE)
    entry = {"order_id": 1, "certificate_id": 5_000_001, "status": "canceled"}
    assert held.status_changes([("minutes", "10")]) == {"orders": [entry]}
    held.edit(1, status="rejected")
    assert held.status_changes([("minutes", "10")]) == {"orders": [{**entry, "status": "rejected"}]}, (
        "the order is listed once, with its current status"
    )


def test_minutes_and_seconds_add_up() -> None:
    clock = Clock()
    held = account({"id": 1, "status": "pending"}, clock=clock)
    put(held, "canceled", NOTE)
    clock.seconds = 90.0
    assert changed(held, minutes="1") == []
    assert changed(held, minutes="1", seconds="29") == []
    assert changed(held, minutes="1", seconds="30") == [1]
    assert changed(held, seconds="90") == [1]


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        *[
            (query, True)
            for query in ({"minutes": "10080"}, {"seconds": "604800"}, {"minutes": "10079", "seconds": "60"})
        ],
        *[
            (query, False)
            for query in ({"minutes": "10081"}, {"seconds": "604801"}, {"minutes": "10080", "seconds": "1"})
        ],
        *[({FILTER: f"2026-06-01...2026-06-0{day}"}, day == 7) for day in (7, 8)],
    ],
)
def test_span_is_at_most_seven_days(query: dict[str, str], fits: bool) -> None:
    held = account()
    if fits:
        assert changed(held, **query) == []
    else:
        assert refused(held, **query) == "time_frame_too_long"


@pytest.mark.parametrize(
    "query",
    [
        *({}, {"minutes": "ten"}, {"minutes": "-1"}),
        *({FILTER: value} for value in ("2026-06-01", "<2026-06-01", "2026-06-01...soon", "26-06-01...26-06-02")),
        *({"minutes": "1", **more} for more in ({"filters[status]": "issued"}, {"sort": "colour"})),
    ],
)
def test_wrong_parameter_is_refused(query: dict[str, str]) -> None:
    assert refused(account(), **query) == "invalid_parameter"


def test_dates_of_the_filter_are_in_mountain_daylight_time() -> None:
    clock = Clock()
    held = account({"id": 1}, clock=clock)
    held.edit(1, status="revoked")
    clock.seconds = 5.0 * DAY
    for begin, end, inside in (
        ("2026-06-15", "2026-06-15", True),
        ("2026-06-14", "2026-06-14", False),
        ("2026-06-16", "2026-06-17", False),
        ("26-06-15+06:00:00", "26-06-15+06:00:00", True),
        ("26-06-15 05:00:00", "26-06-15 06:00:00", True),
        ("2026-06-15+05:00:00", "2026-06-15+05:59:59", False),
        ("26-06-15+06:00:01", "2026-06-16", False),
        ("26-06-15+12:00:00", "26-06-15+13:00:00", False),
    ):
        assert in_range(held, f"{begin}...{end}") == ([1] if inside else []), (begin, end)


def test_only_new_statuses_count_as_changes() -> None:
    held = account(
        {"id": 1, "status_changed_seconds_ago": 30},
        {"id": 2, "migrated": True, "valid_in_days": 5},
        {"id": 3},
        {"id": 4, "status": "needs_approval"},
    )
    assert changed(held, minutes="1") == [1]
    put(held, "renewed", order_id=2)
    held.edit(3, certificate={"common_name": "other.example.com"})
    assert changed(held, minutes="1") == [1], "marks and other fields do not count"
    held.update_request(40, {"status": "rejected"})
    held.add([{"id": 5}])
    assert changed(held, minutes="1") == [1, 4, 5]
    held.remove(1)
    held.quirks.marks_are_status_changes = True
    put(held, "not_renewed", order_id=2)
    assert changed(held, minutes="1") == [2, 4, 5]


def test_entries_are_sorted_and_paged() -> None:
    held = account(
        *({"id": number, "status_changed_seconds_ago": 1, "created_days_ago": number % 3} for number in range(6))
    )

    def page(**query: str) -> list[int]:
        found = held.status_changes([("minutes", "1"), *query.items()])
        return [entry["order_id"] for entry in found.get("orders", ())]

    assert page(sort="-order_id", limit="2", offset="1") == [4, 3]
    assert page(sort="date_created,order_id", limit="4") == [2, 5, 1, 4]
    assert page(offset="6") == []


def test_newest_note_comes_first() -> None:
    held = account({"id": 1})
    made = [held.add_note(1, {"text": text}) for text in ("one", "two")]
    assert [note["id"] for note in made] == [1, 2]
    assert [note["text"] for note in held.notes(1)["notes"]] == ["two", "one"]
    assert [note["text"] for note in held.order_info(1)["notes"]] == ["two", "one"]
    bodies: tuple[object, ...] = ({}, {"text": ""}, {"text": 1}, [])
    for body in bodies:
        with pytest.raises(ApiError):
            held.add_note(1, body)
