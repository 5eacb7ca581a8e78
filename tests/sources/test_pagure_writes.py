"""Writing: what Pagure refuses and what it does late, and that nothing is ever written twice."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bbconsumer.domain.snapshots import TicketSnapshot
from bbconsumer.simulator.switches import Failure
from bbconsumer.sources import RequestRefused, SourceDenied, WriteUncertain
from tests.sources.pagure_world import BOT, OUTSIDER, OUTSIDER_TOKEN, REPORTER, World

MISSING_ID = 99_999


def read(world: World, ticket_id: int) -> TicketSnapshot:
    (ticket,) = world.source().fetch_tickets([ticket_id]).values()
    assert isinstance(ticket, TicketSnapshot)
    return ticket


def test_a_ticket_is_opened_with_its_tags(pagure: World) -> None:
    text = "Bug details: **https://bugzilla.example/1?a=b&c=d**\n\n+1 ünïcode “q” 🐧 100 %"
    ticket = pagure.source().create_ticket("[1] Black screen & more – 🐧", text, ["beta", "blocker"])
    assert ticket == read(pagure, ticket.id)
    assert (ticket.title, ticket.content) == ("[1] Black screen & more – 🐧", text)
    assert (ticket.opened_by, ticket.tags, ticket.is_open) == (BOT, ("beta", "blocker"), True)
    assert pagure.asked()["new_issue"] == 1


def test_a_ticket_may_have_no_tags(pagure: World) -> None:
    assert pagure.source().create_ticket("Title", "Content", ()).tags == ()


def test_an_edit_sends_title_and_description_together(pagure: World) -> None:
    ticket_id = pagure.file("Old", "Old details", tags=["beta"])
    pagure.comment(ticket_id)
    ticket = pagure.source().edit_ticket(ticket_id, "New", "New details")
    assert ticket == read(pagure, ticket_id)
    assert (ticket.title, ticket.content, ticket.tags) == ("New", "New details", ("beta",))
    assert len(ticket.comments) == 1


@pytest.mark.parametrize(("title", "content", "field"), [("", "Content", "title"), ("Title", "", "issue_content")])
def test_a_text_that_is_lacking_is_refused_in_pagures_words(
    pagure: World, title: str, content: str, field: str
) -> None:
    ticket_id = pagure.file("Old", "Old details")
    source = pagure.source(tries=3)
    sentence = rf"Invalid or incomplete input submitted {field}: This field is required\.$"
    with pytest.raises(RequestRefused, match=sentence):
        source.create_ticket(title, content, [])
    with pytest.raises(RequestRefused, match=sentence):
        source.edit_ticket(ticket_id, title, content)
    assert read(pagure, ticket_id).title == "Old"
    assert pagure.asked() == {"new_issue": 1, "edit": 1, "issue": 1}


def test_what_no_database_takes_is_not_sent(pagure: World) -> None:
    ticket = pagure.source().create_ticket("a\0b", "half a pair \ud83d end", [])
    assert (ticket.title, ticket.content) == ("a\N{REPLACEMENT CHARACTER}b", "half a pair ? end")


@pytest.mark.parametrize(
    ("known", "wanted", "closed_as", "projects_asked"),
    [
        ((), "Accepted", "", 1),
        (("Fixed",), "Accepted", "", 1),
        (("Accepted", "Fixed"), "Accepted", "Accepted", 1),
        (("Accepted",), "", "", 0),
    ],
    ids=["a new project knows none", "unknown", "known", "none wanted"],
)
def test_a_ticket_is_closed_for_a_reason_that_the_project_knows_or_for_none(
    pagure: World, known: tuple[str, ...], wanted: str, closed_as: str, projects_asked: int
) -> None:
    pagure.state.add_project(pagure.repo, "carol", users={"commit": [BOT]}, close_statuses=known)
    ticket_id = pagure.file()
    pagure.source().set_ticket_status(ticket_id, False, wanted)
    ticket = read(pagure, ticket_id)
    assert (ticket.is_open, ticket.close_status) == (False, closed_as)
    assert pagure.asked().get("project", 0) == projects_asked
    assert pagure.asked()["status"] == 1


def test_a_ticket_is_reopened_without_its_reason(pagure: World) -> None:
    pagure.state.add_project(pagure.repo, "carol", users={"commit": [BOT]}, close_statuses=["Accepted"])
    ticket_id = pagure.file()
    source = pagure.source()
    source.set_ticket_status(ticket_id, False, "Accepted")
    source.set_ticket_status(ticket_id, True, "Accepted")
    ticket = read(pagure, ticket_id)
    assert (ticket.is_open, ticket.close_status) == (True, "")


def test_saying_twice_what_a_ticket_is_changes_nothing_but_its_time(pagure: World) -> None:
    """So that nobody writes without need: the ticket would look changed each time."""
    ticket_id = pagure.file()
    source = pagure.source()
    source.set_ticket_status(ticket_id, False, "")
    before = read(pagure, ticket_id)
    pagure.clock.advance(60)
    source.set_ticket_status(ticket_id, False, "")
    after = read(pagure, ticket_id)
    assert after.last_updated_at > before.last_updated_at
    assert replace(after, last_updated_at=before.last_updated_at) == before


def test_a_ticket_that_is_not_there_or_not_ours_is_refused(pagure: World) -> None:
    ticket_id = pagure.file(user=REPORTER)
    with pytest.raises(RequestRefused, match="Issue not found"):
        pagure.source().edit_ticket(MISSING_ID, "Title", "Content")
    with pytest.raises(RequestRefused, match="not allowed"):
        pagure.source(token=OUTSIDER_TOKEN).set_ticket_status(ticket_id, False, "")
    assert read(pagure, ticket_id).is_open


@pytest.mark.parametrize("token", ["", "WRONG"])
def test_without_a_good_token_nothing_is_written(pagure: World, token: str) -> None:
    ticket_id = pagure.file()
    source = pagure.source(token=token)
    for write in (
        lambda: source.create_ticket("Title", "Content", []),
        lambda: source.edit_ticket(ticket_id, "Title", "Content"),
        lambda: source.set_ticket_status(ticket_id, False, ""),
        source.whoami,
    ):
        with pytest.raises(SourceDenied, match=r"our token is refused: .*Invalid token"):
            write()
    assert [ticket.id for ticket in pagure.source().fetch_tickets_by(BOT, pagure.clock.now)] == [ticket_id]


def test_our_token_tells_who_we_are(pagure: World) -> None:
    assert pagure.source().whoami() == BOT
    assert pagure.source(token=OUTSIDER_TOKEN).whoami() == OUTSIDER


def test_a_write_that_pagure_does_late_is_waited_for(pagure: World) -> None:
    """As when its broker is down, though a read would have been given up by then."""
    pagure.server.switches.broker_down_s = 0.5
    source = pagure.source(timeout_s=0.2, write_timeout_s=10.0)
    ticket = source.create_ticket("Title", "Content", [])
    assert source.edit_ticket(ticket.id, "Title", "New content").content == "New content"


def test_a_write_that_was_given_up_too_early_is_done_all_the_same_and_found(pagure: World) -> None:
    started = pagure.clock.now
    pagure.server.switches.broker_down_s = 0.6
    source = pagure.source(write_timeout_s=0.3, tries=3)
    with pytest.raises(WriteUncertain, match=r"no answer within 0\.3 s"):
        source.create_ticket("[1] Title", "Content", [])
    assert source.fetch_tickets_by(BOT, started) == (), "looking at once is too early"
    deadline = time.monotonic() + 10
    while not (found := source.fetch_tickets_by(BOT, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [ticket.title for ticket in found] == ["[1] Title"]
    assert pagure.asked()["new_issue"] == 1


@pytest.mark.parametrize("failure", ["closed", "empty", "html"])
def test_a_creation_whose_answer_was_lost_is_found_by_its_author(pagure: World, failure: str) -> None:
    started = pagure.clock.now
    source = pagure.source(tries=3)
    pagure.server.switches.fail = Failure(failure, times=1, carried_out=True)  # type: ignore[arg-type]
    with pytest.raises(WriteUncertain):
        source.create_ticket("[1] Title", "Content", ["beta"])
    (ticket,) = source.fetch_tickets_by(BOT, started)
    assert (ticket.title, ticket.tags) == ("[1] Title", ("beta",))
    assert pagure.asked()["new_issue"] == 1


def test_a_creation_that_was_lost_on_its_way_is_not_found(pagure: World) -> None:
    started = pagure.clock.now
    source = pagure.source(tries=3)
    pagure.server.switches.fail = Failure("html", status=502, times=1)
    with pytest.raises(WriteUncertain, match="HTTP 502"):
        source.create_ticket("[1] Title", "Content", [])
    assert source.fetch_tickets_by(BOT, started) == ()
