"""What people propose through the form, and the accounts at Bugzilla that they named as theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bbconsumer.db.models.base import Base


class BugzillaAccountRow(Base):
    """The account at Bugzilla that a person of Fedora's accounts named, and when. Nothing proves that it is theirs."""

    __tablename__ = "bugzilla_account"

    person: Mapped[str] = mapped_column(String(100), primary_key=True)
    account: Mapped[str]
    confirmed_at: Mapped[datetime]


class ProposalRow(Base):
    """One form that a person sent. Its texts are that person's own: nobody else is shown them from here.

    `id` is made with the form, so that a form that is sent twice is one proposal. `state`: *kept* while Bugzilla knows
    nothing of it, *sending* from before the request until its answer, then *done*; `answer` says what came of it.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("state IN ('kept', 'sending', 'done')", name="state_known"),
        # Of several people, or several windows of one, one proposes a bug at a time.
        Index(
            "uq_proposal_sending_bug_id",
            "bug_id",
            unique=True,
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person: Mapped[str] = mapped_column(String(100), index=True)
    bug_id: Mapped[int] = mapped_column(BigInteger)
    release: Mapped[str] = mapped_column(String(20))
    milestone: Mapped[str] = mapped_column(String(20))
    kinds: Mapped[list[Any]]
    criterion: Mapped[str]
    justification: Mapped[str]
    account: Mapped[str]
    state: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
