"""What becomes of an update becomes events, each once, however it was learnt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from tests.flow.bodhi import UpdateWorld, build_update_world


@pytest.fixture
def world(database_url: str) -> Iterator[UpdateWorld]:
    """Bugs and updates, on each database in turn."""
    with build_update_world(database_url) as world:
        yield world


def test_what_happened_becomes_events(world: UpdateWorld) -> None:
    bug_id = world.propose()
    alias = world.submit(bug_id)
    world.settle()
    world.clock.advance(60)
    world.state.push_to_testing(alias)
    world.settle()
    world.state.comment(alias, "bob", "works", 1)
    world.settle()
    world.state.request_stable(alias, "alice")
    world.settle()
    world.clock.advance(60)
    world.state.push_to_stable(alias)
    world.settle()
    assert world.events(alias) == [
        ("created", "", "package0-1-1.fc45"),
        ("request", "testing", ""),
        ("status", "pending", "testing"),
        ("karma", "0", "1"),
        ("request", "", "stable"),
        ("request", "stable", ""),
        ("status", "testing", "stable"),
    ]


def test_the_way_of_an_update_that_was_seen_late_is_made_up_for(world: UpdateWorld) -> None:
    bug_id = world.propose()
    alias = world.submit(bug_id)
    world.clock.advance(60)
    world.state.push_to_testing(alias)
    world.clock.advance(60)
    world.state.request_stable(alias, "alice")
    world.state.push_to_stable(alias)
    world.lose_messages()
    world.sync()
    assert world.events(alias) == [
        ("created", "", "package0-1-1.fc45"),
        ("status", "pending", "testing"),
        ("status", "testing", "stable"),
    ]
    assert world.the_update(bug_id).status == "stable"


def test_reading_again_adds_no_event(world: UpdateWorld) -> None:
    bug_id = world.propose()
    alias = world.submit(bug_id)
    world.state.push_to_testing(alias)
    world.state.comment(alias, "bob", "works", 1)
    messages = list(world.bugs.messages)
    world.settle()
    events = world.events(alias)
    world.bugs.messages += messages
    world.settle()
    world.sync()
    world.sync()
    assert world.events(alias) == events


@pytest.mark.parametrize("ahead_s", [-600, 600])
@pytest.mark.parametrize("is_seen_at_once", [True, False])
def test_steps_keep_their_order_though_the_clock_of_bodhi_is_another(
    world: UpdateWorld, ahead_s: float, is_seen_at_once: bool
) -> None:
    world.clock.advance(ahead_s)
    bug_id = world.propose()
    alias = world.submit(bug_id)
    world.settle()
    steps: list[Callable[[], object]] = [
        lambda: world.state.push_to_testing(alias),
        lambda: world.state.unpush(alias, "alice"),
        lambda: world.state.request_testing(alias, "alice"),
        lambda: world.state.push_to_testing(alias),
        lambda: world.state.obsolete(alias, "alice"),
    ]
    for step in steps:
        world.clock.advance(2)
        step()
        if is_seen_at_once:
            world.settle()
    world.settle()
    statuses = [(old, new) for field, old, new in world.events(alias) if field == "status"]
    assert statuses[0][0] == "pending"
    assert statuses[-1][1] == "obsolete"
    assert all(first[1] == second[0] for first, second in pairwise(statuses)), statuses
    if is_seen_at_once:
        assert [new for _, new in statuses] == ["testing", "unpushed", "pending", "testing", "obsolete"]
