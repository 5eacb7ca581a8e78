"""A consumer may be killed at any moment: what it had in hand is done by the next one."""

import signal
import time
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from bbconsumer.db.models import BugRow
from tests.crashes.runs import RUNS, chance_of
from tests.crashes.site import Site
from tests.end_to_end.deployment import eventually
from tests.flow.world import in_background

BUGS = 500


@pytest.fixture(scope="module")
def bug_ids(site: Site) -> list[int]:
    """Bugs that are known already, so that an edit is one message, which nothing else would make up for."""
    site.world.bugzilla.switches.lose_messages = True
    bug_ids = site.world.propose(BUGS)
    site.world.bugzilla.switches.lose_messages = False
    assert site.world.sync().state == "complete"
    return bug_ids


@pytest.mark.parametrize("run", RUNS)
def test_a_killed_consumer_costs_no_message(site: Site, bug_ids: list[int], run: int) -> None:
    chance = chance_of(run)
    consumer = site.running_consumer()
    before = site.message_count
    edits = in_background(_rename, site, chance.sample(bug_ids, BUGS), chance)
    _wait_until_handed_out(site, before + chance.randrange(25, BUGS - 25))
    consumer.send_signal(signal.SIGKILL)
    consumer.wait()
    edits.join()
    site.publisher.flush()
    assert site.message_count == before + BUGS
    assert 0 < site.depth() < BUGS, "it was not killed in the middle"
    site.running_consumer()
    eventually(site.is_idle)
    assert _stored(site) == _true(site, bug_ids)


def _rename(site: Site, bug_ids: Iterable[int], chance: Random) -> None:
    for bug_id in bug_ids:
        site.world.edit(bug_id, summary=f"Renamed {chance.random()}")


def _wait_until_handed_out(site: Site, message_count: int) -> None:
    """Until the broker has given so many messages to the consumer, of all that there ever were."""
    with site.rabbitmq.channel() as channel:
        while True:
            published = site.publisher.published_count
            waiting = channel.queue_declare(site.queue, passive=True).method.message_count
            if published - waiting >= message_count:
                return
            time.sleep(0.002)


def _stored(site: Site) -> dict[int, Any]:
    with site.world.database.reading() as session:
        rows = session.execute(select(BugRow.id, BugRow.summary, BugRow.last_change_at))
        return {bug_id: (summary, last_change_at) for bug_id, summary, last_change_at in rows}


def _true(site: Site, bug_ids: Iterable[int]) -> dict[int, Any]:
    bugs = map(site.world.bugzilla.state.bug, bug_ids)
    return {bug.id: (bug.summary, bug.last_change_time) for bug in bugs}
