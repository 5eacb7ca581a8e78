"""The service with a queue of its own on the real broker, and a bridge from the simulated Bugzilla to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from bbconsumer.simulator.amqp import AmqpPublisher
from tests.end_to_end.bus_end import BusEnd
from tests.end_to_end.deployment import Deployment
from tests.flow.world import World
from tests.services.rabbitmq import RabbitMQ


@dataclass
class Site(BusEnd):
    """Edits in `world` become messages in the queue."""

    world: World = field(kw_only=True)

    def is_idle(self) -> bool:
        """Whether neither the broker's queue nor the work queue holds anything."""
        return not self.world.queue() and self.depth() == 0


@contextmanager
def open_site(world: World, rabbitmq: RabbitMQ, deployment: Deployment) -> Iterator[Site]:
    """A site whose queue exists; no process runs yet."""
    with AmqpPublisher(rabbitmq.url, patience_s=600) as publisher:
        site = Site(rabbitmq, deployment, publisher, f"t{uuid4().hex[:10]}", world=world)
        site.declare_queue()
        world.bugzilla.on_message(site.publish)
        try:
            yield site
        finally:
            rabbitmq.start()
            site.delete_queue()
