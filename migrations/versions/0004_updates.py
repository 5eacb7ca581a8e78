"""Updates at Bodhi and the bugs that they name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.compatibility import runs_on

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "bodhi_update",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alias", sa.String(length=64), nullable=False),
        sa.Column("absence", sa.String(length=20), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("submitter", sa.Text(), nullable=False),
        sa.Column("bug_ids", JSON, nullable=False),
        sa.Column("builds", JSON, nullable=False),
        sa.Column("karma", sa.Integer(), nullable=False),
        sa.Column("stable_karma", sa.Integer(), nullable=True),
        sa.Column("unstable_karma", sa.Integer(), nullable=True),
        sa.Column("stable_days", sa.Integer(), nullable=True),
        sa.Column("gating", sa.Text(), nullable=False),
        sa.Column("is_ready", sa.Boolean(), nullable=True),
        sa.Column("is_critical", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", TIME, nullable=True),
        sa.Column("modified_at", TIME, nullable=True),
        sa.Column("testing_at", TIME, nullable=True),
        sa.Column("stable_at", TIME, nullable=True),
        sa.Column("pushed_at", TIME, nullable=True),
        sa.Column("needed_karma", sa.Integer(), nullable=True),
        sa.Column("needed_days", sa.Integer(), nullable=True),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("checked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bodhi_update")),
        sa.UniqueConstraint("alias", name=op.f("uq_bodhi_update_alias")),
    )
    op.create_table(
        "update_bug",
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("bug_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["update_id"], ["bodhi_update.id"], name=op.f("fk_update_bug_update_id_bodhi_update")),
        sa.PrimaryKeyConstraint("update_id", "bug_id", name=op.f("pk_update_bug")),
    )
    op.create_index(op.f("ix_update_bug_bug_id"), "update_bug", ["bug_id"], unique=False)

    columns = (sa.column("name", sa.String), sa.column("last_error", sa.Text), sa.column("failures", sa.Integer))
    op.bulk_insert(sa.table("source_state", *columns), [{"name": "bodhi", "last_error": "", "failures": 0}])
    runs_on(["0001", "0002", "0003", revision])
