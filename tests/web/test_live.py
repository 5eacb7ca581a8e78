"""An open page is told that something changed, wherever it was written, and nobody is kept waiting at the end."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import make_url
from sse_starlette import EventSourceResponse
from starlette.requests import Request

from bbconsumer.db.schema import upgrade
from bbconsumer.db.session import Database
from tests.conftest import FIGURE
from tests.end_to_end.deployment import Deployment, deployed
from tests.services.postgres import PostgreSQL
from tests.web.databases import on_both
from tests.web.reading import PREFIX
from tests.web.streams import Message, Stream
from tests.web.world import World
from web.changes import Changes
from web.live import Live

PATH = f"{PREFIX}/live"
STREAMS = 500
PATIENCE_S = 30


@pytest.fixture
def world(database: Database) -> World:
    """A milestone with a bug."""
    world = World(database)
    world.milestone(is_current=True)
    world.nominated(7)
    return world


@pytest.fixture
def deployment(database_url: str, world: World, tmp_path: Path) -> Iterator[Deployment]:
    """The environment of a web process that reads this world."""
    environment = {"DATABASE_URL": database_url, "BLOCKERBUGS_URL": f"http://127.0.0.1{PREFIX}", "SECRET_KEY": "x" * 32}
    with deployed(environment, tmp_path) as deployment:
        yield deployment


@pytest.fixture
def port(deployment: Deployment) -> int:
    """Where the web process listens."""
    port = urlsplit(deployment.start_web()).port
    assert port
    return port


async def _read(stream: Stream) -> Message | None:
    async with asyncio.timeout(PATIENCE_S):
        return await stream.next()


async def _opened(port: int, *, last_id: str = "") -> tuple[Stream, Message]:
    stream = await Stream.open(port, PATH, last_id=last_id)
    hello = await _read(stream)
    assert hello is not None
    assert hello.event == "hello"
    return stream, hello


async def _settled(port: int) -> tuple[Stream, Message]:
    """A stream of a process that knows the database's state."""
    while True:
        stream, hello = await _opened(port)
        if hello.id != "lost":
            return stream, hello
        stream.close()
        await asyncio.sleep(0.1)


async def _written(change: Callable[[], None]) -> None:
    await asyncio.to_thread(change)


@on_both
def test_an_open_page_is_told_and_a_reader_that_comes_back_misses_nothing(port: int, world: World) -> None:
    async def story() -> None:
        stream, hello = await _settled(port)
        await _written(lambda: world.nominated(8))
        change = await _read(stream)
        assert change is not None
        assert change.event == "change"
        assert int(change.id) > int(hello.id)
        stream.close()
        await _written(lambda: world.nominated(9))
        back, again = await _opened(port, last_id=change.id)
        assert again.id == change.id
        missed = await _read(back)
        assert missed is not None
        assert int(missed.id) > int(change.id)
        back.close()
        # Who has seen everything is told nothing, and what is no number of ours is as if it had not been said.
        latest, _ = await _opened(port, last_id=missed.id)
        odd, hello = await _opened(port, last_id="<script>")
        assert hello.id == missed.id
        await _written(lambda: world.nominated(10))
        for waiting in (latest, odd):
            told = await _read(waiting)
            assert told is not None
            assert int(told.id) > int(missed.id)
            waiting.close()

    asyncio.run(story())


def test_a_database_that_is_away_and_back_is_told_too(
    postgres: PostgreSQL, postgresql_url: str, tmp_path: Path
) -> None:
    database = Database(make_url(postgresql_url))
    upgrade(database)
    environment = {"DATABASE_URL": postgresql_url, "BLOCKERBUGS_URL": f"http://127.0.0.1{PREFIX}"}
    with deployed(environment, tmp_path) as deployment:
        port = urlsplit(deployment.start_web()).port
        assert port

        async def story() -> None:
            stream, hello = await _settled(port)
            await asyncio.to_thread(postgres.stop)
            assert await _read(stream) == Message("change", "lost")
            await asyncio.to_thread(postgres.start)
            assert await _read(stream) == Message("change", hello.id)
            stream.close()

        asyncio.run(story())
    database.dispose()


def test_there_is_an_end_to_the_streams_that_one_process_holds(database: Database) -> None:
    async def story() -> None:
        live = Live(Changes(database), max_streams=1)
        request = Request({"type": "http", "method": "GET", "headers": []})
        first = await live.stream(request)
        assert isinstance(first, EventSourceResponse)
        messages = aiter(first.body_iterator)
        await anext(messages)
        assert (await live.stream(request)).status_code == 503
        await messages.aclose()  # type: ignore[attr-defined]
        assert (await live.stream(request)).status_code == 200

    asyncio.run(story())


def test_many_streams_are_told_at_once_and_do_not_hold_up_the_end(
    postgresql_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    database = Database(make_url(postgresql_url))
    upgrade(database)
    world = World(database)
    environment = {"DATABASE_URL": postgresql_url, "BLOCKERBUGS_URL": f"http://127.0.0.1{PREFIX}"}
    with deployed(environment, tmp_path) as deployment:
        port = urlsplit(deployment.start_web()).port
        assert port
        (process,) = deployment.processes

        async def story() -> tuple[float, float]:
            first, _ = await _settled(port)
            others = await asyncio.gather(*(_opened(port) for _ in range(STREAMS - 1)))
            streams = [first, *(stream for stream, _ in others)]
            await _written(world.milestone)
            committed = time.monotonic()
            told = await asyncio.gather(*(_read(stream) for stream in streams))
            told_s = time.monotonic() - committed
            assert {message.event for message in told if message} == {"change"}
            assert len({message.id for message in told if message}) == 1
            asked = time.monotonic()
            process.send_signal(signal.SIGTERM)
            ends = await asyncio.gather(*(_read(stream) for stream in streams))
            assert not any(ends)
            # uvicorn ends as it was told to: by the signal, when everybody has been seen off.
            assert await asyncio.to_thread(process.wait, PATIENCE_S) == -signal.SIGTERM
            ended_s = time.monotonic() - asked
            for stream in streams:
                stream.close()
            return told_s, ended_s

        told_s, ended_s = asyncio.run(story())
    database.dispose()
    told, ended = f"the last was told {told_s:.2f} s after the commit", f"the end took {ended_s:.2f} s"
    record_property(FIGURE, f"{STREAMS} open streams: {told}, {ended}")
