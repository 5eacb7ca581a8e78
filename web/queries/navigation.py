"""The milestones: what every page offers in its navigation, and what most pages look their own milestone up in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, MilestoneRow, NominationRow, TrackerRow
from bbconsumer.domain.nominations import ENDED_STATES
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind
from web.read_models import MilestoneView, Navigation, TrackerView


def load_navigation(session: Session) -> Navigation:
    """All milestones with their trackers: one SELECT, one row per tracker."""
    groups = groupby(session.execute(_milestones()), key=lambda row: row.milestone_id)
    milestones = [_milestone(tuple(rows)) for _, rows in groups]
    # As numbers, though they are stored as text: release 100 comes after 99.
    return Navigation(tuple(sorted(milestones, key=lambda m: (len(m.release), m.release, m.name))))


@cache
def _milestones() -> Select[*tuple[Any, ...]]:
    blockers = (
        select(NominationRow.tracker_id, func.count().label("bugs"))
        .join(BugRow, BugRow.id == NominationRow.bug_id)
        .where(NominationRow.state.not_in(ENDED_STATES), BugRow.is_open, BugRow.absence.is_(None))
        .group_by(NominationRow.tracker_id)
        .subquery()
    )
    return (
        select(
            MilestoneRow.id.label("milestone_id"),
            MilestoneRow.release,
            MilestoneRow.name,
            MilestoneRow.is_active,
            MilestoneRow.is_current,
            TrackerRow.id.label("tracker_id"),
            TrackerRow.kind,
            TrackerRow.problem,
            TrackerRow.last_change_at,
            func.coalesce(blockers.c.bugs, 0).label("open_bugs"),
        )
        .outerjoin(TrackerRow, TrackerRow.milestone_id == MilestoneRow.id)
        .outerjoin(blockers, blockers.c.tracker_id == TrackerRow.id)
        .order_by(MilestoneRow.id, TrackerRow.kind)
    )


def _milestone(rows: Sequence[Row[*tuple[Any, ...]]]) -> MilestoneView:
    first = rows[0]
    milestone = Milestone(first.release, MilestoneName(first.name))
    return MilestoneView(
        release=first.release,
        name=first.name,
        label=milestone.label,
        title=milestone.title,
        is_active=first.is_active,
        is_current=first.is_current,
        open_blockers=sum(row.open_bugs for row in rows if row.kind == TrackerKind.BLOCKER),
        trackers=tuple(
            TrackerView(
                id=row.tracker_id,
                kind=row.kind,
                title=f"{milestone.label} {TrackerKind(row.kind).label}",
                problem=row.problem,
                # The sync notes a tracker's last change when it has read it.
                is_read=row.last_change_at is not None,
            )
            for row in rows
            if row.tracker_id is not None
        ),
    )
