"""Forgets how syncs went long ago: three rows every half hour, which every page would have to look past."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import SyncRun, WorkItem

KEPT_FOR: Final = timedelta(days=90)


def prune(session: Session, now: datetime) -> None:
    """Forget runs that began too long ago, but never the last complete one of a source, from which its age is told, nor
    one of which keys still wait."""
    last_complete = select(func.max(SyncRun.id)).where(SyncRun.state == "complete").group_by(SyncRun.source)
    waited_for = select(WorkItem.sync_run_id).where(WorkItem.sync_run_id.is_not(None))
    session.execute(
        delete(SyncRun).where(
            SyncRun.started_at < now - KEPT_FOR,
            SyncRun.finished_at.is_not(None),
            SyncRun.id.not_in(last_complete),
            SyncRun.id.not_in(waited_for),
        ),
        execution_options={"synchronize_session": False},
    )
