"""Updates at Bodhi, and which bugs each of them names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bbconsumer.db.models.base import Base


class UpdateRow(Base):
    """The last applied answer about an update. The queue knows it by `id`, Bodhi by `alias`.

    A row is made when its alias is first marked: until Bodhi has told of it, `checked_at` is None and the row blank.
    `changed_at`: when what is stored last became another. Of an update that is gone (`absence`) the rest stays as it
    was, but it names no bugs in `UpdateBugRow`.
    """

    __tablename__ = "bodhi_update"

    id: Mapped[int] = mapped_column(primary_key=True)
    alias: Mapped[str] = mapped_column(String(64), unique=True)
    absence: Mapped[str | None] = mapped_column(String(20), index=True)
    title: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="")
    request: Mapped[str] = mapped_column(default="")
    release: Mapped[str] = mapped_column(default="")
    submitter: Mapped[str] = mapped_column(default="")
    bug_ids: Mapped[list[Any]] = mapped_column(default=list)
    builds: Mapped[list[Any]] = mapped_column(default=list)
    karma: Mapped[int] = mapped_column(default=0)
    stable_karma: Mapped[int | None]
    unstable_karma: Mapped[int | None]
    stable_days: Mapped[int | None]
    gating: Mapped[str] = mapped_column(default="")
    is_ready: Mapped[bool | None]
    is_critical: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[datetime | None]
    modified_at: Mapped[datetime | None]
    testing_at: Mapped[datetime | None]
    stable_at: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]
    needed_karma: Mapped[int | None]
    needed_days: Mapped[int | None]
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]


class UpdateBugRow(Base):
    """A bug that an update names; the bug need not be stored."""

    __tablename__ = "update_bug"

    update_id: Mapped[int] = mapped_column(ForeignKey("bodhi_update.id"), primary_key=True)
    bug_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, index=True)
