"""The one write path: read the authoritative state of some bugs, decide what it means, store it.

Read this file first. A worker hands over keys that it holds under a lease; whoever asked for them (a message, a sync, a
person) does not matter here. No transaction is open while a source is asked. What is stored about a key and the key's
leaving the queue are one transaction, which first makes sure that the key is still ours.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bbconsumer.db import sources, workqueue
from bbconsumer.db.gate import Gate, GateLimits
from bbconsumer.db.session import Database, database_now
from bbconsumer.db.store import (
    ActiveTracker,
    BugWriter,
    StoredBug,
    fingerprint,
    load_stored,
    load_trackers,
    note_checked,
)
from bbconsumer.db.workqueue import Lease, Taken
from bbconsumer.domain.nominations import NominationState, PriorityState, classify, priority_state
from bbconsumer.domain.snapshots import AbsenceReason, Absent, BugAnswer, BugSnapshot, HistoryEntry, is_settled
from bbconsumer.sources import BugSource, RequestRefused, SourceDenied, SourceUnavailable

_log = logging.getLogger(__name__)

# The bridge rounds the time of an event up to the next second.
EVENT_TIME_GRAIN = timedelta(seconds=1)


@dataclass(slots=True)
class _Batch:
    """What is known about the keys of one pass, which begins at `asked_at`."""

    asked_at: datetime
    items: Sequence[Taken]
    trackers: tuple[ActiveTracker, ...]
    stored: Mapping[int, StoredBug]
    answers: Mapping[int, BugAnswer] = field(default_factory=dict)
    marks: Mapping[int, str] = field(default_factory=dict)
    histories: Mapping[int, tuple[HistoryEntry, ...]] = field(default_factory=dict)

    def is_listed(self, bug_id: int) -> bool:
        """Whether a sync found the bug on a tracker, in a tracker's past, or stored."""
        return any(item.key.id == bug_id and item.sync_run_id is not None for item in self.items)

    def mark_to_store(self, bug: BugSnapshot) -> str:
        """The fingerprint of an answer; none if the next sync must read the history again in any case."""
        return self.marks[bug.id] if is_settled(bug.last_change_at, self.asked_at) else ""


class Reconciler:
    """Brings stored bugs in line with Bugzilla. One instance serves one worker."""

    def __init__(self, database: Database, source: BugSource, limits: GateLimits) -> None:
        self._database = database
        self._source = source
        self._limits = limits

    def process(self, lease: Lease, items: Sequence[Taken]) -> None:
        """Read, decide and store the given keys of a lease; every key ends done, due again, or backing off.

        Raises:
            SourceUnavailable: the source cannot be used; the keys are as they were.
            sqlalchemy.exc.DBAPIError: the database went away; the lease will lapse.
        """
        try:
            batch = self._fetch(items)
            with self._database.writing() as session:
                self._apply(session, lease, batch)
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
            return error.connection_invalidated
        if not isinstance(error, SourceUnavailable):
            return False
        if isinstance(error, SourceDenied) or error.retry_after_s is not None:
            return True
        with self._database.reading() as session:
            tracker_ids = [t.tracker.id for t in load_trackers(session)]
        try:
            # A source that tells of the trackers is well: it chokes on something in this batch.
            return not self._source.fetch_trackers(tracker_ids)
        except (SourceUnavailable, RequestRefused):
            return True

    def _fetch(self, items: Sequence[Taken]) -> _Batch:
        ids = [item.key.id for item in items]
        with self._database.reading() as session:
            batch = _Batch(database_now(session), items, load_trackers(session), load_stored(session, ids))
        # A bug that is missing is asked for again: it may be private by now, and its texts must go.
        absent = {i: AbsenceReason.PRIVATE for i, s in batch.stored.items() if s.absence is AbsenceReason.PRIVATE}
        answers = self._source.fetch_bugs(ids, [t.tracker.id for t in batch.trackers], absent)
        marks = {i: fingerprint(a, batch.trackers) for i, a in answers.items() if isinstance(a, BugSnapshot)}
        changed = {i for i, mark in marks.items() if i not in batch.stored or batch.stored[i].fingerprint != mark}
        # A new bug that nobody has touched since has no history, and most new bugs never concern us.
        untouched = {i for i in changed if _is_untouched_stranger(answers[i], batch)}
        histories = self._source.fetch_histories(changed - untouched)
        batch.answers, batch.marks = answers, marks
        batch.histories = {**dict.fromkeys(untouched, ()), **histories}
        return batch

    def _apply(self, session: Session, lease: Lease, batch: _Batch) -> None:
        held = workqueue.lock_held(session, lease, batch.items)
        items = [item for item in batch.items if item.key in held]
        if len(items) < len(batch.items):
            _log.warning("%d keys were given to another worker meanwhile: not stored", len(batch.items) - len(items))
        now = database_now(session)
        done = self._store(session, batch, [item.key.id for item in items], now)
        finished = []
        for item in items:
            if _is_too_old(item, batch.answers[item.key.id]) or item.key.id not in done:
                if workqueue.retry_stale(held[item.key], item, now=now):
                    continue
                _log.warning(
                    "%s still gives an old answer about %s; the sync will meet it again", self._source.name, item.key
                )
            finished.append(item)
        workqueue.finish(session, held, finished, now=now)
        sources.note_success(session, self._source.name, now=now)

    def _store(self, session: Session, batch: _Batch, ids: Sequence[int], now: datetime) -> frozenset[int]:
        """Store the answers about `ids`; gives back those whose answer was not older than what is stored."""
        fresh = [i for i in ids if not _is_older_than_stored(batch.answers[i], batch.stored.get(i))]
        to_write = [i for i in fresh if i in batch.histories or isinstance(batch.answers[i], Absent)]
        note_checked(session, sorted(set(fresh) - set(to_write)), now)
        if to_write:
            writer = BugWriter(session, batch.trackers, to_write, now)
            gate = Gate(session, self._limits, now)
            for bug_id in to_write:
                _write(writer, gate, batch, bug_id)
            writer.close()
        return frozenset(fresh)

    def _back_off(self, lease: Lease, item: Taken, error: Exception) -> None:
        _log.exception("%s cannot be worked on; it is tried again later", item.key, exc_info=error)
        with self._database.writing() as session:
            if row := workqueue.lock_held(session, lease, [item]).get(item.key):
                text = f"{type(error).__name__}: {error}"[:500]
                workqueue.fail(row, item, text, now=database_now(session))


