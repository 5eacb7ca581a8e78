"""The service's two processes, consumer and web, while they are measured."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench import bus, processes
from tests.bench.world import World


@contextmanager
def consuming(
    world: World, queue: bus.Queue, environment: dict[str, str], *, callback: str = "", name: str = "service"
) -> Iterator[subprocess.Popen[str]]:
    """A consumer that is at the queue: the whole service, worker included, or one that has this callback instead."""
    before = consumer_count(queue)
    module, *arguments = ("tests.bench.callback", callback) if callback else ("bbconsumer.cli", "consume", "--conf")
    configuration = str(bus.write_configuration(world.rabbitmq, queue, world.folder))
    log = world.folder / f"{callback or name}.log"
    with processes.running(module, *arguments, configuration, environment=environment, log=log) as process:
        processes.wait_for(lambda: consumer_count(queue) > before or process.poll() is not None, "a consumer is there")
        if process.poll() is not None:
            raise processes.BenchFailed(f"the consumer ended:\n{log.read_text()[-4000:]}")
        yield process


def consumer_count(queue: bus.Queue) -> int:
    """How many consumers the broker knows of."""
    return int(queue.channel.queue_declare(queue.name, passive=True).method.consumer_count)
