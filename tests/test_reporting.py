"""The verdict's history: each change once, whoever looks and how often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url, select

from bbconsumer.config import Settings
from bbconsumer.db.models import EventRow
from bbconsumer.db.schema import upgrade
from bbconsumer.db.session import Database
from bbconsumer.reporting import note_verdicts
from tests.flow.world import in_background
from tests.web.world import BLOCKER, FREEZE_EXCEPTION, World

SETTINGS = Settings.of()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Fedora 45 Beta, and the Beta before it, which is not active."""
    database = Database(make_url(database_url))
    upgrade(database)
    world = World(database)
    world.milestone()
    world.milestone("44", trackers={BLOCKER: 2001, FREEZE_EXCEPTION: 2002}, is_active=False)
    yield world
    database.dispose()


def _noted(world: World) -> list[tuple[int, str, str]]:
    with world.database.reading() as session:
        rows = session.scalars(select(EventRow).where(EventRow.object_kind == "milestone").order_by(EventRow.seq))
        return [(row.seq, row.old, row.new) for row in rows]


def test_a_change_of_the_verdict_is_noted_once(world: World) -> None:
    for _ in range(2):
        note_verdicts(world.database, SETTINGS)
    assert _noted(world) == [(1, "", "UNKNOWN")]
    world.nominated(7)
    for _ in range(2):
        note_verdicts(world.database, SETTINGS)
    assert _noted(world) == [(1, "", "UNKNOWN"), (2, "UNKNOWN", "NO-GO")]


def test_two_that_look_at_once_note_one_change(world: World) -> None:
    threads = [in_background(note_verdicts, world.database, SETTINGS) for _ in range(4)]
    for thread in threads:
        thread.join()
    assert _noted(world) == [(1, "", "UNKNOWN")]
