"""Listings: pages miscount and move, and still nothing is lost and nothing asked for in vain."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from bbconsumer.domain.snapshots import AbsenceReason, Absent, TicketSnapshot
from bbconsumer.sources import ListedTickets, SourceUnavailable
from tests.sources.pagure_faults import TOKEN, answering, body, source_of
from tests.sources.pagure_world import BOT, OUTSIDER, REPORTER, World, between
from tests.sources.world import Json


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3)])
def test_all_tickets_are_listed_though_each_page_counts_only_itself(pagure: World, count: int, pages: int) -> None:
    ids = pagure.file_many(count)
    assert pagure.source().list_ticket_ids(None).ids == set(ids)
    assert pagure.asked() == {"issues": pages}


def test_every_page_is_asked_for_in_the_same_order_and_whatever_its_state(pagure: World) -> None:
    ids = pagure.file_many(101)
    pagure.close(ids[0])
    pagure.source().list_ticket_ids(None)
    queries = [parse_qs(asked.query) for asked in pagure.server.requests.all()]
    plain = {"status": ["all"], "order": ["asc"], "per_page": ["100"]}
    assert queries == [plain | {"page": ["1"]}, plain | {"page": ["2"]}]


def test_a_ticket_that_is_opened_meanwhile_moves_no_other(pagure: World) -> None:
    ids = pagure.file_many(200)

    def open_another(path: str, _: Json) -> None:
        ids.append(pagure.file())

    with between(pagure, open_another) as url:
        assert source_of(url, repo=pagure.repo).list_ticket_ids(None).ids >= set(ids[:200])


def test_what_changed_since_is_listed_inclusively(pagure: World) -> None:
    """Comments and closing are changes; Pagure compares whole seconds."""
    old, commented, closed = pagure.file_many(3)
    pagure.clock.advance(60)
    moment = pagure.clock.now + timedelta(milliseconds=700)
    pagure.clock.advance(0.5)
    pagure.comment(commented)
    pagure.close(closed)
    new = pagure.file()
    source = pagure.source()
    assert source.list_ticket_ids(moment).ids == {commented, closed, new}
    assert source.list_ticket_ids(moment + timedelta(seconds=1)).ids == frozenset()
    assert source.list_ticket_ids(pagure.clock.now - timedelta(hours=1)).ids == {old, commented, closed, new}


def test_pages_of_what_changed_since_follow_too(pagure: World) -> None:
    ids = pagure.file_many(150)
    assert pagure.source().list_ticket_ids(pagure.clock.now - timedelta(seconds=1)).ids == set(ids)
    assert pagure.asked() == {"issues": 2}


def test_a_listing_tells_how_new_it_is(pagure: World) -> None:
    assert pagure.source().list_ticket_ids(None) == ListedTickets(frozenset(), None)
    first = pagure.file()
    pagure.file_many(120)
    pagure.clock.advance(60)
    pagure.comment(first)
    newest = pagure.source().list_ticket_ids(None).newest_change_at
    assert newest is not None
    assert newest == pagure.state.ticket(pagure.repo, first).updated_at
    assert pagure.source().list_ticket_ids(newest).ids == {first}


def test_three_hundred_of_two_thousand_tickets_cost_a_handful_of_requests(pagure: World) -> None:
    ids = pagure.file_many(2_000)
    source = pagure.source()
    source.list_ticket_ids(None)
    pagure.server.requests.clear()
    answers = source.fetch_tickets(ids[-300:])
    assert answers.keys() == set(ids[-300:])
    assert all(isinstance(answer, TicketSnapshot) and answer.id == i for i, answer in answers.items())
    assert pagure.asked() == {"issues": 3}
    pagure.server.requests.clear()
    # Evenly over all of them, as bad as it can be.
    assert source.fetch_tickets(ids[::7]).keys() == set(ids[::7])
    assert pagure.asked() == {"issues": 20}


def test_a_page_is_read_for_three_tickets_and_not_for_two(pagure: World) -> None:
    ids = pagure.file_many(210)
    source = pagure.source()
    source.list_ticket_ids(None)
    pagure.server.requests.clear()
    wanted = [*ids[0:2], *ids[100:103], ids[200]]
    assert source.fetch_tickets(wanted).keys() == set(wanted)
    assert pagure.asked() == {"issues": 1, "issue": 3}


def test_before_the_first_listing_each_ticket_is_asked_for_singly(pagure: World) -> None:
    ids = pagure.file_many(5)
    source = pagure.source()
    assert source.fetch_tickets(ids).keys() == set(ids)
    assert pagure.asked() == {"issue": 5}


def test_tickets_that_changed_since_are_read_by_the_pages_of_their_own_listing(pagure: World) -> None:
    ids = pagure.file_many(300)
    pagure.clock.advance(60)
    since, changed = pagure.clock.now - timedelta(seconds=1), ids[::2]
    for ticket_id in changed:
        pagure.comment(ticket_id)
    source = pagure.source()
    assert source.list_ticket_ids(since).ids == set(changed)
    pagure.comment(ids[1])
    pagure.server.requests.clear()
    answers = source.fetch_tickets(changed)
    assert {i for i, answer in answers.items() if isinstance(answer, TicketSnapshot)} == set(changed)
    # One changed meanwhile, so that the last of the first page stands on the second now.
    assert pagure.asked() == {"issues": 2}


def test_a_listing_of_changes_does_not_spoil_what_the_full_one_told(pagure: World) -> None:
    ids = pagure.file_many(110)
    source = pagure.source()
    source.list_ticket_ids(None)
    source.list_ticket_ids(pagure.clock.now - timedelta(days=1))
    source.list_ticket_ids(pagure.clock.now + timedelta(days=1))
    pagure.server.requests.clear()
    source.fetch_tickets(ids[:3])
    assert pagure.asked() == {"issues": 1}


def test_tickets_that_moved_to_another_page_are_found_all_the_same(pagure: World) -> None:
    """Some before them were deleted: where a ticket stood is only a hint."""
    ids = pagure.file_many(210)
    source = pagure.source()
    source.list_ticket_ids(None)
    pagure.server.requests.clear()
    for ticket_id in ids[:2]:
        pagure.state.drop_ticket(pagure.repo, ticket_id, BOT)
    answers = source.fetch_tickets(ids)
    assert {i for i, answer in answers.items() if isinstance(answer, TicketSnapshot)} == set(ids[2:])
    assert [answers[i] for i in ids[:2]] == [Absent(i, AbsenceReason.MISSING) for i in ids[:2]]
    # Each page holds the first two of the next one now, so that only the deleted ones are asked for singly.
    assert pagure.asked() == {"issues": 3, "issue": 2}


def test_a_page_that_is_empty_all_of_a_sudden_makes_nothing_absent(pagure: World) -> None:
    ids = pagure.file_many(5)
    source = pagure.source()
    source.list_ticket_ids(None)
    pagure.server.switches.empty = True
    answers = source.fetch_tickets(ids)
    assert all(isinstance(answers[i], TicketSnapshot) for i in ids)


def listed(*ids: int, has_next: bool = True) -> Json:
    return {"issues": [{"id": i} for i in ids], "pagination": {"next": "http://x" if has_next else None}}


def test_a_short_page_is_not_the_last_one_where_the_server_tells_of_a_next() -> None:
    """A server may one day allow fewer tickets on a page than are asked for."""
    with answering(body(listed(1, 2)), body(listed(3)), body(listed(4, has_next=False))) as (url, asked):
        assert source_of(url).list_ticket_ids(None).ids == {1, 2, 3, 4}
    assert len(asked) == 3


@pytest.mark.parametrize("pages", [[listed(1, 2), listed(1, 2)], [listed()], [listed(1), listed()]], ids=repr)
def test_a_listing_without_end_is_not_followed(pages: list[Json]) -> None:
    with answering(*map(body, pages)) as (url, asked), pytest.raises(SourceUnavailable, match="brings nothing new"):
        source_of(url).list_ticket_ids(None)
    assert len(asked) == len(pages)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"issues": None},
        {"issues": ["text"]},
        {"issues": [{"title": "without a number"}]},
        {"issues": [{"id": None}]},
        {"issues": [], "pagination": {}},
        {"issues": [], "pagination": []},
    ],
    ids=repr,
)
def test_a_page_of_another_shape_is_unavailable(content: Json) -> None:
    with answering(body(content)) as (url, _), pytest.raises(SourceUnavailable, match=r"a page of .* cannot be read"):
        source_of(url).list_ticket_ids(None)


def test_tickets_of_one_author_are_found_by_the_time_of_their_creation(pagure: World) -> None:
    """The look-up before a creation is repeated: open or closed, and not what merely changed."""
    old = pagure.file("Old")
    pagure.clock.advance(60)
    moment = pagure.clock.now
    mine = [pagure.file("At that moment"), pagure.file("Closed since")]
    pagure.file("Somebody else's", user=REPORTER)
    pagure.file("Private", is_private=True)
    pagure.close(mine[1])
    pagure.comment(old)
    tickets = pagure.source().fetch_tickets_by(BOT, moment)
    assert [ticket.id for ticket in tickets] == mine
    assert [(ticket.title, ticket.opened_by, ticket.is_open) for ticket in tickets] == [
        ("At that moment", BOT, True),
        ("Closed since", BOT, False),
    ]
    assert pagure.source().fetch_tickets_by(OUTSIDER, moment) == ()
    assert pagure.source().fetch_tickets_by("nobody & nothing", moment) == ()


def test_tickets_of_one_author_may_fill_several_pages(pagure: World) -> None:
    ids = pagure.file_many(130)
    tickets = pagure.source().fetch_tickets_by(BOT, pagure.clock.now - timedelta(seconds=10))
    assert [ticket.id for ticket in tickets] == ids
    assert pagure.asked() == {"issues": 2}


def test_the_token_is_in_no_address(pagure: World) -> None:
    pagure.source().list_ticket_ids(None)
    assert all(TOKEN not in asked.query + asked.path for asked in pagure.server.requests.all())
