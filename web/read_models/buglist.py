"""The bugs of one milestone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.read_models.attention import TodoCount, TodoView
from web.read_models.freshness import Freshness
from web.read_models.listing import ListView
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

    `kind` is that of the nomination's tracker and `nomination` its state; None and empty for a row that is no
    nomination. `depends_on_open` are the open bugs that are known here and must be fixed before. `review` is None where
    there is none to be shown: the row is no nomination, or Pagure is left alone. `updates` are told only where the page
    has updates. `section` is the anchor of the section that the row stands in.
    """

    id: int
    anchor: str
    component: str
    status: str
    resolution: str
    summary: str
    severity: str
    assigned_to: str
    is_prioritized: bool
    depends_on_open: tuple[int, ...]
    kind: str | None
    nomination: str
    decision: str
    notes: tuple[str, ...]
    proposed_at: datetime | None
    needinfos: tuple[Needinfo, ...]
    last_change_at: datetime | None
    review: LineReview | None
    updates: tuple[UpdateView, ...] = ()
    todos: tuple[TodoView, ...] = ()
    section: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the buglist; `about` may be empty; `nothing` completes the sentence “No …” of an empty one.

    `total` counts its rows before some of them were chosen.
    """

    anchor: str
    title: str
    about: str
    nothing: str
    lines: tuple[BugLine, ...]
    total: int


@dataclass(frozen=True, slots=True)
class BuglistPage:
    """The bugs of one milestone. `has_reviews` tells whether there is anything to say about review tickets at all, and
    `has_updates` about updates. `todos` count all rows, whichever were chosen."""

    now: datetime
    navigation: Navigation
    milestone: MilestoneView
    freshness: Freshness
    sections: tuple[Section, ...]
    has_reviews: bool
    has_updates: bool
    todos: tuple[TodoCount, ...]
    listing: ListView

    def count(self, anchor: str) -> int:
        """How many rows the section with that anchor has, chosen or not."""
        return next(section.total for section in self.sections if section.anchor == anchor)
