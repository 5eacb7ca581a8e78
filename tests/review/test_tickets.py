"""Tickets become votes: by message and by sync, whatever became of the messages."""

from __future__ import annotations

import pytest

from bbconsumer.db.models import ReviewProject
from bbconsumer.domain.ballots import Outcome, VoteTracker
from bbconsumer.domain.keys import KeyKind
from tests.review.world import BOT, REPO, SECRETARY, ReviewWorld


def _ticket_about(world: ReviewWorld, bug_id: int, user: str = "alice") -> int:
    return world.open_ticket(f"[{bug_id}] It crashes", user=user)


def test_a_vote_is_counted_when_its_message_comes(world: ReviewWorld) -> None:
    ticket_id = _ticket_about(world, world.propose())
    world.say(ticket_id, "BetaBlocker +1", "alice")
    world.settle()
    assert world.tally(ticket_id) == "BetaBlocker (+1, 0, -0) (+alice)"
    world.say(ticket_id, "BetaBlocker -1", "alice")
    world.say(ticket_id, "BetaBlocker 0", "bob")
    world.settle()
    assert world.tally(ticket_id) == "BetaBlocker (+0, 1, -1) (0bob, -alice)"
    assert world.events(ticket_id) == [
        ("created", "", world.ticket(ticket_id).title),
        ("vote/BetaBlocker/alice", "", "+1"),
        ("vote/BetaBlocker/alice", "+1", "-1"),
        ("vote/BetaBlocker/bob", "", "0"),
    ]


def test_a_ticket_that_pagure_does_not_know_yet_is_asked_for_again(world: ReviewWorld) -> None:
    bug_id = world.propose()
    world.settle()
    world.pagure.switches.lag_edits = 1
    ticket_id = _ticket_about(world, bug_id)
    world.settle()
    (waiting,) = world.bugs.queue()
    assert (waiting.kind, waiting.id, waiting.stale_tries) == (KeyKind.TICKET, ticket_id, 1)
    world.pagure.switches.reset()
    world.let_time_pass()
    world.settle()
    assert world.ticket(ticket_id).bug_id == bug_id
    assert world.bugs.queue() == []


def test_votes_whose_messages_were_lost_are_counted_by_the_next_sync(world: ReviewWorld) -> None:
    ticket_id = _ticket_about(world, world.propose())
    world.say(ticket_id, "BetaBlocker +1", "bob")
    world.bugs.messages.clear()
    world.sync()
    assert world.tally(ticket_id) == "BetaBlocker (+1, 0, -0) (+bob)"


def test_a_second_sync_adds_no_event(world: ReviewWorld) -> None:
    ticket_id = _ticket_about(world, world.propose())
    world.say(ticket_id, "BetaBlocker +1", "bob")
    world.settle()
    events = world.events(ticket_id)
    world.sync()
    assert world.events(ticket_id) == events


def test_a_decision_counts_from_those_who_may_decide_only(world: ReviewWorld) -> None:
    ticket_id = _ticket_about(world, world.propose())
    world.say(ticket_id, "AGREED AcceptedBetaBlocker", "bob")
    world.settle()
    assert world.review(ticket_id).decisions == {}
    (ignored,) = world.review(ticket_id).uncounted
    assert (ignored.author, "counts only from" in ignored.reason) == ("bob", True)
    comment_id = world.say(ticket_id, "AGREED RejectedBetaBlocker AcceptedBetaFE", SECRETARY)
    world.say(ticket_id, "BetaBlocker +1", "bob")
    world.settle()
    decisions = world.review(ticket_id).decisions
    assert {name: d.outcome for name, d in decisions.items()} == {
        VoteTracker.BETA_BLOCKER: Outcome.REJECTED,
        VoteTracker.BETA_FREEZE_EXCEPTION: Outcome.ACCEPTED,
    }
    assert {(d.who, d.comment_id) for d in decisions.values()} == {(SECRETARY, comment_id)}
    world.say(ticket_id, "REVOTE BetaBlocker", SECRETARY)
    world.say(ticket_id, "BetaBlocker +1", "bob")
    world.settle()
    assert set(world.review(ticket_id).decisions) == {VoteTracker.BETA_FREEZE_EXCEPTION}
    assert world.tally(ticket_id) == "BetaBlocker (+1, 0, -0) (+bob)"


def test_who_may_decide_is_learnt_by_the_sync_and_old_comments_are_judged_anew(world: ReviewWorld) -> None:
    ticket_id = _ticket_about(world, world.propose())
    world.say(ticket_id, "AGREED AcceptedBetaBlocker", "bob")
    world.settle()
    assert world.review(ticket_id).decisions == {}
    world.pagure.state.add_project(REPO, "dave", users={"commit": ["bob"]}, close_statuses=["Closed"])
    world.sync()
    assert world.review(ticket_id).decisions[VoteTracker.BETA_BLOCKER].who == "bob"


