"""What people propose through the form, and the accounts at Bugzilla that they named as theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.compatibility import runs_on

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "bugzilla_account",
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("confirmed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_bugzilla_account")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("bug_id", sa.BigInteger(), nullable=False),
        sa.Column("release", sa.String(length=20), nullable=False),
        sa.Column("milestone", sa.String(length=20), nullable=False),
        sa.Column("kinds", JSON, nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("justification", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.CheckConstraint("state IN ('kept', 'sending', 'done')", name=op.f("ck_proposal_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_person"), "proposal", ["person"], unique=False)
    sending = sa.text("state = 'sending'")
    op.create_index(
        "uq_proposal_sending_bug_id",
        "proposal",
        ["bug_id"],
        unique=True,
        sqlite_where=sending,
        postgresql_where=sending,
    )
    runs_on(["0001", "0002", "0003", "0004", "0005", revision])
