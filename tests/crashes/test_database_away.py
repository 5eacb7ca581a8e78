"""A database that goes away costs no message, and the broker is not asked for the same ones over and over."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.crashes.postgres import Databases
from tests.crashes.runs import AWAY_S
from tests.crashes.site import Site
from tests.crashes.truth import assert_all_is_stored
from tests.end_to_end.deployment import eventually
from tests.services.rabbitmq import find_scripts

# More than one way to be away: refused, and refused for longer than anybody waits.
PATIENCE_S = int(AWAY_S) + 5
MESSAGES_OF_A_PROPOSAL = 3


@pytest.fixture(scope="module")
def site(site: Site) -> Site:
    """A site whose consumer soon loses patience with the database."""
    environment = {**site.deployment.environment, "DATABASE_PATIENCE_S": str(PATIENCE_S)}
    return replace(site, deployment=replace(site.deployment, environment=environment))


def test_a_database_that_comes_back_finds_every_message_delivered_once(site: Site, databases: Databases) -> None:
    consumer = site.running_consumer()
    with deliveries(site) as delivered:
        databases.server.stop()
        site.world.propose(10)
        site.publisher.flush()
        time.sleep(AWAY_S)
        databases.server.start()
        assert_all_is_stored(site, databases)
        assert count(delivered) == 10 * MESSAGES_OF_A_PROPOSAL
    assert consumer.poll() is None


def test_a_consumer_that_loses_patience_ends_and_the_next_one_goes_on(site: Site, databases: Databases) -> None:
    consumer = site.running_consumer()
    with deliveries(site) as delivered:
        databases.server.stop()
        site.world.propose(10)
        assert consumer.wait(PATIENCE_S + 30) == 1
        assert "the database stays away" in site.output_of(consumer)
        eventually(lambda: site.depth() == 10 * MESSAGES_OF_A_PROPOSAL)
        databases.server.start()
        site.running_consumer()
        assert_all_is_stored(site, databases)
        assert count(delivered) <= 2 * 10 * MESSAGES_OF_A_PROPOSAL


@contextmanager
def deliveries(site: Site) -> Iterator[tuple[BlockingChannel, str]]:
    """A queue into which the broker copies every message that it delivers from the site's queue.

    Source: https://www.rabbitmq.com/docs/firehose
    """
    _control(site, "trace_on")
    with site.rabbitmq.channel() as channel:
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, "amq.rabbitmq.trace", f"deliver.{site.queue}")
        yield channel, queue
    _control(site, "trace_off")


def count(delivered: tuple[BlockingChannel, str]) -> int:
    """How often the broker delivered a message so far."""
    channel, queue = delivered
    return int(channel.queue_declare(queue, passive=True).method.message_count)


def _control(site: Site, command: str) -> None:
    scripts = find_scripts()
    assert scripts
    site.rabbitmq.run([scripts / "rabbitmqctl", "--quiet", command])
