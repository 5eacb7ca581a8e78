"""The stored milestones as a whole: how they stand, and changing them while nobody else does."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, MilestoneRow, NominationRow, Release, TrackerRow
from bbconsumer.db.session import upsert
from bbconsumer.domain.nominations import ACCEPTED_STATES, UNDECIDED_STATES
from bbconsumer.domain.rollover import KnownMilestone
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind


def lock_milestones(session: Session) -> None:
    """Let nobody else change milestones until the transaction ends; reading goes on.

    The table and not its rows: a milestone that somebody is just adding has no row that could be locked. On SQLite a
    writing transaction keeps the others out by itself.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE milestone IN SHARE ROW EXCLUSIVE MODE"))


def find_milestone(session: Session, milestone: Milestone) -> MilestoneRow | None:
    """The row of a milestone, None when it is not known."""
    mine = MilestoneRow.release == milestone.release, MilestoneRow.name == milestone.name
    return session.scalars(select(MilestoneRow).where(*mine)).one_or_none()


def get_milestone(session: Session, milestone: Milestone) -> MilestoneRow:
    """The row of a milestone that is known."""
    row = find_milestone(session, milestone)
    if row is None:
        raise LookupError(f"{milestone.label} is not stored")
    return row


def load_milestones(session: Session) -> tuple[KnownMilestone, ...]:
    """All milestones, with their trackers and with how many open bugs are proposed and accepted: three SELECTs."""
    trackers: dict[int, dict[TrackerKind, int]] = defaultdict(dict)
    for row in session.execute(select(TrackerRow.milestone_id, TrackerRow.kind, TrackerRow.id)):
        trackers[row.milestone_id][TrackerKind(row.kind)] = row.id
    counts = _count_open_bugs(session)
    columns = MilestoneRow.id, MilestoneRow.release, MilestoneRow.name, MilestoneRow.is_active, MilestoneRow.is_current
    return tuple(
        KnownMilestone(
            Milestone(row.release, MilestoneName(row.name)),
            row.is_active,
            row.is_current,
            trackers[row.id],
            *counts.get(row.id, (0, 0)),
        )
        for row in session.execute(select(*columns).order_by(MilestoneRow.id))
    )


def insert_milestone(session: Session, milestone: Milestone) -> MilestoneRow:
    """Add an active milestone, and its release if need be."""
    session.execute(upsert(session, Release).values(name=milestone.release).on_conflict_do_nothing())
    row = MilestoneRow(release=milestone.release, name=milestone.name, is_active=True, is_current=False)
    session.add(row)
    session.flush()
    return row


def set_tracker(session: Session, row: MilestoneRow, kind: TrackerKind, tracker_id: int) -> None:
    """Give a milestone the tracker of a kind of which it has none."""
    session.add(TrackerRow(id=tracker_id, milestone_id=row.id, kind=kind))
    session.flush()


def activate_milestone(session: Session, row: MilestoneRow) -> None:
    """Make a milestone active: from the next sync on its trackers are read."""
    row.is_active = True
    session.flush()


def end_milestone(session: Session, row: MilestoneRow) -> None:
    """Make a milestone inactive. Nothing else of it changes, but that its trackers are not read any more."""
    row.is_active = row.is_current = False
    session.execute(update(TrackerRow).where(TrackerRow.milestone_id == row.id).values(problem=""))
    session.flush()


def make_current(session: Session, row: MilestoneRow) -> None:
    """Make an active milestone the current one, and no other."""
    others = update(MilestoneRow).where(MilestoneRow.id != row.id, MilestoneRow.is_current)
    # First, and at once: two must never be current.
    session.execute(others.values(is_current=False))
    row.is_current = True
    session.flush()


def _count_open_bugs(session: Session) -> dict[int, tuple[int, int]]:
    """By milestone, how many open bugs are proposed and how many accepted; a bug counts once for both kinds."""
    bugs = func.count(NominationRow.bug_id.distinct())
    rows = session.execute(
        select(
            TrackerRow.milestone_id,
            bugs.filter(NominationRow.state.in_(UNDECIDED_STATES)),
            bugs.filter(NominationRow.state.in_(ACCEPTED_STATES)),
        )
        .join(NominationRow, NominationRow.tracker_id == TrackerRow.id)
        .join(BugRow, BugRow.id == NominationRow.bug_id)
        .where(BugRow.is_open, BugRow.absence.is_(None))
        .group_by(TrackerRow.milestone_id)
    )
    return {milestone_id: (proposed, accepted) for milestone_id, proposed, accepted in rows}
