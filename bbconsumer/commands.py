"""What the web and the command line may ask for. The web's only way out."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bbconsumer.config import Settings
from bbconsumer.db import dead_letters, workqueue
from bbconsumer.db.discussions import list_discussed_bug_ids
from bbconsumer.db.models import MilestoneRow, Release, TrackerRow
from bbconsumer.db.session import Database, database_now, upsert
from bbconsumer.domain.facts import MilestoneDates
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.texts import minute
from bbconsumer.domain.trackers import Milestone, TrackerKind, tracker_alias
from bbconsumer.sources import BugSource
from bbconsumer.triggers import Scope, UnreadableMessage, keys_in_webhook

_log = logging.getLogger(__name__)


class CommandRefused(Exception):
    """What was asked for cannot be done; the text says why and what to do."""


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
        mine = select(MilestoneRow).where(
            MilestoneRow.release == milestone.release, MilestoneRow.name == milestone.name
        )
        row = session.scalars(mine).first()
        if row is None:
            row = MilestoneRow(release=milestone.release, name=milestone.name, is_active=True, is_current=False)
            session.add(row)
        row.is_active = True
        session.flush()
        if make_current:
            session.execute(update(MilestoneRow).where(MilestoneRow.id != row.id).values(is_current=False))
            row.is_current = True
        for kind, tracker_id in trackers.items():
            _add_tracker(session, row, kind, tracker_id)


def set_dates(database: Database, milestone: Milestone, changes: Mapping[str, datetime | None]) -> MilestoneDates:
    """Change some dates of a milestone, by their names in `MilestoneDates`; gives back all of them.

    Raises:
        CommandRefused: there is no such milestone, there is nothing to change, or the dates are not in order.
    """
    if not changes:
        raise CommandRefused("nothing to change: give at least one of --freeze, --go-no-go and --target")
    with database.writing() as session:
        row = session.scalars(
            select(MilestoneRow)
            .where(MilestoneRow.release == milestone.release, MilestoneRow.name == milestone.name)
            .with_for_update()
        ).first()
        if row is None:
            raise CommandRefused(f"{milestone.label} is not known: add it with add_milestone first")
        present = MilestoneDates(row.freeze_at, row.go_no_go_at, row.target_at)
        dates = replace(present, **changes)
        known = [(title, at) for title, at in dates.by_title if at]
        for (earlier, first), (later, second) in pairwise(known):
            if first > second:
                raise CommandRefused(f"{later} ({minute(second)}) would be before {earlier} ({minute(first)})")
        row.freeze_at, row.go_no_go_at, row.target_at = dates.freeze_at, dates.go_no_go_at, dates.target_at
    return dates


def mark_open_discussions(database: Database) -> int:
    """Have the review of every bug with an open ticket looked at again; gives back of how many bugs."""
    with database.writing(is_shown=False) as session:
        bug_ids = list_discussed_bug_ids(session)
        workqueue.mark(session, [Key(KeyKind.DISCUSSION, bug_id) for bug_id in bug_ids])
    return len(bug_ids)


def take_hint(database: Database, settings: Settings, topic: str, body: object) -> str:
    """Have the ticket read that a webhook of Pagure tells of, in one short transaction; gives back what came of it.

    What cannot be read is kept as a dead letter, once however often it comes. The caller knows that Pagure sent it.
    """
    scope = Scope((), settings.pagure_repo if settings.pagure_enabled else "", settings.pagure_bot_username)
    with database.writing(is_shown=False) as session:
        try:
            found = keys_in_webhook(topic, body, scope)
        except UnreadableMessage as error:
            _log.warning("a webhook (%r) is kept for a person to look at: %s", topic[:200], error)
            digest = hashlib.sha256(json.dumps([topic, body]).encode()).hexdigest()
            dead_letters.keep(
                session,
                message_id=f"webhook:{digest}",
                topic=topic,
                body=body,
                reason=str(error),
                now=database_now(session),
            )
            return "kept for a person to look at"
        workqueue.mark(session, found.keys, not_older_than=found.changed_at)
    return found.reason


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
    session.add(TrackerRow(id=tracker_id, milestone_id=milestone.id, kind=kind))
    session.flush()
