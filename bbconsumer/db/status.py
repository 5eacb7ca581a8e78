"""Loads how the service itself fares: sources, parts, queue, gate, sync runs, dead letters, schema.

Of bugs that the public may not read nothing is told, so that whoever shows this has not to know of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, case, func, or_, select
from sqlalchemy.orm import Session

from bbconsumer.db.facts import BODHI, BUGZILLA, PAGURE
from bbconsumer.db.models import (
    BugRow,
    DeadLetter,
    Heartbeat,
    MilestoneRow,
    RemovalGate,
    SourceState,
    SyncRun,
    TicketRow,
    TrackerRow,
    UpdateRow,
    WorkItem,
)
from bbconsumer.db.schema import schema_state
from bbconsumer.domain.freshness import age_notices
from bbconsumer.domain.keys import NAMED_BY_A_BUG, SOURCE_BY_KIND, KeyKind
from bbconsumer.domain.status import (
    DeadLetterView,
    FailingKey,
    GateView,
    PartView,
    QueueView,
    SchemaView,
    ServiceStatus,
    SourceView,
    SyncRunView,
    TrackerTrouble,
)
from bbconsumer.domain.texts import first_line
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind

LIMIT: Final = 10
# A living run is heard of several times a second.
SILENT_AFTER_S: Final = 120
# A part says once a minute when it last got on, and may wait that long for an answer of its source.
PART_SILENT_AFTER: Final = timedelta(minutes=5)

_ABOUT_BY_NAME = {
    BUGZILLA: "Bugzilla itself, which the worker and the sync read",
    PAGURE: "Pagure itself, where the discussion tickets are",
    BODHI: "Bodhi itself, where the updates are",
    "bus": "the message bus as a whole: when the last message came",
    "bus-bugzilla": "Bugzilla’s messages on the bus: silent while the bus is not, its bridge is down",
    f"bus-{PAGURE}": "Pagure’s messages about tickets on the bus",
    f"bus-{BODHI}": "Bodhi’s messages about updates on the bus",
}
_ABOUT_PARTS = {
    "consumer": "follows the message bus",
    "worker": "reads from the sources what messages tell of",
}
_NEVER = SourceState(last_success_at=None, last_failure_at=None, last_error="", failures=0, down_until=None)


@dataclass(frozen=True, slots=True)
class StatusScope:
    """How often a sync begins, how long the bus may be silent, and the sources of which nothing is read."""

    sync_interval: timedelta
    bus_silent_after: timedelta
    left_alone: frozenset[str]

    @property
    def stale_after(self) -> timedelta:
        """After what time without a complete sync, or an answer, something is wrong."""
        return 2 * self.sync_interval

    @property
    def hidden(self) -> frozenset[str]:
        """The names under which something is stored that is not shown."""
        return self.left_alone | {f"bus-{name}" for name in self.left_alone}

    @property
    def limits(self) -> Mapping[str, timedelta]:
        """After what time something is wrong with each source; of a part of the bus nobody can tell."""
        return dict.fromkeys((BUGZILLA, PAGURE, BODHI), self.stale_after) | {"bus": self.bus_silent_after}


def load_status(session: Session, now: datetime, scope: StatusScope) -> ServiceStatus:
    """The state of the service: six SELECTs, and those that find out the schema's revision."""
    gate, sources, checked_at, begun_at = _load_gate_and_sources(session, now, scope.limits)
    dead_letter_count, dead_letters = _load_dead_letters(session)
    return ServiceStatus(
        now=now,
        notices=tuple(age_notices(checked_at, now - scope.stale_after)),
        checked_at=checked_at,
        # An interval after the last one began; nobody can tell before the first.
        next_sync_at=begun_at + scope.sync_interval if begun_at else None,
        sources=tuple(source for source in sources if source.name not in scope.hidden),
        parts=_load_parts(session, now),
        queue=_load_queue(session, now, {source.name for source in sources if source.down_until}),
        gate=gate,
        troubled_trackers=_load_troubled_trackers(session),
        sync_runs=_load_sync_runs(session, now, scope.hidden),
        dead_letter_count=dead_letter_count,
        dead_letters=dead_letters,
        schema=_load_schema(session),
    )


