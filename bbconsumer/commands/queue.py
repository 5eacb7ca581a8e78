"""What may be asked for about keys that fail."""

from __future__ import annotations

from bbconsumer.commands.refusal import CommandRefused
from bbconsumer.db import audit, workqueue
from bbconsumer.db.audit import Act
from bbconsumer.db.session import Database
from bbconsumer.db.workqueue import Priority
from bbconsumer.domain.keys import Key


def retry_keys(database: Database, key: Key | None, *, actor: str) -> int:
    """Have a key that backs off after errors worked on at once (None: all of them); gives back how many.

    While its source is left alone, it waits with the others.

    Raises:
        CommandRefused: it fails no more.
    """
    with database.writing() as session:
        keys = [failing for failing in workqueue.list_failing(session) if key in {None, failing}]
        if not keys:
            raise CommandRefused("It fails no more: there is nothing to try again")
        # As by a sync, which hurries what backs off.
        workqueue.mark(session, keys, priority=Priority.SYNC)
        subject = str(key) if key else f"{len(keys)} failing key{'' if len(keys) == 1 else 's'}"
        audit.note(session, actor, Act.RETRY, subject, "due at once")
    return len(keys)
