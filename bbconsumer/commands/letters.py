"""What may be asked for about messages that nobody could read: that they are read once more, and that they are dropped.

A newer program may be able to read what an older one could not.
"""

from __future__ import annotations

import json
import logging

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from bbconsumer.commands.refusal import CommandRefused
from bbconsumer.commands.tickets import WEBHOOK, mark_hint
from bbconsumer.config import Settings
from bbconsumer.db import audit, dead_letters
from bbconsumer.db.audit import Act
from bbconsumer.db.models import DeadLetter
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import Key
from bbconsumer.marking import build_scope, mark_message
from bbconsumer.triggers import Found, UnreadableMessage

_log = logging.getLogger(__name__)


def read_dead_letter(database: Database, settings: Settings, letter_id: int, *, actor: str) -> frozenset[Key]:
    """Have read at once what a message marks, as if it came now, and drop it; gives back the keys.

    Raises:
        CommandRefused: it still cannot be read, and is kept; or it was dropped before.
    """
    try:
        with database.writing() as session:
            letter = _drop(session, letter_id)
            found = _mark(session, letter, settings)
            marked = ", ".join(map(str, sorted(found.keys)))
            done = f"due at once: {marked}" if marked else found.reason
            _note(session, actor, Act.READ_DEAD_LETTER, letter, f"read again and dropped; {done}")
    except UnreadableMessage as error:
        raise CommandRefused(f"It still cannot be read, and is kept: {error}") from error
    except (DataError, IntegrityError) as error:
        raise CommandRefused("It still cannot be read, and is kept: the database refuses what it says") from error
    return found.keys


def drop_dead_letter(database: Database, letter_id: int, *, actor: str) -> None:
    """Forget a message that could not be read, since somebody has looked at it.

    Raises:
        CommandRefused: it was dropped before.
    """
    with database.writing() as session:
        letter = _drop(session, letter_id)
        _note(session, actor, Act.DROP_DEAD_LETTER, letter, f"dropped; it was kept because: {letter.reason}")


def _drop(session: Session, letter_id: int) -> DeadLetter:
    letter = dead_letters.drop(session, letter_id)
    if letter is None:
        raise CommandRefused("It is not there any more: somebody has dropped it")
    return letter


def _mark(session: Session, letter: DeadLetter, settings: Settings) -> Found:
    try:
        body = json.loads(letter.body)
    except ValueError as error:
        raise UnreadableMessage(f"only its first {dead_letters.MAX_BODY_CHARS} characters are kept") from error
    try:
        if letter.message_id.startswith(WEBHOOK):
            return mark_hint(session, settings, letter.topic, body)
        return mark_message(session, letter.topic, body, build_scope(settings), message_id=letter.message_id)
    except (UnreadableMessage, DBAPIError):
        raise
    except Exception as error:
        # The very fault of ours for which it was kept.
        _log.exception("dead letter %d met a fault of ours", letter.id)
        raise UnreadableMessage(f"{type(error).__name__}: {error}") from error


def _note(session: Session, actor: str, act: Act, letter: DeadLetter, done: str) -> None:
    audit.note(session, actor, act, f"{letter.topic}, {letter.message_id}"[:500], done[:500])
