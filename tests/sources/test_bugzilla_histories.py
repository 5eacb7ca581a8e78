"""Histories: several in one request where the server can, one by one where it cannot, and none of them is lost."""

from __future__ import annotations

import pytest

from bbconsumer.sources import RequestRefused, SourceUnavailable
from tests.sources.world import MISSING_ID, PRIVATE_GROUP, Json, World, source_of, tampered


def edited(world: World, count: int) -> list[int]:
    """Bugs with one change each, which tells whose it is."""
    ids = world.file_many(count)
    for bug_id in ids:
        world.edit(bug_id, whiteboard=f"mark of {bug_id}")
    return ids


def whiteboards(world: World, ids: list[int]) -> dict[int, list[str]]:
    histories = world.source().fetch_histories(ids)
    return {bug_id: [entry.added for entry in entries] for bug_id, entries in histories.items()}


def test_many_histories_cost_one_request_for_a_hundred(either_world: World) -> None:
    ids = edited(either_world, 120)
    assert whiteboards(either_world, ids) == {bug_id: [f"mark of {bug_id}"] for bug_id in ids}
    assert either_world.asked() == {"history": 2}


def test_a_server_that_ignores_further_ids_is_asked_one_by_one(world: World) -> None:
    ids = edited(world, 5)
    world.server.switches.refuse_history_ids = True
    assert whiteboards(world, ids) == {bug_id: [f"mark of {bug_id}"] for bug_id in ids}
    assert world.asked() == {"history": 5}


def test_a_server_that_answers_about_some_is_asked_about_the_others(world: World) -> None:
    def forget_the_last(_: str, answer: Json) -> None:
        if len(answer.get("bugs", [])) > 1:
            answer["bugs"].pop()

    ids = edited(world, 4)
    with tampered(world, forget_the_last) as url:
        histories = source_of(url).fetch_histories(ids)
    assert {bug_id: entries[0].added for bug_id, entries in histories.items()} == {i: f"mark of {i}" for i in ids}


def test_histories_are_told_apart_in_whatever_order_they_come(world: World) -> None:
    ids = edited(world, 4)
    with tampered(world, lambda _, answer: answer.get("bugs", []).reverse()) as url:
        histories = source_of(url).fetch_histories(ids)
    assert {bug_id: entries[0].added for bug_id, entries in histories.items()} == {i: f"mark of {i}" for i in ids}


@pytest.mark.parametrize("bugs", [[], [{"id": 4711, "history": []}], [{"history": []}]])
def test_an_answer_about_other_bugs_only_is_no_answer(world: World, bugs: list[Json]) -> None:
    def replace(path: str, answer: Json) -> Json:
        return {"bugs": bugs} if "/history" in path else answer

    with tampered(world, replace) as url, pytest.raises(SourceUnavailable, match=f"history of bug {world.tracker}"):
        source_of(url).fetch_histories([world.tracker])


@pytest.mark.parametrize("place", [0, 2, 4])
def test_one_bug_that_may_not_be_read_refuses_the_request_and_asking_for_fewer_finds_it(
    world: World, place: int
) -> None:
    ids = edited(world, 4)
    ids.insert(place, world.file(groups=[PRIVATE_GROUP]))
    with pytest.raises(RequestRefused):
        world.source().fetch_histories(ids)
    readable = [bug_id for bug_id in ids if bug_id != ids[place]]
    assert whiteboards(world, readable).keys() == set(readable)
    with pytest.raises(RequestRefused):
        world.source().fetch_histories([ids[place]])


def test_a_missing_bug_refuses_the_request(world: World) -> None:
    with pytest.raises(RequestRefused):
        world.source().fetch_histories([world.tracker, MISSING_ID])


@pytest.mark.parametrize(
    "history", [None, [{}], [{"when": "2026-11-23T15:08:32Z", "changes": [{}]}], [{"changes": None}], ["x"], "x"]
)
def test_a_history_without_sense_is_refused_and_named(world: World, history: object) -> None:
    def spoil(path: str, answer: Json) -> None:
        if "/history" in path:
            answer["bugs"][0]["history"] = history

    with tampered(world, spoil) as url:
        with pytest.raises(RequestRefused, match=f"history of bug {world.tracker}"):
            source_of(url).fetch_histories([world.tracker])
        with pytest.raises(RequestRefused, match=f"history of tracker {world.tracker}"):
            source_of(url).fetch_former_members([world.tracker])


def test_a_change_without_a_time_is_refused_and_named(world: World) -> None:
    def spoil(path: str, answer: Json) -> None:
        if "/history" in path:
            answer["bugs"][0]["history"][0]["when"] = "yesterday"

    (bug_id,) = edited(world, 1)
    with tampered(world, spoil) as url, pytest.raises(RequestRefused, match=f"history of bug {bug_id}.*yesterday"):
        source_of(url).fetch_histories([bug_id])


def test_a_bug_that_nobody_changed_has_an_empty_history(world: World) -> None:
    (bug_id,) = world.file_many(1)
    assert world.source().fetch_histories([bug_id]) == {bug_id: ()}


def test_former_members_are_all_that_ever_left(either_world: World) -> None:
    world = either_world
    stayed, left, came_back = (world.file(blocks=[world.tracker]) for _ in range(3))
    other_tracker = world.file("Freeze exceptions")
    moved = world.file(blocks=[other_tracker])
    world.edit(left, blocks={"remove": [world.tracker]})
    world.edit(came_back, blocks={"remove": [world.tracker]})
    world.edit(came_back, blocks={"add": [world.tracker]})
    world.edit(moved, blocks={"set": [world.tracker]})
    source = world.source()
    assert source.fetch_former_members([world.tracker, other_tracker]) == {left, came_back, moved}
    assert stayed not in source.fetch_former_members([world.tracker])
    assert world.asked() == {"history": 2}


def test_many_bugs_that_left_in_one_second_are_all_named(world: World) -> None:
    """Bugzilla merges what happens to one bug in a second: to the tracker, all of this did."""
    ids = world.file_many(40, blocks=[world.tracker])
    for bug_id in ids:
        world.edit(bug_id, blocks={"remove": [world.tracker]})
    assert world.source().fetch_former_members([world.tracker]) == set(ids)
