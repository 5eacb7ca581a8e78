"""Updates become known: by message and by sync, whatever became of the messages."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from sqlalchemy import delete, select

from bbconsumer.db.events import EventLog
from bbconsumer.db.models import DeadLetter, SourceState, SyncRun, UpdateRow
from bbconsumer.db.updates import register_updates
from bbconsumer.domain.facts import MilestoneFacts
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.domain.timeline import Event
from bbconsumer.reporting import load_facts
from tests.flow.bodhi import UpdateWorld, build_update_world
from tests.flow.world import BETA, START, in_background
from tests.sources.world import get, send_json, serving


@pytest.fixture
def world(database_url: str) -> Iterator[UpdateWorld]:
    """Bugs and updates, on each database in turn."""
    with build_update_world(database_url) as world:
        yield world


def test_an_update_is_stored_when_its_message_comes(world: UpdateWorld) -> None:
    bug_id = world.propose()
    alias = world.submit(bug_id, 77)
    world.settle()
    update = world.the_update(bug_id)
    assert (update.alias, update.status, update.request) == (alias, "pending", "testing")
    assert update.bug_ids == {bug_id, 77}
    world.state.push_to_testing(alias)
    world.state.comment(alias, "bob", "works", 1)
    world.settle()
    update = world.the_update(bug_id)
    assert (update.status, update.request, update.karma, update.stable_karma) == ("testing", "", 1, 3)
    assert update == world.the_update(77)


def test_an_update_that_names_no_bug_of_ours_is_not_stored(world: UpdateWorld) -> None:
    world.propose()
    world.submit(77)
    world.settle()
    world.sync()
    assert world.aliases() == set()


def test_an_update_of_which_all_messages_were_lost_is_found_by_the_next_sync(world: UpdateWorld) -> None:
    bug_id = world.propose()
    alias = world.submit(bug_id)
    world.state.push_to_testing(alias)
    world.lose_messages()
    assert [str(outcome.state) for outcome in world.sync()] == ["complete", "complete"]
    assert (world.the_update(bug_id).alias, world.the_update(bug_id).status) == (alias, "testing")


def test_karma_whose_message_was_lost_is_found_though_it_moves_no_time(world: UpdateWorld) -> None:
    bug_id = world.propose()
    alias = world.submit(bug_id)
    world.settle()
    world.let_days_pass()
    world.state.comment(alias, "bob", "broken", -1)
    world.lose_messages()
    world.sync_updates()
    assert world.the_update(bug_id).karma == -1


def test_an_update_that_comes_to_name_our_bug_is_found_by_message_and_by_sync(world: UpdateWorld) -> None:
    for is_heard in (True, False):
        bug_id = world.propose()
        alias = world.submit(77)
        world.lose_messages()
        world.state.edit_update(alias, "alice", add_bugs=[bug_id])
        if is_heard:
            world.settle()
        else:
            world.lose_messages()
            world.sync()
        assert world.the_update(bug_id).alias == alias


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_bug_that_is_removed_from_an_update_loses_it(world: UpdateWorld, is_heard: bool) -> None:
    bug_id, other_id = world.propose(), world.propose()
    alias = world.submit(bug_id, other_id)
    world.settle()
    world.let_days_pass()
    world.state.edit_update(alias, "alice", remove_bugs=[bug_id])
    if is_heard:
        world.settle()
    else:
        world.lose_messages()
        world.sync_updates()
    assert world.of(bug_id) == ()
    assert world.the_update(other_id).alias == alias
    assert world.events(alias)[-1] == ("bugs", f"{bug_id} {other_id}", str(other_id))


def test_an_update_that_is_gone_belongs_to_no_bug_until_it_comes_back(world: UpdateWorld) -> None:
    bug_id = world.propose()
    alias = world.submit(bug_id)
    world.settle()
    world.bodhi.switches.update({"hide": [world.state.update(alias).id]})
    world.sync_updates()
    assert world.of(bug_id) == ()
    world.sync_updates()
    assert world.events(alias)[-1] == ("absence", "", "missing")
    world.bodhi.switches.reset()
    world.sync_updates()
    assert world.the_update(bug_id).alias == alias
    assert [event for event in world.events(alias) if event[0] in {"absence", "created"}] == [
        ("created", "", "package0-1-1.fc45"),
        ("absence", "", "missing"),
        ("absence", "missing", ""),
    ]


def test_an_outage_of_bodhi_costs_no_message_and_does_not_hold_up_bugs(world: UpdateWorld) -> None:
    bug_id = world.propose()
    alias = world.submit(bug_id)
    world.bodhi.switches.update({"fail": {"kind": "status", "status": 502}})
    (other_id,) = world.bugs.propose()
    world.settle()
    assert other_id in world.bugs.states()
    assert world.of(bug_id) == ()
    bugs, updates = world.sync()
    assert (str(bugs.state), str(updates.state)) == ("complete", "aborted")
    assert "bodhi" in updates.problem
    world.bodhi.switches.reset()
    world.let_back_off_end()
    world.settle()
    assert world.the_update(bug_id).alias == alias
    assert world.bugs.queue() == []


def test_one_update_that_cannot_be_read_holds_up_no_other(world: UpdateWorld) -> None:
    bug_id = world.propose()
    broken, *others = [world.submit(bug_id) for _ in range(5)]
    world.lose_messages()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        response = get(world.bodhi.url + handler.path)
        content = response.json()
        for update in content.get("updates", ()):
            if update["alias"] == broken:
                update["karma"] = "many"
        send_json(handler, content, response.status_code)

    with serving(answer) as url:
        world.bugs.settings = dataclasses.replace(world.bugs.settings, bodhi_url=url)
        outcome = world.sync_updates()
    assert (str(outcome.state), outcome.keys, outcome.left) == ("incomplete", 5, 1)
    assert [update.alias for update in world.of(bug_id)] == sorted(others)
    (waiting,) = world.bugs.queue()
    assert "karma" in (waiting.last_error or "") or broken in (waiting.last_error or "")


def test_a_message_about_an_update_of_a_bug_that_is_only_queued_is_not_lost(world: UpdateWorld) -> None:
    (bug_id,) = world.bugs.propose()
    world.submit(bug_id)
    world.settle()
    assert len(world.of(bug_id)) == 1


def test_an_old_message_without_an_alias_about_our_bug_waits_for_a_person(world: UpdateWorld) -> None:
    bug_id = world.propose()
    world.submit(bug_id)
    for message in world.bugs.messages:
        message.body["update"]["alias"] = None
    count = len(world.bugs.messages)
    world.settle()
    with world.bugs.database.reading() as session:
        letters = list(session.scalars(select(DeadLetter.reason)))
    assert len(letters) == count
    assert all("no alias" in reason for reason in letters)


def test_a_sync_costs_few_requests_and_reads_again_only_what_may_have_changed(world: UpdateWorld) -> None:
    bug_ids = world.bugs.propose(5)
    aliases = [world.submit(bug_id) for bug_id in bug_ids]
    for alias in aliases[:3]:
        world.state.push_to_testing(alias)
        world.state.request_stable(alias, "alice")
        world.state.push_to_stable(alias)
    world.lose_messages()
    for outcome in (world.sync()[1], world.sync()[1]):
        assert (str(outcome.state), outcome.keys) == ("complete", 5)
    world.let_days_pass()
    world.bodhi.requests.clear()
    # Three are stable for long.
    assert world.sync_updates().keys == 2
    # By bugs, three times of change, comments, and the two updates.
    assert world.bodhi.requests.count() == 6
    world.state.edit_update(aliases[0], "alice", notes="They came too late")
    world.lose_messages()
    assert world.sync_updates().keys == 3


def test_a_sync_that_finds_no_update_has_heard_of_bodhi_all_the_same(world: UpdateWorld) -> None:
    with world.bugs.database.reading() as session:
        assert session.get_one(SourceState, "bodhi").last_success_at is not None


def test_two_who_meet_an_alias_at_once_give_it_one_number(postgresql_url: str) -> None:
    with build_update_world(postgresql_url) as world:
        found: list[frozenset[Key]] = []

        def register() -> None:
            with world.bugs.database.writing() as session:
                found.append(register_updates(session, ["FEDORA-2026-1", "FEDORA-2026-2"]))

        with world.bugs.database.writing() as session:
            first = register_updates(session, ["FEDORA-2026-2"])
            other = in_background(register)
            other.join(timeout=0.3)
        other.join(timeout=30)
        (both,) = found
        assert first < both
        assert {key.kind for key in both} == {KeyKind.UPDATE}
        with world.bugs.database.reading() as session:
            assert {Key(KeyKind.UPDATE, i) for i in session.scalars(select(UpdateRow.id))} == both


def test_a_message_that_overtakes_what_it_tells_of_is_asked_for_again(world: UpdateWorld) -> None:
    bug_id = world.propose()
    alias = world.submit(bug_id)
    world.settle()
    world.clock.advance(3600)
    world.state.push_to_testing(alias)
    for message in world.bugs.messages:
        message.body["update"]["date_testing"] = "2999-01-01 00:00:00"
    world.settle()
    # What was answered is stored all the same: it is not older than what was.
    assert world.the_update(bug_id).status == "testing"
    (waiting,) = world.bugs.queue()
    assert (waiting.kind, waiting.stale_tries) == (KeyKind.UPDATE, 1)


def test_an_update_that_bodhi_does_not_know_yet_is_asked_for_again(world: UpdateWorld) -> None:
    bug_id = world.propose()
    world.settle()
    world.bodhi.switches.lag_edits = 1
    world.submit(bug_id)
    world.settle()
    (waiting,) = world.bugs.queue()
    assert (waiting.kind, waiting.stale_tries) == (KeyKind.UPDATE, 1)
    world.bodhi.switches.reset()
    world.let_back_off_end()
    world.settle()
    assert world.the_update(bug_id).status == "pending"
    assert world.bugs.queue() == []


def test_readiness_is_told_of_updates_once_a_sync_has_read_them_all(world: UpdateWorld) -> None:
    bug_id = world.propose()
    alias = world.submit(bug_id)
    world.settle()

    def facts() -> MilestoneFacts:
        with world.bugs.database.reading() as session:
            found = load_facts(session, BETA, world.bugs.settings)
        assert found is not None
        return found

    assert [update.alias for update in facts().bugs_by_id[bug_id].updates] == [alias]
    assert facts().are_updates_known
    (bodhi,) = [source for source in facts().sources if source.name == "Bodhi"]
    assert bodhi.last_success_at is not None
    with world.bugs.database.writing() as session:
        session.execute(delete(SyncRun).where(SyncRun.source == "bodhi"))
    assert not facts().are_updates_known


def _register(world: UpdateWorld, *aliases: str) -> frozenset[Key]:
    with world.bugs.database.writing() as session:
        return register_updates(session, aliases)


def test_what_came_about_in_steps_within_one_second_is_one_event(world: UpdateWorld) -> None:
    (key,) = _register(world, "FEDORA-2026-1")
    for new in ("1", "2", "2", "0"):
        with world.bugs.database.writing() as session:
            log = EventLog(session, KeyKind.UPDATE, START)
            log.add(key.id, [Event(START, "bugs", "", "0" if new == "1" else "1", new)])
            log.close()
        told = world.events("FEDORA-2026-1")
        assert told == ([] if new == "0" else [("bugs", "0", new)])
