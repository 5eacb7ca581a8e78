"""The fedora-messaging callback: message → keys → queue → acknowledged. No network, one short transaction.

The only module that knows how the library is told what to do with a message. What the library does with the callback's
exceptions decides their use here: a `Nack` would be delivered again at once, over and over, and any other exception
ends the process in a loop of crashes; so the only one that leaves is `HaltConsumer`, when the database stays away.
Source: https://fedora-messaging.readthedocs.io/en/stable/user-guide/consuming.html
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime

from fedora_messaging.exceptions import HaltConsumer
from fedora_messaging.message import Message
from fedora_messaging.twisted.factory import FedoraMessagingFactoryV2
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from bbconsumer.config import Settings, openshift_config
from bbconsumer.db import dead_letters, sources, updates, workqueue
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.keys import KeyKind, Known
from bbconsumer.messaging import incoming
from bbconsumer.triggers import Found, UnreadableMessage, keys_in, topic_source
from bbconsumer.wiring import build_database, build_scope

_log = logging.getLogger(__name__)

# The library would wait up to an hour between two tries to reach a broker that is back long since.
FedoraMessagingFactoryV2.maxDelay = 60
# Here, and not where the service starts: the library's own command imports nothing else of ours.
incoming.install()

RETRY_S = 2.0
# The time of the last message is a health figure told in minutes: it is not worth a transaction for each message.
FRESHNESS_GRAIN_S = 15.0


class Consumer:
    """The callback. Without arguments, as the library's own command makes it, it reads the environment."""

    def __init__(
        self,
        settings: Settings | None = None,
        database: Database | None = None,
        wake: Callable[[Collection[KeyKind]], None] | None = None,
    ) -> None:
        """`wake` is called with the kinds of keys that there are for workers in the same process."""
        self._settings = settings or openshift_config(os.environ)
        self._database = database or build_database(self._settings)
        self._wake = wake or (lambda _kinds: None)
        self._scope = build_scope(self._settings)
        # A connection that is lost while a callback runs leaves two consumers and thereby two callbacks.
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._last_times: dict[str, datetime] = {}
        self._noted_at = float("-inf")

    def __call__(self, message: Message) -> None:
        """Take one message; returning acknowledges it.

        Raises:
            HaltConsumer: the database stayed away, or we stop before it is back; the message goes back to the queue.
        """
        give_up_at = time.monotonic() + self._settings.database_patience_s
        with self._lock:
            while True:
                try:
                    self.take(message)
                except UnreadableMessage as error:
                    _log.warning(
                        "message %s (%s) is kept for a person to look at: %s", message.id, message.topic, error
                    )
                except DBAPIError as error:
                    if time.monotonic() > give_up_at:
                        raise HaltConsumer(exit_code=1, reason="the database stays away", requeue=True) from error
                    _log.error("the database is away (%s): trying again", type(error.orig).__name__)
                    if self._stopping.wait(RETRY_S):
                        raise HaltConsumer(exit_code=0, reason="asked to stop", requeue=True) from error
                    continue
                return

    def stop(self) -> None:
        """Wait no longer for a database that is away."""
        self._stopping.set()

    def take(self, message: Message) -> Found:
        """Store what the message marks, and tell which keys that are and why.

        Raises:
            UnreadableMessage: it was kept as a dead letter.
            sqlalchemy.exc.DBAPIError: the database is away; nothing was stored.
        """
        try:
            found = self._mark(message)
        except UnreadableMessage as error:
            self._keep(message, str(error))
            raise
        except DBAPIError as error:
            if not isinstance(error, DataError | IntegrityError):
                raise
            self._keep(message, f"the database refuses what it says: {error.orig}")
            raise UnreadableMessage(str(error.orig)) from error
        except Exception as error:
            _log.exception("message %s (%s) met a fault of ours", message.id, message.topic)
            self._keep(message, f"{type(error).__name__}: {error}")
            raise UnreadableMessage(str(error)) from error
        self._note_time(message.topic)
        if found.keys:
            self._wake({key.kind for key in found.keys})
        return found

    def _mark(self, message: Message) -> Found:
        if isinstance(message, incoming.UnreadableBody) and topic_source(message.topic, self._scope):
            raise UnreadableMessage(message.reason)
        # Most messages on the bus are not for us: the session connects only when it is asked something.
        with self._database.committing() as session:

            def look_up(bug_ids: Collection[int], alias: str) -> Known:
                if alias:
                    return updates.load_known_update(session, bug_ids, alias)
                return workqueue.load_known(session, bug_ids)

            found = keys_in(message.topic, message.body, look_up, self._scope)
            if found.aliases:
                found = replace(found, keys=found.keys | updates.register_updates(session, found.aliases))
            workqueue.mark(session, found.keys, not_older_than=found.changed_at)
            return found

    def _keep(self, message: Message, reason: str) -> None:
        with self._database.writing() as session:
            dead_letters.keep(
                session,
                message_id=message.id,
                topic=message.topic,
                body=message.body,
                reason=reason,
                now=database_now(session),
            )

    def _note_time(self, topic: str) -> None:
        now = datetime.now(UTC)
        self._last_times["bus"] = now
        if source := topic_source(topic, self._scope):
            self._last_times[f"bus-{source}"] = now
        if time.monotonic() - self._noted_at >= FRESHNESS_GRAIN_S:
            with self._database.writing(is_shown=False) as session:
                sources.note_messages(session, self._last_times)
            self._noted_at = time.monotonic()
