"""Knows the number of the last change in the database, so that a page that has not changed need not be made again.

On PostgreSQL it is told by notifications, and asks for itself every few seconds all the same: a connection may be dead
without looking so. On SQLite it looks twice a second. What it does not know it never guesses: while the database does
not answer there is no state, and nothing that was made before counts as fresh.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import anyio
import psycopg
from sqlalchemy.exc import SQLAlchemyError

from bbconsumer.db.changes import CHANNEL, load_change_number
from bbconsumer.db.session import Database

_log = logging.getLogger(__name__)

# Seconds between two looks, beside a connection that tells by itself, and without one.
LOOK_S, SQLITE_LOOK_S = 3.0, 0.5
# Seconds after which a database that does not answer counts as away, and until it is tried again.
PATIENCE_S, AGAIN_S = 3.0, 1.0


@dataclass(frozen=True, slots=True)
class State:
    """Equal states mean that nothing has changed between. `epoch` counts the times that the database came back."""

    epoch: int
    number: int


class Changes:
    """What is known of the database's state. It lives in one event loop; `follow` keeps it up to date."""

    def __init__(self, database: Database, *, look_s: float | None = None) -> None:
        self._database = database
        self._look_s = look_s or (LOOK_S if database.is_postgresql else SQLITE_LOOK_S)
        self._threads = anyio.CapacityLimiter(1)
        self._epoch = 0
        self._moved = asyncio.Event()
        self.state: State | None = None
        self.last_state: State | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the database was there and does not answer any more."""
        return self.state is None and self.last_state is not None

    async def wait(self) -> None:
        """Until the state has become another, or was lost."""
        await self._moved.wait()

    async def follow(self) -> None:
        """Follow the database until cancelled."""
        while True:
            try:
                await (self._listen() if self._database.is_postgresql else self._look())
            except (psycopg.Error, SQLAlchemyError, TimeoutError, OSError) as error:
                if self.state is not None:
                    _log.warning("changes cannot be followed: %s", type(error).__name__)
            except Exception:  # noqa: BLE001 - it is logged, and what follows is the same
                _log.exception("following changes met a fault of ours")
            # Whatever it was: what is not followed is not known.
            self._set(None)
            await asyncio.sleep(AGAIN_S)

    async def _look(self) -> None:
        while True:
            self._set(await anyio.to_thread.run_sync(self._load, limiter=self._threads))
            await asyncio.sleep(self._look_s)

    def _load(self) -> int:
        with self._database.reading() as session:
            return load_change_number(session)

    async def _listen(self) -> None:
        url = self._database.engine.url
        _, arguments = self._database.engine.dialect.create_connect_args(url)
        async with asyncio.timeout(PATIENCE_S):
            connection = await psycopg.AsyncConnection.connect(
                **arguments, autocommit=True, application_name="bbconsumer changes"
            )
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            while True:
                async with asyncio.timeout(PATIENCE_S):
                    self._set(await _load_number(connection))
                async for notification in connection.notifies(timeout=self._look_s):
                    # One that was sent before the number was asked for tells nothing new.
                    self._set(max(int(notification.payload), self.state.number if self.state else 0))

    def _set(self, number: int | None) -> None:
        if number is None:
            if self.state is None:
                return
            self._epoch += 1
            self.state = None
        elif self.state is not None and self.state.number == number:
            return
        else:
            self.state = self.last_state = State(self._epoch, number)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


async def _load_number(connection: psycopg.AsyncConnection) -> int:
    cursor = await connection.execute("SELECT value FROM counter WHERE name = 'change'")
    row = await cursor.fetchone()
    if row is None:
        raise psycopg.DataError("the database has no number of changes: it needs upgrade_db")
    return int(row[0])
