"""What a page, a message or a batch of keys costs does not grow with the years: no statement reads a whole table.

A small world of now stands before a past of many times as much. Each statement that the web sends, and each
of the way from a message to what is stored, is explained by PostgreSQL as it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from bbconsumer.config import Settings
from bbconsumer.db import workqueue
from bbconsumer.db.models import AuditEntry, BugzillaAccountRow, DiscussionRow, ProposalRow, RecordRow
from bbconsumer.db.session import Database, database_now
from bbconsumer.domain.keys import Key, KeyKind
from tests.db.plans import Plans, explained
from tests.flow.world import build_world
from tests.services.postgres import PostgreSQL
from tests.web.client import Client
from tests.web.crowded import crowded_database
from tests.web.past import GROWING, grow_past
from tests.web.reading import PREFIX
from tests.web.test_query_counts import ADDRESSES
from tests.web.world import NOW, World
from web.app import create_app

BUGS, COPIES = 60, 40

# Tables that are read as a whole because that is the point, by a part of the statement, and why.
ALLOWED: Mapping[tuple[str, str], str] = {
    ("bug", "ILIKE"): "the search looks for parts of words",
    ("dead_letter", "OVER ()"): "the status page counts them; a message that cannot be read is an accident",
    ("work_item", "OVER ()"): "the status page counts what waits, mostly nothing",
    ("work_item", "min(CASE"): "a worker that found nothing due asks when something will be; mostly nothing waits",
    ("record", "record.problem !="): "PostgreSQL begins with the records that have a problem, next to none",
}


def _unexpected(plans: Plans) -> str:
    found = (
        read
        for read in plans.whole_reads
        if read.table in GROWING and not any(read.table == table and part in read.statement for table, part in ALLOWED)
    )
    return "\n\n".join(sorted(f"{read.table} is read as a whole by\n{read.statement}" for read in found))


@pytest.fixture(scope="module")
def crowd(postgres: PostgreSQL) -> Iterator[Database]:
    """A milestone's bugs with all that belongs to them, and a long past."""
    url = postgres.create_database()
    database = crowded_database(url, BUGS)
    World(database).add(*_of_people())
    grow_past(database, COPIES)
    yield database
    database.dispose()
    postgres.drop_database(url)


def _of_people() -> Iterator[object]:
    """What people and the service itself add beside what is read from the sources."""
    account, at = "alice@example.com", NOW
    yield BugzillaAccountRow(person="alice", account=account, confirmed_at=at)
    form = {"release": "45", "milestone": "beta", "kinds": ["blocker"], "criterion": "", "justification": "It crashes"}
    yield ProposalRow(
        id="a", person="alice", bug_id=1, account=account, state="done", answer="", created_at=at, changed_at=at, **form
    )
    yield AuditEntry(at=at, actor="alice", act="set dates", subject="45 Beta", detail="")
    for number in range(1, BUGS + 1):
        yield DiscussionRow(bug_id=number, proposals={}, proposals_of="")
        yield RecordRow(
            bug_id=number, vote_tracker="BetaBlocker", comment_id=1, state="done", changed_at=at, problem=""
        )


@pytest.mark.parametrize(
    ("statement", "is_whole"),
    [
        ("SELECT count(*) FROM event", True),
        ("SELECT * FROM event WHERE old = 'x'", True),
        ("SELECT * FROM event ORDER BY old LIMIT 1", True),
        ("SELECT * FROM event WHERE object_kind = 'bug' ORDER BY object_kind, old", True),
        ("SELECT * FROM bug JOIN event ON event.object_id = bug.id + 1 AND event.object_kind = 'bug'", True),
        ("UPDATE event SET old = '' WHERE old = 'x'", True),
        ("SELECT * FROM bug WHERE id = 1", False),
        ("SELECT * FROM event WHERE object_kind = 'bug' AND object_id = 1 ORDER BY at", False),
        ("SELECT * FROM event ORDER BY seq DESC LIMIT 1", False),
    ],
)
def test_a_table_that_is_read_as_a_whole_is_noticed(crowd: Database, statement: str, is_whole: bool) -> None:
    with explained(crowd) as plans, crowd.engine.connect() as connection:
        connection.exec_driver_sql(statement)
    assert bool(plans.whole_reads) == is_whole
    assert plans.explained_count == 1


def test_no_page_reads_a_whole_table_that_grows(crowd: Database) -> None:
    client = Client(create_app(Settings.of(), crowd, clock=lambda: NOW), follow_redirects=False)
    with explained(crowd) as plans:
        for address in (address for addresses in ADDRESSES.values() for address in addresses):
            response = client.get(PREFIX + address)
            assert response.status_code in {200, 307}, f"{address}: {response.text}"
    assert plans.explained_count > 50
    assert not (found := _unexpected(plans)), found


def test_neither_a_message_nor_the_work_on_its_keys_reads_a_whole_table_that_grows(postgresql_url: str) -> None:
    with build_world(postgresql_url) as world:
        bug_ids = world.propose(20)
        world.sync()
        with world.database.writing() as session:
            workqueue.mark(session, (Key(KeyKind.TICKET, number) for number in range(1, 21)))
            # Keys of bugs that wait, too; they never get due.
            workqueue.mark(session, (Key(KeyKind.BUG, number) for number in range(1, 21)), now=NOW.replace(year=2126))
        grow_past(world.database, 250)
        for bug_id in bug_ids:
            world.edit(bug_id, priority="high")
        world.edit(bug_ids[0], blocks={"remove": [world.blocker]})
        world.propose(2)
        with explained(world.database) as plans:
            world.deliver()
            world.work()
            _work_on_tickets(world.database)
        assert plans.explained_count > 30
        assert not (found := _unexpected(plans)), found


def _work_on_tickets(database: Database) -> None:
    """Go through what can become of keys while thousands of their kind are due."""
    with database.writing() as session:
        finished = workqueue.take(session, KeyKind.TICKET, 50, lease_s=60)
        workqueue.renew(session, finished.token, lease_s=60)
        held = workqueue.lock_held(session, finished, finished.items)
        workqueue.finish(session, held, finished.items, now=database_now(session))
        assert len(held) == 50
    with database.writing() as session:
        failed = workqueue.take(session, KeyKind.TICKET, 1, lease_s=60)
        (item,) = failed.items
        held = workqueue.lock_held(session, failed, failed.items)
        workqueue.fail(held[item.key], item, "refused", now=database_now(session))
    with database.writing() as session:
        workqueue.release(session, workqueue.take(session, KeyKind.TICKET, 50, lease_s=60))
        workqueue.seconds_to_next(session, KeyKind.TICKET)
