"""What the templates of a milestone's overview and of its reports see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.read_models.attention import TodoCount, WayView
from web.read_models.burndown import Burndown
from web.read_models.dates import DateView
from web.read_models.freshness import Freshness
from web.read_models.navigation import MilestoneView, Navigation
from web.read_models.timeline import EventView


@dataclass(frozen=True, slots=True)
class BugLink:
    """A bug that a reason counts; `anchor` is that of its row on the buglist, empty when it has none there."""

    id: int
    anchor: str
    component: str
    status: str
    resolution: str
    summary: str


@dataclass(frozen=True, slots=True)
class ReasonView:
    """One reason of the verdict, with exactly the bugs that it counts."""

    code: str
    sentence: str
    bugs: tuple[BugLink, ...]


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """The reasons of one severity; `nothing` says that there are none."""

    anchor: str
    title: str
    nothing: str
    reasons: tuple[ReasonView, ...]

    @property
    def bug_count(self) -> int:
        """How many bugs the reasons name, each counted once."""
        return len({bug.id for reason in self.reasons for bug in reason.bugs})


@dataclass(frozen=True, slots=True)
class SectionCount:
    """How many rows a section of the buglist has."""

    anchor: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """Whether a milestone can ship, why, and what happened lately. `events` and `verdicts` begin with the latest."""

    now: datetime
    navigation: Navigation
    milestone: MilestoneView
    freshness: Freshness
    verdict: str
    groups: tuple[ReasonGroup, ...]
    dates: tuple[DateView, ...]
    is_frozen: bool
    counts: tuple[SectionCount, ...]
    todos: tuple[TodoCount, ...]
    way: WayView
    events: tuple[EventView, ...]
    verdicts: tuple[EventView, ...]
    burndown: Burndown

    @property
    def noted_verdict(self) -> EventView | None:
        """When a sync first noted the present verdict; None where none has noted it yet."""
        last = next(iter(self.verdicts), None)
        return last if last and last.new == self.verdict else None

    def count(self, anchor: str) -> int:
        """How many rows the section of the buglist with that anchor has."""
        return next(section.count for section in self.counts if section.anchor == anchor)


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of a report; `bug_id` is None where it is not about one bug only."""

    bug_id: int | None
    text: str


@dataclass(frozen=True, slots=True)
class InfoPage:
    """What a milestone is made of. `votes_needed` is None where nothing is read of review tickets."""

    now: datetime
    navigation: Navigation
    milestone: MilestoneView
    dates: tuple[DateView, ...]
    is_frozen: bool
    missing_trackers: tuple[str, ...]
    votes_needed: int | None
    are_decisions_written: bool


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report: its name in addresses and on the command line, and its text in the parts that people copy."""

    name: str
    title: str
    parts: tuple[TextPart, ...]

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Texts to copy about a milestone. `decided_since` is the address of the decisions that belong beside them, from
    its ``?`` on; None where none do."""

    now: datetime
    navigation: Navigation
    milestone: MilestoneView
    title: str
    reports: tuple[ReportView, ...]
    decided_since: str | None