def _write(writer: BugWriter, gate: Gate, batch: _Batch, bug_id: int) -> None:
    answer, stored = batch.answers[bug_id], batch.stored.get(bug_id)
    if isinstance(answer, Absent):
        if stored is not None:
            _write_absent(writer, gate, answer, stored)
        elif batch.is_listed(bug_id):
            # Once it has left its tracker, too, no later sync would find it when it comes to light.
            writer.add_absent(bug_id, answer.reason)
        return
    history = batch.histories[bug_id]
    nominations = classify(answer, (t.tracker for t in batch.trackers), history)
    is_prioritized = _is_prioritized(answer)
    if stored is None and not nominations and not is_prioritized:
        return
    active_ids = {t.tracker.id for t in batch.trackers if t.is_active}
    is_active = is_prioritized or bool(answer.blocks & active_ids)
    if stored is None or is_active or not stored.is_active:
        writer.write(answer, history, batch.mark_to_store(answer), is_active=is_active)
        return
    all_ids = {t.tracker.id for t in batch.trackers}
    is_explained = (
        not nominations
        or any(nomination.state is NominationState.REJECTED for nomination in nominations)
        or bool(answer.blocks & all_ids)
    )
    if reason := gate.admits(bug_id, is_explained=is_explained):
        writer.hold(bug_id, reason)
        return
    writer.write(answer, history, batch.mark_to_store(answer), is_active=False)
    writer.deactivate(bug_id, is_explained=is_explained)


def _write_absent(writer: BugWriter, gate: Gate, answer: Absent, stored: StoredBug) -> None:
    reason = gate.admits(answer.id, is_explained=False) if stored.is_active else None
    if answer.reason is AbsenceReason.PRIVATE:
        # Privacy does not wait for an operator: the text goes, whatever the gate thinks of the removal.
        writer.redact(answer.id)
        writer.mark_absent(answer.id, answer.reason)
    if reason:
        writer.hold(answer.id, reason)
        return
    writer.mark_absent(answer.id, answer.reason)
    if stored.is_active:
        writer.deactivate(answer.id, is_explained=False)


def _is_prioritized(bug: BugSnapshot) -> bool:
    return priority_state(bug) in {PriorityState.PRIORITIZED, PriorityState.NOMINATED}


def _is_untouched_stranger(answer: BugAnswer, batch: _Batch) -> bool:
    tracker_ids = {t.tracker.id for t in batch.trackers}
    return (
        isinstance(answer, BugSnapshot)
        and answer.id not in batch.stored
        and answer.last_change_at == answer.created_at
        and not answer.blocks & tracker_ids
        and not _is_prioritized(answer)
        # It may have left a tracker within the second in which it was filed.
        and not batch.is_listed(answer.id)
    )


def _is_too_old(item: Taken, answer: BugAnswer) -> bool:
    """Whether the source lags behind the message that sent us there."""
    if item.not_older_than is None or isinstance(answer, Absent):
        return False
    return answer.last_change_at < item.not_older_than - EVENT_TIME_GRAIN


def _is_older_than_stored(answer: BugAnswer, stored: StoredBug | None) -> bool:
    if stored is None or stored.last_change_at is None or isinstance(answer, Absent):
        return False
    return answer.last_change_at < stored.last_change_at
