"""Messages that consist of nasty texts are taken, and kept for a person when they name nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any

import pytest
from fedora_messaging.message import Message
from sqlalchemy import func, make_url, select

from bbconsumer.config import Settings
from bbconsumer.consumer import Consumer
from bbconsumer.db.models import DeadLetter
from bbconsumer.db.session import Database
from bbconsumer.simulator.pagure_cast import REVIEW_PROJECT
from tests.hostile.corpus import TEXTS
from tests.hostile.pages import foreign, known_attributes
from tests.hostile.world import People
from tests.services.schema import make_schema
from tests.web.client import Client
from tests.web.reading import Reader
from tests.web.world import NOW
from web.app import create_app

# What is of another product or project is not for us, whatever else is in it.
_OURS = {"Fedora", REVIEW_PROJECT, *REVIEW_PROJECT.split("/")}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Nothing is known yet."""
    database = Database(make_url(f"sqlite:///{tmp_path / 'messages.sqlite'}"))
    make_schema(database)
    yield database
    database.dispose()


def _spoiled(value: Any, text: str, kinds: type | UnionType) -> Any:
    """The same with the text in the place of all values of these kinds."""
    if isinstance(value, dict):
        return {key: _spoiled(each, text, kinds) for key, each in value.items()}
    if isinstance(value, list):
        return [_spoiled(each, text, kinds) for each in value]
    return text if isinstance(value, kinds) and value not in _OURS else value


def test_a_message_that_consists_of_nasty_texts_is_taken(database: Database) -> None:
    people = People()
    people.write(["harmless"])
    plain = list(people.messages.values())
    consumer = Consumer(Settings.of(), database)
    for number, text in enumerate(TEXTS):
        message = plain[number % len(plain)]
        topic = message.topic if number % 2 else f"{message.topic.rpartition('.')[0]}.{text}"
        # Without its numbers a message names nothing.
        body = _spoiled(message.body, text, str if number % 4 else str | int)
        consumer(Message(topic=topic, body=body))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DeadLetter))
    client = Client(create_app(Settings.of(), database, clock=lambda: NOW))
    page = Reader(client).page("/status")
    assert list(foreign(page.root, known_attributes())) == []
