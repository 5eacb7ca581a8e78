"""Loads the bugs of a milestone, and those that duplicates lead to, as readiness sees them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, EventRow, MilestoneRow, NominationRow, RecordRow, TicketRow, TrackerRow
from bbconsumer.db.records import WriteState
from bbconsumer.domain.assessment import VERIFIED
from bbconsumer.domain.facts import Needinfo, ReviewFacts, TrackedBug
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.nominations import Nomination, NominationState
from bbconsumer.domain.review_facts import find_review_facts
from bbconsumer.domain.reviews import read_json
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind

# Not `history`, which is by far the largest column.
_COLUMNS = (
    BugRow.id,
    BugRow.summary,
    BugRow.component,
    BugRow.status,
    BugRow.resolution,
    BugRow.assigned_to,
    BugRow.is_open,
    BugRow.severity,
    BugRow.created_at,
    BugRow.last_change_at,
    BugRow.dupe_of,
    BugRow.depends_on,
    BugRow.flags,
    BugRow.removal_held,
)


@dataclass(frozen=True, slots=True)
class _StatusPast:
    """When the present status was set, and whether it ever was VERIFIED, as far as events tell."""

    since: datetime
    was_verified: bool


@lru_cache
def select_of_milestone(milestone: Milestone) -> Select[int]:
    """The numbers of the bugs that were nominated for a milestone, and of all that they are duplicates of."""
    nominated = (
        select(NominationRow.bug_id.label("id"))
        .join(TrackerRow, TrackerRow.id == NominationRow.tracker_id)
        .join(MilestoneRow, MilestoneRow.id == TrackerRow.milestone_id)
    )
    mine = (MilestoneRow.release == milestone.release, MilestoneRow.name == milestone.name)
    return _follow_duplicates(nominated.where(*mine))


def load_tracked_bugs(
    session: Session,
    trackers: Sequence[Tracker],
    updates_by_bug: Mapping[int, tuple[UpdateSnapshot, ...]],
    tickets_url: str | None,
    bug_id: int | None = None,
) -> tuple[TrackedBug, ...]:
    """The public bugs with a nomination for one of the trackers, and those that duplicates lead to: six SELECTs.

    With `bug_id` only that one of them, and those that it leads to. Without `tickets_url` nothing is told of tickets.
    """
    ids = _select_nominated(tuple(t.id for t in trackers)) if bug_id is None else select_with_duplicates(bug_id)
    rows = session.execute(_select_bugs(ids))
    open_ids = frozenset(session.scalars(_OPEN))
    nominations = _load_nominations(session, ids)
    reviews = {} if tickets_url is None else _load_reviews(session, ids, trackers, nominations, tickets_url)
    pasts = _load_status_pasts(session, ids)
    return tuple(
        TrackedBug(
            id=row.id,
            summary=row.summary,
            component=row.component,
            status=row.status,
            resolution=row.resolution,
            assigned_to=row.assigned_to,
            is_open=row.is_open,
            severity=row.severity,
            last_change_at=row.last_change_at,
            status_since=pasts[row.id].since if row.id in pasts else row.created_at,
            was_verified=row.status == VERIFIED or (row.id in pasts and pasts[row.id].was_verified),
            dupe_of=row.dupe_of,
            depends_on_open=tuple(sorted(open_ids.intersection(row.depends_on))),
            needinfos=_needinfos(row.flags),
            nominations=tuple(nominations.get(row.id, ())),
            updates=updates_by_bug.get(row.id, ()),
            review=reviews.get(row.id),
            removal_held=row.removal_held or "",
        )
        for row in rows
    )


@lru_cache
def _select_nominated(tracker_ids: tuple[int, ...]) -> Select[int]:
    return _follow_duplicates(select(NominationRow.bug_id.label("id")).where(NominationRow.tracker_id.in_(tracker_ids)))


@lru_cache
def select_with_duplicates(bug_id: int) -> Select[int]:
    """The numbers of a bug and of all that it is a duplicate of, by way of others too."""
    return _follow_duplicates(select(BugRow.id.label("id")).where(BugRow.id == bug_id))


def _follow_duplicates(roots: Select[int]) -> Select[int]:
    """A union of sets ends also where duplicates form a circle."""
    chain = roots.cte("wanted_bug", recursive=True)
    others = select(BugRow.dupe_of).join(chain, BugRow.id == chain.c.id).where(BugRow.dupe_of.is_not(None))
    return select(chain.union(others).c.id)


@lru_cache
def _select_bugs(ids: Select[int]) -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).where(BugRow.id.in_(ids), BugRow.absence.is_(None)).order_by(BugRow.id)


_OPEN = select(BugRow.id).where(BugRow.is_open, BugRow.absence.is_(None))


def _load_nominations(session: Session, ids: Select[int]) -> Mapping[int, list[Nomination]]:
    """All nominations of the bugs, for whatever milestone."""
    found: dict[int, list[Nomination]] = defaultdict(list)
    for row in session.execute(_select_nominations(ids)):
        tracker = Tracker(row.tracker_id, TrackerKind(row.kind), Milestone(row.release, MilestoneName(row.name)))
        found[row.bug_id].append(
            Nomination(
                tracker=tracker,
                state=NominationState(row.state),
                reason=row.reason,
                proposed_at=row.proposed_at,
                proposed_by=row.proposed_by,
                decided_at=row.decided_at,
                decided_by=row.decided_by,
                ended_at=row.ended_at,
            )
        )
    return found


@lru_cache
def _select_nominations(ids: Select[int]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            NominationRow.bug_id,
            NominationRow.tracker_id,
            NominationRow.state,
            NominationRow.reason,
            NominationRow.proposed_at,
            NominationRow.proposed_by,
            NominationRow.decided_at,
            NominationRow.decided_by,
            NominationRow.ended_at,
            TrackerRow.kind,
            MilestoneRow.release,
            MilestoneRow.name,
        )
        .join(TrackerRow, TrackerRow.id == NominationRow.tracker_id)
        .join(MilestoneRow, MilestoneRow.id == TrackerRow.milestone_id)
        .where(NominationRow.bug_id.in_(ids))
        .order_by(NominationRow.bug_id, NominationRow.tracker_id)
    )


def _load_status_pasts(session: Session, ids: Select[int]) -> Mapping[int, _StatusPast]:
    return {bug_id: _StatusPast(at, bool(was)) for bug_id, at, was in session.execute(_select_status_pasts(ids))}


@lru_cache
def _select_status_pasts(ids: Select[int]) -> Select[int, datetime, int]:
    is_verified: ColumnElement[bool] = or_(EventRow.new == VERIFIED, EventRow.old == VERIFIED)
    return (
        select(EventRow.object_id, func.max(EventRow.at), func.max(case((is_verified, 1), else_=0)))
        .where(EventRow.object_kind == KeyKind.BUG, EventRow.field == "status", EventRow.object_id.in_(ids))
        .group_by(EventRow.object_id)
    )


def _load_reviews(
    session: Session,
    ids: Select[int],
    trackers: Sequence[Tracker],
    nominations: Mapping[int, Sequence[Nomination]],
    tickets_url: str,
) -> Mapping[int, ReviewFacts]:
    """What the ticket that counts says about each bug: the oldest open one, or the newest where none is open."""
    problems = _load_problems(session, ids)
    reviews: dict[int, ReviewFacts] = {}
    for bug_id, ticket_id, stored in session.execute(_select_tickets(ids)):
        if bug_id in reviews or bug_id is None:
            continue
        review = read_json(stored)
        known = {
            decision: problem
            for decision in review.decisions.values()
            if (problem := problems.get((bug_id, decision.tracker, decision.comment_id)))
        }
        url = f"{tickets_url}{ticket_id}"
        reviews[bug_id] = find_review_facts(review, url, trackers, nominations.get(bug_id, ()), known)
    return reviews


@lru_cache
def _select_tickets(ids: Select[int]) -> Select[*tuple[Any, ...]]:
    return (
        select(TicketRow.bug_id, TicketRow.id, TicketRow.review)
        .where(TicketRow.bug_id.in_(ids), TicketRow.absence.is_(None))
        .order_by(TicketRow.is_open.desc(), case((TicketRow.is_open, TicketRow.id), else_=-TicketRow.id))
    )


def _load_problems(session: Session, ids: Select[int]) -> Mapping[tuple[int, str, int], str]:
    """Why decisions could not be recorded, by bug, what was decided about, and comment."""
    rows = session.execute(_select_problems(ids))
    return {(row.bug_id, row.vote_tracker, row.comment_id): row.problem for row in rows}


@lru_cache
def _select_problems(ids: Select[int]) -> Select[int, str, int, str]:
    return select(RecordRow.bug_id, RecordRow.vote_tracker, RecordRow.comment_id, RecordRow.problem).where(
        RecordRow.bug_id.in_(ids), RecordRow.state == WriteState.CONFLICT
    )


def _needinfos(flags: Sequence[Mapping[str, str | None]]) -> tuple[Needinfo, ...]:
    return tuple(
        Needinfo(flag.get("requestee") or "", datetime.fromisoformat(at) if (at := flag.get("modified_at")) else None)
        for flag in flags
        if flag["name"] == "needinfo" and flag["status"] == "?"
    )
