"""What waits for a person or for a package, over all active milestones, and what a search finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.read_models.attention import TodoView
from web.read_models.freshness import Freshness
from web.read_models.listing import ListView
from web.read_models.navigation import MilestoneView, Navigation


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One thing to be done about a bug for a milestone. `decisions` are what the bug is nominated as."""

    section: str
    milestone: MilestoneView
    todo: TodoView
    id: int
    component: str
    status: str
    resolution: str
    severity: str
    summary: str
    assigned_to: str
    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaitingSection:
    """Some of what waits; `nothing` is a sentence without its full stop. `total` counts before rows were chosen."""

    anchor: str
    title: str
    nothing: str
    lines: tuple[WaitingLine, ...]
    total: int


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """What waits for a person or a package. It says nothing of whether there is one of that name."""

    now: datetime
    navigation: Navigation
    freshness: Freshness
    path: str
    name: str
    sections: tuple[WaitingSection, ...]
    listing: ListView


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A bug that a search found. `nominations` are what it is or was nominated as: ``45-beta: Accepted Blocker``."""

    id: int
    component: str
    status: str
    resolution: str
    summary: str
    assigned_to: str
    last_change_at: datetime | None
    nominations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What a search found. `text` is what was searched for, empty when nothing was; `limit` rows are shown at most."""

    now: datetime
    navigation: Navigation
    freshness: Freshness
    text: str
    lines: tuple[FoundLine, ...]
    has_more: bool
    limit: int
    listing: ListView
