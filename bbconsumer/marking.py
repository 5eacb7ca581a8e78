"""From a message to keys in the queue, in the caller's transaction: when it comes, and when it is read once more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db import updates, workqueue
from bbconsumer.domain.keys import Known
from bbconsumer.triggers import Found, Scope, keys_in


def build_scope(settings: Settings) -> Scope:
    """What of the bus can concern us."""
    repo = settings.pagure_repo if settings.pagure_enabled else ""
    return Scope(settings.bugzilla_products, repo, settings.pagure_bot_username, settings.bodhi_enabled)


def mark_message(session: Session, topic: str, body: object, scope: Scope, *, message_id: str) -> Found:
    """Put into the queue what a message marks; gives back which keys that are and why.

    Raises:
        UnreadableMessage: keep the message for a person to look at.
    """

    def look_up(bug_ids: Collection[int], alias: str) -> Known:
        if alias:
            return updates.load_known_update(session, bug_ids, alias)
        return workqueue.load_known(session, bug_ids)

    found = keys_in(topic, body, look_up, scope)
    if found.aliases:
        found = replace(found, keys=found.keys | updates.register_updates(session, found.aliases))
    workqueue.mark(session, found.keys, not_older_than=found.changed_at, message_id=message_id)
    return found
