"""Brings the schema up to date and tells where a database stands.

Two pods may start at once, and a rolled-back image meets a schema that is newer than its code. The database records
which code runs on its schema (`schema_compatibility`), so such an image starts if, and only if, it can.

Every process asks where its database stands, and the platform asks the web every few seconds: that takes two small
SELECTs and the names of the migrations' files. Alembic is loaded only where there is something to migrate.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from sqlalchemy import ColumnClause, Connection, column, inspect, select, table, text

import migrations
from bbconsumer.db.models import SchemaCompatibility
from bbconsumer.db.session import Database

# The lock has only to differ from those of other programs in the same database.
ADVISORY_LOCK = 0x62626373
LOCK_TIMEOUT_S = 60
STATEMENT_TIMEOUT_S = 300

# The roles to which migrations/grants.sql gives what each needs.
ROLES = ("blockerbugs_consumer", "blockerbugs_web")

_MIGRATIONS = Path(migrations.__file__).parent
# Alembic's own table.
_VERSION = table("alembic_version", column("version_num"))


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

    @property
    def problem(self) -> str:
        """What is wrong, and what to do; empty when this code may run on it."""
        if self.is_usable:
            return ""
        if self.standing in {Standing.EMPTY, Standing.OLDER}:
            return f"the database's schema is {self.standing.value}: run `bbconsumer upgrade_db`"
        return f"the database has schema {self.revision}, {self.standing.value}: run a newer image"


def code_head() -> str:
    """The revision that this code was written for."""
    return _code_revisions()[-1]


def _code_revisions() -> list[str]:
    """The revisions that this code knows, in their order: the numbers with which the names of their files begin."""
    found = sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
    if not found:
        raise SchemaError("the package holds no migration: it was not installed whole")
    return found


def schema_state(connection: Connection) -> SchemaState:
    """Where the schema behind a connection stands; reads only."""
    head = code_head()
    # More than one only in another program's database.
    revision = ", ".join(_stored_revisions(connection)) or None
    if revision is None:
        standing = Standing.EMPTY
    elif revision == head:
        standing = Standing.CURRENT
    elif revision in _code_revisions():
        standing = Standing.OLDER
    elif _is_ours(connection) and connection.scalar(
        select(SchemaCompatibility.code_revision).where(SchemaCompatibility.code_revision == head)
    ):
        standing = Standing.NEWER_COMPATIBLE
    else:
        standing = Standing.UNUSABLE
    return SchemaState(revision, head, standing)


def require_usable(connection: Connection) -> None:
    """For who only reads, and leaves the schema as it is.

    Raises:
        SchemaError: this code may not run on the schema.
    """
    if problem := schema_state(connection).problem:
        raise SchemaError(problem)


def _stored_revisions(connection: Connection) -> list[str]:
    if not inspect(connection).has_table(_VERSION.name):
        return []
    return sorted(connection.scalars(select(_VERSION.c.version_num)))


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
        if before.standing not in {Standing.EMPTY, Standing.OLDER}:
            return before, before
        _migrate(connection)
        return before, schema_state(connection)


@contextmanager
def _locked(connection: Connection, timeout_s: int) -> Iterator[None]:
    """Hold the upgrade's lock until the transaction ends; on SQLite BEGIN IMMEDIATE is that lock already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{timeout_s}s'"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_S}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    yield


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a schema that is up to date, as nearly always, shall not wait for it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def grant_roles(database: Database) -> bool:
    """Let the roles of web and consumer do what is theirs in the schema as it now is; whether there are such roles.

    Only the schema's owner can. On a schema that is newer than this code they keep what the newer code gave them.
    """
    if not database.is_postgresql:
        return False
    name: ColumnClause[str] = column("rolname")
    roles = select(name).select_from(table("pg_roles")).where(name.in_(ROLES))
    with database.engine.connect() as connection, connection.begin(), _locked(connection, LOCK_TIMEOUT_S):
        if set(connection.scalars(roles)) != set(ROLES) or schema_state(connection).standing is not Standing.CURRENT:
            return False
        statements = (_MIGRATIONS / "grants.sql").read_text(encoding="utf-8")
        connection.exec_driver_sql(statements, execution_options={"no_parameters": True})
        return True
