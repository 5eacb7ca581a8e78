"""Decisions of review tickets, written into Bugzilla: words, trackers, and a comment that leads to the decision.

The bug is read right before it is changed and right after, and the intent is stored in between. A request whose answer
was lost is not repeated before it must have been done, and then the bug itself tells whether it was. What remains,
since Bugzilla cannot change a bug only if it is still the same: what a person writes into the whiteboard between our
reading and our writing (some hundredths of a second) is overwritten; the history shows that, and then the bug's page
says so. And a process that is frozen for longer than `UNCERTAIN_S` between its intent and its request makes the request
all the same: the change then changes nothing again, but its comment is there twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bbconsumer.db import workqueue
from bbconsumer.db.discussions import Discussion, load_discussion
from bbconsumer.db.records import Record, WriteState, forget_intents, intend_records, load_records, write_records
from bbconsumer.db.session import Database, database_now
from bbconsumer.db.store import ActiveTracker, load_trackers
from bbconsumer.db.workqueue import Taken
from bbconsumer.domain.ballots import VoteTracker
from bbconsumer.domain.decisions import RecordPlan, RecordState, Verdict, plan_record
from bbconsumer.domain.history import WHITEBOARD_FIELDS
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.votes import Decision
from bbconsumer.effects.permission import reason_to_wait
from bbconsumer.effects.texts import TicketTexts
from bbconsumer.sources import RequestRefused, SourceUnavailable, WritableBugSource, WriteUncertain

_log = logging.getLogger(__name__)

# Bugzilla ends a request after two minutes.
UNCERTAIN_S = 150.0


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is to be noted of decisions about a bug, and when they must be looked at again."""

    records: tuple[Record, ...] = ()
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """A bug as Bugzilla tells it now."""

    bug: BugSnapshot
    history: tuple[HistoryEntry, ...]


class Records:
    """See `bbconsumer.reconcile.Objects`: the keys are bugs, and asking is writing."""

    def __init__(
        self, database: Database, bugs: WritableBugSource, texts: TicketTexts, needed_sources: Sequence[str]
    ) -> None:
        """`needed_sources` must have been read completely once before anything is written."""
        self.source_name = bugs.name
        self._database = database
        self._bugs = bugs
        self._texts = texts
        self._needed_sources = tuple(needed_sources)

    def ask(self, items: Sequence[Taken]) -> dict[Key, _Outcome]:
        """Record the decisions about bugs."""
        return {item.key: self._bring_in_line(item.key.id) for item in items}

    def store(
        self, session: Session, batch: dict[Key, _Outcome], items: Sequence[Taken], _now: datetime
    ) -> Mapping[Key, datetime | None]:
        """Note what has become of the decisions; what was written is read like everything else."""
        for item in items:
            write_records(session, item.key.id, batch[item.key].records)
        return {item.key: due_at for item in items if (due_at := batch[item.key].due_at)}

    def is_well(self) -> bool:
        """A Bugzilla that tells of the trackers is well."""
        with self._database.reading() as session:
            tracker_ids = [t.tracker.id for t in load_trackers(session)]
        return bool(self._bugs.fetch_trackers(tracker_ids))

    def _bring_in_line(self, bug_id: int) -> _Outcome:
        with self._database.reading() as session:
            now = database_now(session)
            reason = reason_to_wait(session, self._needed_sources)
            discussion = load_discussion(session, bug_id)
            records = load_records(session, bug_id)
            trackers = load_trackers(session)
        if discussion is None or discussion.is_private or discussion.is_over or not discussion.review.decisions:
            return _Outcome()
        if reason:
            # The next sync asks again.
            _log.info("nothing is recorded about bug %d: %s", bug_id, reason)
            return _Outcome()
        reading = self._read(bug_id, trackers)
        if reading is None:
            return _Outcome()
        plan = _plan(discussion, reading, trackers)
        if not plan.pending:
            return _Outcome(_noted(plan.verdicts, now, problems=records))
        in_flight = [r.changed_at for r in records.values() if _is_in_flight(r, plan.pending)]
        if in_flight and (due_at := max(in_flight) + timedelta(seconds=UNCERTAIN_S)) > now:
            return _Outcome(due_at=due_at)
        if not self._intend(bug_id, plan, records):
            return _Outcome(due_at=now + timedelta(seconds=UNCERTAIN_S))
        self._write(discussion, plan)
        return _Outcome(self._check(discussion, reading, trackers, plan))

    def _read(self, bug_id: int, trackers: Sequence[ActiveTracker]) -> _Reading | None:
        """The bug as it is now, or None if it is not there for the public any more."""
        answer = self._bugs.fetch_bugs([bug_id], [t.tracker.id for t in trackers], {})[bug_id]
        if not isinstance(answer, BugSnapshot):
            return None
        return _Reading(answer, self._bugs.fetch_histories([bug_id])[bug_id])

    def _intend(self, bug_id: int, plan: RecordPlan, known: Mapping[VoteTracker, Record]) -> bool:
        with self._database.writing() as session:
            # Not the time of our first look: Bugzilla was asked since, which may have taken minutes.
            now = database_now(session)
            intents = [Record(d.tracker, d.comment_id, WriteState.INTENDED, now) for d in plan.pending]
            return intend_records(session, bug_id, intents, known)

    def _write(self, discussion: Discussion, plan: RecordPlan) -> None:
        try:
            self._bugs.change_bug(
                discussion.bug_id,
                whiteboard=plan.whiteboard,
                unblock_ids=plan.unblock_ids,
                comment=self._comment(discussion, plan.pending),
            )
        except WriteUncertain:
            raise
        except (SourceUnavailable, RequestRefused):
            # It was not done, for certain: there is nothing to wait for.
            with self._database.writing() as session:
                forget_intents(session, discussion.bug_id)
            raise
        _log.info("recorded %s about bug %d", ", ".join(d.tracker for d in plan.pending), discussion.bug_id)

    def _check(
        self, discussion: Discussion, before: _Reading, trackers: Sequence[ActiveTracker], plan: RecordPlan
    ) -> tuple[Record, ...]:
        """Read the bug again; gives back what has become of the decisions."""
        with self._database.writing(is_shown=False) as session:
            # In a transaction of its own: whoever reads the bug may wait for a key that is ours.
            workqueue.mark(session, [Key(KeyKind.BUG, discussion.bug_id)])
            now = database_now(session)
        after = self._read(discussion.bug_id, trackers)
        if after is None:
            return ()
        verdicts = _plan(discussion, after, trackers).verdicts
        overwritten = _overwritten(before, after, plan)
        problems = {d.tracker: Record(d.tracker, d.comment_id, WriteState.DONE, now, overwritten) for d in plan.pending}
        return _noted(verdicts, now, problems=problems if overwritten else {})

    def _comment(self, discussion: Discussion, decisions: Iterable[Decision]) -> str:
        """What is said in Bugzilla: the outcome of each decision, who made it, and where."""
        ticket_id = discussion.tickets[0].id
        lines = ["Decided in the review ticket:", ""]
        for decision in decisions:
            link = self._texts.comment(ticket_id, decision.comment_id)
            lines.append(f"{decision.tracker}: {decision.outcome}, by {decision.who}: {link}")
        return "\n".join(lines)


