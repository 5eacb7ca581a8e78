"""What the pages say of the review tickets: votes, advice, decisions, and where Bugzilla does not say the same."""

from __future__ import annotations

from typing import Any

import pytest

from bbconsumer import commands
from bbconsumer.db.session import Database
from bbconsumer.domain.ballots import VoteTracker
from bbconsumer.domain.trackers import Milestone, MilestoneName
from tests.web.reading import BETA, Reader, selects, text_of
from tests.web.world import World, ago, bug_row, comments, nomination_row

REVIEW = 6
REPO = "https://pagure.io/fedora-qa/blocker-review"
VOTES = comments(("alice", "BetaBlocker +1"), ("bob", "BetaBlocker +1"))
ACCEPTED = comments(("alice", "BetaBlocker +1"), ("chair", "AGREED AcceptedBetaBlocker"))
REJECTED = comments(("alice", "BetaBlocker -1"), ("chair", "AGREED RejectedBetaBlocker"))
TALLY = "BetaBlocker (+1, 0, -0) (+alice)"


@pytest.fixture(autouse=True)
def _milestone(world: World) -> None:
    """Every test is about the Beta of Fedora 45, and sources that are well."""
    world.milestone()
    world.synced()


def review(reader: Reader, section: str = "proposed-blockers", place: int = 0) -> str:
    """What the buglist says of the review of a row."""
    return reader.page(BETA).rows(section)[place][REVIEW]


def ticket(reader: Reader, number: int) -> str:
    """What the page of bug 7 says of a ticket."""
    return text_of(reader.page("/bug/7").by_id(f"ticket-{number}"))


def test_a_proposal_shows_its_votes_what_is_missing_and_where_to_vote(world: World, reader: Reader) -> None:
    world.nominated(7)
    world.ticket(3, 7, VOTES)
    assert review(reader) == "Ticket 3 BetaBlocker (+2, 0, -0) (+alice, +bob) needs 1 more vote"
    assert f"{REPO}/issue/3" in reader.page(BETA).links()
    assert "BetaBlocker (+2, 0, -0) (+alice, +bob): needs 1 more vote" in ticket(reader, 3)


def test_a_proposal_without_votes_says_how_many_it_needs_and_one_without_ticket_that(
    world: World, reader: Reader
) -> None:
    world.nominated(7)
    world.nominated(8)
    world.ticket(3, 7)
    assert review(reader) == "Ticket 3 BetaBlocker (+0, 0, -0) needs 3 more votes"
    assert review(reader, place=1) == "no ticket"
    assert "BetaBlocker (+0, 0, -0): needs 3 more votes" in ticket(reader, 3)
    assert "There is no review ticket for this bug." in reader.page("/bug/8").text


def test_each_nomination_shows_the_votes_of_its_own_tracker_and_blockers_those_of_their_classes(
    world: World, reader: Reader
) -> None:
    world.nominated(7)
    world.nomination(7, tracker_id=1002)
    world.ticket(3, 7, comments(("alice", "BetaBlocker +1"), ("bob", "BetaFE -1"), ("bob", "0Day +1")))
    assert review(reader) == (f"Ticket 3 {TALLY} needs 2 more votes 0Day (+1, 0, -0) (+bob) needs 2 more votes")
    exception = review(reader, "proposed-freeze-exceptions")
    assert exception == "Ticket 3 BetaFE (+0, 0, -1) (-bob) needs 2 more votes"


@pytest.mark.parametrize("state", ["accepted", "accepted_0day"])
def test_what_bugzilla_has_decided_needs_no_more_votes(world: World, reader: Reader, state: str) -> None:
    world.nominated(7, state)
    world.ticket(3, 7, VOTES[:1])
    assert review(reader, "accepted-blockers") == f"Ticket 3 {TALLY}"
    assert "more vote" not in ticket(reader, 3)


