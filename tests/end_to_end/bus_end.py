"""The service's end of the real bus: a queue of its own, and the consumer that reads it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from uuid import uuid4

import pika
from pika.exceptions import ChannelClosedByBroker

from bbconsumer.simulator.amqp import AmqpPublisher
from bbconsumer.simulator.records import Json
from tests.end_to_end.deployment import Deployment, eventually
from tests.services.rabbitmq import RabbitMQ

EXCHANGE = "amq.topic"


@dataclass
class BusEnd:
    """What is published here becomes messages in `queue`, whose topics no other queue of this broker asks for."""

    rabbitmq: RabbitMQ
    deployment: Deployment
    publisher: AmqpPublisher
    name: str
    message_count: int = 0
    consumer: subprocess.Popen[bytes] | None = None
    exchange: str = EXCHANGE
    more_configuration: str = ""

    @property
    def queue(self) -> str:
        """The name of the broker's queue."""
        return f"bbconsumer-{self.name}"

    @property
    def topic(self) -> str:
        """The topic of a changed bug, as it is published here."""
        return self.own_topic("org.fedoraproject.prod.bugzilla.bug.update")

    def own_topic(self, topic: str) -> str:
        """A topic of the real bus as one of this queue."""
        return topic.replace(".prod.", f".{self.name}.")

    def publish(self, topic: str, body: Json) -> None:
        """Take a message of the simulated server to the broker; they are counted."""
        self.message_count += 1
        self.publisher.publish(self.own_topic(topic), body)

    def publish_raw(self, body: bytes, properties: pika.BasicProperties, topic: str | bytes = "") -> None:
        """Publish what no library of Fedora's would."""
        with self.rabbitmq.channel() as channel:
            channel.confirm_delivery()
            channel.basic_publish(EXCHANGE, topic or self.topic, body, properties, mandatory=True)

    def running_consumer(self) -> subprocess.Popen[bytes]:
        """The consumer process: the one that runs, else a new one that consumes already."""
        if self.consumer is None or self.consumer.poll() is not None:
            self.consumer = self.start_consumer()
            eventually(lambda: self.consumer_count() > 0)
        return self.consumer

    def end_consumer(self) -> None:
        """End the consumer process as an operator does."""
        if self.consumer is not None:
            self.consumer.terminate()
            self.consumer.wait(60)

    def output_of(self, process: subprocess.Popen[bytes]) -> str:
        """What a consumer process wrote so far."""
        number = self.deployment.processes.index(process)
        return (self.deployment.folder / f"consume-{number}.log").read_text(errors="replace")

    def start_consumer(
        self, *, amqp_url: str = "", program: Sequence[str] = (), **settings: object
    ) -> subprocess.Popen[bytes]:
        """Start a consumer process with the preset for a broker on this machine.

        `program` is a module, with arguments, that runs the command instead of ours.
        """
        text = resources.files("bbconsumer.messaging").joinpath("local.toml").read_text()
        for old, new in {
            "amqp://localhost:5672/%2F?connection_attempts=3&retry_delay=5": amqp_url or self.rabbitmq.url,
            "[queues.bbconsumer]": f"[queues.{self.queue}]",
            'queue = "bbconsumer"': f'queue = "{self.queue}"',
            f'exchange = "{EXCHANGE}"': f'exchange = "{self.exchange}"',
            ".*.": f".{self.name}.",
            **{f"{name} = false": f"{name} = true" for name, value in settings.items() if value is True},
        }.items():
            assert old in text
            text = text.replace(old, new)
        configuration = self.deployment.folder / f"{uuid4()}.toml"
        configuration.write_text(text + self.more_configuration)
        return self.deployment.start("consume", "--conf", str(configuration), program=program)

    def declare_queue(self) -> None:
        """Create the queue, as a broker's administrator does."""
        with self.rabbitmq.channel() as channel:
            channel.queue_declare(self.queue, durable=True)
            channel.queue_bind(self.queue, EXCHANGE, f"org.fedoraproject.{self.name}.#")

    def delete_queue(self) -> None:
        """Take the queue away."""
        with self.rabbitmq.channel() as channel:
            channel.queue_delete(self.queue)

    def depth(self) -> int:
        """How many messages wait and are in nobody's hands."""
        return self.rabbitmq.queue_depth(self.queue)

    def consumer_count(self) -> int:
        """How many consumers the broker knows; 0 when there is no queue."""
        try:
            with self.rabbitmq.channel() as channel:
                return int(channel.queue_declare(self.queue, passive=True).method.consumer_count)
        except ChannelClosedByBroker:
            return 0
