"""How far what is shown can be trusted: no data must never look like good data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bbconsumer.db.facts import BUGZILLA, PAGURE
from bbconsumer.db.models import RemovalGate, SourceState, SyncRun
from bbconsumer.domain.facts import SourceFacts
from bbconsumer.domain.freshness import age_notices
from bbconsumer.domain.texts import first_line
from bbconsumer.domain.trackers import TrackerKind
from web.read_models import Freshness, MilestoneView, Notice
from web.read_models.freshness import SourceAge

# The sources of which freshness tells by itself; updates have their own way.
_NAMES = (BUGZILLA, PAGURE)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of a source: its last run that has ended, and the last that was complete; often the same."""

    source: SourceState | None
    last_ended: SyncRun | None
    last_complete: SyncRun | None

    @property
    def checked_at(self) -> datetime | None:
        """When all of it was read; any other contact with a source tells of some objects only."""
        return self.last_complete.finished_at if self.last_complete else None


def load_freshness(session: Session, *, now: datetime, sync_interval_s: int, with_votes: bool) -> Freshness:
    """How fresh the lists are, and the votes in them: two SELECTs."""
    gate, known = _load_known(session)
    bugzilla, stale_before = known[BUGZILLA], now - timedelta(seconds=2 * sync_interval_s)
    notices = (
        *age_notices(bugzilla.checked_at, stale_before),
        *_sync_notices(bugzilla.last_ended),
        *_source_notices(bugzilla.source),
        *_gate_notices(gate),
        *(_vote_notices(known[PAGURE], stale_before) if with_votes else ()),
    )
    return Freshness(bugzilla.checked_at, bugzilla.source.last_success_at if bugzilla.source else None, notices)


def with_sources(freshness: Freshness, sources: Iterable[SourceFacts], now: datetime) -> Freshness:
    """Adds how fresh each source is on which verdicts rest."""
    return replace(freshness, sources=tuple(_source_age(source, now) for source in sources))


def of_milestone(freshness: Freshness, milestone: MilestoneView) -> Freshness:
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


def of_milestones(freshness: Freshness, milestones: Iterable[MilestoneView]) -> Freshness:
    """What is known of the trackers of several milestones added to what is known of all data, each by its name."""
    trackers = [tracker for milestone in milestones for tracker in milestone.trackers]
    problems = [Notice("Tracker problem", f"{t.title}: {t.problem}") for t in trackers if t.problem]
    unread = [tracker.title for tracker in trackers if not tracker.is_read]
    if unread:
        problems.append(Notice("Data are missing", f"No sync has read these trackers so far: {', '.join(unread)}."))
    checked_at = None if unread else freshness.checked_at
    return replace(freshness, checked_at=checked_at, notices=(*freshness.notices, *problems))


def _source_age(source: SourceFacts, now: datetime) -> SourceAge:
    at = source.last_success_at
    return SourceAge(source.name, at, source.is_failing, at is None or now - at > source.stale_after)


def load_source_notices(
    session: Session, *, now: datetime, sync_interval_s: int, with_votes: bool
) -> tuple[Notice, ...]:
    """What is wrong with the sources, for a page that knows by itself how old its bug is: two SELECTs."""
    _, known = _load_known(session)
    stale_before = now - timedelta(seconds=2 * sync_interval_s)
    votes = _vote_notices(known[PAGURE], stale_before) if with_votes else ()
    return (*_source_notices(known[BUGZILLA].source), *votes)


def _load_known(session: Session) -> tuple[RemovalGate, dict[str, _Known]]:
    gates, sources = zip(*session.execute(_select_sources()), strict=True)
    runs = session.scalars(_select_runs()).all()
    return gates[0], {name: _known(name, sources, runs) for name in _NAMES}


@cache
def _select_sources() -> Select[RemovalGate, SourceState]:
    return select(RemovalGate, SourceState).outerjoin(SourceState, SourceState.name.in_(_NAMES))


@cache
def _select_runs() -> Select[SyncRun]:
    wanted = [
        select(SyncRun.id).where(SyncRun.source == name, is_so).order_by(SyncRun.id.desc()).limit(1).scalar_subquery()
        for name in _NAMES
        for is_so in (SyncRun.state != "running", SyncRun.state == "complete")
    ]
    return select(SyncRun).where(SyncRun.id.in_(wanted)).order_by(SyncRun.id.desc())


def _known(name: str, sources: Iterable[SourceState | None], runs: Iterable[SyncRun]) -> _Known:
    source = next((source for source in sources if source and source.name == name), None)
    mine = [run for run in runs if run.source == name]
    return _Known(source, next(iter(mine), None), next((run for run in mine if run.state == "complete"), None))


def _sync_notices(last_ended: SyncRun | None) -> Iterator[Notice]:
    if last_ended and last_ended.state != "complete":
        yield Notice(
            f"The last sync was {last_ended.state}",
            f"Some bugs may be missing or outdated: {first_line(last_ended.problem) or 'no reason was recorded'}",
            last_ended.started_at,
            "begun",
        )


def _source_notices(source: SourceState | None) -> Iterator[Notice]:
    if source and source.failures:
        yield Notice(
            "Bugzilla cannot be read",
            f"{_tries(source).capitalize()} failed: {first_line(source.last_error)}",
            source.last_success_at,
            "it last answered",
        )


def _gate_notices(gate: RemovalGate) -> Iterator[Notice]:
    if gate.tripped_at is not None:
        yield Notice(
            "Removals are held back",
            f"Bugs that seem to be gone are still listed until an operator has looked: {first_line(gate.reason)}",
            gate.tripped_at,
        )


def _vote_notices(pagure: _Known, stale_before: datetime) -> Iterator[Notice]:
    """What is wrong with what is told of review tickets. It says nothing about bugs."""
    may_have_changed = "Bugs are not concerned, but votes and decisions may have changed"
    source, last_ended = pagure.source, pagure.last_ended
    if pagure.checked_at is None:
        yield Notice("No votes yet", "No sync of the review tickets has been complete so far: votes may be missing")
    elif pagure.checked_at < stale_before:
        words = "last complete sync of the review tickets"
        yield Notice("Stale votes", may_have_changed, pagure.checked_at, words)
    if last_ended and last_ended.state != "complete":
        problem = first_line(last_ended.problem) or "no reason was recorded"
        yield Notice(
            f"The last sync of the review tickets was {last_ended.state}",
            f"{may_have_changed}: {problem}",
            last_ended.started_at,
            "begun",
        )
    if source and source.failures:
        yield Notice(
            "Pagure cannot be read",
            f"{may_have_changed}; {_tries(source)} failed: {first_line(source.last_error)}",
            source.last_success_at,
            "it last answered",
        )


def _tries(source: SourceState) -> str:
    return "the last try" if source.failures == 1 else f"the last {source.failures} tries"
