"""Discussion tickets: those that changed since the last look, now and then all; and what follows from each.

Reading all tickets costs a request for every hundred, so most syncs ask only for what changed, with an overlap. What
cannot be told by that (a ticket that was deleted, or became private) is found by the complete listing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.db.models import DiscussionRow, MilestoneRow, NominationRow, ReviewProject, TicketRow, TrackerRow
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.nominations import UNDECIDED_STATES
from bbconsumer.sources import ListedTickets, TicketSource

# Longer than a change may take to become visible, and than two servers of one Pagure may disagree about the time.
OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class TicketInventory:
    """The tickets to read, the bugs whose discussion or record is to be looked at, and how far the listing went."""

    asked_at: datetime
    ticket_ids: frozenset[int]
    bug_ids: frozenset[int]
    listed: ListedTickets
    is_complete: bool
    follow_ups: tuple[KeyKind, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        """What there is to work on."""
        tickets = [Key(KeyKind.TICKET, ticket_id) for ticket_id in sorted(self.ticket_ids)]
        return (*tickets, *(Key(kind, bug_id) for kind in self.follow_ups for bug_id in sorted(self.bug_ids)))

    def note(self, session: Session) -> tuple[str, ...]:
        """Note how far the listing went, once its tickets are marked."""
        project = session.scalars(select(ReviewProject).with_for_update()).one()
        if self.listed.newest_change_at is not None:
            project.listed_at = self.listed.newest_change_at
        if self.is_complete:
            project.listed_completely_at = self.asked_at
        return ()


def take_ticket_inventory(
    database: Database, source: TicketSource, *, complete_after_s: float, follow_ups: Collection[KeyKind]
) -> TicketInventory:
    """Ask Pagure who may decide and which tickets changed, and the database what follows from tickets.

    Raises:
        SourceUnavailable: Pagure cannot be used.
    """
    deciders = sorted(source.fetch_deciders())
    with database.writing() as session:
        asked_at = database_now(session)
        project = session.scalars(select(ReviewProject).with_for_update()).one()
        if project.deciders != deciders:
            # Other people may decide now than when the tickets were counted: all must be counted anew.
            project.listed_completely_at = None
        project.deciders, project.checked_at = deciders, asked_at
        is_complete = project.listed_at is None or _is_due(project, asked_at, complete_after_s)
        since = None if is_complete or project.listed_at is None else project.listed_at - OVERLAP
        stored = frozenset(session.scalars(select(TicketRow.id))) if since is None else frozenset()
    listed = source.list_ticket_ids(since)
    with database.reading() as session:
        bug_ids = _bugs_under_review(session) if follow_ups else frozenset()
    return TicketInventory(asked_at, listed.ids | stored, bug_ids, listed, since is None, tuple(follow_ups))


def _is_due(project: ReviewProject, now: datetime, complete_after_s: float) -> bool:
    listed_at = project.listed_completely_at
    return listed_at is None or now - listed_at >= timedelta(seconds=complete_after_s)


def _bugs_under_review(session: Session) -> frozenset[int]:
    """The bugs that should have an open ticket, or have one."""
    undecided = (
        select(NominationRow.bug_id)
        .join(TrackerRow, TrackerRow.id == NominationRow.tracker_id)
        .join(MilestoneRow, MilestoneRow.id == TrackerRow.milestone_id)
        .where(NominationRow.state.in_(UNDECIDED_STATES), MilestoneRow.is_active)
    )
    discussed = select(TicketRow.bug_id).where(TicketRow.is_open, TicketRow.bug_id.is_not(None))
    intended = select(DiscussionRow.bug_id).where(DiscussionRow.intended_at.is_not(None))
    return frozenset(session.scalars(undecided.union(discussed, intended)))
