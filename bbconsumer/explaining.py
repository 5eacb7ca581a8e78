"""What is known about a bug, from where, and why it is classified so: for an operator who is asked where a bug is.

Reads what is stored and asks no source. Of a bug that the public may not read nothing is told but that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db.models import (
    BugRow,
    EventRow,
    MilestoneRow,
    NominationRow,
    SourceState,
    SyncRun,
    TicketRow,
    TrackerRow,
    UpdateBugRow,
    UpdateRow,
    WorkItem,
)
from bbconsumer.domain.keys import NAMED_BY_A_BUG, SOURCE_BY_KIND, KeyKind
from bbconsumer.domain.moments import when
from bbconsumer.domain.snapshots import AbsenceReason
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind, list_decision_words
from bbconsumer.log import escaped

# The last events that are told; the page of the bug has them all.
EVENTS = 10

_ABSENT = {
    AbsenceReason.PRIVATE: "It is not public. So it does not exist for this service, and nothing about it is told.",
    AbsenceReason.MISSING: "Bugzilla says that there is no such bug, or that we may not read it.",
}


def explain_bug(session: Session, bug_id: int, settings: Settings, now: datetime) -> str:
    """The explanation, as lines for a terminal, none of which commands it."""
    row = session.get(BugRow, bug_id)
    if row is not None and row.absence is None:
        lines = _explain_public(session, row, settings, now)
    else:
        lines = _explain_unknown(session, bug_id, row, now)
    return "".join(f"{escaped(line)}\n" for line in lines)


def _explain_public(session: Session, row: BugRow, settings: Settings, now: datetime) -> Iterator[str]:
    trackers = _load_trackers(session)
    yield f"Bug {row.id}: {row.summary}"
    yield f"{settings.bugzilla_url}/show_bug.cgi?id={row.id}"
    yield ""
    yield "As Bugzilla told it"
    yield f"  read last {when(row.checked_at, now)}, first {when(row.first_seen_at, now)}"
    yield f"  changed there {when(row.last_change_at, now)}"
    outcome = f"{row.status} {row.resolution}".rstrip()
    yield f"  {outcome}; {row.product}, {row.component}, version {row.version}; assigned to {row.assigned_to}"
    if row.dupe_of:
        yield f"  duplicate of bug {row.dupe_of}"
    blocked = [f"{number} ({trackers[number].title})" for number in row.blocks if number in trackers]
    yield f"  blocks {', '.join(blocked) or 'no tracker that is known here'}"
    yield f"  words in the whiteboard: {', '.join(list_decision_words(row.whiteboard)) or 'none'}"
    yield f"  entries of its history that were read: {len(row.history)}"
    yield f"  {_listing(row, now)}"
    yield from _nominations(session, row.id, trackers, now)
    yield from _tickets(session, row.id, settings, now)
    yield from _updates(session, row.id, settings, now)
    yield from _events(session, row.id, now)
    yield from _queue(session, row.id, now, is_told=True)


def _explain_unknown(session: Session, bug_id: int, row: BugRow | None, now: datetime) -> Iterator[str]:
    trackers = _load_trackers(session)
    if tracker := trackers.get(bug_id):
        yield f"Bug {bug_id} is itself a tracker: {tracker.title}."
        problem = session.scalar(select(TrackerRow.problem).where(TrackerRow.id == bug_id))
        yield f"  {problem or 'nothing is wrong with it'}"
    elif row is not None and row.absence is not None:
        yield f"Bug {bug_id} is not shown."
        yield f"  {_ABSENT[AbsenceReason(row.absence)]}"
        yield f"  found so {when(row.checked_at, now)}"
    else:
        yield f"Bug {bug_id} is not stored."
        yield "  It will be once a message or a sync finds that it blocks one of the trackers below, that it is"
        yield "  prioritized or nominated to be, or that a stored bug is a duplicate of it. Trackers that syncs read:"
        active = select(TrackerRow.id).join(MilestoneRow, MilestoneRow.id == TrackerRow.milestone_id)
        for number in session.scalars(active.where(MilestoneRow.is_active).order_by(TrackerRow.id)):
            yield f"    {number} ({trackers[number].title})"
        yield f"  last complete sync of Bugzilla: {when(_last_sync(session), now)}"
    yield from _queue(session, bug_id, now, is_told=row is None)


def _listing(row: BugRow, now: datetime) -> str:
    if row.removal_held:
        return f"kept on the lists although it seems to have gone, until an operator has looked: {row.removal_held}"
    if row.is_active:
        return "on the lists"
    return f"on no list; left them {when(row.deactivated_at, now)}" if row.deactivated_at else "never was on the lists"


def _nominations(session: Session, bug_id: int, trackers: dict[int, Tracker], now: datetime) -> Iterator[str]:
    yield ""
    yield "Nominations, and why they are what they are"
    rows = session.scalars(
        select(NominationRow).where(NominationRow.bug_id == bug_id).order_by(NominationRow.tracker_id)
    ).all()
    for row in rows:
        yield f"  {trackers[row.tracker_id].title}: {row.state}"
        yield f"    because: {row.reason}"
        for verb, at, who in (
            ("proposed", row.proposed_at, row.proposed_by),
            ("decided", row.decided_at, row.decided_by),
        ):
            if at:
                yield f"    {verb} {when(at, now)}" + (f" by {who}" if who else "")
        if row.ended_at:
            yield f"    ended {when(row.ended_at, now)}"
    if not rows:
        yield "  none: it has not blocked a tracker since Bugzilla's history begins"


def _tickets(session: Session, bug_id: int, settings: Settings, now: datetime) -> Iterator[str]:
    yield ""
    yield "Review tickets, as Pagure told them"
    if not settings.pagure_enabled:
        yield "  not read: PAGURE_ENABLED is off"
        return
    told = select(TicketRow).where(TicketRow.bug_id == bug_id, TicketRow.absence.is_(None)).order_by(TicketRow.id)
    rows = session.scalars(told).all()
    for row in rows:
        url = f"{settings.pagure_url}/{settings.pagure_repo}/issue/{row.id}"
        state = "open" if row.is_open else f"closed {row.close_status}".rstrip()
        yield f"  {url}: {state}, read {when(row.checked_at, now)}"
        for _, tracker in sorted(row.review.get("trackers", {}).items()):
            yield f"    {tracker['tally']}; {tracker['advice']}"
    if not rows:
        yield "  none is known"


def _updates(session: Session, bug_id: int, settings: Settings, now: datetime) -> Iterator[str]:
    yield ""
    yield "Updates that claim to fix it, as Bodhi told them"
    if not settings.bodhi_enabled:
        yield "  not read: BODHI_ENABLED is off"
        return
    naming = select(UpdateRow).join(UpdateBugRow, UpdateBugRow.update_id == UpdateRow.id)
    rows = session.scalars(naming.where(UpdateBugRow.bug_id == bug_id).order_by(UpdateRow.alias)).all()
    for row in rows:
        request = f", {row.request} requested" if row.request else ""
        yield f"  {row.alias}: {row.status}{request}, karma {row.karma:+d}, read {when(row.checked_at, now)}"
    if not rows:
        yield "  none is known"


def _events(session: Session, bug_id: int, now: datetime) -> Iterator[str]:
    yield ""
    yield f"What happened, the last {EVENTS}"
    of_bug = select(EventRow).where(EventRow.object_kind == KeyKind.BUG, EventRow.object_id == bug_id)
    rows = session.scalars(of_bug.order_by(EventRow.at.desc(), EventRow.seq.desc()).limit(EVENTS)).all()
    for row in reversed(rows):
        who = f" by {row.who}" if row.who else ""
        yield f"  {when(row.at, now)}{who}: {row.field}: {row.old or 'nothing'} → {row.new or 'nothing'}"
    if not rows:
        yield "  nothing that was told"


def _queue(session: Session, bug_id: int, now: datetime, *, is_told: bool) -> Iterator[str]:
    """What is still to be done. `is_told` is false for a bug of which nothing is told: errors may quote it."""
    yield ""
    yield "Still to be done"
    tickets = select(TicketRow.id).where(TicketRow.bug_id == bug_id)
    updates = select(UpdateBugRow.update_id).where(UpdateBugRow.bug_id == bug_id)
    mine = or_(
        and_(WorkItem.kind.in_(NAMED_BY_A_BUG), WorkItem.id == bug_id),
        and_(WorkItem.kind == KeyKind.TICKET, WorkItem.id.in_(tickets)),
        and_(WorkItem.kind == KeyKind.UPDATE, WorkItem.id.in_(updates)),
    )
    items = session.scalars(select(WorkItem).where(mine).order_by(WorkItem.kind, WorkItem.id)).all()
    down = {source.name: source for source in session.scalars(select(SourceState).where(SourceState.down_until > now))}
    for item in items:
        is_held = item.leased_until is not None and item.leased_until > now
        state = "a worker has it in hand" if is_held else f"due {when(item.due_at, now)}"
        told_by = f", last by message {item.message_id}" if item.message_id and is_told else ""
        yield f"  {item.kind}/{item.id}: {state}; marked {when(item.marked_at, now)}{told_by}"
        if item.attempts:
            yield f"    failed {item.attempts} times" + (f", last: {item.last_error}" if is_told else "")
        if source := down.get(SOURCE_BY_KIND[KeyKind(item.kind)]):
            yield f"    waits for {source.name}, which is left alone until {when(source.down_until, now)}"
    if not items:
        yield "  nothing"


def _load_trackers(session: Session) -> dict[int, Tracker]:
    rows = session.execute(
        select(TrackerRow.id, TrackerRow.kind, MilestoneRow.release, MilestoneRow.name).join(
            MilestoneRow, MilestoneRow.id == TrackerRow.milestone_id
        )
    )
    return {
        number: Tracker(number, TrackerKind(kind), Milestone(release, MilestoneName(name)))
        for number, kind, release, name in rows
    }


def _last_sync(session: Session) -> datetime | None:
    complete = select(SyncRun.finished_at).where(SyncRun.source == "bugzilla", SyncRun.state == "complete")
    return session.scalar(complete.order_by(SyncRun.finished_at.desc()).limit(1))
