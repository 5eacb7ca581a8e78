"""People who discuss in tickets: reproducible, and each comment says what must be seen of it."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

import pytest

from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_ballots import Ballots, Said
from bbconsumer.simulator.pagure_bulk import fill_tickets
from bbconsumer.simulator.pagure_cast import BOT, CLERK, CLOSE_STATUSES, REVIEW_PROJECT, build_pagure
from bbconsumer.simulator.pagure_proposals import Proposal, bug_id_of, proposals
from bbconsumer.simulator.pagure_records import Ticket, TicketComment
from bbconsumer.simulator.pagure_scenario import open_ticket, seed_tickets
from bbconsumer.simulator.pagure_steps import TicketStep, steps
from bbconsumer.simulator.scenario import Scenario, build_release

NOW = datetime(2026, 9, 14, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def release() -> Scenario:
    return build_release(1, lambda: NOW, unrelated=20)


@pytest.fixture(scope="module")
def proposed(release: Scenario) -> list[Proposal]:
    return proposals(release.state, release.tracker_ids)


def seeded(proposed: list[Proposal], seed: int = 1) -> tuple[Pagure, Ballots]:
    pagure = build_pagure(lambda: NOW)
    return pagure, seed_tickets(pagure, proposed, seed)


def made(pagure: Pagure, proposed: list[Proposal], count: int, ballots: Ballots | None = None) -> list[TicketStep]:
    """So many steps, which all have something to do."""
    found = list(islice(steps(pagure, lambda: proposed, Random(1), ballots=ballots), count))
    assert None not in found
    return [step for step in found if step is not None]


def tickets(pagure: Pagure) -> list[Ticket]:
    return list(pagure.tickets.all())


def test_undecided_public_open_bugs_of_the_current_milestones_are_proposed(
    release: Scenario, proposed: list[Proposal]
) -> None:
    ids = {proposal.bug_id: proposal.trackers for proposal in proposed}
    notable = release.notable
    assert ids[notable["proposed_blocker_and_exception"]] == ("BetaBlocker", "BetaFreezeException")
    assert ids[notable["proposed_final_exception"]] == ("FinalFreezeException",)
    for name in ("accepted_new", "rejected_blocker", "closed_while_proposed", "closed_in_the_last_release", "private"):
        assert notable[name] not in ids


def test_the_same_seed_tells_the_same_story(proposed: list[Proposal]) -> None:
    stories = []
    for _ in range(2):
        pagure, ballots = seeded(proposed)
        stories.append((made(pagure, proposed, 100, ballots), tickets(pagure)))
    assert stories[0] == stories[1]
    assert tickets(seeded(proposed, 2)[0]) != tickets(seeded(proposed, 1)[0])


def test_seeded_tickets_were_opened_by_the_service_and_discussed_since(proposed: list[Proposal]) -> None:
    pagure, _ = seeded(proposed)
    assert [bug_id_of(ticket) for ticket in tickets(pagure)] == [proposal.bug_id for proposal in proposed]
    comments = [comment for ticket in tickets(pagure) for comment in ticket.comments]
    assert len(comments) > len(proposed)
    assert {ticket.user for ticket in tickets(pagure)} == {BOT}
    moments = [ticket.created_at for ticket in tickets(pagure)] + [comment.created_at for comment in comments]
    assert NOW - timedelta(days=6) < min(moments) < max(moments) <= NOW
    assert pagure.now() == NOW
    for ticket in tickets(pagure):
        times = [comment.created_at for comment in ticket.comments]
        assert times == sorted(times)


def test_every_kind_of_step_comes(proposed: list[Proposal]) -> None:
    pagure, ballots = seeded(proposed)
    told = [step.description for step in made(pagure, proposed, 600, ballots)]
    for words in (
        "voted +1",
        "voted -1",
        "voted 0",
        "has another opinion now",
        "voted with other words",
        "corrected a comment",
        "quoted others",
        "explained the cause",
        "may not decide and tried",
        "wrote down: accepted",
        "wrote down: rejected",
        "opened the votes again",
    ):
        assert any(words in line for line in told), words


def newest(ticket: Ticket) -> TicketComment:
    """The comment that was made or edited last."""
    return max(ticket.comments, key=lambda comment: (comment.edited_at or comment.created_at, comment.id))


def test_each_step_is_one_comment_and_says_what_must_be_seen_of_it(proposed: list[Proposal]) -> None:
    moment = [NOW]
    pagure = build_pagure(lambda: moment[0])
    ballots = seed_tickets(pagure, proposed)
    for step in islice(steps(pagure, lambda: proposed, Random(1), ballots=ballots), 400):
        assert step is not None
        ticket = pagure.ticket(REVIEW_PROJECT, step.ticket_id)
        comment = newest(ticket)
        assert (comment.edited_at or comment.created_at) == moment[0]
        assert bug_id_of(ticket) == step.bug_id
        match step.visible.split(" ")[0]:
            case "agreed":
                assert comment.user == CLERK
                assert "AGREED" in comment.text
            case "":
                assert comment.text.startswith(">")
            case _ if "(+" in step.visible:
                assert step.visible == ballots.tally(ticket.id, step.tracker)
                assert comment.user in step.visible or "REVOTE" in comment.text
            case _:
                assert step.visible in comment.text.splitlines()
        moment[0] += timedelta(seconds=1)


def test_where_the_service_opens_the_tickets_people_start_when_there_is_one(proposed: list[Proposal]) -> None:
    pagure = build_pagure(lambda: NOW)
    crowd = steps(pagure, lambda: proposed, Random(1))
    assert next(crowd) is None
    ticket_id = open_ticket(pagure, proposed[0])
    step = next(crowd)
    assert step is not None
    assert (step.ticket_id, step.bug_id) == (ticket_id, proposed[0].bug_id)


def test_closed_tickets_decided_bugs_duplicates_and_strangers_comments_are_left_alone(
    proposed: list[Proposal],
) -> None:
    pagure = build_pagure(lambda: NOW)
    closed, strangers, first, duplicate = (
        open_ticket(pagure, proposed[index], opened_by=who)
        for index, who in ((0, BOT), (1, BOT), (2, BOT), (2, "alice"))
    )
    open_ticket(pagure, Proposal(1, "kernel", "Not proposed any more", ("BetaBlocker",)))
    pagure.create_ticket(REVIEW_PROJECT, "About the process", "No bug at all", "alice")
    pagure.set_status(REVIEW_PROJECT, closed, "Closed", BOT)
    pagure.comment(REVIEW_PROJECT, strangers, "BetaBlocker +1", "alice")
    pagure.comment(REVIEW_PROJECT, first, "I keep the tally in the description.", BOT)
    assert {step.ticket_id for step in made(pagure, proposed, 30)} == {first}
    assert duplicate != first


@pytest.mark.parametrize(
    ("title", "content", "bug_id"),
    [
        ("[2400001] It crashes", "", 2400001),
        ("2400001 - It crashes", "", 2400001),
        ("It crashes", "see https://bugzilla.example.test/show_bug.cgi?id=2400002 and more", 2400002),
        ("[2400001] It crashes", "https://bugzilla.example.test/show_bug.cgi?id=2400002", 2400002),
        ("It crashes since 2400001", "", None),
        ("4 things to discuss", "", None),
    ],
)
def test_a_ticket_names_its_bug_by_a_link_or_in_its_title(title: str, content: str, bug_id: int | None) -> None:
    assert bug_id_of(Ticket(REVIEW_PROJECT, 1, title, content, BOT, NOW, NOW)) == bug_id


@pytest.mark.parametrize(
    ("said", "tally"),
    [
        ([], "BetaFE (+0, 0, -0)"),
        (["alice +1", "bob -1", "carol 0"], "BetaFE (+1, 1, -1) (+alice, 0carol, -bob)"),
        (["alice +1", "bob +1", "alice -1", "alice +1"], "BetaFE (+2, 0, -0) (+bob, +alice)"),
        (["alice +1", "bob +1", "alice +1"], "BetaFE (+2, 0, -0) (+alice, +bob)"),
        (["alice +1", "quinn AGREED accepted"], "BetaFE (+1, 0, -0) (+alice)"),
        (["alice +1", "quinn REVOTE", "bob 0"], "BetaFE (+0, 1, -0) (0bob)"),
    ],
)
def test_the_last_vote_of_each_person_counts(said: list[str], tally: str) -> None:
    ballots = Ballots()
    for number, (who, _, word) in enumerate(line.partition(" ") for line in said):
        ballots.note(1, number, Said(who, "BetaFreezeException", word), Said(who, "BetaBlocker", "+1"))
    assert ballots.tally(1, "BetaFreezeException") == tally


def test_a_corrected_vote_counts_at_the_place_of_its_comment() -> None:
    ballots = Ballots()
    ballots.note(1, 10)
    ballots.note(1, 11, Said("bob", "BetaBlocker", "+1"))
    ballots.note(1, 10, Said("alice", "BetaBlocker", "+1"))
    assert list(ballots.votes(1, "BetaBlocker")) == ["alice", "bob"]


def test_the_review_project_lets_the_service_and_the_secretary_commit() -> None:
    pagure = build_pagure(lambda: NOW)
    project = pagure.project(REVIEW_PROJECT)
    assert project.users_by_access["commit"] == (BOT, CLERK)
    assert project.close_statuses == CLOSE_STATUSES


@pytest.mark.long_form
def test_thousands_of_tickets_are_filled_to_measure() -> None:
    pagure = build_pagure(lambda: NOW)
    ticket_ids = fill_tickets(pagure, range(2_400_001, 2_402_001), 20)
    assert ticket_ids == list(range(1, 2_001))
    assert {len(ticket.comments) for ticket in pagure.tickets.all()} == {20}
    assert max(ticket.updated_at for ticket in pagure.tickets.all()) <= NOW
    assert bug_id_of(pagure.ticket(REVIEW_PROJECT, 2_000)) == 2_402_000
