"""The durable work queue: keys that must be read from their source.

A key that is marked a thousand times while it waits is worked on once. A worker holds a key by a *token*; whoever
stores something about a key first locks its row and finds the token unchanged, so a worker that lost its lease stores
nothing. A *generation* that moved while a key was worked on leaves the key due.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Table,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bbconsumer.db.counters import next_number
from bbconsumer.db.models import BugRow, SourceState, TrackerRow, WorkItem
from bbconsumer.db.session import database_now
from bbconsumer.domain.keys import SOURCE_BY_KIND, Key, KeyKind, Known

# The plain table, for statements of which every message needs one: it spares the ways of the mapper.
_items = cast("Table", WorkItem.__table__)

MAX_BACKOFF_S = 1800
# A source that lags behind its own message is asked again after these seconds, then its answer is taken as it is.
STALE_RETRY_S = (1, 2, 4, 8, 15)


class Priority(IntEnum):
    """Keys from the bus go before keys from a sync."""

    BUS = 0
    SYNC = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """One key as it was when it was leased."""

    key: Key
    generation: int
    not_older_than: datetime | None
    stale_tries: int
    attempts: int
    sync_run_id: int | None
    message_id: str | None

    @property
    def is_for_message_alone(self) -> bool:
        """Whether a message told of something newer than a time, and no sync asks as well."""
        return self.not_older_than is not None and self.sync_run_id is None


@dataclass(frozen=True, slots=True)
class Lease:
    """Keys of one kind that a worker holds under one token; empty when there was nothing to do."""

    token: int
    items: tuple[Taken, ...]


def mark(
    session: Session,
    keys: Iterable[Key],
    *,
    now: datetime | None = None,
    priority: Priority = Priority.BUS,
    not_older_than: datetime | None = None,
    sync_run_id: int | None = None,
    message_id: str | None = None,
) -> None:
    """Note that keys changed, `now` by the database's clock when not given, and what told so: one statement.

    A key that backs off after an error is not hurried by the bus, but by a sync.
    """
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    if now is None and not is_postgresql:
        now = database_now(session)
    rows = [
        {
            "kind": key.kind,
            "id": key.id,
            "priority": priority,
            "now": now,
            "not_older_than": not_older_than,
            "sync_run_id": sync_run_id,
            "message_id": message_id,
        }
        for key in sorted(set(keys))
    ]
    if rows:
        # A list of rows takes a slower way, even of one.
        session.execute(_mark_statement(is_postgresql, priority), rows if len(rows) > 1 else rows[0])


@cache
def _mark_statement(is_postgresql: bool, priority: Priority) -> postgresql.Insert | sqlite.Insert:
    """Built once: building it costs several times what executing it does, and every message needs it."""
    now: ColumnElement[datetime] = bindparam("now", type_=_items.c.due_at.type)
    if is_postgresql:
        now = func.coalesce(now, func.clock_timestamp())
    insert: postgresql.Insert | sqlite.Insert = (postgresql if is_postgresql else sqlite).insert(_items)
    insert = insert.values(generation=1, due_at=now, marked_at=now, stale_tries=0, attempts=0)
    old, new = _items.c, insert.excluded
    due = new.due_at if priority is Priority.SYNC else case((old.attempts > 0, old.due_at), else_=new.due_at)
    later = case(
        (old.not_older_than > new.not_older_than, old.not_older_than),
        else_=func.coalesce(new.not_older_than, old.not_older_than),
    )
    return insert.on_conflict_do_update(
        index_elements=["kind", "id"],
        set_={
            "generation": old.generation + 1,
            "priority": case((old.priority < new.priority, old.priority), else_=new.priority),
            "due_at": due,
            "not_older_than": later,
            "stale_tries": 0,
            "sync_run_id": func.coalesce(new.sync_run_id, old.sync_run_id),
            "message_id": func.coalesce(new.message_id, old.message_id),
        },
    )


def load_known(session: Session, ids: Collection[int]) -> Known:
    """Which of these bug numbers are stored or queued, and which are trackers: one SELECT."""
    rows = session.execute(_KNOWN, {"ids": sorted(ids)}).all()
    return Known(
        frozenset(i for i, is_tracker in rows if not is_tracker), frozenset(i for i, is_tracker in rows if is_tracker)
    )


def _known_statement() -> CompoundSelect[int, bool]:
    ids: BindParameter[int] = bindparam("ids", expanding=True)
    tracker, bug = cast("Table", TrackerRow.__table__).c, cast("Table", BugRow.__table__).c
    return union_all(
        select(tracker.id, literal_column("1 = 1").label("is_tracker")).where(tracker.id.in_(ids)),
        select(bug.id, literal_column("1 = 0")).where(bug.id.in_(ids)),
        select(_items.c.id, literal_column("1 = 0")).where(_items.c.kind == KeyKind.BUG, _items.c.id.in_(ids)),
    )


_KNOWN = _known_statement()


def take(session: Session, kind: KeyKind, count: int, *, lease_s: float) -> Lease:
    """Lease up to `count` due keys. Nothing is due while the source of this kind is down."""
    now = database_now(session)
    source = select(SourceState.name).where(SourceState.name == SOURCE_BY_KIND[kind], SourceState.down_until > now)
    due = (
        select(
            WorkItem.id,
            WorkItem.generation,
            WorkItem.not_older_than,
            WorkItem.stale_tries,
            WorkItem.attempts,
            WorkItem.sync_run_id,
            WorkItem.message_id,
        )
        .where(~source.exists(), WorkItem.kind == kind, WorkItem.due_at <= now, _is_free(now))
        .order_by(WorkItem.priority, WorkItem.due_at, WorkItem.id)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(due).all()
    if not rows:
        return Lease(0, ())
    token = next_number(session, "lease")
    statement = update(WorkItem).where(WorkItem.kind == kind, WorkItem.id.in_([row.id for row in rows]))
    session.execute(
        statement.values(lease_token=token, leased_until=now + timedelta(seconds=lease_s)),
        execution_options={"synchronize_session": False},
    )
    return Lease(
        token,
        tuple(
            Taken(Key(kind, number), generation, not_older_than, stale_tries, attempts, sync_run_id, message_id)
            for number, generation, not_older_than, stale_tries, attempts, sync_run_id, message_id in rows
        ),
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(WorkItem.lease_token.is_(None), WorkItem.leased_until <= now)


def renew(session: Session, token: int, *, lease_s: float) -> None:
    """Keep the keys of a token that is still at work."""
    until = database_now(session) + timedelta(seconds=lease_s)
    session.execute(update(WorkItem).where(WorkItem.lease_token == token).values(leased_until=until))


def lock_held(session: Session, lease: Lease, items: Sequence[Taken]) -> dict[Key, WorkItem]:
    """Lock the rows of those keys that are still held under the lease's token; the others belong to somebody else."""
    if not items:
        return {}
    kind = items[0].key.kind
    held = (
        select(WorkItem)
        .where(WorkItem.kind == kind, WorkItem.id.in_([item.key.id for item in items]))
        .where(WorkItem.lease_token == lease.token)
        .order_by(WorkItem.id)
        .with_for_update()
    )
    return {Key(kind, row.id): row for row in session.scalars(held)}


