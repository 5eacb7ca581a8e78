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
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from fedora_messaging.exceptions import HaltConsumer
from fedora_messaging.message import Message
from fedora_messaging.twisted.factory import FedoraMessagingFactoryV2
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from bbconsumer import metrics
from bbconsumer.config import Settings, openshift_config
from bbconsumer.db import dead_letters, sources
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.keys import KeyKind
from bbconsumer.marking import build_scope, mark_message
from bbconsumer.messaging import incoming
from bbconsumer.monitoring.pulse import Pulse
from bbconsumer.monitoring.watchdog import Condition
from bbconsumer.triggers import Found, UnreadableMessage, topic_source
from bbconsumer.wiring import build_database

_log = logging.getLogger(__name__)

# The library would wait up to an hour between two tries to reach a broker that is back long since.
FedoraMessagingFactoryV2.maxDelay = 15
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
        self._began_at: float | None = None
        self._arrival = Pulse()
        self._is_silent = False
        self._stopping = threading.Event()
        self._last_times: dict[str, datetime] = {}
        self._noted_at = float("-inf")

    def __call__(self, message: Message) -> None:
        """Take one message; returning acknowledges it.

        Raises:
            HaltConsumer: the database stayed away, or we stop before it is back; the message goes back to the queue.
        """
        self._arrival.beat()
        give_up_at = time.monotonic() + self._settings.database_patience_s
        with self._lock, self._under_way(message) as outcome:
            while True:
                try:
                    outcome.append("marked" if self.take(message).keys else "ignored")
                except UnreadableMessage as error:
                    outcome.append("unreadable")
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

    @property
    def name(self) -> str:
        """What the watchdog calls this part."""
        return "callback"

    def condition(self) -> Condition:
        """Whether the callback gets on. One that waits for a database ends by itself before it counts as stuck."""
        began_at = self._began_at
        if began_at is None:
            return Condition("waiting for messages", self._arrival.age_s())
        age_s = time.monotonic() - began_at
        return Condition("taking a message", age_s, is_stuck=age_s > self._settings.stuck_after_s)

    def note_silence(self) -> None:
        """Raise the alarm, once, when no message came for long: no restart would bring one."""
        is_silent = self._arrival.age_s() > self._settings.bus_silent_s
        if is_silent and not self._is_silent:
            _log.error("no message has come from the bus for %d seconds: is our queue bound?", self._arrival.age_s())
        elif self._is_silent and not is_silent:
            _log.info("messages come from the bus again")
        self._is_silent = is_silent

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
            keys = list(map(str, sorted(found.keys)))
            fields = {"message_id": message.id, "topic": message.topic, "keys": keys}
            _log.info("message %s (%s) marks %s", message.id, message.topic, ", ".join(keys), extra={"fields": fields})
            self._wake({key.kind for key in found.keys})
        return found

    @contextmanager
    def _under_way(self, message: Message) -> Iterator[list[str]]:
        """The callback while it runs; what comes of the message is to be put into the list."""
        self._began_at = began_at = time.monotonic()
        outcome: list[str] = []
        try:
            yield outcome
        finally:
            self._began_at = None
            is_ours = topic_source(message.topic, self._scope) is not None
            # After the environment: bugzilla.bug.update.
            topic = message.topic.split(".", 3)[-1] if is_ours else None
            metrics.note_message(topic, outcome[0] if outcome else "returned", time.monotonic() - began_at)

    def _mark(self, message: Message) -> Found:
        if isinstance(message, incoming.UnreadableBody) and topic_source(message.topic, self._scope):
            raise UnreadableMessage(message.reason)
        # Most messages on the bus are not for us: the session connects only when it is asked something.
        with self._database.committing() as session:
            return mark_message(session, message.topic, message.body, self._scope, message_id=message.id)

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
