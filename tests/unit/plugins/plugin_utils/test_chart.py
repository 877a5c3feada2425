from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.plugin_utils._chart import (
    BOTTOM,
    NARROW_TICKS,
    TICKS,
    TOP,
    WEEKS,
    Chart,
    draw,
)

TODAY = date(2026, 11, 24)


def a_chart(*days: int, other: tuple[int, ...] = (), today: date = TODAY) -> Chart:
    """Return the chart of two groups of certificates that expire the given numbers of days from today."""
    ends = {group: [today + timedelta(days=number) for number in held] for group, held in (("a", days), ("b", other))}
    drawn = draw(ends, today)
    assert drawn
    return drawn


def test_chart_has_every_week_from_monday_to_monday() -> None:
    chart = a_chart(-8, 6, other=(14, 15))  # TODAY is a Tuesday
    assert [(column.label, column.total) for column in chart.bars] == [
        ("Week of 2026-11-16", 1),
        ("Week of 2026-11-23", 0),
        ("Week of 2026-11-30", 1),
        ("Week of 2026-12-07", 2),
    ]
    assert chart.today == chart.bars[1].x
    assert [number for number, y in chart.lines] == [0, 1, 2]


def test_chart_of_one_week_has_one_bar_with_a_part_for_each_group() -> None:
    [column] = a_chart(0, 5, other=(1,)).bars
    assert (column.label, column.tick, column.total) == ("Week of 2026-11-23", "2026-11-23", 3)
    # The parts are on top of each other, in their sequence, and their heights are proportional to their numbers.
    (group, number, y, height), (other, other_number, above, other_height) = column.parts
    assert (group, number, other, other_number) == ("a", 2, "b", 1)
    assert y + height == BOTTOM
    assert abs(above + other_height - y) < 0.02
    assert abs(height - 2 * other_height) < 0.03
    assert abs(above - TOP) < 0.02


def test_dates_far_away_are_counted_in_the_bars_at_the_ends() -> None:
    chart = a_chart(-4000, -300, -1, 1, 1380, 9000)
    filled = [(column.label, column.total) for column in chart.bars if column.total]
    assert filled == [("Earlier", 2), ("Week of 2026-11-23", 2), ("Later", 2)]
    assert len(chart.bars) == WEEKS + 2
    assert (chart.bars[0].tick, chart.bars[-1].tick) == ("earlier", "later")
    assert chart.description.endswith("; 2 of them earlier, 2 later.")


def test_weeks_set_the_scale_and_longer_bars_at_the_ends_are_cut() -> None:
    chart = a_chart(*[-400] * 300, 1, 1, 8)
    filled = [(column.total, column.cut) for column in chart.bars if column.total]
    assert filled == [(300, True), (2, False), (1, False)]
    assert chart.lines[-1] == (2, TOP)
    # If all dates are earlier, their own bar sets the scale.
    assert not a_chart(*[-400] * 300).bars[0].cut


@settings(deadline=None)
@given(
    st.lists(st.integers(-40, 100) | st.integers(-10000, 20000), min_size=1, max_size=300),
    st.lists(st.integers(-300, 1500), max_size=100),
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
)
def test_each_date_is_drawn_once_and_inside_the_chart(days: list[int], other: list[int], today: date) -> None:
    chart = a_chart(*days, other=tuple(other), today=today)
    parts = [part for column in chart.bars for part in column.parts]
    assert sum(number for group, number, y, height in parts if group == "a") == len(days)
    assert sum(number for group, number, y, height in parts if group == "b") == len(other)
    assert 1 <= len(chart.bars) <= WEEKS + 2
    assert 2 <= len(chart.lines) <= 6
    tallest = max(column.total for column in chart.bars if not column.cut)
    for column in chart.bars:
        assert column.x - chart.width / 2 >= -0.01 and column.x + chart.width / 2 <= 100.01
        assert column.total == sum(number for group, number, y, height in column.parts)
        assert not column.cut or (not column.label.startswith("Week") and column.total > tallest)
        for unused, unused_number, y, height in column.parts:
            assert height > 0 and y >= TOP - 0.02 and y + height <= BOTTOM + 0.02
    # On a narrow screen, there are fewer ticks, further apart.
    for most, is_narrow in ((TICKS, False), (NARROW_TICKS, True)):
        ticks = [column.x for column in chart.bars if column.tick and not (is_narrow and column.minor)]
        assert 1 <= len(ticks) <= most + 2
        assert all(after - before > 100 / (most + 1) - 0.1 for before, after in zip(ticks, ticks[1:]))
