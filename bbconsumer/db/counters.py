"""Numbers that are handed out in the order in which transactions become visible."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bbconsumer.db.models import Counter


def next_number(session: Session, name: str, count: int = 1) -> int:
    """Advance a counter by `count` and return its new value. The counter stays locked until the transaction ends."""
    statement = update(Counter).where(Counter.name == name).values(value=Counter.value + count)
    return session.scalars(statement.returning(Counter.value)).one()


def load_last_number(session: Session, name: str) -> int:
    """The last number that this transaction can see; none that it cannot see is lower."""
    return session.scalars(select(Counter.value).where(Counter.name == name)).one()
