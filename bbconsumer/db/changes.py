"""Tells readers that what they show may have changed: by a number and, on PostgreSQL, by a notification.

It is about everything that a page may show, which is more than the events of the change feed: how old data are, whether
a source fails, the karma of an update.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bbconsumer.db.counters import load_last_number, next_number

CHANNEL: Final = "bbconsumer_change"
_COUNTER: Final = "change"


def announce_change(session: Session) -> None:
    """Move the number on, as the last act of a transaction: from here on others wait for its end."""
    # What is still to be written takes locks of its own, which others may hold who wait for the number.
    session.flush()
    number = next_number(session, _COUNTER)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_notify(CHANNEL, str(number))))


def load_change_number(session: Session) -> int:
    """The number of the last change that this transaction can see."""
    return load_last_number(session, _COUNTER)