def test_nobody_is_asked_to_vote_about_a_milestone_that_has_ended(
    world: World, reader: Reader, database: Database
) -> None:
    ended = Milestone("45", MilestoneName.BETA)
    commands.set_milestone(database, ended, is_active=False, make_current=False, actor="alice")
    world.nominated(7)
    world.ticket(3, 7, VOTES[:1])
    assert review(reader) == f"Ticket 3 {TALLY}"
    assert "more vote" not in ticket(reader, 3)


def test_a_closed_bug_needs_no_more_votes(world: World, reader: Reader) -> None:
    world.nominated(7, is_open=False, status="CLOSED")
    world.ticket(3, 7, VOTES[:1], is_open=False)
    assert review(reader, "recently-closed") == f"Ticket 3 (closed) {TALLY}"


def test_what_ended_shows_only_what_was_decided_about_it(world: World, reader: Reader) -> None:
    for bug_id in (7, 8):
        world.bug(bug_id)
        world.nomination(bug_id, "rejected", ended_at=ago(hours=10))
    world.ticket(3, 7, VOTES)
    world.ticket(4, 8, REJECTED)
    rows = {row[0].split()[0]: row[REVIEW] for row in reader.page(BETA).rows("rejected-or-withdrawn")}
    assert rows["7"] == "Ticket 3"
    assert rows["8"] == "Ticket 4 BetaBlocker (+0, 0, -1) (-alice) decided: rejected by chair 19 h ago"


NOT_YET = "not yet recorded in Bugzilla"
STANDINGS = [
    ("accepted, proposed", ACCEPTED, "proposed", "", NOT_YET),
    ("accepted, undecided", ACCEPTED, "undecided", "RejectedBlocker", NOT_YET),
    ("accepted, contradictory", ACCEPTED, "contradictory", "AcceptedBlocker RejectedBlocker", NOT_YET),
    ("accepted, accepted", ACCEPTED, "accepted", "AcceptedBlocker", ""),
    ("accepted, accepted as 0-day only", ACCEPTED, "accepted_0day", "Accepted0Day", NOT_YET),
    ("rejected, proposed", REJECTED, "proposed", "", NOT_YET),
    ("rejected, accepted", REJECTED, "accepted", "AcceptedBlocker", NOT_YET),
    ("rejected, rejected", REJECTED, "rejected", "RejectedBlocker", ""),
    ("rejected, withdrawn", REJECTED, "withdrawn", "", NOT_YET),
]


@pytest.mark.parametrize(("talk", "state", "words", "note"), [s[1:] for s in STANDINGS], ids=[s[0] for s in STANDINGS])
def test_a_decision_is_told_with_how_bugzilla_differs(
    world: World, reader: Reader, talk: Any, state: str, words: str, note: str
) -> None:
    world.bug(7, whiteboard=words)
    world.nomination(7, state, ended_at=ago(hours=1) if state in {"rejected", "withdrawn"} else None)
    world.ticket(3, 7, talk)
    outcome = "accepted" if talk is ACCEPTED else "rejected"
    wanted = f"decided: {outcome} by chair 19 h ago{', ' if note else ''}{note}"
    page = reader.page(BETA)
    (row,) = [row for section in page.root.iter("tbody") for row in section.iter("tr")]
    assert text_of(list(row)[REVIEW]).endswith(wanted)
    assert f"{REPO}/issue/3#comment-102" in page.links()
    assert wanted in ticket(reader, 3)


def test_a_decided_proposal_stays_among_the_proposed_until_bugzilla_says_so(world: World, reader: Reader) -> None:
    world.nominated(7)
    world.ticket(3, 7, ACCEPTED, is_open=False)
    row = reader.page(BETA).rows("proposed-blockers")[0]
    assert row[4] == "Proposed Blocker"
    assert row[REVIEW] == f"Ticket 3 (closed) {TALLY} decided: accepted by chair 19 h ago, {NOT_YET}"