def _plan(discussion: Discussion, reading: _Reading, trackers: Sequence[ActiveTracker]) -> RecordPlan:
    """What recording takes, of what was decided for milestones that have not ended."""
    active = [t.tracker for t in trackers if t.is_active]
    ended = [t.tracker for t in trackers if not t.is_active]
    return plan_record(reading.bug, reading.history, active, discussion.review.decisions.values(), ended)


def _noted(verdicts: Iterable[Verdict], now: datetime, *, problems: Mapping[VoteTracker, Record]) -> tuple[Record, ...]:
    """How Bugzilla's record stands towards the decisions; a problem that was noted of one stays."""
    records = []
    for verdict in verdicts:
        decision = verdict.decision
        known = problems.get(decision.tracker)
        problem = known.problem if known and known.is_of(decision) and known.state is WriteState.DONE else ""
        match verdict.state:
            case RecordState.RECORDED:
                records.append(Record(decision.tracker, decision.comment_id, WriteState.DONE, now, problem))
            case RecordState.CONFLICT:
                records.append(Record(decision.tracker, decision.comment_id, WriteState.CONFLICT, now, verdict.reason))
            case RecordState.PENDING:
                # Written, and not there: somebody took it back at once. The next pass sees why.
                continue
    return tuple(records)


def _is_in_flight(record: Record, pending: Iterable[Decision]) -> bool:
    return record.state is WriteState.INTENDED and any(record.is_of(decision) for decision in pending)


def _overwritten(before: _Reading, after: _Reading, plan: RecordPlan) -> str:
    """What of a person's whiteboard our change took away; empty in all but the rarest of cases."""
    if plan.whiteboard == before.bug.whiteboard:
        return ""
    seen = {(entry.at, entry.removed, entry.added) for entry in before.history}
    new = [e for e in after.history if e.field in WHITEBOARD_FIELDS and (e.at, e.removed, e.added) not in seen]
    ours = next((entry for entry in new if entry.added.endswith(plan.whiteboard)), None)
    if ours is None or ours.removed == before.bug.whiteboard:
        return ""
    return (
        f"while the decision was recorded somebody had changed the whiteboard to “{ours.removed}”: see what is missing"
    )