@pytest.mark.parametrize(
    ("title", "content", "is_linked"),
    [
        ("[{bug}] It crashes", "", True),
        ("It crashes", "see {url}/show_bug.cgi?id={bug}", True),
        ("It crashes", "<!-- bbconsumer bug {bug} -->\n<!-- /bbconsumer -->", True),
        ("It crashes", "", False),
        ("It crashes", "{url}/show_bug.cgi?id={bug} or {url}/show_bug.cgi?id=7", False),
    ],
)
def test_a_ticket_is_tied_to_its_bug(world: ReviewWorld, title: str, content: str, is_linked: bool) -> None:
    bug_id = world.propose()
    texts = [text.format(bug=bug_id, url=world.bugs.bugzilla.url) for text in (title, content)]
    ticket_id = world.open_ticket(*texts)
    world.settle()
    assert world.ticket(ticket_id).bug_id == (bug_id if is_linked else None)


def test_a_ticket_of_a_bug_that_becomes_private_is_blank_until_the_bug_comes_back(world: ReviewWorld) -> None:
    bug_id = world.propose(summary="SECRET title")
    ticket_id = world.open_ticket(f"[{bug_id}] SECRET title")
    world.say(ticket_id, "BetaBlocker +1\n\nSECRET reason", "alice")
    world.settle()
    events = world.events(ticket_id)
    world.bugs.edit(bug_id, groups={"add": ["private"]})
    world.sync()
    row = world.ticket(ticket_id)
    assert (row.title, row.comments, row.review, world.events(ticket_id)) == ("", [], {}, [])
    world.say(ticket_id, "BetaBlocker +1\n\nSECRET again", "bob")
    world.settle()
    assert "SECRET" not in repr(vars(world.ticket(ticket_id)))
    world.bugs.edit(bug_id, groups={"remove": ["private"]})
    world.sync()
    world.settle()
    assert world.tally(ticket_id) == "BetaBlocker (+2, 0, -0) (+alice, +bob)"
    assert set(events) < set(world.events(ticket_id))


def test_an_outage_of_pagure_costs_no_message_and_does_not_hold_up_bugs(world: ReviewWorld) -> None:
    bug_id = world.propose()
    ticket_id = _ticket_about(world, bug_id)
    world.say(ticket_id, "BetaBlocker +1", "alice")
    world.pagure.switches.update({"fail": {"kind": "status", "status": 502}})
    world.settle()
    assert world.bugs.states() == {bug_id: "proposed"}
    assert world.ticket_ids() == set()
    world.pagure.switches.reset()
    world.let_time_pass()
    world.settle()
    assert world.tally(ticket_id) == "BetaBlocker (+1, 0, -0) (+alice)"


def test_a_sync_with_pagure_away_is_complete_for_bugs_and_says_what_is_wrong_with_tickets(world: ReviewWorld) -> None:
    world.propose()
    world.pagure.switches.update({"fail": {"kind": "status", "status": 502}})
    bugs, tickets = world.sync()
    assert (str(bugs.state), str(tickets.state)) == ("complete", "aborted")
    assert "pagure" in tickets.problem


def test_a_ticket_that_is_tagged_for_the_meeting_is_left_to_it(world: ReviewWorld) -> None:
    bug_id = world.propose()
    ticket_id = world.pagure.state.create_ticket(REPO, f"[{bug_id}] It crashes", "", "alice", tags=["meeting"])
    for who in ("alice", "bob", "erin"):
        world.say(ticket_id, "BetaBlocker +1", who)
    world.settle()
    assert world.review(ticket_id).trackers[VoteTracker.BETA_BLOCKER].advice == "left to the meeting"


def test_the_comments_of_our_own_account_are_no_votes(world: ReviewWorld) -> None:
    ticket_id = _ticket_about(world, world.propose())
    world.say(ticket_id, "BetaBlocker +1", BOT)
    world.settle()
    assert world.tally(ticket_id) == ""


def test_a_sync_asks_only_for_what_changed_and_now_and_then_for_everything(world: ReviewWorld) -> None:
    for _ in range(11):
        _ticket_about(world, world.propose())
    world.clock.advance(3600)
    newest = _ticket_about(world, world.propose())
    world.sync()
    assert newest in world.ticket_ids()
    world.bugs.messages.clear()
    world.pagure.requests.clear()
    world.clock.advance(3600)
    assert world.sync_tickets().keys <= 1
    # The project, one page, and the ticket that the overlap holds.
    assert world.pagure.requests.count() <= 3
    _list_all(world)
    assert world.sync_tickets().keys == 12


def test_tickets_that_a_list_leaves_out_are_not_lost_and_are_found_when_all_are_listed(world: ReviewWorld) -> None:
    *_, cut = (_ticket_about(world, world.propose()) for _ in range(4))
    world.sync()
    world.pagure.switches.row_limit = 2
    world.say(cut, "BetaBlocker +1", "alice")
    new = _ticket_about(world, world.propose())
    world.bugs.messages.clear()
    _list_all(world)
    assert world.sync_tickets().state == "complete"
    assert (cut in world.ticket_ids(), new in world.ticket_ids()) == (True, False)
    assert world.tally(cut) == "BetaBlocker (+1, 0, -0) (+alice)", "what is known is asked for, listed or not"
    world.pagure.switches.reset()
    _list_all(world)
    assert world.sync_tickets().state == "complete"
    assert new in world.ticket_ids()


def _list_all(world: ReviewWorld) -> None:
    """So much time passes that the next sync lists all tickets, and not only those which changed."""
    with world.bugs.database.writing() as session:
        session.get_one(ReviewProject, 1).listed_completely_at = None
