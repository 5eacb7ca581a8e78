"""What only administrators are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.db.models import AuditEntry, MilestoneRow, Release
from web.queries.navigation import load_navigation
from web.read_models.admin import AuditEntryView, AuditPage

AUDIT_PAGE_SIZE: Final = 50


def list_bare_releases(session: Session) -> tuple[str, ...]:
    """The releases without a milestone: one SELECT."""
    bare = select(Release.name).where(Release.name.not_in(select(MilestoneRow.release)))
    return tuple(sorted(session.scalars(bare), key=int))


def load_audit(session: Session, before: int | None, *, now: datetime) -> AuditPage:
    """A page of the audit log, of what came before an entry (None: the latest): two SELECTs."""
    wanted = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(AUDIT_PAGE_SIZE + 1)
    if before is not None:
        wanted = wanted.where(AuditEntry.id < before)
    rows = session.scalars(wanted).all()
    shown = rows[:AUDIT_PAGE_SIZE]
    return AuditPage(
        now=now,
        navigation=load_navigation(session),
        entries=tuple(AuditEntryView(row.at, row.actor, row.act, row.subject, row.detail) for row in shown),
        older=shown[-1].id if len(rows) > len(shown) else None,
        is_first=before is None,
    )
