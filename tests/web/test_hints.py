"""What a webhook leads to: a ticket that is read, or a message that is kept; on each kind of database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bbconsumer import commands
from bbconsumer.config import Settings
from bbconsumer.db.models import DeadLetter, WorkItem
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import KeyKind
from bbconsumer.triggers import Scope, UnreadableMessage, keys_in_webhook
from tests.bus import ticket_body
from tests.web.databases import on_both


@on_both
def test_a_hint_marks_its_ticket_with_the_time_that_it_tells_of(database: Database) -> None:
    for _ in range(2):
        assert commands.take_hint(database, Settings.of(), "issue.new", ticket_body(7)) == (
            "a ticket of the review project"
        )
    with database.reading() as session:
        columns = WorkItem.kind, WorkItem.id, WorkItem.generation, WorkItem.not_older_than
        assert session.execute(select(*columns)).all() == [
            ("ticket", 7, 2, datetime.fromtimestamp(1790000000.5, UTC)),
        ]


@on_both
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (None, "body is nothing, not an object"),
        ([], "body is a list, not an object"),
        ("text", "body is a str, not an object"),
        ({"issue": {"id": "\0\ud800"}}, "no ticket number in issue.id"),
        (ticket_body(2**40), "no ticket number in issue.id"),
    ],
)
def test_what_cannot_be_read_is_kept_once_whatever_is_in_it(database: Database, message: object, reason: str) -> None:
    for _ in range(2):
        outcome = commands.take_hint(database, Settings.of(), "issue.n\0\ud800w", message)
        assert outcome == "kept for a person to look at"
    with database.reading() as session:
        letters = session.execute(select(DeadLetter.topic, DeadLetter.reason)).all()
        assert letters == [("issue.n\\x00\\ud800w", reason)]
        assert session.scalars(select(WorkItem)).all() == []


def test_where_pagure_is_left_alone_nothing_is_marked(database: Database) -> None:
    settings = Settings.of(pagure_enabled=False)
    assert commands.take_hint(database, settings, "issue.new", ticket_body(7)) == "topic does not concern us"
    with database.reading() as session:
        assert session.scalars(select(WorkItem)).all() == []


_SCOPE = Scope((), "fedora-qa/blocker-review", "blockerbot")
_parts = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda part: st.dictionaries(st.sampled_from(["issue", "id", "project", "bug", "event", "x"]), part, max_size=3),
    max_leaves=6,
)
_topics = st.lists(st.sampled_from(["issue", "pagure", "bugzilla", "bug", "new", "edit", "org", ""]), max_size=7).map(
    ".".join
)


@given(_topics, _parts)
def test_whatever_a_call_says_it_marks_tickets_only(topic: str, message: object) -> None:
    try:
        found = keys_in_webhook(topic, message, _SCOPE)
    except UnreadableMessage:
        return
    assert {key.kind for key in found.keys} <= {KeyKind.TICKET}
