"""What is stored of who is alive: the latest of all processes, at most once a minute, and nothing of who never was."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import make_url, select

from bbconsumer.db.changes import load_change_number
from bbconsumer.db.models import Heartbeat
from bbconsumer.db.session import Database, database_now
from bbconsumer.monitoring.heartbeat import Heartbeats
from tests.end_to_end.deployment import eventually
from tests.monitoring.conftest import Watched
from tests.services.schema import make_schema


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(make_url(database_url))
    make_schema(database)
    yield database
    database.dispose()


def alive(database: Database) -> dict[str, int]:
    """How many seconds ago each part was alive, rounded."""
    with database.reading() as session:
        now = database_now(session)
        return {row.part: round((now - row.at) / timedelta(seconds=1)) for row in session.scalars(select(Heartbeat))}


def test_a_part_is_told_of_when_it_got_on_last_and_not_when_that_is_told(database: Database) -> None:
    Heartbeats(database, {"worker": lambda: 40.0, "consumer": lambda: None}).beat()
    assert alive(database) == {"worker": 40}


def test_of_several_processes_the_one_counts_that_got_on_last(database: Database) -> None:
    for age_s in (300.0, 20.0, 200.0):
        Heartbeats(database, {"worker": partial(float, age_s)}).beat()
    assert alive(database) == {"worker": 20}


def test_it_is_told_once_a_minute_and_makes_no_page_anew(database: Database) -> None:
    clock = [1000.0]
    asked: list[float] = []

    def age_s() -> float:
        asked.append(clock[0])
        return 0.0

    heartbeats = Heartbeats(database, {"worker": age_s}, clock=lambda: clock[0])
    with database.reading() as session:
        before = load_change_number(session)
    for second in (0, 1, 59, 60, 61, 119, 121):
        clock[0] = 1000.0 + second
        heartbeats.beat()
    assert asked == [1000.0, 1060.0, 1121.0]
    with database.reading() as session:
        assert load_change_number(session) == before


def test_a_database_that_is_away_is_told_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    database = Database(make_url("sqlite:////nowhere/at/all.sqlite"))
    with caplog.at_level(logging.WARNING):
        Heartbeats(database, {"worker": lambda: 0.0}).beat()
    assert "nobody can be told what is alive" in caplog.text


def test_a_process_that_consumes_tells_of_both_its_parts(watched: Watched) -> None:
    watched.site.running_consumer()
    database = watched.site.world.database
    eventually(lambda: alive(database).keys() == {"consumer", "worker"})
    assert max(alive(database).values()) < 120
