"""Every page is the same, byte by byte, on SQLite and on PostgreSQL: what else is said of pages is tested on one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.services.postgres import PostgreSQL
from tests.web.client import Client
from tests.web.crowded import crowded_database
from tests.web.reading import PREFIX
from tests.web.test_query_counts import ADDRESSES
from tests.web.world import NOW, World, ago, work_row
from web.app import create_app

BUGS = 60
MORE = ("/release/45/dates.ics", "/milestone/45/beta/info", "/milestone/46/beta", "/bug/777", "/bug/12345")


@pytest.fixture(scope="module")
def clients(postgres: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Client]]:
    """Readers of the same world, on SQLite and on PostgreSQL."""
    folder: Path = tmp_path_factory.mktemp("both")
    postgresql_url = postgres.create_database()
    databases = [crowded_database(url, BUGS) for url in (f"sqlite:///{folder / 'world'}", postgresql_url)]
    for database in databases:
        _trouble(World(database))
    on_sqlite, on_postgresql = map(_client, databases)
    yield on_sqlite, on_postgresql
    for database in databases:
        database.dispose()
    postgres.drop_database(postgresql_url)


def _trouble(world: World) -> None:
    """What a crowd lacks: all that warnings are about, and bugs that are listed otherwise or not at all."""
    world.bug(777, absence="private")
    world.bug(778, priority_state="prioritized")
    world.add(work_row(777, attempts=2, last_error="not shown"))
    world.record(1, 104, "conflict", "RejectedBlocker was set meanwhile")
    world.synced("incomplete", at=ago(minutes=1), keys=40, left=2, problem="2 bugs left")
    world.source(failures=2, last_error="HTTP 502", last_failure_at=ago(minutes=1), down_until=ago(minutes=-2))
    world.gate(tripped_at=ago(hours=1), reason="31 of 60 bugs disappeared")


def _client(database: Database) -> Client:
    return Client(create_app(Settings.of(), database, clock=lambda: NOW), follow_redirects=False)


@pytest.mark.parametrize("address", [*(each for addresses in ADDRESSES.values() for each in addresses), *MORE])
def test_both_lead_to_the_same_page(clients: tuple[Client, Client], address: str) -> None:
    on_sqlite, on_postgresql = (client.get(PREFIX + address) for client in clients)
    assert on_sqlite.status_code in {200, 307, 404}
    assert on_postgresql.status_code == on_sqlite.status_code
    assert on_postgresql.text == on_sqlite.text
