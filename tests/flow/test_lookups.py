"""What became of updates before their bug was known is found without waiting for a sync."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bbconsumer.domain.keys import KeyKind
from bbconsumer.simulator.cast import PRIVATE_GROUP
from tests.flow.bodhi import UpdateWorld, build_update_world


@pytest.fixture
def world(database_url: str) -> Iterator[UpdateWorld]:
    """Bugs and updates, on each database in turn."""
    with build_update_world(database_url) as world:
        yield world


def test_the_updates_of_bugs_that_come_onto_a_list_are_looked_for_at_once(world: UpdateWorld) -> None:
    bug_ids = [world.bugs.create() for _ in range(3)]
    world.settle()
    aliases = [world.submit(bug_id) for bug_id in bug_ids]
    world.settle()
    assert world.aliases() == set()
    world.bodhi.requests.clear()
    for bug_id in bug_ids:
        world.bugs.edit(bug_id, blocks={"add": [world.bugs.blocker]})
    world.settle()
    assert [world.the_update(bug_id).alias for bug_id in bug_ids] == aliases
    # One for all bugs, one for all updates.
    assert world.bodhi.requests.count() == 2
    world.bugs.edit(bug_ids[0], status="ASSIGNED")
    world.settle()
    assert world.bodhi.requests.count() == 2, "only what is new on a list is looked for"
    assert world.bugs.queue() == []


def test_a_bug_that_comes_onto_a_list_again_is_looked_for_again(world: UpdateWorld) -> None:
    bug_id = world.propose()
    world.bugs.edit(bug_id, blocks={"remove": [world.bugs.blocker]})
    world.settle()
    alias = world.submit(bug_id)
    world.lose_messages()
    world.bugs.edit(bug_id, blocks={"add": [world.bugs.blocker]})
    world.settle()
    assert world.the_update(bug_id).alias == alias


def test_nothing_is_asked_about_a_bug_that_became_private_meanwhile(world: UpdateWorld) -> None:
    (bug_id,) = world.bugs.propose()
    world.bugs.deliver()
    world.bugs.work()
    (waiting,) = world.bugs.queue()
    assert (waiting.kind, waiting.id) == (KeyKind.LOOKUP, bug_id)
    world.bugs.edit(bug_id, groups=[PRIVATE_GROUP])
    world.bugs.sync()
    world.bodhi.requests.clear()
    world.settle()
    assert world.bugs.queue() == []
    assert world.bodhi.requests.count() == 0


def test_a_sync_of_bugs_leaves_updates_to_that_of_updates(world: UpdateWorld) -> None:
    (bug_id,) = world.bugs.propose()
    alias = world.submit(bug_id)
    world.lose_messages()
    bugs, updates = world.sync()
    assert (bugs.problem, updates.problem, world.bugs.queue()) == ("", "", [])
    assert world.the_update(bug_id).alias == alias
