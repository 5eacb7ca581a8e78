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
    content: Mapped[str]
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


class DiscussionRow(Base):
    """What the service has to remember of a bug's review ticket beside the ticket itself.

    `intended_at`: a ticket is about to be opened; stored before Pagure is asked for it, gone when the ticket is known.
    `proposals`: why the bug was proposed, by tracker, as read from Bugzilla's comments for the nominations that
    `proposals_of` names.
    """

    __tablename__ = "discussion"

    bug_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    intended_at: Mapped[datetime | None] = mapped_column(index=True)
    proposals: Mapped[dict[str, Any]]
    proposals_of: Mapped[str]


class RecordRow(Base):
    """What became of writing one decision into Bugzilla. A decision is known by the comment that made it.

    `state`: *intended* before the write, then *done*, or *conflict* with the reason in `problem`.
    """

    __tablename__ = "record"

    bug_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    vote_tracker: Mapped[str] = mapped_column(String(40), primary_key=True)
    comment_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20), index=True)
    changed_at: Mapped[datetime]
    problem: Mapped[str] = mapped_column(default="")
