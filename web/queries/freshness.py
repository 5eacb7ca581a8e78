"""How far what is shown can be trusted: no data must never look like good data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import RemovalGate, SourceState, SyncRun
from web.read_models import Freshness, Notice

BUGZILLA = "bugzilla"


def load_freshness(session: Session, *, now: datetime, sync_interval_s: int) -> Freshness:
    """How fresh the lists are: two SELECTs.

    Lists count as checked when a sync was complete: any other contact with Bugzilla tells of some bugs only.
    """
    gate, source = _load_gate_and_source(session)
    last_ended, last_complete = _load_sync_runs(session)
    checked_at = last_complete.finished_at if last_complete else None
    notices = (
        *age_notices(checked_at, now - timedelta(seconds=2 * sync_interval_s)),
        *_sync_notices(last_ended),
        *_source_notices(source),
        *_gate_notices(gate),
    )
    return Freshness(checked_at, source.last_success_at if source else None, notices)


def load_source_notices(session: Session) -> tuple[Notice, ...]:
    """Only what is wrong with Bugzilla, for a page that knows by itself how old its data are: one SELECT."""
    _, source = _load_gate_and_source(session)
    return tuple(_source_notices(source))


def first_line(error: str) -> str:
    """What may be shown of a stored error: the lines after the first may quote statements with their values."""
    return error.strip().partition("\n")[0][:300]


def _load_gate_and_source(session: Session) -> tuple[RemovalGate, SourceState | None]:
    statement = select(RemovalGate, SourceState).outerjoin(SourceState, SourceState.name == BUGZILLA)
    gate, source = session.execute(statement).one()
    return gate, source


def _load_sync_runs(session: Session) -> tuple[SyncRun | None, SyncRun | None]:
    """The last run that has ended, and the last one that was complete, of Bugzilla: often the same."""
    newest = select(func.max(SyncRun.id)).where(SyncRun.source == BUGZILLA)
    last_ended = newest.where(SyncRun.state != "running").scalar_subquery()
    last_complete = newest.where(SyncRun.state == "complete").scalar_subquery()
    statement = select(SyncRun).where(SyncRun.id.in_([last_ended, last_complete])).order_by(SyncRun.id.desc())
    runs = session.scalars(statement).all()
    return next(iter(runs), None), next((run for run in runs if run.state == "complete"), None)


def age_notices(checked_at: datetime | None, stale_before: datetime) -> Iterator[Notice]:
    """What is wrong with lists that were complete at `checked_at`, if they ever were."""
    if checked_at is None:
        yield Notice("No data yet", "No sync has been complete so far: what is missing here may exist all the same")
    elif checked_at < stale_before:
        yield Notice("Stale data", "Bugs may have changed", checked_at, "last complete sync")


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
        tries = "the last try" if source.failures == 1 else f"the last {source.failures} tries"
        yield Notice(
            "Bugzilla cannot be read",
            f"{tries.capitalize()} failed: {first_line(source.last_error)}",
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
