"""Row 1: the rate at which messages are consumed, beside that of a consumer that does nothing with them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

from tests.bench import bus, processes
from tests.bench.sizes import Sizes
from tests.bench.table import Row, at_least, compared
from tests.bench.world import BugzillaProcess, World, environment_of

# A bug number that no database of the bench knows, and a time that no answer is older than.
UNKNOWN_BUG_ID, LONG_AGO = 1_700_001, "2020-01-01T00:00:00Z"

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
    with bus.open_queue(world.rabbitmq) as queue:
        queue.publish(letters)
        module, *arguments = CONSUMERS[consumer]
        arguments.append(str(bus.write_configuration(world.rabbitmq, queue, world.folder)))
        environment = environment_of(database_url, bugzilla.url)
        with processes.running(
            module, *arguments, environment=environment, log=world.folder / f"{consumer}.log"
        ) as process:

            def depth_at_most(limit: int) -> bool:
                if process.poll() is not None:
                    log = (world.folder / f"{consumer}.log").read_text()[-4000:]
                    raise processes.BenchFailed(f"{consumer} ended by itself:\n{log}")
                return queue.depth() <= limit

            processes.wait_for(lambda: depth_at_most(int(len(letters) * 0.9)), f"{consumer} begins")
            first, started = queue.depth(), time.perf_counter()
            processes.wait_for(lambda: depth_at_most(0), f"{consumer} empties its queue")
            return first / (time.perf_counter() - started)
