"""What becomes of the database. A fault that pages may notice keeps `stage.database_trouble` up to date."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random

from sqlalchemy import text

from bbconsumer.db.session import POSTGRESQL_TIMEOUTS
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
def _away(stage: Stage, chance: Random, end: Callable[[], None]) -> Iterator[None]:
    with stage.database_trouble():
        end()
        stage.database_away_since = time.monotonic()
        # Now and then for so long that the web must have noticed.
        time.sleep(chance.choice((0, 0, 2 * NOTICED_S)))
        try:
            yield
        finally:
            stage.database_away_since = None
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
    assert stage.small_disk
    filler = stage.small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            # That is what it was written for.
            pass
    try:
        yield
    finally:
        filler.unlink()


def _execute(stage: Stage, statement: str) -> None:
    with stage.database.engine.begin() as connection:
        connection.execute(text(statement))


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A small file system of its own; None where nobody lets us mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128m,mode=777", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        folder.rmdir()
        yield None
        return
    try:
        yield folder
    finally:
        # Whoever had files open may take a moment to close them.
        for _ in range(20):
            if subprocess.run(["umount", str(folder)], capture_output=True, check=False).returncode == 0:
                folder.rmdir()
                break
            time.sleep(0.25)


Fault = Callable[[Stage, Random], AbstractContextManager[None]]
FAULTS: Mapping[str, Fault] = {
    "database restarted": lambda stage, chance: _away(stage, chance, stage.postgres.stop),
    "database crashed": lambda stage, chance: _away(stage, chance, stage.postgres.crash),
    "database connections cut": _cut,
    "table locked": _locked,
    "serializable": _serializable,
    "writes refused": _refusing,
}
ON_SMALL_DISK: Mapping[str, Fault] = {"disk full": _full}
