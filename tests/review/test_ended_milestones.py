"""What is written for a milestone stops when it ends; what the tickets and Bugzilla say of it stays as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bbconsumer import commands
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.simulator.pagure_records import CLOSED, OPEN, Ticket
from bbconsumer.wiring import build_source
from tests.flow.world import BETA, FINAL
from tests.review.world import SECRETARY, ReviewWorld, build_review_world


@pytest.fixture
def world(sqlite_url: str) -> Iterator[ReviewWorld]:
    """Tickets are opened and decisions recorded: what is asked here is the same on both databases."""
    with build_review_world(sqlite_url, pagure_bot_enabled=True, decisions_write_back=True) as world:
        yield world


def _roll_over(world: ReviewWorld) -> None:
    """Beta ends, Final begins, and the syncs go round."""
    bugs = world.bugs
    plan = commands.plan_rollover(bugs.database, build_source(bugs.settings), BETA)
    commands.apply_rollover(bugs.database, plan, actor="alice")
    world.sync()
    world.settle()


def _ticket_of(world: ReviewWorld, bug_id: int) -> Ticket:
    (ticket,) = (t for t in world.tickets_at_pagure() if t.title.startswith(f"[{bug_id}]"))
    return ticket


def _writes(world: ReviewWorld) -> list[str]:
    asked = [*world.pagure.requests.all(), *world.bugs.bugzilla.requests.all()]
    return [f"{one.method} {one.path}" for one in asked if one.method != "GET"]


def test_tickets_keep_what_they_say_and_those_with_nothing_left_to_decide_are_closed(world: ReviewWorld) -> None:
    final = world.bugs.tracker_ids[FINAL, TrackerKind.BLOCKER]
    open_one, decided, moved = (world.propose() for _ in range(3))
    both = world.propose()
    world.settle()
    world.say(_ticket_of(world, open_one).id, "BetaBlocker +1", "alice")
    world.say(_ticket_of(world, decided).id, "AGREED AcceptedBetaBlocker", SECRETARY)
    world.bugs.edit(moved, blocks={"add": [final], "remove": [world.bugs.blocker]})
    world.bugs.edit(both, blocks={"add": [final]})
    world.settle()
    before = {bug_id: _ticket_of(world, bug_id) for bug_id in (open_one, decided, both)}
    assert [ticket.status for ticket in before.values()] == [OPEN, CLOSED, OPEN]
    _roll_over(world)
    after = {bug_id: _ticket_of(world, bug_id) for bug_id in before}
    assert [ticket.status for ticket in after.values()] == [CLOSED, CLOSED, OPEN]
    for bug_id in (open_one, decided):
        assert after[bug_id].content == before[bug_id].content
        assert "Blocker** of Fedora 45 Beta" in after[bug_id].content
    for bug_id in (both, moved):
        assert "Proposed Blocker** of Fedora 45 Final" in _ticket_of(world, bug_id).content
    assert "Proposed Blocker** of Fedora 45 Beta" in after[both].content
    assert _ticket_of(world, moved).status == OPEN


def test_then_it_is_quiet_until_the_bug_is_proposed_for_what_comes_next(world: ReviewWorld) -> None:
    bug_id = world.propose()
    world.settle()
    _roll_over(world)
    world.pagure.requests.clear()
    world.bugs.bugzilla.requests.clear()
    world.say(_ticket_of(world, bug_id).id, "BetaBlocker +1", "bob")
    world.settle()
    world.sync()
    world.settle()
    assert _writes(world) == []
    world.bugs.edit(bug_id, blocks={"add": [world.bugs.tracker_ids[FINAL, TrackerKind.BLOCKER]]})
    world.settle()
    ticket = _ticket_of(world, bug_id)
    assert ticket.status == OPEN
    assert "Proposed Blocker** of Fedora 45 Final" in ticket.content
    assert "BetaBlocker (+1, 0, -0) (+bob)" in ticket.content


def test_decisions_about_what_has_ended_are_not_recorded_and_those_that_were_stay_recorded(world: ReviewWorld) -> None:
    recorded, late = world.propose(), world.propose()
    world.settle()
    world.say(_ticket_of(world, recorded).id, "AGREED AcceptedBetaBlocker", SECRETARY)
    world.settle()
    assert world.records(recorded) == {"BetaBlocker": ("done", "")}
    _roll_over(world)
    world.bugs.bugzilla.requests.clear()
    world.say(_ticket_of(world, late).id, "AGREED RejectedBetaBlocker", SECRETARY)
    world.settle()
    world.sync()
    world.settle()
    assert not [line for line in _writes(world) if "/rest/" in line]
    assert world.bugs.bugzilla.state.bug(late).whiteboard == ""
    assert world.records(late) == {}
    # Also while the bug is read because of what comes next.
    world.bugs.edit(recorded, blocks={"add": [world.bugs.tracker_ids[FINAL, TrackerKind.BLOCKER]]})
    world.settle()
    assert world.records(recorded) == {"BetaBlocker": ("done", "")}
