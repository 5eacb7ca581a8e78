"""What may be asked for about releases and milestones, one at a time. A step that touches several is a roll-over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.commands.refusal import CommandRefused
from bbconsumer.db import milestones
from bbconsumer.db.models import MilestoneRow, Release, TrackerRow
from bbconsumer.db.session import Database, upsert
from bbconsumer.domain.facts import MilestoneDates
from bbconsumer.domain.texts import minute
from bbconsumer.domain.trackers import Milestone, TrackerKind, tracker_alias
from bbconsumer.sources import BugSource


def add_release(database: Database, release: str) -> bool:
    """Store a release; False when it was known already.

    Raises:
        CommandRefused: that is no release number.
    """
    if not (release.isascii() and release.isdecimal() and len(release) < 5):
        raise CommandRefused(f"{release!r} is not a release: give its number, for example 45")
    with database.writing() as session:
        statement = upsert(session, Release).values(name=release).on_conflict_do_nothing()
        return session.execute(statement).rowcount > 0  # type: ignore[attr-defined,no-any-return]


def find_trackers(source: BugSource, milestone: Milestone) -> dict[TrackerKind, int]:
    """Look the milestone's trackers up in Bugzilla by their aliases.

    Raises:
        CommandRefused: an alias is not known there.
        SourceUnavailable: Bugzilla cannot be used.
    """
    found = {}
    for kind in TrackerKind:
        alias = tracker_alias(milestone, kind)
        tracker_id = source.find_tracker_id(alias)
        if tracker_id is None:
            raise CommandRefused(
                f"Bugzilla knows no bug with the alias {alias}: create the tracker first, or give its number"
            )
        found[kind] = tracker_id
    return found


def add_milestone(
    database: Database, milestone: Milestone, trackers: dict[TrackerKind, int], *, make_current: bool
) -> None:
    """Store an active milestone with its trackers, and its release if need be. Doing so again changes nothing.

    Raises:
        CommandRefused: a tracker belongs to another milestone, or the milestone has another tracker of the kind.
    """
    add_release(database, milestone.release)
    with database.writing() as session:
        milestones.lock_milestones(session)
        row = milestones.find_milestone(session, milestone) or milestones.insert_milestone(session, milestone)
        milestones.activate_milestone(session, row)
        if make_current:
            milestones.make_current(session, row)
        for kind, tracker_id in trackers.items():
            _add_tracker(session, row, kind, tracker_id)


def set_milestone(
    database: Database, milestone: Milestone, *, is_active: bool | None, make_current: bool
) -> tuple[bool, bool]:
    """Make a milestone active or inactive (None: as it is), or current; gives back whether it now is either.

    One that becomes inactive is current no more, and then no milestone is.

    Raises:
        CommandRefused: there is no such milestone, there is nothing to change, or an inactive one would be current.
    """
    if is_active is None and not make_current:
        raise CommandRefused("nothing to change: give at least one of --active, --inactive and --current")
    with database.writing() as session:
        milestones.lock_milestones(session)
        row = _known(milestones.find_milestone(session, milestone), milestone)
        if make_current and not (row.is_active if is_active is None else is_active):
            is_or_would_be = "is" if is_active is None else "would be"
            raise CommandRefused(
                f"{milestone.label} {is_or_would_be} inactive, and so it cannot be current: add --active"
            )
        if is_active:
            milestones.activate_milestone(session, row)
        elif is_active is not None:
            milestones.end_milestone(session, row)
        if make_current:
            milestones.make_current(session, row)
        return row.is_active, row.is_current


def set_dates(database: Database, milestone: Milestone, changes: Mapping[str, datetime | None]) -> MilestoneDates:
    """Change some dates of a milestone, by their names in `MilestoneDates`; gives back all of them.

    Raises:
        CommandRefused: there is no such milestone, there is nothing to change, or the dates are not in order.
    """
    if not changes:
        raise CommandRefused("nothing to change: give at least one of --freeze, --go-no-go and --target")
    with database.writing() as session:
        milestones.lock_milestones(session)
        row = _known(milestones.find_milestone(session, milestone), milestone)
        present = MilestoneDates(row.freeze_at, row.go_no_go_at, row.target_at)
        dates = replace(present, **changes)
        known = [(title, at) for title, at in dates.by_title if at]
        for (earlier, first), (later, second) in pairwise(known):
            if first > second:
                raise CommandRefused(f"{later} ({minute(second)}) would be before {earlier} ({minute(first)})")
        row.freeze_at, row.go_no_go_at, row.target_at = dates.freeze_at, dates.go_no_go_at, dates.target_at
    return dates


def _known(row: MilestoneRow | None, milestone: Milestone) -> MilestoneRow:
    if row is None:
        raise CommandRefused(f"{milestone.label} is not known: add it with add_milestone first")
    return row


def _add_tracker(session: Session, milestone: MilestoneRow, kind: TrackerKind, tracker_id: int) -> None:
    of_kind = select(TrackerRow.id).where(TrackerRow.milestone_id == milestone.id, TrackerRow.kind == kind)
    present_id = session.scalar(of_kind)
    if present_id == tracker_id:
        return
    if present_id is not None:
        raise CommandRefused(
            f"{milestone.release}-{milestone.name} has the {kind.label} tracker {present_id} already: "
            "what was decided there would be lost with it"
        )
    if session.get(TrackerRow, tracker_id) is not None:
        raise CommandRefused(f"bug {tracker_id} is the tracker of another milestone, or of the other kind, already")
    milestones.set_tracker(session, milestone, kind, tracker_id)
