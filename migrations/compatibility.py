"""Which code runs on a schema: recorded in the database itself, since old code cannot know later revisions."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

TABLE = sa.table("schema_compatibility", sa.column("code_revision", sa.String))


def runs_on(code_revisions: Sequence[str]) -> None:
    """Declare the heads of code, the revision's own included, that run on the schema which it leaves behind."""
    op.execute(sa.delete(TABLE))
    op.bulk_insert(TABLE, [{"code_revision": revision} for revision in code_revisions])
