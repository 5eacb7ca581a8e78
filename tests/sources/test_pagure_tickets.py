"""Tickets as they come; absence is said by Pagure, never guessed; and what the public may not read is nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bbconsumer.domain.snapshots import AbsenceReason, Absent, Comment, TicketSnapshot
from bbconsumer.simulator.switches import Failure
from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable
from tests.sources.pagure_faults import answering, page, said, source_of
from tests.sources.pagure_world import BOT, OUTSIDER, OUTSIDER_TOKEN, REPORTER, World, between
from tests.sources.world import Json, send_json, serving

MISSING_ID = 99_999


def read(world: World, ticket_id: int) -> TicketSnapshot:
    (ticket,) = world.source().fetch_tickets([ticket_id]).values()
    assert isinstance(ticket, TicketSnapshot)
    return ticket


def test_a_ticket_is_read_whole_with_its_comments_in_their_order(pagure: World) -> None:
    text = "Bug details: **https://bugzilla.example/1**\n\n`AGREED` ünïcode “q” @alice"
    ticket_id = pagure.file("[1] Black screen – 🐧", text, tags=["beta", "blocker"])
    created = pagure.clock.now
    pagure.clock.advance(60.25)
    ids = [pagure.comment(ticket_id, "BetaBlocker +1"), pagure.comment(ticket_id, "BetaBlocker -1\n\nno", OUTSIDER)]
    ticket = read(pagure, ticket_id)
    assert (ticket.id, ticket.title, ticket.content) == (ticket_id, "[1] Black screen – 🐧", text)
    assert (ticket.opened_by, ticket.is_open, ticket.close_status) == (BOT, True, "")
    assert ticket.tags == ("beta", "blocker")
    assert ticket.created_at == created
    assert ticket.comments == (
        Comment(ids[0], REPORTER, pagure.clock.now, "BetaBlocker +1"),
        Comment(ids[1], OUTSIDER, pagure.clock.now, "BetaBlocker -1\n\nno"),
    )
    assert timedelta(0) <= pagure.clock.now - ticket.last_updated_at < timedelta(seconds=1)


def test_open_and_closed_are_told_apart(pagure: World) -> None:
    ticket_id = pagure.file()
    pagure.close(ticket_id)
    assert not read(pagure, ticket_id).is_open


def test_a_ticket_that_is_not_there_is_missing(pagure: World) -> None:
    ticket_id, number_of_a_pull_request = pagure.file(), pagure.state.burn_id(pagure.repo)
    answers = pagure.source().fetch_tickets([ticket_id, number_of_a_pull_request, MISSING_ID])
    assert isinstance(answers[ticket_id], TicketSnapshot)
    assert answers[number_of_a_pull_request] == Absent(number_of_a_pull_request, AbsenceReason.MISSING)
    assert answers[MISSING_ID] == Absent(MISSING_ID, AbsenceReason.MISSING)


@pytest.mark.parametrize("token", ["", OUTSIDER_TOKEN], ids=["nobody", "somebody"])
def test_a_ticket_that_our_token_may_not_read_is_private(pagure: World, token: str) -> None:
    ticket_id = pagure.file(is_private=True)
    source = pagure.source(token=token)
    assert source.fetch_tickets([ticket_id]) == {ticket_id: Absent(ticket_id, AbsenceReason.PRIVATE)}


def test_a_ticket_that_only_our_token_may_read_is_private_too(pagure: World) -> None:
    ids = [pagure.file(), *pagure.file_many(3, is_private=True), pagure.file()]
    source = pagure.source()
    alone = source.fetch_tickets(ids)
    assert source.list_ticket_ids(None).ids == set(ids), "it may have become private just now"
    assert source.fetch_tickets(ids) == alone
    assert {i: alone[i] for i in ids[1:4]} == {i: Absent(i, AbsenceReason.PRIVATE) for i in ids[1:4]}
    assert pagure.asked() == {"issue": 5, "issues": 2}


def test_a_ticket_that_becomes_private_is_absent_until_it_is_public_again(pagure: World) -> None:
    ids = pagure.file_many(4)
    source, outsider = pagure.source(), pagure.source(token=OUTSIDER_TOKEN)
    for reader in (source, outsider):
        reader.list_ticket_ids(None)
    pagure.state.set_private(pagure.repo, ids[1], True, BOT)
    for reader in (source, outsider):
        answers = reader.fetch_tickets(ids)
        assert {i for i in ids if isinstance(answers[i], TicketSnapshot)} == {ids[0], ids[2], ids[3]}
        assert answers[ids[1]] == Absent(ids[1], AbsenceReason.PRIVATE)
    pagure.state.set_private(pagure.repo, ids[1], False, BOT)
    assert isinstance(outsider.fetch_tickets(ids)[ids[1]], TicketSnapshot)


def test_an_edited_comment_stands_as_it_is_now_and_a_deleted_one_does_not(pagure: World) -> None:
    ticket_id = pagure.file()
    edited, deleted = pagure.comment(ticket_id, "BetaBlocker +1"), pagure.comment(ticket_id, "BetaBlocker -1")
    written_at = pagure.clock.now
    pagure.clock.advance(60)
    pagure.state.edit_comment(pagure.repo, ticket_id, edited, "BetaBlocker 0", REPORTER)
    pagure.state.delete_comment(pagure.repo, ticket_id, deleted)
    assert read(pagure, ticket_id).comments == (
        Comment(edited, REPORTER, written_at, "BetaBlocker 0", edited_at=pagure.clock.now),
    )


@pytest.mark.parametrize("token", ["WRONG", "OTHER"])
def test_a_refused_token_is_an_alarm_and_no_absence(pagure: World, token: str) -> None:
    pagure.state.add_project("other", "carol")
    pagure.state.add_token("OTHER", BOT, project="other")
    ticket_id = pagure.file()
    for wanted in (ticket_id, MISSING_ID):
        with pytest.raises(SourceDenied, match="our token is refused"):
            pagure.source(token=token, tries=3).fetch_tickets([wanted])
    assert pagure.asked() == {"issue": 2}


def test_without_the_project_no_ticket_is_absent(pagure: World) -> None:
    """A slip in the settings must not make every ticket disappear."""
    source = pagure.source(repo="fedora-qa/blocker-revue")
    for ask in (
        lambda: source.fetch_tickets([1]),
        lambda: source.list_ticket_ids(None),
        source.fetch_deciders,
        lambda: source.set_ticket_status(1, False, "Accepted"),
    ):
        with pytest.raises(SourceUnavailable, match="the project fedora-qa/blocker-revue is not there"):
            ask()


@pytest.mark.parametrize("failure", [Failure("html", status=404), Failure("html", status=200), Failure("closed")])
def test_a_failure_is_no_absence(pagure: World, failure: Failure) -> None:
    pagure.server.switches.fail = failure
    with pytest.raises(SourceUnavailable):
        pagure.source().fetch_tickets([MISSING_ID])


@pytest.mark.parametrize("code", ["ENOCOMMENT", "ENOUSER", "ENOCODE"])
def test_a_refusal_for_another_reason_is_no_absence(code: str) -> None:
    with answering(said(404, code)) as (url, _), pytest.raises(RequestRefused, match=code):
        source_of(url).fetch_tickets([1])


def test_an_answer_about_another_ticket_than_was_asked_for_is_no_answer(pagure: World) -> None:
    first, second = pagure.file_many(2)

    def swap(_: str, answer: Json) -> None:
        answer["id"] = second

    with between(pagure, swap) as url, pytest.raises(SourceUnavailable, match=f"ticket {first} does not name it"):
        source_of(url, repo=pagure.repo).fetch_tickets([first])


def test_a_ticket_without_sense_is_refused_and_does_not_spoil_the_others(pagure: World) -> None:
    """The caller halves the batch until it has found it."""
    ids = pagure.file_many(5)

    def spoil(_: str, answer: Json) -> None:
        for ticket in answer.get("issues", [answer]):
            if ticket["id"] == ids[0]:
                del ticket["comments"]

    with between(pagure, spoil) as url:
        source = source_of(url, repo=pagure.repo)
        with pytest.raises(RequestRefused, match=f"about ticket {ids[0]} cannot be read"):
            source.fetch_tickets(ids)
        source.list_ticket_ids(None)
        with pytest.raises(RequestRefused, match=f"about ticket {ids[0]} cannot be read"):
            source.fetch_tickets(ids)
        assert source.fetch_tickets(ids[1:]).keys() == set(ids[1:])


def test_nothing_is_asked_when_nothing_is_wanted(pagure: World) -> None:
    assert pagure.source().fetch_tickets([]) == {}
    assert pagure.asked() == {}


def test_a_ticket_that_is_asked_for_twice_is_read_once(pagure: World) -> None:
    ticket_id = pagure.file()
    assert pagure.source().fetch_tickets([ticket_id, ticket_id]).keys() == {ticket_id}
    assert pagure.asked() == {"issue": 1}


def test_owner_administrators_and_committers_decide(pagure: World) -> None:
    people = {"admin": ["alice"], "commit": [BOT], "collaborator": [OUTSIDER], "ticket": [OUTSIDER]}
    pagure.state.add_project("a/b", "carol", users=people)
    assert pagure.source(repo="a/b").fetch_deciders() == {"carol", "alice", BOT}
    assert len(pagure.server.requests.all()) == 1


GROUPS_OF_PROJECT = {"admin": ["qa"], "commit": ["rel ng/ü", "qa"], "collaborator": ["helpers"], "ticket": ["voters"]}


def project_with_groups(answer_to_group: Json, status: int = 200) -> Any:
    """A server with a project in which groups decide."""

    def answer(handler: Any) -> None:
        if "/group/" in handler.path:
            send_json(handler, answer_to_group.get(handler.path.rpartition("/")[2], answer_to_group), status)
        else:
            users = {"owner": ["carol"], "admin": [], "commit": [], "collaborator": [], "ticket": []}
            send_json(handler, {"access_users": users, "access_groups": GROUPS_OF_PROJECT})

    return serving(answer)


def test_the_members_of_deciding_groups_decide() -> None:
    members = {"qa": {"members": ["alice", "bob"]}, "rel%20ng%2F%C3%BC": {"members": ["bob", "gina"]}}
    with project_with_groups(members) as url:
        assert source_of(url).fetch_deciders() == {"carol", "alice", "bob", "gina"}


@pytest.mark.parametrize(
    ("answer", "status", "text"),
    [
        ({"error": "Group not found", "error_code": "ENOGROUP"}, 404, "Pagure's group qa, .* is not told: Group not"),
        ({"name": "qa"}, 200, "members of a group of Pagure cannot be read"),
    ],
)
def test_a_deciding_group_that_cannot_be_read_is_not_left_out(answer: Json, status: int, text: str) -> None:
    with project_with_groups(answer, status) as url, pytest.raises(RequestRefused, match=text):
        source_of(url).fetch_deciders()


def test_idle_connections_are_closed(pagure: World) -> None:
    source = pagure.source()
    ticket_id = source.create_ticket("Title", "Content", []).id
    source.rest()
    assert source.fetch_tickets([ticket_id]).keys() == {ticket_id}, "and opened again"
    source.rest()


def test_a_page_for_people_is_no_ticket() -> None:
    with answering(page(200)) as (url, _), pytest.raises(SourceUnavailable, match="not JSON"):
        source_of(url).fetch_tickets([1])
