"""A page is made once for each state of the database and each minute, and never shown when that state is past."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import make_url, update

from bbconsumer.config import Settings
from bbconsumer.db.models import BugRow
from bbconsumer.db.schema import upgrade
from bbconsumer.db.session import Database
from tests.services.postgres import PostgreSQL
from tests.web.client import Client
from tests.web.databases import on_both
from tests.web.reading import BETA, OVERVIEW, PREFIX, selects, told
from tests.web.world import NOW, World
from web.app import create_app

PATIENCE_S = 20


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Stands at NOW until it is set."""
    return Clock()


@pytest.fixture
def filled(world: World) -> World:
    """One bug on a current milestone."""
    world.milestone(is_current=True)
    world.nominated(7, summary="The first title")
    world.synced()
    return world


@pytest.fixture
def client(filled: World, clock: Clock) -> Iterator[Client]:
    """A browser at an application that follows changes, and that knows the state of the database already."""
    app = create_app(Settings.of(), filled.database, clock=clock)
    with Client(app, raise_server_exceptions=False) as client:
        until(lambda: _is_free_of_charge(client, filled.database))
        yield client


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens by itself."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def _is_free_of_charge(client: Client, database: Database, path: str = BETA) -> bool:
    """Whether a page comes without the database having been asked."""
    with selects(database) as statements:
        assert client.get(PREFIX + path).status_code == 200
    return not [statement for statement in statements if "FROM bug" in statement]


@on_both
def test_a_page_that_has_not_changed_asks_the_database_nothing(client: Client, filled: World) -> None:
    with selects(filled.database) as statements:
        answers = [client.get(PREFIX + BETA) for _ in range(5)]
        tag = {"If-None-Match": answers[0].headers["etag"]}
        held = [client.get(PREFIX + BETA, headers=tag) for _ in range(2)]
        assert client.head(PREFIX + BETA).headers["etag"] == answers[0].headers["etag"]
    assert not [statement for statement in statements if "FROM bug" in statement]
    assert len({answer.content for answer in answers}) == 1
    assert [(answer.status_code, answer.content) for answer in held] == [(304, b"")] * 2
    # The same answer is sent each time: what is added on its way must not gather in it.
    for sent in (answers, held):
        first, *others = map(told, sent)
        assert all(len(answer.headers) == len(answer.headers.multi_items()) for answer in sent)
        assert others == [first] * len(others)


@on_both
def test_what_is_committed_is_shown(client: Client, filled: World) -> None:
    with filled.database.writing() as session:
        session.execute(update(BugRow).where(BugRow.id == 7).values(summary="The second title"))
    until(lambda: "The second title" in client.get(PREFIX + BETA).text)


@on_both
def test_a_source_that_fails_changes_pages_though_no_bug_did(client: Client, filled: World) -> None:
    filled.source(failures=3, last_error="HTTP 502")
    until(lambda: "Bugzilla cannot be read" in client.get(PREFIX + BETA).text)


@on_both
def test_a_page_is_made_again_when_its_minute_is_over(client: Client, filled: World, clock: Clock) -> None:
    before = client.get(PREFIX + BETA).text
    clock.now += timedelta(seconds=59)
    assert client.get(PREFIX + BETA).text == before
    clock.now += timedelta(hours=3)
    assert "Stale data" in client.get(PREFIX + BETA).text
    assert _is_free_of_charge(client, filled.database)


@on_both
def test_addresses_are_told_apart_by_their_queries(client: Client) -> None:
    weekly, table = (client.get(f"{PREFIX}/milestone/45/beta/report{query}") for query in ("", "?format=table"))
    assert weekly.text != table.text
    assert client.get(f"{PREFIX}/milestone/45/beta/report?format=table").text == table.text


@on_both
def test_what_is_missing_is_looked_for_each_time(client: Client, filled: World) -> None:
    assert client.get(f"{PREFIX}/bug/8").status_code == 404
    filled.nominated(8)
    until(lambda: client.get(f"{PREFIX}/bug/8").status_code == 200)


