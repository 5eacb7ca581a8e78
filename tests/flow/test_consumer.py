"""The callback: what it does when the database is away, when it is called twice at once, and when a message is odd."""

from __future__ import annotations

import threading
import time

import pytest
from fedora_messaging.exceptions import HaltConsumer
from fedora_messaging.message import Message
from fedora_messaging.twisted.factory import FedoraMessagingFactoryV2
from sqlalchemy import select

from bbconsumer.consumer import Consumer
from bbconsumer.db.models import DeadLetter
from tests.flow.world import World, build_world, in_background
from tests.services.postgres import PostgreSQL

UPDATE = "org.fedoraproject.prod.bugzilla.bug.update"


def test_a_database_that_is_away_for_a_while_is_waited_for(postgres: PostgreSQL, postgresql_url: str) -> None:
    with build_world(postgresql_url) as world:
        (bug_id,) = world.propose()
        postgres.stop()
        thread = in_background(world.deliver)
        thread.join(1.5)
        assert thread.is_alive()
        postgres.start()
        thread.join(30)
        assert not thread.is_alive()
        assert [item.id for item in world.queue()] == [bug_id]


def test_a_database_that_stays_away_halts_the_consumer_and_gives_the_message_back(
    postgres: PostgreSQL, postgresql_url: str
) -> None:
    with build_world(postgresql_url, database_patience_s=1) as world:
        world.propose()
        postgres.stop()
        with pytest.raises(HaltConsumer) as halt:
            world.deliver()
        assert halt.value.requeue
        assert halt.value.exit_code != 0
        postgres.start()


def test_callbacks_never_run_side_by_side(world: World) -> None:
    """The library starts a second consumer when its connection is lost while a callback runs."""
    inside = threading.Semaphore(1)
    overlaps = []

    def wake(_kinds: object) -> None:
        if not inside.acquire(blocking=False):
            overlaps.append(1)
            return
        time.sleep(0.05)
        inside.release()

    consumer = Consumer(world.settings, world.database, wake)
    new = Message(topic="org.fedoraproject.prod.bugzilla.bug.new", body={"event": {"bug_id": 7}})
    threads = [in_background(consumer, new) for _ in range(4)]
    for thread in threads:
        thread.join()
    assert overlaps == []


def test_the_library_waits_at_most_a_minute_before_it_tries_the_broker_again() -> None:
    assert FedoraMessagingFactoryV2.maxDelay <= 60


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"bug": {"id": None}, "event": {"bug_id": None}},
        {"bug": "2400123", "event": "modify"},
        {"event": {"bug_id": "\0"}},
        {"event": {"bug_id": 10**30}},
        {"event": {"bug_id": True}, "bug": {"summary": "\ud800"}},
    ],
)
def test_a_body_without_an_id_is_kept_and_acknowledged(world: World, body: dict[str, object]) -> None:
    Consumer(world.settings, world.database)(Message(topic=UPDATE, body=body))
    with world.database.reading() as session:
        (letter,) = session.scalars(select(DeadLetter))
    assert letter.reason
    assert world.queue() == []
