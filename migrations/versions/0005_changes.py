"""The number of the last change that a page may show.

Code that is older does not move it on: while it runs, held pages may be as old as the minute for which they stand.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.compatibility import runs_on

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "change", "value": 0}])
    runs_on(["0001", "0002", "0003", "0004", revision])
