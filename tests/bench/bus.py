"""The bus: bodies as the bridge makes them, publishing at full speed, a queue's depth, a consumer's configuration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
from pika.adapters.blocking_connection import BlockingChannel

from bbconsumer.simulator import messages
from bbconsumer.simulator.amqp import EXCHANGE
from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.cast import REPORTERS, SECRETARY, add_people
from tests.services.rabbitmq import RabbitMQ

UPDATE = "org.fedoraproject.prod.bugzilla.bug.update"
FOREIGN = "org.fedoraproject.prod.buildsys.build.state.change"

# What the service's own preset says, but for the queue's name and the binding, which the bench makes itself.
_CONFIGURATION = """
amqp_url = "{url}"
passive_declares = true
[client_properties]
app = "bbconsumer bench"
[queues.{queue}]
durable = true
auto_delete = false
exclusive = false
arguments = {{}}
[qos]
prefetch_size = 0
prefetch_count = 25
"""

Message = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue that all messages of the bus come to, and a channel to look at it with."""

    name: str
    channel: BlockingChannel

    def depth(self) -> int:
        """How many messages wait; those that are on their way to a consumer do not count."""
        return int(self.channel.queue_declare(self.name, passive=True).method.message_count)

    def publish(self, letters: Iterable[Message]) -> None:
        """Hand messages to the broker as fast as it takes them."""
        for topic, body in letters:
            self.channel.basic_publish(EXCHANGE, topic, json.dumps(body).encode(), _properties(body))
        # The broker answers in order: it has all of them when it answers this.
        self.depth()


@contextmanager
def open_queue(rabbitmq: RabbitMQ, routing_key: str = "#") -> Iterator[Queue]:
    """A durable queue that exists as long as the block lasts."""
    # Without heartbeats: nobody answers them while something else is measured.
    with pika.BlockingConnection(pika.URLParameters(f"{rabbitmq.url}?heartbeat=0")) as connection:
        channel = connection.channel()
        name = f"bench-{uuid4()}"
        channel.queue_declare(name, durable=True)
        channel.queue_bind(name, EXCHANGE, routing_key)
        try:
            yield Queue(name, channel)
        finally:
            channel.queue_delete(name)


def write_configuration(rabbitmq: RabbitMQ, queue: Queue, folder: Path) -> Path:
    """fedora-messaging's configuration for a consumer on this queue."""
    path = folder / f"{queue.name}.toml"
    path.write_text(_CONFIGURATION.format(url=rabbitmq.url, queue=queue.name))
    return path


def updates(bug_ids: Sequence[int], count: int, at: str, *, is_comment: bool = False) -> list[Message]:
    """So many messages about these bugs in turn, all of the same event: a change of status, or a comment."""
    body = _body(is_comment=is_comment)
    time = datetime.fromisoformat(at).astimezone(UTC).timestamp()
    made = []
    for number in range(count):
        bug_id = bug_ids[number % len(bug_ids)]
        event = {**body["event"], "bug_id": bug_id, "time": time}
        made.append((UPDATE, {**body, "bug": {**body["bug"], "id": bug_id}, "event": event}))
    return made


def foreign(count: int) -> list[Message]:
    """Messages of a topic that is not ours, of the same size as ours."""
    body = _body(is_comment=False)
    return [(FOREIGN, body)] * count


@cache
def _body(*, is_comment: bool) -> dict[str, Any]:
    state = Bugzilla()
    add_people(state)
    heard: list[Message] = []
    bug_id = state.create_bug(
        {"product": "Fedora", "component": "kernel", "version": "45", "summary": "It does not start"},
        next(iter(REPORTERS)),
    )
    state.on_message(lambda topic, body: heard.append((topic, body)))
    if is_comment:
        state.add_comment(bug_id, "It still does not start with the newest kernel. " * 5, SECRETARY)
    else:
        state.update_bug([bug_id], {"status": "ASSIGNED"}, SECRETARY)
    (_, body) = heard[-1]
    return body


def _properties(body: dict[str, Any]) -> pika.BasicProperties:
    return pika.BasicProperties(
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
        message_id=str(uuid4()),
        headers={**messages.headers(body), "sent-at": datetime.now(UTC).isoformat(timespec="seconds")},
    )
