"""What may be asked for about review tickets: that they are looked at. Never writes to one itself."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db import audit, dead_letters, workqueue
from bbconsumer.db.audit import Act
from bbconsumer.db.discussions import list_discussed_bug_ids
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.marking import build_scope
from bbconsumer.triggers import Found, UnreadableMessage, keys_in_webhook

_log = logging.getLogger(__name__)

# How the ids begin of messages that did not come by the bus.
WEBHOOK: Final = "webhook:"


def mark_open_discussions(database: Database, *, actor: str) -> int:
    """Have the review of every bug with an open ticket looked at again; gives back of how many bugs."""
    with database.writing(is_shown=False) as session:
        bug_ids = list_discussed_bug_ids(session)
        workqueue.mark(session, [Key(KeyKind.DISCUSSION, bug_id) for bug_id in bug_ids])
        if bug_ids:
            about = f"{len(bug_ids)} bug{'' if len(bug_ids) == 1 else 's'}"
            audit.note(session, actor, Act.LOOK_AT_DISCUSSIONS, about, "their open tickets are looked at again")
    return len(bug_ids)


def take_hint(database: Database, settings: Settings, topic: str, body: object) -> str:
    """Have the ticket read that a webhook of Pagure tells of, in one short transaction; gives back what came of it.

    What cannot be read is kept as a dead letter, once however often it comes. The caller knows that Pagure sent it.
    """
    with database.writing(is_shown=False) as session:
        try:
            return mark_hint(session, settings, topic, body).reason
        except UnreadableMessage as error:
            _log.warning("a webhook (%r) is kept for a person to look at: %s", topic[:200], error)
            digest = hashlib.sha256(json.dumps([topic, body]).encode()).hexdigest()
            dead_letters.keep(
                session,
                message_id=f"{WEBHOOK}{digest}",
                topic=topic,
                body=body,
                reason=str(error),
                now=database_now(session),
            )
            return "kept for a person to look at"


def mark_hint(session: Session, settings: Settings, topic: str, body: object) -> Found:
    """Put into the queue the ticket that a webhook tells of.

    Raises:
        UnreadableMessage: keep it for a person to look at.
    """
    found = keys_in_webhook(topic, body, replace(build_scope(settings), products=(), with_bodhi=False))
    workqueue.mark(session, found.keys, not_older_than=found.changed_at)
    return found
