"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.compatibility import runs_on

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
    runs_on([${repr(down_revision)}, revision])
