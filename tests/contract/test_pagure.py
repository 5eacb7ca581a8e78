"""What the service relies on in a Pagure, read and written through the very source that it uses."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bbconsumer.domain.snapshots import AbsenceReason, Absent
from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable
from bbconsumer.sources.pagure_answers import parse_close_statuses
from tests.contract.pagure_site import PagureSite

pytestmark = pytest.mark.contract

# Within the range of a number in any database, and far beyond every ticket.
MISSING_ID = 2_000_000_000
SOON = timedelta(minutes=1)


def future(pagure: PagureSite) -> datetime:
    """After every change, by the server's own clock."""
    newest = pagure.source().list_ticket_ids(None).newest_change_at
    assert newest is not None, "the project has no ticket yet"
    return newest + timedelta(days=1)


def test_every_ticket_is_listed_once_however_many_pages_there_are(pagure: PagureSite) -> None:
    ids = sorted(pagure.source().list_ticket_ids(None).ids)
    assert ids
    # From both ends and from in between.
    some = [*ids[:5], *ids[len(ids) // 2 :][:5], *ids[-5:]]
    by_pages, alone = pagure.source(), pagure.source()
    by_pages.list_ticket_ids(None)
    assert by_pages.fetch_tickets(some) == alone.fetch_tickets(some)


def test_what_changed_since_is_listed_inclusively(pagure: PagureSite) -> None:
    listed = pagure.source().list_ticket_ids(None)
    assert listed.newest_change_at is not None
    assert pagure.source().list_ticket_ids(listed.newest_change_at).ids & listed.ids
    assert pagure.source().list_ticket_ids(future(pagure)).ids == frozenset()


def test_a_ticket_that_is_not_there_is_absent(pagure: PagureSite) -> None:
    assert pagure.source().fetch_tickets([MISSING_ID]) == {MISSING_ID: Absent(MISSING_ID, AbsenceReason.MISSING)}


def test_without_the_project_nothing_is_absent(pagure: PagureSite) -> None:
    source = pagure.source(token="", repo=f"{pagure.repo}-{pagure.run}")
    with pytest.raises(SourceUnavailable, match="is not there"):
        source.fetch_tickets([MISSING_ID])
    with pytest.raises(SourceUnavailable, match="is not there"):
        source.list_ticket_ids(None)


def test_tickets_can_be_read_without_a_token(pagure: PagureSite) -> None:
    source = pagure.source(token="")
    assert source.list_ticket_ids(None).ids <= pagure.source().list_ticket_ids(None).ids
    assert source.fetch_deciders() == pagure.source().fetch_deciders()


def test_somebody_decides(pagure: PagureSite) -> None:
    assert pagure.source().fetch_deciders()


def test_nobodys_tickets_are_none(pagure: PagureSite) -> None:
    assert pagure.source().fetch_tickets_by(f"nobody{pagure.run}", future(pagure) - timedelta(days=9_999)) == ()


def test_a_wrong_token_is_refused(pagure: PagureSite) -> None:
    source = pagure.source(token="WRONG" * 12)
    with pytest.raises(SourceDenied, match="our token is refused"):
        source.fetch_tickets([MISSING_ID])
    with pytest.raises(SourceDenied, match="our token is refused"):
        source.create_ticket("Not to be opened", "by nobody", [])
    with pytest.raises(SourceDenied, match="our token is refused"):
        source.whoami()


def test_a_ticket_is_opened_and_read_whole(pagure: PagureSite) -> None:
    text = "Bug details: **https://bugzilla.example/1?a=b&c**\n\n`AGREED` ünïcode – “q” – עברית & <b>markup</b> 🐧"
    ticket = pagure.open("GNOME Shell: “black” & ünïcode", text, ("bbconsumer-test",))
    assert pagure.read(ticket.id) == ticket
    assert ticket.title == f"bbconsumer {pagure.run}: GNOME Shell: “black” & ünïcode"
    assert (ticket.content, ticket.tags) == (text, ("bbconsumer-test",))
    assert (ticket.opened_by, ticket.is_open, ticket.close_status) == (pagure.source().whoami(), True, "")
    assert ticket.comments == ()
    assert abs(ticket.last_updated_at - ticket.created_at) < SOON


def test_a_ticket_needs_a_title_and_a_description(pagure: PagureSite) -> None:
    ticket = pagure.open()
    for title, content, lacking in (("", "Content", "title"), ("Title", "", "issue_content")):
        with pytest.raises(RequestRefused, match=f"{lacking}: "):
            pagure.source().create_ticket(title, content, [])
        with pytest.raises(RequestRefused, match=f"{lacking}: "):
            pagure.source().edit_ticket(ticket.id, title, content)
    assert pagure.read(ticket.id) == ticket


def test_an_edit_replaces_title_and_description_and_moves_the_time(pagure: PagureSite) -> None:
    ticket = pagure.open(tags=("bbconsumer-test",))
    pagure.pause()
    edited = pagure.source().edit_ticket(ticket.id, f"{ticket.title}, edited", "New ünïcode")
    assert (edited.title, edited.content) == (f"{ticket.title}, edited", "New ünïcode")
    assert (edited.id, edited.tags, edited.created_at) == (ticket.id, ticket.tags, ticket.created_at)
    read = pagure.read(ticket.id)
    assert (read.title, read.content) == (edited.title, edited.content)
    assert read.last_updated_at > ticket.last_updated_at


def test_comments_are_embedded_in_their_order_and_move_the_time(pagure: PagureSite) -> None:
    ticket, me = pagure.open(), pagure.source().whoami()
    pagure.pause()
    for text in ("BetaBlocker +1", "FinalBlocker -1\n\nwörds"):
        pagure.comment(ticket.id, text)
    read = pagure.read(ticket.id)
    assert [(each.author, each.text, each.edited_at) for each in read.comments] == [
        (me, "BetaBlocker +1", None),
        (me, "FinalBlocker -1\n\nwörds", None),
    ]
    assert ticket.created_at < read.comments[0].at <= read.comments[1].at
    assert read.last_updated_at > ticket.last_updated_at
    assert abs(read.last_updated_at - read.comments[1].at) < SOON
    assert ticket.id in pagure.source().list_ticket_ids(read.last_updated_at).ids


def test_a_ticket_is_closed_without_a_reason_that_the_project_does_not_know(pagure: PagureSite) -> None:
    ticket, source = pagure.open(), pagure.source()
    with pytest.raises(RequestRefused, match="close_status: "):
        pagure.write(f"issue/{ticket.id}/status", status="Closed", close_status=f"Reason {pagure.run}")
    assert pagure.read(ticket.id).is_open
    pagure.pause()
    source.set_ticket_status(ticket.id, False, f"Reason {pagure.run}")
    closed = pagure.read(ticket.id)
    assert (closed.is_open, closed.close_status) == (False, "")
    assert closed.last_updated_at > ticket.last_updated_at
    assert ticket.id in source.list_ticket_ids(closed.last_updated_at).ids
    source.set_ticket_status(ticket.id, False, "")
    source.set_ticket_status(ticket.id, True, "")
    assert pagure.read(ticket.id).is_open


def test_a_ticket_is_closed_for_a_reason_that_the_project_knows(pagure: PagureSite) -> None:
    ticket, source = pagure.open(), pagure.source()
    reasons = sorted(parse_close_statuses(pagure.client().ask(pagure.repo)))
    if not reasons:
        pytest.skip("the project knows no reason for closing a ticket")
    source.set_ticket_status(ticket.id, False, reasons[0])
    closed = pagure.read(ticket.id)
    assert (closed.is_open, closed.close_status) == (False, reasons[0])
    source.set_ticket_status(ticket.id, True, "")
    reopened = pagure.read(ticket.id)
    assert (reopened.is_open, reopened.close_status) == (True, "")


def test_a_private_ticket_is_absent_for_everybody(pagure: PagureSite) -> None:
    ticket_id = pagure.open_private()
    absent = {ticket_id: Absent(ticket_id, AbsenceReason.PRIVATE)}
    assert pagure.source().fetch_tickets([ticket_id]) == absent
    assert pagure.source(token="").fetch_tickets([ticket_id]) == absent
    assert ticket_id not in pagure.source(token="").list_ticket_ids(None).ids


def test_what_was_opened_is_found_by_its_author(pagure: PagureSite) -> None:
    older = pagure.open("Older")
    pagure.pause()
    first, second, private = pagure.open("First"), pagure.open("Second"), pagure.open_private()
    pagure.source().set_ticket_status(second.id, False, "")
    pagure.comment(older.id, "Changed, but not opened, since.")
    found = pagure.source().fetch_tickets_by(first.opened_by, first.created_at)
    assert [ticket.id for ticket in found] == [first.id, second.id]
    assert [ticket.title for ticket in found] == [first.title, second.title]
    assert private not in {ticket.id for ticket in found}
