"""What may be asked for about review tickets: that they are looked at. Never writes to one itself."""

from __future__ import annotations

import hashlib
import json
import logging

from bbconsumer.config import Settings
from bbconsumer.db import dead_letters, workqueue
from bbconsumer.db.discussions import list_discussed_bug_ids
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.triggers import Scope, UnreadableMessage, keys_in_webhook

_log = logging.getLogger(__name__)


def mark_open_discussions(database: Database) -> int:
    """Have the review of every bug with an open ticket looked at again; gives back of how many bugs."""
    with database.writing(is_shown=False) as session:
        bug_ids = list_discussed_bug_ids(session)
        workqueue.mark(session, [Key(KeyKind.DISCUSSION, bug_id) for bug_id in bug_ids])
    return len(bug_ids)


def take_hint(database: Database, settings: Settings, topic: str, body: object) -> str:
    """Have the ticket read that a webhook of Pagure tells of, in one short transaction; gives back what came of it.

    What cannot be read is kept as a dead letter, once however often it comes. The caller knows that Pagure sent it.
    """
    scope = Scope((), settings.pagure_repo if settings.pagure_enabled else "", settings.pagure_bot_username)
    with database.writing(is_shown=False) as session:
        try:
            found = keys_in_webhook(topic, body, scope)
        except UnreadableMessage as error:
            _log.warning("a webhook (%r) is kept for a person to look at: %s", topic[:200], error)
            digest = hashlib.sha256(json.dumps([topic, body]).encode()).hexdigest()
            dead_letters.keep(
                session,
                message_id=f"webhook:{digest}",
                topic=topic,
                body=body,
                reason=str(error),
                now=database_now(session),
            )
            return "kept for a person to look at"
        workqueue.mark(session, found.keys, not_older_than=found.changed_at)
    return found.reason
