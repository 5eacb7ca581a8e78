"""Row 3: thousands of messages about a few hundred bugs at once, as when a release reaches its end of life."""

from __future__ import annotations

import time
from collections.abc import Sequence
from random import Random
from statistics import median

import psycopg

from tests.bench import bus, processes
from tests.bench.sizes import Sizes
from tests.bench.table import Row, at_most, counted
from tests.bench.world import BugzillaProcess, World, environment_of

REQUESTS_AIM = 60


def measure(world: World, sizes: Sizes) -> list[Row]:
    """Requests and seconds, the medians of some bursts."""
    with world.bugzilla(sizes.known_bugs) as bugzilla:
        bursts = [_burst(world, bugzilla, sizes, number) for number in range(sizes.bursts)]
    what = f"burst: {sizes.burst_messages} messages about {sizes.known_bugs} bugs"
    return [
        counted(f"{what}: requests", "requests", median(count for count, _, _ in bursts), at_most(REQUESTS_AIM)),
        counted(f"{what}: until the bus's queue is empty", "s", median(consumed for _, consumed, _ in bursts)),
        counted(f"{what}: until everything is stored", "s", median(stored for _, _, stored in bursts)),
    ]


def _burst(world: World, bugzilla: BugzillaProcess, sizes: Sizes, number: int) -> tuple[int, float, float]:
    with (
        world.database(bugzilla, synced=True) as database_url,
        bus.open_queue(world.rabbitmq) as queue,
        psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection,
    ):
        configuration = str(bus.write_configuration(world.rabbitmq, queue, world.folder))
        with processes.running(
            "bbconsumer.cli", "consume", "--conf", configuration,
            environment=environment_of(database_url, bugzilla.url), log=world.folder / "burst-service.log",
        ):  # fmt: skip
            _wait_for_consumer(queue)
            changed_at = bugzilla.edit(bugzilla.bug_ids, version=str(45 + number))
            letters = bus.updates(bugzilla.bug_ids, sizes.burst_messages, changed_at)
            Random(number).shuffle(letters)
            asked, started = bugzilla.request_count(), time.perf_counter()
            queue.publish(letters)
            processes.wait_for(lambda: queue.depth() == 0, "the burst is consumed")
            consumed = time.perf_counter() - started
            processes.wait_for(
                lambda: _is_stored(connection, bugzilla.bug_ids, str(45 + number)), "the burst is stored"
            )
            return bugzilla.request_count() - asked, consumed, time.perf_counter() - started


def _wait_for_consumer(queue: bus.Queue) -> None:
    processes.wait_for(
        lambda: queue.channel.queue_declare(queue.name, passive=True).method.consumer_count, "a consumer is there"
    )


def _is_stored(connection: psycopg.Connection, bug_ids: Sequence[int], version: str) -> bool:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM bug WHERE version = %s), (SELECT count(*) FROM work_item)", (version,)
    ).fetchone()
    return row == (len(bug_ids), 0)
