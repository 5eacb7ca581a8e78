"""Syncs that somebody asked for and that have not begun yet.

Code that is older does not look for them: while only such runs, they wait.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.compatibility import runs_on

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sync_request",
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=100), nullable=False),
        sa.Column("accepts_removals", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_sync_request")),
    )
    runs_on(["0001", "0002", "0003", "0004", "0005", "0006", "0007", revision])
