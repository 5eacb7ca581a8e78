"""The picture of a bug's state: its open nominations in the milestones that people work on."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, MilestoneRow, NominationRow, TrackerRow
from bbconsumer.domain.nominations import ENDED_STATES
from bbconsumer.domain.trackers import TrackerKind
from web.queries.timeline import state_words
from web.read_models import NOT_TRACKED, BugPicture

_LONGEST_LINE = 80


def load_picture(session: Session, bug_id: int, *, now: datetime, sync_interval_s: int) -> BugPicture:
    """The picture of a bug, also of one that is not stored or not public: two SELECTs at most."""
    columns = BugRow.status, BugRow.resolution, BugRow.checked_at, BugRow.removal_held
    bug = session.execute(select(*columns).where(BugRow.id == bug_id, BugRow.absence.is_(None))).one_or_none()
    if bug is None:
        return NOT_TRACKED
    state = f"{bug.status} {bug.resolution}".strip()
    lines = [f"{name}: {words} · {state}" for name, words in _load_nominations(session, bug_id)]
    lines = lines or [f"no open nomination · {state}"]
    if bug.removal_held is not None:
        lines.append("seems to be gone: an operator has to look")
    is_stale = bug.checked_at < now - timedelta(seconds=2 * sync_interval_s)
    return BugPicture(
        title=f"Bug {bug_id}",
        lines=tuple(line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…" for line in lines),
        is_tracked=True,
        stale_at=bug.checked_at if is_stale else None,
    )


def _load_nominations(session: Session, bug_id: int) -> list[tuple[str, str]]:
    """The open nominations as (``45 Beta Blocker``, ``accepted 0-day``), the nearest milestone first."""
    rows = session.execute(
        select(MilestoneRow.release, MilestoneRow.name, TrackerRow.kind, NominationRow.state)
        .join(TrackerRow, TrackerRow.milestone_id == MilestoneRow.id)
        .join(NominationRow, NominationRow.tracker_id == TrackerRow.id)
        .where(NominationRow.bug_id == bug_id, NominationRow.state.not_in(ENDED_STATES), MilestoneRow.is_active)
    ).all()
    return [
        (f"{release} {name.title()} {TrackerKind(kind).label}", state_words(state))
        for release, name, kind, state in sorted(rows, key=lambda row: (len(row.release), *row))
    ]