def _load_gate_and_sources(
    session: Session, now: datetime, limits: Mapping[str, timedelta]
) -> tuple[GateView, tuple[SourceView, ...], datetime | None, datetime | None]:
    """Also when the last complete sync of bugs ended, and when the last one of whatever outcome began."""
    of_bugs = SyncRun.source == BUGZILLA
    checked_at = select(func.max(SyncRun.finished_at)).where(SyncRun.state == "complete", of_bugs).scalar_subquery()
    begun_at = select(func.max(SyncRun.started_at)).where(of_bugs).scalar_subquery()
    every_source = select(RemovalGate, SourceState, checked_at, begun_at).outerjoin(SourceState, SourceState.name != "")
    gates, sources, checked, begun = zip(*session.execute(every_source), strict=True)
    stored = {source.name: source for source in sources if source}
    names = [*_ABOUT_BY_NAME, *sorted(stored.keys() - _ABOUT_BY_NAME.keys())]
    gate = GateView(gates[0].tripped_at, first_line(gates[0].reason), gates[0].accepting_run_id is not None)
    views = tuple(_source(name, stored.get(name, _NEVER), now, limits.get(name)) for name in names)
    return gate, views, checked[0], begun[0]


def _source(name: str, row: SourceState, now: datetime, limit: timedelta | None) -> SourceView:
    return SourceView(
        name=name,
        about=_ABOUT_BY_NAME.get(name, ""),
        last_success_at=row.last_success_at,
        last_failure_at=row.last_failure_at,
        last_error=first_line(row.last_error),
        failures=row.failures,
        down_until=row.down_until if row.down_until and row.down_until > now else None,
        stale_after=limit,
        is_stale=bool(limit and row.last_success_at and now - row.last_success_at > limit),
    )


def _load_parts(session: Session, now: datetime) -> tuple[PartView, ...]:
    """Those that there should be, whether or not they were ever alive."""
    heard = {row.part: row.at for row in session.scalars(select(Heartbeat))}
    return tuple(
        PartView(name, about, at, is_silent=bool(at and now - at > PART_SILENT_AFTER))
        for name, about in _ABOUT_PARTS.items()
        for at in (heard.get(name),)
    )


def _load_queue(session: Session, now: datetime, down: Collection[str]) -> QueueView:
    """Nothing is due while its source is left alone: those are the `down` ones."""
    is_leased = WorkItem.leased_until > now
    is_due = or_(WorkItem.leased_until.is_(None), WorkItem.leased_until <= now) & (WorkItem.due_at <= now)
    is_due &= WorkItem.kind.not_in([kind for kind, source in SOURCE_BY_KIND.items() if source in down])
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
        .outerjoin(TicketRow, (TicketRow.id == WorkItem.id) & (WorkItem.kind == KeyKind.TICKET))
        .outerjoin(BugRow, BugRow.id == case((WorkItem.kind.in_(NAMED_BY_A_BUG), WorkItem.id), else_=TicketRow.bug_id))
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


def _load_troubled_trackers(session: Session) -> tuple[TrackerTrouble, ...]:
    """Those of active milestones only: of the others nothing is read."""
    is_troubled = or_(TrackerRow.problem != "", TrackerRow.last_change_at.is_(None))
    rows = session.execute(
        select(TrackerRow.id, TrackerRow.kind, TrackerRow.problem, MilestoneRow.release, MilestoneRow.name)
        .join(MilestoneRow, MilestoneRow.id == TrackerRow.milestone_id)
        .where(MilestoneRow.is_active, is_troubled)
        # As numbers, though they are stored as text: release 100 comes after 99.
        .order_by(func.length(MilestoneRow.release), MilestoneRow.release, MilestoneRow.name, TrackerRow.kind)
    )
    return tuple(
        TrackerTrouble(
            Tracker(number, TrackerKind(kind), Milestone(release, MilestoneName(name))),
            first_line(problem) or "not read by any sync so far",
        )
        for number, kind, problem, release, name in rows
    )


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
