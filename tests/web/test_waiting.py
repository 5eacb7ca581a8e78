"""Who asks for a page that is just being made waits for it: not longer than others, and not in vain."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bbconsumer.db.session import Database
from tests.web.world import NOW
from web.cache import Page, PageCache
from web.changes import Changes

READERS = 16
PATIENCE_S = 20
REQUEST = Request({"type": "http", "path": "/", "query_string": b"", "root_path": "", "route": None})


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of server is enough for what does not depend on it."""
    return sqlite_url


def _ask(database: Database, page: Page, story: Callable[[Callable[[], Awaitable[Response]]], Awaitable[None]]) -> None:
    """Tell a story about a kept page, to which it is given a way of asking for it."""

    async def with_changes() -> None:
        changes = Changes(database)
        following = asyncio.create_task(changes.follow())
        await changes.wait()
        endpoint = PageCache(changes, lambda: NOW, lambda _response, _at: None)(page)
        # All who ask within one turn of the loop do so before the page can have been made.
        await story(lambda: endpoint(REQUEST))
        following.cancel()

    asyncio.run(with_changes())


def test_nobody_waits_for_who_was_answered_and_asks_again(database: Database) -> None:
    """Readers who ask without end would otherwise be answered several times before the last who waits is once."""
    answered: list[int] = []

    def page(_request: Request) -> Response:
        return PlainTextResponse("made")

    async def story(ask: Callable[[], Awaitable[Response]]) -> None:
        async def read(reader: int) -> None:
            for _ in range(READERS):
                await ask()
                answered.append(reader)
                await asyncio.sleep(0)

        await asyncio.gather(*(read(reader) for reader in range(READERS)))

    _ask(database, page, story)
    assert sorted(answered[:READERS]) == list(range(READERS))


def test_of_those_who_wait_for_a_page_that_fails_one_makes_it_anew(database: Database) -> None:
    made: list[int] = []

    def page(_request: Request) -> Response:
        made.append(len(made))
        if made == [0]:
            raise RuntimeError("the first time it fails")
        return PlainTextResponse("made")

    async def story(ask: Callable[[], Awaitable[Response]]) -> None:
        answers = await asyncio.gather(*(ask() for _ in range(READERS)), return_exceptions=True)
        assert Counter(map(type, answers)) == {RuntimeError: 1, PlainTextResponse: READERS - 1}

    _ask(database, page, story)
    assert made == [0, 1]


def test_who_stops_waiting_takes_nothing_from_the_others(database: Database) -> None:
    """Also when it is the one for whom the page is made."""
    may_end = threading.Event()

    def page(_request: Request) -> Response:
        assert may_end.wait(PATIENCE_S)
        return PlainTextResponse("made")

    async def story(ask: Callable[[], Awaitable[Response]]) -> None:
        asking = [asyncio.ensure_future(ask()) for _ in range(4)]
        await asyncio.sleep(0)
        asking[0].cancel()
        asking[2].cancel()
        may_end.set()
        answers = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(answer) for answer in answers[1::2]] == [PlainTextResponse] * 2

    _ask(database, page, story)
