"""Engines and sessions for both databases, and their clocks and upserts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Connection, DateTime, Engine, create_engine, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from bbconsumer.db.changes import announce_change

SQLITE_BUSY_S = 30
POSTGRESQL_CONNECT_ARGS = {"connect_timeout": 10, "application_name": "bbconsumer"}
# A statement, a wait for a lock, a transaction that nobody goes on with: none of ours takes longer, and one that does
# must not hold up the others for ever. In milliseconds.
POSTGRESQL_TIMEOUTS = "-c statement_timeout=60000 -c lock_timeout=30000 -c idle_in_transaction_session_timeout=120000"

# PostgreSQL's classes of errors for which no row is to blame: connections, rollbacks (deadlocks, serialization), want
# of resources (a full disk), locks, what an operator ended, the system. Not 54, the limits that one row may exceed.
# Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
_TROUBLE_OF_ALL = ("08", "40", "53", "55", "57", "58")
_LOCK_NOT_AVAILABLE = "55P03"


class Database:
    """One engine and the two ways of using it: a writing transaction, and a reading one that sees one moment."""

    def __init__(
        self, url: URL, *, pool_size: int = 10, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`clock` is that of an SQLite database, which has none of its own; PostgreSQL goes by its server's."""
        self.engine = build_engine(url, pool_size=pool_size)
        self.engine.update_execution_options(clock=clock)
        self._reading = self.engine.execution_options(read_only=True)
        self._committing = self.engine
        if self.is_postgresql:
            self._reading = self._reading.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._committing = build_committing_engine(url)

    @property
    def is_postgresql(self) -> bool:
        """Whether this is PostgreSQL; SQLite otherwise."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def writing(self, *, is_shown: bool = True) -> Iterator[Session]:
        """A transaction that is committed at the end, or rolled back when the block raises.

        `is_shown` is false for one that writes nothing that a page shows: nobody is told of it.
        """
        with Session(self.engine, autoflush=False, expire_on_commit=False) as session, session.begin():
            yield session
            if is_shown:
                announce_change(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only transaction; all its SELECTs see the same state."""
        with Session(self._reading, autoflush=False) as session:
            yield session

    @contextmanager
    def committing(self) -> Iterator[Session]:
        """For statements that stand for themselves, many a second: on PostgreSQL each is committed as it is executed.

        That spares the round trips of a transaction and of looking whether the connection still lives: the first
        statement after the server was restarted fails.
        """
        with Session(self._committing, autoflush=False) as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()
        self._committing.dispose()


def build_engine(url: URL, *, pool_size: int) -> Engine:
    """An engine with our time-outs; on SQLite with WAL, foreign keys, and transactions that begin when told."""
    if url.get_backend_name() == "postgresql":
        return create_engine(
            url,
            pool_size=pool_size,
            # A connection that died with a restarted server is found out before it is handed over.
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "application_name": "bbconsumer", "options": POSTGRESQL_TIMEOUTS},
        )
    engine = create_engine(url, pool_size=pool_size, connect_args={"timeout": SQLITE_BUSY_S, "isolation_level": None})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def build_committing_engine(url: URL) -> Engine:
    """An engine for PostgreSQL that sends the server nothing but the statements themselves."""
    return create_engine(
        url,
        pool_size=1,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
        connect_args=POSTGRESQL_CONNECT_ARGS,
    )


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # While another process is just doing the same, SQLite refuses at once instead of waiting.
    for attempt in Retrying(
        retry=retry_if_exception_type(sqlite3.OperationalError),
        stop=stop_after_delay(SQLITE_BUSY_S),
        wait=wait_fixed(0.05),
        reraise=True,
    ):
        with attempt:
            cursor.execute("PRAGMA journal_mode = WAL")
    # Nothing is lost when a process dies. A power cut may take the last moments, which the next sync reads again: that
    # is not worth waiting for the disk at each commit.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail instead of wait when another wrote in between.
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def is_trouble_of_all(error: DBAPIError) -> bool:
    """Whether the database as such is in trouble, and not with what it was just told."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    # Without a code it was not even reached, or is SQLite.
    return state.startswith(_TROUBLE_OF_ALL) if state else isinstance(error, OperationalError | InterfaceError)


@contextmanager
def waiting_briefly(session: Session, seconds: int) -> Iterator[None]:
    """Meanwhile this transaction waits for a lock no longer than this; SQLite knows one time for all."""
    if session.get_bind().dialect.name != "postgresql":
        yield
        return
    session.execute(text(f"SET LOCAL lock_timeout = '{seconds}s'"))
    yield
    session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))


def is_lock_timeout(error: DBAPIError) -> bool:
    """Whether somebody else held what was to be locked for longer than was to be waited."""
    return getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def database_now(session: Session) -> datetime:
    """The database's clock: the pods' clocks may differ, this one is shared."""
    if session.get_bind().dialect.name == "postgresql":
        return session.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True)))).one()
    now: datetime = session.get_bind().get_execution_options()["clock"]()
    return now


def upsert(session: Session, table: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT for `table` that can take ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


# What SQLite says is then about a disk that nobody named.
_OF_THE_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


def advice_on(error: Exception) -> str:
    """What to look at, where an error of the database by itself does not say it; else nothing."""
    origin = getattr(error, "orig", None)
    # The lower byte; the upper ones tell apart what was done to the file.
    if isinstance(origin, sqlite3.Error) and getattr(origin, "sqlite_errorcode", 0) & 0xFF in _OF_THE_DISK:
        return ": is there room on the disk of SQLITE_PATH, and may it be written?"
    return ""
