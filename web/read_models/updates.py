"""The updates that fix bugs of one milestone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.read_models.freshness import Freshness
from web.read_models.listing import ListView
from web.read_models.navigation import MilestoneView, Navigation


@dataclass(frozen=True, slots=True)
class FixView:
    """A bug that an update fixes; `anchor` is that of its row on the buglist."""

    id: int
    anchor: str
    component: str
    status: str
    resolution: str
    summary: str
    kind: str
    decision: str


@dataclass(frozen=True, slots=True)
class UpdateLine:
    """An update, with what it still needs. `karma_needed` is None where Bodhi does not push it by karma."""

    alias: str
    title: str
    builds: tuple[str, ...]
    release: str
    status: str
    request: str
    karma: int
    karma_needed: int | None
    gating: str
    is_critical: bool
    submitter: str
    submitted_at: datetime
    testing_at: datetime | None
    missing: tuple[str, ...]
    fixes: tuple[FixView, ...]


@dataclass(frozen=True, slots=True)
class UpdatesPage:
    """Updates of a milestone; `name` is the page's in addresses. `are_known` tells whether they were ever read."""

    now: datetime
    navigation: Navigation
    milestone: MilestoneView
    freshness: Freshness
    name: str
    title: str
    about: str
    are_known: bool
    lines: tuple[UpdateLine, ...]
    listing: ListView
