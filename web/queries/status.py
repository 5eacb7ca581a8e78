"""What operators and doubters look at: sources, queue, gate, sync runs, dead letters, schema."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, DeadLetter, RemovalGate, SourceState, SyncRun, UpdateRow, WorkItem
from bbconsumer.db.schema import schema_state
from bbconsumer.domain.keys import KeyKind
from web.queries.freshness import BODHI, BUGZILLA, PAGURE, age_notices, first_line
from web.queries.navigation import load_navigation
from web.read_models import (
    DeadLetterView,
    FailingKey,
    GateView,
    QueueView,
    SchemaView,
    SourceView,
    StatusPage,
    SyncRunView,
)

LIMIT = 10
# A living run is heard of several times a second.
SILENT_AFTER_S = 120

_ABOUT_BY_NAME = {
    BUGZILLA: "Bugzilla itself, which the worker and the sync read",
    PAGURE: "Pagure itself, where the discussion tickets are",
    BODHI: "Bodhi itself, where the updates are",
    "bus": "the message bus as a whole: when the last message came",
    "bus-bugzilla": "Bugzilla’s messages on the bus: silent while the bus is not, its bridge is down",
    f"bus-{PAGURE}": "Pagure’s messages about tickets on the bus",
    f"bus-{BODHI}": "Bodhi’s messages about updates on the bus",
}
_NAMED_BY_A_BUG = (KeyKind.BUG, KeyKind.DISCUSSION, KeyKind.RECORD, KeyKind.LOOKUP)
_NEVER = SourceState(last_success_at=None, last_failure_at=None, last_error="", failures=0, down_until=None)


def load_status(session: Session, *, now: datetime, sync_interval_s: int, left_alone: Collection[str]) -> StatusPage:
    """The status page: five SELECTs, and those by which Alembic finds out the schema's revision.

    `left_alone` are the sources of which nothing is read, and therefore nothing shown.
    """
    hidden = frozenset({*left_alone, *(f"bus-{name}" for name in left_alone)})
    gate, sources, checked_at = _load_gate_and_sources(session, now)
    dead_letter_count, dead_letters = _load_dead_letters(session)
    return StatusPage(
        now=now,
        navigation=load_navigation(session),
        notices=tuple(age_notices(checked_at, now - timedelta(seconds=2 * sync_interval_s))),
        checked_at=checked_at,
        sources=tuple(source for source in sources if source.name not in hidden),
        queue=_load_queue(session, now),
        gate=gate,
        sync_runs=_load_sync_runs(session, now, hidden),
        dead_letter_count=dead_letter_count,
        dead_letters=dead_letters,
        schema=_load_schema(session),
    )


def _load_gate_and_sources(session: Session, now: datetime) -> tuple[GateView, tuple[SourceView, ...], datetime | None]:
    complete = SyncRun.state == "complete", SyncRun.source == BUGZILLA
    checked_at = select(func.max(SyncRun.finished_at)).where(*complete).scalar_subquery()
    rows = session.execute(select(RemovalGate, SourceState, checked_at).outerjoin(SourceState, SourceState.name != ""))
    gates, sources, times = zip(*rows, strict=True)
    stored = {source.name: source for source in sources if source}
    names = [*_ABOUT_BY_NAME, *sorted(stored.keys() - _ABOUT_BY_NAME.keys())]
    gate = GateView(gates[0].tripped_at, first_line(gates[0].reason), gates[0].accepting_run_id is not None)
    return gate, tuple(_source(name, stored.get(name, _NEVER), now) for name in names), times[0]


def _source(name: str, row: SourceState, now: datetime) -> SourceView:
    return SourceView(
        name=name,
        about=_ABOUT_BY_NAME.get(name, ""),
        last_success_at=row.last_success_at,
        last_failure_at=row.last_failure_at,
        last_error=first_line(row.last_error),
        failures=row.failures,
        down_until=row.down_until if row.down_until and row.down_until > now else None,
    )


def _load_queue(session: Session, now: datetime) -> QueueView:
    is_leased = WorkItem.leased_until > now
    is_due = or_(WorkItem.leased_until.is_(None), WorkItem.leased_until <= now) & (WorkItem.due_at <= now)
    # Window functions count all rows, also those that the limit cuts off.
    rows = session.execute(
        select(
            func.count().over().label("total"),
            func.count().filter(is_leased).over().label("leased"),
            func.count().filter(is_due).over().label("due"),
            func.count().filter(WorkItem.attempts > 0).over().label("failing"),
            func.min(WorkItem.due_at).filter(is_due).over().label("oldest_due_at"),
            WorkItem.kind,
            WorkItem.id,
            WorkItem.attempts,
            WorkItem.due_at,
            WorkItem.last_error,
            BugRow.absence,
            UpdateRow.alias,
        )
        .outerjoin(BugRow, (BugRow.id == WorkItem.id) & WorkItem.kind.in_(_NAMED_BY_A_BUG))
        .outerjoin(UpdateRow, (UpdateRow.id == WorkItem.id) & (WorkItem.kind == KeyKind.UPDATE))
        .order_by(WorkItem.attempts.desc(), WorkItem.due_at, WorkItem.id)
        .limit(LIMIT)
    ).all()
    if not rows:
        return QueueView(0, 0, 0, 0, None, ())
    first = rows[0]
    return QueueView(
        due=first.due,
        leased=first.leased,
        waiting=first.total - first.due - first.leased,
        failing_count=first.failing,
        oldest_due_at=first.oldest_due_at,
        failing=tuple(_failing_key(row) for row in rows if row.attempts),
    )


def _failing_key(row: Row[*tuple[Any, ...]]) -> FailingKey:
    if row.absence is not None:
        # Neither the number nor the error of a bug that the public may not know of.
        return FailingKey("", row.attempts, row.due_at, "")
    # Nobody but this service knows an update by its number.
    return FailingKey(f"{row.kind} {row.alias or row.id}", row.attempts, row.due_at, first_line(row.last_error or ""))


def _load_sync_runs(session: Session, now: datetime, hidden: Collection[str]) -> tuple[SyncRunView, ...]:
    shown = select(SyncRun).where(SyncRun.source.not_in(hidden))
    runs = session.scalars(shown.order_by(SyncRun.id.desc()).limit(LIMIT))
    silent_before = now - timedelta(seconds=SILENT_AFTER_S)
    return tuple(
        SyncRunView(
            id=run.id,
            source=run.source,
            state=run.state,
            started_at=run.started_at,
            seconds=((run.finished_at or now) - run.started_at).total_seconds(),
            keys=run.keys,
            left=run.left,
            problem=first_line(run.problem),
            is_silent=run.finished_at is None and run.heartbeat_at < silent_before,
        )
        for run in runs
    )


def _load_dead_letters(session: Session) -> tuple[int, tuple[DeadLetterView, ...]]:
    newest = (
        select(func.count().over(), DeadLetter.received_at, DeadLetter.topic, DeadLetter.reason)
        .order_by(DeadLetter.received_at.desc(), DeadLetter.id.desc())
        .limit(LIMIT)
    )
    rows = session.execute(newest).all()
    views = tuple(DeadLetterView(at, topic, first_line(reason)) for _, at, topic, reason in rows)
    return (rows[0][0] if rows else 0), views


def _load_schema(session: Session) -> SchemaView:
    state = schema_state(session.connection())
    return SchemaView(state.revision or "", state.standing.value, state.is_usable)
