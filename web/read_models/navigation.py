"""What every page offers: the milestones that are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TrackerView:
    """A tracker bug of a milestone; `is_read` tells whether a sync has ever read it."""

    id: int
    kind: str
    title: str
    problem: str
    is_read: bool


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """A milestone; `open_blockers` counts its undecided and accepted blockers that are not closed."""

    release: str
    name: str
    label: str
    title: str
    is_active: bool
    is_current: bool
    open_blockers: int
    trackers: tuple[TrackerView, ...]


@dataclass(frozen=True, slots=True)
class Navigation:
    """All milestones that are known, in order of time."""

    milestones: tuple[MilestoneView, ...]

    @property
    def active(self) -> tuple[MilestoneView, ...]:
        """Those that the navigation offers."""
        return tuple(milestone for milestone in self.milestones if milestone.is_active)

    @property
    def start(self) -> MilestoneView | None:
        """Where the start page leads: the current milestone, else the first active one."""
        return next((m for m in self.active if m.is_current), next(iter(self.active), None))

    def find(self, release: str, name: str) -> MilestoneView | None:
        """The milestone of that release and name, active or not."""
        return next((m for m in self.milestones if (m.release, m.name) == (release, name)), None)


@dataclass(frozen=True, slots=True)
class UnknownMilestonePage:
    """Says which milestones there are instead of the one that was asked for."""

    now: datetime
    navigation: Navigation


@dataclass(frozen=True, slots=True)
class NoMilestonePage:
    """Says how to set up a first milestone."""

    now: datetime
    navigation: Navigation
