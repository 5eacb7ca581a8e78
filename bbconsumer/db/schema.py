"""Brings the schema up to date and tells where a database stands.

Two pods may start at once, and a rolled-back image meets a schema that is newer than its code. The database records
which code runs on its schema (`schema_compatibility`), so such an image starts if, and only if, it can.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select, text

from bbconsumer.db.models import SchemaCompatibility
from bbconsumer.db.session import Database

# The lock has only to differ from those of other programs in the same database.
ADVISORY_LOCK = 0x62626373
LOCK_TIMEOUT_S = 60
STATEMENT_TIMEOUT_S = 300


class SchemaError(Exception):
    """The schema cannot be used by this code; the text says what to do."""


class Standing(Enum):
    """Where a database's schema stands towards the code's."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER_COMPATIBLE = "newer, and declared compatible with this code"
    UNUSABLE = "not made for this code"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The revision that a database has, the one that this code was written for, and what that means."""

    revision: str | None
    head: str
    standing: Standing

    @property
    def is_usable(self) -> bool:
        """Whether this code may run on it."""
        return self.standing in {Standing.CURRENT, Standing.NEWER_COMPATIBLE}


def code_head() -> str:
    """The revision that this code was written for."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise SchemaError("the package holds no migration: it was not installed whole")
    return head


def schema_state(connection: Connection) -> SchemaState:
    """Where the schema behind a connection stands; reads only."""
    script = ScriptDirectory.from_config(_config())
    head = code_head()
    # More than one only in another program's database.
    revision = ", ".join(MigrationContext.configure(connection).get_current_heads()) or None
    if revision is None:
        standing = Standing.EMPTY
    elif revision == head:
        standing = Standing.CURRENT
    elif revision in {known.revision for known in script.walk_revisions()}:
        standing = Standing.OLDER
    elif _is_ours(connection) and connection.scalar(
        select(SchemaCompatibility.code_revision).where(SchemaCompatibility.code_revision == head)
    ):
        standing = Standing.NEWER_COMPATIBLE
    else:
        standing = Standing.UNUSABLE
    return SchemaState(revision, head, standing)


def _is_ours(connection: Connection) -> bool:
    return inspect(connection).has_table(SchemaCompatibility.__tablename__)


def upgrade(database: Database, *, lock_timeout_s: int = LOCK_TIMEOUT_S) -> tuple[SchemaState, SchemaState]:
    """Bring the schema up to date if it is empty or older; the states before and after.

    Safe when several processes do it at once: one works, the others wait and find it done.

    Raises:
        SchemaError: the schema is newer than this code and not declared compatible, or not ours.
        sqlalchemy.exc.OperationalError: a lock was not had in time.
    """
    with database.engine.connect() as connection, connection.begin(), _locked(connection, lock_timeout_s):
        before = schema_state(connection)
        if before.revision and not _is_ours(connection):
            raise SchemaError(f"the database is not ours: another program's schema {before.revision} is in it")
        if before.standing is Standing.UNUSABLE:
            raise SchemaError(
                f"the database has schema {before.revision}, which this code (made for {before.head}) does not know "
                "and which is not declared compatible with it: run a newer image, or restore the database from before"
            )
        if before.standing is Standing.EMPTY and (tables := inspect(connection).get_table_names()):
            raise SchemaError(f"the database is not ours: it has the table {tables[0]!r} but no schema revision")
        if before.standing in {Standing.EMPTY, Standing.OLDER}:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return before, schema_state(connection)


@contextmanager
def _locked(connection: Connection, timeout_s: int) -> Iterator[None]:
    """Hold the upgrade's lock until the transaction ends; on SQLite BEGIN IMMEDIATE is that lock already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{timeout_s}s'"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_S}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    yield


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("migrations")))
    return config
