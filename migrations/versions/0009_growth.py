"""Indexes for what pages and every batch of keys ask for, so that its price does not grow with the years."""

from __future__ import annotations

from alembic import op

from migrations.compatibility import runs_on

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_bug_is_open"), "bug", ["is_open"])
    op.create_index(op.f("ix_bug_priority_state"), "bug", ["priority_state"])
    op.create_index(op.f("ix_bodhi_update_absence"), "bodhi_update", ["absence"])
    op.create_index(op.f("ix_record_state"), "record", ["state"])
    op.create_index(op.f("ix_sync_run_source_id"), "sync_run", ["source", "id"])
    op.create_index(op.f("ix_sync_run_source_state_finished_at"), "sync_run", ["source", "state", "finished_at"])
    runs_on(["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", revision])
