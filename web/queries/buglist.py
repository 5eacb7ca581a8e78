"""The bugs of one milestone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db.models import BugRow, NominationRow, TrackerRow
from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.nominations import (
    ACCEPTED_STATES,
    NominationState,
    PriorityState,
    nomination_title,
)
from bbconsumer.domain.texts import first_line
from bbconsumer.domain.trackers import Milestone, MilestoneName, Tracker, TrackerKind, parse_decision_words
from web.lists import ListQuery
from web.lists.bugs import BUGS
from web.lists.view import view_list
from web.queries.attention import count_todos, with_todos
from web.queries.facts import load_known_facts
from web.queries.flags import needinfos
from web.queries.freshness import load_freshness, of_milestone, with_sources
from web.queries.navigation import load_navigation
from web.queries.reviews import Nominated, Reviews, load_reviews
from web.queries.sections import Listed, make_sections
from web.queries.updates import Updates, updates_in
from web.read_models import (
    BugLine,
    BuglistPage,
    Freshness,
    MilestoneView,
    Navigation,
    Section,
    UnknownMilestonePage,
)

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
    BugRow.severity,
    BugRow.assigned_to,
    BugRow.priority_state,
    BugRow.depends_on,
)


@dataclass(frozen=True, slots=True)
class ListedBugs:
    """All that is listed of a milestone, with the facts from which it was judged."""

    navigation: Navigation
    milestone: MilestoneView
    freshness: Freshness
    sections: tuple[Section, ...]
    facts: MilestoneFacts
    has_updates: bool


def load_buglist(
    session: Session, release: str, name: str, *, now: datetime, settings: Settings, query: ListQuery
) -> BuglistPage | UnknownMilestonePage:
    """The page of a milestone with the rows that are asked for, or the one that names the milestones that there are."""
    listed = load_listed_bugs(session, release, name, now=now, settings=settings)
    if isinstance(listed, UnknownMilestonePage):
        return listed
    lines = [line for section in listed.sections for line in section.lines]
    sections = tuple(replace(section, lines=BUGS.choose(query, section.lines)) for section in listed.sections)
    return BuglistPage(
        now=now,
        navigation=listed.navigation,
        milestone=listed.milestone,
        freshness=listed.freshness,
        sections=sections,
        has_reviews=settings.pagure_enabled,
        has_updates=listed.has_updates,
        todos=count_todos(listed.sections),
        listing=view_list(BUGS, query, lines, sum(len(section.lines) for section in sections)),
    )


def load_listed_bugs(
    session: Session, release: str, name: str, *, now: datetime, settings: Settings
) -> ListedBugs | UnknownMilestonePage:
    """Every row of a milestone's buglist: eighteen SELECTs at most.

    Where Pagure is left alone nothing is told of reviews. Of updates nothing is told where Bodhi is, and not before
    they are known.
    """
    navigation = load_navigation(session)
    milestone = navigation.find(release, name)
    if milestone is None:
        return UnknownMilestonePage(now, navigation)
    tracker_ids = tuple(tracker.id for tracker in milestone.trackers)
    facts = load_known_facts(session, milestone, settings)
    freshness = with_sources(
        load_freshness(session, now=now, sync_interval_s=settings.sync_interval_s, with_votes=settings.pagure_enabled),
        facts.sources,
        now,
    )
    updates = updates_in(facts) if settings.bodhi_enabled else None
    if updates:
        stale_before = now - timedelta(seconds=2 * settings.sync_interval_s)
        freshness = replace(freshness, notices=(*freshness.notices, *updates.notices(stale_before)))
    reviews = None
    if settings.pagure_enabled:
        reviews = load_reviews(session, _nominated_ids(tracker_ids), votes_needed=settings.votes_needed)
    nominations = session.execute(_nominations(tracker_ids))
    found = [_listed(row, milestone, reviews, updates, facts.bugs_by_id[row.id]) for row in nominations]
    prioritized = _load_prioritized(session)
    seen: set[int] = set()
    return ListedBugs(
        navigation,
        milestone,
        of_milestone(freshness, milestone),
        tuple(with_todos(_placed(section, seen), facts, now) for section in make_sections(found, prioritized)),
        facts,
        updates is not None,
    )


@lru_cache
def _nominated_ids(tracker_ids: tuple[int, ...]) -> Select[int]:
    return select(NominationRow.bug_id).where(NominationRow.tracker_id.in_(tracker_ids))


@lru_cache
def _nominations(tracker_ids: tuple[int, ...]) -> Select[*tuple[Any, ...]]:
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
        .where(NominationRow.tracker_id.in_(tracker_ids), BugRow.absence.is_(None))
    )


def _load_prioritized(session: Session) -> list[BugLine]:
    """The bugs that are to be fixed first whatever the milestone; what they wait for is asked only where there are."""
    rows = session.execute(_prioritized()).all()
    open_ids: frozenset[int] = frozenset()
    if waited_for := {bug_id for row in rows for bug_id in row.depends_on}:
        is_open = BugRow.id.in_(waited_for), BugRow.is_open, BugRow.absence.is_(None)
        open_ids = frozenset(session.scalars(select(BugRow.id).where(*is_open)))
    return [_prioritized_line(row, open_ids) for row in rows]


@cache
def _prioritized() -> Select[*tuple[Any, ...]]:
    wanted = select(*_BUG_COLUMNS).where(BugRow.priority_state == PriorityState.PRIORITIZED)
    return wanted.where(BugRow.absence.is_(None)).order_by(BugRow.component, BugRow.id)


def _listed(
    row: Row[*tuple[Any, ...]],
    milestone: MilestoneView,
    reviews: Reviews | None,
    updates: Updates | None,
    bug: TrackedBug,
) -> Listed:
    kind, state = TrackerKind(row.kind), NominationState(row.state)
    line = BugLine(
        anchor=f"bug-{row.id}-{kind.value.replace('_', '-')}",
        kind=kind,
        nomination=state,
        decision=nomination_title(kind, state),
        notes=tuple(_notes(row, state)),
        proposed_at=row.proposed_at,
        review=reviews.of_nomination(_nominated(row, milestone)) if reviews else None,
        updates=updates.of_bug(row.id) if updates else (),
        depends_on_open=bug.depends_on_open,
        **_bug_values(row),
    )
    return Listed(line, kind, state, row.is_open, row.ended_at)


def _prioritized_line(row: Row[*tuple[Any, ...]], open_ids: frozenset[int]) -> BugLine:
    return BugLine(
        anchor=f"bug-{row.id}-prioritized",
        kind=None,
        nomination="",
        decision="Prioritized",
        notes=tuple(_held_notes(row)),
        proposed_at=None,
        review=None,
        depends_on_open=tuple(sorted(open_ids.intersection(row.depends_on))),
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
        "severity": row.severity,
        "assigned_to": row.assigned_to,
        "is_prioritized": row.priority_state == PriorityState.PRIORITIZED,
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


def _placed(section: Section, seen: set[int]) -> Section:
    """The section whose lines know it. A bug's first line on the page gets the anchor ``bug-<id>``: anchors must
    differ."""
    lines = []
    for line in section.lines:
        anchor = line.anchor if line.id in seen else f"bug-{line.id}"
        lines.append(replace(line, anchor=anchor, section=section.anchor))
        seen.add(line.id)
    return replace(section, lines=tuple(lines))
