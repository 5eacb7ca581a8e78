"""What becomes of the database. A fault that pages may notice keeps `stage.database_trouble` up to date."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from random import Random

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bbconsumer.db.session import POSTGRESQL_TIMEOUTS
from tests.end_to_end.deployment import eventually
from tests.faults.disks import filled
from tests.faults.stage import NOTICED_S, Stage

_CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_LOCK_TIMEOUT_S = int(re.search(r"lock_timeout=(\d+)", POSTGRESQL_TIMEOUTS)[1]) // 1000  # type: ignore[index]
_LOCKED = ("work_item", "bug", "nomination", "event", "source_state", "counter")
# What a server may say of any statement: that it cannot be serialized, that it waited too long for a lock, that it is
# part of a deadlock, that the disk is full.
_REFUSALS = ("40001", "55P03", "40P01", "53100")
_REFUSED = ("work_item", "bug", "event", "ticket", "bodhi_update")
_REFUSE = """
CREATE OR REPLACE FUNCTION watch.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF random() < TG_ARGV[1]::float THEN
        RAISE EXCEPTION USING ERRCODE = TG_ARGV[0], MESSAGE = 'refused by a test';
    END IF;
    RETURN NEW;
END $$
"""


@contextmanager
def _away(
    stage: Stage, chance: Random, end: Callable[[], None], heal: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """The server ends, and is started again when it is healed of what ended it."""
    with stage.database_trouble():
        try:
            end()
            stage.database_away_since = time.monotonic()
            # Now and then for so long that the web must have noticed.
            time.sleep(chance.choice((0, 0, 2 * NOTICED_S)))
            yield
        finally:
            stage.database_away_since = None
            heal()
            stage.postgres.start()


@contextmanager
def _cut(stage: Stage, _chance: Random) -> Iterator[None]:
    """Every connection is ended, at the beginning and at the end."""
    with stage.database_trouble():
        _execute(stage, _CUT)
        yield
        _execute(stage, _CUT)


@contextmanager
def _locked(stage: Stage, chance: Random) -> Iterator[None]:
    """Somebody holds a table for himself, now and then for longer than anybody waits."""
    with stage.database_trouble(), stage.database.engine.begin() as connection:
        table = chance.choice(_LOCKED)
        connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        time.sleep(chance.choice((0, 0, 0, 0, _LOCK_TIMEOUT_S + 2)))
        yield


@contextmanager
def _serializable(stage: Stage, _chance: Random) -> Iterator[None]:
    """Every transaction must be serializable, which those that meet another one are not."""
    name = stage.database.engine.url.database
    with stage.database_trouble():
        _execute(stage, f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
        _execute(stage, _CUT)
        try:
            yield
        finally:
            _execute(stage, f"ALTER DATABASE {name} RESET default_transaction_isolation")
            _execute(stage, _CUT)


@contextmanager
def _refusing(stage: Stage, chance: Random) -> Iterator[None]:
    """Writing to a table fails, mostly or always."""
    table, code = chance.choice(_REFUSED), chance.choice(_REFUSALS)
    _execute(stage, _REFUSE)
    trigger = f"EXECUTE FUNCTION watch.refuse('{code}', {chance.choice((0.5, 1.0))})"
    _execute(stage, f"CREATE TRIGGER refused BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW {trigger}")
    try:
        yield
    finally:
        _execute(stage, f"DROP TRIGGER refused ON {table}")


@contextmanager
def _full(stage: Stage, _chance: Random) -> Iterator[None]:
    """The file system on which the database lies has not a byte left."""
    assert stage.servers.disks
    with filled(stage.servers.disks.data):
        yield


@contextmanager
def _log_full(stage: Stage, chance: Random) -> Iterator[None]:
    """The server cannot write its write-ahead log, ends, and does not get up before there is room again."""
    with ExitStack() as disk:

        def end() -> None:
            assert stage.servers.disks
            disk.enter_context(filled(stage.servers.disks.log))
            _use_log_up(stage)

        with _away(stage, chance, end, disk.close):
            yield


def _use_log_up(stage: Stage) -> None:
    """Have the server begin new files of its log until it has none that it made in advance."""

    def has_ended() -> bool:
        with suppress(DBAPIError):
            # What a transaction writes at its end comes into the next file.
            _execute(stage, "SELECT pg_current_xact_id(), pg_switch_wal()")
        return not stage.postgres.is_running

    eventually(has_ended)


def _execute(stage: Stage, statement: str) -> None:
    with stage.database.engine.begin() as connection:
        connection.execute(text(statement))


Fault = Callable[[Stage, Random], AbstractContextManager[None]]
FAULTS: Mapping[str, Fault] = {
    "database restarted": lambda stage, chance: _away(stage, chance, stage.postgres.stop),
    "database crashed": lambda stage, chance: _away(stage, chance, stage.postgres.crash),
    "database connections cut": _cut,
    "table locked": _locked,
    "serializable": _serializable,
    "writes refused": _refusing,
}
ON_SMALL_DISKS: Mapping[str, Fault] = {"disk full": _full, "log disk full": _log_full}
