"""Discussion tickets, what is decided in them, and what the service is about to write somewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from bbconsumer.db.models.base import Base


class TicketRow(Base):
    """The last applied answer about a discussion ticket, by its number in the review project.

    `comments` holds the comments from which votes, decisions and events are derived; `review` is what they amount to,
    in the form of `domain.reviews`. A ticket that is absent, or whose bug is not public, has neither title nor texts.
    """

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    bug_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    absence: Mapped[str | None] = mapped_column(String(20))
    title: Mapped[str]
    opened_by: Mapped[str]
    created_at: Mapped[datetime | None]
    last_updated_at: Mapped[datetime | None]
    is_open: Mapped[bool]
    close_status: Mapped[str]
    tags: Mapped[list[Any]]
    comments: Mapped[list[Any]]
    review: Mapped[dict[str, Any]]
    fingerprint: Mapped[str] = mapped_column(String(64))
    first_seen_at: Mapped[datetime]
    checked_at: Mapped[datetime]


class ReviewProject(Base):
    """What is known of the review project itself: who may decide, and how tickets may be closed there."""

    __tablename__ = "review_project"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    deciders: Mapped[list[Any]]
    checked_at: Mapped[datetime | None]
    listed_at: Mapped[datetime | None]
    listed_completely_at: Mapped[datetime | None]


class TicketIntent(Base):
    """A ticket is about to be opened for a bug. Stored before it is asked for, gone when its number is known."""

    __tablename__ = "ticket_intent"

    bug_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    intended_at: Mapped[datetime] = mapped_column(index=True)


class RecordRow(Base):
    """What became of writing one decision into Bugzilla. A decision is known by the comment that made it.

    `state`: *intended* before the write, then *done*, or *conflict* with the reason in `problem`.
    """

    __tablename__ = "record"

    bug_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    vote_tracker: Mapped[str] = mapped_column(String(40), primary_key=True)
    comment_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20))
    changed_at: Mapped[datetime]
    problem: Mapped[str] = mapped_column(default="")
