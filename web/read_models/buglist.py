"""The bugs of one milestone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.read_models.freshness import Freshness
from web.read_models.navigation import MilestoneView, Navigation
from web.read_models.review import LineReview
from web.read_models.update import UpdateView


@dataclass(frozen=True, slots=True)
class Needinfo:
    """An open question to somebody; the requestee is empty when nobody is named."""

    requestee: str
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class BugLine:
    """One row of a list. `decision` says in words what the section means for this bug.

    `review` is None where there is none to be shown: the row is no nomination, or Pagure is left alone. `updates` are
    told only where the page has updates.
    """

    id: int
    anchor: str
    component: str
    status: str
    resolution: str
    summary: str
    decision: str
    notes: tuple[str, ...]
    proposed_at: datetime | None
    needinfos: tuple[Needinfo, ...]
    last_change_at: datetime | None
    review: LineReview | None
    updates: tuple[UpdateView, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the buglist; `about` may be empty; `nothing` completes the sentence “No …” of an empty one."""

    anchor: str
    title: str
    about: str
    nothing: str
    lines: tuple[BugLine, ...]


@dataclass(frozen=True, slots=True)
class BuglistPage:
    """The bugs of one milestone. `has_reviews` tells whether there is anything to say about review tickets at all, and
    `has_updates` about updates."""

    now: datetime
    navigation: Navigation
    milestone: MilestoneView
    freshness: Freshness
    sections: tuple[Section, ...]
    has_reviews: bool
    has_updates: bool

    def count(self, anchor: str) -> int:
        """How many rows the section with that anchor has."""
        return next(len(section.lines) for section in self.sections if section.anchor == anchor)
