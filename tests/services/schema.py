"""Gives a test's database its schema. Thousands of tests need one: for SQLite it is made once for each process."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from bbconsumer.db.schema import upgrade
from bbconsumer.db.session import Database


def make_schema(database: Database) -> None:
    """Bring an empty database to the schema of this code, as `upgrade` does. Nobody may have opened it yet."""
    if database.is_postgresql:
        upgrade(database)
    else:
        path = Path(database.engine.url.database or "")
        if path.exists():
            raise ValueError(f"{path} is there already")
        shutil.copyfile(_upgraded(), path)


@cache
def _upgraded() -> Path:
    path = Path(tempfile.mkdtemp(prefix="bbconsumer-schema-")) / "schema.sqlite"
    database = Database(make_url(f"sqlite:///{path}"))
    upgrade(database)
    # The last connection to be closed writes all into the one file.
    database.dispose()
    return path