def test_why_a_decision_was_not_recorded_is_told_until_it_is(world: World, reader: Reader) -> None:
    world.nominated(7)
    world.ticket(3, 7, ACCEPTED)
    world.record(7, 102, "conflict", "RejectedBlocker was set by dave@example.com after the decision\nmore")
    told = f"{NOT_YET}: RejectedBlocker was set by dave after the decision"
    assert review(reader).endswith(told)
    assert ticket(reader, 3).count(told) == 1
    with world.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE nomination SET state = 'accepted'")
        session.connection().exec_driver_sql("UPDATE bug SET whiteboard = 'AcceptedBlocker'")
    assert review(reader, "accepted-blockers").endswith("decided: accepted by chair 19 h ago")


def test_what_went_wrong_while_a_decision_was_recorded_stays_told(world: World, reader: Reader) -> None:
    world.nominated(7, "accepted", whiteboard="AcceptedBlocker")
    world.ticket(3, 7, ACCEPTED)
    world.record(7, 102, "done", "somebody had changed the whiteboard")
    assert review(reader, "accepted-blockers").endswith("by chair 19 h ago, somebody had changed the whiteboard")


def test_what_became_of_an_earlier_decision_is_not_told_of_a_later_one(world: World, reader: Reader) -> None:
    world.nominated(7)
    world.ticket(3, 7, ACCEPTED)
    world.record(7, 99, "conflict", "SECRET")
    world.record(7, 102, "conflict", "SECRET", "BetaFreezeException")
    assert "SECRET" not in reader.page(BETA).text + reader.page("/bug/7").text


def test_a_decision_about_an_earlier_nomination_does_not_decide_the_present_one(world: World, reader: Reader) -> None:
    world.bug(7)
    world.nomination(7, proposed_at=ago(hours=5))
    world.ticket(3, 7, ACCEPTED)
    told = "by chair 19 h ago, about an earlier nomination: REVOTE opens the vote again"
    assert review(reader).endswith(told)
    assert told in ticket(reader, 3)


def test_a_decision_about_no_nomination_at_all_is_told_as_such(world: World, reader: Reader) -> None:
    world.nominated(7)
    world.ticket(3, 7, comments(("chair", "AGREED AcceptedFinalBlocker")))
    assert "FinalBlocker" not in review(reader)
    assert "decided: accepted by chair 19 h ago, no such nomination was open then" in ticket(reader, 3)


def test_a_vote_that_was_opened_again_is_open(world: World, reader: Reader) -> None:
    world.nominated(7)
    world.ticket(3, 7, (*ACCEPTED, *comments(("chair", "REVOTE BetaBlocker"), hours=2)))
    assert review(reader) == "Ticket 3 BetaBlocker (+0, 0, -0) needs 3 more votes"


@pytest.mark.parametrize(
    ("tickets", "told"),
    [
        ({3: True, 9: True}, "2 tickets: #3 counts, #9 does not"),
        ({3: False, 9: True}, "2 tickets: #9 counts, #3 does not"),
        ({3: False, 9: False}, "2 tickets: #9 counts, #3 does not"),
        ({3: True, 5: False, 9: True, 11: False}, "4 tickets: #3 counts, #9, #11 and #5 do not"),
    ],
)
def test_of_several_tickets_the_oldest_open_one_counts_or_else_the_newest(
    world: World, reader: Reader, tickets: dict[int, bool], told: str
) -> None:
    world.nominated(7)
    for number, is_open in tickets.items():
        world.ticket(number, 7, comments((f"voter{number}", "BetaBlocker +1")), is_open=is_open)
    counting = told.partition("#")[2].partition(" ")[0]
    assert review(reader).endswith(told)
    assert f"(+voter{counting})" in review(reader)
    page = reader.page("/bug/7")
    numbers = [int(e.get("id", "")[7:]) for e in page.root.iter("article") if e.get("id", "").startswith("ticket")]
    assert sorted(numbers) == sorted(tickets)
    assert numbers[0] == int(counting)
    for number in numbers:
        text = text_of(page.by_id(f"ticket-{number}"))
        assert ("It counts." in text, "needs 2 more votes" in text) == (number == int(counting),) * 2


