"""What became of writing decisions into Bugzilla: one row for each bug and tracker that was decided about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, RecordRow
from bbconsumer.db.session import upsert
from bbconsumer.domain.ballots import VoteTracker
from bbconsumer.domain.votes import Decision


class WriteState(StrEnum):
    """How far the writing of a decision came."""

    INTENDED = "intended"
    DONE = "done"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one decision, which is known by the comment that made it."""

    vote_tracker: VoteTracker
    comment_id: int
    state: WriteState
    changed_at: datetime
    problem: str = ""

    def is_of(self, decision: Decision) -> bool:
        """Whether this tells of that very decision, and not of an earlier one about the same tracker."""
        return (self.vote_tracker, self.comment_id) == (decision.tracker, decision.comment_id)


def load_records(session: Session, bug_id: int) -> dict[VoteTracker, Record]:
    """What became of the decisions about a bug."""
    rows = session.scalars(select(RecordRow).where(RecordRow.bug_id == bug_id))
    return {
        (name := VoteTracker(row.vote_tracker)): Record(
            name, row.comment_id, WriteState(row.state), row.changed_at, row.problem
        )
        for row in rows
    }


def intend_records(
    session: Session, bug_id: int, intents: Iterable[Record], known: Mapping[VoteTracker, Record]
) -> bool:
    """Note that decisions about a bug are about to be written; False when the records are no longer as `known`.

    Then somebody else works on them, and nothing is noted.
    """
    # Records may not be there yet, their bug is: whoever comes second waits here, and sees what the first one noted.
    session.execute(select(BugRow.id).where(BugRow.id == bug_id).with_for_update())
    if load_records(session, bug_id) != known:
        return False
    write_records(session, bug_id, intents)
    return True


def write_records(session: Session, bug_id: int, records: Iterable[Record]) -> None:
    """Note what became of decisions about a bug."""
    for record in records:
        values = {
            "comment_id": record.comment_id,
            "state": record.state,
            "changed_at": record.changed_at,
            "problem": record.problem,
        }
        insert = upsert(session, RecordRow).values(bug_id=bug_id, vote_tracker=record.vote_tracker, **values)
        session.execute(insert.on_conflict_do_update(index_elements=["bug_id", "vote_tracker"], set_=values))


def forget_intents(session: Session, bug_id: int) -> None:
    """Note that nothing is on its way to Bugzilla any more."""
    session.execute(delete(RecordRow).where(RecordRow.bug_id == bug_id, RecordRow.state == WriteState.INTENDED))
