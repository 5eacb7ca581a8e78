"""Updates: those that name bugs of ours, those that changed, and those that may still change.

Most of what happens to an update moves none of the times by which Bodhi can be asked for changes, so every known one
that is not through is read again by each sync. One that has long been through is read again only when Bodhi tells of a
change, or tells of other bugs of ours than are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bbconsumer.db import sources
from bbconsumer.db.models import BugRow, SyncRun
from bbconsumer.db.session import Database, database_now
from bbconsumer.db.updates import StoredUpdate, list_stored_updates, register_updates
from bbconsumer.domain.keys import Key
from bbconsumer.sources import UpdateSource

# Longer than a change may take to become visible, and than Bodhi's clock and the database's may differ.
OVERLAP = timedelta(minutes=10)
# How long the updates of a bug that is on no list any more are looked for.
RECENTLY = timedelta(days=14)
# An update that came to its end may come back soon: its submitter asks for testing again.
THROUGH_AFTER = timedelta(days=2)
_ENDS = frozenset({"stable", "obsolete", "unpushed"})


@dataclass(frozen=True, slots=True)
class UpdateInventory:
    """The updates to read."""

    source_name: str
    update_keys: frozenset[Key]

    @property
    def keys(self) -> tuple[Key, ...]:
        """What there is to read."""
        return tuple(sorted(self.update_keys))

    def note(self, session: Session) -> tuple[str, ...]:
        """Note that Bodhi answered, also when it had no update to tell of."""
        sources.note_success(session, self.source_name, now=database_now(session))
        return ()


def take_update_inventory(database: Database, source: UpdateSource) -> UpdateInventory:
    """Ask Bodhi and the database which updates there are, and give each a number.

    Raises:
        SourceUnavailable: Bodhi cannot be used.
    """
    with database.reading() as session:
        now = database_now(session)
        bug_ids = _bugs_of_interest(session, now)
        stored = {update.alias: update for update in list_stored_updates(session)}
        synced_at = _last_complete_start(session, source.name)
    named = source.find_aliases_by_bugs(bug_ids)
    # Before the first complete sync there is nothing of which a change could have been missed.
    changed = source.find_aliases_changed((synced_at or now) - OVERLAP)
    wanted = {alias for alias in named if alias not in stored}
    wanted |= {alias for alias in changed if alias in stored}
    wanted |= set(_due(stored.values(), named, bug_ids, now))
    with database.writing() as session:
        return UpdateInventory(source.name, register_updates(session, wanted))


def _due(
    stored: Iterable[StoredUpdate], named: Mapping[str, frozenset[int]], bug_ids: frozenset[int], now: datetime
) -> Iterable[str]:
    """The stored updates that may have changed without Bodhi's telling of it."""
    for update in stored:
        told, is_through = named.get(update.alias, frozenset()), now - update.changed_at >= THROUGH_AFTER
        if update.is_absent:
            # It is read again when it is told of; until then it is as gone as it was.
            is_due = bool(told)
        else:
            names_others = told != update.bug_ids & bug_ids
            is_due = names_others or update.status not in _ENDS or not is_through
        if is_due:
            yield update.alias


def _bugs_of_interest(session: Session, now: datetime) -> frozenset[int]:
    """The public bugs that are on a list, or were until recently."""
    is_wanted = or_(BugRow.is_active, BugRow.deactivated_at >= now - RECENTLY)
    return frozenset(session.scalars(select(BugRow.id).where(BugRow.absence.is_(None), is_wanted)))


def _last_complete_start(session: Session, source_name: str) -> datetime | None:
    complete = SyncRun.source == source_name, SyncRun.state == "complete"
    return session.scalar(select(func.max(SyncRun.started_at)).where(*complete))
