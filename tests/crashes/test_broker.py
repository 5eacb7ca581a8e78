"""What the broker does to a consumer: cut it off, go away, lose its queue, not let it in."""

import os
import signal
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from fedora_messaging.twisted.factory import FedoraMessagingFactoryV2
from pika import ConnectionParameters
from sqlalchemy import text
from twisted.internet.task import Clock

import bbconsumer.consumer  # noqa: F401 - its import is what shortens the waits
from tests.crashes.postgres import Databases
from tests.crashes.runs import AWAY_S
from tests.crashes.site import Site
from tests.crashes.truth import assert_all_is_stored
from tests.end_to_end.deployment import eventually

# The longest wait between two tries, with the spread that Twisted adds, and a try.
BACK_WITHIN_S = 40


def test_cut_off_while_a_callback_runs_two_consumers_take_turns(site: Site, databases: Databases) -> None:
    consumer = site.running_consumer()
    with site.world.database.engine.begin() as blocking:
        blocking.execute(text("LOCK TABLE work_item IN ACCESS EXCLUSIVE MODE"))
        site.world.propose()
        eventually(lambda: running_callbacks(site) == 1)
        site.rabbitmq.kill_connections()
        # The message is with the consumer again, whose first callback still runs.
        eventually(lambda: site.consumer_count() == 1 and site.depth() == 0)
    eventually(site.is_idle)
    # The library's trap: when the callback returns, its old consumer comes back beside the new one.
    eventually(lambda: site.consumer_count() == 2)
    with site.world.database.engine.begin() as blocking:
        blocking.execute(text("LOCK TABLE work_item IN ACCESS EXCLUSIVE MODE"))
        site.world.propose(3)
        site.publisher.flush()
        eventually(lambda: site.depth() == 0)
        eventually(lambda: running_callbacks(site) == 1)
        time.sleep(1)
        assert running_callbacks(site) == 1
    assert_all_is_stored(site, databases)
    assert consumer.poll() is None


def test_a_broker_that_was_away_is_found_again(site: Site, databases: Databases) -> None:
    consumer = site.running_consumer()
    site.rabbitmq.crash()
    late = site.start_consumer()
    site.world.propose(3)
    time.sleep(AWAY_S)
    eventually(lambda: "will retry in" in site.output_of(late))
    assert consumer.poll() is None
    site.rabbitmq.start()
    site.world.propose(2)
    eventually(lambda: site.consumer_count() == 2, BACK_WITHIN_S)
    assert_all_is_stored(site, databases)
    assert consumer.poll() is None
    late.terminate()
    assert late.wait(30) == 0


def test_the_wait_between_two_tries_stays_short() -> None:
    factory = FedoraMessagingFactoryV2(ConnectionParameters())
    clock, tries = Clock(), []
    factory.clock = clock  # type: ignore[assignment]

    class Refused:
        def connect(self) -> None:
            tries.append(clock.seconds())
            factory.retry(self)  # type: ignore[no-untyped-call]

    Refused().connect()
    clock.pump([1] * 3600)
    waits = [after - before for before, after in pairwise(tries)]
    assert max(waits) < BACK_WITHIN_S


def test_a_consumer_whose_queue_is_deleted_ends_and_says_so(site: Site, databases: Databases) -> None:
    consumer = site.running_consumer()
    site.delete_queue()
    assert consumer.wait(30) == 1
    assert "the queue was deleted" in site.output_of(consumer)
    site.running_consumer()
    site.world.propose()
    site.publisher.flush()
    assert_all_is_stored(site, databases)


def test_a_consumer_that_finds_its_queue_gone_comes_back_with_it(site: Site, databases: Databases) -> None:
    site.end_consumer()
    consumer = site.start_consumer(passive_declares=True)
    eventually(lambda: site.consumer_count() == 1)
    os.kill(consumer.pid, signal.SIGSTOP)
    site.rabbitmq.kill_connections()
    site.delete_queue()
    os.kill(consumer.pid, signal.SIGCONT)
    eventually(lambda: "Failed to declare queue" in site.output_of(consumer))
    site.declare_queue()
    eventually(lambda: site.consumer_count() == 1, BACK_WITHIN_S)
    site.world.propose()
    assert_all_is_stored(site, databases)
    consumer.terminate()
    assert consumer.wait(30) == 0


@pytest.mark.parametrize(("problem", "sentence"), [("password", "does not let us in"), ("queue", "NOT_FOUND")])
def test_a_consumer_that_may_not_consume_ends_with_a_sentence(site: Site, problem: str, sentence: str) -> None:
    elsewhere = replace(site, name=f"{site.name}-missing")
    url = site.rabbitmq.url.replace("guest:guest", "guest:wrong") if problem == "password" else ""
    consumer = elsewhere.start_consumer(amqp_url=url, passive_declares=True)
    assert consumer.wait(60) == 1
    said = site.output_of(consumer)
    assert sentence in said
    assert "Traceback" not in said
    assert "wrong" not in said


def running_callbacks(site: Site) -> int:
    """How many callbacks of the consumer wait for the lock on the work queue; the worker's queries are others."""
    callback = "^(SELECT tracker.id|INSERT INTO work_item)"
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with site.world.database.engine.connect() as connection:
        return int(connection.scalar(text(f"{waiting} AND query ~ :callback"), {"callback": callback}) or 0)
