"""What a burndown is counted from is loaded whole, with nothing of what the public may not know, at one cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url

from bbconsumer.db.burndown import load_courses
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.burndown import Course, Past
from bbconsumer.domain.trackers import TrackerKind
from tests.services.schema import make_schema
from tests.web.reading import selects
from tests.web.world import World, ago

LONG_AGO = datetime(2001, 2, 3, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database on each kind of server, by a clock that stands still."""
    database = Database(make_url(database_url), clock=lambda: LONG_AGO)
    make_schema(database)
    yield database
    database.dispose()


def test_nominations_come_with_what_they_and_their_bugs_were_before(database: Database) -> None:
    world = World(database)
    world.milestone()
    world.milestone("45", "final", trackers={"blocker": 2001})
    world.nominated(7, "accepted", is_open=False, status="CLOSED")
    world.nomination(7, tracker_id=2001)
    world.nominated(8, tracker_id=1002)
    world.nominated(9, absence="private")
    events = [
        ("nomination/1001", "", "proposed"),
        ("nomination/2001", "", "proposed"),
        ("status", "NEW", "VERIFIED"),
        ("nomination/1001", "proposed", "accepted"),
        ("status", "VERIFIED", "CLOSED"),
    ]
    world.events(7, [(*event, "alice") for event in events])
    world.events(9, [("nomination/1001", "", "proposed", "alice")], first=6)
    with selects(database) as statements, database.reading() as session:
        courses = load_courses(session, [1001, 1002])
    assert courses == (
        Course(
            TrackerKind.BLOCKER,
            "accepted",
            is_open=False,
            states=(Past(ago(hours=99), ""), Past(ago(hours=96), "proposed")),
            statuses=(Past(ago(hours=97), "NEW"), Past(ago(hours=95), "VERIFIED")),
        ),
        Course(TrackerKind.FREEZE_EXCEPTION, "proposed", is_open=True),
    )
    assert len(statements) == 2


def test_only_a_database_without_a_clock_of_its_own_goes_by_ours(database: Database) -> None:
    with database.reading() as session:
        assert (database_now(session) == LONG_AGO) is not database.is_postgresql
