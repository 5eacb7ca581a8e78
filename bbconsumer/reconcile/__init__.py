"""The one write path: read the authoritative state of some objects, decide what it means, store it.

Read this file first. A worker hands over keys that it holds under a lease; whoever asked for them (a message, a sync, a
person) does not matter here, but for `is_not_known_yet`. No transaction is open while a source is asked. What is stored
about a key and the key's leaving the queue are one transaction, which first makes sure that the key is still ours. What
is particular to bugs and to tickets stands in the modules beside this one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeAlias, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bbconsumer import metrics
from bbconsumer.db import sources, workqueue
from bbconsumer.db.session import Database, database_now, is_trouble_of_all
from bbconsumer.db.workqueue import Lease, Taken
from bbconsumer.domain.keys import Key
from bbconsumer.domain.snapshots import AbsenceReason, Absent
from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable, WaitingStopped

_log = logging.getLogger(__name__)

Batch = TypeVar("Batch")
# Keys that are due again: at a time, or soon, a bounded number of times, because the answer was too old (None).
Later: TypeAlias = Mapping[Key, datetime | None]


class Outcome(StrEnum):
    """What became of a key that was worked on."""

    STORED = "stored"
    # There is something to wait for.
    POSTPONED = "postponed"
    # The source lags behind its own message: it is asked again soon, or was asked often enough.
    OLD = "old answer"
    LEFT_OLD = "old answer, left to the sync"
    # The lease was lost, and with it the right to store.
    GIVEN_AWAY = "given to another worker"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class _Worked:
    """A key, what became of it, and how long the bus or a person had waited for that."""

    item: Taken
    outcome: Outcome
    waited_s: float | None = None


def is_not_known_yet(item: Taken, answer: object) -> bool:
    """Whether a source lags so far that it has never heard of what its message tells of.

    That there is no such thing is not believed before a sync has asked.
    """
    return item.is_for_message_alone and isinstance(answer, Absent) and answer.reason is AbsenceReason.MISSING


class Objects(Protocol[Batch]):
    """How the objects of one kind are read, judged and stored."""

    source_name: str

    def ask(self, items: Sequence[Taken]) -> Batch:
        """Speak with the source about the keys; no transaction is open.

        Raises:
            SourceUnavailable: the source cannot be used, or chokes on one of these keys.
            RequestRefused: the source refuses one of these keys.
        """

    def store(self, session: Session, batch: Batch, items: Sequence[Taken], now: datetime, /) -> Later:
        """Decide and write what was answered about `items`; gives back the keys that are not done by that."""

    def is_well(self) -> bool:
        """Whether the source answers at all: then its trouble was about a key.

        Raises:
            SourceUnavailable, RequestRefused: it does not.
        """


class Reconciler(Generic[Batch]):
    """Brings what is stored in line with the source. One instance serves one worker."""

    def __init__(self, database: Database, objects: Objects[Batch]) -> None:
        self._database = database
        self._objects = objects

    def process(self, lease: Lease, items: Sequence[Taken]) -> None:
        """Read, decide and store the given keys of a lease; every key ends done, due again, or backing off.

        Raises:
            SourceUnavailable: the source cannot be used; the keys are as they were.
            sqlalchemy.exc.DBAPIError: the database went away; the lease will lapse.
        """
        try:
            batch = self._objects.ask(items)
            with self._database.writing() as session:
                worked = self._apply(session, lease, items, batch)
            _note(worked)
        except Exception as error:
            if self._is_everybodys_trouble(error):
                raise
            if len(items) > 1:
                # One poisonous key must not hold up the others: halves of halves find it.
                middle = len(items) // 2
                self.process(lease, items[:middle])
                self.process(lease, items[middle:])
            else:
                self._back_off(lease, items[0], error)

    def _is_everybodys_trouble(self, error: Exception) -> bool:
        """Whether an error is about the database or the source as a whole, and not about one of the keys in hand."""
        if isinstance(error, DBAPIError):
            return is_trouble_of_all(error)
        if not isinstance(error, SourceUnavailable):
            return False
        if isinstance(error, SourceDenied | WaitingStopped) or error.retry_after_s is not None:
            return True
        try:
            return not self._objects.is_well()
        except (SourceUnavailable, RequestRefused):
            return True

    def _apply(self, session: Session, lease: Lease, asked: Sequence[Taken], batch: Batch) -> Sequence[_Worked]:
        held = workqueue.lock_held(session, lease, asked)
        items = [item for item in asked if item.key in held]
        now = database_now(session)
        source = self._objects.source_name
        later = self._objects.store(session, batch, items, now)
        finished = [item for item in items if item.key not in later]
        worked = [_Worked(item, Outcome.STORED, workqueue.waited_s(held[item.key], now)) for item in finished]
        worked += [_Worked(item, Outcome.GIVEN_AWAY) for item in asked if item.key not in held]
        for item in items:
            if due_at := later.get(item.key):
                workqueue.postpone(held[item.key], due_at)
                worked.append(_Worked(item, Outcome.POSTPONED))
            elif item.key in later and not workqueue.retry_stale(held[item.key], item, now=now):
                _log.warning("%s still gives an old answer about %s; the sync will meet it again", source, item.key)
                finished.append(item)
                worked.append(_Worked(item, Outcome.LEFT_OLD))
            elif item.key in later:
                worked.append(_Worked(item, Outcome.OLD))
        workqueue.finish(session, held, finished, now=now)
        sources.note_success(session, source, now=now)
        return worked

    def _back_off(self, lease: Lease, item: Taken, error: Exception) -> None:
        what = f"{item.key} cannot be worked on; it is tried again later"
        if isinstance(error, SourceUnavailable | RequestRefused):
            _log.warning("%s: %s", what, error)
        else:
            _log.exception(what, exc_info=error)
        with self._database.writing() as session:
            if row := workqueue.lock_held(session, lease, [item]).get(item.key):
                text = f"{type(error).__name__}: {error}"[:500]
                workqueue.fail(row, item, text, now=database_now(session))
        _note([_Worked(item, Outcome.FAILED)])


def _note(worked: Sequence[_Worked]) -> None:
    """One line and one count for each key, once what became of it is committed."""
    for one in worked:
        key, outcome = one.item.key, one.outcome
        metrics.RECONCILED.labels(key.kind, outcome).inc()
        if one.waited_s is not None:
            metrics.STORED_SECONDS.labels(key.kind).observe(one.waited_s)
        message_id = one.item.message_id
        fields = {"kind": key.kind, "id": key.id, "outcome": outcome, "generation": one.item.generation}
        fields |= {"message_id": message_id} if message_id else {}
        # That a lease was too short is worth a look, however little is logged.
        level = logging.WARNING if outcome is Outcome.GIVEN_AWAY else logging.INFO
        told_by = f", message {message_id}" if message_id else ""
        text = "%s: %s (generation %d%s)"
        _log.log(level, text, key, outcome, one.item.generation, told_by, extra={"fields": fields})
