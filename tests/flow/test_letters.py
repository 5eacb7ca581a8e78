"""A message that nobody could read is read again when somebody asks: a newer program may be able to."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bbconsumer import commands
from bbconsumer.commands import CommandRefused
from bbconsumer.commands.tickets import take_hint
from bbconsumer.config import Settings
from bbconsumer.db import dead_letters, workqueue
from bbconsumer.db.models import DeadLetter
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.triggers import Found
from tests.bus import COMMENT_ADDED, UPDATE, UPDATE_EDITED, body, ticket_body, update_body
from tests.flow.test_audit import noted
from tests.flow.world import START, World

SETTINGS = Settings.of()


def _keep(database: Database, topic: str, message: object, *, message_id: str = "one") -> int:
    """Keep a message, as a program did that could not read it."""
    with database.writing() as session:
        dead_letters.keep(
            session, message_id=message_id, topic=topic, body=message, reason="an older program", now=START
        )
        return session.scalars(select(DeadLetter.id)).one()


def _meet_a_fault(*_arguments: object) -> Found:
    raise KeyError("a fault of ours")


def _ids(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(DeadLetter.id)))


def _read(database: Database, letter_id: int) -> frozenset[Key]:
    return commands.read_dead_letter(database, SETTINGS, letter_id, actor="carol")


def test_what_a_message_marks_is_due_at_once_and_it_is_no_dead_letter_any_more(world: World) -> None:
    (bug_id,) = world.propose()
    letter_id = _keep(world.database, UPDATE, body(bug_id, {"field": "blocks"}))
    before = noted(world.database)
    assert _read(world.database, letter_id) == {Key(KeyKind.BUG, bug_id)}
    assert [(item.kind, item.id) for item in world.queue()] == [("bug", bug_id)]
    assert _ids(world.database) == []
    subject, done = f"{UPDATE}, one", f"read again and dropped; due at once: bug/{bug_id}"
    assert noted(world.database)[len(before) :] == [("carol", "read_dead_letter", subject, done)]
    with pytest.raises(CommandRefused, match="somebody has dropped it"):
        _read(world.database, letter_id)


@pytest.mark.parametrize(
    ("topic", "message_id", "message", "kind"),
    [
        (COMMENT_ADDED, "one", ticket_body(7), KeyKind.TICKET),
        ("issue.comment.added", "webhook:one", ticket_body(7), KeyKind.TICKET),
        # Of an update only its alias is told, which gets a number.
        (UPDATE_EDITED, "one", update_body("FEDORA-2026-x", 7), KeyKind.UPDATE),
    ],
)
def test_messages_of_every_source_are_read(
    world: World, topic: str, message_id: str, message: dict[str, Any], kind: KeyKind
) -> None:
    with world.database.writing() as session:
        workqueue.mark(session, [Key(KeyKind.BUG, 7)])
    letter_id = _keep(world.database, topic, message, message_id=message_id)
    assert [key.kind for key in _read(world.database, letter_id)] == [kind]


def test_a_message_that_tells_of_nothing_that_is_followed_is_dropped(world: World) -> None:
    letter_id = _keep(world.database, "org.example.of.another.topic", {})
    assert _read(world.database, letter_id) == frozenset()
    assert (_ids(world.database), world.queue()) == ([], [])
    assert noted(world.database)[-1][3] == "read again and dropped; topic does not concern us"


def test_what_still_cannot_be_read_is_kept_and_nothing_is_noted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    database = world.database
    take_hint(database, SETTINGS, "issue.new", {"issue": {"id": "x"}})
    (letter_id,) = _ids(database)
    before = noted(database)
    with pytest.raises(CommandRefused, match=r"still cannot be read, and is kept: no ticket number in issue\.id"):
        _read(database, letter_id)
    commands.drop_dead_letter(database, letter_id, actor="carol")
    long_id = _keep(database, UPDATE, {"x": "y" * dead_letters.MAX_BODY_CHARS})
    with pytest.raises(CommandRefused, match="only its first 100000 characters are kept"):
        _read(database, long_id)
    commands.drop_dead_letter(database, long_id, actor="carol")
    letter_id = _keep(database, UPDATE, body(7))
    monkeypatch.setattr("bbconsumer.marking.keys_in", _meet_a_fault)
    with pytest.raises(CommandRefused, match="still cannot be read, and is kept: KeyError: 'a fault of ours'"):
        _read(database, letter_id)
    assert _ids(database) == [letter_id]
    assert [act for _, act, *_ in noted(database)[len(before) :]] == ["drop_dead_letter", "drop_dead_letter"]
    assert world.queue() == []
