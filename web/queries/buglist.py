"""The bugs of one milestone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, NominationRow, TrackerRow
from bbconsumer.domain.nominations import (
    ACCEPTED_STATES,
    NominationState,
    PriorityState,
    nomination_title,
)
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind, parse_decision_words
from web.queries.flags import needinfos
from web.queries.freshness import first_line, load_freshness
from web.queries.navigation import load_navigation
from web.queries.reviews import Nominated, Reviews, load_reviews
from web.queries.sections import Listed, make_sections
from web.queries.updates import Updates, load_update_views
from web.read_models import BugLine, BuglistPage, Freshness, MilestoneView, Notice, UnknownMilestonePage

# Not `history`, which is by far the largest column.
_BUG_COLUMNS = (
    BugRow.id,
    BugRow.component,
    BugRow.status,
    BugRow.resolution,
    BugRow.summary,
    BugRow.flags,
    BugRow.last_change_at,
    BugRow.removal_held,
    BugRow.is_open,
)


def load_buglist(
    session: Session,
    release: str,
    name: str,
    *,
    now: datetime,
    sync_interval_s: int,
    votes_needed: int | None,
    with_updates: bool = False,
) -> BuglistPage | UnknownMilestonePage:
    """The page of a milestone, or the one that names those that there are: nine SELECTs.

    `votes_needed` is None where Pagure is left alone: then nothing is told of reviews. Of updates nothing is told
    unless that is wanted, and not before they are known.
    """
    navigation = load_navigation(session)
    milestone = navigation.find(release, name)
    if milestone is None:
        return UnknownMilestonePage(now, navigation)
    has_reviews = votes_needed is not None
    freshness = load_freshness(session, now=now, sync_interval_s=sync_interval_s, with_votes=has_reviews)
    nominated = select(NominationRow.bug_id).where(NominationRow.tracker_id.in_(_tracker_ids(milestone)))
    updates = load_update_views(session, nominated) if with_updates else None
    if updates:
        stale_before = now - timedelta(seconds=2 * sync_interval_s)
        freshness = replace(freshness, notices=(*freshness.notices, *updates.notices(stale_before)))
    reviews = None
    if votes_needed is not None:
        reviews = load_reviews(session, nominated, votes_needed=votes_needed)
    nominations = [_listed(row, milestone, reviews, updates) for row in session.execute(_nominations(milestone))]
    prioritized = [_prioritized_line(row) for row in session.execute(_prioritized())]
    sections = make_sections(nominations, prioritized)
    seen: set[int] = set()
    return BuglistPage(
        now,
        navigation,
        milestone,
        _of_milestone(freshness, milestone),
        tuple(replace(section, lines=tuple(_with_short_anchors(section.lines, seen))) for section in sections),
        has_reviews,
        updates is not None,
    )


def _tracker_ids(milestone: MilestoneView) -> list[int]:
    return [tracker.id for tracker in milestone.trackers]


def _nominations(milestone: MilestoneView) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *_BUG_COLUMNS,
            BugRow.whiteboard,
            NominationRow.tracker_id,
            TrackerRow.kind,
            NominationRow.state,
            NominationRow.reason,
            NominationRow.proposed_at,
            NominationRow.decided_at,
            NominationRow.ended_at,
        )
        .join(NominationRow, NominationRow.bug_id == BugRow.id)
        .join(TrackerRow, TrackerRow.id == NominationRow.tracker_id)
        .where(NominationRow.tracker_id.in_(_tracker_ids(milestone)), BugRow.absence.is_(None))
    )


def _prioritized() -> Select[*tuple[Any, ...]]:
    wanted = select(*_BUG_COLUMNS).where(BugRow.priority_state == PriorityState.PRIORITIZED)
    return wanted.where(BugRow.absence.is_(None)).order_by(BugRow.component, BugRow.id)


def _listed(
    row: Row[*tuple[Any, ...]],
    milestone: MilestoneView,
    reviews: Reviews | None,
    updates: Updates | None,
) -> Listed:
    kind, state = TrackerKind(row.kind), NominationState(row.state)
    line = BugLine(
        anchor=f"bug-{row.id}-{kind.value.replace('_', '-')}",
        decision=nomination_title(kind, state),
        notes=tuple(_notes(row, state)),
        proposed_at=row.proposed_at,
        review=reviews.of_nomination(_nominated(row, milestone)) if reviews else None,
        updates=updates.of_bug(row.id) if updates else (),
        **_bug_values(row),
    )
    return Listed(line, kind, state, row.is_open, row.ended_at)


def _prioritized_line(row: Row[*tuple[Any, ...]]) -> BugLine:
    return BugLine(
        anchor=f"bug-{row.id}-prioritized",
        decision="Prioritized",
        notes=tuple(_held_notes(row)),
        proposed_at=None,
        review=None,
        **_bug_values(row),
    )


def _nominated(row: Row[*tuple[Any, ...]], milestone: MilestoneView) -> Nominated:
    of = Milestone(milestone.release, MilestoneName(milestone.name))
    return Nominated(
        bug_id=row.id,
        tracker=Tracker(row.tracker_id, TrackerKind(row.kind), of),
        state=NominationState(row.state),
        proposed_at=row.proposed_at,
        ended_at=row.ended_at,
        words=parse_decision_words(row.whiteboard),
        is_live=row.is_open and milestone.is_active,
    )


def _bug_values(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "component": row.component,
        "status": row.status,
        "resolution": row.resolution,
        "summary": row.summary,
        "needinfos": needinfos(row.flags),
        "last_change_at": row.last_change_at,
    }


def _notes(row: Row[*tuple[Any, ...]], state: NominationState) -> Iterator[str]:
    is_plain = state is NominationState.PROPOSED or (
        # Where a time is unknown the reason tells that the decision rests on a guess.
        state in ACCEPTED_STATES and row.proposed_at is not None and row.decided_at is not None
    )
    if not is_plain:
        yield row.reason
    yield from _held_notes(row)


def _held_notes(row: Row[*tuple[Any, ...]]) -> Iterator[str]:
    if row.removal_held is not None:
        yield f"seems to be gone, and is listed until an operator has looked: {first_line(row.removal_held)}"


def _with_short_anchors(lines: Iterable[BugLine], seen: set[int]) -> Iterator[BugLine]:
    """A bug's first line on the page gets the anchor ``bug-<id>``; anchors must differ."""
    for line in lines:
        yield line if line.id in seen else replace(line, anchor=f"bug-{line.id}")
        seen.add(line.id)


def _of_milestone(freshness: Freshness, milestone: MilestoneView) -> Freshness:
    """What is known of the milestone's own trackers added to what is known of all data."""
    own = []
    if not milestone.is_active:
        own.append(Notice("Not an active milestone", "It is kept as history: no sync reads its trackers any more."))
    missing = {kind.value for kind in TrackerKind} - {tracker.kind for tracker in milestone.trackers}
    own += [Notice("Tracker missing", f"No {TrackerKind(kind).label} tracker is set up.") for kind in sorted(missing)]
    own += [Notice("Tracker problem", tracker.problem) for tracker in milestone.trackers if tracker.problem]
    if not missing and all(tracker.is_read for tracker in milestone.trackers):
        return replace(freshness, notices=(*freshness.notices, *own))
    if freshness.checked_at is not None:
        own.append(Notice("No data yet", "This milestone is new: no sync has read its trackers so far."))
    return replace(freshness, checked_at=None, notices=(*freshness.notices, *own))
