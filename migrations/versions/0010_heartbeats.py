"""When each part of the service was last alive, and which message marked a key last.

Code that is older writes neither: what it marks keeps the message of before, and its parts fall silent on the page.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.compatibility import runs_on

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_heartbeat")),
    )
    op.add_column("work_item", sa.Column("message_id", sa.Text(), nullable=True))
    runs_on(["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", revision])
