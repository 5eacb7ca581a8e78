"""Who changed what by hand: noted in the transaction of the change itself, so that neither is there without the other.

It holds no secret: of what was typed only what is shown anyway stands in it.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from bbconsumer.db.models import AuditEntry
from bbconsumer.db.session import database_now


class Act(StrEnum):
    """What was done; the commands of the command line that do the same have the same names."""

    ADD_RELEASE = "add_release"
    ADD_MILESTONE = "add_milestone"
    SET_MILESTONE = "set_milestone"
    SET_DATES = "set_dates"
    ROLLOVER = "rollover"
    ASK_FOR_SYNC = "ask_for_sync"
    ACCEPT_REMOVALS = "accept_removals"
    LOOK_AT_DISCUSSIONS = "close_inactive_discussions"
    RETRY = "retry"
    READ_DEAD_LETTER = "read_dead_letter"
    DROP_DEAD_LETTER = "drop_dead_letter"


def note(session: Session, actor: str, act: Act, subject: str, detail: str) -> None:
    """Note what the caller's transaction changes: what it is about, and how that is now, for people."""
    session.add(AuditEntry(at=database_now(session), actor=actor, act=act, subject=subject, detail=detail))
