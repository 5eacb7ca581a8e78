"""What may be asked for about releases and milestones, one at a time. A step that touches several is a roll-over.

Each change is noted with who made it (`actor`), and what changes nothing is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bbconsumer.commands.dates import refuse_unfit, when
from bbconsumer.commands.refusal import CommandRefused
from bbconsumer.db import audit, milestones
from bbconsumer.db.audit import Act
from bbconsumer.db.models import MilestoneRow, Release, TrackerRow
from bbconsumer.db.session import Database, database_now, upsert
from bbconsumer.domain.facts import MilestoneDates
from bbconsumer.domain.trackers import Milestone, TrackerKind, tracker_alias
from bbconsumer.sources import BugSource

# Without zeros in front: one release has one name.
_RELEASE: Final = re.compile("[1-9][0-9]{0,3}")


def add_release(database: Database, release: str, *, actor: str) -> bool:
    """Store a release; False when it was known already.

    Raises:
        CommandRefused: that is no release number.
    """
    _refuse_unless_number(release)
    with database.writing() as session:
        statement = upsert(session, Release).values(name=release).on_conflict_do_nothing()
        is_new = session.scalar(statement.returning(Release.name)) is not None
        if is_new:
            audit.note(session, actor, Act.ADD_RELEASE, release, "added")
    return is_new


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
    database: Database, milestone: Milestone, trackers: Mapping[TrackerKind, int], *, make_current: bool, actor: str
) -> None:
    """Store an active milestone with its trackers, and its release if need be. Doing so again changes nothing.

    Raises:
        CommandRefused: that is no release number, a tracker belongs to another milestone, or the milestone has another
            tracker of the kind.
    """
    _refuse_unless_number(milestone.release)
    with database.writing() as session:
        milestones.lock_milestones(session)
        row, done = milestones.find_milestone(session, milestone), []
        if row is None:
            row = milestones.insert_milestone(session, milestone)
            done.append("added")
        done += _stand(session, row, is_active=True, make_current=make_current)
        done += [
            f"{kind.label} tracker {tracker_id}"
            for kind, tracker_id in trackers.items()
            if _add_tracker(session, row, kind, tracker_id)
        ]
        _note(session, actor, Act.ADD_MILESTONE, milestone, done)


def set_milestone(
    database: Database, milestone: Milestone, *, is_active: bool | None, make_current: bool, actor: str
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
                f"{milestone.label} {is_or_would_be} inactive, and so it cannot be current: make it active first"
            )
        done = _stand(session, row, is_active=is_active, make_current=make_current)
        _note(session, actor, Act.SET_MILESTONE, milestone, done)
        return row.is_active, row.is_current


def set_dates(
    database: Database,
    milestone: Milestone,
    changes: Mapping[str, datetime | None],
    *,
    actor: str,
    seen: MilestoneDates | None = None,
) -> MilestoneDates:
    """Change some dates of a milestone, by their names in `MilestoneDates`; gives back all of them.

    `seen` are the dates as the actor saw them, if they saw them: what somebody else has changed since is not
    overwritten.

    Raises:
        CommandRefused: there is no such milestone, or there is nothing to change.
        FieldsRefused: a date is not the one that was seen, is far from now, or they are not in order.
    """
    if not changes:
        raise CommandRefused("nothing to change: give at least one of --freeze, --go-no-go and --target")
    with database.writing() as session:
        milestones.lock_milestones(session)
        row = _known(milestones.find_milestone(session, milestone), milestone)
        present = MilestoneDates(row.freeze_at, row.go_no_go_at, row.target_at)
        dates = replace(present, **changes)
        refuse_unfit(present, dates, changed=changes, seen=seen, now=database_now(session))
        row.freeze_at, row.go_no_go_at, row.target_at = dates.freeze_at, dates.go_no_go_at, dates.target_at
        pairs = zip(present.by_title, dates.by_title, strict=True)
        done = [f"{title}: {when(new)} (was: {when(old)})" for (title, old), (_, new) in pairs if old != new]
        _note(session, actor, Act.SET_DATES, milestone, done)
    return dates


def is_release(release: str) -> bool:
    """Whether a text is the number of a release."""
    return _RELEASE.fullmatch(release) is not None


def _refuse_unless_number(release: str) -> None:
    if not is_release(release):
        raise CommandRefused(f"{release!r} is not a release: give its number, for example 45")


def _stand(session: Session, row: MilestoneRow, *, is_active: bool | None, make_current: bool) -> list[str]:
    """Let a milestone be active or not (None: as it is), or current; gives back what changed by that, for people."""
    was_active, was_current = row.is_active, row.is_current
    if is_active:
        milestones.activate_milestone(session, row)
    elif is_active is not None:
        milestones.end_milestone(session, row)
    if make_current:
        milestones.make_current(session, row)
    done = []
    if row.is_active != was_active:
        done.append("made active" if row.is_active else "made inactive")
    if row.is_current != was_current:
        done.append("made current" if row.is_current else "not current any more")
    return done


def _note(session: Session, actor: str, act: Act, milestone: Milestone, done: list[str]) -> None:
    if done:
        audit.note(session, actor, act, milestone.label, "; ".join(done))


def _known(row: MilestoneRow | None, milestone: Milestone) -> MilestoneRow:
    if row is None:
        raise CommandRefused(f"{milestone.label} is not known: add it with add_milestone first")
    return row


def _add_tracker(session: Session, milestone: MilestoneRow, kind: TrackerKind, tracker_id: int) -> bool:
    """False when it has that tracker already."""
    of_kind = select(TrackerRow.id).where(TrackerRow.milestone_id == milestone.id, TrackerRow.kind == kind)
    present_id = session.scalar(of_kind)
    if present_id == tracker_id:
        return False
    if present_id is not None:
        raise CommandRefused(
            f"{milestone.release}-{milestone.name} has the {kind.label} tracker {present_id} already: "
            "what was decided there would be lost with it"
        )
    if session.get(TrackerRow, tracker_id) is not None:
        raise CommandRefused(f"bug {tracker_id} is the tracker of another milestone, or of the other kind, already")
    milestones.set_tracker(session, milestone, kind, tracker_id)
    return True
