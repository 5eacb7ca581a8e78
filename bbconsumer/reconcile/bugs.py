"""Bugs: read from Bugzilla with their histories, classified, and let out of the lists only through the gate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bbconsumer.db import workqueue
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
from bbconsumer.db.tickets import list_ticket_ids, redact_tickets
from bbconsumer.db.workqueue import Taken
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.nominations import NominationState, PriorityState, classify, priority_state
from bbconsumer.domain.snapshots import AbsenceReason, Absent, BugAnswer, BugSnapshot, HistoryEntry, is_settled
from bbconsumer.reconcile import Later, is_not_known_yet
from bbconsumer.sources import BugSource

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

    def is_new(self, bug_id: int) -> bool:
        """Whether the bug was on no list until now."""
        stored = self.stored.get(bug_id)
        return stored is None or not stored.is_active

    def mark_to_store(self, bug: BugSnapshot) -> str:
        """The fingerprint of an answer; none if the next sync must read the history again in any case."""
        return self.marks[bug.id] if is_settled(bug.last_change_at, self.asked_at) else ""


class Bugs:
    """See `bbconsumer.reconcile.Objects`."""

    def __init__(
        self,
        database: Database,
        source: BugSource,
        limits: GateLimits,
        follow_ups: Collection[KeyKind] = (),
        *,
        with_updates: bool = False,
    ) -> None:
        """`follow_ups` are the kinds of keys that are marked for a bug of which anything was written.

        `with_updates`: those that name a bug are looked for as soon as it comes onto a list.
        """
        self.source_name = source.name
        self._database = database
        self._source = source
        self._limits = limits
        self._follow_ups = tuple(follow_ups)
        self._with_updates = with_updates

    def ask(self, items: Sequence[Taken]) -> _Batch:
        """The answers about bugs, and the histories of those that changed."""
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

    def store(self, session: Session, batch: _Batch, items: Sequence[Taken], now: datetime) -> Later:
        """Store the answers; too old are those that are older than what is stored or than the message that asked."""
        ids = [item.key.id for item in items]
        unknown = {item.key.id for item in items if is_not_known_yet(item, batch.answers[item.key.id])}
        fresh = {
            i for i in ids if i not in unknown and not _is_older_than_stored(batch.answers[i], batch.stored.get(i))
        }
        to_write = [i for i in ids if i in fresh and (i in batch.histories or isinstance(batch.answers[i], Absent))]
        note_checked(session, sorted(fresh - set(to_write)), now)
        if to_write:
            writer = BugWriter(session, batch.trackers, to_write, now)
            gate = Gate(session, self._limits, now)
            for bug_id in to_write:
                _write(writer, gate, batch, bug_id)
            self._follow_up(session, batch, writer.written_ids, now)
            writer.close()
        too_old = (i.key for i in items if i.key.id not in fresh or _is_too_old(i, batch.answers[i.key.id]))
        return dict.fromkeys(too_old)

    def _follow_up(self, session: Session, batch: _Batch, written: Collection[int], now: datetime) -> None:
        """Let the tickets and effects of bugs follow. Before the feed's counter is locked: whoever waits for it holds
        keys of these kinds."""
        hidden = [i for i in written if _is_private(batch.answers[i])]
        shown = [i for i in written if i not in hidden and i in batch.stored and batch.stored[i].absence]
        redact_tickets(session, hidden, now)
        keys = [Key(KeyKind.TICKET, ticket_id) for ticket_id in list_ticket_ids(session, shown)]
        keys += [Key(kind, bug_id) for kind in self._follow_ups for bug_id in written]
        if self._with_updates:
            # After a sync of bugs comes that of updates, which finds them all at less cost.
            keys += [Key(KeyKind.LOOKUP, i) for i in written if batch.is_new(i) and not batch.is_listed(i)]
        workqueue.mark(session, keys)

    def is_well(self) -> bool:
        """A Bugzilla that tells of the trackers is well."""
        with self._database.reading() as session:
            tracker_ids = [t.tracker.id for t in load_trackers(session)]
        return bool(self._source.fetch_trackers(tracker_ids))


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
    active_ids = {t.tracker.id for t in batch.trackers if t.is_active}
    # What nobody but a milestone that has ended would ask for is not taken up any more.
    if stored is None and not is_prioritized and not any(n.tracker.id in active_ids for n in nominations):
        return
    is_active = is_prioritized or bool(answer.blocks & active_ids)
    if stored is None or is_active or not stored.is_active:
        writer.write(answer, history, batch.mark_to_store(answer), is_active=is_active)
        return
    is_explained = (
        not nominations
        or any(nomination.state is NominationState.REJECTED for nomination in nominations)
        # It left no list: that of its tracker ended with the milestone.
        or not stored.blocks & active_ids
    )
    if reason := gate.admits(bug_id, is_explained=is_explained):
        writer.hold(bug_id, reason)
        return
    writer.write(answer, history, batch.mark_to_store(answer), is_active=False)
    writer.deactivate(bug_id, is_explained=is_explained)


def _is_private(answer: BugAnswer) -> bool:
    return isinstance(answer, Absent) and answer.reason is AbsenceReason.PRIVATE


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
