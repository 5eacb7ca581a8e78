"""One bug."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bbconsumer.domain.freshness import Notice
from web.read_models.attention import MilestoneTodos
from web.read_models.buglist import Needinfo
from web.read_models.navigation import MilestoneView, Navigation
from web.read_models.review import TicketView
from web.read_models.timeline import EventView
from web.read_models.update import UpdateView


@dataclass(frozen=True, slots=True)
class NominationView:
    """One nomination of a bug; `title` is what people call it: ``Accepted Blocker``. `kind` is that of its tracker.

    `justification` is what the proposer gave as the reason: empty when there was nothing, None when nobody looked.
    """

    title: str
    kind: str
    state: str
    tracker_id: int
    milestone: MilestoneView
    is_open: bool
    reason: str
    proposed_at: datetime | None
    proposed_by: str
    justification: str | None
    decided_at: datetime | None
    decided_by: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class BugPage:
    """One bug. `todos` are for each active milestone for which it was ever nominated.

    `events` begin with the latest, `tickets` with the one that counts; None where Pagure is left alone. `updates` begin
    with the latest; None where no sync has read them, or Bodhi is left alone.
    """

    now: datetime
    navigation: Navigation
    notices: tuple[Notice, ...]
    id: int
    summary: str
    status: str
    resolution: str
    product: str
    component: str
    version: str
    severity: str
    priority: str
    assigned_to: str
    creator: str
    whiteboard: str
    prioritized: str
    needinfos: tuple[Needinfo, ...]
    depends_on_open: tuple[int, ...]
    created_at: datetime | None
    last_change_at: datetime | None
    checked_at: datetime
    nominations: tuple[NominationView, ...]
    todos: tuple[MilestoneTodos, ...]
    tickets: tuple[TicketView, ...] | None
    updates: tuple[UpdateView, ...] | None
    events: tuple[EventView, ...]
