"""Loads what a milestone's burndown is counted from: its nominations as they stand, and the events that led there.

Bugs that the public may not read, or that are gone, are left out with all that they ever were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bbconsumer.db.models import BugRow, EventRow, NominationRow, TrackerRow
from bbconsumer.domain.burndown import Course, Past
from bbconsumer.domain.keys import KeyKind
from bbconsumer.domain.trackers import TrackerKind

_STATUS = "status"


def load_courses(session: Session, tracker_ids: Collection[int]) -> tuple[Course, ...]:
    """The nominations of public bugs for some trackers, each with its past: two SELECTs."""
    of = tuple(tracker_ids)
    pasts = _load_pasts(session, of)
    return tuple(
        Course(
            TrackerKind(row.kind),
            row.state,
            row.is_open,
            states=tuple(pasts.get((row.bug_id, _nomination(row.tracker_id)), ())),
            statuses=tuple(pasts.get((row.bug_id, _STATUS), ())),
        )
        for row in session.execute(_select_nominated(of))
    )


@lru_cache
def _select_nominated(tracker_ids: tuple[int, ...]) -> Select[*tuple[Any, ...]]:
    return (
        select(NominationRow.bug_id, NominationRow.tracker_id, NominationRow.state, TrackerRow.kind, BugRow.is_open)
        .join(TrackerRow, TrackerRow.id == NominationRow.tracker_id)
        .join(BugRow, BugRow.id == NominationRow.bug_id)
        .where(NominationRow.tracker_id.in_(tracker_ids), BugRow.absence.is_(None))
        .order_by(NominationRow.bug_id, NominationRow.tracker_id)
    )


def _load_pasts(session: Session, tracker_ids: tuple[int, ...]) -> dict[tuple[int, str], list[Past]]:
    """What statuses and nominations were before they changed, by bug and field."""
    pasts: dict[tuple[int, str], list[Past]] = defaultdict(list)
    for bug_id, field, at, old in session.execute(_select_pasts(tracker_ids)):
        pasts[bug_id, field].append(Past(at, old))
    return pasts


@lru_cache
def _select_pasts(tracker_ids: tuple[int, ...]) -> Select[*tuple[Any, ...]]:
    bug_ids = select(NominationRow.bug_id).where(NominationRow.tracker_id.in_(tracker_ids))
    return (
        select(EventRow.object_id, EventRow.field, EventRow.at, EventRow.old)
        .where(
            EventRow.object_kind == KeyKind.BUG,
            EventRow.object_id.in_(bug_ids),
            EventRow.field.in_([_STATUS, *map(_nomination, tracker_ids)]),
        )
        .order_by(EventRow.at)
    )


def _nomination(tracker_id: int) -> str:
    return f"nomination/{tracker_id}"
