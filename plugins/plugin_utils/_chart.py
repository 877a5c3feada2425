# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The chart of a report, pure: how many certificates end in which week, as bars with their places in a drawing."""

from __future__ import annotations

import itertools
import math
import typing as t
from collections import Counter
from datetime import date

# At most so many weeks, of which so many before this one; the rest is counted as earlier or later.
WEEKS, WEEKS_BEFORE = 200, 26
# The size of the drawing, and where the bars stand in it.
WIDTH, HEIGHT = 960, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 920, 26, 202
WIDEST_BAR = 36
# Dates that fit below the bars.
TICKS = 9


class Bar(t.NamedTuple):
    """What ends in one week, or in all the weeks before or after. Its middle is at ``x``.

    ``tick`` stands below it, if it has one. ``cut``: it is drawn shorter than it is. ``parts``: its pieces from below,
    each with its group, how many of that it holds, where it begins and how high it is.
    """

    label: str
    tick: str
    total: int
    cut: bool
    x: float
    parts: list[tuple[str, int, float, float]]


class Chart(t.NamedTuple):
    """Bars from left to right, all of one width; the lines behind them, by number; where this week is; and all in words."""

    bars: list[Bar]
    width: float
    lines: list[tuple[int, float]]
    today: float
    description: str


def draw(ends: t.Mapping[str, t.Collection[date]], today: date) -> Chart | None:
    """The chart of the dates of each group, which stand on each other in this order; None if there is no date."""
    all_weeks = [_week(day) for days in ends.values() for day in days]
    if not all_weeks:
        return None
    this_week = _week(today)
    first = max(min(*all_weeks, this_week), this_week - WEEKS_BEFORE)
    last = min(max(*all_weeks, this_week), first + WEEKS - 1)
    counts = {group: Counter(min(max(_week(day), first - 1), last + 1) for day in days) for group, days in ends.items()}
    totals = sum(counts.values(), Counter[int]())
    # One more at either end, if something is earlier or later.
    weeks = [week for week in range(first - 1, last + 2) if first <= week <= last or totals[week]]
    # Years of earlier ones must not press the weeks flat: their bar is cut then, and its number stands above it.
    highest = max(totals[week] for week in range(first, last + 1)) or max(totals.values())
    step = _step(highest)
    top = step * math.ceil(highest / step)
    scale = (BOTTOM - TOP) / top
    slot = (RIGHT - LEFT) / len(weeks)
    apart = math.ceil(len(weeks) / TICKS)
    bars = []
    for index, week in enumerate(weeks):
        total = totals[week]
        drawn = min(total, top)
        y = float(BOTTOM)
        parts = []
        for group, count in counts.items():
            if count[week]:
                height = count[week] / total * drawn * scale
                y -= height
                parts.append((group, count[week], round(y, 2), round(height, 2)))
        # No tick too near to that of the last bar, if that has one.
        ticked = index % apart == 0 and (weeks[-1] == last or len(weeks) - index > apart)
        label, tick = f"Week of {_monday(week)}", _monday(week) if ticked else ""
        if not first <= week <= last:
            label, tick = ("Earlier", "earlier") if week < first else ("Later", "later")
        bars.append(Bar(label, tick, total, total > drawn, round(LEFT + slot * (index + 0.5), 2), parts))
    return Chart(
        bars,
        round(min(slot * 0.8, WIDEST_BAR), 2),
        [(number, round(BOTTOM - number * scale, 2)) for number in range(0, top + 1, step)],
        bars[weeks.index(this_week)].x,
        f"{len(all_weeks)} orders by the week in which the certificate ends, from the week of {_monday(first)} to that "
        f"of {_monday(last)}; {totals[first - 1]} of them earlier, {totals[last + 1]} later.",
    )


def _week(day: date) -> int:
    """The number of its week; the first day of the calendar was a Monday."""
    return (day.toordinal() - 1) // 7


def _monday(week: int) -> str:
    return str(date.fromordinal(week * 7 + 1))


def _step(highest: int) -> int:
    """The distance of the lines: 1, 2 or 5 times a power of ten, so that there are at most five above the lowest."""
    steps: t.Iterator[int] = (factor * 10**power for power in itertools.count() for factor in (1, 2, 5))
    return next(step for step in steps if step * 5 >= highest)
