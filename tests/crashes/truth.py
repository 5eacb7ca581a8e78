"""What is stored, compared with what one sync into an empty database stores."""

from typing import Any

from sqlalchemy import inspect, make_url, select

from bbconsumer.db.models import Base, BugRow, EventRow, NominationRow
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import KeyKind
from bbconsumer.wiring import build_bug_sync
from tests.crashes.postgres import Databases
from tests.crashes.site import Site
from tests.end_to_end.deployment import eventually
from tests.flow.world import BETA, World, add_milestone

# When and in which order we learned of something, and whether it was then believed, depends on the way.
_DEPENDS_ON_THE_WAY = {
    "seq",
    "recorded_at",
    "first_seen_at",
    "checked_at",
    "deactivated_at",
    "is_removal_explained",
    "removal_held",
}

Rows = list[tuple[str, dict[str, Any]]]


def stored_rows(database: Database) -> Rows:
    """Every bug, nomination and event of a bug, without what depends on the way.

    How the verdict changed does: it is noted when somebody looks.
    """
    events = select(EventRow).where(EventRow.object_kind == KeyKind.BUG)
    with database.reading() as session:
        rows = [
            _row(row) for wanted in (select(BugRow), select(NominationRow), events) for row in session.scalars(wanted)
        ]
    return sorted(rows, key=repr)


def true_rows(world: World, databases: Databases) -> Rows:
    """The same as a sync stores them that starts with nothing."""
    with databases.borrowed() as url:
        database = Database(make_url(url))
        try:
            fresh = World(world.bugzilla, world.settings, database, world.clock)
            add_milestone(fresh, BETA)
            outcome = build_bug_sync(world.settings, database).run()
            assert outcome.state == "complete", outcome
            return stored_rows(database)
        finally:
            database.dispose()


def assert_all_is_stored(site: Site, databases: Databases) -> None:
    """What people did is stored, and nothing waits any more, as soon as the messages have been worked on."""
    site.publisher.flush()
    eventually(site.is_idle)
    truth = true_rows(site.world, databases)
    eventually(lambda: site.is_idle() and stored_rows(site.world.database) == truth, 10)


def _row(row: Base) -> tuple[str, dict[str, Any]]:
    names = [column.key for column in inspect(type(row)).column_attrs]
    return type(row).__name__, {name: getattr(row, name) for name in names if name not in _DEPENDS_ON_THE_WAY}
