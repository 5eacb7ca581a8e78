"""The tables. Migrations in `migrations/` must lead to exactly this (a test compares them on both databases)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. SQLite forgets the zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Names every constraint, so that a migration can name it too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[Any]: Json,
        str: Text(),
    }


class Release(Base):
    """A release of Fedora, by its number as text: ``45``."""

    __tablename__ = "release"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)


class MilestoneRow(Base):
    """A milestone: *active* ones are shown and synced, at most one is *current*."""

    __tablename__ = "milestone"
    __table_args__ = (
        UniqueConstraint("release", "name"),
        CheckConstraint("name IN ('beta', 'final')", name="name_known"),
        CheckConstraint("is_active OR NOT is_current", name="current_is_active"),
        # At most one row may be current: the index holds only the rows that are.
        Index(
            "uq_milestone_current",
            "is_current",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    release: Mapped[str] = mapped_column(ForeignKey("release.name"))
    name: Mapped[str] = mapped_column(String(20))
    is_active: Mapped[bool]
    is_current: Mapped[bool]


class TrackerRow(Base):
    """A tracker bug, by its number. `problem` says why it could not be read at the last sync, if so."""

    __tablename__ = "tracker"
    __table_args__ = (UniqueConstraint("milestone_id", "kind"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"))
    kind: Mapped[str] = mapped_column(String(20))
    last_change_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")


class BugRow(Base):
    """The last applied answer about a bug. Rows stay when a bug leaves its trackers; a private bug's row is blank.

    `history` holds the entries of Bugzilla's history from which nominations and events are derived.
    """

    __tablename__ = "bug"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    is_active: Mapped[bool] = mapped_column(index=True)
    absence: Mapped[str | None] = mapped_column(String(20))
    summary: Mapped[str]
    status: Mapped[str]
    resolution: Mapped[str]
    product: Mapped[str]
    component: Mapped[str] = mapped_column(index=True)
    version: Mapped[str]
    whiteboard: Mapped[str]
    assigned_to: Mapped[str]
    creator: Mapped[str]
    created_at: Mapped[datetime | None]
    last_change_at: Mapped[datetime | None]
    is_open: Mapped[bool]
    priority: Mapped[str]
    severity: Mapped[str]
    priority_state: Mapped[str] = mapped_column(String(20))
    keywords: Mapped[list[Any]]
    blocks: Mapped[list[Any]]
    depends_on: Mapped[list[Any]]
    flags: Mapped[list[Any]]
    history: Mapped[list[Any]]
    fingerprint: Mapped[str] = mapped_column(String(64))
    first_seen_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None] = mapped_column(index=True)
    is_removal_explained: Mapped[bool] = mapped_column(default=False)
    removal_held: Mapped[str | None]


class NominationRow(Base):
    """The state of one bug for one tracker, as `domain.nominations` decided it."""

    __tablename__ = "nomination"

    bug_id: Mapped[int] = mapped_column(ForeignKey("bug.id"), primary_key=True)
    tracker_id: Mapped[int] = mapped_column(ForeignKey("tracker.id"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str]
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str]
    ended_at: Mapped[datetime | None]


class EventRow(Base):
    """The change feed. Numbers become visible in order: a reader that has seen 11 never misses a later 10."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("object_kind", "object_id", "field", "at"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[int] = mapped_column(BigInteger)
    field: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    who: Mapped[str]
    old: Mapped[str]
    new: Mapped[str]
    recorded_at: Mapped[datetime]


class Counter(Base):
    """Numbers that are handed out in the order in which transactions become visible: the row is locked until commit."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class WorkItem(Base):
    """A key that must be read from its source. The row exists while there is something to do."""

    __tablename__ = "work_item"
    __table_args__ = (Index("ix_work_item_due", "kind", "priority", "due_at"),)

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    generation: Mapped[int] = mapped_column(BigInteger)
    priority: Mapped[int]
    due_at: Mapped[datetime]
    marked_at: Mapped[datetime]
    lease_token: Mapped[int | None] = mapped_column(BigInteger, index=True)
    leased_until: Mapped[datetime | None]
    not_older_than: Mapped[datetime | None]
    stale_tries: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    sync_run_id: Mapped[int | None] = mapped_column(ForeignKey("sync_run.id"), index=True)


class DeadLetter(Base):
    """A message of which not even an id could be read."""

    __tablename__ = "dead_letter"

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    topic: Mapped[str]
    reason: Mapped[str]
    body: Mapped[str]


class SyncRun(Base):
    """One run of the sync. At most one is *running*; its `heartbeat_at` tells a dead one from a slow one."""

    __tablename__ = "sync_run"
    __table_args__ = (
        Index(
            "uq_sync_run_running", "state", unique=True, sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(index=True)
    heartbeat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    keys: Mapped[int] = mapped_column(default=0)
    left: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(default="")


class SourceState(Base):
    """When a source last answered, whether it is down and until when it is left alone; `bus` is one of them."""

    __tablename__ = "source_state"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    last_success_at: Mapped[datetime | None]
    last_failure_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    failures: Mapped[int] = mapped_column(default=0)
    down_until: Mapped[datetime | None]


class RemovalGate(Base):
    """The one gate that all removals of bugs pass. Tripped: nothing is removed until an operator has looked."""

    __tablename__ = "removal_gate"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tripped_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    accepting_run_id: Mapped[int | None]


class SchemaCompatibility(Base):
    """Heads of code that run on the present schema, so that a rolled-back image knows whether it may start."""

    __tablename__ = "schema_compatibility"

    code_revision: Mapped[str] = mapped_column(String(40), primary_key=True)
