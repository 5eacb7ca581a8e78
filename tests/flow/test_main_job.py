"""The main job: what people do in Bugzilla changes what is stored, by a message or, without any, by a sync."""

import logging
from typing import Any

import pytest
from fedora_messaging.message import Message
from sqlalchemy import select

from bbconsumer.consumer import Consumer
from bbconsumer.db import workqueue
from bbconsumer.db.models import DeadLetter, SourceState
from bbconsumer.db.workqueue import Priority
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.trackers import TrackerKind
from tests.flow.world import FINAL, World, add_milestone


def test_a_message_makes_a_proposal_known_and_leaves_the_queue_empty(world: World) -> None:
    (bug_id,) = world.propose()
    world.deliver()
    assert [item.id for item in world.queue()] == [bug_id]
    world.work()
    assert world.states() == {bug_id: "proposed"}
    assert world.queue() == []


def _fields(caplog: pytest.LogCaptureFixture, logger: str) -> list[tuple[str, dict[str, Any]]]:
    """The lines that a logger wrote, each with what a log collector reads of it."""
    return [(each.message, vars(each)["fields"]) for each in caplog.records if each.name == f"bbconsumer.{logger}"]


def test_the_log_tells_of_each_key_what_became_of_it_and_which_message_was_about_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [f"bug/{bug_id}" for bug_id in world.propose(2)]
    sent = {message.id for message in world.messages}
    with caplog.at_level(logging.INFO, "bbconsumer"):
        world.deliver()
        world.work()
    last_message = {key: told["message_id"] for _, told in _fields(caplog, "consumer") for key in told["keys"]}
    assert last_message.keys() == set(keys)
    assert set(last_message.values()) <= sent
    worked = {f"{told['kind']}/{told['id']}": (line, told) for line, told in _fields(caplog, "reconcile")}
    assert worked.keys() == set(keys)
    for key, (line, told) in worked.items():
        assert (told["outcome"], told["message_id"]) == ("stored", last_message[key])
        assert line == f"{key}: stored (generation {told['generation']}, message {last_message[key]})"


def test_the_log_of_a_sync_names_no_message(world: World, caplog: pytest.LogCaptureFixture) -> None:
    (bug_id,) = world.propose()
    with caplog.at_level(logging.INFO, "bbconsumer"):
        world.sync()
    ((line, fields),) = _fields(caplog, "reconcile")
    assert (line, "message_id" in fields) == (f"bug/{bug_id}: stored (generation 1)", False)


def test_a_key_keeps_the_last_message_about_it_when_a_sync_wants_it_too(world: World) -> None:
    (bug_id,) = world.propose()
    world.edit(bug_id, summary="It still crashes")
    last = world.messages[-1].id
    world.deliver()
    with world.database.writing() as session:
        workqueue.mark(session, [Key(KeyKind.BUG, bug_id)], priority=Priority.SYNC)
    assert [item.message_id for item in world.queue()] == [last]


def test_a_sync_alone_gives_the_same_state_as_the_messages(world: World) -> None:
    first, second, third = world.propose(3)
    world.edit(first, whiteboard="AcceptedBlocker")
    world.edit(second, whiteboard="RejectedBlocker", blocks={"remove": [world.blocker]})
    world.messages.clear()
    outcome = world.sync()
    assert (outcome.state, outcome.left, outcome.problem) == ("complete", 0, "")
    assert world.states() == {first: "accepted", second: "rejected", third: "proposed"}


def test_a_bug_that_was_rejected_before_it_was_ever_seen_is_found_by_the_trackers_history(world: World) -> None:
    (bug_id,) = world.propose()
    world.edit(bug_id, whiteboard="RejectedBlocker", blocks={"remove": [world.blocker]})
    world.messages.clear()
    world.sync()
    assert world.states() == {bug_id: "rejected"}
    assert world.active_ids() == set()


def test_a_bug_that_left_its_tracker_while_nobody_listened_is_found_by_the_sync(world: World) -> None:
    (bug_id,) = world.propose()
    world.sync()
    world.edit(bug_id, blocks={"remove": [world.blocker]})
    world.messages.clear()
    world.sync()
    assert world.states() == {bug_id: "withdrawn"}
    assert world.active_ids() == set()


def test_an_existing_bug_is_marked_when_a_tracker_is_added_by_hand(world: World) -> None:
    bug_id = world.create()
    world.messages.clear()
    world.edit(bug_id, blocks={"add": [world.freeze_exception]})
    world.deliver()
    world.work()
    assert world.states(world.freeze_exception) == {bug_id: "proposed"}


def test_a_comment_on_a_bug_of_nobody_marks_nothing(world: World) -> None:
    bug_id = world.create()
    world.messages.clear()
    world.edit(bug_id, comment={"body": "Any news?"})
    assert world.messages
    world.deliver()
    assert world.queue() == []


def test_a_bug_marked_a_hundred_times_is_fetched_once(world: World) -> None:
    (bug_id,) = world.propose()
    world.sync()
    world.messages.clear()
    for number in range(100):
        world.edit(bug_id, comment={"body": f"Comment {number}"})
    world.deliver()
    assert [(item.id, item.generation) for item in world.queue()] == [(bug_id, 100)]
    world.bugzilla.requests.clear()
    world.work()
    assert world.bugzilla.requests.count("search") == 1
    assert world.queue() == []


def test_a_second_sync_finds_nothing_new_and_asks_little(world: World) -> None:
    bug_ids = world.propose(30)
    world.sync()
    events = {bug_id: world.events(bug_id) for bug_id in bug_ids}
    world.bugzilla.requests.clear()
    outcome = world.sync()
    assert outcome.state == "complete"
    assert {bug_id: world.events(bug_id) for bug_id in bug_ids} == events
    # The version, the trackers, the prioritized bugs, one batch of bugs; no history.
    asked = world.bugzilla.requests.by_kind()
    assert asked.get("history", 0) == 0
    assert sum(asked.values()) <= 5


def test_a_decision_tells_who_and_when(world: World) -> None:
    (bug_id,) = world.propose()
    world.edit(bug_id, whiteboard="AcceptedBlocker")
    world.sync()
    nomination = f"nomination/{world.blocker}"
    assert (nomination, "", "proposed") in world.events(bug_id)
    assert (nomination, "proposed", "accepted") in world.events(bug_id)


def test_a_new_milestone_changes_the_meaning_of_bugs_that_did_not_change(world: World) -> None:
    tracker = world.tracker_ids[FINAL, TrackerKind.BLOCKER]
    bug_id = world.create(blocks=[world.blocker, tracker])
    world.sync()
    assert world.states(tracker) == {}
    add_milestone(world, FINAL)
    world.sync()
    assert world.states(tracker) == {bug_id: "proposed"}


def test_a_message_of_which_not_even_an_id_can_be_read_is_kept(world: World) -> None:
    message = Message(topic="org.fedoraproject.prod.bugzilla.bug.update", body={"bug": None, "event": []})
    consumer = Consumer(world.settings, world.database)
    consumer(message)
    consumer(message)
    with world.database.reading() as session:
        (letter,) = session.scalars(select(DeadLetter))
        assert letter.message_id == message.id
        assert "no bug id" in letter.reason


def test_the_time_of_the_last_message_is_a_health_figure(world: World) -> None:
    consumer = Consumer(world.settings, world.database)
    consumer(Message(topic="org.fedoraproject.prod.bugzilla.bug.update", body={"event": {"bug_id": 7}}))
    with world.database.reading() as session:
        assert session.get_one(SourceState, "bus").last_success_at is not None
        assert session.get_one(SourceState, "bus-bugzilla").last_success_at is not None