def finish(session: Session, held: dict[Key, WorkItem], items: Iterable[Taken], *, now: datetime) -> None:
    """Take worked keys off the queue; one that was marked meanwhile stays due. `held` comes from `lock_held`."""
    finished = []
    for item in items:
        row = held[item.key]
        if row.generation == item.generation:
            finished.append(item.key)
            continue
        _free(row, item)
        row.due_at, row.attempts, row.stale_tries, row.last_error = now, 0, 0, None
        # What it was marked for first is stored.
        row.marked_at = now
    if finished:
        session.execute(
            delete(WorkItem).where(WorkItem.kind == finished[0].kind, WorkItem.id.in_([key.id for key in finished])),
            execution_options={"synchronize_session": False},
        )


def waited_s(row: WorkItem, now: datetime) -> float | None:
    """Seconds since a key was marked first; None for one that only a sync asked for. Before it is finished."""
    return (now - row.marked_at).total_seconds() if row.priority == Priority.BUS else None


def retry_stale(row: WorkItem, item: Taken, *, now: datetime) -> bool:
    """Ask for a key again soon because its source lags; False when that was tried often enough."""
    if item.stale_tries >= len(STALE_RETRY_S):
        return False
    row.lease_token = row.leased_until = None
    row.due_at = now + timedelta(seconds=STALE_RETRY_S[item.stale_tries])
    row.stale_tries = item.stale_tries + 1
    return True


def postpone(row: WorkItem, due_at: datetime) -> None:
    """Leave a key due at a time, without an error: there is something to wait for."""
    row.lease_token = row.leased_until = None
    row.due_at = due_at


def fail(row: WorkItem, item: Taken, error: str, *, now: datetime) -> None:
    """Let one key back off after an error of its own. It is never dropped; a sync that asked meanwhile has it anew."""
    row.lease_token = row.leased_until = None
    row.attempts = item.attempts + 1
    row.last_error = error
    backoff_s = min(MAX_BACKOFF_S, 5 * 2 ** min(item.attempts, 16)) if row.sync_run_id == item.sync_run_id else 0
    row.due_at = now + timedelta(seconds=backoff_s)


def list_failing(session: Session) -> list[Key]:
    """The keys that back off after errors of their own."""
    rows = session.execute(select(WorkItem.kind, WorkItem.id).where(WorkItem.attempts > 0))
    return [Key(KeyKind(row.kind), row.id) for row in rows]


def release(session: Session, lease: Lease) -> None:
    """Give all keys of a lease back as they were: their source is down, or the worker stops."""
    statement = update(WorkItem).where(WorkItem.lease_token == lease.token)
    session.execute(statement.values(lease_token=None, leased_until=None))


def _free(row: WorkItem, item: Taken) -> None:
    row.lease_token = row.leased_until = None
    if row.sync_run_id == item.sync_run_id:
        # This answer was fetched after that sync had asked for it.
        row.sync_run_id = None


def seconds_to_next(session: Session, kind: KeyKind) -> float | None:
    """Seconds until a key of this kind may become due, 0 or less when one is; None when the queue is empty."""
    now = database_now(session)
    ready_at = case((WorkItem.leased_until > WorkItem.due_at, WorkItem.leased_until), else_=WorkItem.due_at)
    first: datetime | None = session.scalar(select(func.min(ready_at)).where(WorkItem.kind == kind))
    if first is None:
        return None
    down_until = session.scalar(select(SourceState.down_until).where(SourceState.name == SOURCE_BY_KIND[kind]))
    return (max(first, down_until or first) - now).total_seconds()
