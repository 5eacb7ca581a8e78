"""The simulator as a process of its own, with a real broker."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from fedora_messaging.message import get_message

from bbconsumer.simulator.amqp import AmqpPublisher
from tests.services.rabbitmq import RabbitMQ
from tests.simulator.pagure_world import pagure_server, pagure_world
from tests.simulator.world import TIMEOUT_S, world_of

_REPOSITORY = Path(__file__).parents[2]


@contextmanager
def running(*options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bbconsumer.simulator", *options], cwd=_REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    stopper = threading.Timer(60, process.kill)
    stopper.start()
    try:
        yield process
    finally:
        stopper.cancel()
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def test_it_serves_a_release_lets_people_edit_and_ends_when_told() -> None:
    with running("--seed", "3", "--edits-every", "0.05", "--flavour", "stock") as process:
        ready, step = line_of(process), line_of(process)
        tracker = requests.get(f"{ready['url']}/rest/bug/F45BetaBlocker", timeout=TIMEOUT_S).json()["bugs"][0]
        assert tracker["id"] == ready["trackers"]["F45BetaBlocker"]
        assert step.keys() == {"bug_id", "description", "visible", "tracker"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_its_messages_reach_a_queue_as_fedora_messages(rabbitmq: RabbitMQ) -> None:
    with rabbitmq.channel() as channel:
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, "amq.topic", "org.fedoraproject.prod.bugzilla.#")
        with world_of() as world, AmqpPublisher(rabbitmq.url) as publisher:
            world.server.on_message(publisher.publish)
            world.file("ünïcode")
            publisher.flush()
            assert (publisher.published_count, publisher.lost_count) == (2, 0)
        method, properties, body = channel.basic_get(queue, auto_ack=True)
    assert method.routing_key == "org.fedoraproject.prod.bugzilla.bug.new"
    assert (properties.content_encoding, properties.content_type) == ("utf-8", "application/json")
    assert properties.message_id
    assert properties.headers["fedora_messaging_schema"] == "bugzilla2fedmsg.messageV1bz4"
    assert properties.headers["fedora_messaging_severity"] == 20
    # What a consumer makes of it.
    message = get_message(method.routing_key, properties, body)
    assert (message.topic, message.body["bug"]["summary"]) == (method.routing_key, "ünïcode")


def test_messages_of_a_pagure_reach_a_queue_as_well(rabbitmq: RabbitMQ) -> None:
    with rabbitmq.channel() as channel:
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, "amq.topic", "org.fedoraproject.prod.pagure.#")
        with pagure_server() as (server, clock), AmqpPublisher(rabbitmq.url) as publisher:
            server.on_message(publisher.publish)
            pagure_world(server, clock).file("ünïcode")
            publisher.flush()
            assert (publisher.published_count, publisher.lost_count) == (1, 0)
        method, properties, body = channel.basic_get(queue, auto_ack=True)
    assert method.routing_key == "org.fedoraproject.prod.pagure.issue.new"
    assert properties.headers["fedora_messaging_schema"] == "pagure.issue.new"
    assert properties.headers["fedora_messaging_user_blockerbot"] is True
    message = get_message(method.routing_key, properties, body)
    assert (message.topic, message.body["issue"]["title"]) == (method.routing_key, "ünïcode")


def test_edits_go_on_while_the_broker_is_away_and_messages_arrive_later(rabbitmq: RabbitMQ) -> None:
    with world_of() as world, AmqpPublisher(rabbitmq.url) as publisher:
        world.server.on_message(publisher.publish)
        world.file()
        publisher.flush()
        rabbitmq.stop()
        bug_id = world.file()
        assert world.get(f"bug/{bug_id}")["bugs"]
        rabbitmq.start()
        publisher.flush()
        assert (publisher.published_count, publisher.lost_count) == (4, 0)


def test_what_cannot_be_delivered_for_long_is_lost_and_counted() -> None:
    with world_of() as world, AmqpPublisher("amqp://127.0.0.1:1/", patience_s=0.0) as publisher:
        world.server.on_message(publisher.publish)
        world.file()
        publisher.flush()
        assert (publisher.published_count, publisher.lost_count) == (0, 2)
