"""Messages of which not even an id could be read: kept with the reason, so that nothing is lost without a trace."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bbconsumer.db.models import DeadLetter
from bbconsumer.db.session import upsert

MAX_BODY_CHARS = 100_000


def keep(session: Session, *, message_id: str, topic: str, body: object, reason: str, now: datetime) -> None:
    """Keep a message; one that is delivered again is kept once."""
    # JSON escapes what a database would not take in a text.
    text = json.dumps(body, default=repr)[:MAX_BODY_CHARS]
    values = {
        "message_id": message_id,
        "topic": _ascii(topic),
        "body": text,
        "reason": _ascii(reason),
        "received_at": now,
    }
    session.execute(upsert(session, DeadLetter).values(**values).on_conflict_do_nothing())


def drop(session: Session, letter_id: int) -> DeadLetter | None:
    """Forget a message; gives it back, None when it is not there."""
    return session.scalars(delete(DeadLetter).where(DeadLetter.id == letter_id).returning(DeadLetter)).one_or_none()


def _ascii(value: str) -> str:
    return value.encode("ascii", "backslashreplace").decode("ascii").replace("\0", "\\x00")
