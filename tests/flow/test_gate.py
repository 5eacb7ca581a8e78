"""The removal gate: what removes bugs, what trips it, what releases it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from bbconsumer.db.models import MilestoneRow
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.simulator.switches import Failure
from tests.flow.world import FINAL, World, add_milestone, build_world

SETTINGS = {"removals_max": 3, "removals_share": 0.2}


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A world in which four unexplained removals are too many."""
    with build_world(database_url, **SETTINGS) as world:
        yield world


def _withdraw(world: World, bug_ids: list[int]) -> None:
    for bug_id in bug_ids:
        world.edit(bug_id, blocks={"remove": [world.blocker]})


def test_a_few_withdrawals_are_believed(world: World) -> None:
    bug_ids = world.propose(10)
    world.sync()
    _withdraw(world, bug_ids[:3])
    assert world.sync().state == "complete"
    assert world.active_ids() == set(bug_ids[3:])
    assert world.gate_reason() is None


def test_more_withdrawals_than_people_make_trip_the_gate_and_the_rest_stays(world: World) -> None:
    bug_ids = world.propose(10)
    world.sync()
    _withdraw(world, bug_ids[:6])
    world.sync()
    assert len(world.active_ids()) == 7
    assert "disappeared" in str(world.gate_reason())
    held = [bug_id for bug_id in bug_ids if world.bug(bug_id).removal_held]
    assert len(held) == 3
    assert set(held) <= world.active_ids()


def test_the_rate_counts_over_messages_and_batches(world: World) -> None:
    bug_ids = world.propose(10)
    world.sync()
    world.messages.clear()
    for bug_id in bug_ids[:5]:
        world.edit(bug_id, blocks={"remove": [world.blocker]})
        world.deliver()
        world.work()
    assert len(world.active_ids()) == 7
    assert world.gate_reason()


def test_an_operator_who_accepts_the_removals_releases_the_gate(world: World) -> None:
    bug_ids = world.propose(10)
    world.sync()
    _withdraw(world, bug_ids[:6])
    world.sync()
    assert world.sync(accepted_by="alice").state == "complete"
    assert world.active_ids() == set(bug_ids[6:])
    assert world.gate_reason() is None
    # And it is back at work.
    more = world.propose(10)
    world.sync()
    _withdraw(world, more)
    world.sync()
    assert world.gate_reason()


def test_a_bug_that_comes_back_while_the_gate_is_tripped_is_shown_as_it_is(world: World) -> None:
    bug_ids = world.propose(10)
    world.sync()
    _withdraw(world, bug_ids[:6])
    world.sync()
    (held, *_) = [bug_id for bug_id in bug_ids if world.bug(bug_id).removal_held]
    world.edit(held, blocks={"add": [world.blocker]}, whiteboard="AcceptedBlocker")
    world.sync()
    assert world.bug(held).removal_held is None
    assert world.states()[held] == "accepted"


def test_a_meeting_may_reject_as_much_as_it_likes(world: World) -> None:
    bug_ids = world.propose(10)
    world.sync()
    for bug_id in bug_ids[:8]:
        world.edit(bug_id, whiteboard="RejectedBlocker", blocks={"remove": [world.blocker]})
    assert world.sync().state == "complete"
    assert world.active_ids() == set(bug_ids[8:])
    assert world.gate_reason() is None


def test_thirty_per_cent_of_the_bugs_gone_trips_the_gate(world: World) -> None:
    bug_ids = world.propose(20)
    world.sync()
    world.bugzilla.switches.hide = frozenset(bug_ids[:6])
    world.sync()
    assert len(world.active_ids()) >= 16
    assert world.gate_reason()


def test_a_share_below_the_limit_does_not_trip_it_however_many_they_are(world: World) -> None:
    bug_ids = world.propose(60)
    world.sync()
    _withdraw(world, bug_ids[:10])
    assert world.sync().state == "complete"
    assert len(world.active_ids()) == 50
    assert world.gate_reason() is None


def test_a_tracker_that_is_suddenly_empty_trips_the_gate(world: World) -> None:
    bug_ids = world.propose(4)
    world.sync()
    _withdraw(world, bug_ids)
    outcome = world.sync()
    assert outcome.state == "incomplete"
    assert f"tracker {world.blocker} is empty" in outcome.problem
    assert "is empty" in str(world.gate_reason())
    assert world.active_ids() == set(bug_ids)
    assert world.sync(accepted_by="alice").state == "complete"
    assert world.active_ids() == set()
    assert world.sync().state == "complete"


def test_a_tracker_that_was_empty_before_does_not_trip_it(world: World) -> None:
    assert world.sync().state == "complete"
    assert world.sync().state == "complete"
    assert world.gate_reason() is None


def test_a_new_milestone_without_bugs_does_not_trip_it(world: World) -> None:
    world.propose(5)
    world.sync()
    add_milestone(world, FINAL)
    assert world.sync().state == "complete"
    assert world.gate_reason() is None


def test_a_roll_over_removes_what_only_the_old_milestone_had_and_does_not_trip_it(world: World) -> None:
    add_milestone(world, FINAL)
    old = world.propose(8)
    both = world.create(blocks=[world.blocker, world.tracker_ids[FINAL, TrackerKind.BLOCKER]])
    world.sync()
    with world.database.writing() as session:
        session.execute(
            update(MilestoneRow).where(MilestoneRow.name == "beta").values(is_active=False, is_current=False)
        )
    assert world.sync().state == "complete"
    assert world.active_ids() == {both}
    assert world.gate_reason() is None
    assert set(world.states()) == {*old, both}


def test_a_tracker_that_cannot_be_read_makes_the_sync_incomplete_and_removes_nothing(world: World) -> None:
    bug_ids = world.propose(5)
    world.sync()
    world.bugzilla.switches.hide = frozenset({world.blocker})
    outcome = world.sync()
    assert outcome.state == "incomplete"
    assert f"tracker {world.blocker} cannot be read" in outcome.problem
    assert world.active_ids() == set(bug_ids)
    world.bugzilla.switches.reset()
    assert world.sync().state == "complete"


@pytest.mark.parametrize("status", [401, 403])
def test_no_access_removes_nothing(world: World, status: int) -> None:
    bug_ids = world.propose(5)
    world.sync()
    world.bugzilla.switches.fail = Failure("html", status=status)
    assert world.sync().state == "aborted"
    assert world.active_ids() == set(bug_ids)
    assert world.gate_reason() is None
