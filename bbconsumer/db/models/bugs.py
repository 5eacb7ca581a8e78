"""Releases with their milestones and trackers, bugs and their nominations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bbconsumer.db.models.base import Base


class Release(Base):
    """A release of Fedora, by its number as text: ``45``."""

    __tablename__ = "release"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)


class MilestoneRow(Base):
    """A milestone: *active* ones are shown and synced, at most one is *current*. Dates are None until they are set."""

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
    freeze_at: Mapped[datetime | None]
    go_no_go_at: Mapped[datetime | None]
    target_at: Mapped[datetime | None]


class TrackerRow(Base):
    """A tracker bug, by its number. `problem` says why it could not be read at the last sync, if so.

    `last_change_at` is that of Bugzilla's as of which its history was read for good: an earlier one, after changes just
    before a sync, and None until a sync has read it.
    """

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
    is_open: Mapped[bool] = mapped_column(index=True)
    priority: Mapped[str]
    severity: Mapped[str]
    priority_state: Mapped[str] = mapped_column(String(20), index=True)
    keywords: Mapped[list[Any]]
    blocks: Mapped[list[Any]]
    depends_on: Mapped[list[Any]]
    dupe_of: Mapped[int | None] = mapped_column(BigInteger)
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