def test_a_ticket_that_is_gone_is_not_told_of(world: World, reader: Reader) -> None:
    world.nominated(7)
    world.ticket(3, 7, VOTES)
    with world.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE ticket SET absence = 'private'")
    assert review(reader) == "no ticket"
    page = reader.page("/bug/7")
    assert "There is no review ticket for this bug." in page.text
    assert "alice" not in page.text


def test_lines_that_do_not_count_and_remarks_are_told_with_their_comments(world: World, reader: Reader) -> None:
    world.nominated(7)
    said = "\n".join(f"Line {number} of what I found." for number in range(1, 7))
    world.ticket(3, 7, comments(("bob", "BetaBlocker +1 for sure"), ("carol", said)), opened_by="erin")
    page = reader.page("/bug/7")
    text = text_of(page.by_id("ticket-3"))
    assert text.startswith("Ticket 3 Open, opened 30 h ago by erin. It counts.")
    assert "Not counted bob, 19 h ago: BetaBlocker +1 for sure has other words: “for sure”" in text
    assert "Said in the review ticket carol, 19 h ago: Line 1 of what I found. Line 2" in text
    assert [link for link in page.links() if "#comment" in link] == [
        f"{REPO}/issue/3#comment-101",
        f"{REPO}/issue/3#comment-102",
    ]


def test_the_timeline_has_what_happened_in_the_tickets_too(world: World, reader: Reader) -> None:
    world.nominated(7)
    world.nominated(8)
    talk = comments(
        ("alice", "BetaBlocker +1"),
        ("alice", "BetaBlocker -1"),
        ("chair", "AGREED RejectedBetaBlocker"),
        ("chair", "REVOTE BetaBlocker"),
    )
    world.ticket(3, 7, talk)
    world.ticket(4, 8, talk)
    world.events(7, [("created", "", "anaconda", "bob@example.com"), ("status", "NEW", "ON_QA", "dave")], first=81)
    lines = [text_of(item) for item in reader.page("/bug/7").by_id("timeline").iter("li")]
    assert lines == [
        "18 h ago state: NEW → ON_QA by dave",
        "19 h ago created in anaconda by bob",
        "19 h ago alice’s vote on BetaBlocker: -1 → nothing by chair",
        "19 h ago the vote on BetaBlocker opened again by chair",
        "19 h ago BetaBlocker decided: rejected by chair",
        "19 h ago alice’s vote on BetaBlocker: +1 → -1",
        "19 h ago alice’s vote on BetaBlocker: +1",
        "30 h ago ticket 3 opened by blockerbot",
    ]


def test_the_number_of_selects_does_not_depend_on_the_number_of_tickets(
    world: World, reader: Reader, database: Database
) -> None:
    counts = []
    for bugs in (range(10, 12), range(12, 60)):
        world.add(*map(bug_row, bugs), *map(nomination_row, bugs))
        for bug_id in bugs:
            world.ticket(bug_id, bug_id, ACCEPTED)
            world.ticket(bug_id + 1000, 10, VOTES)
            world.record(bug_id, 102, "conflict", "a reason")
        for path in (BETA, "/bug/10"):
            with selects(database) as statements:
                reader.page(path)
            counts.append(len(statements))
            assert not [statement for statement in statements if "ticket.comments" in statement]
    assert counts[:2] == counts[2:]
    assert max(counts) <= 21


def test_every_tracker_that_is_voted_on_can_be_shown(world: World, reader: Reader) -> None:
    world.nominated(7)
    for number, name in enumerate(VoteTracker, start=1):
        world.ticket(number, 7, comments(("alice", f"{name} +1"), ("alice", f"{name} -1")))
        assert f"{name.label} (+0, 0, -1) (-alice)" in ticket(reader, number)
    assert f"alice’s vote on {VoteTracker.BETA_FREEZE_EXCEPTION.label}: +1 → -1" in reader.page("/bug/7").text
