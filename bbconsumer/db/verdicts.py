"""The history of verdicts: a change of a milestone's verdict is an event of the change feed.

Unlike a bug's events these are observations, made when somebody looked: what came and went between is not known.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.db.counters import next_number
from bbconsumer.db.models import EventRow, MilestoneRow
from bbconsumer.domain.trackers import Milestone, MilestoneName

OBJECT_KIND: Final = "milestone"
FIELD: Final = "verdict"


def list_active_milestones(session: Session) -> tuple[Milestone, ...]:
    """The milestones that are synced, in order."""
    rows = session.execute(select(MilestoneRow.release, MilestoneRow.name).where(MilestoneRow.is_active))
    return tuple(sorted(Milestone(release, MilestoneName(name)) for release, name in rows))


def note_verdict(session: Session, milestone: Milestone, verdict: str, now: datetime) -> bool:
    """Append an event unless the verdict is the one that was noted last; whether it changed.

    The milestone's row is locked, so that two who look at once note one change.
    """
    mine = (MilestoneRow.release == milestone.release, MilestoneRow.name == milestone.name)
    milestone_id = session.scalars(select(MilestoneRow.id).where(*mine).with_for_update()).one()
    noted = select(EventRow.new).where(EventRow.object_kind == OBJECT_KIND, EventRow.object_id == milestone_id)
    last = session.scalars(noted.where(EventRow.field == FIELD).order_by(EventRow.seq.desc()).limit(1)).first()
    if last == verdict:
        return False
    event = EventRow(
        seq=next_number(session, "event"),
        object_kind=OBJECT_KIND,
        object_id=milestone_id,
        field=FIELD,
        at=now,
        who="",
        old=last or "",
        new=verdict,
        recorded_at=now,
    )
    session.add(event)
    session.flush()
    return True
