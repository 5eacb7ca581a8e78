"""What a single value of Pagure may look like, where HTTP adds nothing."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.snapshots import AbsenceReason, Absent, Comment, TicketSnapshot
from bbconsumer.sources import RequestRefused
from bbconsumer.sources.pagure_answers import (
    PAGE_SIZE,
    newest_change_on,
    parse_close_statuses,
    parse_deciders,
    parse_members,
    parse_page,
    parse_ticket,
    parse_time,
)
from tests import recordings

Json = dict[str, Any]

AT = datetime(2026, 11, 23, 15, 32, 59, 888342, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COMMENT: Json = {
    "id": 11,
    "user": {"name": "alice"},
    "date_created": "1795447979.888342",
    "edited_on": None,
    "comment": "BetaBlocker +1",
}
TICKET: Json = {
    "id": 7,
    "title": "It crashes",
    "content": "Bug details",
    "user": {"name": "blockerbot"},
    "date_created": "1795447976",
    "last_updated": "1795447979.888342",
    "status": "Open",
    "close_status": None,
    "private": False,
    "tags": ["beta", "blocker"],
    "comments": [COMMENT],
}


def read(**changes: Any) -> TicketSnapshot:
    ticket = parse_ticket({**TICKET, **changes})
    assert isinstance(ticket, TicketSnapshot)
    return ticket


def test_a_ticket_is_read_whole() -> None:
    assert read() == TicketSnapshot(
        id=7,
        title="It crashes",
        content="Bug details",
        opened_by="blockerbot",
        created_at=datetime(2026, 11, 23, 15, 32, 56, tzinfo=UTC),
        last_updated_at=AT,
        is_open=True,
        close_status="",
        tags=("beta", "blocker"),
        comments=(Comment(11, "alice", AT, "BetaBlocker +1"),),
    )


@pytest.mark.parametrize("name", [name for name in TICKET if name != "id"])
def test_a_ticket_without_a_field_that_decides_is_refused_and_named(name: str) -> None:
    with pytest.raises(RequestRefused, match=rf"about ticket 7 cannot be read: KeyError\('{name}'\)"):
        parse_ticket({key: value for key, value in TICKET.items() if key != name})


@pytest.mark.parametrize("name", [name for name in COMMENT if name != "edited_on"])
def test_so_is_one_with_such_a_comment(name: str) -> None:
    comment = {key: value for key, value in COMMENT.items() if key != name}
    with pytest.raises(RequestRefused, match=rf"about ticket 7 cannot be read: KeyError\('{name}'\)"):
        parse_ticket({**TICKET, "comments": [COMMENT, comment]})


def test_fields_that_nobody_knows_change_nothing() -> None:
    assert read(related_prs=[], reactions=7, milestone=None, user={"name": "blockerbot", "x": 1}) == read()


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"close_status": "Accepted", "status": "Closed"}, "close_status", "Accepted"),
        ({"status": "Closed"}, "is_open", False),
        # As old tickets may still say.
        ({"status": "Fixed"}, "is_open", False),
        ({"content": None}, "content", ""),
        ({"tags": []}, "tags", ()),
        ({"comments": []}, "comments", ()),
        ({"title": "a\0b"}, "title", "a\N{REPLACEMENT CHARACTER}b"),
        ({"content": "half a pair \ud83d end"}, "content", "half a pair ? end"),
        ({"content": "GNOME Shell – “ünïcode” 🐧\r\n<script>"}, "content", "GNOME Shell – “ünïcode” 🐧\r\n<script>"),
    ],
)
def test_values_come_in_several_shapes(changes: Json, field: str, expected: object) -> None:
    value = getattr(read(**changes), field)
    assert value == expected
    assert json.dumps(value, ensure_ascii=False).encode("utf-8"), "any database takes it"


def test_comments_keep_their_order_and_the_time_of_an_edit() -> None:
    comments = [COMMENT | {"id": i, "date_created": str(1795447979 - i), "edited_on": edited} for i, edited in EDITED]
    assert [(comment.id, comment.edited_at) for comment in read(comments=comments).comments] == [
        (1, None),
        (3, AT),
        (2, AT.replace(microsecond=0)),
    ]


EDITED = [(1, None), (3, "1795447979.888342"), (2, "1795447979")]

SPOILT: dict[str, Json] = {
    "a time without digits": {"last_updated": "yesterday"},
    "a time that is a number": {"last_updated": 1795447979.888342},
    "no time": {"date_created": None},
    "a huge text for a time": {"last_updated": "9" * 1_000_000},
    "a title that is a number": {"title": 7},
    "a status that is an object": {"status": {"name": "Open"}},
    "tags null": {"tags": None},
    "tags of objects": {"tags": [{"name": "beta"}]},
    "comments null": {"comments": None},
    "a comment that is a text": {"comments": ["BetaBlocker +1"]},
    "nobody's ticket": {"user": None},
    "a user without a name": {"user": {"name": ""}},
    "nobody's comment": {"comments": [COMMENT | {"user": None}]},
    "a comment of somebody without a name": {"comments": [COMMENT | {"user": {"name": None}}]},
    "privacy unknown": {"private": None},
    "privacy in words": {"private": "false"},
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_ticket_without_sense_is_refused_and_named(how: str) -> None:
    with pytest.raises(RequestRefused, match="about ticket 7 cannot be read") as caught:
        read(**SPOILT[how])
    assert len("".join(traceback.format_exception(caught.value))) < 5_000, "it goes to the log"


def test_of_a_private_ticket_nothing_else_is_read() -> None:
    """No error tells of it, and what was shown of it before is taken away."""
    assert parse_ticket({"id": 7, "private": True, "title": {"very": "secret"}}) == Absent(7, AbsenceReason.PRIVATE)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1795447979.888342", AT),
        ("1795447979", AT.replace(microsecond=0)),
        ("1795447978.14749", AT.replace(second=58, microsecond=147490)),
        ("1795447979.8883429", AT),
        ("1795447979.000001", AT.replace(microsecond=1)),
        ("0", EPOCH),
    ],
)
def test_a_time_has_a_fraction_or_none(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment


@given(st.integers(0, 99_999_999_999), st.integers(0, 999_999))
def test_no_microsecond_is_lost(seconds: int, microseconds: int) -> None:
    moment = EPOCH + timedelta(seconds=seconds, microseconds=microseconds)
    assert parse_time(f"{seconds}.{microseconds:06}") == moment
    assert parse_time(f"{seconds}.{microseconds:06}".rstrip("0") if microseconds else str(seconds)) == moment


@pytest.mark.parametrize(
    "text",
    ["", " ", "-1", "1795447979.", ".5", "1e9", "nan", "１７９５", "1795447979,5", "2026-11-23", "1\n", "9" * 12],
)
def test_nothing_else_is_a_time(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text)


def page(count: int, **other: Any) -> Json:
    """A page of so many tickets."""
    return {"issues": [TICKET | {"id": number} for number in range(1, count + 1)], "total_issues": count, **other}


@pytest.mark.parametrize(
    ("raw", "is_last"),
    [
        (page(3, pagination={"next": None, "pages": 1}), True),
        # Its total is that of the page.
        (page(3, pagination={"next": "http://pagure.test/issues?page=2", "pages": 9}), False),
        (page(PAGE_SIZE, pagination={"next": None}), True),
        (page(PAGE_SIZE), False),
        (page(PAGE_SIZE - 1), True),
        (page(0), True),
    ],
    ids=["last", "short, not last", "full and last", "full", "short", "empty"],
)
def test_the_last_page_is_known_by_what_it_says_of_a_next_one_or_else_by_its_size(raw: Json, is_last: bool) -> None:
    assert parse_page(raw).is_last is is_last


def test_a_listing_is_as_new_as_its_newest_readable_time() -> None:
    raw = page(4)
    for ticket, time in zip(raw["issues"], ["1795447977", None, "1795447979.888342", "soon"], strict=True):
        ticket["last_updated"] = time
    assert newest_change_on(parse_page(raw)) == AT
    assert newest_change_on(parse_page(page(0))) is None


PROJECT: Json = {
    "access_users": {
        "owner": ["carol"],
        "admin": ["dave"],
        "commit": ["alice", "bob", "dave"],
        "collaborator": ["eve"],
        "ticket": ["frida"],
    },
    "access_groups": {"admin": ["qa"], "commit": ["relan/g"], "collaborator": ["helpers"], "ticket": ["voters"]},
    "close_status": ["Accepted", "Rejected"],
}


def test_owner_admins_and_committers_decide_and_nobody_else() -> None:
    people, groups = parse_deciders(PROJECT)
    assert people == {"alice", "bob", "carol", "dave"}
    assert groups == {"qa", "relan/g"}
    assert parse_members({"members": ["alice", "gina"], "name": "qa"}) == {"alice", "gina"}


def test_a_project_may_know_no_reason_for_closing() -> None:
    assert parse_close_statuses(PROJECT) == {"Accepted", "Rejected"}
    assert parse_close_statuses({"close_status": []}) == frozenset()


@pytest.mark.parametrize(
    ("parse", "raw"),
    [
        (parse_deciders, {}),
        (parse_deciders, PROJECT | {"access_users": None}),
        (parse_deciders, PROJECT | {"access_users": {"owner": ["carol"], "admin": []}}),
        (parse_deciders, PROJECT | {"access_groups": {"admin": [None], "commit": []}}),
        (parse_members, {}),
        (parse_members, {"members": None}),
        (parse_members, {"members": [{"name": "alice"}]}),
        (parse_close_statuses, {}),
        (parse_close_statuses, {"close_status": None}),
    ],
)
def test_who_decides_is_never_guessed(parse: Callable[[Json], object], raw: Json) -> None:
    """An account too few would make decisions look like comments."""
    with pytest.raises(RequestRefused, match="cannot be read"):
        parse(raw)


@recordings.recorded
def test_recorded_tickets_are_read() -> None:
    bodies = [
        json.loads(path.read_text(encoding="utf-8").partition("\n")[2])
        for path in recordings.files("peers/pagure-*.json")
    ]
    raw_tickets = [raw for body in bodies for raw in (*body.get("issues", ()), body.get("issue"), body) if raw]
    tickets = [parse_ticket(raw) for raw in raw_tickets if "last_updated" in raw]
    assert len(tickets) > 10
    assert all(isinstance(ticket, TicketSnapshot) and ticket.created_at.microsecond for ticket in tickets)


@recordings.recorded
def test_tickets_in_recorded_messages_are_read_as_those_in_answers() -> None:
    (path,) = recordings.files("peers/pagure-messages-on-the-bus.jsonl")
    bodies = [json.loads(line)["body"] for line in path.read_text(encoding="utf-8").splitlines()]
    tickets = [parse_ticket(body["issue"]) for body in bodies]
    assert {ticket.is_open for ticket in tickets if isinstance(ticket, TicketSnapshot)} == {True, False}
    assert all(parse_deciders(body["project"])[0] for body in bodies)
