"""One bug: its nominations with their reasons, and what happened to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from bbconsumer.config import Settings
from bbconsumer.db.justifications import load_justifications
from bbconsumer.db.models import BugRow, NominationRow
from bbconsumer.domain.nominations import ENDED_STATES, NominationState, PriorityState, nomination_title
from bbconsumer.domain.texts import first_line
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind, parse_decision_words
from web.queries.attention import load_bug_todos
from web.queries.flags import needinfos
from web.queries.freshness import load_source_notices
from web.queries.navigation import load_navigation
from web.queries.reviews import Nominated, load_reviews
from web.queries.timeline import Told, load_bug_events
from web.queries.updates import load_update_views
from web.read_models import BugPage, MilestoneView, NominationView, Notice, TicketView, TrackerView

_PRIORITIZED = {
    PriorityState.NONE: "",
    PriorityState.NOMINATED: "nominated, not decided yet",
    PriorityState.PRIORITIZED: "yes",
    PriorityState.REFUSED: "refused",
}
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
    BugRow.is_open,
    BugRow.depends_on,
)

_Trackers = Mapping[int, tuple[MilestoneView, TrackerView]]


def load_bug(
    session: Session,
    bug_id: int,
    *,
    now: datetime,
    settings: Settings,
) -> BugPage | None:
    """The page of a bug, or None for one that is not stored or not public: sixteen SELECTs at most, and ten for each
    active milestone for which it was nominated.

    Where Pagure is left alone nothing is told of reviews. Of updates nothing is told where Bodhi is, and not before
    they are known.
    """
    sync_interval_s, has_reviews = settings.sync_interval_s, settings.pagure_enabled
    statement = select(BugRow).options(load_only(*_COLUMNS, raiseload=True))
    row = session.scalars(statement.where(BugRow.id == bug_id, BugRow.absence.is_(None))).one_or_none()
    if row is None:
        return None
    navigation = load_navigation(session)
    trackers = {tracker.id: (m, tracker) for m in navigation.milestones for tracker in m.trackers}
    stale_before = now - timedelta(seconds=2 * sync_interval_s)
    of_sources = load_source_notices(session, now=now, sync_interval_s=sync_interval_s, with_votes=has_reviews)
    nominations = session.scalars(select(NominationRow).where(NominationRow.bug_id == bug_id)).all()
    why = load_justifications(session, bug_id, ((row.tracker_id, row.proposed_at) for row in nominations))
    tickets: tuple[TicketView, ...] | None = None
    if has_reviews:
        nominated = [_nominated(row, nomination, *trackers[nomination.tracker_id]) for nomination in nominations]
        tickets = load_reviews(session, (bug_id,), votes_needed=settings.votes_needed).of_bug(bug_id, nominated)
    updates = load_update_views(session, [bug_id]) if settings.bodhi_enabled else None
    nominated_for = {trackers[row.tracker_id][0].label for row in nominations}
    active = [milestone for milestone in navigation.active if milestone.label in nominated_for]
    return BugPage(
        now=now,
        navigation=navigation,
        notices=(*_notices(row, stale_before), *of_sources, *(updates.notices(stale_before) if updates else ())),
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
        depends_on_open=_load_open(session, row.depends_on),
        created_at=row.created_at,
        last_change_at=row.last_change_at,
        checked_at=row.checked_at,
        nominations=_views(nominations, trackers, why),
        todos=load_bug_todos(session, bug_id, active, now=now, settings=settings),
        tickets=tickets,
        updates=updates.of_bug(bug_id) if updates else None,
        events=load_bug_events(
            session, bug_id, navigation, Told(has_reviews, updates is not None), summary=row.summary
        ),
    )


def _load_open(session: Session, bug_ids: Collection[int]) -> tuple[int, ...]:
    """Those of the bugs that are open and have a page here."""
    is_open = BugRow.id.in_(bug_ids), BugRow.is_open, BugRow.absence.is_(None)
    return tuple(session.scalars(select(BugRow.id).where(*is_open).order_by(BugRow.id)))


def _notices(row: BugRow, stale_before: datetime) -> Iterator[Notice]:
    if row.removal_held is not None:
        yield Notice(
            "Seems to be gone",
            f"This bug is listed until an operator has looked: {first_line(row.removal_held)}",
        )
    if row.checked_at < stale_before:
        yield Notice("Stale data", "This bug has not been read for too long", row.checked_at, "last read")


def _views(rows: Iterable[NominationRow], trackers: _Trackers, why: Mapping[int, str]) -> tuple[NominationView, ...]:
    views = [_nomination(row, *trackers[row.tracker_id], why.get(row.tracker_id)) for row in rows]
    return tuple(sorted(views, key=lambda view: (not view.is_open, view.milestone.label, view.tracker_id)))


def _nomination(row: NominationRow, milestone: MilestoneView, tracker: TrackerView, why: str | None) -> NominationView:
    state = NominationState(row.state)
    return NominationView(
        title=nomination_title(TrackerKind(tracker.kind), state),
        kind=tracker.kind,
        state=state,
        tracker_id=tracker.id,
        milestone=milestone,
        is_open=state not in ENDED_STATES,
        reason=row.reason,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        justification=why,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        ended_at=row.ended_at,
    )


def _nominated(bug: BugRow, row: NominationRow, milestone: MilestoneView, tracker: TrackerView) -> Nominated:
    of = Milestone(milestone.release, MilestoneName(milestone.name))
    return Nominated(
        bug_id=row.bug_id,
        tracker=Tracker(row.tracker_id, TrackerKind(tracker.kind), of),
        state=NominationState(row.state),
        proposed_at=row.proposed_at,
        ended_at=row.ended_at,
        words=parse_decision_words(bug.whiteboard),
        is_live=bug.is_open and milestone.is_active,
    )
