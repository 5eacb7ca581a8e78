"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.compatibility import runs_on

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "bug",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("absence", sa.String(length=20), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("whiteboard", sa.Text(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=True),
        sa.Column("last_change_at", TIME, nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("priority_state", sa.String(length=20), nullable=False),
        sa.Column("keywords", JSON, nullable=False),
        sa.Column("blocks", JSON, nullable=False),
        sa.Column("depends_on", JSON, nullable=False),
        sa.Column("flags", JSON, nullable=False),
        sa.Column("history", JSON, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("checked_at", TIME, nullable=False),
        sa.Column("deactivated_at", TIME, nullable=True),
        sa.Column("is_removal_explained", sa.Boolean(), nullable=False),
        sa.Column("removal_held", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bug")),
    )
    op.create_index(op.f("ix_bug_component"), "bug", ["component"], unique=False)
    op.create_index(op.f("ix_bug_deactivated_at"), "bug", ["deactivated_at"], unique=False)
    op.create_index(op.f("ix_bug_is_active"), "bug", ["is_active"], unique=False)

    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        sa.UniqueConstraint("message_id", name=op.f("uq_dead_letter_message_id")),
    )
    op.create_index(op.f("ix_dead_letter_received_at"), "dead_letter", ["received_at"], unique=False)

    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_kind", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint(
            "object_kind", "object_id", "field", "at", name=op.f("uq_event_object_kind_object_id_field_at")
        ),
    )
    op.create_table(
        "release",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_release")),
    )
    op.create_table(
        "removal_gate",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tripped_at", TIME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("accepting_run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_removal_gate_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal_gate")),
    )
    op.create_table(
        "schema_compatibility",
        sa.Column("code_revision", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("code_revision", name=op.f("pk_schema_compatibility")),
    )
    op.create_table(
        "source_state",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("last_success_at", TIME, nullable=True),
        sa.Column("last_failure_at", TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("down_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source_state")),
    )
    op.create_table(
        "sync_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("heartbeat_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("keys", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
    )
    op.create_index(op.f("ix_sync_run_started_at"), "sync_run", ["started_at"], unique=False)
    op.create_index(
        "uq_sync_run_running",
        "sync_run",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )

    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.CheckConstraint("name IN ('beta', 'final')", name=op.f("ck_milestone_name_known")),
        sa.CheckConstraint("is_active OR NOT is_current", name=op.f("ck_milestone_current_is_active")),
        sa.ForeignKeyConstraint(["release"], ["release.name"], name=op.f("fk_milestone_release_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("release", "name", name=op.f("uq_milestone_release_name")),
    )
    op.create_index(
        "uq_milestone_current",
        "milestone",
        ["is_current"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )

    op.create_table(
        "work_item",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("marked_at", TIME, nullable=False),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("leased_until", TIME, nullable=True),
        sa.Column("not_older_than", TIME, nullable=True),
        sa.Column("stale_tries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sync_run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["sync_run_id"], ["sync_run.id"], name=op.f("fk_work_item_sync_run_id_sync_run")),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_work_item")),
    )
    op.create_index("ix_work_item_due", "work_item", ["kind", "priority", "due_at"], unique=False)
    op.create_index(op.f("ix_work_item_lease_token"), "work_item", ["lease_token"], unique=False)
    op.create_index(op.f("ix_work_item_sync_run_id"), "work_item", ["sync_run_id"], unique=False)

    op.create_table(
        "tracker",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("last_change_at", TIME, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_tracker_milestone_id_milestone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracker")),
        sa.UniqueConstraint("milestone_id", "kind", name=op.f("uq_tracker_milestone_id_kind")),
    )
    op.create_table(
        "nomination",
        sa.Column("bug_id", sa.BigInteger(), nullable=False),
        sa.Column("tracker_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", TIME, nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["bug_id"], ["bug.id"], name=op.f("fk_nomination_bug_id_bug")),
        sa.ForeignKeyConstraint(["tracker_id"], ["tracker.id"], name=op.f("fk_nomination_tracker_id_tracker")),
        sa.PrimaryKeyConstraint("bug_id", "tracker_id", name=op.f("pk_nomination")),
    )
    op.create_index(op.f("ix_nomination_tracker_id"), "nomination", ["tracker_id"], unique=False)

    # Rows that code locks and advances; it never makes them.
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "event", "value": 0}, {"name": "lease", "value": 0}])
    gate = sa.table("removal_gate", sa.column("id", sa.Integer), sa.column("reason", sa.Text))
    op.bulk_insert(gate, [{"id": 1, "reason": ""}])
    columns = (sa.column("name", sa.String), sa.column("last_error", sa.Text), sa.column("failures", sa.Integer))
    op.bulk_insert(sa.table("source_state", *columns), [{"name": "bugzilla", "last_error": "", "failures": 0}])
    runs_on([revision])
