"""Gives a test's database its schema. Hundreds of tests need one: it is made once for each process and server."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

from bbconsumer.db.schema import upgrade
from bbconsumer.db.session import Database
from tests.services.postgres import copy_database, drop_database


def make_schema(database: Database) -> None:
    """Bring an empty database to the schema of this code, as `upgrade` does. Nobody may have opened it yet."""
    url = database.engine.url
    if database.is_postgresql:
        with _administering(url) as connection:
            template = _upgraded_at(url.set(database="postgres"))
            drop_database(connection, str(url.database))
            copy_database(connection, template, str(url.database))
    else:
        path = Path(url.database or "")
        if path.exists():
            raise ValueError(f"{path} is there already")
        path.write_bytes(_upgraded())


@cache
def _upgraded() -> bytes:
    with tempfile.TemporaryDirectory(prefix="bbconsumer-schema-") as folder:
        path = Path(folder) / "schema.sqlite"
        _upgrade(make_url(f"sqlite:///{path}"))
        return path.read_bytes()


@cache
def _upgraded_at(server: URL) -> str:
    """The name of a database on that server."""
    name = "with_schema"
    with _administering(server) as connection:
        copy_database(connection, "template1", name)
    _upgrade(server.set(database=name))
    return name


def _administering(url: URL) -> psycopg.Connection:
    plain = url.set(drivername="postgresql", database="postgres")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


def _upgrade(url: URL) -> None:
    database = Database(url)
    upgrade(database)
    # The last connection to SQLite writes all into the one file; a database that is in use could not be copied.
    database.dispose()
