"""What the service itself keeps: the change feed, the queue, how syncs and sources fare, the gate, who changed what by
hand, the schema."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bbconsumer.db.models.base import Base


class EventRow(Base):
    """The change feed. Numbers become visible in order: a reader that has seen 11 never misses a later 10."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("object_kind", "object_id", "field", "at"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[int] = mapped_column(BigInteger)
    field: Mapped[str]
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
    """A key that must be read from its source. The row exists while there is something to do.

    `message_id` is that of the last message that marked it, None where none did.
    """

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
    message_id: Mapped[str | None]
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


class Heartbeat(Base):
    """When a part of the service was last alive, in whatever process: ``consumer``, ``worker``."""

    __tablename__ = "heartbeat"

    part: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime]


class SyncRun(Base):
    """One run of the sync of one source. At most one of each is *running*; `heartbeat_at` tells a dead one from a slow
    one."""

    __tablename__ = "sync_run"
    __table_args__ = (
        Index(
            "uq_sync_run_running_source",
            "source",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        # The newest run of a source, and when the last one of a state ended: every page asks.
        Index(None, "source", "id"),
        Index(None, "source", "state", "finished_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(20), server_default="bugzilla")
    state: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(index=True)
    heartbeat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    keys: Mapped[int] = mapped_column(default=0)
    left: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(default="")


class SyncRequest(Base):
    """A sync of a source that somebody asked for and that has not begun yet. `accepts_removals`: it shall believe what
    the removal gate holds back."""

    __tablename__ = "sync_request"

    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(100))
    accepts_removals: Mapped[bool]


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


class AuditEntry(Base):
    """One change that somebody made by hand. `actor` is a name of Fedora's accounts, or ``cli:`` and a user of the
    system on which the command line ran. Rows are only ever added."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str]
    detail: Mapped[str]


class SchemaCompatibility(Base):
    """Heads of code that run on the present schema, so that a rolled-back image knows whether it may start."""

    __tablename__ = "schema_compatibility"

    code_revision: Mapped[str] = mapped_column(String(40), primary_key=True)
