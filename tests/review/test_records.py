"""Decisions of tickets are recorded in Bugzilla once, and never over what a person did."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bbconsumer.domain.keys import KeyKind
from bbconsumer.wiring import build_source
from tests.review.world import SECRETARY, ReviewWorld, build_review_world


def _decided(world: ReviewWorld, bug_id: int, command: str) -> tuple[int, int]:
    """A ticket about the bug in which the secretary decides; gives the numbers of the ticket and of the comment."""
    ticket_id = world.open_ticket(f"[{bug_id}] It crashes")
    return ticket_id, world.say(ticket_id, command, SECRETARY)


def _our_comments(world: ReviewWorld, bug_id: int) -> list[str]:
    comments = build_source(world.bugs.settings).fetch_comments(bug_id)
    return [comment.text for comment in comments if comment.text.startswith("Decided in the review ticket")]


def test_an_acceptance_sets_the_word_and_says_who_decided_and_where(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.propose(whiteboard="other words")
    ticket_id, comment_id = _decided(world, bug_id, "AGREED AcceptedBetaBlocker")
    world.settle()
    bug = world.bugs.bugzilla.state.bug(bug_id)
    assert bug.whiteboard == "other words AcceptedBlocker"
    assert world.bugs.blocker in bug.blocks
    assert world.bugs.states() == {bug_id: "accepted"}
    (comment,) = _our_comments(world, bug_id)
    assert f"BetaBlocker: accepted, by {SECRETARY}: {world.pagure.url}/" in comment
    assert comment.endswith(f"/issue/{ticket_id}#comment-{comment_id}")
    assert world.records(bug_id) == {"BetaBlocker": ("done", "")}
    world.sync()
    world.settle()
    assert len(_our_comments(world, bug_id)) == 1


def test_a_rejection_removes_the_tracker_by_its_number(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.propose()
    _decided(world, bug_id, "AGREED RejectedBetaBlocker")
    world.settle()
    bug = world.bugs.bugzilla.state.bug(bug_id)
    assert (bug.whiteboard, list(bug.blocks)) == ("RejectedBlocker", [])
    assert world.bugs.states() == {bug_id: "rejected"}
    assert world.records(bug_id) == {"BetaBlocker": ("done", "")}


def test_a_rejected_blocker_that_is_an_accepted_exception_is_one_change(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.propose()
    world.bugs.edit(bug_id, blocks={"add": [world.bugs.freeze_exception]})
    _decided(world, bug_id, "AGREED RejectedBetaBlocker AcceptedBetaFE")
    world.settle()
    bug = world.bugs.bugzilla.state.bug(bug_id)
    assert bug.whiteboard == "RejectedBlocker AcceptedFreezeException"
    assert list(bug.blocks) == [world.bugs.freeze_exception]
    assert len(_our_comments(world, bug_id)) == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda w, b: w.bugs.edit(b, blocks={"remove": [w.bugs.blocker]}), "the tracker was removed"),
        (lambda w, b: w.bugs.edit(b, whiteboard="RejectedBlocker"), "RejectedBlocker was set"),
    ],
)
def test_what_a_person_did_after_the_decision_is_not_overruled(
    database_url: str, change: Callable[[ReviewWorld, int], None], problem: str
) -> None:
    with build_review_world(database_url, decisions_write_back=True) as world:
        bug_id = world.propose()
        world.settle()
        _decided(world, bug_id, "AGREED AcceptedBetaBlocker")
        world.bugs.clock.now = world.clock()
        change(world, bug_id)
        before = world.bugs.bugzilla.state.bug(bug_id)
        world.settle()
        assert world.bugs.bugzilla.state.bug(bug_id) == before
        ((state, text),) = world.records(bug_id).values()
        assert (state, problem in text) == ("conflict", True)


def test_nothing_is_recorded_without_the_switch(world: ReviewWorld) -> None:
    bug_id = world.propose()
    ticket_id, _ = _decided(world, bug_id, "AGREED AcceptedBetaBlocker")
    world.settle()
    world.sync()
    assert world.bugs.bugzilla.state.bug(bug_id).whiteboard == ""
    assert world.review(ticket_id).decisions
    assert world.records(bug_id) == {}


def test_a_change_whose_answer_was_lost_is_not_made_twice(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.propose()
    world.bugs.bugzilla.switches.update(
        {"paths": "PUT", "fail": {"kind": "closed", "times": 1, "carried_out": True}, "lose_messages": True}
    )
    _decided(world, bug_id, "AGREED AcceptedBetaBlocker")
    world.settle()
    assert world.records(bug_id) == {"BetaBlocker": ("intended", "")}
    world.bugs.bugzilla.switches.reset()
    world.let_time_pass()
    world.settle()
    assert world.bugs.bugzilla.state.bug(bug_id).whiteboard == "AcceptedBlocker"
    assert len(_our_comments(world, bug_id)) == 1
    assert world.records(bug_id) == {"BetaBlocker": ("done", "")}


def test_a_change_that_was_never_made_is_made_when_that_is_certain(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.propose()
    world.bugs.bugzilla.switches.update({"paths": "PUT", "fail": {"kind": "closed", "times": 1}})
    _decided(world, bug_id, "AGREED AcceptedBetaBlocker")
    world.settle()
    world.let_time_pass()
    world.settle()
    assert world.bugs.bugzilla.state.bug(bug_id).whiteboard == ""
    assert {item.kind for item in world.bugs.queue()} == {KeyKind.RECORD}
    world.forget_when_it_was_recorded(bug_id)
    world.let_time_pass()
    world.settle()
    assert world.bugs.bugzilla.state.bug(bug_id).whiteboard == "AcceptedBlocker"
    assert len(_our_comments(world, bug_id)) == 1


def test_a_refused_change_is_told_and_holds_up_nothing_else(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id, other_id = world.propose(), world.propose()
    world.bugs.bugzilla.switches.update(
        {"paths": f"PUT /rest/bug/{bug_id}$", "fail": {"kind": "status", "status": 400, "code": 116}}
    )
    for decided in (bug_id, other_id):
        _decided(world, decided, "AGREED AcceptedBetaBlocker")
    world.settle()
    assert world.bugs.states() == {bug_id: "proposed", other_id: "accepted"}
    (waiting,) = [item for item in world.bugs.queue() if item.kind == KeyKind.RECORD]
    assert (waiting.id, waiting.attempts) == (bug_id, 1)
