"""Whether anything may be written at all."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.db.models import RemovalGate, SyncRun


def reason_to_wait(session: Session, sources: Iterable[str]) -> str:
    """Why nothing may be written now; empty when it may. `sources` are those that must have been read completely."""
    if session.scalar(select(RemovalGate.tripped_at)) is not None:
        return "the removal gate is closed"
    complete = frozenset(session.scalars(select(SyncRun.source).where(SyncRun.state == "complete").distinct()))
    if missing := [name for name in sources if name not in complete]:
        return f"no sync of {' and '.join(missing)} has been complete so far"
    return ""
