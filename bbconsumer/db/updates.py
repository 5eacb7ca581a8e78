"""The stored updates. What is missing here is unknown, and must never be taken for "no update" before a sync of Bodhi
was complete.

An update has a row, and thereby a number for the queue, from the moment at which its alias is first marked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache, lru_cache
from typing import cast

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Select,
    Table,
    bindparam,
    delete,
    insert,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from bbconsumer.db.events import EventLog
from bbconsumer.db.models import BugRow, UpdateBugRow, UpdateRow, WorkItem
from bbconsumer.db.session import database_now, upsert
from bbconsumer.domain.keys import Key, KeyKind, Known
from bbconsumer.domain.snapshots import AbsenceReason, UpdateSnapshot
from bbconsumer.domain.update_events import absence_event, derive_update_events

_bugs = cast("Table", UpdateBugRow.__table__)
_SNAPSHOT_FIELDS = tuple(field.name for field in fields(UpdateSnapshot))


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """What the sync must know of a stored update. `status` is empty until Bodhi has told of it."""

    alias: str
    status: str
    is_absent: bool
    bug_ids: frozenset[int]
    changed_at: datetime


def load_known_update(session: Session, bug_ids: Collection[int], alias: str) -> Known:
    """Which of these bug numbers are stored or queued, and whether the update is: one SELECT."""
    found = session.scalars(_known_statement(), {"ids": sorted(bug_ids), "alias": alias}).all()
    return Known(bug_ids=frozenset(i for i in found if i), is_update_known=0 in found)


@cache
def _known_statement() -> CompoundSelect[int]:
    ids: BindParameter[int] = bindparam("ids", expanding=True)
    return union_all(
        select(BugRow.id).where(BugRow.id.in_(ids)),
        select(WorkItem.id).where(WorkItem.kind == KeyKind.BUG, WorkItem.id.in_(ids)),
        select(literal(0)).where(UpdateRow.alias == bindparam("alias")),
    )


def register_updates(session: Session, aliases: Collection[str]) -> frozenset[Key]:
    """The keys of updates; one whose alias is new gets a blank row."""
    known = _load_ids(session, aliases)
    if new := sorted(set(aliases) - known.keys()):
        now = database_now(session)
        statement = upsert(session, UpdateRow).on_conflict_do_nothing(index_elements=["alias"])
        session.execute(statement, [{"alias": alias, "first_seen_at": now, "changed_at": now} for alias in new])
        # Also those that somebody else registered meanwhile.
        known |= _load_ids(session, new)
    return frozenset(Key(KeyKind.UPDATE, update_id) for update_id in known.values())


def _load_ids(session: Session, aliases: Collection[str]) -> dict[str, int]:
    rows = session.execute(select(UpdateRow.alias, UpdateRow.id).where(UpdateRow.alias.in_(aliases)))
    return dict(rows.all())


def load_aliases(session: Session, ids: Collection[int]) -> dict[int, str]:
    """What Bodhi calls the updates with these numbers."""
    rows = session.execute(select(UpdateRow.id, UpdateRow.alias).where(UpdateRow.id.in_(ids)))
    return dict(rows.all())


def list_listed_bug_ids(session: Session, ids: Collection[int]) -> list[int]:
    """Those of these bugs that are public and on a list."""
    return list(
        session.scalars(select(BugRow.id).where(BugRow.id.in_(ids), BugRow.is_active, BugRow.absence.is_(None)))
    )


def list_stored_updates(session: Session) -> tuple[StoredUpdate, ...]:
    """All updates of which at least the alias is known."""
    rows = session.execute(
        select(UpdateRow.alias, UpdateRow.status, UpdateRow.absence, UpdateRow.bug_ids, UpdateRow.changed_at)
    )
    return tuple(
        StoredUpdate(alias, status, absence is not None, frozenset(bug_ids), changed_at)
        for alias, status, absence, bug_ids, changed_at in rows
    )


def load_updates(
    session: Session, bug_ids: Collection[int] | Select[int] | None = None
) -> Mapping[int, tuple[UpdateSnapshot, ...]]:
    """The updates by the bugs that they name, all of them for None, in the order of their submission: one SELECT."""
    of = bug_ids if bug_ids is None or isinstance(bug_ids, Select) else tuple(bug_ids)
    found: dict[int, list[UpdateSnapshot]] = defaultdict(list)
    for bug_id, row in session.execute(_select_updates(of)):
        found[bug_id].append(_snapshot(row))
    return {bug_id: tuple(updates) for bug_id, updates in found.items()}


@lru_cache
def _select_updates(bug_ids: tuple[int, ...] | Select[int] | None) -> Select[int, UpdateRow]:
    statement = select(UpdateBugRow.bug_id, UpdateRow).join(UpdateRow, UpdateRow.id == UpdateBugRow.update_id)
    if bug_ids is not None:
        statement = statement.where(UpdateBugRow.bug_id.in_(bug_ids))
    return statement.order_by(UpdateRow.submitted_at, UpdateRow.alias)


class UpdateWriter:
    """Writes a batch of updates in one transaction; `close` appends their events, last."""

    def __init__(self, session: Session, ids: Collection[int], now: datetime) -> None:
        self._session = session
        self._now = now
        self._rows = {row.id: row for row in session.scalars(select(UpdateRow).where(UpdateRow.id.in_(ids)))}
        self._events = EventLog(session, KeyKind.UPDATE, now)
        self._bug_ids: dict[int, frozenset[int]] = {}

    def stored(self, update_id: int) -> UpdateSnapshot | None:
        """What Bodhi told last of an update, gone or not; None when it never did."""
        row = self._rows[update_id]
        return None if row.submitted_at is None else _snapshot(row)

    def write(self, update_id: int, update: UpdateSnapshot) -> None:
        """Store an answer, and what happened since the last one."""
        row, before = self._rows[update_id], self.stored(update_id)
        row.checked_at = self._now
        if before == update and row.absence is None:
            return
        if row.absence is not None and before is not None:
            self._events.add(update_id, [absence_event(row.absence, "", self._now)])
        self._events.add(update_id, derive_update_events(before, update, self._now))
        for name in _SNAPSHOT_FIELDS:
            setattr(row, name, getattr(update, name))
        row.bug_ids, row.builds = sorted(update.bug_ids), list(update.builds)
        row.absence, row.changed_at = None, self._now
        self._bug_ids[update_id] = update.bug_ids

    def mark_absent(self, update_id: int) -> None:
        """Note that Bodhi has no such update: no bug has it any more."""
        row = self._rows[update_id]
        row.checked_at = self._now
        if row.absence is None:
            if row.submitted_at is not None:
                self._events.add(update_id, [absence_event("", AbsenceReason.MISSING, self._now)])
            row.absence, row.changed_at = AbsenceReason.MISSING, self._now
            self._bug_ids[update_id] = frozenset()

    def close(self) -> None:
        """Write bugs and events: the feed's counter is locked from here until the transaction ends."""
        self._session.flush()
        if self._bug_ids:
            self._session.execute(delete(_bugs).where(_bugs.c.update_id.in_(self._bug_ids)))
            rows = [{"update_id": i, "bug_id": bug_id} for i, ids in self._bug_ids.items() for bug_id in sorted(ids)]
            if rows:
                self._session.execute(insert(_bugs), rows)
        self._events.close()


def _snapshot(row: UpdateRow) -> UpdateSnapshot:
    values = {name: getattr(row, name) for name in _SNAPSHOT_FIELDS}
    return UpdateSnapshot(**values | {"bug_ids": frozenset(row.bug_ids), "builds": tuple(row.builds)})
