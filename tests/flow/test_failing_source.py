"""A source that is down, lags or lies costs no message and removes nothing."""

from __future__ import annotations

from sqlalchemy import update

from bbconsumer.db.models import WorkItem
from bbconsumer.db.session import database_now
from bbconsumer.simulator.switches import Failure, Throttle
from tests.flow.world import World


def test_an_outage_keeps_all_keys_and_they_are_fetched_together_when_it_is_over(world: World) -> None:
    bug_ids = world.propose(5)
    world.bugzilla.switches.fail = Failure("status", status=503)
    world.deliver()
    world.work()
    assert [item.id for item in world.queue()] == bug_ids
    assert all(item.attempts == 0 and item.lease_token is None for item in world.queue())
    state = world.source_state()
    assert state.failures == 1
    assert state.down_until is not None
    assert "503" in state.last_error
    world.bugzilla.switches.reset()
    world.bring_source_back()
    world.bugzilla.requests.clear()
    world.work()
    assert world.bugzilla.requests.count("search") == 1
    assert set(world.states()) == set(bug_ids)
    assert world.source_state().failures == 0


def test_a_message_does_not_shorten_an_outage(world: World) -> None:
    (bug_id,) = world.propose()
    world.bugzilla.switches.fail = Failure("status", status=503)
    world.deliver()
    world.work()
    world.edit(bug_id, status="ASSIGNED")
    world.deliver()
    world.bugzilla.requests.clear()
    world.work()
    assert world.bugzilla.requests.count() == 0


def test_a_source_that_asks_for_a_long_wait_gets_it(world: World) -> None:
    world.propose()
    world.deliver()
    world.bugzilla.switches.throttle = Throttle(retry_after_s=120)
    world.work()
    state = world.source_state()
    assert state.down_until is not None
    assert state.last_failure_at is not None
    assert 110 < (state.down_until - state.last_failure_at).total_seconds() <= 121


def test_an_answer_older_than_the_message_is_asked_for_again(world: World) -> None:
    (bug_id,) = world.propose()
    world.sync()
    world.messages.clear()
    world.edit(bug_id, whiteboard="AcceptedBlocker")
    world.bugzilla.switches.lag_edits = 1
    world.deliver()
    world.work()
    assert world.states() == {bug_id: "proposed"}
    (item,) = world.queue()
    assert item.stale_tries == 1
    world.bugzilla.switches.reset()
    _make_due(world)
    world.work()
    assert world.states() == {bug_id: "accepted"}
    assert world.queue() == []


def test_a_source_that_does_not_know_yet_what_its_message_tells_of_is_asked_again(world: World) -> None:
    (bug_id,) = world.propose()
    world.bugzilla.switches.lag_edits = 1
    world.deliver()
    world.work()
    assert world.states() == {}
    assert [(item.id, item.stale_tries) for item in world.queue()] == [(bug_id, 1)]
    world.bugzilla.switches.reset()
    _make_due(world)
    world.work()
    assert world.states() == {bug_id: "proposed"}
    assert world.queue() == []


def test_a_source_that_has_forgotten_a_bug_of_which_a_message_tells_takes_it_off_no_list(world: World) -> None:
    (bug_id,) = world.propose()
    world.sync()
    world.messages.clear()
    world.edit(bug_id, severity="low")
    # As of before the bug was filed.
    world.bugzilla.switches.lag_edits = 2
    world.deliver()
    world.work()
    assert world.active_ids() == {bug_id}
    assert [(item.id, item.stale_tries) for item in world.queue()] == [(bug_id, 1)]


def test_a_source_that_goes_on_lagging_is_not_asked_for_ever(world: World) -> None:
    (bug_id,) = world.propose()
    world.sync()
    world.messages.clear()
    world.edit(bug_id, whiteboard="AcceptedBlocker")
    world.bugzilla.switches.lag_edits = 1
    world.deliver()
    for _ in range(10):
        world.work()
        _make_due(world)
    assert world.queue() == []


def test_an_answer_older_than_what_is_stored_is_never_applied(world: World) -> None:
    (bug_id,) = world.propose()
    world.edit(bug_id, whiteboard="AcceptedBlocker")
    world.sync()
    world.messages.clear()
    world.bugzilla.switches.lag_edits = 2
    world.edit(bug_id, severity="low")
    world.deliver()
    world.work()
    assert world.states() == {bug_id: "accepted"}
    assert world.bug(bug_id).whiteboard == "AcceptedBlocker"
    (waiting,) = world.queue()
    assert (waiting.id, waiting.stale_tries) == (bug_id, 1)


def test_a_refused_key_is_an_alarm_and_removes_nothing(world: World) -> None:
    bug_ids = world.propose(3)
    world.sync()
    world.bugzilla.switches.fail = Failure("status", status=400, code=306)
    outcome = world.sync()
    assert outcome.state == "aborted"
    assert "key is refused" in outcome.problem
    assert world.active_ids() == set(bug_ids)


def test_bugs_that_are_silently_left_out_are_asked_for_one_by_one(world: World) -> None:
    bug_ids = world.propose(5)
    world.sync()
    world.bugzilla.switches.row_limit = 3
    outcome = world.sync()
    assert outcome.state == "complete"
    assert world.active_ids() == set(bug_ids)


def test_an_answer_without_any_tracker_makes_nothing_absent(world: World) -> None:
    bug_ids = world.propose(3)
    world.sync()
    world.bugzilla.switches.empty = True
    world.bugzilla.switches.paths = "GET /rest/bug$"
    world.edit(bug_ids[0], status="ASSIGNED")
    world.deliver()
    world.work()
    assert world.active_ids() == set(bug_ids)
    assert "nothing counts as absent" in world.source_state().last_error


def test_a_deleted_bug_leaves_the_lists_and_stays_in_the_database(world: World) -> None:
    first, second = world.propose(2)
    world.sync()
    world.bugzilla.switches.hide = frozenset({first})
    outcome = world.sync()
    assert outcome.state == "complete"
    assert world.active_ids() == {second}
    assert world.bug(first).absence is not None


def _make_due(world: World) -> None:
    with world.database.writing() as session:
        session.execute(update(WorkItem).values(due_at=database_now(session)))
