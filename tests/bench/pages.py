"""Row 6: pages, kept and made anew, beside a bare answer of the same size; and how soon open streams are told."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from statistics import median
from urllib.parse import urlsplit

import requests
from sqlalchemy import make_url

from bbconsumer.db.session import Database
from tests.bench import clients, processes
from tests.bench.sizes import Sizes
from tests.bench.table import Row, at_least, at_most, compared, counted
from tests.bench.world import World, environment_of
from tests.services.server import find_free_port
from tests.web.streams import Stream

PREFIX = "/blockerbugs"
PAGES = {"overview": f"{PREFIX}/milestone/45/beta", "buglist": f"{PREFIX}/milestone/45/beta/buglist"}
CONNECTIONS = (1, 16, 64)
KEPT_AIM, HELD_AIM, CPU_AIM_MS, P99_AIM, TOLD_AIM_S = 0.6, 0.7, 15, 3, 1


def measure(world: World, sizes: Sizes) -> list[Row]:
    """Each size of the lists; the streams once."""
    rows: list[Row] = []
    for bug_count in sizes.listed_bugs:
        with world.bugzilla(bug_count) as bugzilla, world.database(bugzilla, synced=True) as database_url:
            environment = environment_of(database_url, bugzilla.url)
            rows += _rendering(environment, bug_count, sizes)
            if bug_count in sizes.read_lists:
                with web_server(world, environment) as url:
                    rows += _reading(world, url, bug_count, sizes)
            if bug_count == sizes.listed_bugs[0]:
                with web_server(world, environment) as url:
                    rows += _changing(url, database_url, bug_count, sizes)
                    rows += _telling(world, url, database_url, sizes)
    return rows


def _rendering(environment: dict[str, str], bug_count: int, sizes: Sizes) -> list[Row]:
    rows = []
    for name, path in PAGES.items():
        measured = processes.run("tests.bench.rendering", path, str(sizes.renderings), environment=environment)
        aim = at_most(CPU_AIM_MS) if bug_count == sizes.listed_bugs[0] else None
        rows.append(counted(f"page {name} of {bug_count} bugs, made anew: CPU", "ms", measured["cpu_ms"], aim))
        per_row = measured["cpu_ms"] / bug_count
        rows.append(counted(f"page {name} of {bug_count} bugs, made anew: CPU a bug", "ms/bug", per_row))
    return rows


def _reading(world: World, url: str, bug_count: int, sizes: Sizes) -> list[Row]:
    rows = []
    for name, path in PAGES.items():
        headers = asyncio.run(clients.headers_of(url + path))
        with bare_server(world, headers) as bare_url:
            for connections in CONNECTIONS:
                kept, held, bare, bare_held = (defaultdict[str, list[float]](list) for _ in range(4))
                for _ in range(sizes.page_rounds):
                    for target, figures in ((url + path, kept), (f"{bare_url}/page", bare)):
                        _note(figures, asyncio.run(clients.read(target, connections, sizes.reading_s)))
                    _wait_for_room(2 * sizes.reading_s)
                    tag = asyncio.run(clients.headers_of(url + path))["etag"]
                    for target, figures in ((url + path, held), (f"{bare_url}/304", bare_held)):
                        answered = clients.read(target, connections, sizes.reading_s, tag=tag, status=304)
                        _note(figures, asyncio.run(answered))
                label = f"page {name} of {bug_count} bugs, {connections} connections"
                rows += [
                    compared(f"{label}: kept ÷ bare", "1/s", kept["per_s"], bare["per_s"], at_least(KEPT_AIM)),
                    compared(f"{label}: 304 ÷ bare", "1/s", held["per_s"], bare_held["per_s"], at_least(HELD_AIM)),
                    compared(f"{label}: kept, p99 ÷ bare", "ms", kept["p99_ms"], bare["p99_ms"]),
                ]
    return rows


def _wait_for_room(seconds: float) -> None:
    """Begin a minute anew that has not so many seconds left: then the page, and its tag, would be another."""
    left = 60 - time.time() % 60
    if left < seconds + 2:
        time.sleep(left + 0.1)


def _changing(url: str, database_url: str, bug_count: int, sizes: Sizes) -> list[Row]:
    """64 readers while something changes every second: each change has the page made once."""

    async def story(database: Database) -> clients.Answered:
        reading = asyncio.create_task(clients.read(url + PAGES["buglist"], 64, sizes.changing_s))
        while not reading.done():
            await asyncio.sleep(1)
            await asyncio.to_thread(commit, database)
        return await reading

    # One for all: to open one for each change would hold up the readers, who live in this process too.
    with opened(database_url) as database:
        answered = [asyncio.run(story(database)) for _ in range(sizes.page_rounds)]
    p99, p50 = ([1000 * getattr(one, name) for one in answered] for name in ("p99_s", "p50_s"))
    what = f"page buglist of {bug_count} bugs, 64 connections, a change a second: p99 ÷ p50"
    return [compared(what, "ms", p99, p50, at_most(P99_AIM))]


def _telling(world: World, url: str, database_url: str, sizes: Sizes) -> list[Row]:
    told, bare_told = [], []
    for _ in range(sizes.page_rounds):
        with opened(database_url) as database:
            told.append(asyncio.run(_tell(url, f"{PREFIX}/live", sizes.streams, partial(commit, database))))
        with bare_server(world, {"content-length": "1"}) as bare_url:
            bare_told.append(asyncio.run(_tell(bare_url, "/live", sizes.streams, partial(_ring, bare_url))))
    what = f"page streams: {sizes.streams} are told of a commit, the last of them"
    return [
        counted(what, "s", median(told), at_most(TOLD_AIM_S)),
        compared(f"{what} ÷ plain sse-starlette", "s", told, bare_told),
    ]


async def _tell(url: str, path: str, count: int, change: Callable[[], object]) -> float:
    port = urlsplit(url).port or 0
    streams = await asyncio.gather(*(Stream.open(port, path) for _ in range(count)))
    hellos = await asyncio.gather(*(stream.next() for stream in streams))
    if any(hello is None or hello.event != "hello" for hello in hellos):
        raise processes.BenchFailed("a stream did not begin as it should")
    changing = asyncio.create_task(asyncio.to_thread(change))
    began = time.perf_counter()
    told = await asyncio.gather(*(stream.next() for stream in streams))
    took = time.perf_counter() - began
    await changing
    if any(message is None or message.event != "change" for message in told):
        raise processes.BenchFailed("a stream was not told of a change")
    for stream in streams:
        stream.close()
    return took


def _ring(bare_url: str) -> None:
    requests.get(f"{bare_url}/ring", timeout=60).raise_for_status()


@contextmanager
def opened(database_url: str) -> Iterator[Database]:
    database = Database(make_url(database_url), pool_size=1)
    try:
        yield database
    finally:
        database.dispose()


def commit(database: Database) -> None:
    with database.writing():
        pass


def _note(figures: dict[str, list[float]], answered: clients.Answered) -> None:
    figures["per_s"].append(answered.per_s)
    figures["p99_ms"].append(1000 * answered.p99_s)


def web_server(world: World, environment: dict[str, str]) -> AbstractContextManager[str]:
    return _server(world, "web.app:create_app_from_environment", environment)


def bare_server(world: World, headers: Mapping[str, str]) -> AbstractContextManager[str]:
    """A web that has nothing to do, whose answers are as large as one with these headers."""
    # What uvicorn adds to every answer.
    own = {name: value for name, value in headers.items() if name not in {"date", "server"}}
    return _server(world, "tests.bench.bare:create_app", {"BARE_HEADERS": json.dumps(own)})


@contextmanager
def _server(world: World, app: str, environment: dict[str, str]) -> Iterator[str]:
    port = find_free_port()
    # As people call it: requests for other names are looked at longer.
    environment = environment | {"BLOCKERBUGS_URL": f"http://127.0.0.1:{port}{PREFIX}"}
    arguments = ("--factory", app, "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning")
    with processes.running("uvicorn", *arguments, environment=environment, log=world.folder / "web.log"):
        url = f"http://127.0.0.1:{port}"

        def is_ready() -> bool:
            try:
                return requests.get(f"{url}/healthz/ready", timeout=5).ok
            except requests.ConnectionError:
                return False

        processes.wait_for(is_ready, "the web", every_s=0.1)
        yield url
