"""Loads all that readiness, attention and reports are told about a milestone: a number of SELECTs that stays the same.

How far the data can be trusted is loaded with them and never assumed: a source of which nothing is stored has never
answered. Bugs that the public may not read, or that are gone, are not among the facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bbconsumer.db.bug_facts import load_tracked_bugs
from bbconsumer.db.models import MilestoneRow, RemovalGate, ReviewProject, SourceState, SyncRun, TrackerRow
from bbconsumer.domain.facts import MilestoneDates, MilestoneFacts, SourceFacts
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.texts import first_line
from bbconsumer.domain.trackers import Milestone, Tracker, TrackerKind

BUGZILLA, PAGURE, BODHI = "bugzilla", "pagure", "bodhi"


@dataclass(frozen=True, slots=True)
class FactsScope:
    """On which sources a verdict rests, after what time without an answer they are stale, and where tickets are.

    `tickets_url` is what stands before the number in a ticket's address, None where tickets are left alone,
    and `votes_needed` the votes one way that make a proposal ready.
    """

    source_names: tuple[str, ...]
    stale_after: timedelta
    tickets_url: str | None
    votes_needed: int


def load_milestone_facts(
    session: Session,
    milestone: Milestone,
    updates_by_bug: Mapping[int, tuple[UpdateSnapshot, ...]],
    scope: FactsScope,
    bug_id: int | None = None,
) -> MilestoneFacts | None:
    """All that is stored about a milestone; None for one that is not known: nine SELECTs.

    With `bug_id` only what concerns that bug: enough to say what is to be done about it, not to judge the milestone.
    """
    rows = session.execute(_select_milestone(milestone)).all()
    if not rows:
        return None
    row, joined = rows[0][0], [tracker for _, tracker in rows]
    tracker_rows = list(filter(None, joined))
    trackers = tuple(Tracker(t.id, TrackerKind(t.kind), milestone) for t in tracker_rows)
    last_complete_sync_at, gate_reason, sources = load_trust(session, scope)
    return MilestoneFacts(
        milestone=milestone,
        bugs=load_tracked_bugs(session, trackers, updates_by_bug, scope.tickets_url, bug_id),
        last_complete_sync_at=last_complete_sync_at,
        sync_stale_after=scope.stale_after,
        sources=sources,
        gate_reason=gate_reason,
        list_problems=tuple(_list_problems(row, tracker_rows, sources)),
        are_updates_known=_are_updates_known(sources),
        votes_needed=scope.votes_needed,
        dates=MilestoneDates(row.freeze_at, row.go_no_go_at, row.target_at),
    )


@lru_cache
def _select_milestone(milestone: Milestone) -> Select[MilestoneRow, TrackerRow]:
    mine = (MilestoneRow.release == milestone.release, MilestoneRow.name == milestone.name)
    statement = select(MilestoneRow, TrackerRow).outerjoin(TrackerRow, TrackerRow.milestone_id == MilestoneRow.id)
    return statement.where(*mine).order_by(TrackerRow.kind)


def load_trust(session: Session, scope: FactsScope) -> tuple[datetime | None, str, tuple[SourceFacts, ...]]:
    """When the last complete sync of the bugs ended, why removals are held, and how the sources fare."""
    tripped_at, reason, synced_at, updates_synced_at, project_checked_at = session.execute(_select_trust()).one()
    states = {row.name: row for row in session.scalars(_STATES)}
    # A sync that finds nothing to read object by object has heard of the source all the same.
    heard_at = {BUGZILLA: synced_at, PAGURE: project_checked_at}
    of_all = {name: _source(name, states.get(name), heard_at.get(name), scope) for name in scope.source_names}
    if bodhi := of_all.get(BODHI):
        # An answer about one update, which a message asked for, tells nothing of the others: only a sync does.
        of_all[BODHI] = replace(bodhi, last_success_at=updates_synced_at)
    sources = tuple(of_all.values())
    gate_reason = (first_line(reason) or "no reason was recorded") if tripped_at else ""
    return synced_at, gate_reason, sources


_STATES = select(SourceState)


@cache
def _select_trust() -> Select[*tuple[Any, ...]]:
    complete = select(func.max(SyncRun.finished_at)).where(SyncRun.state == "complete")
    return select(
        RemovalGate.tripped_at,
        RemovalGate.reason,
        complete.where(SyncRun.source == BUGZILLA).scalar_subquery(),
        complete.where(SyncRun.source == BODHI).scalar_subquery(),
        ReviewProject.checked_at,
    ).join(ReviewProject, ReviewProject.id == RemovalGate.id)


def _source(name: str, state: SourceState | None, heard_at: datetime | None, scope: FactsScope) -> SourceFacts:
    answered_at = [at for at in (state and state.last_success_at, heard_at) if at]
    is_failing = state is not None and state.failures > 0
    return SourceFacts(name.capitalize(), max(answered_at, default=None), scope.stale_after, is_failing)


def _are_updates_known(sources: Sequence[SourceFacts]) -> bool:
    return any(source.name == BODHI.capitalize() and source.last_success_at for source in sources)


def _list_problems(row: MilestoneRow, trackers: Sequence[TrackerRow], sources: Sequence[SourceFacts]) -> Iterator[str]:
    if not row.is_active:
        yield "The milestone is not active: it is not synced any more"
    by_kind = {TrackerKind(tracker.kind): tracker for tracker in trackers}
    for kind in TrackerKind:
        tracker = by_kind.get(kind)
        if tracker is None:
            yield f"No {kind.label} tracker is set up"
        elif tracker.problem:
            yield f"The {kind.label} tracker: {first_line(tracker.problem)}"
        elif tracker.last_change_at is None:
            yield f"No sync has read the {kind.label} tracker so far"
    if not _are_updates_known(sources):
        yield "Updates are not known to this service yet"
