"""Where the parts of a chart stand: pure geometry, which a template puts into SVG. Knows nothing of bugs.

Each day has a slot of its own, and a line runs level through it: a chart of one day is a level line too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from web.read_models.burndown import Chart, Line, Tick

_WIDTH, _HEIGHT = 640, 208
_LEFT, _TOP, _RIGHT, _BOTTOM = 36, 28, 632, 180
_MOST_COUNTS = 5
_MOST_DAYS = 8
_COUNT_STEPS = (1, 2, 5)
_DAY_STEPS = (1, 2, 7, 14, 28, 56)


@dataclass(frozen=True, slots=True)
class Series:
    """The counts of the days under a title; `name` tells the lines of a chart apart."""

    title: str
    name: str
    counts: Sequence[int]


def draw(
    anchor: str,
    title: str,
    days: Sequence[date],
    series: Sequence[Series],
    dates: Iterable[tuple[str, datetime | None]] = (),
) -> Chart:
    """A chart of one or more series over consecutive days, with those of the dates that fall into them."""
    step = count_step(max(max(each.counts) for each in series))
    highest = step * max(1, -(-max(max(each.counts) for each in series) // step))
    across, down = (_RIGHT - _LEFT) / len(days), (_BOTTOM - _TOP) / highest
    day_step = next((step for step in _DAY_STEPS if len(days) <= step * _MOST_DAYS), _DAY_STEPS[-1])
    return Chart(
        anchor=anchor,
        title=title,
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        top=_TOP,
        right=_RIGHT,
        bottom=_BOTTOM,
        lines=tuple(_line(each, across, down) for each in series),
        counts=tuple(Tick(_round(_BOTTOM - count * down), str(count)) for count in range(0, highest + 1, step)),
        days=tuple(
            Tick(_round(_LEFT + place * across), days[place].isoformat()[5:]) for place in range(0, len(days), day_step)
        ),
        dates=tuple(_dates_within(days, dates, across)),
    )


def count_step(highest: int) -> int:
    """The step between the numbers of an axis: 1, 2 or 5 times a power of ten, so that there are few of them."""
    scale = 1
    while True:
        for step in _COUNT_STEPS:
            if highest <= step * scale * _MOST_COUNTS:
                return step * scale
        scale *= 10


def _line(series: Series, across: float, down: float) -> Line:
    heights = [_round(_BOTTOM - count * down) for count in series.counts]
    path = [f"M{_LEFT} {heights[0]}"]
    for place, (height, following) in enumerate(pairwise([*heights, heights[-1]]), start=1):
        # Level stretches are joined: two hundred days are a long path.
        if following != height or place == len(heights):
            path.append(f"H{_round(_LEFT + place * across)}")
            path += [f"V{following}"] if following != height else []
    return Line(series.title, series.name, "".join(path), series.counts[-1], max(series.counts))


def _dates_within(days: Sequence[date], dates: Iterable[tuple[str, datetime | None]], across: float) -> Iterator[Tick]:
    for title, at in dates:
        if at is not None and days[0] <= at.date() <= days[-1]:
            yield Tick(_round(_LEFT + (at.date() - days[0]) / timedelta(days=1) * across), title)


def _round(place: float) -> float:
    return round(place, 1)