@on_both
def test_however_many_ask_a_page_is_made_once(client: Client, filled: World, clock: Clock) -> None:
    clock.now += timedelta(minutes=1)
    with selects(filled.database) as statements, ThreadPoolExecutor(8) as pool:
        barrier = threading.Barrier(8)

        def ask(_number: int) -> str:
            barrier.wait()
            return client.get(PREFIX + BETA).text

        assert len(set(pool.map(ask, range(8)))) == 1
    with selects(filled.database) as once:
        clock.now += timedelta(minutes=1)
        client.get(PREFIX + BETA)
    count = sum("FROM bug" in statement for statement in statements)
    assert count == sum("FROM bug" in statement for statement in once) > 0


def test_a_page_that_is_given_at_once_is_counted_and_refused_as_any_other(
    client: Client, filled: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="web.observed")
    kept = client.get(PREFIX + BETA)
    assert told(client.get(PREFIX + BETA)) == told(kept)
    lines = [record.fields for record in caplog.records if record.name == "web.observed"]  # type: ignore[attr-defined]
    assert {line["route"] for line in lines} == {"/milestone/{release}/{name}/buglist"}
    assert client.get(PREFIX + BETA, headers={"Host": "other.example"}).status_code == 400
    assert client.post(PREFIX + BETA, headers={"Origin": "https://other.example"}).status_code == 403
    assert client.put(PREFIX + BETA, headers={"Origin": Settings.of().origin}).status_code == 405


def test_what_the_api_adds_for_scripts_of_other_sites_is_never_left_out(client: Client) -> None:
    path = f"{PREFIX}/api/v1/milestones"
    answers = [client.get(path, headers={"Origin": "https://other.example"}) for _ in range(3)]
    assert [answer.headers["access-control-allow-origin"] for answer in answers] == ["*"] * 3
    assert "access-control-allow-origin" not in client.get(path).headers


def test_while_the_database_is_away_the_last_rendering_is_shown_as_old(
    postgres: PostgreSQL, postgresql_url: str, clock: Clock
) -> None:
    database = Database(make_url(postgresql_url))
    upgrade(database)
    world = World(database)
    world.milestone(is_current=True)
    world.nominated(7, summary="A bug to be seen")
    world.synced()
    app = create_app(Settings.of(), database, clock=clock)
    with Client(app, raise_server_exceptions=False) as client:
        until(lambda: _is_free_of_charge(client, database))
        text_url = f"{PREFIX}/milestone/45/beta/meeting.txt"
        assert client.get(text_url).status_code == 200
        postgres.stop()
        clock.now += timedelta(minutes=5)
        old = client.get(PREFIX + BETA)
        assert old.status_code == 200
        assert "This page is old." in old.text
        assert "A bug to be seen" in old.text
        assert "etag" not in old.headers
        assert old.headers["cache-control"] == "no-store"
        for path in (f"{PREFIX}/bug/7", text_url):
            # Never rendered before, and a text that cannot be marked.
            refused = client.get(path)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        postgres.start()
        until(lambda: client.get(f"{PREFIX}/bug/7").status_code == 200)
        until(lambda: "This page is old." not in client.get(PREFIX + BETA).text)


def test_what_changed_since_it_was_rendered_is_not_shown_while_the_database_is_away(
    postgres: PostgreSQL, postgresql_url: str, clock: Clock
) -> None:
    """It may have become private since."""
    database = Database(make_url(postgresql_url))
    upgrade(database)
    world = World(database)
    world.milestone(is_current=True)
    world.nominated(7)
    world.synced()
    app = create_app(Settings.of(), database, clock=clock)
    with Client(app, raise_server_exceptions=False) as client:
        until(lambda: _is_free_of_charge(client, database))
        world.source(failures=1)
        until(lambda: "Bugzilla cannot be read" in client.get(PREFIX + OVERVIEW).text)
        until(lambda: _is_free_of_charge(client, database, OVERVIEW))
        postgres.stop()
        assert client.get(PREFIX + BETA).status_code == 503
        assert "This page is old." in client.get(PREFIX + OVERVIEW).text
        postgres.start()
