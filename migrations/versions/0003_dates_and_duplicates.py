"""The dates of a milestone, and of which bug another is a duplicate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.compatibility import runs_on

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("freeze_at", "go_no_go_at", "target_at"):
        op.add_column("milestone", sa.Column(name, TIME, nullable=True))
    op.add_column("bug", sa.Column("dupe_of", sa.BigInteger(), nullable=True))
    runs_on(["0001", "0002", revision])
