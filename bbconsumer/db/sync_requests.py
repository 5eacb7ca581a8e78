"""Syncs that somebody asked for. The next sync of the source takes the request with it, whoever runs that."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import SyncRequest
from bbconsumer.db.session import database_now, upsert


def ask(session: Session, source: str, asked_by: str, *, accepts_removals: bool) -> None:
    """Ask for a sync of a source. One that was asked for before stays, and now accepts removals if this does."""
    statement = upsert(session, SyncRequest).values(
        source=source, asked_at=database_now(session), asked_by=asked_by, accepts_removals=accepts_removals
    )
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["source"],
            set_={"asked_by": new.asked_by, "accepts_removals": new.accepts_removals},
            where=new.accepts_removals,
        )
    )


def list_asked(session: Session) -> frozenset[str]:
    """The sources of which a sync is asked for."""
    return frozenset(session.scalars(select(SyncRequest.source)))


def take(session: Session, source: str) -> SyncRequest | None:
    """Take the request for a sync of a source: the caller begins it in the same transaction."""
    return session.scalars(delete(SyncRequest).where(SyncRequest.source == source).returning(SyncRequest)).one_or_none()
