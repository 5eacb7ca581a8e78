"""The verdict's history: each change once, whoever looks and how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event, make_url, select

from bbconsumer.config import Settings
from bbconsumer.db.models import EventRow, UpdateRow
from bbconsumer.db.session import Database
from bbconsumer.reporting import load_facts, note_verdicts
from tests.domain.milestones import TESTING
from tests.flow.world import BETA, in_background
from tests.services.schema import make_schema
from tests.web.world import BLOCKER, FREEZE_EXCEPTION, World

SETTINGS = Settings.of()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Fedora 45 Beta, and the Beta before it, which is not active."""
    database = Database(make_url(database_url))
    make_schema(database)
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


def test_of_all_updates_only_those_that_matter_to_the_milestone_are_loaded(world: World) -> None:
    world.nominated(7, dupe_of=8)
    world.bug(8, dupe_of=9)
    world.bug(9)
    world.nominated(20, tracker_id=2001)
    for number, bug_id in enumerate((7, 9, 20, 77)):
        world.bodhi_update(replace(TESTING, alias=f"FEDORA-2026-{number}", bug_ids=frozenset({bug_id})))
    loaded: list[str] = []

    def note(row: UpdateRow, _context: object) -> None:
        loaded.append(row.alias)

    event.listen(UpdateRow, "load", note)
    try:
        with world.database.reading() as session:
            facts = load_facts(session, BETA, SETTINGS)
    finally:
        event.remove(UpdateRow, "load", note)
    assert facts is not None
    assert {bug.id: [update.alias for update in bug.updates] for bug in facts.bugs} == {
        7: ["FEDORA-2026-0"],
        8: [],
        9: ["FEDORA-2026-1"],
    }
    assert sorted(loaded) == ["FEDORA-2026-0", "FEDORA-2026-1"]
