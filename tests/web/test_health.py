"""What the platform asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import URL, event, make_url

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.databases import on_both
from tests.web.reading import Reader
from web.app import create_app

LIVE, READY = "/healthz/live", "/healthz/ready"


@on_both
def test_a_process_with_its_database_is_live_and_ready(reader: Reader) -> None:
    for path in (LIVE, READY):
        answer = reader.client.get(path)
        assert (answer.status_code, answer.text) == (200, "ok")
        assert reader.client.head(path).status_code == 200


@on_both
@pytest.mark.parametrize(
    ("statements", "status", "text"),
    [
        (["DELETE FROM alembic_version"], 503, "the database's schema is empty: run `bbconsumer upgrade_db`"),
        (
            ["UPDATE alembic_version SET version_num = 'newer'", "DELETE FROM schema_compatibility"],
            503,
            "the database has schema newer, not made for this code: run a newer image",
        ),
        (["UPDATE alembic_version SET version_num = 'newer'"], 200, "ok"),
    ],
)
def test_readiness_follows_the_schema(
    database: Database, reader: Reader, statements: list[str], status: int, text: str
) -> None:
    with database.writing() as session:
        for statement in statements:
            session.connection().exec_driver_sql(statement)
    answer = reader.client.get(READY)
    assert (answer.status_code, answer.text) == (status, text)


@on_both
def test_an_empty_database_is_not_ready(database_url: str) -> None:
    with Client(create_app(Settings.of(), Database(make_url(database_url)))) as client:
        answer = client.get(READY)
    assert (answer.status_code, answer.text) == (503, "the database's schema is empty: run `bbconsumer upgrade_db`")


def test_a_database_that_is_away_makes_a_process_not_ready_but_leaves_it_live() -> None:
    url = URL.create("postgresql+psycopg", host="127.0.0.1", port=1, username="SECRET", password="SECRET")
    with Client(create_app(Settings.of(), Database(url))) as client:
        ready, live = client.get(READY), client.get(LIVE)
    assert (ready.status_code, ready.text) == (503, "the database cannot be reached (OperationalError)")
    assert live.status_code == 200


@pytest.fixture
def hanging(sqlite_url: str) -> Iterator[Database]:
    """A database that accepts connections and then says nothing until the test is over."""
    database = Database(make_url(sqlite_url))
    over = threading.Event()
    event.listen(database.engine, "connect", lambda *_args: over.wait(60))
    yield database
    over.set()


def test_a_database_that_hangs_makes_every_probe_answer_in_time(hanging: Database) -> None:
    with Client(create_app(Settings.of(), hanging)) as client:
        for _ in range(2):
            begun = time.monotonic()
            answer = client.get(READY)
            assert (answer.status_code, answer.text) == (503, "the database has not answered within 3 seconds")
            assert time.monotonic() - begun < 4.5
        assert client.get(LIVE).status_code == 200
