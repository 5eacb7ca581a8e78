"""What has ended stays as history: no sync reads its trackers, and what happens on them closes no gate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bbconsumer import commands, reporting
from bbconsumer.db.models import TrackerRow
from bbconsumer.db.session import database_now
from bbconsumer.domain.readiness import assess
from bbconsumer.domain.trackers import Milestone, TrackerKind
from bbconsumer.inventory.bugs import take_bug_inventory
from bbconsumer.wiring import build_source
from tests.flow.world import BETA, FINAL, World, build_world


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """What is asked here is the same on both databases."""
    with build_world(sqlite_url) as world:
        yield world


def _final_blocker(world: World) -> int:
    return world.tracker_ids[FINAL, TrackerKind.BLOCKER]


def _roll_over(world: World) -> None:
    """Beta ends, Final begins."""
    plan = commands.plan_rollover(world.database, build_source(world.settings), BETA)
    commands.apply_rollover(world.database, plan, actor="alice")
    world.messages.clear()


def _problems(world: World) -> dict[int, str]:
    with world.database.reading() as session:
        return dict(session.execute(select(TrackerRow.id, TrackerRow.problem)).all())


def _readiness(world: World, milestone: Milestone) -> tuple[str, tuple[str, ...]]:
    """The verdict, and why the lists may not be whole."""
    with world.database.reading() as session:
        facts = reporting.load_facts(session, milestone, world.settings)
        assert facts
        return str(assess(facts, database_now(session)).verdict), facts.list_problems


def test_a_sync_after_a_roll_over_asks_for_the_new_trackers_only_and_removes_what_only_the_old_ones_had(
    world: World,
) -> None:
    old = world.propose(12)
    world.sync()
    _roll_over(world)
    world.bugzilla.requests.clear()
    outcome = world.sync()
    assert (outcome.state, world.gate_reason()) == ("complete", None)
    assert world.active_ids() == set()
    assert world.states() == dict.fromkeys(old, "proposed")
    trackers, *_ = (asked.query for asked in world.bugzilla.requests.all() if asked.kind == "search")
    new = sorted(world.tracker_ids[FINAL, kind] for kind in TrackerKind)
    assert f"id={'%2C'.join(map(str, new))}&" in f"{trackers}&"
    # What was left open still blocks it.
    assert _readiness(world, BETA)[0] == "NO-GO"
    assert not [problem for problem in _readiness(world, FINAL)[1] if "tracker" in problem]


def test_an_old_tracker_may_be_emptied_or_vanish_and_bugs_may_move_to_the_new_one(world: World) -> None:
    """People tidy up after a release in one go, often before the first sync."""
    old = world.propose(12)
    world.sync()
    _roll_over(world)
    for bug_id in old[:2]:
        world.edit(bug_id, blocks={"remove": [world.blocker], "add": [_final_blocker(world)]})
    for bug_id in old[2:]:
        world.edit(bug_id, blocks={"remove": [world.blocker]})
    world.bugzilla.switches.hide = frozenset({world.blocker, world.freeze_exception})
    outcome = world.sync()
    assert (outcome.state, outcome.problem, world.gate_reason()) == ("complete", "", None)
    assert world.active_ids() == set(old[:2])
    assert set(world.states(_final_blocker(world)).values()) == {"proposed"}
    assert set(world.states().values()) == {"withdrawn"}
    assert set(_problems(world).values()) == {""}
    verdict, problems = _readiness(world, BETA)
    assert verdict == "UNKNOWN"
    assert "The milestone is not active: it is not synced any more" in problems


def test_what_an_active_tracker_loses_still_counts_though_the_bug_blocks_an_ended_one(world: World) -> None:
    bug_ids = [world.create(blocks=[world.blocker, _final_blocker(world)]) for _ in range(12)]
    world.sync()
    _roll_over(world)
    world.sync()
    for bug_id in bug_ids:
        world.edit(bug_id, blocks={"remove": [_final_blocker(world)]})
    # One bug is left, so that the tracker is not simply empty.
    world.create(blocks=[_final_blocker(world)])
    world.sync()
    assert "disappeared" in str(world.gate_reason())


def test_the_trouble_of_a_tracker_goes_with_its_milestone(world: World) -> None:
    world.bugzilla.switches.hide = frozenset({world.blocker})
    assert world.sync().state == "incomplete"
    assert _problems(world)[world.blocker]
    _roll_over(world)
    assert world.sync().state == "complete"
    assert set(_problems(world).values()) == {""}


def test_a_roll_over_during_a_sync_is_no_trouble_of_any_tracker(world: World) -> None:
    """The sync asked for the old trackers, and comes to note them when there are others."""
    world.propose(5)
    world.sync()
    inventory = take_bug_inventory(world.database, build_source(world.settings))
    _roll_over(world)
    with world.database.writing() as session:
        assert inventory.note(session) == ()
    assert set(_problems(world).values()) == {""}
    assert "No sync has read the Blocker tracker so far" in _readiness(world, FINAL)[1]


def test_messages_and_syncs_agree_on_what_is_proposed_for_an_ended_milestone(world: World) -> None:
    (known,) = world.propose()
    world.sync()
    _roll_over(world)
    world.sync()
    (stranger,) = world.propose()
    world.edit(known, whiteboard="AcceptedBlocker")
    world.deliver()
    world.work()
    by_messages = world.states()
    world.sync()
    assert by_messages == world.states() == {known: "accepted"}
    # Once it is asked for again, everything that happened meanwhile is found.
    (late,) = world.propose()
    world.edit(stranger, whiteboard="RejectedBlocker", blocks={"remove": [world.blocker]})
    world.messages.clear()
    commands.set_milestone(world.database, BETA, is_active=True, make_current=False, actor="alice")
    assert world.sync().state == "complete"
    assert world.states() == {known: "accepted", stranger: "rejected", late: "proposed"}
    assert world.active_ids() == {known, late}


def test_without_an_active_milestone_a_sync_says_what_to_do_and_removes_nothing(world: World) -> None:
    (bug_id,) = world.propose()
    world.sync()
    commands.set_milestone(world.database, BETA, is_active=False, make_current=False, actor="alice")
    outcome = world.sync()
    assert outcome.state == "incomplete"
    assert outcome.problem == "no milestone is active: add one with `bbconsumer add_milestone`"
    assert world.active_ids() == {bug_id}
