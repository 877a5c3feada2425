# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The chart of a report: the number of certificates that expire in each week, as bars with their positions in a drawing.

Horizontal positions and widths are in percent, so that the whole chart fits a screen of any width. Vertical ones are in pixels.
"""

from __future__ import annotations

import itertools
import math
import typing as t
from collections import Counter
from datetime import date

WEEKS, WEEKS_BEFORE = 200, 26
HEIGHT, TOP, BOTTOM = 250, 26, 202
WIDEST_BAR = 4.0
# The maximum number of texts below the bars, on any screen and on a narrow one.
TICKS, NARROW_TICKS = 9, 3


class Bar(t.NamedTuple):
    """The certificates that expire in one week, or in all weeks before or after the chart.

    :param tick: the text below the bar, or an empty string
    :param minor: whether a narrow screen has no room for the tick
    :param cut: whether the bar is drawn shorter than it should be
    :param x: its middle
    :param parts: its parts from bottom to top, each with its group, its number of certificates, its position and its height
    """

    label: str
    tick: str
    minor: bool
    total: int
    cut: bool
    x: float
    parts: list[tuple[str, int, float, float]]


class Chart(t.NamedTuple):
    """A chart.

    :param bars: the bars from left to right
    :param width: the width of each bar
    :param lines: the lines behind the bars, each with its number and its position
    :param today: the position of this week
    :param description: the chart in words
    """

    bars: list[Bar]
    width: float
    lines: list[tuple[int, float]]
    today: float
    description: str


def draw(ends: t.Mapping[str, t.Collection[date]], today: date) -> Chart | None:
    """Return the chart for the dates of each group, or None if there is no date.

    :param ends: the dates by group; the first group is drawn at the bottom
    """
    all_weeks = [_find_week(day) for days in ends.values() for day in days]
    if not all_weeks:
        return None
    this_week = _find_week(today)
    first = max(min(*all_weeks, this_week), this_week - WEEKS_BEFORE)
    last = min(max(*all_weeks, this_week), first + WEEKS - 1)
    counts = {
        group: Counter(min(max(_find_week(day), first - 1), last + 1) for day in days) for group, days in ends.items()
    }
    totals = sum(counts.values(), Counter[int]())
    # One bar at either end has everything that is earlier or later.
    weeks = [week for week in range(first - 1, last + 2) if first <= week <= last or totals[week]]
    # Cap the bars at the ends, so that a large backlog does not flatten the others. The number is above a bar that is cut.
    highest = max(totals[week] for week in range(first, last + 1)) or max(totals.values())
    step = _choose_step(highest)
    top = step * math.ceil(highest / step)
    scale = (BOTTOM - TOP) / top
    bars = []
    for index, week in enumerate(weeks):
        label, tick = f"Week of {_find_monday(week)}", _find_monday(week)
        rank = _rank_tick(index, len(weeks), is_cut=weeks[-1] > last)
        if not first <= week <= last:
            label, tick = ("Earlier", "earlier") if week < first else ("Later", "later")
            rank = NARROW_TICKS
        x = round((index + 0.5) * 100 / len(weeks), 2)
        parts = _stack({group: count[week] for group, count in counts.items()}, min(totals[week], top) * scale)
        is_minor = rank != NARROW_TICKS
        bars.append(Bar(label, tick if rank else "", is_minor, totals[week], totals[week] > top, x, parts))
    return Chart(
        bars,
        round(min(80 / len(weeks), WIDEST_BAR), 2),
        [(number, round(BOTTOM - number * scale, 2)) for number in range(0, top + 1, step)],
        bars[weeks.index(this_week)].x,
        _describe(totals, first, last),
    )


def _describe(totals: Counter[int], first: int, last: int) -> str:
    """Return the chart in words.

    :param totals: the number of certificates by week
    :param first: the first week that has a bar of its own
    :param last: the last one
    """
    return (
        f"{sum(totals.values())} orders by the week in which the certificate expires, from the week of {_find_monday(first)} to the "
        f"week of {_find_monday(last)}; {totals[first - 1]} of them earlier, {totals[last + 1]} later."
    )


def _stack(numbers: t.Mapping[str, int], height: float) -> list[tuple[str, int, float, float]]:
    """Return the parts of a bar.

    :param numbers: the number of certificates in each group
    :param height: the height of the whole bar
    """
    y = float(BOTTOM)
    parts = []
    for group, number in numbers.items():
        if number:
            own = number / sum(numbers.values()) * height
            y -= own
            parts.append((group, number, round(y, 2), round(own, 2)))
    return parts


def _rank_tick(index: int, count: int, *, is_cut: bool) -> int:
    """Return the smallest number of ticks among which a bar has one, or 0 if it has none.

    :param is_cut: whether the last bar is for all later weeks. Its tick must not overlap another one
    """
    apart = math.ceil(count / TICKS)
    narrow = math.ceil(math.ceil(count / NARROW_TICKS) / apart) * apart
    for ticks, distance in ((NARROW_TICKS, narrow), (TICKS, apart)):
        if index % distance == 0 and not (is_cut and count - index <= distance):
            return ticks
    return 0


def _find_week(day: date) -> int:
    """Return the number of the week of a day. The first day of the calendar was a Monday."""
    return (day.toordinal() - 1) // 7


def _find_monday(week: int) -> str:
    return str(date.fromordinal(week * 7 + 1))


def _choose_step(highest: int) -> int:
    """Return the distance between the lines: 1, 2 or 5 times a power of ten, so that at most five lines are above the lowest."""
    steps: t.Iterator[int] = (factor * 10**power for power in itertools.count() for factor in (1, 2, 5))
    return next(step for step in steps if step * 5 >= highest)
