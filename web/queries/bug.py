"""One bug: its nominations with their reasons, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, load_only

from bbconsumer.db.models import BugRow, EventRow, NominationRow
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.nominations import ENDED_STATES, NominationState, PriorityState, nomination_title
from bbconsumer.domain.trackers import TrackerKind
from web.queries.flags import needinfos
from web.queries.freshness import first_line, load_source_notices
from web.queries.navigation import load_navigation
from web.read_models import BugPage, EventView, MilestoneView, NominationView, Notice, TrackerView

_PRIORITIZED = {
    PriorityState.NONE: "",
    PriorityState.NOMINATED: "nominated, not decided yet",
    PriorityState.PRIORITIZED: "yes",
    PriorityState.REFUSED: "refused",
}
_SUBJECTS = {"assigned_to": "assignee", "status": "state"}
_COLUMNS = (
    BugRow.summary,
    BugRow.status,
    BugRow.resolution,
    BugRow.product,
    BugRow.component,
    BugRow.version,
    BugRow.severity,
    BugRow.priority,
    BugRow.assigned_to,
    BugRow.creator,
    BugRow.whiteboard,
    BugRow.priority_state,
    BugRow.flags,
    BugRow.created_at,
    BugRow.last_change_at,
    BugRow.checked_at,
    BugRow.removal_held,
)

_Trackers = Mapping[int, tuple[MilestoneView, TrackerView]]


def load_bug(session: Session, bug_id: int, *, now: datetime, sync_interval_s: int) -> BugPage | None:
    """The page of a bug, or None for one that is not stored or not public: five SELECTs at most."""
    statement = select(BugRow).options(load_only(*_COLUMNS, raiseload=True))
    row = session.scalars(statement.where(BugRow.id == bug_id, BugRow.absence.is_(None))).one_or_none()
    if row is None:
        return None
    navigation = load_navigation(session)
    trackers = {tracker.id: (m, tracker) for m in navigation.milestones for tracker in m.trackers}
    stale_before = now - timedelta(seconds=2 * sync_interval_s)
    return BugPage(
        now=now,
        navigation=navigation,
        notices=(*_notices(row, stale_before), *load_source_notices(session)),
        id=bug_id,
        summary=row.summary,
        status=row.status,
        resolution=row.resolution,
        product=row.product,
        component=row.component,
        version=row.version,
        severity=row.severity,
        priority=row.priority,
        assigned_to=row.assigned_to,
        creator=row.creator,
        whiteboard=row.whiteboard,
        prioritized=_PRIORITIZED[PriorityState(row.priority_state)],
        needinfos=needinfos(row.flags),
        created_at=row.created_at,
        last_change_at=row.last_change_at,
        checked_at=row.checked_at,
        nominations=_load_nominations(session, bug_id, trackers),
        events=_load_events(session, bug_id, trackers),
    )


def _notices(row: BugRow, stale_before: datetime) -> Iterator[Notice]:
    if row.removal_held is not None:
        yield Notice(
            "Seems to be gone",
            f"This bug is listed until an operator has looked: {first_line(row.removal_held)}",
        )
    if row.checked_at < stale_before:
        yield Notice("Stale data", "This bug has not been read for too long", row.checked_at, "last read")


def _load_nominations(session: Session, bug_id: int, trackers: _Trackers) -> tuple[NominationView, ...]:
    rows = session.scalars(select(NominationRow).where(NominationRow.bug_id == bug_id))
    views = [_nomination(row, *trackers[row.tracker_id]) for row in rows]
    return tuple(sorted(views, key=lambda view: (not view.is_open, view.milestone.label, view.tracker_id)))


def _nomination(row: NominationRow, milestone: MilestoneView, tracker: TrackerView) -> NominationView:
    state = NominationState(row.state)
    return NominationView(
        title=nomination_title(TrackerKind(tracker.kind), state),
        tracker_id=tracker.id,
        milestone=milestone,
        is_open=state not in ENDED_STATES,
        reason=row.reason,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        ended_at=row.ended_at,
    )


def _load_events(session: Session, bug_id: int, trackers: _Trackers) -> tuple[EventView, ...]:
    rows = session.execute(
        select(EventRow.seq, EventRow.at, EventRow.field, EventRow.old, EventRow.new, EventRow.who)
        .where(EventRow.object_kind == KeyKind.BUG, EventRow.object_id == bug_id)
        .order_by(EventRow.at.desc(), EventRow.seq.desc())
    )
    return tuple(event_view(row, trackers) for row in rows)


def event_view(row: Row[*tuple[Any, ...]], trackers: _Trackers) -> EventView:
    """Names the subject of an event as people do: ``45-beta Blocker`` for a nomination, ``state`` for a status."""
    prefix, _, tracker_id = row.field.partition("/")
    if prefix != "nomination":
        return EventView(row.seq, row.at, _SUBJECTS.get(row.field, row.field), row.old, row.new, row.who)
    tracker = trackers.get(int(tracker_id))
    subject = tracker[1].title if tracker else f"tracker {tracker_id}"
    return EventView(row.seq, row.at, subject, _state_words(row.old), _state_words(row.new), row.who)


def _state_words(state: str) -> str:
    """A nomination's state as it is written in a sentence: ``accepted 0-day``."""
    return state.replace("_", " ").replace("0day", "0-day")
