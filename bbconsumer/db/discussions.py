"""What is stored of a bug's review as a whole: the bug, its nominations, its tickets, and what is intended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, load_only

from bbconsumer.db.models import BugRow, DiscussionRow, MilestoneRow, NominationRow, TicketRow, TrackerRow
from bbconsumer.db.session import upsert
from bbconsumer.domain.decisions import decisions_on
from bbconsumer.domain.nominations import UNDECIDED_STATES, Nomination, NominationState
from bbconsumer.domain.reviews import Review, counting_order, read_json
from bbconsumer.domain.snapshots import AbsenceReason
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """A ticket of a bug, as it is stored."""

    id: int
    title: str
    content: str
    is_open: bool
    opened_by: str
    review: Review


@dataclass(frozen=True, slots=True)
class Discussion:
    """A bug under review. `tickets` are ordered: the one that counts comes first.

    `nominations` are also those for milestones that have ended; the others' trackers are `active_tracker_ids`.
    `proposals` tell by tracker why the bug was proposed, for the nominations that `proposals_of` names.
    """

    bug_id: int
    summary: str
    is_private: bool
    is_open: bool
    nominations: tuple[Nomination, ...]
    active_tracker_ids: frozenset[int]
    tickets: tuple[KnownTicket, ...]
    intended_at: datetime | None
    proposals: Mapping[str, str]
    proposals_of: str

    @property
    def review(self) -> Review:
        """What the ticket that counts amounts to."""
        return self.tickets[0].review if self.tickets else read_json({})

    @property
    def undecided(self) -> tuple[Nomination, ...]:
        """The nominations of the open bug about which nothing is decided, neither in Bugzilla nor in the ticket, while
        somebody still could."""
        decisions = self.review.decisions
        return tuple(
            nomination
            for nomination in self.nominations
            if self.is_open
            and nomination.tracker.id in self.active_tracker_ids
            and nomination.state in UNDECIDED_STATES
            and not decisions_on(nomination.tracker, nomination.proposed_at, decisions)
        )

    @property
    def is_over(self) -> bool:
        """Whether every milestone that the bug was ever nominated for has ended: then its review is history."""
        nominated = {nomination.tracker.id for nomination in self.nominations}
        return bool(nominated) and not nominated & self.active_tracker_ids


def load_discussion(session: Session, bug_id: int) -> Discussion | None:
    """What is stored of a bug's review; None for a bug that is not stored, or does not exist any more."""
    bug = session.execute(
        select(BugRow.summary, BugRow.absence, BugRow.is_open, BugRow.is_active).where(BugRow.id == bug_id)
    ).one_or_none()
    if bug is None or bug.absence == AbsenceReason.MISSING:
        return None
    rows = _load_nominations(session, bug_id)
    memory = session.get(DiscussionRow, bug_id) or DiscussionRow(intended_at=None, proposals={}, proposals_of="")
    return Discussion(
        bug_id=bug_id,
        summary=bug.summary,
        is_private=bug.absence == AbsenceReason.PRIVATE,
        is_open=bug.is_open and bug.is_active,
        nominations=tuple(nomination for nomination, _ in rows),
        active_tracker_ids=frozenset(nomination.tracker.id for nomination, is_active in rows if is_active),
        tickets=_load_tickets(session, bug_id),
        intended_at=memory.intended_at,
        proposals=memory.proposals,
        proposals_of=memory.proposals_of,
    )


def list_discussed_bug_ids(session: Session) -> list[int]:
    """The bugs that have an open ticket."""
    discussed = select(TicketRow.bug_id).where(TicketRow.is_open, TicketRow.bug_id.is_not(None)).distinct()
    return [bug_id for bug_id in session.scalars(discussed.order_by(TicketRow.bug_id)) if bug_id is not None]


def intend_ticket(session: Session, bug_id: int, now: datetime, *, not_after: datetime | None) -> bool:
    """Note that a ticket is about to be opened; False when somebody else has noted so after `not_after`, or when a
    ticket has become known meanwhile, which ended the intent that led to it."""
    insert = upsert(session, DiscussionRow).values(bug_id=bug_id, intended_at=now, proposals={}, proposals_of="")
    unclaimed = DiscussionRow.intended_at.is_(None)
    statement = insert.on_conflict_do_update(
        index_elements=["bug_id"],
        set_={"intended_at": now},
        where=unclaimed if not_after is None else or_(unclaimed, DiscussionRow.intended_at <= not_after),
    )
    if session.execute(statement.returning(DiscussionRow.bug_id)).one_or_none() is None:
        return False
    # Now that the row is ours: whoever makes a ticket known writes into it in the same transaction.
    if not _load_tickets(session, bug_id):
        return True
    session.execute(update(DiscussionRow).where(DiscussionRow.bug_id == bug_id).values(intended_at=None))
    return False


def forget_intents(session: Session, bug_ids: Collection[int]) -> None:
    """Note that no tickets of these bugs are on their way any more."""
    if bug_ids:
        intended = update(DiscussionRow).where(DiscussionRow.bug_id.in_(sorted(bug_ids)))
        session.execute(intended.values(intended_at=None), execution_options={"synchronize_session": False})


def count_recently_opened(session: Session, bot: str, since: datetime) -> int:
    """How many tickets our account opened, or is about to open, since a time."""
    opened = select(func.count()).where(TicketRow.opened_by == bot, TicketRow.created_at > since).scalar_subquery()
    intended = select(func.count()).where(DiscussionRow.intended_at > since).scalar_subquery()
    return int(session.scalars(select(opened + intended)).one())


def _load_nominations(session: Session, bug_id: int) -> list[tuple[Nomination, bool]]:
    """The nominations of a bug, each with whether its milestone is active."""
    rows = session.execute(
        select(NominationRow, TrackerRow.kind, MilestoneRow.release, MilestoneRow.name, MilestoneRow.is_active)
        .join(TrackerRow, TrackerRow.id == NominationRow.tracker_id)
        .join(MilestoneRow, MilestoneRow.id == TrackerRow.milestone_id)
        .where(NominationRow.bug_id == bug_id)
        .order_by(NominationRow.tracker_id)
    )
    return [
        (
            Nomination(
                tracker=Tracker(row.tracker_id, TrackerKind(kind), Milestone(release, MilestoneName(name))),
                state=NominationState(row.state),
                reason=row.reason,
                proposed_at=row.proposed_at,
                proposed_by=row.proposed_by,
                decided_at=row.decided_at,
                decided_by=row.decided_by,
                ended_at=row.ended_at,
            ),
            is_active,
        )
        for row, kind, release, name, is_active in rows
    ]


# Not the comments, which are by far the largest column.
_TICKETS = select(TicketRow).options(
    load_only(
        TicketRow.title,
        TicketRow.content,
        TicketRow.is_open,
        TicketRow.opened_by,
        TicketRow.review,
        raiseload=True,
    )
)


def _load_tickets(session: Session, bug_id: int) -> tuple[KnownTicket, ...]:
    """The tickets of a bug, the one that counts first."""
    rows = session.scalars(_TICKETS.where(TicketRow.bug_id == bug_id, TicketRow.absence.is_(None)))
    ordered = sorted(rows, key=lambda row: counting_order(row.id, is_open=row.is_open))
    return tuple(
        KnownTicket(row.id, row.title, row.content, row.is_open, row.opened_by, read_json(row.review))
        for row in ordered
    )
