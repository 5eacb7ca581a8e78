"""Discussion tickets, decisions and what is written about them; a sync run tells its source."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.compatibility import runs_on

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bug_id", sa.BigInteger(), nullable=True),
        sa.Column("absence", sa.String(length=20), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=True),
        sa.Column("last_updated_at", TIME, nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("close_status", sa.Text(), nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("comments", JSON, nullable=False),
        sa.Column("review", JSON, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("checked_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    op.create_index(op.f("ix_ticket_bug_id"), "ticket", ["bug_id"], unique=False)

    op.create_table(
        "review_project",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("deciders", JSON, nullable=False),
        sa.Column("checked_at", TIME, nullable=True),
        sa.Column("listed_at", TIME, nullable=True),
        sa.Column("listed_completely_at", TIME, nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_review_project_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_project")),
    )
    op.create_table(
        "discussion",
        sa.Column("bug_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("intended_at", TIME, nullable=True),
        sa.Column("proposals", JSON, nullable=False),
        sa.Column("proposals_of", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bug_id", name=op.f("pk_discussion")),
    )
    op.create_index(op.f("ix_discussion_intended_at"), "discussion", ["intended_at"], unique=False)

    op.create_table(
        "record",
        sa.Column("bug_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vote_tracker", sa.String(length=40), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bug_id", "vote_tracker", name=op.f("pk_record")),
    )

    op.add_column("sync_run", sa.Column("source", sa.String(length=20), server_default="bugzilla", nullable=False))
    # Each source has runs of its own: the index that let one run be running at all would refuse the second.
    op.drop_index("uq_sync_run_running", "sync_run")
    op.create_index(
        "uq_sync_run_running_source",
        "sync_run",
        ["source"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    # A vote's event names a tracker and a person.
    with op.batch_alter_table("event") as event:
        event.alter_column("field", type_=sa.Text(), existing_type=sa.String(length=60), existing_nullable=False)

    # Rows that code changes; it never makes them.
    project = sa.table("review_project", sa.column("id", sa.Integer), sa.column("deciders", JSON))
    op.bulk_insert(project, [{"id": 1, "deciders": []}])
    columns = (sa.column("name", sa.String), sa.column("last_error", sa.Text), sa.column("failures", sa.Integer))
    op.bulk_insert(sa.table("source_state", *columns), [{"name": "pagure", "last_error": "", "failures": 0}])
    runs_on(["0001", revision])
