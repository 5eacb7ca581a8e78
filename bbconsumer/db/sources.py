"""When each source last answered, and until when one that is down is left alone. Back-off belongs to the source:
its keys wait together and are fetched in full batches when it is back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bbconsumer.db.models import SourceState
from bbconsumer.db.session import upsert

FIRST_BACKOFF_S = 2.0
MAX_BACKOFF_S = 300.0
# Freshness is told in minutes: writing every success would make one row the bottleneck of all workers.
SUCCESS_GRAIN_S = 5


def note_success(session: Session, name: str, *, now: datetime) -> None:
    """Note that a source answered; ends its back-off."""
    old_enough = now - timedelta(seconds=SUCCESS_GRAIN_S)
    statement = (
        update(SourceState)
        .where(SourceState.name == name)
        .where(
            or_(
                SourceState.failures > 0,
                SourceState.last_success_at.is_(None),
                SourceState.last_success_at < old_enough,
            )
        )
    )
    session.execute(statement.values(last_success_at=now, failures=0, down_until=None))


def note_failure(session: Session, name: str, error: str, *, now: datetime, retry_after_s: float | None) -> datetime:
    """Note that a source could not be used, and until when it is left alone: that time is returned."""
    row = session.scalars(select(SourceState).where(SourceState.name == name).with_for_update()).one()
    if row.down_until is not None and row.down_until > now:
        # Another worker found out just before: one outage must not double its own back-off.
        return row.down_until
    row.failures += 1
    backoff_s = min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2 ** min(row.failures - 1, 16))
    row.down_until = now + timedelta(seconds=max(backoff_s, retry_after_s or 0.0))
    row.last_failure_at, row.last_error = now, error
    return row.down_until


def note_messages(session: Session, times_by_name: Mapping[str, datetime]) -> None:
    """Note when the last message came: from the bus as a whole (``bus``), from Bugzilla's bridge (``bus-bugzilla``)."""
    for name, at in times_by_name.items():
        insert = upsert(session, SourceState).values(name=name, last_success_at=at, failures=0, last_error="")
        session.execute(
            insert.on_conflict_do_update(
                index_elements=["name"], set_={"last_success_at": insert.excluded.last_success_at}
            )
        )
