"""Review tickets are opened, kept up to date and closed by what is stored, and by nothing else."""

from __future__ import annotations

from sqlalchemy import select

from bbconsumer.db.models import DiscussionRow
from bbconsumer.simulator.cast import SECRETARY as BUGZILLA_SECRETARY
from bbconsumer.simulator.pagure_records import CLOSED, OPEN, Ticket
from tests.review.world import BOT, REPO, SECRETARY, ReviewWorld, build_review_world


def _only(world: ReviewWorld) -> Ticket:
    (ticket,) = world.tickets_at_pagure()
    return ticket


def test_a_proposed_bug_gets_one_ticket_that_says_what_it_is_about(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.propose(summary="GNOME Shell black screen", comment={"body": "The criterion says so."})
    world.settle()
    ticket = _only(world)
    assert (ticket.title, ticket.status, ticket.user) == (f"[{bug_id}] GNOME Shell black screen", OPEN, BOT)
    for text in (
        f"show_bug.cgi?id={bug_id}",
        f"/bugimg/{bug_id}",
        "Proposed Blocker** of Fedora 45 Beta",
        "Nobody has voted yet.",
        "How to vote",
    ):
        assert text in ticket.content
    world.pagure.requests.clear()
    world.sync()
    world.settle()
    assert _only(world) == ticket
    # The project, the tickets that changed lately, and the one among them.
    assert world.pagure.requests.count() <= 3


def test_the_proposal_comment_is_quoted(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.bugs.create("It crashes")
    start = "Proposed as a Blocker for 45-beta by alice using the blocker tracking app because:"
    text = f"{start}\n\nIt violates the criterion."
    world.bugs.edit(bug_id, blocks={"add": [world.bugs.blocker]}, comment={"body": text})
    world.settle()
    assert "> It violates the criterion." in _only(world).content
    assert _remembered(world) == [{str(world.bugs.blocker): "It violates the criterion."}]
    world.bugs.edit(bug_id, groups={"add": ["fedora_private"]})
    world.sync()
    assert _remembered(world) == [{}]


def _remembered(world: ReviewWorld) -> list[dict[str, str]]:
    with world.bugs.database.reading() as session:
        return list(session.scalars(select(DiscussionRow.proposals)))


def test_the_summary_follows_the_votes_and_peoples_own_text_stays(writing_world: ReviewWorld) -> None:
    world = writing_world
    world.propose()
    world.settle()
    ticket = _only(world)
    world.pagure.state.edit_ticket(REPO, ticket.id, "alice", content=f"Before.\n\n{ticket.content}\n\nAfter.")
    world.say(ticket.id, "BetaBlocker +1", "alice")
    comment_id = world.say(ticket.id, "BetaBlocker +1", "bob")
    world.settle()
    content = _only(world).content
    assert content.startswith("Before.\n\n")
    assert content.endswith("\n\nAfter.")
    assert "BetaBlocker (+2, 0, -0) (+alice, +bob): needs 1 more vote" in content
    assert f"#comment-{comment_id}" in content


def test_a_changed_title_of_the_bug_changes_our_title_and_not_one_that_people_gave(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.propose(summary="First")
    world.settle()
    world.bugs.edit(bug_id, summary="Second")
    world.settle()
    ticket = _only(world)
    assert ticket.title == f"[{bug_id}] Second"
    world.pagure.state.edit_ticket(REPO, ticket.id, "alice", title="About the black screen")
    world.bugs.edit(bug_id, summary="Third")
    world.settle()
    assert _only(world).title == "About the black screen"
    assert world.ticket(ticket.id).bug_id == bug_id


def test_a_ticket_is_closed_when_nothing_is_left_to_decide_and_opened_again(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.propose()
    world.settle()
    world.bugs.edit(bug_id, whiteboard="AcceptedBlocker")
    world.settle()
    assert _only(world).status == CLOSED
    world.bugs.edit(bug_id, whiteboard="")
    world.settle()
    assert _only(world).status == OPEN


def test_a_ticket_that_somebody_opened_by_hand_is_adopted(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.bugs.create("It crashes")
    ticket_id = world.open_ticket("About that crash", f"See {world.bugs.bugzilla.url}/show_bug.cgi?id={bug_id} please.")
    world.settle()
    world.bugs.edit(bug_id, blocks={"add": [world.bugs.blocker]})
    world.settle()
    ticket = _only(world)
    assert (ticket.id, ticket.title, ticket.user) == (ticket_id, "About that crash", "alice")
    assert ticket.content.startswith("See ")
    assert f"<!-- bbconsumer bug {bug_id} -->" in ticket.content


def test_of_two_tickets_the_oldest_open_one_counts_and_only_ours_is_closed(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.propose()
    world.settle()
    ours = _only(world)
    second = world.open_ticket(f"[{bug_id}] again")
    third = world.open_ticket(f"[{bug_id}] and again", user=BOT)
    world.settle()
    statuses = {ticket.id: ticket.status for ticket in world.tickets_at_pagure()}
    assert statuses == {ours.id: OPEN, second: OPEN, third: CLOSED}


def test_a_ticket_whose_request_got_no_answer_is_found_and_not_opened_twice(writing_world: ReviewWorld) -> None:
    world = writing_world
    world.pagure.switches.update(
        {"paths": "new_issue", "fail": {"kind": "closed", "times": 1, "carried_out": True}, "lose_messages": True}
    )
    world.propose()
    world.settle()
    assert len(world.tickets_at_pagure()) == 1
    assert world.ticket_ids() == set()
    world.let_time_pass()
    world.settle()
    assert world.ticket_ids() == {_only(world).id}


def test_a_request_that_was_never_done_is_made_again_when_that_is_certain(writing_world: ReviewWorld) -> None:
    world = writing_world
    world.pagure.switches.update({"paths": "new_issue", "fail": {"kind": "closed", "times": 1}})
    bug_id = world.propose()
    world.settle()
    assert world.tickets_at_pagure() == []
    world.let_time_pass()
    world.settle()
    # Pagure might still be working on it.
    assert world.tickets_at_pagure() == []
    world.forget_when_it_was_intended(bug_id)
    world.let_time_pass()
    world.settle()
    assert len(world.tickets_at_pagure()) == 1


def test_a_refused_ticket_is_told_and_asked_for_again_when_it_is_due(writing_world: ReviewWorld) -> None:
    world = writing_world
    world.pagure.switches.update({"paths": "new_issue", "fail": {"kind": "status", "status": 429, "times": 1}})
    world.propose()
    world.settle()
    assert world.tickets_at_pagure() == []
    world.let_time_pass()
    world.settle()
    assert len(world.tickets_at_pagure()) == 1


def test_nothing_is_written_before_everything_was_read_once(database_url: str) -> None:
    with build_review_world(database_url, pagure_bot_enabled=True) as world:
        world.forget_syncs()
        world.propose()
        world.settle()
        assert world.tickets_at_pagure() == []
        world.sync()
        assert world.tickets_at_pagure() == []
        world.sync()
        assert len(world.tickets_at_pagure()) == 1


def test_nothing_is_written_while_the_removal_gate_is_closed(writing_world: ReviewWorld) -> None:
    world = writing_world
    world.trip_gate()
    world.propose()
    world.settle()
    assert world.tickets_at_pagure() == []


def test_only_so_many_tickets_are_opened_at_once(database_url: str) -> None:
    with build_review_world(database_url, pagure_bot_enabled=True, tickets_opened_max=3) as world:
        for _ in range(5):
            world.propose()
        world.settle()
        assert len(world.tickets_at_pagure()) == 3


def test_without_the_switch_nothing_is_written(world: ReviewWorld) -> None:
    bug_id = world.propose()
    world.sync()
    world.settle()
    assert world.tickets_at_pagure() == []
    ticket_id = world.open_ticket(f"[{bug_id}] by hand", "My text.")
    world.say(ticket_id, "AGREED AcceptedBetaBlocker", SECRETARY)
    world.settle()
    assert _only(world).content == "My text."
    assert world.bugs.bugzilla.state.bug(bug_id).whiteboard == ""


def test_the_ticket_of_a_bug_that_becomes_private_says_nothing_of_it_any_more(writing_world: ReviewWorld) -> None:
    world = writing_world
    bug_id = world.propose(summary="SECRET title")
    world.settle()
    world.bugs.edit(bug_id, groups={"add": ["private"]})
    world.sync()
    world.settle()
    ticket = _only(world)
    assert (ticket.title, ticket.status) == (f"[{bug_id}]", CLOSED)
    assert "SECRET" not in ticket.content
    assert BUGZILLA_SECRETARY not in ticket.content


def test_our_own_edits_are_not_chased_in_circles(writing_world: ReviewWorld) -> None:
    world = writing_world
    world.propose()
    world.settle()
    world.say(_only(world).id, "BetaBlocker +1", "alice")
    world.pagure.requests.clear()
    world.settle()
    writes = [asked for asked in world.pagure.requests.all() if asked.method == "POST"]
    assert len(writes) == 1
    assert world.pagure.requests.count() < 10
