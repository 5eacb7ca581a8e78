"""Row 3: thousands of messages about a few hundred bugs at once, as when a release reaches its end of life."""

from __future__ import annotations

import time
from random import Random
from statistics import median

from tests.bench import bus, comparison, processes, serving
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
    ):
        configuration = str(bus.write_configuration(world.rabbitmq, queue, world.folder))
        with processes.running(
            "bbconsumer.cli", "consume", "--conf", configuration,
            environment=environment_of(database_url, bugzilla.url), log=world.folder / "burst-service.log",
        ):  # fmt: skip
            processes.wait_for(lambda: serving.consumer_count(queue), "a consumer is there")
            changed_at = bugzilla.edit(bugzilla.bug_ids, version=str(45 + number))
            letters = bus.updates(bugzilla.bug_ids, sizes.burst_messages, changed_at)
            Random(number).shuffle(letters)
            asked, started = bugzilla.request_count(), time.perf_counter()
            queue.publish(letters)
            processes.wait_for(lambda: queue.depth() == 0, "the burst is consumed")
            consumed = time.perf_counter() - started
            comparison.wait_until_stored(database_url, len(bugzilla.bug_ids), str(45 + number))
            return bugzilla.request_count() - asked, consumed, time.perf_counter() - started
