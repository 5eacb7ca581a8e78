"""Absence is proven, never guessed; and what the public may not read is nowhere."""

from __future__ import annotations

import pytest

from bbconsumer.domain.snapshots import AbsenceReason, Absent, BugSnapshot
from bbconsumer.simulator.switches import Failure
from bbconsumer.sources import RequestRefused, SourceUnavailable
from tests.sources.world import MISSING_ID, PRIVATE_GROUP, Json, World, source_of, tampered


def test_a_bug_left_out_of_an_answer_is_asked_for_singly(either_world: World) -> None:
    world = either_world
    first, second = world.file_many(2)
    answers = world.source().fetch_bugs([first, second, MISSING_ID], [world.tracker], {})
    assert answers[MISSING_ID] == Absent(MISSING_ID, AbsenceReason.MISSING)
    assert isinstance(answers[first], BugSnapshot)
    assert isinstance(answers[second], BugSnapshot)
    assert world.asked()["bug"] == 1


def test_a_bug_left_out_for_no_reason_is_found_when_asked_for_singly(world: World) -> None:
    first, second = world.file_many(2)
    world.server.switches.paths = "GET /rest/bug$"
    world.server.switches.hide = frozenset({first})
    answers = world.source().fetch_bugs([first, second], [world.tracker], {})
    assert isinstance(answers[first], BugSnapshot)
    assert world.asked()["bug"] == 1


def test_a_bug_that_our_key_may_not_read_is_private(world: World) -> None:
    bug_id = world.file(groups=[PRIVATE_GROUP])
    assert world.source().fetch_bugs([bug_id], [world.tracker], {}) == {bug_id: Absent(bug_id, AbsenceReason.PRIVATE)}


def test_a_bug_that_only_our_key_may_read_is_private_too(world: World) -> None:
    bug_id = world.file(groups=[PRIVATE_GROUP])
    source = world.source(key="insider-key")
    assert source.fetch_bugs([bug_id], [world.tracker], {}) == {bug_id: Absent(bug_id, AbsenceReason.PRIVATE)}
    assert world.asked() == {"search": 1}


def test_a_private_bug_is_private_even_if_it_cannot_be_read(world: World) -> None:
    """No error tells of it, and what was shown of it before is taken away."""

    def spoil(_: str, answer: Json) -> None:
        for bug in answer.get("bugs", []):
            bug |= {"groups": ["security"], "version": {"very": "secret"}, "last_change_time": None}

    (bug_id,) = world.file_many(1)
    with tampered(world, spoil) as url:
        answers = source_of(url).fetch_bugs([bug_id], [world.tracker], {})
    assert answers == {bug_id: Absent(bug_id, AbsenceReason.PRIVATE)}


def test_without_a_tracker_in_the_answer_nothing_is_absent(world: World) -> None:
    first, second = world.file_many(2)
    world.server.switches.hide = frozenset({first, world.tracker})
    with pytest.raises(SourceUnavailable, match="1 of 2 bugs are missing, and every tracker: nothing counts as absent"):
        world.source().fetch_bugs([first, second], [world.tracker], {})
    assert world.asked().get("bug", 0) == 0


def test_an_empty_answer_makes_nothing_absent(world: World) -> None:
    ids = world.file_many(3)
    world.server.switches.empty = True
    with pytest.raises(SourceUnavailable, match="nothing counts as absent"):
        world.source().fetch_bugs(ids, [world.tracker], {})


def test_one_tracker_of_several_is_proof_enough(world: World) -> None:
    other = world.file("Freeze exceptions")
    world.server.switches.hide = frozenset({world.tracker})
    answers = world.source().fetch_bugs([MISSING_ID], [world.tracker, other], {})
    assert answers == {MISSING_ID: Absent(MISSING_ID, AbsenceReason.MISSING)}


def test_without_any_tracker_to_ask_for_only_the_missing_bug_is_refused(world: World) -> None:
    """Before the first milestone is set up: one bug that vanished must not make the source look down."""
    (bug_id,) = world.file_many(1)
    with pytest.raises(RequestRefused, match=str(MISSING_ID)):
        world.source().fetch_bugs([bug_id, MISSING_ID], [], {})
    assert world.source().fetch_bugs([bug_id], [], {}).keys() == {bug_id}


def test_an_absence_that_was_proven_before_is_not_asked_for_again(world: World) -> None:
    known = {MISSING_ID: AbsenceReason.MISSING, MISSING_ID + 1: AbsenceReason.PRIVATE}
    answers = world.source().fetch_bugs([*known, *world.file_many(1)], [world.tracker], known)
    assert {i: answers[i] for i in known} == {i: Absent(i, reason) for i, reason in known.items()}
    assert "bug" not in world.asked()


def test_an_absence_that_was_proven_before_ends_when_the_bug_is_back(world: World) -> None:
    (bug_id,) = world.file_many(1)
    answers = world.source().fetch_bugs([bug_id], [world.tracker], {bug_id: AbsenceReason.PRIVATE})
    assert isinstance(answers[bug_id], BugSnapshot)


def test_trackers_are_asked_for_but_not_part_of_the_answer(world: World) -> None:
    (bug_id,) = world.file_many(1)
    assert world.source().fetch_bugs([bug_id], [world.tracker], {}).keys() == {bug_id}


def test_a_failure_while_asking_singly_is_no_absence(world: World) -> None:
    world.server.switches.paths = f"GET /rest/bug/{MISSING_ID}$"
    world.server.switches.fail = Failure("html", status=502)
    with pytest.raises(SourceUnavailable, match="HTTP 502"):
        world.source().fetch_bugs([MISSING_ID], [world.tracker], {})


def test_an_answer_about_another_bug_than_was_asked_for_is_no_answer(world: World) -> None:
    (bug_id,) = world.file_many(1)

    def swap(path: str, answer: Json) -> None:
        if "bugs" in answer:
            answer["bugs"] = [bug for bug in answer["bugs"] if bug["id"] != bug_id]
        if path.startswith(f"/rest/bug/{bug_id}"):
            answer["bugs"] = [{"id": world.tracker}]
        answer.pop("total_matches", None)

    with tampered(world, swap) as url, pytest.raises(SourceUnavailable, match="cannot be read"):
        source_of(url).fetch_bugs([bug_id], [world.tracker], {})


def test_a_tracker_that_cannot_be_read_is_left_out(world: World) -> None:
    hidden = world.file(groups=[PRIVATE_GROUP])
    assert world.source().fetch_trackers([world.tracker, hidden, MISSING_ID]).keys() == {world.tracker}


@pytest.mark.parametrize("alias", ["F45BetaBlocked", "no such alias", "ünïcode"])
def test_an_alias_that_nobody_has_is_no_error(either_world: World, alias: str) -> None:
    assert either_world.source().find_tracker_id(alias) is None


def test_an_alias_of_a_bug_that_cannot_be_read_leads_nowhere(world: World) -> None:
    world.file(groups=[PRIVATE_GROUP], alias=["F45FinalBlocker"])
    assert world.source().find_tracker_id("F45FinalBlocker") is None
    assert world.source(key="insider-key").find_tracker_id("F45FinalBlocker") is not None
