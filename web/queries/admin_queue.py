"""What cannot be worked on, and what was asked for: for administrators."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, case, func, select
from sqlalchemy.orm import Session

from bbconsumer.db.facts import BUGZILLA
from bbconsumer.db.models import (
    BugRow,
    DeadLetter,
    MilestoneRow,
    NominationRow,
    RemovalGate,
    SourceState,
    SyncRequest,
    SyncRun,
    TicketRow,
    TrackerRow,
    UpdateRow,
    WorkItem,
)
from bbconsumer.db.status import SILENT_AFTER_S
from bbconsumer.domain.keys import NAMED_BY_A_BUG, Key, KeyKind
from bbconsumer.domain.nominations import ENDED_STATES
from bbconsumer.domain.texts import first_line
from bbconsumer.domain.trackers import TrackerKind
from web.queries.navigation import load_navigation
from web.read_models.admin import (
    AskedSyncView,
    FailingKeyView,
    HeldBugView,
    LettersPage,
    LetterView,
    QueuePage,
    RemovalsPage,
    RunningSyncView,
)

MOST: Final = 100
# What depends on a key, from the most important on.
_MATTERS: Final = ("a blocker of an active milestone", "a freeze exception of an active milestone", "")


def load_asked_syncs(session: Session) -> tuple[AskedSyncView, ...]:
    """The syncs that are asked for and have not begun: one SELECT."""
    rows = session.scalars(select(SyncRequest).order_by(SyncRequest.source.desc()))
    return tuple(AskedSyncView(row.source, row.asked_at, row.asked_by, row.accepts_removals) for row in rows)


def load_running_syncs(session: Session, *, now: datetime) -> tuple[RunningSyncView, ...]:
    """The syncs that run, and how far each is: one SELECT."""
    left = select(func.count()).where(WorkItem.sync_run_id == SyncRun.id).correlate(SyncRun).scalar_subquery()
    running = select(SyncRun, left).where(SyncRun.state == "running").order_by(SyncRun.id)
    silent_before = now - timedelta(seconds=SILENT_AFTER_S)
    return tuple(
        RunningSyncView(
            run.source, run.started_at, max(0, run.keys - rest), run.keys or None, run.heartbeat_at < silent_before
        )
        for run, rest in session.execute(running)
    )


def load_removals(session: Session, *, now: datetime) -> RemovalsPage:
    """The removal gate and what it holds back: four SELECTs."""
    gate = session.scalars(select(RemovalGate)).one()
    is_held = BugRow.removal_held.is_not(None)
    public = select(BugRow.id, BugRow.summary, BugRow.removal_held).where(is_held, BugRow.absence.is_(None))
    count = select(func.count()).where(is_held).scalar_subquery()
    asked = select(SyncRequest.accepts_removals).where(SyncRequest.source == BUGZILLA).scalar_subquery()
    held_count, is_asked = session.execute(select(count, asked)).one()
    rows = session.execute(public.order_by(BugRow.id).limit(MOST))
    return RemovalsPage(
        now=now,
        navigation=load_navigation(session),
        tripped_at=gate.tripped_at,
        reason=first_line(gate.reason),
        held=tuple(HeldBugView(row.id, row.summary, row.removal_held or "") for row in rows),
        held_count=held_count,
        is_asked=bool(is_asked),
    )


def load_queue_page(session: Session, *, now: datetime) -> QueuePage:
    """What the queue holds, and what of it fails: four SELECTs."""
    counts = select(WorkItem.kind, func.count()).group_by(WorkItem.kind).order_by(WorkItem.kind)
    down = select(SourceState.name, SourceState.down_until).where(SourceState.down_until > now)
    rows = session.execute(_failing()).all()
    return QueuePage(
        now=now,
        navigation=load_navigation(session),
        waiting=tuple((kind, count) for kind, count in session.execute(counts)),
        failing=tuple(map(_failing_key, rows)),
        failing_count=rows[0].failing if rows else 0,
        down=tuple((name, until) for name, until in session.execute(down.order_by(SourceState.name)) if until),
    )


def _failing() -> Any:
    bug_id = case((WorkItem.kind.in_(NAMED_BY_A_BUG), WorkItem.id), else_=TicketRow.bug_id)
    place = case((_is_nominated(bug_id, TrackerKind.BLOCKER), 0), (_is_nominated(bug_id), 1), else_=2).label("place")
    return (
        select(
            func.count().over().label("failing"),
            WorkItem.kind,
            WorkItem.id,
            WorkItem.attempts,
            WorkItem.due_at,
            WorkItem.last_error,
            BugRow.absence,
            UpdateRow.alias,
            place,
        )
        .outerjoin(TicketRow, and_(WorkItem.kind == KeyKind.TICKET, TicketRow.id == WorkItem.id))
        .outerjoin(BugRow, BugRow.id == bug_id)
        .outerjoin(UpdateRow, and_(WorkItem.kind == KeyKind.UPDATE, UpdateRow.id == WorkItem.id))
        .where(WorkItem.attempts > 0)
        .order_by(place, WorkItem.attempts.desc(), WorkItem.due_at, WorkItem.kind, WorkItem.id)
        .limit(MOST)
    )


def _is_nominated(bug_id: ColumnElement[Any], kind: TrackerKind | None = None) -> ColumnElement[bool]:
    """Whether a bug is, or may become, a blocker or freeze exception of an active milestone."""
    nominated = (
        select(NominationRow.bug_id)
        .join(TrackerRow, TrackerRow.id == NominationRow.tracker_id)
        .join(MilestoneRow, MilestoneRow.id == TrackerRow.milestone_id)
        .where(NominationRow.bug_id == bug_id, MilestoneRow.is_active, NominationRow.state.not_in(ENDED_STATES))
    )
    if kind is not None:
        nominated = nominated.where(TrackerRow.kind == kind)
    return nominated.exists()


def _failing_key(row: Row[*tuple[Any, ...]]) -> FailingKeyView:
    if row.absence is not None:
        # Neither the number nor the error of a bug that the public may not know of.
        return FailingKeyView("", "", "", row.attempts, row.due_at, "")
    key, error = Key(KeyKind(row.kind), row.id), first_line(row.last_error or "")
    # Nobody but this service knows an update by its number.
    name = f"{row.kind} {row.alias or row.id}"
    return FailingKeyView(str(key), name, _MATTERS[row.place], row.attempts, row.due_at, error)


def load_letters(session: Session, *, now: datetime) -> LettersPage:
    """The latest messages that could not be read: two SELECTs."""
    columns = DeadLetter.id, DeadLetter.received_at, DeadLetter.topic, DeadLetter.reason
    latest = select(func.count().over(), *columns).order_by(DeadLetter.received_at.desc(), DeadLetter.id.desc())
    rows = session.execute(latest.limit(MOST)).all()
    letters = tuple(LetterView(number, at, topic, first_line(reason)) for _, number, at, topic, reason in rows)
    return LettersPage(now, load_navigation(session), letters, rows[0][0] if rows else 0)


def load_letter(session: Session, letter_id: int) -> LetterView | None:
    """One message that could not be read, whole; None when it is not there: one SELECT."""
    row = session.get(DeadLetter, letter_id)
    return LetterView(row.id, row.received_at, row.topic, row.reason, row.body) if row else None
