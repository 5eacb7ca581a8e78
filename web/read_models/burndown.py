"""What a milestone's burndown shows: the count of each day, and its charts, in which every place is computed."""

from __future__ import annotations

from dataclasses import dataclass

from bbconsumer.domain.burndown import DayCount
from web.read_models.navigation import MilestoneView


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, or a date of the milestone in the chart, with what stands there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart: its words, its class, and its way in SVG's own terms."""

    title: str
    name: str
    path: str
    last: int
    highest: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of some lines over the days. `left`, `top`, `right` and `bottom` are the edges of the field."""

    anchor: str
    title: str
    width: int
    height: int
    left: int
    top: int
    right: int
    bottom: int
    lines: tuple[Line, ...]
    counts: tuple[Tick, ...]
    days: tuple[Tick, ...]
    dates: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Burndown:
    """What was left to do for a milestone, day by day; never without a day."""

    milestone: MilestoneView
    days: tuple[DayCount, ...]
    charts: tuple[Chart, ...]
