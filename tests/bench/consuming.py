"""Row 1: the rate at which messages are consumed, beside that of a consumer that does nothing with them."""

from __future__ import annotations

import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench import bus, processes
from tests.bench.sizes import Sizes
from tests.bench.table import Row, at_least, compared
from tests.bench.world import BugzillaProcess, World, environment_of

# A bug number that no database of the bench knows, and a time that no answer is older than.
UNKNOWN_BUG_ID, LONG_AGO = 1_700_001, "2020-01-01T00:00:00Z"

# On a busy machine a short queue may be empty before anybody has looked.
TRIES = 5

# The consumers that are compared: the module with its first argument. "service" is the whole service, worker included.
_CALLBACK = "tests.bench.callback"
CONSUMERS: Mapping[str, tuple[str, ...]] = {
    "nothing": (_CALLBACK, "nothing"),
    "upsert": (_CALLBACK, "upsert"),
    "callback": (_CALLBACK, "ours"),
    "service": ("bbconsumer.cli", "consume", "--conf"),
}
KINDS: Mapping[str, Sequence[str]] = {
    "foreign": ("nothing", "service"),
    "unknown": ("nothing", "service"),
    "known": ("nothing", "upsert", "callback", "service"),
}

Rates = dict[tuple[str, str], list[float]]


def measure(world: World, sizes: Sizes) -> list[Row]:
    """All rates, round by round."""
    rates: Rates = defaultdict(list)
    with (
        world.bugzilla(sizes.known_bugs) as bugzilla,
        world.database(bugzilla, synced=True) as database_url,
    ):
        letters = {
            "foreign": bus.foreign(sizes.messages),
            "unknown": bus.updates([UNKNOWN_BUG_ID], sizes.messages, LONG_AGO, is_comment=True),
            "known": bus.updates(bugzilla.bug_ids, sizes.messages, LONG_AGO),
        }
        for _ in range(sizes.rounds):
            for kind, consumers in KINDS.items():
                for consumer in consumers:
                    rates[kind, consumer].append(_rate(world, bugzilla, database_url, consumer, letters[kind]))
    return _rows(rates)


def _rows(rates: Rates) -> list[Row]:
    def row(what: str, kind: str, consumer: str, limit: float | None = None, ceiling: str = "nothing") -> Row:
        aim = None if limit is None else at_least(limit)
        return compared(what, "msg/s", rates[kind, consumer], rates[kind, ceiling], aim)

    return [
        row("consume: foreign topic ÷ no-op", "foreign", "service", 0.9),
        row("consume: unknown bug, comment ÷ no-op", "unknown", "service", 0.5),
        row("consume: known bugs, no worker ÷ no-op", "known", "callback", 0.5),
        row("consume: known bugs, no worker ÷ one upsert", "known", "callback", ceiling="upsert"),
        row("consume: known bugs, worker busy ÷ no-op", "known", "service"),
    ]


def _rate(
    world: World, bugzilla: BugzillaProcess, database_url: str, consumer: str, letters: Sequence[bus.Message]
) -> float:
    """Messages per second of one consumer that finds these in its queue; its start does not count."""
    module, *arguments = CONSUMERS[consumer]
    log = world.folder / f"{consumer}.log"
    for _ in range(TRIES):
        with bus.open_queue(world.rabbitmq) as queue:
            queue.publish(letters)
            configuration = str(bus.write_configuration(world.rabbitmq, queue, world.folder))
            environment = environment_of(database_url, bugzilla.url)
            with processes.running(module, *arguments, configuration, environment=environment, log=log) as process:
                first, seconds = watch(queue, process, len(letters), log)
        if first:
            return first / seconds
    raise processes.BenchFailed(f"{consumer} is too fast for so few messages")


def watch(queue: bus.Queue, process: subprocess.Popen[str], count: int, log: Path) -> tuple[int, float]:
    """How many messages waited when the consumer was seen to be at work, and how long they then took."""
    depth = count

    def is_at_work() -> bool:
        nonlocal depth
        if process.poll() is not None:
            raise processes.BenchFailed(f"{process.args!r} ended by itself:\n{log.read_text()[-4000:]}")
        depth = queue.depth()
        return depth <= 0.9 * count

    processes.wait_for(is_at_work, "the consumer is at work", every_s=0.005)
    started = time.perf_counter()
    processes.wait_for(lambda: queue.depth() == 0, "the queue is empty")
    return depth, time.perf_counter() - started
