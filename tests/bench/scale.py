"""Row 8: several consumers with their workers on one queue and one database, and two web processes on that database.

All share the processors of this machine with the publisher, the broker and the database: more of them can only be
faster where there are processors left. What must not suffer is what is stored.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from random import Random
from statistics import median
from urllib.parse import urlsplit

import requests
from sqlalchemy import update

from bbconsumer.db.models import BugRow
from bbconsumer.db.session import Database
from tests.bench import bus, comparison, processes, serving
from tests.bench.pages import PREFIX, opened, web_server
from tests.bench.sizes import Sizes
from tests.bench.table import Row, at_most, compared, counted
from tests.bench.world import BugzillaProcess, World, environment_of
from tests.web.streams import Stream

TOLD_AIM_S = 1.0
# Each number of consumers has a change of its own to tell of.
FIRST_VERSION, STATUSES = 50, ("POST", "MODIFIED", "ON_QA")


def measure(world: World, sizes: Sizes) -> list[Row]:
    """Consumers first, then webs."""
    with world.bugzilla(sizes.known_bugs) as bugzilla:
        took = {count: _consume(world, bugzilla, count, sizes.scale_messages) for count in sizes.scale_consumers}
        return [*_rows(took, sizes), *_tell_two(world, bugzilla, sizes.scale_commits)]


def _consume(world: World, bugzilla: BugzillaProcess, count: int, message_count: int) -> tuple[float, float]:
    """Messages a second, and seconds until everything is stored; compared with what a sync stores."""
    version = str(FIRST_VERSION + count)
    with ExitStack() as stack:
        database_url = stack.enter_context(world.database(bugzilla, synced=True))
        queue = stack.enter_context(bus.open_queue(world.rabbitmq))
        environment = environment_of(database_url, bugzilla.url)
        for number in range(count):
            stack.enter_context(serving.consuming(world, queue, environment, name=f"service-{number}"))
        changed_at = bugzilla.edit(bugzilla.bug_ids, version=version, status=STATUSES[count % len(STATUSES)])
        messages = bus.updates(bugzilla.bug_ids, message_count, changed_at)
        Random(count).shuffle(messages)
        began = time.perf_counter()
        queue.publish(messages)
        processes.wait_for(lambda: queue.depth() == 0, "the messages are consumed")
        consumed_s = time.perf_counter() - began
        comparison.wait_until_stored(database_url, len(bugzilla.bug_ids), version)
        stored_s = time.perf_counter() - began
        comparison.check(world, bugzilla, database_url)
    return message_count / consumed_s, stored_s


def _rows(took: dict[int, tuple[float, float]], sizes: Sizes) -> list[Row]:
    first, rows = min(took), list[Row]()
    first_per_s, first_s = took[first]
    for count, (per_s, stored_s) in took.items():
        what = f"scale: {count} consumers, {sizes.scale_messages} messages about {sizes.known_bugs} bugs"
        rows += [
            compared(f"{what}: a second ÷ with {first}", "msg/s", [per_s], [first_per_s]),
            compared(f"{what}: until everything is stored ÷ with {first}", "s", [stored_s], [first_s]),
        ]
    return rows


def _tell_two(world: World, bugzilla: BugzillaProcess, commits: int) -> list[Row]:
    """How soon each of two webs has told of a commit; what they were told of must then be on the pages of both."""
    with ExitStack() as stack:
        database_url = stack.enter_context(world.database(bugzilla, synced=True))
        database = stack.enter_context(opened(database_url))
        environment = environment_of(database_url, bugzilla.url)
        urls = [stack.enter_context(web_server(world, environment)) for _ in range(2)]
        told = []
        for number in range(commits):
            summary = f"It does not start on machine {number}"
            told.append(asyncio.run(_told_after(urls, database, bugzilla.bug_ids[0], summary)))
            for url in urls:
                if summary not in requests.get(f"{url}{PREFIX}/bug/{bugzilla.bug_ids[0]}", timeout=60).text:
                    raise processes.BenchFailed(f"{url} told of a change and does not show it")
    what = f"scale: two webs, {commits} commits"
    return [
        counted(f"{what}: until the second has told, median", "s", median(map(max, told)), at_most(TOLD_AIM_S)),
        counted(f"{what}: until the second has told, at worst", "s", max(map(max, told))),
        counted(f"{what}: between the two, median", "s", median(max(both) - min(both) for both in told)),
    ]


async def _told_after(urls: Sequence[str], database: Database, bug_id: int, summary: str) -> list[float]:
    """The seconds from before a commit until the stream of each web tells of it; both must call it the same."""
    streams = [await Stream.open(urlsplit(url).port or 0, f"{PREFIX}/live") for url in urls]
    for stream in streams:
        await stream.next()

    async def told(stream: Stream) -> tuple[float, str]:
        message = await stream.next()
        if message is None or message.event != "change":
            raise processes.BenchFailed("a stream ended")
        return time.perf_counter(), message.id

    waiting = [asyncio.create_task(told(stream)) for stream in streams]
    began = time.perf_counter()
    await asyncio.to_thread(_commit, database, bug_id, summary)
    async with asyncio.timeout(60):
        heard = [await one for one in waiting]
    for stream in streams:
        stream.close()
    if len({number for _, number in heard}) > 1:
        raise processes.BenchFailed(f"one commit has two numbers: {heard}")
    return [at - began for at, _ in heard]


def _commit(database: Database, bug_id: int, summary: str) -> None:
    with database.writing() as session:
        session.execute(update(BugRow).where(BugRow.id == bug_id).values(summary=summary))
