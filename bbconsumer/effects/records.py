"""Decisions of review tickets, written into Bugzilla: words, trackers, and a comment that leads to the decision.

The bug is read right before it is changed and right after, and the intent is stored in between. A request whose answer
was lost is not repeated before it must have been done, and then the bug itself tells whether it was. What remains:
Bugzilla cannot change a whiteboard only if it is still the same, so what a person writes into it between our reading
and our writing (some hundredths of a second) is overwritten; the history shows that, and then the bug's page says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bbconsumer.db import workqueue
from bbconsumer.db.discussions import Discussion, load_discussion
from bbconsumer.db.records import Record, WriteState, forget_intents, load_records, write_records
from bbconsumer.db.session import Database, database_now
from bbconsumer.db.store import load_trackers
from bbconsumer.db.workqueue import Taken
from bbconsumer.domain.ballots import VoteTracker
from bbconsumer.domain.decisions import RecordPlan, RecordState, Verdict, plan_record
from bbconsumer.domain.history import WHITEBOARD_FIELDS
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from bbconsumer.domain.trackers import Tracker
from bbconsumer.domain.votes import Decision
from bbconsumer.effects.permission import reason_to_wait
from bbconsumer.effects.texts import TicketTexts
from bbconsumer.sources import RequestRefused, SourceUnavailable, WritableBugSource, WriteUncertain

_log = logging.getLogger(__name__)

# Bugzilla ends a request after two minutes.
UNCERTAIN_S = 150.0


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

    def ask(self, items: Sequence[Taken]) -> dict[Key, datetime]:
        """Record the decisions about bugs; gives back the keys that must be looked at again, and when."""
        due_by_key = {item.key: self._bring_in_line(item.key.id) for item in items}
        return {key: due_at for key, due_at in due_by_key.items() if due_at}

    def store(
        self, _session: Session, batch: dict[Key, datetime], items: Sequence[Taken], _now: datetime
    ) -> Mapping[Key, datetime | None]:
        """Nothing: what was written is read like everything else."""
        return {item.key: batch[item.key] for item in items if item.key in batch}

    def is_well(self) -> bool:
        """A Bugzilla that tells of the trackers is well."""
        with self._database.reading() as session:
            tracker_ids = [t.tracker.id for t in load_trackers(session)]
        return bool(self._bugs.fetch_trackers(tracker_ids))

    def _bring_in_line(self, bug_id: int) -> datetime | None:
        with self._database.reading() as session:
            now = database_now(session)
            reason = reason_to_wait(session, self._needed_sources)
            discussion = load_discussion(session, bug_id)
            records = load_records(session, bug_id)
            trackers = [active.tracker for active in load_trackers(session) if active.is_active]
        if discussion is None or discussion.is_private or not discussion.review.decisions:
            return None
        if reason:
            # The next sync asks again.
            _log.info("nothing is recorded about bug %d: %s", bug_id, reason)
            return None
        decisions = tuple(discussion.review.decisions.values())
        reading = self._read(bug_id, trackers)
        if reading is None:
            return None
        plan = plan_record(reading.bug, reading.history, trackers, decisions)
        if plan.pending:
            in_flight = [r.changed_at for r in records.values() if _is_in_flight(r, plan.pending)]
            if in_flight and (due_at := max(in_flight) + timedelta(seconds=UNCERTAIN_S)) > now:
                return due_at
            self._write(discussion, reading, plan, now)
            self._check(discussion, reading, trackers, plan)
        else:
            self._note(bug_id, plan.verdicts, now, problems=records)
        return None

    def _read(self, bug_id: int, trackers: Sequence[Tracker]) -> _Reading | None:
        """The bug as it is now, or None if it is not there for the public any more."""
        answer = self._bugs.fetch_bugs([bug_id], [tracker.id for tracker in trackers], {})[bug_id]
        if not isinstance(answer, BugSnapshot):
            return None
        return _Reading(answer, self._bugs.fetch_histories([bug_id])[bug_id])

    def _write(self, discussion: Discussion, reading: _Reading, plan: RecordPlan, now: datetime) -> None:
        intents = [Record(d.tracker, d.comment_id, WriteState.INTENDED, now) for d in plan.pending]
        with self._database.writing() as session:
            write_records(session, discussion.bug_id, intents)
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
        _log.info("recorded %s about bug %d", ", ".join(d.tracker for d in plan.pending), reading.bug.id)

    def _check(self, discussion: Discussion, before: _Reading, trackers: Sequence[Tracker], plan: RecordPlan) -> None:
        """Read the bug again, and note what has become of the decisions."""
        with self._database.writing() as session:
            # In a transaction of its own: whoever reads the bug may wait for a key that is ours.
            workqueue.mark(session, [Key(KeyKind.BUG, discussion.bug_id)])
            now = database_now(session)
        after = self._read(discussion.bug_id, trackers)
        if after is None:
            return
        verdicts = plan_record(after.bug, after.history, trackers, discussion.review.decisions.values()).verdicts
        overwritten = _overwritten(before, after, plan)
        problems = {d.tracker: Record(d.tracker, d.comment_id, WriteState.DONE, now, overwritten) for d in plan.pending}
        self._note(discussion.bug_id, verdicts, now, problems=problems if overwritten else {})

    def _note(
        self, bug_id: int, verdicts: Iterable[Verdict], now: datetime, *, problems: Mapping[VoteTracker, Record]
    ) -> None:
        """Note how Bugzilla's record stands towards the decisions; a problem that was noted of one stays."""
        records = []
        for verdict in verdicts:
            decision = verdict.decision
            known = problems.get(decision.tracker)
            problem = known.problem if known and known.is_of(decision) and known.state is WriteState.DONE else ""
            match verdict.state:
                case RecordState.RECORDED:
                    records.append(Record(decision.tracker, decision.comment_id, WriteState.DONE, now, problem))
                case RecordState.CONFLICT:
                    records.append(
                        Record(decision.tracker, decision.comment_id, WriteState.CONFLICT, now, verdict.reason)
                    )
                case RecordState.PENDING:
                    # Written, and not there: somebody took it back at once. The next pass sees why.
                    continue
        with self._database.writing() as session:
            write_records(session, bug_id, records)

    def _comment(self, discussion: Discussion, decisions: Iterable[Decision]) -> str:
        """What is said in Bugzilla: the outcome of each decision, who made it, and where."""
        ticket_id = discussion.tickets[0].id
        lines = ["Decided in the review ticket:", ""]
        for decision in decisions:
            link = self._texts.comment(ticket_id, decision.comment_id)
            lines.append(f"{decision.tracker}: {decision.outcome}, by {decision.who}: {link}")
        return "\n".join(lines)


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
