"""Row 7: what the service bears. A steady rate, a burst, a backlog, and its memory over all of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import linear_regression

from tests.bench import bus, comparison, footprint, processes, serving, sustained
from tests.bench.sizes import Sizes
from tests.bench.table import Row, at_most, compared, counted
from tests.bench.traffic import LONG_AGO, MIX, mixed
from tests.bench.world import BugzillaProcess, World, environment_of

GROWTH_AIM_MIB = 1.0
# What a process keeps for good it has kept after this share of the messages.
WARM_SHARE, STEPS = 0.25, 40
CHANGED_VERSION = "46"
BACKLOG_PATIENCE_S = 1800.0


def measure(world: World, sizes: Sizes) -> list[Row]:
    """All of it, with one Bugzilla, which takes as long for an answer as the real one."""
    with world.bugzilla(sizes.load_bugs, request_s=sizes.request_s, bug_s=sizes.bug_s) as bugzilla:
        return [*sustained.measure(world, bugzilla, sizes), *_backlog(world, bugzilla, sizes)]


def _backlog(world: World, bugzilla: BugzillaProcess, sizes: Sizes) -> list[Row]:
    """How long a backlog takes, beside a callback that does nothing; then many more messages for the same consumer."""
    with world.database(bugzilla, synced=True) as database_url:
        environment = environment_of(database_url, bugzilla.url)
        # As many as there are messages about ours in the mix.
        changed_ids = bugzilla.bug_ids[: sizes.backlog_messages // len(MIX)]
        changed_at = bugzilla.edit(changed_ids, whiteboard="AcceptedBlocker", version=CHANGED_VERSION)
        messages = mixed(changed_ids, sizes.backlog_messages, changed_at)
        bare_s = _drain(world, messages)
        with bus.open_queue(world.rabbitmq) as queue:
            queue.publish(messages)
            began = time.perf_counter()
            with serving.consuming(world, queue, environment) as consumer:
                processes.wait_for(lambda: queue.depth() == 0, "the backlog is consumed", patience_s=BACKLOG_PATIENCE_S)
                drained_s = time.perf_counter() - began
                comparison.wait_until_stored(database_url, len(changed_ids), CHANGED_VERSION)
                comparison.check(world, bugzilla, database_url)
                growth, peak = _feed(queue, consumer.pid, mixed(bugzilla.bug_ids, sizes.fed_messages, LONG_AGO))
    fed = f"load: memory of the consumer over {sizes.fed_messages} messages"
    return [
        compared(f"load: backlog of {len(messages)} messages, start included ÷ no-op", "s", [drained_s], [bare_s]),
        counted(f"{fed}: growth", "MiB/100,000", growth, at_most(GROWTH_AIM_MIB)),
        counted(f"{fed}: most", "MiB", peak),
    ]


def _drain(world: World, messages: Sequence[bus.Message]) -> float:
    with bus.open_queue(world.rabbitmq) as queue:
        queue.publish(messages)
        began = time.perf_counter()
        with serving.consuming(world, queue, {}, callback="nothing"):
            processes.wait_for(lambda: queue.depth() == 0, "the backlog is consumed", patience_s=BACKLOG_PATIENCE_S)
            return time.perf_counter() - began


def _feed(queue: bus.Queue, process_id: int, messages: Sequence[bus.Message]) -> tuple[float, float]:
    """MiB for 100,000 messages by which a consumer grows, and the most that it held."""
    step = len(messages) // STEPS
    held: list[tuple[int, float]] = []
    for done in range(0, len(messages), step):
        queue.publish(messages[done : done + step])
        processes.wait_for(lambda: queue.depth() == 0, "the messages are consumed")
        held.append((done + step, footprint.memory_mib(process_id)))
    counts, sizes = zip(*held[int(WARM_SHARE * len(held)) :], strict=True)
    return 100_000 * linear_regression(counts, sizes).slope, max(size for _, size in held)
